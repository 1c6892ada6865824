package geojson_test

import (
	"encoding/hex"
	"fmt"
	"os"

	"jieming/geo/format/geojson"
)

func ExampleWriter() {
	// SRID=4490;POINT(125.3245 43.8868) as a database sends it.
	wkb, err := hex.DecodeString("01010000208a11000054e3a59bc4545f40e10b93a982f14540")
	if err != nil {
		fmt.Println(err)
		return
	}
	w := geojson.NewWriter(os.Stdout, geojson.WriterOptions{Decimals: 5})
	if err := w.WriteRow(geojson.Row{ID: "220102", WKB: wkb, Properties: []byte(`{"name":"南关区"}`)}); err != nil {
		fmt.Println(err)
		return
	}
	if err := w.Finish(geojson.Member{Name: "numberReturned", Value: []byte("1")}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"type":"FeatureCollection","features":[{"type":"Feature","id":"220102","geometry":{"type":"Point","coordinates":[125.3245,43.8868]},"properties":{"name":"南关区"}}],"numberReturned":1}
}
