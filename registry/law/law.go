package law

import (
	"embed"
	"encoding/csv"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"

	"jieming/registry"
)

// Status says how well a rule is known (design, invariant 6).
type Status string

// The statuses of a rule.
const (
	Read       Status = "READ"       // read in the text of the instrument
	Secondary  Status = "SECONDARY"  // read in an announcement, summary or textbook
	Unverified Status = "UNVERIFIED" // general knowledge
	ByOffice   Status = "DEPARTMENT" // decided by the department, or proposed to it by us
)

// Binding reports whether a rule of this status may stop somebody; others warn.
func (s Status) Binding() bool { return s == Read || s == ByOffice }

// Citation says where a rule comes from.
type Citation struct {
	Source  Source
	Article string // number of the article; "" for the whole
	Status  Status
}

// InChinese writes the citation as documents do: 《行政区划管理条例》第十三条; ""
// where the rule is the department's own.
func (c Citation) InChinese() string {
	if c.Source.Number == "" {
		return ""
	}
	if c.Article == "" {
		return "《" + c.Source.Zh + "》"
	}
	n, err := strconv.Atoi(c.Article)
	if err != nil || n < 1 || n > 999 {
		return "《" + c.Source.Zh + "》第" + c.Article + "条"
	}
	return "《" + c.Source.Zh + "》第" + chinese(n) + "条"
}

// chinese writes a number from 1 to 999 in characters: 十三, 一百零一.
func chinese(n int) string {
	digits := []string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	var b strings.Builder
	if n >= 100 {
		b.WriteString(digits[n/100] + "百")
		if n%100 > 0 && n%100 < 10 {
			b.WriteString("零")
		}
	}
	if tens := n / 10 % 10; tens > 0 {
		if tens > 1 || n >= 100 {
			b.WriteString(digits[tens])
		}
		b.WriteString("十")
	}
	if n%10 > 0 {
		b.WriteString(digits[n%10])
	}
	return b.String()
}

// Source is an instrument that rules come from.
type Source struct {
	ID      string
	Zh, En  string
	Number  string // 文号; "" if not known
	InForce string // day from which it is in force, 2006-01-02; "" if not known
}

// Kind is a kind of case.
type Kind struct {
	ID     string
	Zh, En string
	Series string // what the numbers of its cases begin with
	First  string // the state in which it begins
	Valid  registry.Period

	// Approver is PROVINCE where the provincial government decides, or passes on what
	// the State Council decides (DR 7–9, BR 2); "" where the law names others.
	Approver string
	Citation
}

// Phase says whether there is work left in a state.
type Phase string

// The phases of a case.
const (
	Open    Phase = "OPEN"
	Done    Phase = "DONE"
	Stopped Phase = "STOPPED"
)

// State is a state of a kind of case.
type State struct {
	Kind, ID string
	Zh, En   string
	Phase    Phase
}

// Step takes a case from one of its states to the next.
type Step struct {
	Kind, Act string
	From      []string
	To        string
	Zh, En    string
	Right     string   // the action one needs the right to, such as case.edit
	Asks      []string // what whoever takes it must give: reason, date, instrument
	Guards    []string // conditions by name; see desk.Guards
	Needs     []Need   // papers that must be there
	Citation
}

// Need is a paper that a step wants.
type Need struct {
	Paper *Paper
	Citation
}

// Paper is a kind of paper.
type Paper struct {
	ID       string
	Zh, En   string
	Issued   bool     // we make it, from Template; else it comes in
	Template string   // name of the template; "" for none
	Kinds    []string // kinds of case in which it is offered; "*" is all
}

// Offered reports whether a paper belongs in cases of a kind.
func (p *Paper) Offered(kind string) bool {
	return slices.Contains(p.Kinds, "*") || slices.Contains(p.Kinds, kind)
}

// Basis is what a kind of paper is issued under in a kind of case, where no step
// needs the paper.
type Basis struct {
	Kind, Paper string
	Citation
}

// Department is whom an opinion can be asked of.
type Department struct {
	ID     string
	Zh, En string
	Citation
}

// Book is all the tables. It is safe for concurrent use.
type Book struct {
	Sources     []Source
	Kinds       []Kind
	States      []State
	Steps       []Step
	Papers      []Paper
	Bases       []Basis
	Clocks      []Clock
	Departments []Department
	Checks      []Check
}

//go:embed *.csv
var files embed.FS

// Shipped returns the tables of this program. They are read once.
var Shipped = sync.OnceValue(func() *Book {
	b, err := ReadBook(files)
	if err != nil {
		panic(err) // an embedded table is broken: every test finds it
	}
	return b
})

// Kind returns a kind of case, nil for an unknown one.
func (b *Book) Kind(id string) *Kind { return find(b.Kinds, func(k *Kind) bool { return k.ID == id }) }

// State returns a state of a kind of case, nil for an unknown one.
func (b *Book) State(kind, id string) *State {
	return find(b.States, func(s *State) bool { return s.Kind == kind && s.ID == id })
}

// Step returns a step of a kind of case, nil for an unknown one.
func (b *Book) Step(kind, act string) *Step {
	return find(b.Steps, func(s *Step) bool { return s.Kind == kind && s.Act == act })
}

// StepsFrom returns the steps that lead on from a state, in order of the table.
func (b *Book) StepsFrom(kind, state string) []*Step {
	var out []*Step
	for i := range b.Steps {
		if s := &b.Steps[i]; s.Kind == kind && slices.Contains(s.From, state) {
			out = append(out, s)
		}
	}
	return out
}

// StatesOf returns the states of a kind of case, in order of the table.
func (b *Book) StatesOf(kind string) []State {
	var out []State
	for _, s := range b.States {
		if s.Kind == kind {
			out = append(out, s)
		}
	}
	return out
}

// Paper returns a kind of paper, nil for an unknown one.
func (b *Book) Paper(id string) *Paper {
	return find(b.Papers, func(p *Paper) bool { return p.ID == id })
}

// Basis returns the article under which a kind of paper is issued in a kind of
// case: that of a step that needs it, or of bases.csv. It is nil where no article
// was read, because a document names the right one or none.
func (b *Book) Basis(kind, paper string) *Citation {
	for i := range b.Steps {
		if b.Steps[i].Kind != kind {
			continue
		}
		for k := range b.Steps[i].Needs {
			if n := &b.Steps[i].Needs[k]; n.Paper.ID == paper && n.Status == Read && n.Article != "" {
				return &n.Citation
			}
		}
	}
	if found := find(b.Bases, func(x *Basis) bool { return x.Kind == kind && x.Paper == paper }); found != nil {
		return &found.Citation
	}
	return nil
}

// PapersOf returns the papers that belong in cases of a kind.
func (b *Book) PapersOf(kind string) []*Paper {
	var out []*Paper
	for i := range b.Papers {
		if b.Papers[i].Offered(kind) {
			out = append(out, &b.Papers[i])
		}
	}
	return out
}

// Department returns whom an opinion can be asked of, nil if unknown.
func (b *Book) Department(id string) *Department {
	return find(b.Departments, func(d *Department) bool { return d.ID == id })
}

func find[T any](list []T, is func(*T) bool) *T {
	for i := range list {
		if is(&list[i]) {
			return &list[i]
		}
	}
	return nil
}

// ReadBook reads the tables from a folder. A row that names something no other
// table has is an error that names the file and the line.
func ReadBook(dir fs.FS) (*Book, error) {
	r := &reader{dir: dir, book: &Book{}}
	r.table("sources.csv", func(f row) {
		r.book.Sources = append(r.book.Sources, Source{ID: f("source"), Zh: f("zh"), En: f("en"), Number: f("number"), InForce: f("in_force")})
	})
	r.table("kinds.csv", func(f row) {
		r.book.Kinds = append(r.book.Kinds, Kind{ID: f("kind"), Zh: f("zh"), En: f("en"), Series: f("series"), First: f("first"),
			Valid: r.period(f), Approver: f("approver"), Citation: r.citation(f)})
	})
	r.table("states.csv", func(f row) {
		r.known("kind", r.book.Kind(f("kind")) != nil)
		r.book.States = append(r.book.States, State{Kind: f("kind"), ID: f("state"), Zh: f("zh"), En: f("en"), Phase: Phase(f("phase"))})
	})
	r.table("papers.csv", func(f row) {
		r.book.Papers = append(r.book.Papers, Paper{ID: f("paper"), Zh: f("zh"), En: f("en"), Issued: f("origin") == "OUT",
			Template: f("template"), Kinds: list(f("kinds"))})
	})
	r.table("steps.csv", r.step)
	r.table("needs.csv", r.need)
	r.table("bases.csv", r.basis)
	r.table("clocks.csv", r.clock)
	r.table("departments.csv", func(f row) {
		r.book.Departments = append(r.book.Departments, Department{ID: f("department"), Zh: f("zh"), En: f("en"), Citation: r.citation(f)})
	})
	r.table("checks.csv", r.check)
	for _, k := range r.book.Kinds {
		if r.err == nil && r.book.State(k.ID, k.First) == nil {
			r.err = fmt.Errorf("kinds.csv: %s begins in unknown state %q", k.ID, k.First)
		}
	}
	return r.book, r.err
}

func (r *reader) step(f row) {
	s := Step{Kind: f("kind"), Act: f("act"), From: list(f("from")), To: f("to"), Zh: f("zh"), En: f("en"), Right: f("right"),
		Asks: list(f("asks")), Guards: list(f("guards")), Citation: r.citation(f)}
	for _, state := range append([]string{s.To}, s.From...) {
		r.known("state "+state, r.book.State(s.Kind, state) != nil)
	}
	r.known("act "+s.Act+": twice", r.book.Step(s.Kind, s.Act) == nil)
	r.book.Steps = append(r.book.Steps, s)
}

func (r *reader) need(f row) {
	step, paper := r.book.Step(f("kind"), f("act")), r.book.Paper(f("paper"))
	r.known("act", step != nil)
	r.known("paper", paper != nil)
	if step != nil && paper != nil {
		step.Needs = append(step.Needs, Need{Paper: paper, Citation: r.citation(f)})
	}
}

func (r *reader) basis(f row) {
	paper := r.book.Paper(f("paper"))
	r.known("kind "+f("kind"), r.book.Kind(f("kind")) != nil)
	r.known("paper "+f("paper"), paper != nil && paper.Issued && paper.Offered(f("kind")))
	r.known("paper "+f("paper")+": it has a basis", r.book.Basis(f("kind"), f("paper")) == nil)
	r.book.Bases = append(r.book.Bases, Basis{Kind: f("kind"), Paper: f("paper"), Citation: r.citation(f)})
}

// row gives the cells of a line by the names of its columns.
type row func(column string) string

// reader reads tables until the first error, which it keeps.
type reader struct {
	dir  fs.FS
	book *Book
	file string
	line int
	err  error
}

func (r *reader) table(file string, each func(row)) {
	if r.err != nil {
		return
	}
	r.file, r.line = file, 1
	f, err := r.dir.Open(file)
	if err != nil {
		r.err = fmt.Errorf("read rules: %w", err)
		return
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil || len(lines) == 0 {
		r.err = fmt.Errorf("read rules: %s: no table (%w)", file, err)
		return
	}
	for i, cells := range lines[1:] {
		r.line = i + 2
		each(func(column string) string {
			at := slices.Index(lines[0], column)
			r.known("column "+column, at >= 0)
			if at < 0 {
				return ""
			}
			return cells[at]
		})
	}
}

func (r *reader) known(what string, ok bool) {
	if !ok && r.err == nil {
		r.err = fmt.Errorf("%s:%d: unknown %s", r.file, r.line, what)
	}
}

func (r *reader) citation(f row) Citation {
	source := find(r.book.Sources, func(s *Source) bool { return s.ID == f("source") })
	r.known("source "+f("source"), source != nil)
	if source == nil {
		source = &Source{}
	}
	status := Status(f("status"))
	r.known("status "+f("status"), slices.Contains([]Status{Read, Secondary, Unverified, ByOffice}, status))
	return Citation{Source: *source, Article: f("article"), Status: status}
}

func (r *reader) period(f row) registry.Period {
	p := registry.Period{From: registry.NoStart, To: registry.NoEnd}
	for column, day := range map[string]*registry.Day{"valid_from": &p.From, "valid_to": &p.To} {
		if f(column) == "" {
			continue
		}
		d, err := registry.ParseDay(f(column))
		r.known(column+" "+f(column), err == nil)
		*day = d
	}
	return p
}

func list(cell string) []string {
	if cell == "" {
		return nil
	}
	return strings.Split(cell, "|")
}
