package intake

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"jieming/geo"
	"jieming/geo/coverage"
	"jieming/registry"
)

// ErrRefused is what [Plan.Baseline] returns, wrapped, when the import may not
// run as asked.
var ErrRefused = errors.New("the import is refused")

// Baseline makes the load of what is new: one BASELINE event with its
// instrument, the new units with their codes and, where the registry has no
// coverage, faces, arcs and lines. It fails with ErrRefused when the plan has
// refusals, nothing is new, or nobody told the day of the data.
func (p *Plan) Baseline() (*registry.Baseline, error) {
	switch {
	case p.LoadedAs != 0:
		return nil, fmt.Errorf("%w: it is loaded already, as log entry %d", ErrRefused, p.LoadedAs)
	case len(p.Refusals) > 0:
		return nil, fmt.Errorf("%w:\n  %s", ErrRefused, strings.Join(p.Refusals, "\n  "))
	case p.DataDate == nil:
		return nil, fmt.Errorf("%w: nobody says which day the files show: give it with --data-date 2023-12-31", ErrRefused)
	case p.Empty():
		return nil, fmt.Errorf("%w: nothing in the files is new", ErrRefused)
	}
	a := &assembler{p: p, valid: registry.Since(*p.ValidFrom), unitAt: map[string]int{}}
	a.begin()
	a.addUnits()
	a.addTerritory()
	a.b.Reports = append(a.b.Reports, p.effectReport(), p.faultReport())
	return a.b, nil
}

// assembler puts a baseline together.
type assembler struct {
	p      *Plan
	valid  registry.Period
	b      *registry.Baseline
	unitAt map[string]int // index of a unit by code
}

func (a *assembler) begin() {
	p := a.p
	var names, cited []string
	for _, f := range p.Files {
		names = append(names, f.Name)
		cited = append(cited, fmt.Sprintf("%s (sha256 %x)", f.Name, f.SHA256))
	}
	d := p.options.Dataset
	if d.Name == "" {
		d.Name = strings.Join(names, ", ")
	}
	if d.Source == "" {
		d.Source = strings.Join(cited, ", ")
	}
	d.DataDate, d.Digest = *p.DataDate, p.Digest
	a.b = &registry.Baseline{
		Dataset: d,
		Instruments: []registry.Instrument{{Completeness: registry.Cited, Title: "初始入库：" + d.Name, Issuer: p.options.Dataset.Source,
			Citation: strings.Join(cited, ", ")}},
		Events: []registry.Event{{Class: registry.BaselineAct, Type: registry.FirstLoad, EffectiveOn: a.valid.From, Precision: registry.PrecisionDay,
			Note: fmt.Sprintf("%d units from %s", p.count((*Effect).Adds), strings.Join(names, ", "))}},
	}
}

// addUnits adds the new units, in order of code: superiors come first.
func (a *assembler) addUnits() {
	for _, u := range a.p.read.units {
		above, isNew := a.p.above[u]
		if !isNew {
			continue
		}
		v := u.is
		v.Superior, v.Custodian = a.party(above.superior), a.party(above.custodian)
		v.AttestedOn, v.Valid = *a.p.DataDate, a.valid
		a.unitAt[u.code] = len(a.b.Units)
		a.b.Codes = append(a.b.Codes, registry.BaselineCode{Unit: len(a.b.Units), Code: u.code, Valid: a.valid, EndedBy: registry.NoRef})
		a.b.Units = append(a.b.Units, registry.BaselineUnit{Key: u.key(), Versions: []registry.BaselineUnitVersion{v}})
	}
}

// party returns the index of a unit, adding a stored one at its first use.
func (a *assembler) party(p party) int {
	switch {
	case p.unit != nil:
		return a.unitAt[p.unit.code]
	case p.stored == nil:
		return registry.NoRef
	}
	i, known := a.unitAt[p.stored.Code]
	if !known {
		i = len(a.b.Units)
		a.unitAt[p.stored.Code] = i
		a.b.Units = append(a.b.Units, registry.BaselineUnit{Key: p.name(), Existing: p.stored.ID})
	}
	return i
}

// addTerritory adds the first coverage: what lies beyond it is one outside
// unit, of which the files say nothing.
func (a *assembler) addTerritory() {
	c := a.p.coverage
	if c == nil {
		return
	}
	for face := range c.Faces {
		holder := a.p.find(padded(c.ByUnit(face)))
		a.b.Faces = append(a.b.Faces, registry.BaselineFace{Bounded: true, Label: holder.name()})
		a.b.Tenures = append(a.b.Tenures, registry.BaselineTenure{Face: face, Unit: a.party(holder), Valid: a.valid, EndedBy: registry.NoRef})
	}
	outside := a.addOutside()
	side := func(f coverage.FaceIndex) int {
		if _, out := f.Outside(); out {
			return outside
		}
		return int(f)
	}
	for _, arc := range c.Arcs {
		a.b.Arcs = append(a.b.Arcs, registry.BaselineArc{Line: geo.LineOrb(arc.Line), Left: side(arc.Left), Right: side(arc.Right),
			Basis: registry.Published, Valid: a.valid})
	}
	a.addLines()
}

// addOutside adds the outside and its face, which it returns.
func (a *assembler) addOutside() int {
	unit, face := len(a.b.Units), len(a.b.Faces)
	a.b.Units = append(a.b.Units, registry.BaselineUnit{Key: "outside", Versions: []registry.BaselineUnitVersion{{
		Level: registry.LevelOutside, Type: registry.OutsideUnknown, Specific: "界外", Superior: registry.NoRef, Custodian: registry.NoRef,
		Basis: registry.Published, AttestedOn: *a.p.DataDate, Valid: a.valid, EndedBy: registry.NoRef}}})
	a.b.Faces = append(a.b.Faces, registry.BaselineFace{Label: "outside"})
	a.b.Tenures = append(a.b.Tenures, registry.BaselineTenure{Face: face, Unit: unit, Valid: a.valid, EndedBy: registry.NoRef})
	return face
}

// addLines adds a line for every two counties that share a border. Its number
// is the two codes in ascending order.
func (a *assembler) addLines() {
	var pairs [][2]string
	for _, arc := range a.p.coverage.Arcs {
		if arc.Left < 0 || arc.Right < 0 {
			continue
		}
		pair := [2]string{a.p.coverage.ByUnit(int(arc.Left)), a.p.coverage.ByUnit(int(arc.Right))}
		slices.Sort(pair[:])
		if pair[0] != pair[1] && a.level(pair[0]) == registry.LevelCounty && a.level(pair[1]) == registry.LevelCounty {
			pairs = append(pairs, pair)
		}
	}
	slices.SortFunc(pairs, func(p, q [2]string) int { return slices.Compare(p[:], q[:]) })
	for _, pair := range slices.Compact(pairs) {
		left, right := a.p.read.byCode[padded(pair[0])], a.p.read.byCode[padded(pair[1])]
		a.b.Lines = append(a.b.Lines, registry.BaselineLine{Code: pair[0] + pair[1], Name: left.is.Specific + "—" + right.is.Specific + "线",
			Level: registry.LevelCounty, A: a.party(a.p.find(left.code)), B: a.party(a.p.find(right.code)), Valid: a.valid})
	}
}

func (a *assembler) level(short string) registry.Level {
	return a.p.read.byCode[padded(short)].is.Level
}

// padded fills a code up to 12 digits.
func padded(code string) string { return code + strings.Repeat("0", 12-len(code)) }
