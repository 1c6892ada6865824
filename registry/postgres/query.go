package postgres

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"sync"
)

//go:embed *.sql
var sqlFiles embed.FS

// statements maps the name of a statement to its text, from all .sql files.
// A statement begins at a line "-- name: Name".
var statements = sync.OnceValue(func() map[string]string {
	found := map[string]string{}
	files, err := fs.Glob(sqlFiles, "*.sql")
	if err != nil {
		panic(err)
	}
	for _, file := range files {
		text, err := sqlFiles.ReadFile(file)
		if err != nil {
			panic(err)
		}
		parse(file, string(text), found)
	}
	return found
})

func parse(file, text string, into map[string]string) {
	for _, part := range strings.Split("\n"+text, "\n-- name: ")[1:] {
		name, body, _ := strings.Cut(part, "\n")
		name = strings.TrimSpace(name)
		if _, twice := into[name]; twice {
			panic(fmt.Sprintf("%s: statement %s defined twice", file, name))
		}
		into[name] = strings.TrimSuffix(strings.TrimSpace(body), ";")
	}
}

// sql returns a statement by name. A missing name is a programming error that
// the first test finds.
func sql(name string) string {
	text, ok := statements()[name]
	if !ok {
		panic("no SQL statement " + name)
	}
	return text
}
