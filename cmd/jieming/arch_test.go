package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// source is what the rules look at in one Go file.
type source struct {
	file    string   // path from the module's root
	imports []string // those of our own without the module's name
	strings []string
}

func (s source) folder() string { return path.Dir(s.file) }
func (s source) test() bool     { return strings.HasSuffix(s.file, "_test.go") || testPackage(s.folder()) }

func testPackage(folder string) bool { return strings.HasSuffix(folder, "test") }

// within tells whether a folder or import is one of roots, or below one.
func within(folder string, roots ...string) bool {
	return slices.ContainsFunc(roots, func(root string) bool {
		return folder == root || strings.HasPrefix(folder, root+"/")
	})
}

// only says which folders alone may import something.
type only struct {
	imports string
	folders []string
	why     string
}

var onlys = []only{
	{"github.com/jackc/pgx", []string{"registry/postgres", "registry/jobs", "tiles", "cmd", "migrations"}, "the store hides the database"},
	{"github.com/go-chi/chi", []string{"registry/api", "web", "tiles", "cmd"}, "routing belongs to the packages that answer HTTP"},
	{"github.com/danielgtaylor/huma", []string{"registry/api", "tiles", "cmd"}, "operations are declared where the API is"},
	{"github.com/pressly/goose", []string{"registry/postgres/migrate"}, "there is one way to migrate"},
	{"modernc.org/sqlite", []string{"geo/format/geopackage"}, "SQLite is a file format here, not a store"},
	{"github.com/alecthomas/kong", []string{"cmd"}, "the command line is the binary's"},
	{"cmd", []string{"cmd"}, "nothing depends on the binary"},
	{"web", []string{"web", "cmd"}, "the browser side is the rim"},
}

// never says what a folder may not import.
type never struct {
	folder  string
	imports []string
	why     string
}

var nevers = []never{
	{"geo", []string{"registry", "tiles", "web", "migrations", "cmd", "net/http", "database/sql/driver"}, "geo is mathematics"},
	{"registry", []string{"tiles", "web", "cmd"}, "registry and tiles meet in cmd"},
	{"tiles", []string{"registry", "web", "cmd"}, "registry and tiles meet in cmd"},
	{"web", []string{"registry/postgres", "database/sql"}, "pages ask the use cases"},
}

// allowlists say the third-party modules a folder may import at all.
var allowlists = map[string][]string{
	"geo":      {"github.com/paulmach/orb", "github.com/twpayne/go-geom", "golang.org/x/text", "golang.org/x/sync", "modernc.org/sqlite", "github.com/klauspost/compress"},
	"registry": {"github.com/paulmach/orb"}, // the geometry types of the domain
}

// statement is how a string with SQL in it begins.
var statement = regexp.MustCompile(`^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|MERGE INTO|CREATE|ALTER|DROP|GRANT|REVOKE|TRUNCATE|COPY|CALL|LOCK TABLE)\s`)

// administration are the packages that make databases; their statements carry
// names, which SQL takes no parameters for. GeoPackage is SQLite.
var administration = []string{"registry/postgres/cluster", "registry/postgres/pgtest", "registry/postgres/migrate", "geo/format/geopackage"}

// violations lists where files break the rules on who may import whom.
func violations(files []source) (found []string) {
	say := func(s source, format string, args ...any) {
		found = append(found, s.file+": "+fmt.Sprintf(format, args...))
	}
	for _, s := range files {
		for _, i := range s.imports {
			if testPackage(i) && !thirdParty(i) && i != "testing/fstest" && !s.test() {
				say(s, "imports %s: test packages are for tests", i)
			}
		}
		if s.test() {
			continue // tests may compare anything with anything
		}
		for _, i := range s.imports {
			for _, r := range onlys {
				if within(i, r.imports) && !within(s.folder(), r.folders...) {
					say(s, "imports %s: only %v may: %s", i, r.folders, r.why)
				}
			}
			for _, r := range nevers {
				if within(s.folder(), r.folder) && within(i, r.imports...) {
					say(s, "imports %s: %s", i, r.why)
				}
			}
			if allowed, ok := allowlists[allowlist(s.folder())]; ok && thirdParty(i) && !within(i, allowed...) {
				say(s, "imports %s: only %v and the standard library may be imported there", i, allowed)
			}
		}
		for _, text := range s.strings {
			if statement.MatchString(text) && !within(s.folder(), administration...) {
				say(s, "holds SQL %.40q: statements live in .sql files", text)
			}
		}
	}
	return found
}

// allowlist is the key of a folder's list of allowed modules: all of geo has
// one, and of registry the root package, the domain.
func allowlist(folder string) string {
	if within(folder, "geo") {
		return "geo"
	}
	return folder
}

func thirdParty(i string) bool {
	first, _, _ := strings.Cut(i, "/")
	return strings.Contains(first, ".")
}

func TestArchitecture(t *testing.T) {
	files := sources(t, "../..")
	for _, v := range violations(files) {
		t.Error(v)
	}
	if len(files) < 20 {
		t.Errorf("read only %d files: the test looks at the wrong folder", len(files))
	}
}

// sources reads every Go file of the module.
func sources(t *testing.T, root string) (all []source) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"testdata", "node_modules", "bin", "tmp", "data"}, d.Name())) {
			return fs.SkipDir
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		s, err := parse(root, name)
		all = append(all, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func parse(root, name string) (source, error) {
	relative, err := filepath.Rel(root, name)
	if err != nil {
		return source{}, err
	}
	s := source{file: filepath.ToSlash(relative)}
	tree, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		return source{}, err
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if ok && literal.Kind == token.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil {
				s.strings = append(s.strings, text)
			}
		}
		return true
	})
	for _, i := range tree.Imports {
		text, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return source{}, err
		}
		s.imports = append(s.imports, strings.TrimPrefix(text, "jieming/"))
	}
	return s, nil
}

func TestViolations(t *testing.T) {
	for _, test := range []struct {
		name string
		file source
		want string // part of the violation, "" when there is none
	}{
		{"geo stays mathematics", source{file: "geo/crs/crs.go", imports: []string{"registry"}}, "mathematics"},
		{"geo serves nothing", source{file: "geo/crs/crs.go", imports: []string{"net/http"}}, "mathematics"},
		{"geo takes few modules", source{file: "geo/crs/crs.go", imports: []string{"github.com/google/uuid"}}, "only"},
		{"geo may use orb", source{file: "geo/crs/crs.go", imports: []string{"github.com/paulmach/orb/geo"}}, ""},
		{"SQLite is GeoPackage's", source{file: "geo/format/csv/csv.go", imports: []string{"modernc.org/sqlite"}}, "file format"},
		{"GeoPackage may", source{file: "geo/format/geopackage/open.go", imports: []string{"modernc.org/sqlite"}}, ""},
		{"the domain knows no pgx", source{file: "registry/unit.go", imports: []string{"github.com/jackc/pgx/v5"}}, "hides the database"},
		{"the domain knows no module", source{file: "registry/unit.go", imports: []string{"golang.org/x/text/width"}}, "only"},
		{"its subpackages may", source{file: "registry/roman/roman.go", imports: []string{"golang.org/x/text/width"}}, ""},
		{"the store knows pgx", source{file: "registry/postgres/unit.go", imports: []string{"github.com/jackc/pgx/v5"}}, ""},
		{"registry and tiles are apart", source{file: "registry/api/unit.go", imports: []string{"tiles"}}, "meet in cmd"},
		{"tiles and registry are apart", source{file: "tiles/snapshot.go", imports: []string{"registry"}}, "meet in cmd"},
		{"pages don't see the store", source{file: "web/unit.go", imports: []string{"registry/postgres"}}, "use cases"},
		{"cmd sees everything", source{file: "cmd/jieming/serve.go", imports: []string{"registry/postgres", "tiles", "web"}}, ""},
		{"SQL in Go", source{file: "registry/postgres/unit.go", strings: []string{"\n SELECT 1"}}, ".sql files"},
		{"a word is no SQL", source{file: "registry/unit.go", strings: []string{"SELECTED", "update unit"}}, ""},
		{"test packages are for tests", source{file: "registry/postgres/unit.go", imports: []string{"registry/postgres/pgtest"}}, "for tests"},
		{"tests may", source{file: "registry/postgres/unit_test.go", imports: []string{"registry/postgres/pgtest"}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := strings.Join(violations([]source{test.file}), "\n")
			if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
