package sheet

import "strings"

// inks are the presentation attributes of a class on a sheet that stands
// alone: a sheet of paper, whatever the reader's theme. On a page the same
// classes are dressed by its style sheet. Lengths are SVG units.
var inks = map[string]string{
	"sheet":        `font-family="'Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif"`,
	"tint-0":       `fill="#f4ead0"`,
	"tint-1":       `fill="#dfe9d6"`,
	"tint-2":       `fill="#ecdde0"`,
	"tint-3":       `fill="#d9e6ec"`,
	"tint-4":       `fill="#e6dfee"`,
	"plain":        `fill="#f1f1ed"`,
	"chosen":       `fill="#e9b8a8"`,
	"unknown":      `fill="url(#hatch)"`,
	"hatch-line":   `fill="none" stroke="#8a7f6d" stroke-width="12" stroke-opacity="0.55"`,
	"band-0":       `stroke="#e0dce2" stroke-width="150" stroke-linejoin="round"`,
	"band-1":       `stroke="#d3c8d3" stroke-width="100" stroke-linejoin="round"`,
	"band-2":       `stroke="#c1aec1" stroke-width="50" stroke-linejoin="round"`,
	"border":       `fill="none"`,
	"rank-0":       `stroke="#4a2547" stroke-width="22" stroke-dasharray="110 30 22 30"`,
	"rank-1":       `stroke="#5d3259" stroke-width="17" stroke-dasharray="100 26 17 26 17 26"`,
	"rank-2":       `stroke="#6f5b6d" stroke-width="12" stroke-dasharray="70 22 12 22"`,
	"rank-3":       `stroke="#8f8a90" stroke-width="8" stroke-dasharray="34 18"`,
	"course":       `fill="none" stroke="#b3341f" stroke-width="32" stroke-linecap="round" stroke-linejoin="round"`,
	"mark":         `fill="#b3341f" stroke="#fff" stroke-width="14"`,
	"label":        `text-anchor="middle" stroke="#fff" stroke-width="24" stroke-opacity="0.85" stroke-linejoin="round" paint-order="stroke"`,
	"name":         `font-size="150" font-weight="600" letter-spacing="9" fill="#3c2a3a" ` + serif,
	"region":       `font-size="110" fill="#33383f"`,
	"neighbour":    `font-size="140" letter-spacing="50" fill="#7d8790" ` + serif,
	"graticule":    `fill="none" stroke="#b9c4cc" stroke-width="5"`,
	"neatline":     `fill="none" stroke="#33383f" stroke-width="10"`,
	"degree":       `text-anchor="middle" font-size="90" fill="#66727c"`,
	"note":         `font-size="120" fill="#33383f"`,
	"void":         `fill="#eef1f0"`,
	"title":        `font-size="310" font-weight="600" letter-spacing="12" fill="#1c232b" ` + serif,
	"subtitle":     `font-size="190" text-anchor="end" fill="#4d5762" ` + serif,
	"bar-text-end": `font-size="100" text-anchor="end" fill="#33383f"`,
	"scale":        `font-size="130" text-anchor="end" fill="#33383f"`,
	"heading":      `font-size="130" font-weight="600" fill="#1c232b"`,
	"caption":      `font-size="190" font-weight="600" fill="#1c232b" ` + serif,
	"stamp":        `fill="none" stroke="#a8321f" stroke-width="18"`,
	"stamped":      `font-size="190" font-weight="600" text-anchor="middle" fill="#a8321f" ` + serif,
	"key-box":      `fill="none" stroke="#8f8a90" stroke-width="5"`,
	"bar-dark":     `fill="#33383f" stroke="#33383f" stroke-width="5"`,
	"bar-light":    `fill="#fff" stroke="#33383f" stroke-width="5"`,
	"bar-text":     `font-size="100" text-anchor="middle" fill="#33383f"`,
}

// serif names the fonts of titles.
const serif = `font-family="'Songti SC','Noto Serif CJK SC','Source Han Serif SC',STSong,SimSun,serif"`

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
