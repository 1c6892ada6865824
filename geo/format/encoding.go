package format

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/transform"
)

// An Encoding is a text encoding that the readers know. GB18030 stands for its
// subsets GB 2312 and GBK too.
type Encoding string

const (
	UTF8        Encoding = "UTF-8"
	GB18030     Encoding = "GB18030"
	Big5        Encoding = "Big5"
	Windows1252 Encoding = "Windows-1252"
)

// AdviceEncoding is what to tell the owner of a file whose encoding is unsure.
const AdviceEncoding = "state the encoding (UTF-8 or GB18030) when importing, or save the file as UTF-8"

// ParseEncoding understands the names that users and .cpg files write.
func ParseEncoding(name string) (Encoding, bool) {
	key := strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name))
	switch strings.TrimPrefix(key, "cp") {
	case "utf8", "65001", "utf8bom":
		return UTF8, true
	case "gb18030", "gbk", "gb2312", "936", "54936", "ansi936", "xgbk", "euccn":
		return GB18030, true
	case "big5", "950", "ansi950":
		return Big5, true
	case "1252", "windows1252", "ansi1252", "iso88591", "88591", "latin1", "ldid/87":
		return Windows1252, true
	}
	return "", false
}

// DetectEncoding judges a sample of text by validity. It answers false when it
// is not sure, and then the user has to be asked.
//
// Text that is valid UTF-8 with characters of three bytes or more is UTF-8:
// in GBK it would be a string of rare characters whose bytes line up by
// accident. Valid UTF-8 of two-byte characters alone is unsure if it is also
// valid GBK. Otherwise it is GB18030 if it is valid as such and at least three
// quarters of its characters lie in the plane of GB 2312, which Latin and Big5
// text do not reach.
func DetectEncoding(sample []byte) (Encoding, bool) {
	wide, narrow := utf8Shape(sample)
	if narrow < 0 {
		return GB18030, looksChinese(sample)
	}
	if wide > 0 || narrow == 0 {
		return UTF8, true
	}
	return UTF8, !looksChinese(sample)
}

// utf8Shape counts the characters of three or more bytes, and those of two;
// narrow is -1 if the sample is not valid UTF-8.
func utf8Shape(sample []byte) (wide, narrow int) {
	for len(sample) > 0 {
		if sample[0] < utf8.RuneSelf {
			sample = sample[1:]
			continue
		}
		r, size := utf8.DecodeRune(sample)
		if r == utf8.RuneError && size == 1 {
			return 0, -1
		}
		if size > 2 {
			wide++
		} else {
			narrow++
		}
		sample = sample[size:]
	}
	return wide, narrow
}

func looksChinese(sample []byte) bool {
	text, ok := GB18030.Decode(sample)
	if !ok {
		return false
	}
	all := 0
	for _, r := range text {
		if r >= utf8.RuneSelf {
			all++
		}
	}
	return all > 0 && 4*gb2312Han(sample) >= 3*all
}

// gb2312Han counts the pairs of bytes in the rows of GB 2312 that hold
// punctuation, wide forms and Chinese characters.
func gb2312Han(sample []byte) (n int) {
	for i := 0; i+1 < len(sample); i++ {
		lead, trail := sample[i], sample[i+1]
		if lead < utf8.RuneSelf {
			continue
		}
		row := lead >= 0xA1 && lead <= 0xA3 || lead >= 0xB0 && lead <= 0xF7
		if row && trail >= 0xA1 && trail <= 0xFE {
			n++
		}
		i++
	}
	return n
}

// Decode turns bytes into text; false if they are not valid in the encoding.
func (e Encoding) Decode(b []byte) (string, bool) {
	if isASCII(b) {
		return string(b), true
	}
	if e == UTF8 {
		return string(b), utf8.Valid(b)
	}
	out, err := e.codec().NewDecoder().Bytes(b)
	return string(out), err == nil && !bytes.ContainsRune(out, utf8.RuneError)
}

// Encode turns text into bytes; an error names the first character that the
// encoding does not have.
func (e Encoding) Encode(s string) ([]byte, error) {
	if e == UTF8 {
		return []byte(s), nil
	}
	out, err := e.codec().NewEncoder().Bytes([]byte(s))
	if err != nil {
		return nil, fmt.Errorf("encoding %q as %s: %w", s, e, err)
	}
	return out, nil
}

// NewReader returns r decoded to UTF-8. Bytes that are not valid come out as
// U+FFFD, which the caller has to look for; UTF-8 passes through unchecked.
func (e Encoding) NewReader(r io.Reader) io.Reader {
	if e == UTF8 {
		return r
	}
	return transform.NewReader(r, e.codec().NewDecoder())
}

// NewWriter returns a writer that encodes UTF-8 text written to it. Close
// flushes it and leaves w open.
func (e Encoding) NewWriter(w io.Writer) io.WriteCloser {
	if e == UTF8 {
		return transform.NewWriter(w, transform.Nop)
	}
	return transform.NewWriter(w, e.codec().NewEncoder())
}

func (e Encoding) codec() encoding.Encoding {
	switch e {
	case GB18030:
		return simplifiedchinese.GB18030
	case Big5:
		return traditionalchinese.Big5
	case Windows1252:
		return charmap.Windows1252
	}
	return encoding.Nop
}

// IsValidText reports whether decoded text holds no sign of a wrong encoding.
func IsValidText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsRune(s, utf8.RuneError)
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
