package open

import (
	"bytes"

	"jieming/geo/format/geopackage"
)

// A kind is what the first bytes of a file show.
type kind uint8

const (
	kindUnknown kind = iota
	kindJSON
	kindText
	kindGzip
	kindZip
	kindShape
	kindSQLite
	kindXML
	kindPDF
	kindRAR
	kind7z
	kindOffice
)

// String completes a sentence: "the file is …".
func (k kind) String() string {
	return [...]string{
		"of no known format", "GeoJSON", "a table of text", "a gzip file", "a zip archive", "a shapefile",
		"a GeoPackage", "XML", "a PDF document", "a RAR archive", "a 7z archive", "an old office document",
	}[k]
}

const sniffBytes = 4096

// sniff looks at the first bytes of a file.
func sniff(head []byte) kind {
	for _, magic := range []struct {
		bytes string
		kind  kind
	}{
		{"PK\x03\x04", kindZip}, {"PK\x05\x06", kindZip}, {"\x1f\x8b", kindGzip},
		{geopackage.Magic, kindSQLite}, {"\x00\x00\x27\x0a", kindShape}, {"%PDF", kindPDF},
		{"Rar!", kindRAR}, {"7z\xbc\xaf", kind7z}, {"\xd0\xcf\x11\xe0", kindOffice},
	} {
		if bytes.HasPrefix(head, []byte(magic.bytes)) {
			return magic.kind
		}
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return kindText // the reader of tables says what to do with UTF-16
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n\x1e")
	switch {
	case len(text) == 0 || bytes.IndexByte(text, 0) >= 0:
		return kindUnknown
	case text[0] == '{' || text[0] == '[':
		return kindJSON
	case text[0] == '<':
		return kindXML
	case bytes.ContainsAny(text, ",;\t|\n"):
		return kindText
	}
	return kindUnknown
}

// extensions is what names promise.
var extensions = map[string]kind{
	".geojson": kindJSON, ".json": kindJSON, ".geojsonl": kindJSON, ".geojsons": kindJSON,
	".csv": kindText, ".tsv": kindText, ".txt": kindText,
	".gz": kindGzip, ".zip": kindZip, ".shp": kindShape, ".gpkg": kindSQLite,
}
