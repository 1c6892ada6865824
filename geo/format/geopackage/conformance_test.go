package geopackage_test

import (
	"testing"

	"jieming/geo/format"
	"jieming/geo/format/formattest"
	"jieming/geo/format/geopackage"
)

func TestConformance(t *testing.T) {
	formattest.Run(t, formattest.Codec{
		Extension: ".gpkg", Driver: "GPKG", KeepsID: true,
		Create: func(path string, columns []format.Column) (format.Writer, error) {
			return geopackage.Create(path, "layer", columns, geopackage.WriterOptions{})
		},
	})
}
