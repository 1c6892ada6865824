// Package filetype decides which files may come in, by their content and never
// by what their sender says of them. It reads no more than it must: pictures
// are measured and not decoded, archives are inflated into nothing. Whatever it
// refuses it refuses with a [Refusal], which says what to do instead.
package filetype

import (
	"path"
	"slices"
	"strings"
)

// Type is a type of file that may come in.
type Type struct {
	Ext    string   // the usual extension, with its dot
	Others []string // other extensions of the same
	Media  string   // the media type
	Inline bool     // a browser may show it by itself
}

// The types that may come in. There are no others.
var (
	PDF  = &Type{Ext: ".pdf", Media: "application/pdf", Inline: true}
	PNG  = &Type{Ext: ".png", Media: "image/png", Inline: true}
	JPEG = &Type{Ext: ".jpg", Others: []string{".jpeg", ".jpe", ".jfif"}, Media: "image/jpeg", Inline: true}
	TIFF = &Type{Ext: ".tif", Others: []string{".tiff"}, Media: "image/tiff"}
	WebP = &Type{Ext: ".webp", Media: "image/webp", Inline: true}
	DOCX = &Type{Ext: ".docx", Media: "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}
	XLSX = &Type{Ext: ".xlsx", Media: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
	PPTX = &Type{Ext: ".pptx", Media: "application/vnd.openxmlformats-officedocument.presentationml.presentation"}
	ODT  = &Type{Ext: ".odt", Media: "application/vnd.oasis.opendocument.text"}
	ODS  = &Type{Ext: ".ods", Media: "application/vnd.oasis.opendocument.spreadsheet"}
	DOC  = &Type{Ext: ".doc", Others: []string{".wps"}, Media: "application/msword"}
	XLS  = &Type{Ext: ".xls", Others: []string{".et"}, Media: "application/vnd.ms-excel"}
	TXT  = &Type{Ext: ".txt", Others: []string{".text", ".md"}, Media: "text/plain"}
	CSV  = &Type{Ext: ".csv", Media: "text/csv"}
)

// Types lists all types.
func Types() []*Type {
	return []*Type{PDF, PNG, JPEG, TIFF, WebP, DOCX, XLSX, PPTX, ODT, ODS, DOC, XLS, TXT, CSV}
}

// ByMedia returns the type with a media type, nil for a type that may not come in.
func ByMedia(media string) *Type {
	for _, t := range Types() {
		if t.Media == media {
			return t
		}
	}
	return nil
}

// named reports whether a file name has an extension of the type.
func (t *Type) named(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == t.Ext || slices.Contains(t.Others, ext)
}

// String returns the extension without its dot, in capitals.
func (t *Type) String() string { return strings.ToUpper(t.Ext[1:]) }

// Limits bound what a file may be and what it may cost to look at it.
type Limits struct {
	Bytes    int64 // size of the file
	Pixels   int64 // of a picture: width times height
	Side     int   // of a picture: width or height
	Pages    int   // of a TIFF
	Entries  int   // of an Office file: files inside
	Inflated int64 // of an Office file: bytes of all files inside
	Ratio    int64 // of an Office file: how far a large file inside may be compressed
}

// DefaultLimits take a scanned A0 sheet at 600 dpi and refuse what no office
// needs to send.
func DefaultLimits() Limits {
	return Limits{Bytes: 50 << 20, Pixels: 600e6, Side: 60_000, Pages: 2_000, Entries: 5_000, Inflated: 300 << 20, Ratio: 200}
}
