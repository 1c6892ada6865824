// Package ical writes calendars as RFC 5545 wants them: whole days, lines of at
// most 75 octets, text escaped, times in UTC.
package ical

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Event is a thing on one day.
type Event struct {
	UID      string // stable, the same in every version
	Sequence int    // rises when the event changes
	Changed  time.Time
	Day      time.Time // its date counts
	Summary  string
	Details  string // "" for none
	URL      string // "" for none
	Urgent   bool
}

// Calendar is a list of events.
type Calendar struct {
	Product string // who makes it: -//…//ZH
	Name    string
	Refresh time.Duration // how often readers should look; 0 leaves it to them
	Events  []Event
}

// WriteTo writes the calendar, with CRLF at the end of each line.
func (c *Calendar) WriteTo(w io.Writer) (int64, error) {
	var b bytes.Buffer
	put := func(name, value string) { fold(&b, name+":"+value) }
	put("BEGIN", "VCALENDAR")
	put("VERSION", "2.0")
	put("PRODID", escape(c.Product))
	put("CALSCALE", "GREGORIAN")
	put("METHOD", "PUBLISH")
	put("X-WR-CALNAME", escape(c.Name))
	if c.Refresh > 0 {
		put("REFRESH-INTERVAL;VALUE=DURATION", "PT"+strconv.Itoa(int(c.Refresh.Minutes()))+"M")
	}
	for i := range c.Events {
		c.Events[i].put(put)
	}
	put("END", "VCALENDAR")
	return b.WriteTo(w)
}

func (e *Event) put(put func(name, value string)) {
	put("BEGIN", "VEVENT")
	put("UID", escape(e.UID))
	put("SEQUENCE", strconv.Itoa(e.Sequence))
	put("DTSTAMP", e.Changed.UTC().Format("20060102T150405Z"))
	put("LAST-MODIFIED", e.Changed.UTC().Format("20060102T150405Z"))
	put("DTSTART;VALUE=DATE", e.Day.Format("20060102"))
	put("DTEND;VALUE=DATE", e.Day.AddDate(0, 0, 1).Format("20060102"))
	put("SUMMARY", escape(e.Summary))
	if e.Details != "" {
		put("DESCRIPTION", escape(e.Details))
	}
	if e.URL != "" {
		put("URL", strings.NewReplacer("\r", "", "\n", "").Replace(e.URL))
	}
	if e.Urgent {
		put("PRIORITY", "1")
	}
	put("TRANSP", "TRANSPARENT")
	put("END", "VEVENT")
}

var escapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)

// escape writes a text value; control characters are left out.
func escape(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	return escapes.Replace(s)
}

// mostOctets is how long a line may be, without its end (RFC 5545, 3.1).
const mostOctets = 75

// fold writes a line, broken where it is too long, and never within a
// character.
func fold(b *bytes.Buffer, line string) {
	room := mostOctets
	for len(line) > room {
		cut := room
		for !utf8.RuneStart(line[cut]) {
			cut--
		}
		b.WriteString(line[:cut])
		b.WriteString("\r\n ")
		line, room = line[cut:], mostOctets-1 // the blank counts
	}
	b.WriteString(line)
	b.WriteString("\r\n")
}
