package report_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"jieming/geo/coverage"
	"jieming/geo/coverage/report"
	"jieming/geo/datatest"
	"jieming/geo/format"
	"jieming/geo/format/open"
)

// memory is a folder in memory.
type memory struct {
	mu    sync.Mutex
	files map[string][]byte
}

type memoryFile struct {
	bytes.Buffer
	folder *memory
	name   string
}

func (m *memory) Create(name string) (io.WriteCloser, error) {
	return &memoryFile{folder: m, name: name}, nil
}

func (f *memoryFile) Close() error {
	f.folder.mu.Lock()
	defer f.folder.mu.Unlock()
	f.folder.files[f.name] = f.Bytes()
	return nil
}

type silent struct{}

func (silent) Step(string, int) {}
func (silent) Advance(int)      {}

func write(t testing.TB, c report.Content) map[string][]byte {
	t.Helper()
	folder := &memory{files: map[string][]byte{}}
	if err := report.Write(t.Context(), folder, c, silent{}); err != nil {
		t.Fatal(err)
	}
	return folder.files
}

// ring makes a closed ring of points in thousandths of a degree from 125°, 44°.
func ring(xy ...float64) orb.Ring {
	var r orb.Ring
	for i := 0; i < len(xy); i += 2 {
		r = append(r, orb.Point{125 + xy[i]/1000, 44 + xy[i+1]/1000})
	}
	return append(r, r[0])
}

// damaged is four units with a gap, two overlaps, a self-crossing, a repeated
// point and a name that pages and tables have to quote.
func damaged() []coverage.Region {
	return []coverage.Region{
		{ID: "220101", Name: "东关区", Geometry: orb.MultiPolygon{{ring(0, 0, 10, 0, 10, 4, 9, 5, 10, 6, 10, 10, 0, 10)}}},
		{ID: "220102", Name: `<b>"西关",区</b>`, Geometry: orb.MultiPolygon{{ring(10, 0, 20, 0, 20, 0, 20, 10, 10, 10)}}},
		{ID: "220103", Name: "北关区", Geometry: orb.MultiPolygon{{ring(0, 10, 10, 10, 10, 9.98, 20, 9.98, 20, 20, 0, 20)}}},
		{ID: "220104", Geometry: orb.MultiPolygon{{ring(30, 0, 34, 4, 34, 0, 30, 4)}}},
	}
}

func contentOf(t testing.TB, regions []coverage.Region) report.Content {
	t.Helper()
	found, err := coverage.Check(t.Context(), regions, coverage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return report.Content{Title: "damaged.geojson", Made: "2026-11-24", Notes: []string{"read as EPSG:4490"}, Regions: regions, Report: found}
}

func proposed(t testing.TB, c report.Content, snapM, areaM2 float64) report.Content {
	t.Helper()
	p, err := coverage.Propose(t.Context(), c.Regions, coverage.RepairOptions{SnapToleranceM: snapM, RepairMaxAreaM2: areaM2})
	if err != nil {
		t.Fatal(err)
	}
	c.Proposal = &report.Proposal{Proposal: p, SnapToleranceM: snapM, RepairMaxAreaM2: areaM2}
	return c
}

func TestWrite_golden(t *testing.T) {
	files := write(t, proposed(t, contentOf(t, damaged()), 1, 5000))
	for _, name := range []string{
		"faults.csv", "faults.geojson", "summary.json", "index.html", "list/area-1.html", "list/units-1.html", "list/overlap-1.html", "fault/gap-1.html",
		"proposal/index.html", "proposal/changes.csv", "proposal/slivers.csv", "proposal/left.csv", "proposal/proposed.geojson", "proposal/left-1.html",
	} {
		golden(t, "testdata/damaged/"+name, files[name])
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if os.Getenv("BLESS") != "" {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, got, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; BLESS=1 renews it):\n%s", name, diff)
	}
}

var (
	links   = regexp.MustCompile(`href="([^"]*)"`)
	anchors = regexp.MustCompile(` id="([^"]*)"`)
)

// checkPages proves that every link leads somewhere in the folder, and that no
// page runs a script or asks anybody for anything.
func checkPages(t *testing.T, files map[string][]byte) {
	t.Helper()
	ids := map[string]bool{}
	for name, text := range files {
		ids[name] = true
		if path.Ext(name) != ".html" {
			continue
		}
		for _, m := range anchors.FindAllSubmatch(text, -1) {
			ids[name+"#"+string(m[1])] = true
		}
		for _, never := range []string{"<script", "http:", "https:", "//", "src=", "@import", "url(", " style=", "ZgotmplZ"} {
			if bytes.Contains(text, []byte(never)) {
				t.Errorf("%s holds %q", name, never)
			}
		}
	}
	for name, text := range files {
		if path.Ext(name) != ".html" {
			continue
		}
		for _, m := range links.FindAllSubmatch(text, -1) {
			file, anchor, _ := strings.Cut(string(m[1]), "#")
			target := path.Join(path.Dir(name), file)
			if anchor != "" {
				target += "#" + anchor
			}
			if !ids[target] {
				t.Fatalf("%s links to %s, which does not exist", name, m[1])
			}
		}
	}
}

func TestWrite_pages_stand_alone(t *testing.T) {
	c := proposed(t, contentOf(t, damaged()), 1, 1e9)
	c.Pages = 2 // so that others are only in the lists
	files := write(t, c)
	checkPages(t, files)
	if bytes.Contains(files["list/area-1.html"], []byte("<b>\"西关")) {
		t.Error("a name is not quoted")
	}
	clean := contentOf(t, damaged()[2:3])
	checkPages(t, write(t, proposed(t, clean, 1, 1)))
	checkPages(t, write(t, contentOf(t, nil)))
}

// A fault without place, and one off the globe, have their row and no drawing.
func TestWrite_faults_without_place(t *testing.T) {
	regions := append(damaged(),
		coverage.Region{ID: "220105", Name: "空区"},
		coverage.Region{ID: "220106", Geometry: orb.MultiPolygon{{{{200, 95}, {201, 95}, {201, 96}, {200, 95}}}}})
	files := write(t, contentOf(t, regions))
	checkPages(t, files)
	for _, page := range []string{"list/empty-1.html", "list/bad-coordinate-1.html"} {
		if !bytes.Contains(files[page], []byte("没有位置")) {
			t.Errorf("%s does not say that there is no place", page)
		}
	}
}

func TestSummarise_leaves_small_faults_out(t *testing.T) {
	c := contentOf(t, damaged())
	all := c.Summarise()
	c.MinAreaM2 = 1e5
	s := c.Summarise()
	if s.Small == 0 || s.Count+s.Small != all.Count {
		t.Errorf("%d listed and %d left out, of %d", s.Count, s.Small, all.Count)
	}
	for _, k := range s.Kinds {
		if k.Kind == coverage.KindOverlap || k.Kind == coverage.KindGap {
			t.Errorf("%s of %.0f m² is listed", k.Kind, k.Largest.AreaM2)
		}
	}
	files := write(t, c)
	checkPages(t, files)
	if !bytes.Contains(files["index.html"], []byte("100,000 m²")) {
		t.Error("the index does not say what is left out")
	}
}

type broken struct{ memory }

func (b *broken) Create(name string) (io.WriteCloser, error) {
	if strings.HasPrefix(name, "fault/") {
		return nil, errors.New("disk full")
	}
	return b.memory.Create(name)
}

func TestWrite_ends_on_errors(t *testing.T) {
	c := contentOf(t, damaged())
	err := report.Write(t.Context(), &broken{memory{files: map[string][]byte{}}}, c, silent{})
	if err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := report.Write(ctx, &memory{files: map[string][]byte{}}, c, silent{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// realRegions reads a file of real data.
func realRegions(t testing.TB, elements ...string) []coverage.Region {
	t.Helper()
	r, err := open.File(datatest.File(t, elements...), format.Limits{}, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var regions []coverage.Region
	for {
		f, err := r.Read()
		if errors.Is(err, io.EOF) {
			return regions
		}
		if err != nil {
			t.Fatal(err)
		}
		region := coverage.Region{ID: f.Properties.Text("code"), Name: f.Properties.Text("name")}
		switch g := f.Geometry.(type) {
		case orb.Polygon:
			region.Geometry = orb.MultiPolygon{g}
		case orb.MultiPolygon:
			region.Geometry = g
		}
		regions = append(regions, region)
	}
}

// The dirty file of Jilin has what its README says; docs/decisions/0004 explains
// the difference of four gaps in 1,676 and counts overlaps in pieces and pairs.
func TestWrite_dirty_Jilin(t *testing.T) {
	files := write(t, contentOf(t, realRegions(t, "boundaries-jilin", "counties_2020_datav_wgs84_dirty.geojson.gz")))
	checkPages(t, files)
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(files["faults.csv"], []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	count, areaKM2, pairs := map[string]int{}, map[string]float64{}, map[string]bool{}
	for _, row := range rows[1:] {
		var m2 float64
		if _, err := fmt.Sscan(row[6], &m2); err != nil {
			t.Fatal(err)
		}
		count[row[1]]++
		areaKM2[row[1]] += m2 / 1e6
		if row[1] == "overlap" {
			units := strings.Fields(row[3])
			for i, a := range units {
				for _, b := range units[i+1:] {
					pairs[a+" "+b] = true
				}
			}
		}
		if page := files["fault/"+row[0]+".html"]; page == nil && !listed(files, row[1], row[0]) {
			t.Fatalf("%s is on no page", row[0])
		}
	}
	if count["gap"] != 1672 || fmt.Sprintf("%.1f", areaKM2["gap"]) != "13.6" {
		t.Errorf("%d gaps of %.2f km²", count["gap"], areaKM2["gap"])
	}
	if count["overlap"] != 1700 || len(pairs) != 50 || fmt.Sprintf("%.1f", areaKM2["overlap"]) != "12.0" {
		t.Errorf("%d overlaps of %d pairs, %.2f km²", count["overlap"], len(pairs), areaKM2["overlap"])
	}
	if n := ogrCount(t, files["faults.geojson"]); n != len(rows)-1 {
		t.Errorf("ogrinfo reads %d faults, the table has %d", n, len(rows)-1)
	}
}

// listed tells whether a list page of a kind has a card for a fault.
func listed(files map[string][]byte, kind, id string) bool {
	for p := 1; ; p++ {
		text, ok := files[fmt.Sprintf("list/%s-%d.html", kind, p)]
		if !ok {
			return false
		}
		if bytes.Contains(text, []byte(`id="`+id+`"`)) {
			return true
		}
	}
}

// ogrCount counts the features of a file that GDAL reads as valid GeoJSON.
func ogrCount(t *testing.T, data []byte) int {
	t.Helper()
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		t.Skip("GDAL is not installed")
	}
	name := filepath.Join(t.TempDir(), "faults.geojson")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("ogrinfo", "-ro", "-so", "-al", name).CombinedOutput()
	if err != nil {
		t.Fatalf("ogrinfo: %v\n%s", err, out)
	}
	for _, field := range []string{"kind: String (", "units: StringList (", "area_m2: Real (", "place: RealList ("} {
		if !bytes.Contains(out, []byte(field)) {
			t.Errorf("ogrinfo does not read %q:\n%s", field, out)
		}
	}
	count := regexp.MustCompile(`Feature Count: (\d+)`).FindSubmatch(out)
	if count == nil {
		t.Fatalf("ogrinfo counts nothing:\n%s", out)
	}
	n, err := strconv.Atoi(string(count[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A clean file has one page that says so.
func TestWrite_clean_Jilin(t *testing.T) {
	files := write(t, contentOf(t, realRegions(t, "boundaries-jilin", "counties_2023_tianditu.geojson")))
	checkPages(t, files)
	if !bytes.Contains(files["index.html"], []byte("没有问题")) || files["list/gap-1.html"] != nil {
		t.Error("a clean file is not said to be clean")
	}
}

func BenchmarkWrite_Jilin(b *testing.B) {
	c := contentOf(b, realRegions(b, "boundaries-jilin", "counties_2020_datav_wgs84_dirty.geojson.gz"))
	for b.Loop() {
		write(b, c)
	}
}
