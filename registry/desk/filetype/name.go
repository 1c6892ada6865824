package filetype

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// nameMost is how many bytes a cleaned name has at most; file systems take 255.
const nameMost = 180

// Clean makes a file name fit to be shown and to be given to a disk: without
// folders, control characters, marks that turn the direction of writing, and
// what file systems do not take. A name without the extension of the type gets
// it; t may be nil. An empty name becomes 未命名.
func Clean(name string, t *Type) string {
	if !utf8.ValidString(name) {
		name = strings.ToValidUTF8(name, "")
	}
	name = norm.NFC.String(name)
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Join(strings.Fields(strings.Map(cleanRune, name)), " ")
	name = strings.TrimRight(name, ". ")
	ext := ""
	if t != nil {
		ext = t.Ext
		if t.named(name) {
			ext = path.Ext(name)
		}
		name = strings.TrimSuffix(name, ext)
	}
	name = strings.Trim(name, ". ")
	name = cut(name, nameMost-len(ext))
	if name == "" {
		name = "未命名"
	}
	if reserved(name) {
		name = "_" + name
	}
	return name + ext
}

// cleanRune drops what cannot be seen, and replaces what disks do not take.
func cleanRune(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp):
		return -1
	case strings.ContainsRune(`<>:"|?*/\`, r):
		return '_'
	}
	return r
}

// cut shortens a name to a number of bytes, between characters.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return strings.TrimRight(s[:most], ". ")
}

// reserved reports whether Windows takes a name for a device.
func reserved(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch strings.TrimSpace(stem) {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	if len(stem) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) {
		return stem[3] >= '0' && stem[3] <= '9'
	}
	return false
}
