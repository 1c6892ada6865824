package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"jieming/geo/coverage"
	"jieming/registry"
	"jieming/registry/postgres"
	"jieming/registry/postgres/pgtest"
	"jieming/registry/registrytest"
)

// benchIn makes what `jieming bench` makes, in a test database.
func benchIn(t *testing.T, baseline *registry.Baseline) *benchStore {
	t.Helper()
	store, err := postgres.Open(context.Background(), pgtest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	s := &benchStore{Store: store}
	if err := s.fill(context.Background(), baseline, newProgress(io.Discard)); err != nil {
		t.Fatal(err)
	}
	return s
}

func smallCountry(t *testing.T) ([]coverage.Region, *coverage.Coverage) {
	t.Helper()
	packed, err := generateCountry(6, 5)
	if err != nil {
		t.Fatal(err)
	}
	c := &country{name: "generated", packed: packed}
	if err := c.unpack(); err != nil {
		t.Fatal(err)
	}
	regions, err := c.regions()
	if err != nil {
		t.Fatal(err)
	}
	built, report, err := coverage.Build(context.Background(), regions, coverage.Options{})
	if err != nil || len(report.Faults) > 0 {
		t.Fatalf("%v, faults %v", err, report.Faults)
	}
	return regions, built
}

// The generated country is a coverage without fault, and the same each time.
func TestGenerateCountry(t *testing.T) {
	regions, built := smallCountry(t)
	if len(regions) != 36 || len(built.Faces) != 36 || len(built.Outsides) == 0 {
		t.Errorf("%d regions, %d faces", len(regions), len(built.Faces))
	}
	a, _ := generateCountry(3, 4)
	b, _ := generateCountry(3, 4)
	if !bytes.Equal(a, b) {
		t.Error("two runs differ")
	}
}

// Our stream, our pages and the yardstick give the same counties.
func TestBenchGeoJSON_sameRows(t *testing.T) {
	ctx := context.Background()
	regions, built := smallCountry(t)
	parents := map[string]string{}
	for _, r := range regions {
		parents[r.ID] = r.Name
	}
	parents[regions[0].ID] = regions[0].ID // directly below its province
	s := benchIn(t, countryBaseline(built, parents))
	rows, err := s.countyAreas(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	streamed, err := s.stream(ctx, &text)
	if err != nil {
		t.Fatal(err)
	}
	selected, err := s.asGeoJSON(ctx, rows)
	if err != nil {
		t.Fatal(err)
	}
	server, err := serveAPI(s, rows)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	paged, err := server.readAll(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if want := len(regions); streamed != want || selected != want || paged != want {
		t.Errorf("streamed %d, selected %d, paged %d, want %d", streamed, selected, paged, want)
	}
	if !json.Valid(text.Bytes()) {
		t.Error("the stream is no JSON")
	}
}

// A search group measures on the sample what it measures in a country.
func TestBench_search(t *testing.T) {
	ctx := context.Background()
	b := &benchmark{runs: 1, shown: newProgress(io.Discard)}
	baseline, err := readBaseline(ctx, "", b.shown)
	if err != nil {
		t.Fatal(err)
	}
	b.province = benchIn(t, baseline)
	e, err := b.province.elements(ctx)
	if err != nil {
		t.Fatal(err)
	}
	again, err := b.province.elements(ctx)
	if err != nil || !reflect.DeepEqual(e.sets(), again.sets()) {
		t.Error("other texts in another run")
	}
	for _, set := range e.sets() {
		if want := map[bool]int{true: textsDrawn, false: textsForInformation}[set.p95 > 0]; len(set.texts) != want && len(set.texts) != 20 {
			t.Errorf("%s: %d texts", set.name, len(set.texts))
		}
	}
	server, err := serveAPI(b.province, &areaRows{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	set := e.sets()[0]
	set.texts = set.texts[:5]
	figures, err := b.searchEach(ctx, b.province, server, set)
	if err != nil || len(figures) != 5 || figures[1].limit != 0.010 || !figures[1].absolute {
		t.Errorf("%+v, %v", figures, err)
	}
}

// The units of the other provinces are found beside those of the registry.
func TestBench_addCountry(t *testing.T) {
	ctx := context.Background()
	b := &benchmark{runs: 1, shown: newProgress(io.Discard)}
	s := benchIn(t, registrytest.Squares())
	rows := []listed{{"110000000000", "北京市"}, {"110101000000", "东城区"}, {"110101001000", "东华门街道"}, {"110101001001", "多福巷社区居委会"}}
	keyed, err := b.addCountry(ctx, s, rows)
	if err != nil || !strings.Contains(keyed.name, "keying 4 names") {
		t.Fatalf("%+v, %v", keyed, err)
	}
	for text, want := range map[string]string{"多福巷": "多福巷社区居委会", "dfx": "多福巷社区居委会", "110101001": "东华门街道", "甲": "甲县"} {
		found, err := s.Search(ctx, registry.SearchQuery{At: s.now, Text: text, Limit: 10})
		if err != nil || len(found.Hits) == 0 || found.Hits[0].Name != want {
			t.Errorf("%s: %+v, %v", text, found, err)
		}
	}
	lost := countryRows{known: map[string]int64{}, rows: []listed{{"130101001000", "某镇"}}}
	if _, err := lost.version(1, lost.rows[0]); err == nil {
		t.Error("a township without a superior")
	}
}

// The groups that read the province run on the sample.
func TestBench_province(t *testing.T) {
	ctx := context.Background()
	b := &benchmark{runs: 1, shown: newProgress(io.Discard)}
	baseline, err := readBaseline(ctx, "", b.shown)
	if err != nil {
		t.Fatal(err)
	}
	b.province = benchIn(t, baseline)
	for _, measure := range []func(context.Context) ([]figure, error){b.asOf, b.everyday} {
		figures, err := measure(ctx)
		if err != nil || len(figures) < 6 {
			t.Errorf("%d figures: %v", len(figures), err)
		}
	}
}

func TestFigure(t *testing.T) {
	times := func(ms ...int) (s series) {
		for _, m := range ms {
			s = append(s, float64(m)/1000)
		}
		return s
	}
	for _, c := range []struct {
		name    string
		f       figure
		value   float64
		verdict string
	}{
		{"ratio of medians", figure{ours: times(9, 30, 20), by: times(10, 40, 10), limit: 2}, 2, "ok"},
		{"missed", figure{ours: times(30), by: times(10), limit: 2}, 3, "missed"},
		{"even number of rounds", figure{ours: times(10, 30), by: times(10, 10), limit: 2}, 2, "ok"},
		{"seconds", figure{ours: times(6000), by: times(1), limit: 5, absolute: true}, 6, "missed"},
		{"faster", figure{ours: times(10, 20), by: times(30, 30), limit: 3, faster: true}, 2, "missed"},
		{"fast enough", figure{ours: times(10), by: times(30), limit: 3, faster: true}, 3, "ok"},
		{"bytes for each", figure{ours: series{800}, by: series{100}, unit: "B", byUnit: "vertices", limit: 8}, 8, "ok"},
		{"information", figure{ours: times(6000), by: times(1)}, 6000, ""},
		{"p95", figure{ours: times(3, 1, 2, 4), by: times(1), share: 0.5, limit: 2}, 2, "ok"},
		{"worst", figure{ours: times(3, 1, 2, 4), by: times(1), share: 1, limit: 0.003, absolute: true}, 0.004, "missed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.f.value() != c.value || c.f.verdict() != c.verdict {
				t.Errorf("got %g %q, want %g %q", c.f.value(), c.f.verdict(), c.value, c.verdict)
			}
		})
	}
	least, most := figure{ours: times(9, 30, 20), by: times(10, 40, 10)}.spread()
	if least != 0.75 || most != 2 {
		t.Errorf("spread %g to %g", least, most)
	}
	var out strings.Builder
	if err := writeFigures(&out, []figure{{name: "x", yardstick: "y", ours: times(30), by: times(10), limit: 2}}, []string{"z"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"x ", "3.00", "30ms", "10ms", "<= 2", "missed", "- z"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func TestTail_keepsTheEnd(t *testing.T) {
	var got tail
	text := slices.Repeat([]byte("0123456789"), 5000)
	for part := range slices.Chunk(text, 777) {
		if n, err := got.Write(part); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	if !bytes.HasSuffix(text, got) || len(got) != 8<<10 {
		t.Errorf("kept %d bytes", len(got))
	}
}
