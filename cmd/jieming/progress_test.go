package main

import (
	"strings"
	"testing"
	"time"
)

// clock is a time that moves when told.
type clock struct{ t time.Time }

func (c *clock) now() time.Time       { return c.t }
func (c *clock) pass(d time.Duration) { c.t = c.t.Add(d) }

func work(p *progress, c *clock) {
	p.Step("loading", 40)
	for range 40 {
		c.pass(100 * time.Millisecond)
		p.Advance(1)
	}
	p.Step("indexing", 0)
	c.pass(time.Second)
	p.Close()
	p.Close()
}

func TestProgress_writes_few_lines_into_a_file(t *testing.T) {
	var out strings.Builder
	c := &clock{}
	work(&progress{w: &out, now: c.now}, c)
	const want = "loading … 20 of 40, 50 %\nloading … 40 of 40, 100 %\nloading: 40 (4.0 s)\nindexing (1.0 s)\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestProgress_keeps_one_line_a_step_on_a_terminal(t *testing.T) {
	var out strings.Builder
	c := &clock{}
	work(&progress{w: &out, now: c.now, terminal: true}, c)
	if n := strings.Count(out.String(), "\n"); n != 2 {
		t.Errorf("%d lines, want one for each step", n)
	}
	for line := range strings.SplitSeq(strings.TrimSpace(out.String()), clearLine) {
		if strings.Contains(strings.TrimSuffix(line, "\n"), "\n") {
			t.Errorf("%q is not cleared", line)
		}
	}
}
