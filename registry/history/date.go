package history

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"jieming/registry"
)

var datePattern = regexp.MustCompile(
	`^([0-9]{4}|[〇零○一二三四五六七八九]{4})年([0-9]{1,2}|[一二三四五六七八九十廿]{1,3})月([0-9]{1,2}|[一二三四五六七八九十廿卅]{1,4})日?$`)

// ParseDate reads a date as Chinese documents print it, in Arabic digits
// (1993年7月5日) or Chinese numerals (二〇〇六年六月五日); a lost final 日 is forgiven. It fails with
// KindInvalid on anything else, and on dates that do not exist.
func ParseDate(s string) (registry.Day, error) {
	m := datePattern.FindStringSubmatch(s)
	if m == nil {
		return 0, badDate(s)
	}
	y, okY := digitwise(m[1])
	mo, okM := numeral(m[2])
	d, okD := numeral(m[3])
	if !okY || !okM || !okD || y < 1 {
		return 0, badDate(s)
	}
	day := registry.Date(y, time.Month(mo), d)
	if t := day.Time(); t.Year() != y || int(t.Month()) != mo || t.Day() != d {
		return 0, badDate(s)
	}
	return day, nil
}

func badDate(s string) error {
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:80], "") + "…"
	}
	return registry.Invalid("date", fmt.Sprintf("%q is not a date; write it as 2020年6月5日 or 二〇二〇年六月五日", s))
}

// digitwise reads a number written digit by digit: 一九八二, 2006.
func digitwise(s string) (n int, ok bool) {
	for _, r := range s {
		d, ok := digit(r)
		if !ok {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}

// numeral reads a number below 100 with or without tens: 5, 十, 二十六, 廿六.
func numeral(s string) (int, bool) {
	s = strings.NewReplacer("廿", "二十", "卅", "三十").Replace(s)
	tens, units, found := strings.Cut(s, "十")
	if !found {
		if _, ok := digit([]rune(s)[0]); ok && len([]rune(s)) > 1 && s[0] > '9' {
			return 0, false // 二六 is no number
		}
		return digitwise(s)
	}
	t, u := 1, 0
	ok := true
	if tens != "" {
		t, ok = one(tens)
	}
	if units != "" && ok {
		u, ok = one(units)
	}
	return t*10 + u, ok
}

// one reads exactly one digit.
func one(s string) (int, bool) {
	r := []rune(s)
	if len(r) != 1 {
		return 0, false
	}
	return digit(r[0])
}

func digit(r rune) (int, bool) {
	if r >= '0' && r <= '9' {
		return int(r - '0'), true
	}
	if r == '零' || r == '○' {
		return 0, true
	}
	for i, c := range []rune("〇一二三四五六七八九") {
		if c == r {
			return i, true
		}
	}
	return 0, false
}
