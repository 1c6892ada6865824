package roman

import (
	"strings"
	"unicode"
)

// Display spells a full name for a label, the specific and the generic element
// apart: 公主岭市 gives "Gongzhuling Shi", 集安市 "Ji'an Shi", 延边朝鲜族自治州
// "Yanbian Chaoxianzu Zizhizhou". It gives "" where a reading is not certain,
// or a character cannot be read. It is safe for concurrent use and takes a few
// microseconds.
//
// Names of Mongolian, Tibetan or Uyghur origin are spelled from their
// characters here; their official transliteration, where it differs, is to be
// looked up.
func Display(name string) string { return DisplayParts(Split(name)) }

// DisplayParts is Display of a name whose elements are known.
func DisplayParts(specific, generic string) string {
	if generic == "区" && strings.Contains("城郊矿", specific) { // what it is, not what it is called
		specific, generic = specific+generic, ""
	}
	var b strings.Builder
	rest := append([]rune(specific), []rune(generic)...)
	syllables, settled := readings(rest)
	for i := range rest {
		if !settled[i] {
			return ""
		}
	}
	n := len([]rune(specific))
	writeElement(&b, syllables[:n])
	for _, segment := range segments([]rune(generic)) {
		writeElement(&b, syllables[n:n+segment])
		n += segment
	}
	return b.String()
}

// writeElement joins the syllables of an element behind a space.
func writeElement(b *strings.Builder, syllables [][]string) {
	if len(syllables) == 0 {
		return
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	for i, readings := range syllables {
		s := strings.ReplaceAll(readings[0], "v", "ü")
		switch {
		case i == 0:
			r := []rune(s)
			b.WriteRune(unicode.ToUpper(r[0]))
			s = string(r[1:])
		case strings.ContainsAny(s[:1], "aoe"):
			b.WriteByte('\'')
		}
		b.WriteString(s)
	}
}

// Split parts a full name of a unit into its specific and its generic element.
// The nationalities of an autonomous unit belong to the generic: 前郭尔罗斯 and
// 蒙古族自治县. generic is "" for a name that ends in none.
func Split(name string) (specific, generic string) {
	for _, tail := range Tails() {
		head, ok := strings.CutSuffix(name, tail)
		if !ok || head == "" {
			continue
		}
		specific = head
		if tail == "乡" || strings.HasPrefix(tail, "自治") {
			specific = withoutNationalities(head)
		}
		return specific, name[len(specific):]
	}
	return name, ""
}

func withoutNationalities(head string) string {
	for {
		shorter, ok := cutNationality(head)
		if !ok || shorter == "" {
			return head
		}
		head = shorter
	}
}

func cutNationality(head string) (string, bool) {
	for _, n := range nationalities() {
		if shorter, ok := strings.CutSuffix(head, n); ok {
			return shorter, true
		}
	}
	return head, false
}

// segments are the lengths of the parts of a generic element that are written
// apart: the nationalities, and what follows them.
func segments(generic []rune) (lengths []int) {
	from := 0
	for i, r := range generic {
		if r == '族' && i+1 < len(generic) {
			lengths = append(lengths, i+1-from)
			from = i + 1
		}
	}
	return append(lengths, len(generic)-from)
}

// Tails are the generic elements that names of units end in, longer ones before
// those that they end in themselves.
func Tails() []string {
	return []string{"社区居民委员会", "社区居委会", "居民委员会", "村民委员会", "居委会", "村委会", "特别行政区", "街道办事处", "办事处", "生活区",
		"自治区", "自治州", "自治县", "自治旗", "民族乡", "民族苏木", "地区", "林区", "矿区", "特区", "新区", "街道", "社区", "苏木", "嘎查",
		"省", "市", "盟", "州", "县", "区", "旗", "镇", "乡", "村", "屯"}
}

// nationalities as they stand in the names of autonomous units. The list is
// that of the 55 minority nationalities recognised by the State.
func nationalities() []string {
	return []string{"蒙古族", "回族", "藏族", "维吾尔族", "苗族", "彝族", "壮族", "布依族", "朝鲜族", "满族", "侗族", "瑶族", "白族", "土家族", "哈尼族",
		"哈萨克族", "傣族", "黎族", "傈僳族", "佤族", "畲族", "高山族", "拉祜族", "水族", "东乡族", "纳西族", "景颇族", "柯尔克孜族", "土族", "达斡尔族",
		"仫佬族", "羌族", "布朗族", "撒拉族", "毛南族", "仡佬族", "锡伯族", "阿昌族", "普米族", "塔吉克族", "怒族", "乌孜别克族", "俄罗斯族", "鄂温克族",
		"德昂族", "保安族", "裕固族", "京族", "塔塔尔族", "独龙族", "鄂伦春族", "赫哲族", "门巴族", "珞巴族", "基诺族", "哈萨克", "蒙古", "各族"}
}
