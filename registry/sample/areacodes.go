package sample

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// codesByYear writes the list of every 31 December. It is stored, not
// compressed, so that its bytes don't depend on the version of the compressor.
func (l *ledger) codesByYear(h *history) ([]byte, error) {
	rows := [][]string{{"year", "code", "name"}}
	for year := h.firstYear; year <= lastYear; year++ {
		list := l.lists[year]
		for _, code := range slices.Sorted(maps.Keys(list)) {
			rows = append(rows, []string{strconv.Itoa(year), code, list[code]})
		}
	}
	table, err := encodeCSV(rows)
	if err != nil {
		return nil, err
	}
	return storeGzip(table)
}

func storeGzip(content []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.NoCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(content); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func encodeCSV(rows [][]string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(rows); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// lineage writes the records, one a line.
func (l *ledger) lineage() ([]byte, error) {
	rows := [][]string{{"code", "province", "prefecture", "name", "level", "status", "start_year", "end_year", "successor_codes"}}
	for _, r := range l.sorted() {
		end := ""
		if r.end != 0 {
			end = strconv.Itoa(r.end)
		}
		rows = append(rows, []string{
			r.code, "吉林省", r.prefecture, r.name, levelName(r.code), l.status(r),
			strconv.Itoa(r.start), end, strings.Join(r.successors, ";"),
		})
	}
	return encodeCSV(rows)
}

func levelName(code string) string {
	switch {
	case strings.HasSuffix(code, "0000"):
		return "省级"
	case strings.HasSuffix(code, "00"):
		return "地级"
	}
	return "县级"
}

// block is one act in the list of events.
type block struct {
	Period  string      `json:"period"`
	Title   string      `json:"title"`
	Number  string      `json:"doc_no"`
	Date    string      `json:"date"`
	Source  string      `json:"source"`
	Text    string      `json:"text"`
	Changes []operation `json:"changes"`
}

// operation is one line of an act. Its relation names the other side: > for
// where territory goes, < for where it comes from; "." is the same code, "_"
// the same name, ".." the superior.
type operation struct {
	Op       string `json:"op"`
	Code     string `json:"code"`
	Name     string `json:"name"`
	Relation string `json:"relation"`
}

// events writes the acts, one JSON object a line.
func (h *history) events() ([]byte, error) {
	now := state{}
	for _, e := range h.first {
		now[e.code] = e.name
	}
	var b bytes.Buffer
	for _, a := range h.acts {
		before := maps.Clone(now)
		if err := a.apply(now, map[string][]string{}); err != nil {
			return nil, err
		}
		if err := writeLine(&b, a.block(before, now)); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

func writeLine(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func (a act) block(before, after state) block {
	return block{
		Period: fmt.Sprintf("%d-%d", a.year-1, a.year), Title: a.title(), Number: a.number, Date: chineseDate(a.date),
		Source: "界名示意样本自编摘要，非原文", Text: a.wording + "。", Changes: a.operations(before, after),
	}
}

func (a act) title() string {
	if a.issuer == "" || strings.HasPrefix(a.issuer, "《") {
		return a.issuer
	}
	return a.issuer + "关于" + a.wording + "的批复（摘要）"
}

func chineseDate(iso string) string {
	t, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return ""
	}
	return t.Format("2006年1月2日")
}

// operations lists the units that end, then those that begin, then the parts
// that move between units which do neither.
func (a act) operations(before, after state) []operation {
	var ends, begins, moves []operation
	begun := map[string]bool{}
	for _, c := range a.changes {
		switch {
		case c.part:
			moves = append(moves, a.transfer(c, before, after)...)
		case c.from != "":
			ends = append(ends, operation{"remove", c.from, before[c.from], arrow(">", a.tokens(c, before, after))})
		}
		for _, t := range c.to {
			if a.begins(t.code, before) && !begun[t.code] {
				begun[t.code] = true
				begins = append(begins, operation{"add", t.code, after[t.code], arrow("<", a.sources(t.code, before, after))})
			}
		}
	}
	renamed := a.underNewName(before, after)
	return slices.Concat(ends, begins, moves, renamed)
}

func arrow(sign string, tokens []string) string {
	if len(tokens) == 0 {
		return ""
	}
	return sign + strings.Join(tokens, ",")
}

// begins tells whether the act makes the unit: it did not exist, or ends under
// its code and goes on under another name.
func (a act) begins(code string, before state) bool {
	return before[code] == "" || a.ends(code)
}

func (a act) transfer(c change, before, after state) []operation {
	if a.begins(c.to[0].code, before) {
		return nil // told by the unit that begins
	}
	return []operation{{"transfer", c.from, before[c.from], arrow(">", a.tokens(c, before, after))}}
}

func (a act) tokens(c change, before, after state) []string {
	var tokens []string
	for _, t := range c.to {
		if !isPrefecture(t.code) || !isPrefecture(c.from) {
			tokens = append(tokens, token(t.code, after[t.code], c.from, before[c.from]))
		}
	}
	return tokens
}

func (a act) sources(code string, before, after state) []string {
	var tokens []string
	for _, c := range a.changes {
		if c.from == "" || isPrefecture(code) || !slices.ContainsFunc(c.to, func(t entry) bool { return t.code == code }) {
			continue
		}
		tokens = append(tokens, token(c.from, before[c.from], code, after[code]))
	}
	return tokens
}

// token names one unit as seen from another.
func token(code, name, otherCode, otherName string) string {
	switch {
	case isPrefecture(code) && code[:4] == otherCode[:4]:
		return ".."
	case code == otherCode:
		return "."
	case name == otherName:
		return "_"
	}
	return name
}

func isPrefecture(code string) bool { return strings.HasSuffix(code, "00") }

// underNewName lists the units whose prefecture changes its name, which the
// yearly lists show as leaving the one and joining the other.
func (a act) underNewName(before, after state) []operation {
	var out, in []operation
	for _, code := range slices.Sorted(maps.Keys(before)) {
		if isPrefecture(code) || after[code] == "" || a.ends(code) || before.prefecture(code) == after.prefecture(code) {
			continue
		}
		out = append(out, operation{"remove", code, before[code], ">."})
		in = append(in, operation{"add", code, after[code], "<."})
	}
	return slices.Concat(out, in)
}
