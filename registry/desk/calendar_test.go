package desk

import (
	"encoding/json"
	"strings"
	"testing"

	"jieming/registry"
)

func TestReadCalendar(t *testing.T) {
	days, err := ReadCalendar(strings.NewReader("\ufeffday,working,note\n2027-01-01,no,元旦\n2027-01-02,班\n"), "国办发明电〔2026〕7号")
	if err != nil || len(days) != 2 || days[0].Working || days[0].Note != "元旦" || !days[1].Working || days[1].Day != registry.Date(2027, 1, 2) {
		t.Errorf("%+v, %v", days, err)
	}
	for _, bad := range []string{"", "day,working\n", "2027-01-01,maybe\n", "2027-13-01,no\n", "2027-01-01,no\n2027-01-01,no\n", "1999-12-31,no\n",
		"2027-01-01\n", "\"2027-01-01,no\n", "2027-01-01,no," + strings.Repeat("节", 101)} {
		if days, err := ReadCalendar(strings.NewReader(bad), "x"); err == nil {
			t.Errorf("read %q: %+v", bad, days)
		}
	}
	if _, err := ReadCalendar(strings.NewReader("2027-01-01,no\n"), " "); err == nil {
		t.Error("read without a source")
	}
}

// A file is read to a limit, and never past it.
func TestReadCalendar_limits(t *testing.T) {
	endless := strings.NewReader(strings.Repeat("\"", 3*mostCalendarBytes))
	if _, err := ReadCalendar(endless, "x"); err == nil || endless.Len() < mostCalendarBytes {
		t.Errorf("%v, %d bytes were left alone", err, endless.Len())
	}
}

func FuzzReadCalendar(f *testing.F) {
	f.Add("\ufeffday,working,note\n2027-01-01,no,元旦\n")
	f.Add("日期,上班\n2027-02-06,班,春节调休\n2027-02-07,休\n")
	f.Add("\"2027-01-01\",yes,\"a\nb\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		days, err := ReadCalendar(strings.NewReader(text), "x")
		if err != nil {
			return
		}
		seen := map[registry.Day]bool{}
		for _, d := range days {
			if seen[d.Day] || d.Day.Year() < 2000 || d.Day.Year() > 2099 || checkText("note", d.Note, 0, 100) != nil {
				t.Errorf("took %+v", d)
			}
			seen[d.Day] = true
		}
		if len(days) == 0 || len(days) > mostCalendar {
			t.Errorf("%d days", len(days))
		}
	})
}

// A warning that was written before there was English is read still.
func TestWarning_ofBefore(t *testing.T) {
	var b Body
	if err := json.Unmarshal([]byte(`{"warnings": ["缺少", {"zh": "缺", "en": "lacks"}]}`), &b); err != nil || len(b.Warnings) != 2 ||
		b.Warnings[0] != (Warning{Zh: "缺少"}) || b.Warnings[1] != (Warning{"缺", "lacks"}) {
		t.Errorf("%+v, %v", b.Warnings, err)
	}
}
