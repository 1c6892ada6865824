package gate

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// message reads the fields of one protocol buffer message.
type message struct {
	rest   []byte
	number uint64 // of the field just read
	wire   uint64 // its type
	value  uint64 // of a number
	bytes  []byte // of a field with a length
}

// Wire types.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

var errShort = errors.New("it ends in the middle of a field")

// next reads a field. It returns false at the end.
func (m *message) next() (bool, error) {
	if len(m.rest) == 0 {
		return false, nil
	}
	head, err := m.varint()
	if err != nil {
		return false, err
	}
	m.number, m.wire, m.value, m.bytes = head>>3, head&7, 0, nil
	switch m.wire {
	case wireVarint:
		m.value, err = m.varint()
	case wire64:
		m.bytes, err = m.take(8)
	case wire32:
		m.bytes, err = m.take(4)
	case wireBytes:
		var n uint64
		if n, err = m.varint(); err == nil {
			m.bytes, err = m.take(n)
		}
	default:
		err = fmt.Errorf("field %d has the unknown wire type %d", m.number, m.wire)
	}
	return err == nil, err
}

func (m *message) varint() (uint64, error) {
	v, n := binary.Uvarint(m.rest)
	if n <= 0 {
		return 0, errShort
	}
	m.rest = m.rest[n:]
	return v, nil
}

func (m *message) take(n uint64) ([]byte, error) {
	if n > uint64(len(m.rest)) {
		return nil, errShort
	}
	taken := m.rest[:n]
	m.rest = m.rest[n:]
	return taken, nil
}

// is tells whether the field just read has that number and type; a field of
// that number and another type is an error.
func (m *message) is(number, wire uint64) (bool, error) {
	if m.number != number {
		return false, nil
	}
	if m.wire != wire {
		return false, fmt.Errorf("field %d has wire type %d, it must be %d", number, m.wire, wire)
	}
	return true, nil
}

func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// packed calls do with each number of a packed field.
func packed(data []byte, do func(uint64) error) error {
	m := message{rest: data}
	for len(m.rest) > 0 {
		v, err := m.varint()
		if err != nil {
			return err
		}
		if err := do(v); err != nil {
			return err
		}
	}
	return nil
}
