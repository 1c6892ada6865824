package intake

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"jieming/geo/format"
)

// provinces are the first two digits of the codes in force (GB/T 2260).
const provinces = " 11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 "

const adviceCode = "give the unit its code of 2, 4, 6, 9 or 12 digits (行政区划代码)"

// parseCode makes of a cell the code of 12 digits. Numbers are taken too: many
// files keep codes as such.
func parseCode(value any) (string, *format.Error) {
	text := codeText(value)
	if text == "" {
		return "", format.Fault("the unit has no code", adviceCode)
	}
	if strings.Trim(text, "0123456789") != "" || !slices.Contains([]int{2, 4, 6, 9, 12}, len(text)) {
		return "", format.Fault(fmt.Sprintf("%q is not a division code", clip(text)), adviceCode)
	}
	code := text + strings.Repeat("0", 12-len(text))
	if !strings.Contains(provinces, " "+code[:2]+" ") {
		return "", format.Fault(fmt.Sprintf("code %s begins with %s, which no province has", text, code[:2]), "correct the code")
	}
	if hollow(code) {
		return "", format.Fault(fmt.Sprintf("code %s names a unit below one that its own digits leave out", text), "correct the code")
	}
	return code, nil
}

func codeText(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return strings.TrimSpace(strings.Trim(v, "\ufeff"))
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1e15 {
			return strconv.FormatFloat(v, 'f', 0, 64)
		}
	case format.Properties: // {"adcode": 220100}, as DataV writes parents
		code, _ := v.Get("adcode")
		return codeText(code)
	}
	return fmt.Sprint(value)
}

// hollow tells whether a group of digits is zero above one that is not. A
// township may hang on a prefecture, with 00 for the county.
func hollow(code string) bool {
	prefecture, county := code[2:4] != "00", code[4:6] != "00"
	township, village := code[6:9] != "000", code[9:] != "000"
	return (county || township) && !prefecture || village && !township
}

// short is the code as people write it: six digits down to the county, nine for
// a township, twelve for a village.
func short(code string) string {
	if len(code) != 12 {
		return code
	}
	for _, n := range []int{6, 9} {
		if strings.Trim(code[n:], "0") == "" {
			return code[:n]
		}
	}
	return code
}

// stem is a code without the groups of zeros at its end: the digits with which
// the codes of everything below it begin.
func stem(code string) string {
	for _, n := range []int{2, 4, 6, 9} {
		if strings.Trim(code[n:], "0") == "" {
			return code[:n]
		}
	}
	return code
}

// over tells whether the unit of code a stands above that of code b.
func over(a, b string) bool {
	return a != b && strings.HasPrefix(b, stem(a))
}

// zoneWords stand in the names of development zones and their like, and in no
// name of a county or district.
var zoneWords = []string{"开发区", "管理区", "示范区", "合作区", "工业园", "产业园", "科技园", "高新区", "高新技术", "保税区", "管委会", "管理委员会", "试验区", "实验区"}

// statistical tells whether a code and name belong to no division but to a
// statistical area (国统字〔2009〕91号) or to a heading of the code list. The
// numbers 71 to 79 for a county are those that statistics gives to development
// zones, with the townships in them: no list of the ministry used one from 1981
// to 2024. A township's 400 to 599 are statistical too.
func statistical(code, name string) bool {
	if county := code[4:6]; county >= "71" && county <= "79" {
		return true
	}
	if serial := code[6:9]; serial != "000" {
		return serial >= "400" && serial <= "599"
	}
	switch name {
	case "市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划", "省直辖行政单位":
		return true
	}
	return code[4:6] != "00" && slices.ContainsFunc(zoneWords, func(word string) bool { return strings.Contains(name, word) })
}

const maxNameRunes = 60

// parseName cleans and judges a name.
func parseName(text string) (string, *format.Error) {
	name := strings.TrimSpace(text)
	switch {
	case name == "":
		return "", format.Fault("the unit has no name", "give it one")
	case !format.IsValidText(name) || garbled(name):
		return "", format.Fault(fmt.Sprintf("name %q is wrongly decoded text", clip(name)), format.AdviceEncoding)
	case strings.IndexFunc(name, unicode.IsControl) >= 0 || utf8.RuneCountInString(name) > maxNameRunes:
		return "", format.Fault(fmt.Sprintf("name %q is no name of a unit", clip(name)), "correct the name, or choose another column with --name-column")
	case strings.IndexFunc(name, isHan) < 0:
		return "", format.Fault(fmt.Sprintf("name %q has no Chinese character", clip(name)),
			"give the name in Chinese, choose another column with --name-column, or state the encoding with --encoding")
	}
	return name, nil
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// garbled tells whether a name is UTF-8 that was read as GBK: written as GBK
// again, its bytes are UTF-8 of nothing but Chinese characters.
func garbled(name string) bool {
	raw, err := format.GB18030.Encode(name)
	if err != nil || !utf8.Valid(raw) {
		return false
	}
	return strings.IndexFunc(string(raw), func(r rune) bool { return !isHan(r) }) < 0
}

// clip shortens foreign text for a message.
func clip(s string) string {
	const longest = 60
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "…"
}
