package geopackage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
	orbwkb "github.com/paulmach/orb/encoding/wkb"

	"jieming/geo/format"
	"jieming/geo/format/wkb"
)

// A geometry is a header of magic, version, flags and SRS, an envelope of the
// size the flags tell, and WKB (clause 2.1.3).
const (
	blobHeader    = 8
	flagLittle    = 0x01
	flagEmpty     = 0x10
	flagExtended  = 0x20
	envelopeXY    = 1
	envelopeShift = 1
)

// envelopeBytes by the envelope code; codes above are reserved.
var envelopeBytes = [...]int{0, 32, 48, 48, 64}

// A blobContext is what a geometry is read against.
type blobContext struct {
	srs   int
	usage *format.Usage
	notes *format.Notebook
	index int
}

func decodeBlob(b []byte, c blobContext) (orb.Geometry, *format.Error) {
	body, srs, problem := splitBlob(b)
	if problem != "" {
		return nil, format.Fault(problem, adviceFile).Skippable()
	}
	if srs != c.srs {
		return nil, format.Fault(fmt.Sprintf("geometry is in reference system %d, its layer in %d", srs, c.srs),
			"reproject the layer as a whole").Skippable()
	}
	g, h, err := wkb.Decode(body, c.usage.Limits.MaxVerticesPerFeature)
	if errors.Is(err, wkb.ErrTooMany) {
		return nil, c.usage.CheckVertices(c.usage.Limits.MaxVerticesPerFeature + 1)
	}
	if err != nil {
		return nil, format.Fault("geometry is damaged", adviceFile).Because(err).Skippable()
	}
	c.note(g, h)
	if fault := format.CheckGeometry(g); fault != nil {
		return nil, fault.Skippable()
	}
	return g, nil
}

func (c blobContext) note(g orb.Geometry, h wkb.Header) {
	if h.Z {
		c.notes.Add(format.NoteZDropped, "heights were dropped", c.index)
	}
	if h.M {
		c.notes.Add(format.NoteMDropped, "measures were dropped", c.index)
	}
	if g == nil {
		c.notes.Add(format.NoteEmptyGeometry, "features with empty geometry were read as features without geometry", c.index)
	}
}

// splitBlob returns the WKB of a geometry and the SRS of its header. The
// envelope is not used: it is a claim that nothing checks.
func splitBlob(b []byte) (body []byte, srs int, problem string) {
	if len(b) < blobHeader || b[0] != 'G' || b[1] != 'P' {
		return nil, 0, "geometry has no GeoPackage header"
	}
	flags := b[3]
	if b[2] != 0 || flags&flagExtended != 0 {
		return nil, 0, "geometry is of an extended kind"
	}
	var order binary.ByteOrder = binary.BigEndian
	if flags&flagLittle != 0 {
		order = binary.LittleEndian
	}
	srs = int(int32(order.Uint32(b[4:])))
	envelope := int(flags >> envelopeShift & 7)
	if envelope >= len(envelopeBytes) || len(b) < blobHeader+envelopeBytes[envelope] {
		return nil, 0, "geometry has a damaged envelope"
	}
	return b[blobHeader+envelopeBytes[envelope]:], srs, ""
}

// appendBlob encodes a geometry with its envelope; points need none.
func appendBlob(dst []byte, g orb.Geometry, srs int) ([]byte, error) {
	body, err := orbwkb.Marshal(g, binary.LittleEndian)
	if err != nil {
		return nil, fmt.Errorf("encoding %s as WKB: %w", g.GeoJSONType(), err)
	}
	bound := g.Bound()
	flags := byte(flagLittle)
	_, point := g.(orb.Point)
	empty := bound.Min[0] > bound.Max[0]
	switch {
	case empty:
		flags |= flagEmpty
	case !point:
		flags |= envelopeXY << envelopeShift
	}
	dst = append(dst, 'G', 'P', 0, flags)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(int32(srs)))
	if !empty && !point {
		for _, v := range []float64{bound.Min[0], bound.Max[0], bound.Min[1], bound.Max[1]} {
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
		}
	}
	return append(dst, body...), nil
}
