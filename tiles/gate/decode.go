package gate

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

const (
	maxBytes  = 64 << 20 // of a tile
	maxLayers = 256
)

// Decode reads a tile that is not compressed, as strictly as the specification
// (Mapbox Vector Tile 2.1) is written: layers need a name of their own, version
// 2 and the extent 4096; features a kind and a geometry whose commands are in
// order. Faults that a judge counts are no errors: points repeated, rings of any
// winding. It refuses tiles beyond 64 MiB. The error names layer and feature.
func Decode(data []byte) (*Tile, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("reading a tile: it has %d bytes, at most %d are read", len(data), maxBytes)
	}
	t := &Tile{}
	m := message{rest: data}
	for {
		more, err := m.next()
		if err == nil && more {
			err = t.addLayer(&m)
		}
		if err != nil {
			return nil, fmt.Errorf("reading a tile: layer %d: %w", len(t.Layers), err)
		}
		if !more {
			return t, nil
		}
	}
}

func (t *Tile) addLayer(m *message) error {
	if ours, err := m.is(3, wireBytes); !ours {
		return err
	}
	if len(t.Layers) >= maxLayers {
		return fmt.Errorf("there are more than %d layers", maxLayers)
	}
	l, err := decodeLayer(m.bytes)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(t.Layers, func(o *Layer) bool { return o.Name == l.Name }) {
		return fmt.Errorf("the name %q is used before", l.Name)
	}
	t.Layers = append(t.Layers, l)
	return nil
}

func decodeLayer(data []byte) (*Layer, error) {
	var version, extent uint64
	var named bool
	var features [][]byte
	l := &Layer{}
	m := message{rest: data}
	for {
		more, err := m.next()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		switch {
		case m.number == 15 && m.wire == wireVarint:
			version = m.value
		case m.number == 5 && m.wire == wireVarint:
			extent = m.value
		case m.number > 4 || m.wire != wireBytes:
			err = unknown(&m)
		case m.number == 1:
			l.Name, named = string(m.bytes), true
		case m.number == 2:
			features = append(features, m.bytes)
		case m.number == 3:
			l.keys = append(l.keys, string(m.bytes))
		case m.number == 4:
			err = l.addValue(m.bytes)
		}
		if err != nil {
			return nil, fmt.Errorf("%q: %w", l.Name, err)
		}
	}
	if !named || version != 2 || extent != Extent {
		return nil, fmt.Errorf("%q has version %d and extent %d; it must have a name, version 2 and extent %d", l.Name, version, extent, Extent)
	}
	return l, l.addFeatures(features)
}

// unknown refuses a field of ours that has another type, and passes extensions.
func unknown(m *message) error {
	if m.number >= 1 && m.number <= 4 {
		return fmt.Errorf("field %d has wire type %d", m.number, m.wire)
	}
	return nil
}

func (l *Layer) addValue(data []byte) error {
	var value any
	m := message{rest: data}
	for {
		more, err := m.next()
		if err != nil {
			return fmt.Errorf("value %d: %w", len(l.values), err)
		}
		if !more {
			break
		}
		if value, err = decodeValue(&m); err != nil {
			return fmt.Errorf("value %d: %w", len(l.values), err)
		}
	}
	if value == nil {
		return fmt.Errorf("value %d is empty", len(l.values))
	}
	l.values = append(l.values, value)
	return nil
}

// valueWires are the wire types of the fields of a value.
var valueWires = [...]uint64{1: wireBytes, 2: wire32, 3: wire64, 4: wireVarint, 5: wireVarint, 6: wireVarint, 7: wireVarint}

func decodeValue(m *message) (any, error) {
	if m.number < 1 || m.number >= uint64(len(valueWires)) || m.wire != valueWires[m.number] {
		return nil, fmt.Errorf("field %d of wire type %d is no value", m.number, m.wire)
	}
	switch m.number {
	case 1:
		if !utf8.Valid(m.bytes) {
			return nil, errors.New("the string is not UTF-8")
		}
		return string(m.bytes), nil
	case 2:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(m.bytes))), nil
	case 3:
		return math.Float64frombits(binary.LittleEndian.Uint64(m.bytes)), nil
	case 4:
		return int64(m.value), nil
	case 5:
		return m.value, nil
	case 6:
		return unzigzag(m.value), nil
	}
	return m.value != 0, nil
}

func (l *Layer) addFeatures(features [][]byte) error {
	if len(features) == 0 {
		return fmt.Errorf("%q has no features", l.Name)
	}
	l.Features = make([]Feature, 0, len(features))
	for i, data := range features {
		f, err := l.decodeFeature(data)
		if err != nil {
			return fmt.Errorf("%q: feature %d: %w", l.Name, i, err)
		}
		l.Features = append(l.Features, f)
	}
	return nil
}

func (l *Layer) decodeFeature(data []byte) (Feature, error) {
	f := Feature{layer: l}
	var geometry []byte
	m := message{rest: data}
	for {
		more, err := m.next()
		if err != nil {
			return f, err
		}
		if !more {
			break
		}
		switch {
		case m.number == 1 && m.wire == wireVarint:
			f.ID = m.value
		case m.number == 3 && m.wire == wireVarint:
			f.Kind = Kind(m.value)
		case m.number == 2 && m.wire == wireBytes:
			err = f.addTags(m.bytes)
		case m.number == 4 && m.wire == wireBytes:
			geometry = m.bytes
		default:
			err = unknown(&m)
		}
		if err != nil {
			return f, err
		}
	}
	return f, f.addGeometry(geometry)
}

func (f *Feature) addTags(data []byte) error {
	err := packed(data, func(v uint64) error {
		known := len(f.layer.keys)
		if len(f.tags)%2 == 1 {
			known = len(f.layer.values)
		}
		if v >= uint64(known) {
			return fmt.Errorf("a tag names number %d of %d", v, known)
		}
		f.tags = append(f.tags, uint32(v))
		return nil
	})
	if err == nil && len(f.tags)%2 == 1 {
		err = errors.New("a tag has no value")
	}
	return err
}
