package geojson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"jieming/geo/format"
)

const (
	windowBytes    = 256 << 10 // bytes read ahead
	maxNumberBytes = 512       // longest number literal
	adviceJSON     = "export the file again as GeoJSON and check that it was transferred whole"
)

// A scanner reads JSON tokens from a stream through a window that moves over
// it. It holds no more than the window, which grows only for a single long
// string, up to the limit on values.
type scanner struct {
	src      io.Reader
	srcErr   error // why src yields no more
	buf      []byte
	pos, end int   // unread bytes are buf[pos:end]
	base     int64 // bytes of the stream before buf[0]
	lines    int   // line feeds before buf[0]
	limits   format.Limits
	decoded  bool // src comes from another encoding, where U+FFFD stands for bytes that are not valid
}

func newScanner(r io.Reader, limits format.Limits) *scanner {
	return &scanner{src: r, buf: make([]byte, windowBytes), limits: limits}
}

// fill tries to have n unread bytes in the window, and reports whether it
// could; it cannot at the end of the stream.
func (s *scanner) fill(n int) bool {
	if s.end-s.pos >= n {
		return true
	}
	s.lines += bytes.Count(s.buf[:s.pos], []byte{'\n'})
	s.base += int64(s.pos)
	if n > len(s.buf) {
		grown := make([]byte, 2*n)
		copy(grown, s.buf[s.pos:s.end])
		s.end -= s.pos
		s.buf, s.pos = grown, 0
	} else {
		s.end = copy(s.buf, s.buf[s.pos:s.end])
		s.pos = 0
	}
	for s.end < n && s.srcErr == nil {
		var got int
		got, s.srcErr = s.src.Read(s.buf[s.end:])
		s.end += got
	}
	return s.end >= n
}

// place locates a fault at the cursor.
func (s *scanner) place(fault *format.Error) *format.Error {
	line := 1 + s.lines + bytes.Count(s.buf[:s.pos], []byte{'\n'})
	return fault.AtByte(s.base+int64(s.pos), line)
}

func (s *scanner) fault(problem string, args ...any) *format.Error {
	return s.place(format.Fault(fmt.Sprintf(problem, args...), adviceJSON))
}

// cut is the fault of a stream that ends too early, or cannot be read.
func (s *scanner) cut() *format.Error {
	if s.srcErr != nil && s.srcErr != io.EOF {
		return s.place(format.Locate(s.srcErr, "", "cannot read the file", adviceJSON))
	}
	return s.fault("file ends in the middle: it is cut short")
}

// peek returns the next byte that is no white space, 0 at the end.
func (s *scanner) peek() byte {
	for {
		for s.pos < s.end {
			c := s.buf[s.pos]
			if c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
				return c
			}
			s.pos++
		}
		if !s.fill(1) {
			return 0
		}
	}
}

// expect consumes one punctuation mark.
func (s *scanner) expect(want byte) *format.Error {
	got := s.peek()
	if got == want {
		s.pos++
		return nil
	}
	return s.unexpected(fmt.Sprintf("%q", want))
}

// unexpected is the fault of finding something else than what was wanted.
func (s *scanner) unexpected(want string) *format.Error {
	if s.pos == s.end {
		return s.cut()
	}
	s.fill(16)
	got := s.buf[s.pos:min(s.end, s.pos+16)]
	return s.fault("not valid JSON: %q where %s should be", got, want)
}

// member moves to the value of the next member of an object and returns its
// name, valid until the next read. first is true right after the brace.
func (s *scanner) member(first bool) (name []byte, more bool, fault *format.Error) {
	c := s.peek()
	if c == '}' {
		s.pos++
		return nil, false, nil
	}
	if !first {
		if fault := s.expect(','); fault != nil {
			return nil, false, fault
		}
		c = s.peek()
	}
	if c != '"' {
		return nil, false, s.unexpected("a member name")
	}
	name, fault = s.str()
	if fault != nil {
		return nil, false, fault
	}
	if s.pos < s.end && s.buf[s.pos] == ':' {
		s.pos++
		return name, true, nil
	}
	name = append([]byte(nil), name...) // the window may move
	return name, true, s.expect(':')
}

// element moves to the next element of an array.
func (s *scanner) element(first bool) (more bool, fault *format.Error) {
	if s.peek() == ']' {
		s.pos++
		return false, nil
	}
	if first {
		return true, nil
	}
	return true, s.expect(',')
}

// str reads a string literal. The result is valid until the next read.
func (s *scanner) str() ([]byte, *format.Error) {
	if s.peek() != '"' {
		return nil, s.unexpected("a string")
	}
	i, escaped := s.pos+1, false
	for {
		for ; i < s.end; i++ {
			c := s.buf[i]
			if c == '"' {
				literal := s.buf[s.pos : i+1]
				text, fault := s.text(literal, escaped)
				s.pos = i + 1
				return text, fault
			}
			if c == '\\' {
				escaped = true
				i++
			} else if c < ' ' {
				s.pos = i
				return nil, s.fault("control character in a string")
			}
		}
		length := s.end - s.pos
		skipped := i - s.pos
		if length > s.limits.MaxValueBytes {
			return nil, s.fault("text longer than %d bytes", s.limits.MaxValueBytes)
		}
		if !s.fill(length+1) || s.end-s.pos <= length {
			s.pos = s.end
			return nil, s.cut()
		}
		i = s.pos + skipped
	}
}

// text turns a literal with its quotes into text.
func (s *scanner) text(literal []byte, escaped bool) ([]byte, *format.Error) {
	if !utf8.Valid(literal) || s.decoded && bytes.ContainsRune(literal, utf8.RuneError) {
		fault := s.fault("text %q is wrongly encoded", literal[1:min(len(literal)-1, 32)])
		fault.Advice = format.AdviceEncoding
		return nil, fault
	}
	if !escaped {
		return literal[1 : len(literal)-1], nil
	}
	var text string
	if err := json.Unmarshal(literal, &text); err != nil {
		return nil, s.fault("not valid JSON: text %.40q", literal).Because(err)
	}
	return []byte(text), nil
}

// number reads a number literal. whole says that it has neither fraction nor
// exponent. The value may be infinite, for a literal beyond float64.
func (s *scanner) number() (value float64, literal []byte, whole bool, fault *format.Error) {
	s.fill(maxNumberBytes)
	n, whole := numberLength(s.buf[s.pos:s.end])
	if n == 0 {
		return 0, nil, false, s.unexpected("a number")
	}
	if n >= maxNumberBytes {
		return 0, nil, false, s.fault("number longer than %d digits", maxNumberBytes)
	}
	literal = s.buf[s.pos : s.pos+n]
	s.pos += n
	if v, used := parseDecimal(literal); used == n {
		return v, literal, whole, nil
	}
	value, _ = strconv.ParseFloat(string(literal), 64) // out of range gives infinity
	return value, literal, whole, nil
}

// word consumes true, false or null.
func (s *scanner) word() (string, *format.Error) {
	s.fill(5)
	for _, word := range []string{"null", "true", "false"} {
		if bytes.HasPrefix(s.buf[s.pos:s.end], []byte(word)) {
			s.pos += len(word)
			return word, nil
		}
	}
	fault := s.unexpected("a value")
	if bytes.HasPrefix(bytes.TrimPrefix(s.buf[s.pos:s.end], []byte("-")), []byte("Inf")) || bytes.HasPrefix(s.buf[s.pos:s.end], []byte("NaN")) {
		fault.Advice = "JSON has no NaN or Infinity: correct the value or write null"
	}
	return "", fault
}

// skip reads past one value and checks its syntax.
func (s *scanner) skip(depth int) *format.Error {
	if depth > s.limits.MaxDepth {
		return s.tooDeep()
	}
	switch c := s.peek(); {
	case c == '{':
		s.pos++
		return s.skipObject(depth)
	case c == '[':
		s.pos++
		return s.skipArray(depth)
	case c == '"':
		_, fault := s.str()
		return fault
	case isDigit(c) || c == '-':
		_, _, _, fault := s.number()
		return fault
	}
	_, fault := s.word()
	return fault
}

func (s *scanner) skipObject(depth int) *format.Error {
	for first := true; ; first = false {
		_, more, fault := s.member(first)
		if fault != nil || !more {
			return fault
		}
		if fault := s.skip(depth + 1); fault != nil {
			return fault
		}
	}
}

func (s *scanner) skipArray(depth int) *format.Error {
	for first := true; ; first = false {
		more, fault := s.element(first)
		if fault != nil || !more {
			return fault
		}
		if fault := s.skip(depth + 1); fault != nil {
			return fault
		}
	}
}

func (s *scanner) tooDeep() *format.Error {
	fault := s.fault("values are nested more than %d deep", s.limits.MaxDepth)
	fault.Advice = "flatten the properties of the features"
	return fault
}

func isDigit(c byte) bool { return c-'0' <= 9 }
