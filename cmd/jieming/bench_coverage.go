package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"github.com/paulmach/orb"

	"jieming/geo/coverage"
	"jieming/geo/format"
	"jieming/geo/format/geojson"
)

// coverage measures building the coverage of a country against parsing the
// file it comes from.
func (b *benchmark) coverage(ctx context.Context) ([]figure, error) {
	c, err := b.country()
	if err != nil {
		return nil, err
	}
	regions, err := c.regions()
	if err != nil {
		return nil, err
	}
	b.shown.Step("building the country's coverage", b.runs+1)
	var report *coverage.Report
	times, err := b.rounds(ctx,
		func(ctx context.Context) (err error) {
			_, report, err = coverage.Build(ctx, regions, coverage.Options{Tentative: true})
			return err
		},
		func(context.Context) error { return c.parseFile() },
		func(context.Context) error { _, err := c.regions(); return err },
		func(context.Context) error { return c.parseWhole() })
	if err != nil {
		return nil, err
	}
	b.note("%s: %d regions, %d vertices, %d faults found while building", c.name, report.Regions, report.Vertices, len(report.Faults))
	const name = "coverage of a country: build / "
	return []figure{
		{name: name + "parse file", yardstick: "our streaming parser on the gzip file, as the product reads it", ours: times[0], by: times[1], limit: 3},
		{name: name + "parse text", yardstick: "the same on the unpacked text", ours: times[0], by: times[2]},
		{name: name + "parse whole", yardstick: "encoding/json of the unpacked text into orb types", ours: times[0], by: times[3]},
	}, nil
}

// country is the counties of a whole country as a GeoJSON document.
type country struct {
	name   string
	packed []byte // gzip, as the file is
	text   []byte
}

const countryFile = "boundaries-china/counties_2023_tianditu.geojson.gz"

// country reads the real country, or generates one.
func (b *benchmark) country() (c *country, err error) {
	c = &country{name: countryFile}
	if c.packed, err = b.file(countryFile); err != nil {
		return nil, err
	}
	if c.packed == nil {
		c.name = "generated country"
		if c.packed, err = generateCountry(54, 36); err != nil {
			return nil, err
		}
	}
	return c, c.unpack()
}

func (c *country) unpack() error {
	z, err := gzip.NewReader(bytes.NewReader(c.packed))
	if err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	c.text, err = io.ReadAll(z)
	return err
}

// parseFile unpacks and parses the file.
func (c *country) parseFile() error {
	z, err := gzip.NewReader(bytes.NewReader(c.packed))
	if err != nil {
		return err
	}
	_, err = readRegions(c.name, z)
	return err
}

func (c *country) regions() ([]coverage.Region, error) {
	return readRegions(c.name, bytes.NewReader(c.text))
}

// readRegions parses a document as the product does. The parent of each county
// stands in Name: nothing else needs names.
func readRegions(name string, from io.Reader) ([]coverage.Region, error) {
	r, err := geojson.NewReader(name, from, format.Limits{}, format.Options{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var regions []coverage.Region
	for {
		f, err := r.Read()
		if errors.Is(err, io.EOF) {
			return regions, nil
		}
		if err != nil {
			return nil, err
		}
		region := coverage.Region{ID: f.Properties.Text("code"), Name: f.Properties.Text("parent")}
		switch g := f.Geometry.(type) {
		case orb.Polygon:
			region.Geometry = orb.MultiPolygon{g}
		case orb.MultiPolygon:
			region.Geometry = g
		}
		regions = append(regions, region)
	}
}

// parseWhole parses the document the way orb/geojson does, which would bring a
// database driver into the module: at once, with encoding/json.
func (c *country) parseWhole() error {
	var document struct {
		Features []struct {
			Properties map[string]any
			Geometry   struct {
				Type        string
				Coordinates json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(c.text, &document); err != nil {
		return err
	}
	for _, f := range document.Features {
		var into any = new(orb.MultiPolygon)
		if f.Geometry.Type == "Polygon" {
			into = new(orb.Polygon)
		}
		if err := json.Unmarshal(f.Geometry.Coordinates, into); err != nil {
			return err
		}
	}
	return nil
}

// generateCountry draws side × side counties, half a degree wide and high, with
// crooked borders of n segments. Neighbours share every vertex. The same
// numbers give the same file, GeoJSON in gzip.
func generateCountry(side, n int) ([]byte, error) {
	random := rand.New(rand.NewPCG(22, 4490))
	across := borders(random, side, n, func(along, off float64, i, j int) orb.Point { return place(float64(i)+along, float64(j)+off) })
	upward := borders(random, side, n, func(along, off float64, i, j int) orb.Point { return place(float64(i)+off, float64(j)+along) })
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := geojson.NewWriter(z, geojson.WriterOptions{})
	for i := range side {
		for j := range side {
			ring := append(orb.Ring{}, across[i][j]...)
			ring = append(ring, upward[i+1][j][1:]...)
			ring = append(ring, reversed(across[i][j+1])[1:]...)
			ring = append(ring, reversed(upward[i][j])[1:]...)
			code := fmt.Sprintf("%02d%02d%02d", 11+i, j/9+1, 21+j%9)
			err := w.Write(&format.Feature{Geometry: orb.Polygon{ring}, Properties: format.Properties{
				{Name: "code", Value: code}, {Name: "name", Value: "生成县" + code}, {Name: "parent", Value: code[:4] + "00"}}})
			if err != nil {
				return nil, err
			}
		}
	}
	err := errors.Join(w.Close(), z.Close())
	return out.Bytes(), err
}

// borders draws one border from every node (i, j) of a lattice. A border stays
// within 27 degrees of its straight course, so that none crosses another.
func borders(random *rand.Rand, side, n int, at func(along, off float64, i, j int) orb.Point) [][][]orb.Point {
	lines := make([][][]orb.Point, side+1)
	for i := range lines {
		lines[i] = make([][]orb.Point, side+1)
		for j := range lines[i] {
			for k := range n + 1 {
				along := float64(k) / float64(n)
				off := min(along, 1-along) * (random.Float64() - 0.5)
				lines[i][j] = append(lines[i][j], at(along, off, i, j))
			}
		}
	}
	return lines
}

// place is a point of the lattice in degrees lon, lat, to six decimals.
func place(x, y float64) orb.Point {
	return orb.Point{math.Round((80+x/2)*1e6) / 1e6, math.Round((20+y/2)*1e6) / 1e6}
}

func reversed(line []orb.Point) []orb.Point {
	back := append(orb.LineString{}, line...)
	back.Reverse()
	return back
}
