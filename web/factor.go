package web

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// qrPicture is a QR code: its size in squares with the margin that readers need,
// and the path of its dark squares.
type qrPicture struct {
	Size int
	Path string
}

// drawQR draws a text as a QR code.
func drawQR(text string) (qrPicture, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return qrPicture{}, fmt.Errorf("draw QR code: %w", err)
	}
	const margin = 4
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+margin, y+margin, x-from, x-from)
			}
		}
	}
	return qrPicture{Size: code.Size + 2*margin, Path: path.String()}, nil
}
