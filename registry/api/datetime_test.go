package api

import (
	"strings"
	"testing"
	"time"

	"jieming/registry"
)

func TestParseDatetime(t *testing.T) {
	today := registry.Date(2026, 7, 30)
	for _, test := range []struct{ in, want string }{
		{"2020-06-30", "2020-06-30"},
		{"0001-01-01", "0001-01-01"},
		{"9999-12-31", "9999-12-31"},
		{"2099-01-01", "2099-01-01"}, // law that is already decided
		{"2020-02-29", "2020-02-29"},
		{"2019-12-31T15:59:59Z", "2019-12-31"},
		{"2019-12-31T16:00:00Z", "2020-01-01"}, // midnight in China
		{"2020-01-01T00:00:00.5+08:00", "2020-01-01"},
		{"2020-01-01T00:00:00 08:00", "2020-01-01"}, // an unescaped plus sign
		{"2019-01-01/2020-06-30", "2020-06-30"},
		{"2020-06-30/2020-06-30", "2020-06-30"},
		{"../2020-06-30", "2020-06-30"},
		{"/2020-06-30", "2020-06-30"},
		{"2019-01-01/..", "2026-07-30"},
		{"2019-01-01/", "2026-07-30"},
		{"2030-01-01/..", "2030-01-01"},
		{"../..", "2026-07-30"},
		{"2019-01-01T00:00:00Z/2020-06-30T20:00:00Z", "2020-07-01"},
	} {
		got, err := parseDatetime(test.in, today)
		if err != nil || got.String() != test.want {
			t.Errorf("%s: %v, %v; want %s", test.in, got, err, test.want)
		}
	}
}

func TestParseDatetime_refuses(t *testing.T) {
	for _, in := range []string{
		"2020", "2020-6-30", "2020-02-30", "20200630", "0000-01-01", "10000-01-01", "-0001-01-01", "now", "2020-06-30T08:00:00",
		"2020-06-30 08:00:00", "2020-01-01/2019-01-01", "a/b", "2020-01-01/2020-02-01/2020-03-01", "9999-12-31T23:00:00Z",
		"0001-01-01T00:00:00+23:00", " 2020-06-30", strings.Repeat("2", 200), "\xff", "2020-06-30\x00",
	} {
		day, err := parseDatetime(in, registry.Date(2026, 7, 30))
		if registry.KindOf(err) != registry.KindInvalid {
			t.Errorf("%q: %v, %v; want an invalid datetime", in, day, err)
		}
	}
}

func TestParseRecordedAsOf(t *testing.T) {
	for _, test := range []struct {
		in string
		ok bool
	}{
		{"2026-06-30T12:00:00Z", true},
		{"2026-06-30T20:00:00+08:00", true},
		{"2026-06-30T20:00:00 08:00", true},
		{"2026-07-30T12:00:00Z", true},
		{"2026-07-30T12:00:01Z", false}, // a second ahead
		{"2026-06-30", false},           // of which zone?
		{"0000-01-01T00:00:00Z", false},
		{"yesterday", false},
		{strings.Repeat("2", 200), false},
	} {
		got, err := parseRecordedAsOf(test.in, now())
		if ok := err == nil; ok != test.ok {
			t.Errorf("%s: %v, %v; want ok %v", test.in, got, err, test.ok)
		}
	}
}

func FuzzParseDatetime(f *testing.F) {
	for _, s := range []string{"2020-06-30", "2020-06-30T08:00:00+08:00", "../2020-06-30", "2019-01-01/..", "/", "2020-06-30T08:00:00 08:00", "\x00/\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		day, err := parseDatetime(s, registry.Date(2026, 7, 30))
		if err != nil {
			if registry.KindOf(err) != registry.KindInvalid {
				t.Fatalf("%q: %v is not an error of the input", s, err)
			}
			return
		}
		again, err := parseDatetime(day.String(), 0)
		if err != nil || again != day {
			t.Fatalf("%q gives %v, which reads as %v, %v", s, day, again, err)
		}
		if _, err := parseRecordedAsOf(s, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil && registry.KindOf(err) != registry.KindInvalid {
			t.Fatalf("%q: %v", s, err)
		}
	})
}
