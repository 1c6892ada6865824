package csv_test

import (
	"io"
	"testing"

	"jieming/geo/format"
	"jieming/geo/format/csv"
	"jieming/geo/format/formattest"
)

func TestConformance(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options csv.WriterOptions
		codec   formattest.Codec
	}{
		{"wkt", csv.WriterOptions{Geometry: csv.WKT, Mark: true}, formattest.Codec{
			OGROptions:  []string{"GEOMETRY=AS_WKT"},
			OpenOptions: []string{"GEOM_POSSIBLE_NAMES=wkt", "KEEP_GEOM_COLUMNS=NO"}}},
		{"lon and lat", csv.WriterOptions{Geometry: csv.LonLat}, formattest.Codec{
			OnlyPoints: true, OGROptions: []string{"GEOMETRY=AS_XY"},
			OpenOptions: []string{"X_POSSIBLE_NAMES=lon", "Y_POSSIBLE_NAMES=lat", "KEEP_GEOM_COLUMNS=NO"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.codec.Extension, tt.codec.Driver, tt.codec.OnlyText = ".csv", "CSV", true
			tt.codec.New = func(w io.Writer, columns []format.Column) (format.Writer, error) {
				return csv.NewWriter(w, columns, tt.options)
			}
			formattest.Run(t, tt.codec)
		})
	}
}
