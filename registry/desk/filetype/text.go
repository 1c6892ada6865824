package filetype

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// markup is how text begins that browsers run or draw.
var markup = []struct{ begin, is string }{
	{"<!doctype html", "HTML"}, {"<html", "HTML"}, {"<head", "HTML"}, {"<body", "HTML"}, {"<script", "HTML"}, {"<!--", "HTML"},
	{"<iframe", "HTML"}, {"<table", "HTML"}, {"<div", "HTML"}, {"<meta", "HTML"}, {"<svg", "SVG"}, {"<!doctype svg", "SVG"},
	{"<?xml", "XML"}, {"<!doctype", "XML"}, {"<?php", "PHP"}, {"mime-version:", "MHTML"},
}

// text accepts plain text in UTF-8, UTF-16 with its mark, or GB 18030.
func (f *file) text() (*Type, error) {
	head := f.piece(0, 4096)
	if pdf := bytes.Index(head[:min(1024, len(head))], []byte("%PDF-")); pdf >= 0 {
		return nil, damaged("%d bytes stand before the PDF", pdf)
	}
	encoding := EncodingOf(head)
	if encoding == nil {
		encoding = simplifiedchinese.GB18030
	}
	begin, _ := io.ReadAll(encoding.NewDecoder().Reader(bytes.NewReader(head)))
	start := strings.ToLower(strings.TrimLeft(strings.TrimPrefix(string(begin), "\ufeff"), " \t\r\n\f\x00"))
	for _, m := range markup {
		if strings.HasPrefix(start, m.begin) {
			return nil, refuse(Markup, "is", m.is)
		}
	}
	if encoding == unicode.UTF8 {
		plain, whole, err := f.plain(unicode.UTF8)
		if err != nil || plain && whole {
			return TXT, err
		}
		encoding = simplifiedchinese.GB18030
	}
	plain, whole, err := f.plain(encoding)
	switch {
	case err != nil:
		return nil, err
	case !plain || !whole:
		return nil, refuse(Unknown)
	}
	return TXT, nil
}

// EncodingOf guesses the encoding of a text from its beginning: UTF-16 by its
// mark, else UTF-8 if it is, else nil.
func EncodingOf(head []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	case validStart(head):
		return unicode.UTF8
	}
	return nil
}

// validStart reports whether b is UTF-8, but for a character cut off at its end.
func validStart(b []byte) bool {
	for i := 0; i < utf8.UTFMax && i < len(b); i++ {
		if utf8.Valid(b[:len(b)-i]) {
			return true
		}
	}
	return len(b) == 0
}

// plain reports whether the file decodes without control characters, and
// without a byte that has no meaning.
func (f *file) plain(e encoding.Encoding) (plain, whole bool, err error) {
	var r io.Reader = io.NewSectionReader(f, 0, f.size)
	if e != unicode.UTF8 {
		r = e.NewDecoder().Reader(r)
	}
	buf := make([]byte, 64<<10)
	kept := 0
	for {
		n, err := io.ReadFull(r, buf[kept:])
		end := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !end {
			return false, false, err
		}
		seen := buf[:kept+n]
		for len(seen) > 0 && (end || utf8.FullRune(seen)) {
			r, size := utf8.DecodeRune(seen)
			if r == utf8.RuneError && (size == 1 || e != unicode.UTF8) {
				return true, false, nil
			}
			if r < ' ' && !strings.ContainsRune("\t\r\n\f", r) || r == 0x7f {
				return false, true, nil
			}
			seen = seen[size:]
		}
		if end {
			return true, true, nil
		}
		kept = copy(buf, seen)
	}
}
