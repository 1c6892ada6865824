package migrations

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

// A gap or a number used twice is the usual result of a bad merge, and goose
// would apply what is left in silence.
func TestFiles_are_numbered_without_a_gap(t *testing.T) {
	for i, name := range names(t) {
		if want := fmt.Sprintf("%05d_", i+1); !strings.HasPrefix(name, want) {
			t.Errorf("%s: want the number %s", name, want)
		}
	}
}

func TestFiles_go_up_and_down(t *testing.T) {
	for _, name := range names(t) {
		text, err := Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		up := strings.Index(string(text), "\n-- +goose Up\n")
		if strings.HasPrefix(string(text), "-- +goose Up\n") {
			up = 0
		}
		down := strings.Index(string(text), "\n-- +goose Down\n")
		if up < 0 || down < up {
			t.Errorf("%s: wants a section '-- +goose Up' and after it one '-- +goose Down'", name)
			continue
		}
		if rest := string(text[down+len("\n-- +goose Down\n"):]); !strings.Contains(rest, ";") {
			t.Errorf("%s: its down section does nothing", name)
		}
	}
}

func names(t *testing.T) []string {
	t.Helper()
	all, err := fs.Glob(Files, "*.sql")
	if err != nil || len(all) == 0 {
		t.Fatalf("no migrations embedded: %v", err)
	}
	return all
}
