package dataset

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"jieming/geo"
	"jieming/registry/sample"
)

func sampleFS(t testing.TB) fs.FS {
	t.Helper()
	fsys, err := sample.FS()
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

// withFile returns the sample with one file replaced, or removed if content is nil.
func withFile(t testing.TB, name string, content []byte) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(sampleFS(t), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(sampleFS(t), path)
		out[path] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	delete(out, name)
	if content != nil {
		out[name] = &fstest.MapFile{Data: content}
	}
	return out
}

func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that says %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

func TestOpenTellsWhatIsWrongWithTheManifest(t *testing.T) {
	for _, c := range []struct{ name, manifest, want string }{
		{"not JSON", "{", "it is not a manifest"},
		{"unknown member", `{"nmae":"x"}`, "nmae"},
		{"bad date", `{"data_date":"2023"}`, "is not a date such as 2023-12-31"},
		{"bad province", `{"data_date":"2023-12-31","province":"22"}`, "is not the code of a province"},
		{"path out of the folder", `{"data_date":"2023-12-31","province":"220000","counties":"../x","outside":"y"}`, "is not a path within the folder"},
		{"border without end", `{"data_date":"2023-12-31","province":"220000","counties":"x","outside":"y","name":"甲","short":"甲","national_border":[{"country":"甲"},{"country":"乙"}]}`, `needs "until"`},
		{"more than one object", `{"data_date":"2023-12-31"} {}`, "it is not a manifest"},
		{"swapped axes", `{"data_date":"2023-12-31","province":"220000","counties":"x","outside":"y","name":"甲","short":"甲","national_border":[{"country":"甲","until":[42.4,130.6]},{"country":"乙"}]}`, "swapped"},
		{"short neighbour", `{"data_date":"2023-12-31","province":"220000","counties":"x","outside":"y","name":"甲","short":"甲","neighbours":[{"prefix":"1","name":"甲"}]}`, "needs a prefix of two digits"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Open(fstest.MapFS{ManifestName: &fstest.MapFile{Data: []byte(c.manifest)}})
			wantError(t, err, ManifestName, c.want)
		})
	}
}

func TestOpenOfAnotherFolderSaysWhatIsMissing(t *testing.T) {
	_, err := Open(fstest.MapFS{"readme.txt": &fstest.MapFile{}})
	wantError(t, err, "dataset.json", "boundaries-jilin", "name the data folder itself")
}

const square = `"geometry":{"type":"Polygon","coordinates":[[[125,43],[126,43],[126,44],[125,43]]]}`

func TestFaultsOfBoundaryFilesAreLocated(t *testing.T) {
	for _, c := range []struct {
		name, features string
		want           []string
	}{
		{"no feature", ``, []string{"no feature"}},
		{"no code", `{"type":"Feature","properties":{"name":"甲"},` + square + `}`, []string{"feature[0]", "not a division code"}},
		{"no name", `{"type":"Feature","properties":{"code":"220102"},` + square + `}`, []string{"feature[0]", "220102", "has no name"}},
		{"code twice", `{"type":"Feature","properties":{"code":"220102","name":"甲"},` + square + `},{"type":"Feature","properties":{"code":220102,"name":"乙"},` + square + `}`, []string{"feature[1]", "that of feature 0"}},
		{"a line", `{"type":"Feature","properties":{"code":"220102","name":"甲"},"geometry":{"type":"LineString","coordinates":[[1,2],[3,4]]}}`, []string{"feature[0]", "no area"}},
		{"open ring", `{"type":"Feature","properties":{"code":"220102","name":"甲"},"geometry":{"type":"Polygon","coordinates":[[[125,43],[126,43],[126,44],[125,44]]]}}`, []string{"feature[0]", "ring[0]"}},
		{"cut short", `{"type":"Feature"`, []string{"x.geojson"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := `{"type":"FeatureCollection","features":[` + c.features + `]}`
			w := newWitness(fstest.MapFS{"x.geojson": &fstest.MapFile{Data: []byte(text)}})
			_, err := w.readCounties("x.geojson")
			wantError(t, err, append(c.want, "x.geojson")...)
		})
	}
}

func TestFaultsOfPlacesAreLocated(t *testing.T) {
	const head = "name_roman,lat,lng,county_code\n"
	for _, c := range []struct{ name, table, want string }{
		{"empty", "", "no header"},
		{"no column", "name,lat,lng,county_code\n", "no column name_roman"},
		{"no number", head + "Jilin,x,1,\n", "line 2"},
		{"swapped", head + "Jilin,126.5,43.8,\n", "is no place on Earth"},
		{"not finite", head + "Jilin,NaN,43.8,\n", "line 2"},
		{"no name", head + ",43,126,\n", "no name"},
		{"bad county", head + "Jilin,43,126,22\n", "not a code of six digits"},
		{"ragged", head + "Jilin,43\n", "no row of the table"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWitness(fstest.MapFS{"p.csv": &fstest.MapFile{Data: []byte(c.table)}})
			_, err := w.readPlaces("p.csv")
			wantError(t, err, "p.csv", c.want)
		})
	}
}

func TestOpenOfFilesThatAreNotThere(t *testing.T) {
	w := newWitness(fstest.MapFS{"bad.csv.gz": &fstest.MapFile{Data: []byte("plain")}})
	_, err := w.readPlaces("none.csv")
	wantError(t, err, "none.csv", "missing")
	_, err = w.readPlaces("bad.csv.gz")
	wantError(t, err, "bad.csv.gz", "not gzip")
}

func TestZipBombIsRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("unpacks gigabytes")
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range 64 {
		if _, err := z.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	w := newWitness(fstest.MapFS{"p.csv.gz": &fstest.MapFile{Data: b.Bytes()}})
	_, err := w.readPlaces("p.csv.gz")
	wantError(t, err, "times its size")
}

func grid(points ...[2]int32) []geo.Point {
	out := make([]geo.Point, len(points))
	for i, p := range points {
		out[i] = geo.Point{X: p[0], Y: p[1]}
	}
	return out
}

func until(x, y int32) *orb.Point {
	p := geo.Point{X: x, Y: y}.Orb()
	return &p
}

func TestNationalBorderIsCutWhereCountriesMeet(t *testing.T) {
	three := &Manifest{NationalBorder: []Stretch{{Country: "a", Until: until(30, 1)}, {Country: "b", Until: until(50, 0)}, {Country: "c"}}}
	two := &Manifest{NationalBorder: []Stretch{{Country: "a", Until: until(30, 1)}, {Country: "b"}}}
	first, second := grid([2]int32{0, 0}, [2]int32{20, 0}, [2]int32{30, 0}, [2]int32{40, 0}), grid([2]int32{40, 0}, [2]int32{50, 0}, [2]int32{60, 0})
	island := grid([2]int32{10, 9}, [2]int32{11, 9}, [2]int32{11, 8}, [2]int32{10, 9})
	for _, c := range []struct {
		name string
		m    *Manifest
		arcs [][]geo.Point
		want string
	}{
		{"in the middle of an arc", two, [][]geo.Point{first, second}, "0a3 0b2 1b3"},
		{"arcs in any order", two, [][]geo.Point{second, first}, "0b3 1a3 1b2"},
		{"several cuts", three, [][]geo.Point{first, second}, "0a3 0b2 1b2 1c2"},
		{"an island", two, [][]geo.Point{first, second, island}, "0a3 0b2 1b3 2a4"},
		{"at the end of an arc", &Manifest{NationalBorder: []Stretch{{Country: "a", Until: until(40, 0)}, {Country: "b"}}}, [][]geo.Point{first, second}, "0a4 1b3"},
		{"one country", &Manifest{NationalBorder: []Stretch{{Country: "a"}}}, [][]geo.Point{first, second}, "0a4 1a3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			pieces, err := c.m.stretches(c.arcs)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range pieces {
				got = append(got, string(rune('0'+p.of))+c.m.NationalBorder[p.country].Country+string(rune('0'+len(p.line))))
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("pieces %s, want %s (arc, country, vertices)", s, c.want)
			}
		})
	}
	_, err := (&Manifest{Outside: "o.geojson"}).stretches([][]geo.Point{first})
	wantError(t, err, "o.geojson", "no national border")
}

// Whatever the border and wherever its countries meet, the pieces of an arc
// join up to the arc again, and countries follow each other in order.
func TestPiecesOfTheNationalBorderJoinUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(t, "points")
		all := make([]geo.Point, n)
		for i := range all {
			all[i] = geo.Point{X: int32(i) * 1000, Y: rapid.Int32Range(-300, 300).Draw(t, "y")}
		}
		var arcs [][]geo.Point
		for from := 0; from < n-1; {
			to := rapid.IntRange(from+1, n-1).Draw(t, "node")
			arcs, from = append(arcs, all[from:to+1]), to
		}
		m := &Manifest{}
		at := rapid.SliceOfNDistinct(rapid.IntRange(1, n-1), 0, min(3, n-1), rapid.ID[int]).Draw(t, "cuts")
		slices.Sort(at)
		for _, i := range at {
			m.NationalBorder = append(m.NationalBorder, Stretch{Country: "x", Until: until(all[i].X, all[i].Y)})
		}
		m.NationalBorder = append(m.NationalBorder, Stretch{Country: "x"})
		pieces, err := m.stretches(arcs)
		if err != nil {
			t.Fatal(err)
		}
		country := 0
		joined := make([][]geo.Point, len(arcs))
		for _, p := range pieces {
			if p.country < country {
				t.Fatalf("country %d follows %d", p.country, country)
			}
			country = p.country
			joined[p.of] = append(joined[p.of], p.line[min(1, len(joined[p.of])):]...)
		}
		if diff := cmp.Diff(arcs, joined); diff != "" {
			t.Fatalf("pieces don't join up:\n%s", diff)
		}
	})
}

func FuzzManifest(f *testing.F) {
	b, err := fs.ReadFile(sampleFS(f), ManifestName)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parseManifest(b)
		if err == nil && m.problem() != "" {
			t.Errorf("a manifest with a problem was accepted: %s", m.problem())
		}
	})
}

func FuzzPlaces(f *testing.F) {
	f.Add([]byte("name_roman,lat,lng,county_code\nJilin,43.8,126.5,220204\n"))
	f.Add([]byte("name_roman,lat,lng,county_code\n\"\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		w := newWitness(fstest.MapFS{"p.csv": &fstest.MapFile{Data: b}})
		places, err := w.readPlaces("p.csv")
		if err != nil {
			return
		}
		for _, p := range places {
			if _, err := geo.Snap(p.point); err != nil || p.roman == "" {
				t.Errorf("accepted %+v", p)
			}
		}
	})
}
