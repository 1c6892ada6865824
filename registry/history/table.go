package history

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"jieming/registry"
)

// maxFileBytes limits what is read of one file, after decompression. The
// villages of all China are 30 MB.
const maxFileBytes = 128 << 20

// decoder reads one file; name is for messages.
type decoder func(name string, r io.Reader) error

// readMatches reads every file of the folder that matches the pattern, in
// order of name, and reports how many there were.
func readMatches(fsys fs.FS, pattern string, decode decoder) (int, error) {
	names, err := fs.Glob(fsys, pattern)
	if err != nil {
		return 0, fmt.Errorf("looking for %s: %w", pattern, err)
	}
	for _, name := range names {
		if err := readFile(fsys, name, decode); err != nil {
			return 0, fmt.Errorf("reading %s: %w", name, err)
		}
	}
	return len(names), nil
}

func readFile(fsys fs.FS, name string, decode decoder) error {
	f, err := fsys.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			return registry.Invalid(name, "not a gzip file; fetch it again")
		}
		defer z.Close()
		r = z
	}
	return decode(name, &capped{name: name, r: r, left: maxFileBytes})
}

// capped fails once more than left bytes have come.
type capped struct {
	name string
	r    io.Reader
	left int64
}

// Read implements io.Reader.
func (c *capped) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.left -= int64(n)
	if c.left < 0 {
		return 0, &registry.Error{Kind: registry.KindTooLarge, Field: c.name,
			Message: fmt.Sprintf("holds more than %d MiB; split the file", maxFileBytes>>20)}
	}
	return n, err
}

// eachRow reads a CSV table with a header line and calls row with the fields
// of the named columns, in that order, and the place of the row for messages.
// The fields may be kept, the slice may not.
func eachRow(file string, r io.Reader, columns []string, row func(at string, f []string) error) error {
	c := csv.NewReader(r)
	c.ReuseRecord, c.FieldsPerRecord = true, 0
	header, err := c.Read()
	if err != nil {
		return located(c, file, err)
	}
	at, err := columnsOf(file, header, columns)
	if err != nil {
		return err
	}
	f := make([]string, len(columns))
	for {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return located(c, file, err)
		}
		line, _ := c.FieldPos(0)
		for i, j := range at {
			f[i] = strings.TrimSpace(record[j])
		}
		if err := row(place(file, line), f); err != nil {
			return err
		}
	}
}

func columnsOf(file string, header, columns []string) ([]int, error) {
	header = slices.Clone(header)
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	at := make([]int, len(columns))
	for i, name := range columns {
		at[i] = slices.Index(header, name)
		if at[i] < 0 {
			return nil, registry.Invalid(place(file, 1), fmt.Sprintf(
				"no column %q among %s; add it or rename the column", name, strings.Join(header, ",")))
		}
	}
	return at, nil
}

// located turns an error of the CSV reader into one that says where and what
// to do.
func located(c *csv.Reader, file string, err error) error {
	var own *registry.Error
	if errors.As(err, &own) {
		return own
	}
	if errors.Is(err, io.EOF) {
		return registry.Invalid(place(file, 1), "the file is empty; it needs a header line")
	}
	var syntax *csv.ParseError
	if errors.As(err, &syntax) {
		return registry.Invalid(place(file, syntax.Line), syntax.Err.Error()+"; correct the line")
	}
	return fmt.Errorf("%s: %w", file, err)
}

func place(file string, line int) string { return fmt.Sprintf("%s:%d", file, line) }

// checkCode refuses a code that has not exactly n digits.
func checkCode(at, code string, n int) error {
	if len(code) == n && strings.Trim(code, "0123456789") == "" {
		return nil
	}
	return registry.Invalid(at, fmt.Sprintf("%.40q is not a code of %d digits; correct it", code, n))
}

// checkName refuses names that are empty, overlong or not UTF-8.
func checkName(at, name string) error {
	switch {
	case name == "":
		return registry.Invalid(at, "the name is empty; add it")
	case !utf8.ValidString(name):
		return registry.Invalid(at, "the name is not UTF-8; save the file as UTF-8")
	case utf8.RuneCountInString(name) > maxNameRunes:
		return registry.Invalid(at, fmt.Sprintf("the name has more than %d characters; correct it", maxNameRunes))
	}
	return nil
}
