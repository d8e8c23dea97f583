package archtest

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
)

// maxLines is the length above which a file has more than one subject.
const maxLines = 500

// checkLength finds long files.
func checkLength(t *tree, _ *rules) []string {
	var found []string
	for _, p := range t.packages {
		for _, f := range p.files {
			if f.lines > maxLines {
				found = append(found, fmt.Sprintf("%s: %d lines, at most %d: split it by subject", f.path, f.lines, maxLines))
			}
		}
	}
	return found
}

// checkNames finds packages named for nothing.
func checkNames(t *tree, _ *rules) []string {
	vague := []string{"util", "utils", "common", "helper", "helpers", "misc"}
	var found []string
	for _, p := range t.packages {
		for _, f := range p.files {
			name := strings.TrimSuffix(f.ast.Name.Name, "_test")
			if slices.Contains(vague, name) || slices.Contains(vague, path.Base(p.dir)) {
				found = append(found, t.finding(f.ast.Name, "name package %s for what it holds", p.dir))
			}
		}
	}
	return found
}

// checkInit finds init functions: importing a package does nothing.
func checkInit(t *tree, _ *rules) []string {
	var found []string
	for _, p := range t.packages {
		for _, f := range p.files {
			for _, decl := range f.ast.Decls {
				if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					found = append(found, t.finding(fn, "no init functions: do it where it is asked for"))
				}
			}
		}
	}
	return found
}

// checkPackageDoc finds packages whose purpose is stated nowhere, or in two places.
func checkPackageDoc(t *tree, _ *rules) []string {
	var found []string
	for _, p := range t.packages {
		var docs []*goFile
		name := ""
		for _, f := range p.files {
			if f.test {
				continue
			}
			name = f.ast.Name.Name
			if f.ast.Doc.Text() != "" {
				docs = append(docs, f)
			}
		}
		switch {
		case name == "": // test files alone
		case len(docs) == 0:
			found = append(found, p.dir+": no file has a package comment")
		case len(docs) > 1:
			found = append(found, fmt.Sprintf("%s: another package comment is in %s", docs[1].path, docs[0].path))
		case name != "main" && !strings.HasPrefix(docs[0].ast.Doc.Text(), "Package "+name+" "):
			found = append(found, t.finding(docs[0].ast.Doc, `the package comment starts with "Package %s"`, name))
		}
	}
	return found
}
