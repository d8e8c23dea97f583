package archtest

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// checkSleep finds tests that wait on the wall clock: time.Sleep, or <-time.After as a statement, outside
// of a testing/synctest bubble. Code is in a bubble if it is
//
//   - a function given to synctest.Test, or
//   - a helper whose doc comment says "bubble": it states that it is called in one, or that it makes one
//     for the functions it is given, which then count as well.
//
// A test that talks to a real server has no bubble, and asks the server again instead.
func checkSleep(t *tree, _ *rules) []string {
	var found []string
	for _, p := range t.packages {
		bubbles := bubbleFuncs(p)
		for _, f := range p.files {
			if !f.test && importName(f.ast, "testing") == "" {
				continue
			}
			clock := importName(f.ast, "time")
			for _, decl := range f.ast.Decls {
				if fn, ok := decl.(*ast.FuncDecl); ok && slices.Contains(bubbles, fn.Name.Name) {
					continue
				}
				found = append(found, t.sleeps(decl, f.ast, clock, bubbles)...)
			}
		}
	}
	return found
}

// sleeps finds the sleeps in a declaration that is not in a bubble itself.
func (t *tree) sleeps(decl ast.Decl, f *ast.File, clock string, bubbles []string) []string {
	var found []string
	bubble := importName(f, "testing/synctest")
	var visit func(ast.Node) bool
	visit = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CommClause: // <-time.After as a case of a select is a guard
			for _, stmt := range n.Body {
				ast.Inspect(stmt, visit)
			}
			return false
		case *ast.CallExpr:
			if isSelector(n.Fun, bubble, "Test") || slices.Contains(bubbles, calledName(n)) {
				// The function literals among the arguments are in the bubble; the rest has nothing to find.
				return !slices.ContainsFunc(n.Args, isFuncLit)
			}
		case *ast.SelectorExpr:
			if isSelector(n, clock, "Sleep") {
				found = append(found, t.finding(n, "time.Sleep outside of a synctest bubble: see CONTRIBUTING.md"))
			}
		case *ast.ExprStmt:
			if wait, ok := n.X.(*ast.UnaryExpr); ok && wait.Op == token.ARROW && isCall(wait.X, clock, "After") {
				found = append(found, t.finding(n, "a sleep outside of a synctest bubble: see CONTRIBUTING.md"))
			}
		}
		return true
	}
	ast.Inspect(decl, visit)
	return found
}

// bubbleFuncs returns the names of a package's functions that are given to synctest.Test, or say in their
// doc comment that they belong in a bubble. A test's own comment does not count: nothing but the testing
// package calls it, outside of any bubble.
func bubbleFuncs(p *pkg) []string {
	says := regexp.MustCompile(`\bbubbles?\b`)
	entry := regexp.MustCompile(`^(Test|Benchmark|Fuzz|Example)`)
	var names []string
	for _, f := range p.files {
		bubble := importName(f.ast, "testing/synctest")
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if isSelector(n.Fun, bubble, "Test") && len(n.Args) == 2 {
					if name, ok := n.Args[1].(*ast.Ident); ok {
						names = append(names, name.Name)
					}
				}
			case *ast.FuncDecl:
				if says.MatchString(n.Doc.Text()) && (n.Recv != nil || !entry.MatchString(n.Name.Name)) {
					names = append(names, n.Name.Name)
				}
			}
			return true
		})
	}
	return names
}

// importName returns the name by which a file refers to an imported package, "" if it does not import it.
func importName(f *ast.File, imported string) string {
	for _, spec := range f.Imports {
		switch {
		case importPath(spec) != imported:
		case spec.Name != nil:
			return spec.Name.Name
		default:
			return imported[strings.LastIndex(imported, "/")+1:]
		}
	}
	return ""
}

// isSelector says whether e is name.sel, of an imported package with that name.
func isSelector(e ast.Expr, name, sel string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || name == "" || s.Sel.Name != sel {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == name
}

func isCall(e ast.Expr, name, sel string) bool {
	call, ok := e.(*ast.CallExpr)
	return ok && isSelector(call.Fun, name, sel)
}

func isFuncLit(e ast.Expr) bool {
	_, ok := e.(*ast.FuncLit)
	return ok
}

// calledName returns the name of the function or method called, without what stands before its dot.
func calledName(call *ast.CallExpr) string {
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}
