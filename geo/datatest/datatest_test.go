package datatest

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFile_is_found_in_the_folder_given(t *testing.T) {
	if testing.Short() {
		t.Skip("a short run finds none")
	}
	dir := t.TempDir()
	t.Setenv("DATA", dir)
	if err := os.WriteFile(filepath.Join(dir, "units.csv"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := File(t, "units.csv"); got != filepath.Join(dir, "units.csv") {
		t.Errorf("found %s", got)
	}
}

func TestRoot_is_the_module(t *testing.T) {
	if _, err := os.Stat(filepath.Join(root(t), "cmd", "jieming")); err != nil {
		t.Error(err)
	}
}
