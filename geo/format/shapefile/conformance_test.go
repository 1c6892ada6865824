package shapefile_test

import (
	"io"
	"testing"

	"jieming/geo/format"
	"jieming/geo/format/formattest"
	"jieming/geo/format/shapefile"
)

func TestConformance(t *testing.T) {
	for _, encoding := range []format.Encoding{format.UTF8, format.GB18030} {
		t.Run(string(encoding), func(t *testing.T) {
			formattest.Run(t, formattest.Codec{
				Extension: ".zip", Driver: "ESRI Shapefile", BlankIsNull: true,
				OGROptions: []string{"ENCODING=" + string(encoding)},
				New: func(w io.Writer, columns []format.Column) (format.Writer, error) {
					return shapefile.NewWriter(w, "layer", columns, shapefile.WriterOptions{Encoding: encoding})
				},
			})
		})
	}
}
