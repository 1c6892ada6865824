package sample

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"jieming/geo/datatest"
)

// golden is the digest of every file's name and bytes. It changes only when
// the sample changes on purpose: then copy the new value from the failure.
const golden = "b22182d02fa9c1776257af44c9813b81c021f439450e7059b01b10aea9e73f28"

func open(t *testing.T) fs.FS {
	t.Helper()
	fsys, err := FS()
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

func TestBytesNeverChangeUnnoticed(t *testing.T) {
	fresh, err := build()
	if err != nil {
		t.Fatal(err)
	}
	for _, fsys := range []fs.FS{open(t), fresh} {
		sum := sha256.New()
		err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := fs.ReadFile(fsys, name)
			sum.Write([]byte(name))
			sum.Write(b)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(sum.Sum(nil)); got != golden {
			t.Errorf("digest of the sample is %s, want %s", got, golden)
		}
	}
}

// The lists are facts, so where the real lists are at hand the two must agree
// row by row.
func TestListsOfEveryYearAreTheRealOnes(t *testing.T) {
	real, err := os.Open(datatest.File(t, "areacodes", "codes_by_year.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer real.Close()
	ours, err := open(t).Open("areacodes/codes_by_year.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	want, got := jilinRows(t, real), jilinRows(t, ours)
	for _, row := range want {
		if !slices.Contains(got, row) {
			t.Errorf("the sample lacks %s", row)
		}
	}
	for _, row := range got {
		if !slices.Contains(want, row) {
			t.Errorf("the sample invents %s", row)
		}
	}
}

func TestLineageIsTheRealOne(t *testing.T) {
	real, err := os.ReadFile(datatest.File(t, "areacodes", "lineage_northeast.csv"))
	if err != nil {
		t.Fatal(err)
	}
	ours, err := fs.ReadFile(open(t), "areacodes/lineage_northeast.csv")
	if err != nil {
		t.Fatal(err)
	}
	want, got := jilinLines(real), jilinLines(ours)
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("the sample lacks %s", line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("the sample invents %s", line)
		}
	}
}

func jilinLines(b []byte) []string {
	lines := strings.Split(strings.ReplaceAll(string(b), "\r", ""), "\n")
	return slices.DeleteFunc(lines, func(s string) bool { return !strings.HasPrefix(s, "22") })
}

func jilinRows(t *testing.T, r io.Reader) []string {
	t.Helper()
	z, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	table, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, row := range table {
		if strings.HasPrefix(row[1], "22") {
			rows = append(rows, strings.Join(row, ","))
		}
	}
	return rows
}

func TestShapesOnPurpose(t *testing.T) {
	c, err := newCartogram(source("regions.txt"), source("cells.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		name, code   string
		parts, holes int
	}{
		{"the enclave's owner has two parts", "220211", 2, 0},
		{"the enclave lies in a hole", "220281", 1, 1},
		{"the island's owner has two parts", "220821", 2, 0},
		{"the island lies in a neighbour's hole", "230624", 1, 1},
		{"a plain county", "220184", 1, 0},
	} {
		holes := 0
		polygons := c.borders.polygons(c.cells, want.code)
		for _, p := range polygons {
			holes += len(p) - 1
		}
		if len(polygons) != want.parts || holes != want.holes {
			t.Errorf("%s: %s has %d parts and %d holes, want %d and %d", want.name, want.code, len(polygons), holes, want.parts, want.holes)
		}
	}
}

func TestFourCountiesTouchInOnePoint(t *testing.T) {
	c, err := newCartogram(source("regions.txt"), source("cells.txt"))
	if err != nil {
		t.Fatal(err)
	}
	point := c.borders.place[sideBetween(touchPoint[0], touchPoint[1]).a]
	var touching []string
	for _, r := range c.regions {
		for _, p := range c.borders.polygons(c.cells, r.code) {
			if slices.Contains(p[0], point) {
				touching = append(touching, r.name)
			}
		}
	}
	if len(touching) != 4 {
		t.Errorf("at %v touch %v, want four counties", point.Orb(), touching)
	}
}

func TestPlacesLieInTheirCounty(t *testing.T) {
	c, err := newCartogram(source("regions.txt"), source("cells.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range c.regions {
		p := c.heart(r.code)
		in := slices.ContainsFunc(c.borders.polygons(c.cells, r.code), func(q polygon) bool {
			return q[0].holds(p) && !slices.ContainsFunc(q[1:], func(hole ring) bool { return hole.holds(p) })
		})
		if !in {
			t.Errorf("the middle of %s %s lies outside it", r.code, r.name)
		}
	}
}

func TestSourcesThatContradictThemselvesAreRefused(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"list 1981\n220000 甲\n@ 1982 - - - 无\n220001 > 220002", "220001 is not in force"},
		{"list 1981\n@ 1982 - -", "want @ YEAR"},
		{"list 1981\n@ 1982 - - - 无\n220000 = 220001", "want CODE > CODE NAME"},
	} {
		h, err := parseHistory(c.text)
		if err == nil {
			_, err = h.replay()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want it to say %q", c.text, err, c.want)
		}
	}
	if _, err := parseHoneycomb(".. Zz", nil); err == nil {
		t.Error("an unknown region in the cartogram went through")
	}
	if _, err := parseRegions("Cn 2201"); err == nil {
		t.Error("a short line of regions went through")
	}
	if bytes.Contains([]byte(source("cells.txt")), []byte("\t")) {
		t.Error("cells.txt has tabs")
	}
}
