package sheet

import "strings"

// inks are the presentation attributes of a class on a sheet that stands
// alone: a sheet of paper, whatever the reader's theme. On a page the same
// classes are dressed by its style sheet. Lengths are SVG units.
var inks = map[string]string{
	"sheet":      `font-family="'Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif"`,
	"tint-0":     `fill="#f4ead0"`,
	"tint-1":     `fill="#dfe9d6"`,
	"tint-2":     `fill="#ecdde0"`,
	"tint-3":     `fill="#d9e6ec"`,
	"tint-4":     `fill="#e6dfee"`,
	"plain":      `fill="#f1f1ed"`,
	"chosen":     `fill="#e9b8a8"`,
	"unknown":    `fill="url(#hatch)"`,
	"hatch-line": `fill="none" stroke="#8a7f6d" stroke-width="12" stroke-opacity="0.55"`,
	"band":       `stroke="#8a5a86" stroke-width="90" stroke-opacity="0.16" stroke-linejoin="round"`,
	"border":     `fill="none"`,
	"rank-0":     `stroke="#4a2547" stroke-width="22" stroke-dasharray="110 30 22 30"`,
	"rank-1":     `stroke="#5d3259" stroke-width="17" stroke-dasharray="100 26 17 26 17 26"`,
	"rank-2":     `stroke="#6f5b6d" stroke-width="12" stroke-dasharray="70 22 12 22"`,
	"rank-3":     `stroke="#8f8a90" stroke-width="8" stroke-dasharray="34 18"`,
	"course":     `fill="none" stroke="#b3341f" stroke-width="32" stroke-linecap="round" stroke-linejoin="round"`,
	"mark":       `fill="#b3341f" stroke="#fff" stroke-width="14"`,
	"label":      `text-anchor="middle" stroke="#fff" stroke-width="24" stroke-opacity="0.85" stroke-linejoin="round" paint-order="stroke"`,
	"name":       `font-size="150" font-weight="600" fill="#3c2a3a"`,
	"region":     `font-size="110" fill="#33383f"`,
	"graticule":  `fill="none" stroke="#b9c4cc" stroke-width="5"`,
	"neatline":   `fill="none" stroke="#33383f" stroke-width="10"`,
	"degree":     `text-anchor="middle" font-size="90" fill="#66727c"`,
	"note":       `font-size="130" fill="#33383f"`,
}

// class returns the attribute that dresses an element, with a leading space.
func (d *drawing) class(names string) string {
	if !d.sheet.Standalone {
		return ` class="` + names + `"`
	}
	var b strings.Builder
	for name := range strings.FieldsSeq(names) {
		if ink := inks[name]; ink != "" {
			b.WriteByte(' ')
			b.WriteString(ink)
		}
	}
	return b.String()
}
