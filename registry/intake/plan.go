package intake

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"jieming/geo/coverage"
	"jieming/geo/format"
	"jieming/registry"
)

// progress is told how far a preparation is: step is a short phrase in English.
type progress func(step string, done, total int)

// Plan is the whole effect of an import, before anything is written.
type Plan struct {
	Files     []File
	Effects   []Effect         // by code
	Faults    []coverage.Fault // of the areas, by kind
	Refusals  []string         // why the import may not run as asked
	DataDate  *registry.Day    // nil if nobody told
	ValidFrom *registry.Day
	Digest    [32]byte
	LoadedAs  registry.Seq // the log entry that loaded the very same before, or 0; then there are no effects

	options  Options
	read     *reading
	state    *state
	above    map[*unit]above
	coverage *coverage.Coverage // the first one; nil if none is to be made
}

// Prepare reads the sources, compares them with the registry, and says what an
// import would do. It writes nothing. tell, which may be nil, is called from
// this goroutine as steps begin.
//
// Bad input ends it: a *format.Error, or *Faults with up to a hundred of them,
// each with its place and what to do; *registry.Error for dates that cannot be.
// What a person may still decide is in Plan.Refusals.
//
// Cost: the counties of Jilin against the loaded Jilin take about a second, half
// of it in the search for the GCJ-02 shift. The files are held in memory.
func Prepare(ctx context.Context, r Registry, sources []Source, o Options, tell func(step string, done, total int)) (*Plan, error) {
	if tell == nil {
		tell = func(string, int, int) {}
	}
	if len(sources) == 0 {
		return nil, registry.Invalid("files", "there is no file to import")
	}
	read, err := readAll(ctx, sources, o, tell)
	if err != nil {
		return nil, err
	}
	p := &Plan{options: o, read: read, above: map[*unit]above{}}
	if err := p.setDates(); err != nil {
		return nil, err
	}
	p.Files = read.files // shared: what is decided on the way is seen in both
	p.Digest = p.digest()
	if p.LoadedAs, err = r.LoadedAs(ctx, p.Digest); err != nil || p.LoadedAs != 0 {
		return p, err
	}
	return p, p.prepare(ctx, r, tell)
}

func (p *Plan) prepare(ctx context.Context, r Registry, tell progress) error {
	tell("read the registry", 0, 0)
	finest, areal := p.read.levels()
	from := p.options.Today
	if p.ValidFrom != nil {
		from = *p.ValidFrom
	}
	var err error
	if p.state, err = readState(ctx, r, finest, areal, p.options.Today, from); err != nil {
		return err
	}
	if p.options.SkipStatistical {
		p.read.drop(p.statistical)
	}
	if err := p.state.readIssued(ctx, r, p.unknown()); err != nil {
		return err
	}
	tell("find the coordinate system", 0, 0)
	if err := p.read.locate(p.state.reference()); err != nil {
		return err
	}
	tell("compare", 0, 0)
	if err := p.judge(); err != nil {
		return err
	}
	moves, err := p.areas(ctx)
	if err != nil {
		return err
	}
	for _, u := range p.read.units {
		p.Effects = append(p.Effects, p.effect(u, moves[short(u.code)]))
	}
	p.refuse()
	return nil
}

// setDates settles the day of the data and the first day, and refuses what
// cannot be.
func (p *Plan) setDates() error {
	o := p.options
	p.DataDate = o.DataDate
	if p.DataDate == nil && len(p.read.dated) > 1 {
		return registry.Invalid("data-date", "the files show more than one day ("+p.datedList()+"): import each day by itself, or say which with --data-date")
	}
	for day := range p.read.dated {
		if p.DataDate == nil {
			p.DataDate = &day
		}
	}
	p.ValidFrom = o.ValidFrom
	if p.ValidFrom == nil {
		p.ValidFrom = p.DataDate
	}
	switch {
	case p.DataDate != nil && *p.DataDate > o.Today:
		return registry.Invalid("data-date", fmt.Sprintf("the day of the data, %s, lies in the future", p.DataDate))
	case p.ValidFrom != nil && *p.ValidFrom > o.Today:
		return registry.Invalid("valid-from", fmt.Sprintf("the first day, %s, lies in the future", p.ValidFrom))
	case p.DataDate != nil && *p.ValidFrom > *p.DataDate:
		return registry.Invalid("valid-from", fmt.Sprintf("the dates are reversed: the data shows %s, before the first day %s from which its units are to be valid", p.DataDate, p.ValidFrom))
	}
	return nil
}

func (p *Plan) datedList() string {
	var texts []string
	for day, place := range p.read.dated {
		texts = append(texts, fmt.Sprintf("%s in %s", day, place))
	}
	slices.Sort(texts)
	return strings.Join(texts[:min(len(texts), 3)], ", ")
}

// unknown returns the codes that nobody bears today.
func (p *Plan) unknown() (codes []string) {
	for _, u := range p.read.units {
		if p.state.today[u.code] == nil {
			codes = append(codes, u.code)
		}
	}
	return codes
}

// judge finds the superiors of what is new, and the faults of codes.
func (p *Plan) judge() error {
	for _, u := range p.read.units {
		var fault *format.Error
		if p.state.today[u.code] == nil {
			fault = p.judgeNew(u)
		} else if u.area != nil && !p.state.covered() && p.find(u.code).stored == nil {
			fault = p.read.blame(u, fmt.Sprintf("it is to hold territory from %s on, when the registry does not have it", p.state.from),
				"choose a later first day with --valid-from")
		}
		if fault != nil && !p.read.faults.add(fault) {
			break
		}
	}
	return p.read.faults.err()
}

// statistical tells whether a new unit is no division. What the registry has
// under its code is compared, whatever the code looks like.
func (p *Plan) statistical(u *unit) bool {
	return p.state.today[u.code] == nil && statistical(u.code, u.name)
}

func (p *Plan) judgeNew(u *unit) *format.Error {
	if p.statistical(u) {
		return p.read.blame(u, fmt.Sprintf("%s is a statistical area or a heading of the code list, not a division", u.name),
			"take it out of the file, or leave all such out with --skip-statistical")
	}
	if old, ok := p.state.issued[u.code]; ok {
		return p.read.blame(u, fmt.Sprintf("code %s was that of %s (%s), and codes are never used again (废码不用)", short(u.code), old.Bearer.Name, old.Valid),
			"correct the code; where a unit got another code, that is a recode, not a first load")
	}
	a, fault := p.superiorOf(u)
	p.above[u] = a
	return fault
}

// areas compares the areas with the stored coverage, or builds the first one.
func (p *Plan) areas(ctx context.Context) (map[string][]coverage.Move, error) {
	if p.state.covered() {
		return p.compareAreas(ctx)
	}
	return nil, p.buildFirst(ctx)
}
