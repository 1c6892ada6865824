package sample

import (
	"archive/zip"
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"sync"
	"time"
)

//go:embed data
var data embed.FS

// FS returns the sample as a file system with the layout of the data folder:
// dataset.json (the manifest), boundaries-sample, areacodes, cn-divisions and
// places-sample. The bytes are the same on every machine and in every run.
//
// The first call makes the files, in some milliseconds; later calls return the
// same value, which is safe for concurrent use. It fails only if the sources
// embedded in the program contradict each other, which a test rules out.
func FS() (fs.FS, error) { return makeOnce() }

var makeOnce = sync.OnceValues(build)

// file is a file of the sample and how it is made.
type file struct {
	name string
	make func() ([]byte, error)
}

func build() (fs.FS, error) {
	c, err := newCartogram(source("regions.txt"), source("cells.txt"))
	if err != nil {
		return nil, fmt.Errorf("making the schematic borders: %w", err)
	}
	h, err := parseHistory(source("history.txt"))
	if err != nil {
		return nil, fmt.Errorf("making the history: %w", err)
	}
	l, err := h.replay()
	if err != nil {
		return nil, fmt.Errorf("making the history: %w", err)
	}
	return archive([]file{
		{"dataset.json", embedded("dataset.json")},
		{"boundaries-sample/counties.geojson", func() ([]byte, error) { return c.collection(region.ours) }},
		{"boundaries-sample/northeast_counties.geojson", func() ([]byte, error) { return c.collection(func(region) bool { return true }) }},
		{"areacodes/codes_by_year.csv.gz", func() ([]byte, error) { return l.codesByYear(h) }},
		{"areacodes/lineage_northeast.csv", l.lineage},
		{"areacodes/events_northeast.jsonl", h.events},
		{"areacodes/township_changes_northeast.csv", embedded("township_changes.csv")},
		{"cn-divisions/streets_jilin.csv", embedded("townships.csv")},
		{"cn-divisions/townships_jilin_2025.csv", embedded("townships_2025.csv")},
		{"cn-divisions/villages_jilin.csv", embedded("villages.csv")},
		{"places-sample/places.csv", c.places},
	})
}

// source returns an embedded source. It exists, being embedded.
func source(name string) string {
	b, err := data.ReadFile("data/" + name)
	if err != nil {
		return ""
	}
	return string(b)
}

func embedded(name string) func() ([]byte, error) {
	return func() ([]byte, error) { return data.ReadFile("data/" + name) }
}

// archive packs files into a zip archive in memory, the file system of the
// standard library that needs no code of ours.
func archive(files []file) (fs.FS, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		content, err := f.make()
		if err != nil {
			return nil, fmt.Errorf("making %s: %w", f.name, err)
		}
		head := &zip.FileHeader{Name: f.name, Method: zip.Store, Modified: time.Unix(0, 0)}
		out, err := w.CreateHeader(head)
		if err != nil {
			return nil, err
		}
		if _, err := out.Write(content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
}
