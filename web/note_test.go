package web

import "testing"

func TestNote(t *testing.T) {
	for _, c := range []struct{ text, zh, en string }{
		{"以批复日期为生效日期 (the date of the approval stands in)", "以批复日期为生效日期", "the date of the approval stands in"},
		{"原文如此。 日期不详 (date not known)", "原文如此。 日期不详", "原文如此。 日期不详 (date not known)"},
		{"民批（1989）10号", "民批（1989）10号", "民批（1989）10号"},
	} {
		zh, en := &catalog{Lang: "zh"}, &catalog{Lang: "en"}
		if got := zh.note(c.text); got != c.zh {
			t.Errorf("zh %q: %q", c.text, got)
		}
		if got := en.note(c.text); got != c.en {
			t.Errorf("en %q: %q", c.text, got)
		}
	}
}
