package stele_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "stele"

// plan is what a tree of Go packages looks like, tests left out: who imports whom, and what breaks a budget.
type plan struct {
	imports  map[string][]string // package to packages of this module; the root is "stele"
	faults   []string
	packages map[string]bool // true once a package comment was seen
}

// TestArchitecture holds the code against the arrows of ARCHITECTURE.md and against the budgets of CONTRIBUTING.md.
func TestArchitecture(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	arrows, err := parseArrows(string(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := readPlan(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.packages) < 5 {
		t.Fatalf("found only the packages %v: the test looks in the wrong place", p.packages)
	}
	for _, fault := range append(p.faults, compare(p, arrows)...) {
		t.Error(fault)
	}
}

// TestArchitectureFindsFaults breaks every rule once.
func TestArchitectureFindsFaults(t *testing.T) {
	t.Parallel()
	arrows, err := parseArrows("```arrows\nb -> stele\na -> b\nc -> stele\nstele -> (nothing)\n```\n")
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("\n", 400)
	deep := "func F() {" + strings.Repeat("\n", 81) + "}\n"
	tree := map[string]string{
		"x.go":                 "// Package stele is the root.\npackage stele\nimport _ \"stele/internal/b\"\n",
		"internal/a/a.go":      "package a\nimport _ \"stele/internal/b\"\n",
		"internal/b/b.go":      "// Package b has a comment.\npackage b\nfunc init() {}\n" + deep,
		"internal/b/long.go":   "package b\n" + long,
		"internal/b/x_test.go": "package b\nimport _ \"stele/internal/c\"\n" + long,
		"internal/new/n.go":    "// Package new is in no arrow.\npackage new\n",
	}
	dir := t.TempDir()
	for name, text := range tree {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := readPlan(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	got := append(p.faults, compare(p, arrows)...)
	for _, want := range []string{
		"stele imports b", "a has no package comment", "internal/b/b.go: func init", "F has 82 lines",
		"internal/b/long.go has 401 lines", "new is in no arrow", "c is in the arrows but not in the tree",
	} {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("no fault says %q in %q", want, got)
		}
	}
	if len(got) != 7 {
		t.Errorf("%d faults, want 7: %q", len(got), got)
	}
}

// parseArrows reads the block between ```arrows and ```: lines `a b -> c d`, where (nothing) stands for none.
func parseArrows(text string) (map[string][]string, error) {
	_, rest, found := strings.Cut(text, "```arrows\n")
	block, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		return nil, fmt.Errorf("ARCHITECTURE.md has no arrows block")
	}
	arrows := map[string][]string{}
	for line := range strings.Lines(block) {
		from, to, ok := strings.Cut(line, "->")
		if !ok {
			return nil, fmt.Errorf("not an arrow: %q", line)
		}
		for _, f := range strings.Fields(from) {
			arrows[f] = []string{}
			if strings.TrimSpace(to) != "(nothing)" {
				arrows[f] = strings.Fields(to)
			}
		}
	}
	return arrows, nil
}

// compare lists imports and packages that are not in the arrows, and packages of the arrows that are not there.
func compare(p *plan, arrows map[string][]string) []string {
	var faults []string
	for pkg, commented := range p.packages {
		allowed, known := arrows[pkg]
		if !known {
			faults = append(faults, pkg+" is in no arrow of ARCHITECTURE.md")
		}
		if !commented {
			faults = append(faults, pkg+" has no package comment that begins with its name")
		}
		for _, to := range p.imports[pkg] {
			if known && !slices.Contains(allowed, to) {
				faults = append(faults, pkg+" imports "+to+", which no arrow of ARCHITECTURE.md allows")
			}
		}
	}
	for pkg := range arrows {
		if _, ok := p.packages[pkg]; !ok {
			faults = append(faults, pkg+" is in the arrows but not in the tree")
		}
	}
	return faults
}

// readPlan parses every Go file that is not a test.
func readPlan(root fs.FS) (*plan, error) {
	p := &plan{imports: map[string][]string{}, packages: map[string]bool{}}
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (name == "testdata" || strings.HasPrefix(name, ".")):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		return p.add(path, text)
	})
	return p, err
}

// add notes what one file imports and which budgets it breaks.
func (p *plan) add(path string, text []byte) error {
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	pkg := short(module + "/" + filepath.ToSlash(filepath.Dir(path)))
	p.packages[pkg] = p.packages[pkg] || commented(f)
	for _, spec := range f.Imports {
		if to := strings.Trim(spec.Path.Value, `"`); to == module || strings.HasPrefix(to, module+"/") {
			p.imports[pkg] = append(p.imports[pkg], short(to))
		}
	}
	if n := strings.Count(string(text), "\n"); n > 400 {
		p.faults = append(p.faults, fmt.Sprintf("%s has %d lines; a file has at most 400", path, n))
	}
	for _, decl := range f.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if fn.Name.Name == "init" && fn.Recv == nil {
			p.faults = append(p.faults, path+": func init runs before anybody asked for it")
		}
		if n := files.Position(fn.End()).Line - files.Position(fn.Pos()).Line + 1; n > 80 && !strings.HasSuffix(pkg, "test") { // a function of test cases is a list
			p.faults = append(p.faults, fmt.Sprintf("%s: %s has %d lines; 60 are plenty", path, fn.Name.Name, n))
		}
	}
	return nil
}

// commented reports whether the file has the package comment: "Package name ..." or "Command name ...".
func commented(f *ast.File) bool {
	text := f.Doc.Text()
	return strings.HasPrefix(text, "Package "+f.Name.Name+" ") || f.Name.Name == "main" && strings.HasPrefix(text, "Command ")
}

// short is a package's name in the arrows: without the module, and without internal/.
func short(path string) string {
	path = strings.TrimSuffix(path, "/.")
	path = strings.TrimPrefix(path, module+"/")
	return strings.TrimPrefix(path, "internal/")
}
