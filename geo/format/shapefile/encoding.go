package shapefile

import (
	"bytes"
	"fmt"
	"strings"

	"jieming/geo/format"
)

// sampleBytes is how much text the encoding is judged by.
const sampleBytes = 1 << 20

// chooseEncoding finds the encoding of a table and says why.
func chooseEncoding(t *table, cpg, asked string) (e format.Encoding, why string, fault *format.Error) {
	if asked != "" {
		if e, ok := format.ParseEncoding(asked); ok {
			return e, "as asked for", nil
		}
		return "", "", format.Fault(fmt.Sprintf("unknown encoding %q", asked), format.AdviceEncoding)
	}
	sample, fault := t.sample()
	if fault != nil {
		return "", "", fault
	}
	if len(sample) == 0 {
		return format.UTF8, "it is plain ASCII", nil
	}
	if cpg = strings.TrimSpace(cpg); cpg != "" {
		if e, ok := format.ParseEncoding(cpg); ok {
			return e, fmt.Sprintf("the .cpg file says %q", cpg), nil
		}
		return "", "", format.Fault(fmt.Sprintf("the .cpg file names the unknown encoding %q", cpg), format.AdviceEncoding)
	}
	if e, ok := languageByte(t.language); ok {
		if _, valid := e.Decode(sample); valid {
			return e, fmt.Sprintf("the language byte of the table is 0x%02x", t.language), nil
		}
	}
	if e, ok := format.DetectEncoding(sample); ok {
		return e, "recognised by its bytes", nil
	}
	return "", "", format.Fault("the encoding of the table is not certain", format.AdviceEncoding)
}

// languageByte maps the language drivers that Chinese software writes. Western
// ones are not believed: they are what programs write that do not know.
func languageByte(b byte) (format.Encoding, bool) {
	switch b {
	case 0x4d, 0x7a:
		return format.GB18030, true
	case 0x4f, 0x78:
		return format.Big5, true
	}
	return "", false
}

// sample gathers text that is not ASCII, from names and values, and rewinds.
// Values that fill their column come last: they may end in half a character.
func (t *table) sample() ([]byte, *format.Error) {
	defer t.rewind()
	var whole, full []byte
	for _, f := range t.fields {
		if len(f.raw) < maxNameBytes {
			whole = appendForeign(whole, f.raw)
		} else {
			full = appendForeign(full, f.raw)
		}
	}
	for len(whole) < sampleBytes {
		more, fault := t.nextRaw()
		if fault != nil {
			return nil, fault
		}
		if !more {
			break
		}
		for _, f := range t.fields {
			if f.kind != 'C' {
				continue
			}
			value := t.buf[f.offset : f.offset+f.width]
			trimmed := bytes.TrimRight(value, " \x00")
			if len(trimmed) < len(value) {
				whole = appendForeign(whole, trimmed)
			} else if len(full) < sampleBytes {
				full = appendForeign(full, trimmed)
			}
		}
	}
	if len(whole) == 0 {
		return full, nil
	}
	return whole, nil
}

func appendForeign(dst, text []byte) []byte {
	for _, c := range text {
		if c >= 0x80 {
			return append(append(dst, text...), '\n')
		}
	}
	return dst
}
