package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// modFile is what we need of a go.mod.
type modFile struct {
	module   string
	requires []require
}

type require struct {
	module   string
	indirect bool
}

// parseModFile reads the module line and the requirements. The go command has checked the rest.
func parseModFile(text string) modFile {
	var m modFile
	block := ""
	for line := range strings.Lines(text) {
		code, comment, _ := strings.Cut(line, "//")
		fields := strings.Fields(code)
		switch {
		case len(fields) == 0:
			continue
		case fields[0] == ")":
			block = ""
			continue
		case len(fields) == 2 && fields[1] == "(":
			block = fields[0]
			continue
		case block != "":
			fields = append([]string{block}, fields...)
		}
		switch {
		case fields[0] == "module" && len(fields) == 2:
			m.module = fields[1]
		case fields[0] == "require" && len(fields) == 3:
			m.requires = append(m.requires, require{fields[1], strings.TrimSpace(comment) == "indirect"})
		}
	}
	return m
}

// provides returns the requirement that an import path comes from: the longest that is its prefix.
func (m *modFile) provides(imported string) (found require, ok bool) {
	for _, r := range m.requires {
		if match(r.module+"/...", imported) && len(r.module) > len(found.module) {
			found, ok = r, true
		}
	}
	return found, ok
}

// checkModules finds where go.mod and the imports disagree on what is a direct dependency.
func checkModules(t *tree, _ *rules) []string {
	var found []string
	var direct []string
	for _, p := range t.own() {
		for _, f := range p.files {
			for _, spec := range f.ast.Imports {
				imported := importPath(spec)
				if !t.foreign(imported) {
					continue
				}
				r, ok := t.gomod.provides(imported)
				switch {
				case !ok:
					found = append(found, t.finding(spec, "go.mod requires no module that has %s", imported))
				case r.indirect && !slices.Contains(direct, r.module):
					found = append(found, t.finding(spec, "go.mod calls %s indirect, yet %s is imported here",
						r.module, imported))
				}
				direct = append(direct, r.module)
			}
		}
	}
	for _, r := range t.gomod.requires {
		if !r.indirect && !slices.Contains(direct, r.module) {
			found = append(found, fmt.Sprintf("go.mod: nothing imports %s, which is required directly", r.module))
		}
	}
	return found
}
