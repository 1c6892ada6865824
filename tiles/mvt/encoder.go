package mvt

import (
	"encoding/binary"
	"slices"
)

// Extent is the width and height of every layer in tile units.
const Extent = 4096

// Field numbers and wire types of the protocol buffer, as it writes them in
// front of each field: number<<3 | type.
const (
	tileLayer = 3<<3 | 2

	layerName    = 1<<3 | 2
	layerFeature = 2<<3 | 2
	layerKey     = 3<<3 | 2
	layerValue   = 4<<3 | 2
	layerExtent  = 5 << 3
	layerVersion = 15 << 3

	featureID       = 1 << 3
	featureTags     = 2<<3 | 2
	featureKind     = 3 << 3
	featureGeometry = 4<<3 | 2

	valueString = 1<<3 | 2
	valueUint   = 5 << 3
	valueSint   = 6 << 3
	valueBool   = 7 << 3
)

// kind is the type of a feature's geometry.
type kind uint64

const (
	point   kind = 1
	line    kind = 2
	polygon kind = 3
)

// Encoder writes one tile after another. Call Reset, then for each layer Layer
// and its features, then Bytes. A feature begins with Point, BeginLines or
// Polygon, and everything up to the next feature belongs to it: the chains of
// Line first, then its tags. The same calls give the same bytes.
//
// The zero value is ready. One goroutine uses it at a time.
type Encoder struct {
	tile []byte // finished layers

	name     string
	features []byte // finished features of the layer
	keys     []string
	values   []byte // encoded values of the layer
	count    uint32 // of values
	strings  map[string]uint32
	ints     map[int64]uint32
	bools    [2]uint32 // one more than the number of the value; 0 is none

	id       uint64
	kind     kind
	tags     []byte
	geometry []byte
	at       Cell // the cursor of the geometry
}

// Reset begins a new tile.
func (e *Encoder) Reset() {
	e.tile = e.tile[:0]
	e.beginLayer("")
}

// Layer ends the layer before and begins one. Each name may be used once in a
// tile. A layer without features is not written.
func (e *Encoder) Layer(name string) {
	e.endLayer()
	e.beginLayer(name)
}

// Bytes ends the tile and returns it, nothing if it has no features. The bytes
// are the encoder's own: they hold until Reset.
func (e *Encoder) Bytes() []byte {
	e.endLayer()
	e.beginLayer("")
	return e.tile
}

// TagString gives the feature an attribute. A feature that has no geometry is
// not written and takes no attributes. Keys are looked up one after another,
// for layers with few of them.
func (e *Encoder) TagString(key, value string) {
	if len(e.geometry) == 0 {
		return
	}
	number, known := e.strings[value]
	if !known {
		number = e.nextValue()
		e.strings[value] = number
		n := uint64(len(value))
		e.values = binary.AppendUvarint(append(e.values, layerValue), 1+sizeOf(n)+n)
		e.values = binary.AppendUvarint(append(e.values, valueString), n)
		e.values = append(e.values, value...)
	}
	e.tag(key, number)
}

// TagInt is [Encoder.TagString] for whole numbers. They are written as uint,
// below zero as sint.
func (e *Encoder) TagInt(key string, value int64) {
	if len(e.geometry) == 0 {
		return
	}
	number, known := e.ints[value]
	if !known {
		number = e.nextValue()
		e.ints[value] = number
		field, bits := byte(valueUint), uint64(value)
		if value < 0 {
			field, bits = valueSint, uint64(value<<1^value>>63)
		}
		e.values = append(e.values, layerValue, byte(1+sizeOf(bits)), field)
		e.values = binary.AppendUvarint(e.values, bits)
	}
	e.tag(key, number)
}

// TagBool is [Encoder.TagString] for truth values.
func (e *Encoder) TagBool(key string, value bool) {
	if len(e.geometry) == 0 {
		return
	}
	bit := byte(0)
	if value {
		bit = 1
	}
	if e.bools[bit] == 0 {
		e.bools[bit] = e.nextValue() + 1
		e.values = append(e.values, layerValue, 2, valueBool, bit)
	}
	e.tag(key, e.bools[bit]-1)
}

func (e *Encoder) nextValue() uint32 {
	e.count++
	return e.count - 1
}

func (e *Encoder) tag(key string, value uint32) {
	number := slices.Index(e.keys, key)
	if number < 0 {
		number = len(e.keys)
		e.keys = append(e.keys, key)
	}
	e.tags = binary.AppendUvarint(e.tags, uint64(number))
	e.tags = binary.AppendUvarint(e.tags, uint64(value))
}

func (e *Encoder) beginLayer(name string) {
	if e.strings == nil {
		e.strings, e.ints = map[string]uint32{}, map[int64]uint32{}
	}
	e.name = name
	e.features, e.keys, e.values, e.count = e.features[:0], e.keys[:0], e.values[:0], 0
	e.tags, e.geometry = e.tags[:0], e.geometry[:0]
	clear(e.strings)
	clear(e.ints)
	e.bools = [2]uint32{}
}

func (e *Encoder) endLayer() {
	e.endFeature()
	if len(e.features) == 0 {
		return
	}
	size := sizeOfBytes(e.name) + uint64(len(e.features)) + uint64(len(e.values)) + 1 + sizeOf(Extent) + 2
	for _, key := range e.keys {
		size += sizeOfBytes(key)
	}
	e.tile = binary.AppendUvarint(append(e.tile, tileLayer), size)
	e.tile = append(e.tile, layerVersion, 2)
	e.tile = appendString(e.tile, layerName, e.name)
	e.tile = append(e.tile, e.features...)
	for _, key := range e.keys {
		e.tile = appendString(e.tile, layerKey, key)
	}
	e.tile = append(e.tile, e.values...)
	e.tile = binary.AppendUvarint(append(e.tile, layerExtent), Extent)
}

func (e *Encoder) beginFeature(id uint64, k kind) {
	e.endFeature()
	e.id, e.kind, e.at = id, k, Cell{}
}

func (e *Encoder) endFeature() {
	if len(e.geometry) == 0 {
		return
	}
	size := 1 + sizeOf(e.id) + 2 + sizeOfBytes(e.geometry)
	if len(e.tags) > 0 {
		size += sizeOfBytes(e.tags)
	}
	f := binary.AppendUvarint(append(e.features, layerFeature), size)
	f = binary.AppendUvarint(append(f, featureID), e.id)
	if len(e.tags) > 0 {
		f = appendString(f, featureTags, e.tags)
	}
	f = append(f, featureKind, byte(e.kind))
	e.features = appendString(f, featureGeometry, e.geometry)
	e.tags, e.geometry = e.tags[:0], e.geometry[:0]
}

func appendString[T string | []byte](to []byte, field byte, s T) []byte {
	to = binary.AppendUvarint(append(to, field), uint64(len(s)))
	return append(to, s...)
}

// sizeOfBytes is the size of a field of bytes, with its number and length.
func sizeOfBytes[T string | []byte](s T) uint64 {
	n := uint64(len(s))
	return 1 + sizeOf(n) + n
}

// sizeOf is the size of a varint.
func sizeOf(n uint64) uint64 {
	size := uint64(1)
	for ; n >= 0x80; n >>= 7 {
		size++
	}
	return size
}
