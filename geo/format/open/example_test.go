package open_test

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"jieming/geo/format"
	"jieming/geo/format/open"
)

// Collect all faults of a file in one run: those of single features leave the
// reader at the next one.
func ExampleBytes() {
	const text = "code,lon,lat\n220102,125.3,43.9\n220103,125.3,x\n220104,125.2,43.8\n"
	r, err := open.Bytes("towns.csv", strings.NewReader(text), int64(len(text)), format.Limits{}, format.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	for {
		f, err := r.Read()
		if err == io.EOF {
			return
		}
		if fault, ok := errors.AsType[*format.Error](err); ok && fault.Recoverable {
			fmt.Println(fault)
			continue
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(f.Properties.Text("code"), f.Geometry)
	}
	// Output:
	// 220102 [125.3 43.9]
	// towns.csv: feature[1], line 3, byte 31: column "lat": "x" is not a finite number; correct the cell
	// 220104 [125.2 43.8]
}
