package archtest

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
)

// checkRooms finds directories that the house has no place for.
func checkRooms(t *tree, r *rules) []string {
	var found []string
	for _, dir := range t.nested {
		if len(r.modules.find(dir)) == 0 {
			found = append(found, dir+"/go.mod: no module may be here: arrows.go names those that may")
		}
	}
	for _, dir := range t.dirs {
		switch {
		case t.inNested(dir) || len(r.arrows.find(dir)) > 0:
		case t.at(dir) != nil:
			found = append(found, dir+": no package may be here: arrows.go names those that may")
		case len(r.folders.find(dir)) == 0 && !belowRoom(dir, r.arrows):
			found = append(found, dir+": this directory belongs to no package: arrows.go names those that there may be")
		}
	}
	return found
}

// belowRoom says whether dir is below a package of the table, as a folder of assets is.
func belowRoom(dir string, rooms table) bool {
	for dir = path.Dir(dir); dir != "."; dir = path.Dir(dir) {
		if len(rooms.find(dir)) > 0 {
			return true
		}
	}
	return false
}

// checkArrows finds imports among the module's own packages that are on no list.
func checkArrows(t *tree, r *rules) []string {
	var found []string
	for _, p := range t.own() {
		for _, f := range p.files {
			for _, spec := range f.ast.Imports {
				target, ours := t.ownPackage(importPath(spec))
				if !ours || f.test && target == p.dir || allows(r.arrows.find(p.dir), target) ||
					f.test && allows(r.testArrows.find(p.dir), target) {
					continue
				}
				who := p.dir
				if f.test {
					who = "a test of " + p.dir
				}
				found = append(found, t.finding(spec, "%s may not import %s: arrows.go has no such arrow", who, target))
			}
		}
	}
	return found
}

// ownPackage returns the directory of an import path of the root module.
func (t *tree) ownPackage(imported string) (dir string, ours bool) {
	if imported == t.gomod.module {
		return ".", true
	}
	return strings.CutPrefix(imported, t.gomod.module+"/")
}

// foreign says whether an import path is neither ours nor the standard library's, whose first elements have
// no dot.
func (t *tree) foreign(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	_, ours := t.ownPackage(imported)
	return !ours && strings.Contains(first, ".")
}

// checkDependencies finds imports from outside that are on no list, and entries of the lists that no import
// needs.
func checkDependencies(t *tree, r *rules) []string {
	var found []string
	used := map[string]bool{} // list, entry and package
	for _, p := range t.own() {
		for _, f := range p.files {
			for _, spec := range f.ast.Imports {
				imported := importPath(spec)
				if !t.foreign(imported) {
					continue
				}
				code, tests := r.dependencies.find(imported), r.testDependencies.find(imported)
				switch {
				case allows(code, p.dir):
					if !f.test {
						markUsed(used, "dependencies", code, p.dir)
					}
				case f.test && allows(tests, p.dir):
					markUsed(used, "testDependencies", tests, p.dir)
				default:
					found = append(found, t.finding(spec, "%s may not import %s: arrows.go lists who may import what",
						p.dir, imported))
				}
			}
		}
	}
	found = append(found, t.unused(used, "dependencies", r.dependencies)...)
	return append(found, t.unused(used, "testDependencies", r.testDependencies)...)
}

func markUsed(used map[string]bool, list string, rows []row, dir string) {
	for _, r := range rows {
		for _, place := range r.objects {
			if match(place, dir) {
				used[list+" "+r.subject+" "+place] = true
			}
		}
	}
}

// unused finds the places of a list that exist and do not import what they may. Places yet to be built
// pass.
func (t *tree) unused(used map[string]bool, list string, rows table) []string {
	var found []string
	for _, r := range rows {
		for _, place := range r.objects {
			exists := slices.ContainsFunc(t.own(), func(p *pkg) bool { return match(place, p.dir) })
			if exists && !used[list+" "+r.subject+" "+place] {
				found = append(found, fmt.Sprintf("arrows.go: %s lets %s import %s, which it does not: strike it out",
					list, place, r.subject))
			}
		}
	}
	return found
}

func importPath(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value // the parser lets no such file pass
	}
	return p
}
