package open_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"jieming/geo/format"
	"jieming/geo/format/open"
)

const (
	pointJSON = `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"220102"},"geometry":{"type":"Point","coordinates":[125.3,43.9]}}]}`
	pointCSV  = "code,lon,lat\n220102,125.3,43.9\n"
)

// An entry is a file to pack.
type entry struct{ name, content string }

func packed(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, e := range entries {
		w, err := z.Create(e.name)
		if err == nil {
			_, err = io.WriteString(w, e.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func gzipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func read(name string, data []byte, limits format.Limits) (n int, notes []format.Note, err error) {
	r, err := open.Bytes(name, bytes.NewReader(data), int64(len(data)), limits, format.Options{})
	if err != nil {
		return 0, nil, err
	}
	defer r.Close()
	for {
		if _, err := r.Read(); err == io.EOF {
			return n, r.Notes(), nil
		} else if err != nil {
			return n, r.Notes(), err
		}
		n++
	}
}

func TestBytes_recognises(t *testing.T) {
	for name, data := range map[string][]byte{
		"a.geojson":    []byte(pointJSON),
		"a":            []byte("\ufeff \n" + pointJSON),
		"a.geojson.gz": gzipped(t, []byte(pointJSON)),
		"a.csv":        []byte(pointCSV),
		"a.csv.gz":     gzipped(t, []byte(pointCSV)),
		"a.zip":        packed(t, entry{"folder/", ""}, entry{"folder/a.geojson", pointJSON}, entry{"__MACOSX/._a.geojson", "x"}),
		"b.zip":        packed(t, entry{"a.csv", pointCSV}, entry{"readme.txt", "x"}),
	} {
		n, notes, err := read(name, data, format.Limits{})
		if err != nil || n != 1 || len(notes) != 0 {
			t.Errorf("%s: %d features, %v, %v", name, n, notes, err)
		}
	}
}

func TestBytes_lyingName(t *testing.T) {
	for name, data := range map[string][]byte{
		"a.csv":     []byte(pointJSON),
		"a.geojson": []byte(pointCSV),
		"a.json":    gzipped(t, []byte(pointJSON)),
		"a.shp":     packed(t, entry{"a.geojson", pointJSON}),
	} {
		n, notes, err := read(name, data, format.Limits{})
		if err != nil || n != 1 || len(notes) != 1 || notes[0].Code != format.NoteExtension {
			t.Errorf("%s: %d features, %v, %v", name, n, notes, err)
		}
	}
}

func TestBytes_refuses(t *testing.T) {
	tests := []struct {
		name, want string
		data       []byte
	}{
		{"empty.geojson", "file is empty", nil},
		{"a.kml", "file is XML", []byte("<?xml version='1.0'?><kml/>")},
		{"a.pdf", "PDF", []byte("%PDF-1.4")},
		{"a.rar", "RAR", []byte("Rar!\x1a\x07")},
		{"a.dbf", "one part of a shapefile", []byte{3, 124, 1, 1, 0, 0, 0, 0}},
		{"a.shp", "alone is not a shapefile", []byte("\x00\x00\x27\x0a")},
		{"a.bin", "no known format", []byte{1, 2, 3, 0, 9}},
		{"a.xls", "old office document", []byte("\xd0\xcf\x11\xe0\xa1")},
		{"a.xlsx", "save the sheet as CSV", packed(t, entry{"[Content_Types].xml", "<x/>"}, entry{"xl/workbook.xml", "<x/>"})},
		{"a.json", "a GeoJSON object", []byte("[1,2]")},
		{"a.csv", "UTF-16", []byte("\xff\xfec\x00o\x00")},
		{"a.zip", "several files", packed(t, entry{"a.geojson", pointJSON}, entry{"b.geojson", pointJSON})},
		{"a.zip", "no file that can be imported", packed(t, entry{"a.txt", "x"})},
		{"a.gz", "gzip file holds", gzipped(t, []byte("%PDF-1.4"))},
	}
	for _, tt := range tests {
		_, _, err := read(tt.name, tt.data, format.Limits{})
		expectFault(t, tt.name, err, tt.want)
	}
}

func expectFault(t *testing.T, name string, err error, want string) {
	t.Helper()
	fault, ok := errors.AsType[*format.Error](err)
	if !ok || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: got %v, want %q", name, err, want)
		return
	}
	if !strings.HasPrefix(fault.File, name) || fault.Advice == "" {
		t.Errorf("%s: fault tells too little: %+v", name, fault)
	}
}

// TestBytes_bombs holds that archives made to hurt are refused, and leave no
// temporary file behind.
func TestBytes_bombs(t *testing.T) {
	if testing.Short() {
		t.Skip("unpacks gigabytes")
	}
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	zeros := strings.Repeat("\x00", 17<<20)
	many := make([]entry, 1001)
	for i := range many {
		many[i] = entry{strconv.Itoa(i) + ".shp", ""}
	}
	lyingCount := packed(t, many...)
	binary.LittleEndian.PutUint16(lyingCount[len(lyingCount)-22+8:], 1)
	binary.LittleEndian.PutUint16(lyingCount[len(lyingCount)-22+10:], 1)
	shapefile := []entry{{"a.shp", zeros}, {"a.dbf", zeros}}

	tests := []struct {
		name, want string
		data       []byte
		limits     format.Limits
	}{
		{"ratio.zip", "more than 200 times its size", packed(t, shapefile...), format.Limits{}},
		{"bytes.zip", "more than 1048576 bytes", packed(t, shapefile...), format.Limits{MaxBytes: 1 << 20}},
		{"ratio2.zip", "more than 200 times its size", packed(t, entry{"a.geojson", `{"a":` + zeros}), format.Limits{}},
		{"nested.zip", "holds another archive", packed(t, entry{"inner.zip", string(packed(t, shapefile...))}), format.Limits{}},
		{"nested2.zip", "holds another archive", packed(t, entry{"inner.geojson", string(packed(t, shapefile...))}), format.Limits{}},
		{"nested.gz", "holds another archive", gzipped(t, gzipped(t, []byte(pointJSON))), format.Limits{}},
		{"many.zip", "more than 1000 files", packed(t, many...), format.Limits{}},
		{"count.zip", "more than 1000 files", lyingCount, format.Limits{}},
		{"size.zip", "not a valid zip file", lyingSize(t, pointJSON), format.Limits{}},
		{"up.zip", "leads outside the archive", packed(t, entry{"../a.geojson", pointJSON}), format.Limits{}},
		{"windows.zip", "leads outside the archive", packed(t, entry{`..\..\a.geojson`, pointJSON}), format.Limits{}},
		{"root.zip", "leads outside the archive", packed(t, entry{"/etc/a.geojson", pointJSON}), format.Limits{}},
		{"prefix.zip", "prefixed", append([]byte("PK\x03\x04 sh"), packed(t, entry{"a.geojson", pointJSON})...), format.Limits{}},
		{"cut.zip", "cut short", packed(t, entry{"a.geojson", pointJSON})[:100], format.Limits{}},
		{"bomb.geojson.gz", "more than 200 times its size", gzipped(t, []byte(`{"a":`+strings.Repeat(" ", 17<<20))), format.Limits{}},
		{"bomb.csv.gz", "more than 200 times its size", gzipped(t, []byte("a,b\n"+strings.Repeat("1,"+strings.Repeat("2", 1000)+"\n", 18_000))), format.Limits{}},
		{"cut.geojson.gz", "unexpected EOF", gzipped(t, []byte(pointJSON))[:60], format.Limits{}},
	}
	for _, tt := range tests {
		_, _, err := read(tt.name, tt.data, tt.limits)
		expectFault(t, tt.name, err, tt.want)
	}
	left, err := os.ReadDir(temporary)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// lyingSize packs an entry and makes its headers tell a smaller size.
func lyingSize(t *testing.T, content string) []byte {
	data := packed(t, entry{"a.geojson", content})
	for _, head := range []struct {
		magic  string
		offset int
	}{{"PK\x01\x02", 24}, {"PK\x07\x08", 12}} {
		at := bytes.Index(data, []byte(head.magic))
		if at < 0 {
			t.Fatalf("no header %q", head.magic)
		}
		binary.LittleEndian.PutUint32(data[at+head.offset:], 10)
	}
	return data
}

// TestFile_hugeShape holds that a polygon of ten million vertices is refused
// by its header. The file has holes where its coordinates would be.
func TestFile_hugeShape(t *testing.T) {
	const vertices = 10_000_000
	const words = (44 + 4 + 16*vertices) / 2
	head := make([]byte, 100)
	binary.BigEndian.PutUint32(head, 9994)
	binary.LittleEndian.PutUint32(head[28:], 1000)
	binary.LittleEndian.PutUint32(head[32:], 5)
	record := make([]byte, 8+44)
	binary.BigEndian.PutUint32(record[4:], words)
	binary.LittleEndian.PutUint32(record[8:], 5)
	binary.LittleEndian.PutUint32(record[8+36:], 1)
	binary.LittleEndian.PutUint32(record[8+40:], vertices)

	path := filepath.Join(t.TempDir(), "huge.shp")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(append(bytes.Clone(head), record...)); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(100 + 8 + 2*words); err != nil {
		t.Fatal(err)
	}
	dbf := "\x03\x7c\x01\x01\x01\x00\x00\x00\x41\x00\x02\x00" + strings.Repeat("\x00", 20) +
		"A" + strings.Repeat("\x00", 10) + "C\x00\x00\x00\x00\x01" + strings.Repeat("\x00", 15) + "\r x\x1a"
	if err := os.WriteFile(strings.TrimSuffix(path, ".shp")+".dbf", []byte(dbf), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := open.File(path, format.Limits{}, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, err = r.Read()
	expectFault(t, path, err, "more than 1000000 vertices")

	// In an archive the index gives it away before .shp is unpacked.
	index := append(bytes.Clone(head), 0, 0, 0, 50, 0, 0, 0, 0)
	binary.BigEndian.PutUint32(index[104:], words)
	data := packed(t, entry{"a.shp", "not looked at"}, entry{"a.shx", string(index)}, entry{"a.dbf", dbf})
	_, _, err = read("huge.zip", data, format.Limits{})
	expectFault(t, "huge.zip", err, "more than 1000000 vertices")
}

// endless yields one CSV record that never ends.
type endless struct{ head string }

func (e *endless) ReadAt(p []byte, at int64) (int, error) {
	n := 0
	if at < int64(len(e.head)) {
		n = copy(p, e.head[at:])
	}
	const vertex = "125.1234567 43.1234567,"
	for n < len(p) {
		n += copy(p[n:], vertex[(at+int64(n)-int64(len(e.head)))%int64(len(vertex)):])
	}
	return n, nil
}

func TestBytes_hugeText(t *testing.T) {
	limits := format.Limits{MaxVerticesPerFeature: 10_000}
	source := &endless{"code,wkt\n1,\"POLYGON(("}
	r, err := open.Bytes("huge.csv", source, 1<<40, limits, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Read()
	expectFault(t, "huge.csv", err, "record longer than")
}

func TestFile_names(t *testing.T) {
	_, err := open.File(t.TempDir(), format.Limits{}, format.Options{})
	expectFault(t, "", err, "folder or device")
	_, err = open.File(filepath.Join(t.TempDir(), "none"), format.Limits{}, format.Options{})
	expectFault(t, "", err, "cannot open the file")
}

func FuzzBytes(f *testing.F) {
	f.Add([]byte(pointJSON))
	f.Add([]byte(pointCSV))
	f.Add(packed(f, entry{"a.geojson", pointJSON}))
	f.Add(gzipped(f, []byte(pointCSV)))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, err := read("fuzz", data, format.Limits{MaxBytes: 1 << 20, MaxEntries: 10})
		if _, ok := errors.AsType[*format.Error](err); err != nil && !ok {
			t.Errorf("fault of type %T: %v", err, err)
		}
	})
}
