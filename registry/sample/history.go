package sample

import (
	"fmt"
	"strconv"
	"strings"
)

// history is data/history.txt: a first list and what changed since.
type history struct {
	firstYear int
	first     []entry
	acts      []act
}

// entry is a code and the name of the unit that bears it.
type entry struct{ code, name string }

// act is one decision, with all it changed.
type act struct {
	year                          int
	date, issuer, number, wording string
	changes                       []change
}

// change says where the territory of a unit goes, wholly or in part. A change
// from nowhere begins a unit, a change to nowhere ends one.
type change struct {
	from string
	part bool
	to   []entry // name is "" for a unit that exists or keeps its name
}

func parseHistory(text string) (*history, error) {
	h := &history{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := h.read(line); err != nil {
			return nil, fmt.Errorf("history.txt line %d: %w", i+1, err)
		}
	}
	return h, nil
}

func (h *history) read(line string) error {
	head, rest, _ := strings.Cut(line, " ")
	switch {
	case head == "list":
		year, err := strconv.Atoi(rest)
		h.firstYear = year
		return err
	case head == "@":
		return h.readAct(rest)
	case len(h.acts) == 0:
		h.first = append(h.first, entry{head, rest})
		return nil
	}
	c, err := parseChange(head, rest)
	last := &h.acts[len(h.acts)-1]
	last.changes = append(last.changes, c)
	return err
}

func (h *history) readAct(rest string) error {
	f := strings.SplitN(rest, " ", 5)
	if len(f) != 5 {
		return fmt.Errorf("want @ YEAR DATE ISSUER NUMBER WORDING, got %q", rest)
	}
	year, err := strconv.Atoi(f[0])
	h.acts = append(h.acts, act{year, known(f[1]), known(f[2]), known(f[3]), f[4], nil})
	return err
}

func known(s string) string {
	if s == "-" {
		return ""
	}
	return s
}

func parseChange(head, rest string) (change, error) {
	switch head {
	case "+":
		code, name, _ := strings.Cut(rest, " ")
		return change{to: []entry{{code, name}}}, nil
	case "-":
		return change{from: rest}, nil
	}
	arrow, targets, ok := strings.Cut(rest, " ")
	if !ok || arrow != ">" && arrow != "~>" {
		return change{}, fmt.Errorf("want CODE > CODE NAME, got %q", head+" "+rest)
	}
	c := change{from: head, part: arrow == "~>"}
	for _, t := range strings.Split(targets, ", ") {
		code, name, _ := strings.Cut(t, " ")
		c.to = append(c.to, entry{code, name})
	}
	return c, nil
}
