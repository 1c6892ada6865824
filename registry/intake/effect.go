package intake

import (
	"fmt"
	"strings"

	"jieming/geo/coverage"
	"jieming/registry"
)

// Action is what an import does with a unit, or does not do.
type Action string

// The actions.
const (
	New                   Action = "new"                      // the code is unknown: the unit is added
	AreaNew               Action = "area new"                 // known without area: it gets its first
	Same                  Action = "same"                     // stored as in the file
	NameDiffers           Action = "name differs"             // nothing is changed
	GeometryDiffers       Action = "geometry differs"         // nothing is changed
	NameAndGeometryDiffer Action = "name and geometry differ" // nothing is changed
)

// Actions are all actions in the order in which they are shown.
var Actions = [...]Action{New, AreaNew, NameDiffers, GeometryDiffers, NameAndGeometryDiffer, Same}

// Effect is what an import does with one unit of the files.
type Effect struct {
	Action   Action
	Code     string // short: 6, 9 or 12 digits
	Name     string
	Level    registry.Level
	Stored   string // the stored name, where it differs
	Under    string // code and name of the superior of a new unit, and of its custodian
	HasArea  bool   // the file gives it an area
	Refines  bool   // it would be a refinement: the registry has its coverage without this unit
	GainedM2 float64
	LostM2   float64
	Moves    []coverage.Move // from and to whom; "" is what no unit covers
	Place    string          // file and feature
}

// effect says what is done with a unit. moves are those of its area.
func (p *Plan) effect(u *unit, moves []coverage.Move) Effect {
	e := Effect{Action: Same, Code: short(u.code), Name: u.name, Level: u.is.Level, HasArea: u.area != nil, Place: p.read.place(u)}
	stored := p.state.today[u.code]
	if stored == nil {
		e.Action, e.Under = New, p.above[u].text()
		e.Refines = e.HasArea && p.state.covered()
		return e
	}
	if stored.Name != u.name {
		e.Action, e.Stored = NameDiffers, stored.Name
	}
	switch {
	case !e.HasArea:
	case !p.state.covered():
		e.Action = AreaNew
	case !stored.Areal:
		e.Refines = true
	case len(moves) > 0:
		e.Moves = moves
		e.GainedM2, e.LostM2 = gainAndLoss(e.Code, moves)
		if e.Action = GeometryDiffers; e.Stored != "" {
			e.Action = NameAndGeometryDiffer
		}
	}
	return e
}

// Adds tells whether anything is written for the unit.
func (e *Effect) Adds() bool { return e.Action == New || e.Action == AreaNew }

// Differs tells whether what is stored has another name or area.
func (e *Effect) Differs() bool { return e.Stored != "" || len(e.Moves) > 0 }

// text names superior and custodian.
func (a above) text() string {
	if !a.superior.exists() {
		return ""
	}
	text := a.superior.name()
	if a.custodian.exists() {
		text += ", 代管 " + a.custodian.name()
	}
	return text
}

// Count is how many units an action concerns.
type Count struct {
	Action Action
	Units  int
}

// Summary counts the effects by action, in the order of [Actions]; actions
// that concern nobody are left out.
func (p *Plan) Summary() (counts []Count) {
	for _, action := range Actions {
		if n := p.count(func(e *Effect) bool { return e.Action == action }); n > 0 {
			counts = append(counts, Count{action, n})
		}
	}
	return counts
}

func (p *Plan) count(is func(*Effect) bool) (n int) {
	for i := range p.Effects {
		if is(&p.Effects[i]) {
			n++
		}
	}
	return n
}

// Empty tells whether there is nothing to write.
func (p *Plan) Empty() bool { return p.count((*Effect).Adds) == 0 }

// refuse gathers why the import may not run as asked.
func (p *Plan) refuse() {
	for _, f := range p.Files {
		if f.CRS != nil && f.CRS.Open != "" {
			p.Refusals = append(p.Refusals, f.Name+": the coordinate system is not certain: "+f.CRS.Open)
		}
	}
	if text := p.blocking(); text != "" {
		p.Refusals = append(p.Refusals, "the areas do not fit together ("+text+"): have the file mended by who made it; an import repairs nothing")
	}
	if n := p.count(func(e *Effect) bool { return e.Refines }); n > 0 {
		p.Refusals = append(p.Refusals, fmt.Sprintf("%d units come with an area that the registry, which has its coverage, does not have: "+
			"finer or other geometry is a refinement, which is no first load; take codes and names only with --without-geometry", n))
	}
	if n := p.count((*Effect).Differs); n > 0 && !p.options.OnlyNew {
		p.Refusals = append(p.Refusals, fmt.Sprintf("%d stored units differ, and an import changes nothing that is stored: "+
			"open a correction (更正) where the record is wrong, a survey case (勘界) where the line was measured anew, and add what is new with --only-new", n))
	}
}

// blocking counts the faults that keep a coverage from being made.
func (p *Plan) blocking() string {
	var parts []string
	for _, t := range p.FaultTotals() {
		if t.Blocking > 0 {
			parts = append(parts, fmt.Sprintf("%d × %s", t.Blocking, t.Kind))
		}
	}
	return strings.Join(parts, ", ")
}

// FaultTotals counts the faults of the areas by kind.
func (p *Plan) FaultTotals() []coverage.Total {
	return (&coverage.Report{Faults: p.Faults}).Totals()
}
