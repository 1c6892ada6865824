package filetype

import (
	"bytes"
	"io"
	"regexp"
)

// encrypt is an entry of a trailer that says how the file is encrypted. The
// trailer is never compressed, so that the entry stands in the file as it is.
var encrypt = regexp.MustCompile(`/(?:E|#45)(?:n|#6[eE])crypt\s*(?:\d+\s+\d+\s+R|<<)`)

// pdf looks at a PDF: it ends where it says, and needs no password.
func (f *file) pdf() (*Type, error) {
	const tail = 2048
	end := f.piece(max(0, f.size-tail), tail)
	i := bytes.LastIndex(end, []byte("%%EOF"))
	switch {
	case i < 0:
		return nil, damaged("no %%%%EOF at the end of the PDF")
	case len(bytes.Trim(end[i+5:], "\r\n\t \x00")) > 0:
		return nil, refuse(TwoInOne, "detail", "data after the end of the PDF")
	}
	found, err := f.contains(encrypt, 256)
	if err != nil {
		return nil, err
	}
	if found {
		return nil, refuse(Encrypted)
	}
	return PDF, nil
}

// contains reports whether a pattern, of no match longer than overlap, stands
// in the file.
func (f *file) contains(pattern *regexp.Regexp, overlap int) (bool, error) {
	buf := make([]byte, 256<<10)
	kept := 0
	r := io.NewSectionReader(f, 0, f.size)
	for {
		n, err := io.ReadFull(r, buf[kept:])
		seen := buf[:kept+n]
		// The regular expression is slow and its first letters are rare.
		if bytes.Contains(seen, []byte("crypt")) && pattern.Match(seen) {
			return true, nil
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		kept = copy(buf, seen[len(seen)-overlap:])
	}
}
