// Package datatest finds the real data that some tests need. It is not in the
// repository: its licences don't allow that.
package datatest

import (
	"os"
	"path/filepath"
	"testing"
)

// Dir is the folder of real data: DATA, or shared/data beside the checkout. A
// test is skipped when there is none, and fails when DATA names none. Either
// way the test is marked (attribute "data", value "real" or "absent"), so that
// the test run can say how many tests saw real data. A short run (go test
// -short), such as that of the race detector, leaves real data out.
func Dir(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("real data is left out of a short run")
	}
	dir, given := os.LookupEnv("DATA")
	if !given || dir == "" {
		dir = filepath.Join(root(t), "..", "shared", "data")
	}
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		t.Attr("data", "real")
		return dir
	}
	t.Attr("data", "absent")
	if given && dir != "" {
		t.Fatalf("DATA names no folder: %s", dir)
	}
	t.Skip("no real data: set DATA to its folder")
	return ""
}

// File is the path of one file in the folder of real data, as [Dir] finds it.
// A test fails when the folder lacks the file.
func File(t testing.TB, elements ...string) string {
	t.Helper()
	name := filepath.Join(append([]string{Dir(t)}, elements...)...)
	if _, err := os.Stat(name); err != nil {
		t.Fatalf("real data: %v", err)
	}
	return name
}

// root is the folder of the module: a test runs in the folder of its package.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}
