package coverage_test

import (
	"context"
	"testing"

	"jieming/geo/coverage"
)

const chinaFile = "boundaries-china/counties_2023_tianditu.geojson.gz"

// BenchmarkParseChina is the yardstick of BenchmarkBuildChina: reading the same
// counties from compressed GeoJSON with encoding/json.
func BenchmarkParseChina(b *testing.B) {
	for b.Loop() {
		parseRegions(b, readData(b, chinaFile))
	}
}

func BenchmarkBuildChina(b *testing.B) {
	regions := loadRegions(b, chinaFile)
	for b.Loop() {
		if _, _, err := coverage.Build(context.Background(), regions, coverage.Options{Tentative: true}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPolygonsChina(b *testing.B) {
	c := buildChina(b)
	for b.Loop() {
		c.Polygons(c.ByUnit)
	}
}

func BenchmarkValidateChina(b *testing.B) {
	c := buildChina(b)
	for b.Loop() {
		if _, err := coverage.Validate(context.Background(), c); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckDirtyChina(b *testing.B) {
	regions := loadRegions(b, "boundaries-china/counties_2020_datav_wgs84_dirty.geojson.gz")
	for b.Loop() {
		if _, err := coverage.Check(context.Background(), regions, coverage.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckDirtyJilin(b *testing.B) {
	regions := loadRegions(b, "boundaries-jilin/counties_2020_datav_wgs84_dirty.geojson.gz")
	for b.Loop() {
		if _, err := coverage.Check(context.Background(), regions, coverage.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func buildChina(b *testing.B) *coverage.Coverage {
	c, _, err := coverage.Build(context.Background(), loadRegions(b, chinaFile), coverage.Options{Tentative: true})
	if err != nil {
		b.Fatal(err)
	}
	return c
}
