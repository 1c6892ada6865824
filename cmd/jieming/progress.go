package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/mattn/go-isatty"
)

// Progress is told the course of long work. It may be called concurrently.
type Progress interface {
	// Step begins the next step, and ends the one before. Total is how many
	// items the step has, 0 when that is not known.
	Step(name string, total int)
	// Advance says that n more items of the step are done.
	Advance(n int)
}

// progress shows the course of work to a person: on a terminal as one line
// that changes, elsewhere as a line for each step that ends and, while one
// lasts, a line every 2 s.
type progress struct {
	mu       sync.Mutex
	w        io.Writer
	terminal bool
	now      func() time.Time

	step        string
	done, total int
	begun       time.Time // of the step
	shown       time.Time // the last line
}

// newProgress shows progress on w.
func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	return &progress{w: w, terminal: ok && isatty.IsTerminal(f.Fd()), now: time.Now}
}

func (p *progress) Step(name string, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end()
	p.step, p.done, p.total = name, 0, total
	p.begun, p.shown = p.now(), p.now()
	if p.terminal {
		p.show()
	}
}

func (p *progress) Advance(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	pace := 2 * time.Second
	if p.terminal {
		pace = 100 * time.Millisecond
	}
	if p.step != "" && p.now().Sub(p.shown) >= pace {
		p.show()
	}
}

// Close ends the last step.
func (p *progress) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end()
}

// end writes the step's last line.
func (p *progress) end() {
	if p.step == "" {
		return
	}
	line := p.step
	if p.done > 0 {
		line += fmt.Sprintf(": %d", p.done)
	}
	line += fmt.Sprintf(" (%.1f s)", p.now().Sub(p.begun).Seconds())
	p.write(line, "\n")
	p.step = ""
}

// show writes how far the step is.
func (p *progress) show() {
	p.shown = p.now()
	line := p.step + " …"
	switch {
	case p.total > 0:
		line += fmt.Sprintf(" %d of %d, %d %%", p.done, p.total, 100*p.done/p.total)
	case p.done > 0:
		line += fmt.Sprintf(" %d", p.done)
	}
	if p.terminal {
		p.write(line, "")
		return
	}
	p.write(line, "\n")
}

// clearLine returns to the start of a terminal's line and empties it.
const clearLine = "\r\x1b[K"

func (p *progress) write(line, end string) {
	if p.terminal {
		line = clearLine + line
	}
	// A screen that is gone must not stop the work.
	_, _ = io.WriteString(p.w, line+end)
}
