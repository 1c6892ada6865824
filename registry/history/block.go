package history

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"jieming/registry"
)

// Op is what a block does with a code.
type Op string

// The operations of a change block.
const (
	Remove   Op = "remove"   // the code is in the earlier list, not in the later
	Add      Op = "add"      // the reverse
	Transfer Op = "transfer" // the code is in both, part of its area moves
)

// Change is one row of a change block. A renamed unit has a Remove and an Add
// of the same code.
type Change struct {
	Op       Op
	Code     string // 6 digits
	Name     string
	Relation Relation
}

// Block is a set of changes that came about by one act, or one remark on code
// lists, between the lists of two years.
type Block struct {
	FromYear, ToYear int
	Title            string
	Number           string // 文号
	Date             registry.Day
	Dated            bool
	Source           string // gazette or link
	Text             string
	Changes          []Change // of the province only
	At               string
}

// maxBlockBytes limits one line of a block file. The longest known block has
// 430 changes and 40 kB.
const maxBlockBytes = 1 << 20

// readBlocks reads change blocks, one JSON object per line, and keeps those
// that touch the province.
func (s *Sources) readBlocks(file string, r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxBlockBytes)
	n := 0
	for lines.Scan() {
		n++
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		b, err := parseBlock(place(file, n), lines.Bytes(), s.Province)
		if err != nil {
			return err
		}
		if len(b.Changes) > 0 {
			s.Blocks = append(s.Blocks, b)
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return &registry.Error{Kind: registry.KindTooLarge, Field: place(file, n+1),
			Message: fmt.Sprintf("a line is longer than %d bytes; write one block per line", maxBlockBytes)}
	}
	return lines.Err()
}

// parseBlock reads one block and drops the changes of other provinces.
func parseBlock(at string, line []byte, province string) (Block, error) {
	var raw struct {
		Period, Title, Date, Source, Text string
		Number                            string `json:"doc_no"`
		Changes                           []struct {
			Op                   Op
			Code, Name, Relation string
		}
	}
	if err := json.Unmarshal(line, &raw); err != nil {
		return Block{}, registry.Invalid(at, "not a change block: "+err.Error()+"; write one JSON object per line")
	}
	b := Block{Title: raw.Title, Number: raw.Number, Source: raw.Source, Text: raw.Text, At: at}
	for _, c := range raw.Changes {
		if !strings.HasPrefix(c.Code, province) {
			continue
		}
		change, err := parseChange(at, c.Op, c.Code, c.Name, c.Relation)
		if err != nil {
			return Block{}, err
		}
		b.Changes = append(b.Changes, change)
	}
	if len(b.Changes) == 0 {
		return b, nil
	}
	return b, b.setDates(raw.Period, raw.Date)
}

func (b *Block) setDates(period, date string) error {
	from, to, ok := strings.Cut(period, "-")
	var err error
	if b.FromYear, err = yearOf(b.At, from); err != nil {
		return err
	}
	if b.ToYear, err = yearOf(b.At, to); err != nil {
		return err
	}
	if !ok || b.FromYear >= b.ToYear {
		return registry.Invalid(b.At, fmt.Sprintf("the period %.20q runs backwards; write the earlier year first", period))
	}
	if date == "" {
		return nil
	}
	if b.Date, err = ParseDate(date); err != nil {
		return fmt.Errorf("%s: %w", b.At, err)
	}
	b.Dated = true
	return nil
}

func parseChange(at string, op Op, code, name, relation string) (Change, error) {
	switch op {
	case Remove, Add, Transfer:
	default:
		return Change{}, registry.Invalid(at, fmt.Sprintf("unknown operation %.20q; write remove, add or transfer", op))
	}
	if err := checkCode(at, code, 6); err != nil {
		return Change{}, err
	}
	if err := checkName(at, name); err != nil {
		return Change{}, err
	}
	rel, err := ParseRelation(relation)
	if err != nil {
		return Change{}, fmt.Errorf("%s: %s %s: %w", at, code, name, err)
	}
	wrong := (op == Remove && rel.Direction == FlowFrom) || (op == Add && rel.Direction == FlowsTo) ||
		(op == Transfer && rel.Direction == NoFlow)
	if wrong {
		return Change{}, registry.Invalid(at, fmt.Sprintf(
			"%s %s: %s cannot have the relation %q; a removed code goes >, an added one comes <, a transfer has either", code, name, op, relation))
	}
	return Change{Op: op, Code: code, Name: name, Relation: rel}, nil
}
