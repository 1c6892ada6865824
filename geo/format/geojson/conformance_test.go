package geojson_test

import (
	"io"
	"testing"

	"jieming/geo/format"
	"jieming/geo/format/formattest"
	"jieming/geo/format/geojson"
)

func TestConformance(t *testing.T) {
	for _, tt := range []struct {
		name  string
		codec formattest.Codec
	}{
		{"collection", formattest.Codec{Extension: ".geojson", Driver: "GeoJSON"}},
		{"sequence", formattest.Codec{Extension: ".geojsonl", Driver: "GeoJSONSeq"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.codec.KeepsID = true
			tt.codec.OGROptions = []string{"COORDINATE_PRECISION=17"}
			tt.codec.New = func(w io.Writer, _ []format.Column) (format.Writer, error) {
				return geojson.NewWriter(w, geojson.WriterOptions{Sequence: tt.name == "sequence"}), nil
			}
			formattest.Run(t, tt.codec)
		})
	}
}
