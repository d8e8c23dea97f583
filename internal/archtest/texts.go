package archtest

import (
	"bytes"
	"fmt"
	"iter"
	"strings"
	"unicode"
)

// checkTexts finds what belongs to one machine or one network: the host names of package registries, which
// a lock file written behind a mirror, or a copied log, carries along, and paths into somebody's home or
// checkout.
func checkTexts(t *tree, _ *rules) []string {
	const golang = "golang.org" // in two pieces below, so that this file passes
	hosts := []string{"proxy." + golang, "sum." + golang, "registry." + "npmjs.org", "registry." + "yarnpkg.com"}
	paths := []string{
		"/home/", "/Users/", "/root/", "/work/", "/workspace/", "/builds/", "/Volumes/", `:\Users\`, `:\\Users\\`,
	}
	var found []string
	for _, f := range t.texts {
		finding := func(at int, text, what string) {
			line := bytes.Count(f.body[:at], []byte("\n")) + 1
			found = append(found, fmt.Sprintf("%s:%d: %s is %s", f.path, line, text, what))
		}
		for _, host := range hosts {
			for i := range indexes(f.body, host) {
				finding(i, host, "a registry's host name")
			}
		}
		for _, path := range paths {
			for i := range indexes(f.body, path) {
				if name := word(f.body[i+len(path):]); name != "" && (path[0] == ':' || absolute(f.body[:i])) {
					finding(i, path+name, "a path of one machine")
				}
			}
		}
	}
	return found
}

// indexes yields where text stands in body.
func indexes(body []byte, text string) iter.Seq[int] {
	return func(yield func(int) bool) {
		for at := 0; ; at++ {
			i := bytes.Index(body[at:], []byte(text))
			if i < 0 || !yield(at+i) {
				return
			}
			at += i
		}
	}
}

// absolute says whether a path that follows after before starts there.
func absolute(before []byte) bool {
	return len(before) == 0 || bytes.HasSuffix(before, []byte("file://")) ||
		strings.IndexByte(" \t\n\"'`=([{<:,", before[len(before)-1]) >= 0
}

// word returns the name that body starts with.
func word(body []byte) string {
	end := bytes.IndexFunc(body, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-", r)
	})
	if end < 0 {
		end = len(body)
	}
	return string(body[:end])
}
