package filetype

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// measured refuses pictures of no or absurd size.
func (f *file) measured(t *Type, width, height int64) (*Type, error) {
	l := f.limits
	switch {
	case width <= 0 || height <= 0:
		return nil, damaged("the picture has no size")
	case width > int64(l.Side) || height > int64(l.Side) || width*height > l.Pixels:
		return nil, refuse(Dimensions, "detail", fmt.Sprintf("%d × %d", width, height))
	}
	return t, nil
}

// png walks the chunks of a PNG to its end.
func (f *file) png() (*Type, error) {
	var width, height int64
	for off := int64(8); ; {
		head := f.piece(off, 8)
		if len(head) < 8 {
			return nil, damaged("the PNG breaks off")
		}
		length, name := int64(binary.BigEndian.Uint32(head)), string(head[4:])
		if off == 8 {
			size := f.piece(16, 8)
			if name != "IHDR" || len(size) < 8 {
				return nil, damaged("the PNG has no header")
			}
			width, height = int64(binary.BigEndian.Uint32(size)), int64(binary.BigEndian.Uint32(size[4:]))
		}
		off += 12 + length
		if name == "IEND" || off > f.size {
			break
		}
	}
	if len(bytes.Trim(f.piece(f.size-12, 12), "\x00")) == 0 || !bytes.Contains(f.piece(max(0, f.size-64), 64), []byte("IEND")) {
		return nil, damaged("the PNG does not end where the file ends")
	}
	return f.measured(PNG, width, height)
}

// jpeg walks the segments of a JPEG to its frame, which has the size.
func (f *file) jpeg() (*Type, error) {
	off := int64(2)
	for range 4096 {
		head := f.piece(off, 9)
		if len(head) < 9 || head[0] != 0xff {
			return nil, damaged("the JPEG breaks off")
		}
		marker := head[1]
		switch {
		case marker == 0xff: // fill
			off++
			continue
		case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
			if !bytes.Contains(f.piece(max(0, f.size-(64<<10)), 64<<10), []byte{0xff, 0xd9}) {
				return nil, damaged("the JPEG breaks off")
			}
			return f.measured(JPEG, int64(binary.BigEndian.Uint16(head[7:])), int64(binary.BigEndian.Uint16(head[5:])))
		case marker == 0xd9 || marker == 0xda:
			return nil, damaged("the JPEG has no frame")
		}
		length := int64(binary.BigEndian.Uint16(head[2:]))
		if length < 2 {
			return nil, damaged("a segment of the JPEG has no length")
		}
		off += 2 + length
	}
	return nil, damaged("the JPEG has too many segments")
}

// webp reads the size from the first chunk of a WebP.
func (f *file) webp() (*Type, error) {
	head := f.piece(0, 30)
	if len(head) < 30 || string(head[:4]) != "RIFF" {
		return nil, damaged("the WebP breaks off")
	}
	if said := int64(binary.LittleEndian.Uint32(head[4:])) + 8; said > f.size || f.size > said+1 {
		return nil, damaged("the WebP is not as long as it says")
	}
	switch string(head[12:16]) {
	case "VP8 ":
		return f.measured(WebP, int64(binary.LittleEndian.Uint16(head[26:])&0x3fff), int64(binary.LittleEndian.Uint16(head[28:])&0x3fff))
	case "VP8L":
		bits := binary.LittleEndian.Uint32(head[21:])
		return f.measured(WebP, int64(bits&0x3fff)+1, int64(bits>>14&0x3fff)+1)
	case "VP8X":
		return f.measured(WebP, int64(uint24(head[24:]))+1, int64(uint24(head[27:]))+1)
	}
	return nil, damaged("the WebP has no picture")
}

func uint24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }

// tiff walks the pages of a TIFF and measures each.
func (f *file) tiff() (*Type, error) {
	head := f.piece(0, 8)
	if len(head) < 8 {
		return nil, damaged("the TIFF breaks off")
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[0] == 'M' {
		order = binary.BigEndian
	}
	seen := map[int64]bool{}
	for off := int64(order.Uint32(head[4:])); off != 0; {
		if seen[off] || len(seen) == f.limits.Pages {
			return nil, damaged("the TIFF has pages without end")
		}
		seen[off] = true
		width, height, next, err := f.tiffPage(order, off)
		if err != nil {
			return nil, err
		}
		if _, err := f.measured(TIFF, width, height); err != nil {
			return nil, err
		}
		off = next
	}
	if len(seen) == 0 {
		return nil, damaged("the TIFF has no page")
	}
	return TIFF, nil
}

// tiffPage reads the size of a page, and where the next one is.
func (f *file) tiffPage(order binary.ByteOrder, off int64) (width, height, next int64, err error) {
	count := f.piece(off, 2)
	if len(count) < 2 {
		return 0, 0, 0, damaged("the TIFF breaks off")
	}
	n := int64(order.Uint16(count))
	entries := f.piece(off+2, 12*n+4)
	if int64(len(entries)) < 12*n+4 {
		return 0, 0, 0, damaged("the TIFF breaks off")
	}
	for ; len(entries) >= 16; entries = entries[12:] {
		value := int64(order.Uint32(entries[8:]))
		if order.Uint16(entries[2:]) == 3 { // SHORT
			value = int64(order.Uint16(entries[8:]))
		}
		switch order.Uint16(entries) {
		case 256:
			width = value
		case 257:
			height = value
		}
	}
	return width, height, int64(order.Uint32(entries)), nil
}
