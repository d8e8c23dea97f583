package archtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// rules are the tables of arrows.go, parsed.
type rules struct {
	arrows, testArrows, dependencies, testDependencies, modules, folders table
}

func parseRules() (*rules, error) {
	var r rules
	var errs []error
	for _, p := range []struct {
		into      *table
		name      string
		text      string
		separator string
		reasons   bool
	}{
		{&r.arrows, "arrows", arrows, "->", false},
		{&r.testArrows, "testArrows", testArrows, "->", true},
		{&r.dependencies, "dependencies", dependencies, "<-", true},
		{&r.testDependencies, "testDependencies", testDependencies, "<-", true},
		{&r.modules, "modules", modules, "", true},
		{&r.folders, "folders", folders, "", true},
	} {
		t, err := parseTable(p.text, p.separator, p.reasons)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.name, err))
		}
		*p.into = t
	}
	return &r, errors.Join(errs...)
}

// table is a list of rows "subject separator object, object # reason".
type table []row

type row struct {
	subject string
	objects []string
}

// parseTable reads a table. Without a separator a row is its subject and its reason. A subject stands in
// one row only, so that there is one place to look for it.
func parseTable(text, separator string, reasons bool) (table, error) {
	var t table
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		rest, reason, _ := strings.Cut(line, "#")
		if reasons && strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("%q: a reason is missing", line)
		}
		subject, objects, found := rest, "", true
		if separator != "" {
			subject, objects, found = strings.Cut(rest, separator)
		}
		r := row{subject: strings.TrimSpace(subject)}
		if !found || r.subject == "" {
			return nil, fmt.Errorf("%q: want subject %s objects", line, separator)
		}
		if slices.ContainsFunc(t, func(other row) bool { return other.subject == r.subject }) {
			return nil, fmt.Errorf("%q: the subject has a row already", line)
		}
		for object := range strings.SplitSeq(objects, ",") {
			if object = strings.TrimSpace(object); object != "" {
				r.objects = append(r.objects, object)
			}
		}
		t = append(t, r)
	}
	return t, nil
}

// find returns the rows whose subject matches path.
func (t table) find(path string) []row {
	var rows []row
	for _, r := range t {
		if match(r.subject, path) {
			rows = append(rows, r)
		}
	}
	return rows
}

// allows says whether one of the rows has an object that matches path.
func allows(rows []row, path string) bool {
	return slices.ContainsFunc(rows, func(r row) bool {
		return slices.ContainsFunc(r.objects, func(object string) bool { return match(object, path) })
	})
}

// match says whether path is pattern, or is "a/b" or "a" to the pattern "a/...". The pattern "..." is any.
func match(pattern, path string) bool {
	prefix, tree := strings.CutSuffix(pattern, "...")
	if !tree || prefix == "" {
		return tree || pattern == path
	}
	return path == strings.TrimSuffix(prefix, "/") || strings.HasPrefix(path, prefix)
}
