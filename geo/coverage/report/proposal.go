package report

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"jieming/geo/coverage"
	"jieming/geo/format"
)

// change is what the proposal gives and takes one region.
type change struct {
	Unit             unit
	GainedM2, LostM2 float64
}

func (c change) NetM2() float64 { return c.GainedM2 - c.LostM2 }

// changes lists the regions, those of which most moves first.
func (s *site) changes() []change {
	all := make([]change, len(s.Proposal.Changes))
	for i, c := range s.Proposal.Changes {
		all[i] = change{unit{ID: c.ID, Name: s.names[c.ID]}, c.GainedM2, c.LostM2}
	}
	slices.SortStableFunc(all, func(a, b change) int {
		return cmp.Compare(b.GainedM2+b.LostM2, a.GainedM2+a.LostM2)
	})
	return all
}

// writeProposal writes the folder proposal, if there is one to write.
func (s *site) writeProposal(ctx context.Context) error {
	if s.Proposal == nil {
		return nil
	}
	p := s.Proposal
	s.shown.Step("writing the proposal", len(p.Changes)+len(p.Awards)+len(p.Left.Faults)+len(p.Regions))
	for _, table := range []func(context.Context) error{s.writeChanges, s.writeAwards, s.writeLeft, s.writeProposed} {
		if err := table(ctx); err != nil {
			return err
		}
	}
	all := append(s.awardWorks(), s.leftWorks()...)
	all = append(all, work{"proposal/index.html", s.proposalIndex})
	s.shown.Step("writing pages of the proposal", len(all))
	return s.do(ctx, all)
}

func metres(v float64) string { return fmt.Sprintf("%.2f", v) }

func (s *site) writeChanges(ctx context.Context) error {
	all := s.changes()
	return s.writeRows(ctx, "proposal/changes.csv", []string{"unit", "name", "gained_m2", "lost_m2", "net_m2"}, len(all), func(i int) []string {
		c := all[i]
		return []string{c.Unit.ID, c.Unit.Name, metres(c.GainedM2), metres(c.LostM2), metres(c.NetM2())}
	})
}

func (s *site) writeAwards(ctx context.Context) error {
	head := []string{"sliver", "kind", "units", "names", "lon", "lat", "area_m2", "to", "to_name", "shared_m", "why"}
	awards := s.Proposal.Awards
	return s.writeRows(ctx, "proposal/slivers.csv", head, len(awards), func(i int) []string {
		a := &awards[i]
		return []string{
			fmt.Sprint(i + 1), string(a.Kind), strings.Join(a.Regions, " "), s.namesOf(a.Regions), fmt.Sprintf("%.7f", a.At[0]), fmt.Sprintf("%.7f", a.At[1]),
			metres(a.AreaM2), a.To, s.names[a.To], metres(a.SharedM), why(a),
		}
	})
}

// why says why an award goes where it goes.
func why(a *coverage.Award) string {
	if a.Kind == coverage.KindOverlap {
		return fmt.Sprintf("shares %.1f m of border with it, the longest of those that claim it", a.SharedM)
	}
	return fmt.Sprintf("shares %.1f m of border with it, the longest of its neighbours", a.SharedM)
}

func (s *site) writeLeft(ctx context.Context) error {
	head := append(append([]string{"number"}, coverage.Columns...), "names", "why")
	left := s.Proposal.Left.Faults
	return s.writeRows(ctx, "proposal/left.csv", head, len(left), func(i int) []string {
		_, reason := s.stays(&left[i])
		return append(append([]string{fmt.Sprint(i + 1)}, left[i].Row()...), s.namesOf(left[i].Regions), reason)
	})
}

// stays says why the proposal leaves a fault.
func (s *site) stays(f *coverage.Fault) (zh, en string) {
	switch {
	case !f.Blocking:
		return "不妨碍成图，原样保留", "it does not keep a coverage from being built"
	case (f.Kind == coverage.KindGap || f.Kind == coverage.KindOverlap) && f.AreaM2 > s.Proposal.RepairMaxAreaM2:
		return "大于面积上限，须由人决定", "larger than the area limit: for a person to decide"
	default:
		return "须逐处修改", "to be mended by hand"
	}
}

func (s *site) writeProposed(ctx context.Context) error {
	p := s.Proposal
	return s.writeFeatures(ctx, "proposal/proposed.geojson", len(p.Regions), func(i int) *format.Feature {
		r := &p.Regions[i]
		f := &format.Feature{ID: r.ID, Geometry: r.Geometry}
		if p.Properties != nil {
			f.Properties = p.Properties(i)
		} else {
			f.Properties = format.Properties{{Name: "code", Value: r.ID}, {Name: "name", Value: r.Name}}
		}
		return f
	})
}

// proposalData is the first page of the proposal.
type proposalData struct {
	*Proposal
	Changes          []change
	GivenM2          float64
	LeftBlocking     int
	LeftM2           float64
	Largest          []awardRow
	Limit, Tolerance string
}

func (s *site) proposalIndex(w io.Writer) error {
	const drawn = 12
	p := s.Proposal
	d := proposalData{Proposal: p, Changes: s.changes(), Limit: areaText(p.RepairMaxAreaM2), Tolerance: lengthText(p.SnapToleranceM)}
	for i := range p.Awards {
		d.GivenM2 += p.Awards[i].AreaM2
		if i < drawn {
			d.Largest = append(d.Largest, s.awardRow(i, true))
		}
	}
	for _, f := range p.Left.Faults {
		if f.Blocking {
			d.LeftBlocking++
			d.LeftM2 += f.AreaM2
		}
	}
	return s.render(w, "proposal", s.view("proposal", "修复建议", "Proposed repair", d))
}

// awardRow is a sliver in a list.
type awardRow struct {
	*coverage.Award
	Number int
	Units  []unit
	Taker  unit
	At     string
	Class  string
	Spot   template.HTML
}

func (s *site) awardRow(i int, drawn bool) awardRow {
	a := &s.Proposal.Awards[i]
	r := awardRow{Award: a, Number: i + 1, Units: s.units(a.Regions), At: position(a.At), Class: classOf(a.Kind)}
	r.Taker = unit{ID: a.To, Name: s.names[a.To], Tint: max(0, slices.Index(a.Regions, a.To)) % tints}
	if drawn {
		f := coverage.Fault{Kind: a.Kind, Regions: a.Regions, At: a.At, Bound: a.Geometry.Bound(), Geometry: a.Geometry}
		r.Spot = s.spot(&f, cardSize)
	}
	return r
}

// partData is one page of a list of the proposal.
type partData struct {
	Awards   []awardRow
	Left     []leftRow
	Pager    pager
	From, To int
	Of       int
	Empty    bool
}

type leftRow struct {
	*coverage.Fault
	Number  int
	Units   []unit
	At      string
	Class   string
	Zh, En  string
	OnGrid  bool
	Message string
}

func (s *site) awardWorks() []work {
	return s.parts("slivers", len(s.Proposal.Awards), "给出的碎片", "Slivers given away", func(d *partData, i int) {
		d.Awards = append(d.Awards, s.awardRow(i, false))
	})
}

func (s *site) leftWorks() []work {
	left := s.Proposal.Left.Faults
	return s.parts("left", len(left), "仍待处理", "What stays", func(d *partData, i int) {
		f := &left[i]
		r := leftRow{Fault: f, Number: i + 1, Units: s.units(f.Regions), At: position(f.At), Class: classOf(f.Kind), Message: sentence(f.Message)}
		r.Zh, r.En = s.stays(f)
		d.Left = append(d.Left, r)
	})
}

// parts are the pages of a list of n rows.
func (s *site) parts(name string, n int, zh, en string, add func(d *partData, i int)) []work {
	pages := max(1, (n+perPage-1)/perPage)
	file := func(p int) string { return fmt.Sprintf("%s-%d.html", name, p+1) }
	all := make([]work, pages)
	for p := range pages {
		all[p] = work{"proposal/" + file(p), func(w io.Writer) error {
			from, to := p*perPage, min((p+1)*perPage, n)
			d := partData{Pager: newPager(p, pages, file), From: from + 1, To: to, Of: n, Empty: n == 0}
			for i := from; i < to; i++ {
				add(&d, i)
			}
			return s.render(w, "part", s.view("proposal", zh, en, d))
		}}
	}
	return all
}
