package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"jieming/geo/coverage/report"
)

// reportFolder is a report on its way: it is written beside its place under
// another name, and put in place when it is whole.
type reportFolder struct {
	dir     string // its place
	partial string // where it is written; "" once it is in place
}

// newReportFolder refuses a place that holds anything but an earlier report.
func newReportFolder(dir string) (*reportFolder, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("report folder: %w (choose another with --out DIR)", err)
	}
	if _, err := os.Stat(filepath.Join(dir, report.SummaryFile)); err != nil && len(entries) > 0 {
		return nil, fmt.Errorf("report folder %s holds something else: choose a new folder with --out DIR", dir)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, fmt.Errorf("report folder: %w (choose another with --out DIR)", err)
	}
	partial, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".partial-")
	if err != nil {
		return nil, fmt.Errorf("report folder: %w (choose another with --out DIR)", err)
	}
	return &reportFolder{dir: dir, partial: partial}, os.Chmod(partial, 0o755)
}

// Create makes a file of the report.
func (f *reportFolder) Create(name string) (io.WriteCloser, error) {
	path := filepath.Join(f.partial, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	return os.Create(path)
}

// keep puts the report in place, and takes an earlier one away.
func (f *reportFolder) keep() error {
	earlier := f.partial + ".earlier"
	err := os.Rename(f.dir, earlier)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("put the report in place: %w", err)
	}
	if err := os.Rename(f.partial, f.dir); err != nil {
		return fmt.Errorf("put the report in place: %w", errors.Join(err, os.Rename(earlier, f.dir)))
	}
	f.partial = ""
	return os.RemoveAll(earlier)
}

// discard takes away what was not kept.
func (f *reportFolder) discard() error {
	if f.partial == "" {
		return nil
	}
	return os.RemoveAll(f.partial)
}
