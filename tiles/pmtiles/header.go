package pmtiles

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/paulmach/orb"
)

// ErrFormat is the cause of an error about an archive that is damaged, or of
// another format.
var ErrFormat = errors.New("not a usable PMTiles archive")

// refuse is an ErrFormat with its reason.
func refuse(format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), ErrFormat)
}

// Compression says how bytes are compressed.
type Compression uint8

// The compressions that this package reads. It writes Gzip.
const (
	Plain Compression = 1
	Gzip  Compression = 2
)

// MVT is the type of an archive of Mapbox Vector Tiles.
const MVT = 1

const (
	headerSize = 127
	magic      = "PMTiles"
	version    = 3
)

// section is a range of bytes.
type section struct{ Offset, Length uint64 }

func (s section) end() uint64 { return s.Offset + s.Length }

// Header is the head of an archive.
type Header struct {
	Root, Metadata, Leaves, Data section // places in the file, in bytes

	Addressed uint64 // tiles that have an address
	Entries   uint64 // entries of directories that lead to tiles
	Contents  uint64 // different tiles

	Clustered       bool
	Internal, Tiles Compression // of directories and metadata, of tiles
	Type            uint8       // MVT
	MinZoom         int
	MaxZoom         int
	Bounds          orb.Bound // lon, lat in degrees, to 1e-7
	CenterZoom      int
	Center          orb.Point // lon, lat in degrees, to 1e-7
}

// encode returns the 127 bytes of the header.
func (h Header) encode() []byte {
	b := make([]byte, 0, headerSize)
	b = append(append(b, magic...), version)
	for _, n := range []uint64{
		h.Root.Offset, h.Root.Length, h.Metadata.Offset, h.Metadata.Length,
		h.Leaves.Offset, h.Leaves.Length, h.Data.Offset, h.Data.Length,
		h.Addressed, h.Entries, h.Contents,
	} {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	clustered := byte(0)
	if h.Clustered {
		clustered = 1
	}
	b = append(b, clustered, byte(h.Internal), byte(h.Tiles), h.Type, byte(h.MinZoom), byte(h.MaxZoom))
	b = appendPoint(appendPoint(b, h.Bounds.Min), h.Bounds.Max)
	return appendPoint(append(b, byte(h.CenterZoom)), h.Center)
}

func appendPoint(b []byte, p orb.Point) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(int32(math.Round(p.Lon()*1e7))))
	return binary.LittleEndian.AppendUint32(b, uint32(int32(math.Round(p.Lat()*1e7))))
}

// decodeHeader reads the header of an archive of size bytes and checks that
// what it says is possible.
func decodeHeader(b []byte, size int64) (Header, error) {
	if len(b) < headerSize || !strings.HasPrefix(string(b[:len(magic)]), magic) {
		return Header{}, refuse("the file does not begin with %q", magic)
	}
	if b[7] != version {
		return Header{}, refuse("it is of version %d, and only version %d is read", b[7], version)
	}
	var n [11]uint64
	for i := range n {
		n[i] = binary.LittleEndian.Uint64(b[8+8*i:])
	}
	h := Header{
		Root: section{n[0], n[1]}, Metadata: section{n[2], n[3]}, Leaves: section{n[4], n[5]}, Data: section{n[6], n[7]},
		Addressed: n[8], Entries: n[9], Contents: n[10],
		Clustered: b[96] == 1, Internal: Compression(b[97]), Tiles: Compression(b[98]), Type: b[99],
		MinZoom: int(b[100]), MaxZoom: int(b[101]),
		Bounds:     orb.Bound{Min: pointAt(b[102:]), Max: pointAt(b[110:])},
		CenterZoom: int(b[118]), Center: pointAt(b[119:]),
	}
	return h, h.check(uint64(size))
}

func pointAt(b []byte) orb.Point {
	return orb.Point{
		float64(int32(binary.LittleEndian.Uint32(b))) / 1e7,
		float64(int32(binary.LittleEndian.Uint32(b[4:]))) / 1e7,
	}
}

// check finds what contradicts itself, the size of the file or our limits.
func (h Header) check(size uint64) error {
	for name, s := range map[string]section{"root directory": h.Root, "metadata": h.Metadata, "leaf directories": h.Leaves, "tile data": h.Data} {
		if s.Offset > size || s.Length > size-s.Offset {
			return refuse("its %s would end after the end of the file, which has %d bytes: was it cut short?", name, size)
		}
	}
	switch {
	case h.Root.Length == 0 || h.Root.end() > headLimit:
		return refuse("its root directory does not lie in the first %d bytes", headLimit)
	case h.MinZoom > h.MaxZoom || h.MaxZoom > MaxZoom:
		return refuse("its zooms %d to %d are not within 0 to %d", h.MinZoom, h.MaxZoom, MaxZoom)
	case h.Internal != Gzip && h.Internal != Plain, h.Tiles != Gzip && h.Tiles != Plain:
		return refuse("it is compressed by another method than gzip")
	}
	return nil
}
