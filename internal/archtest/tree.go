package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// tree is a checkout.
type tree struct {
	gomod    modFile
	fset     *token.FileSet
	packages []*pkg
	texts    []textFile
	// nested are the directories below the root that hold a go.mod.
	nested []string
	// dirs are the directories that hold files, testdata left out.
	dirs []string
}

// pkg is a directory with Go files.
type pkg struct {
	dir   string // slash-separated, "." at the root
	files []*goFile
}

// goFile is a parsed Go file, whatever its build constraints.
type goFile struct {
	path  string
	test  bool // _test.go
	lines int
	ast   *ast.File
}

// textFile is any file that holds text.
type textFile struct {
	path string
	body []byte
}

// load reads the checkout at the root of fsys: all that a commit may hold. Directories that start with a
// dot belong to tools, but for .ci.
func load(fsys fs.FS) (*tree, error) {
	t := &tree{fset: token.NewFileSet()}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(path.Base(name), ".") && name != "." && name != ".ci":
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		return t.add(name, body)
	})
	if err != nil {
		return nil, err
	}
	if t.gomod.module == "" {
		return nil, fmt.Errorf("no go.mod with a module line at the root")
	}
	return t, nil
}

func (t *tree) add(name string, body []byte) error {
	if bytes.IndexByte(body, 0) < 0 {
		t.texts = append(t.texts, textFile{name, body})
	}
	dir := path.Dir(name)
	if slices.ContainsFunc(strings.Split(dir, "/"), ignored) {
		return nil
	}
	if !slices.Contains(t.dirs, dir) {
		t.dirs = append(t.dirs, dir)
	}
	switch {
	case name == "go.mod":
		t.gomod = parseModFile(string(body))
	case path.Base(name) == "go.mod":
		t.nested = append(t.nested, dir)
	case path.Ext(name) == ".go":
		return t.addGo(dir, name, body)
	}
	return nil
}

// ignored says whether the go command takes no packages from a directory of this name.
func ignored(dir string) bool {
	return dir == "testdata" || dir == "vendor" || strings.HasPrefix(dir, "_")
}

func (t *tree) addGo(dir, name string, body []byte) error {
	parsed, err := parser.ParseFile(t.fset, name, body, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	p := t.at(dir)
	if p == nil {
		p = &pkg{dir: dir}
		t.packages = append(t.packages, p)
	}
	p.files = append(p.files, &goFile{
		path: name, test: strings.HasSuffix(name, "_test.go"), lines: bytes.Count(body, []byte("\n")), ast: parsed,
	})
	return nil
}

// at returns the package in dir, or nil.
func (t *tree) at(dir string) *pkg {
	i := slices.IndexFunc(t.packages, func(p *pkg) bool { return p.dir == dir })
	if i < 0 {
		return nil
	}
	return t.packages[i]
}

// own returns the packages of the root module.
func (t *tree) own() []*pkg {
	return slices.DeleteFunc(slices.Clone(t.packages), func(p *pkg) bool { return t.inNested(p.dir) })
}

// inNested says whether dir belongs to a module below the root.
func (t *tree) inNested(dir string) bool {
	return slices.ContainsFunc(t.nested, func(module string) bool { return match(module+"/...", dir) })
}

// finding reads "file:line: what".
func (t *tree) finding(at ast.Node, format string, args ...any) string {
	p := t.fset.Position(at.Pos())
	return fmt.Sprintf("%s:%d: %s", p.Filename, p.Line, fmt.Sprintf(format, args...))
}
