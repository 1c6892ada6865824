package ical

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
	"pgregory.net/rapid"
)

var someText = rapid.OneOf(rapid.StringN(0, 200, 600), rapid.StringOf(rapid.RuneFrom([]rune("区划〔2026〕12号；,;\\\n\r :\"'é😀"))))

// What is written is read back by another library, whatever the text; lines
// keep to 75 octets and end in CRLF.
func TestWriteTo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Calendar{Product: "-//Jieming//Desk//ZH", Name: someText.Draw(t, "name"), Refresh: time.Hour}
		for range rapid.IntRange(0, 5).Draw(t, "events") {
			c.Events = append(c.Events, Event{UID: rapid.StringMatching(`[a-z0-9-]{1,90}@jieming`).Draw(t, "uid"), Sequence: rapid.IntRange(0, 1000).Draw(t, "sequence"),
				Changed: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "changed"), 0), Day: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "day"), 0).UTC(),
				Summary: someText.Draw(t, "summary"), Details: someText.Draw(t, "details")})
		}
		var out bytes.Buffer
		if _, err := c.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
		checkLines(t, out.String())
		read, err := ics.ParseCalendar(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
		events := read.Events()
		if len(events) != len(c.Events) {
			t.Fatalf("%d events are read of %d", len(events), len(c.Events))
		}
		for i, e := range events {
			want := c.Events[i]
			// The library has unescaped the value already.
			if got := e.GetProperty(ics.ComponentPropertySummary).Value; got != said(want.Summary) {
				t.Fatalf("summary %q is read as %q", want.Summary, got)
			}
			if day, err := e.GetAllDayStartAt(); err != nil || day.Format(time.DateOnly) != want.Day.Format(time.DateOnly) {
				t.Fatalf("day %s is read as %s, %v", want.Day, day, err)
			}
			if e.Id() != want.UID {
				t.Fatalf("uid %q", e.Id())
			}
		}
	})
}

// said is a text as a calendar can say it: one kind of line end, no control
// characters.
func said(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
}

func checkLines(t *rapid.T, out string) {
	if !strings.HasSuffix(out, "END:VCALENDAR\r\n") {
		t.Fatalf("ends in %q", out[max(0, len(out)-20):])
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(out, "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") || !utf8.ValidString(line) {
			t.Fatalf("a line of %d octets: %q", len(line), line)
		}
	}
}
