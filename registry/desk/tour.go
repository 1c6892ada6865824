package desk

import (
	"context"
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"sync"

	"jieming/registry"
)

// TourStep is something to do or see on the first day at the desk (第一天).
type TourStep struct {
	ID        string
	Page      string // where it is done
	Needs     Action // that the page needs; "" for everybody
	Fact      string // what the record shows of who has done it; PageSeen for having opened the page from here
	Zh, En    string // what to do
	WhyZh     string
	WhyEn     string
	everybody bool
	roles     []Role
}

// PageSeen is the fact of a step that is done by looking at its page.
const PageSeen = "SEEN"

// For reports whether a step is one of a role's.
func (s *TourStep) For(r Role) bool { return s.everybody || slices.Contains(s.roles, r) }

//go:embed tour.csv
var tourCSV string

// TourSteps is all steps of all roles, in order. They are read once.
var TourSteps = sync.OnceValue(func() []TourStep {
	steps, err := readTour(tourCSV)
	if err != nil {
		panic(err) // an embedded table is broken: every test finds it
	}
	return steps
})

func readTour(table string) ([]TourStep, error) {
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read tour: %w", err)
	}
	var out []TourStep
	for _, row := range rows[1:] {
		s := TourStep{ID: row[0], Page: row[1], Needs: Action(row[2]), Fact: row[3], Zh: row[5], WhyZh: row[6], En: row[7], WhyEn: row[8], everybody: row[4] == "*"}
		for _, r := range strings.Fields(strings.ReplaceAll(row[4], "*", "")) {
			if Rights().Role(Role(r)) == nil {
				return nil, fmt.Errorf("read tour: step %s: no role %s", s.ID, r)
			}
			s.roles = append(s.roles, Role(r))
		}
		if s.Needs != "" && Rights().Action(s.Needs) == nil {
			return nil, fmt.Errorf("read tour: step %s: no action %s", s.ID, s.Needs)
		}
		out = append(out, s)
	}
	return out, nil
}

// TourRecord is what is kept of the first day of a person, and what the record
// shows of them.
type TourRecord struct {
	Away   bool
	Ticked []string // steps
	Facts  []string // those of the facts asked about that hold
}

// TourStore keeps how far people are.
type TourStore interface {
	// Tour returns what is kept of an account, and which of some facts hold of it.
	Tour(ctx context.Context, account AccountID, facts []string) (*TourRecord, error)
	// TickTour marks a step as done, or takes the mark away.
	TickTour(ctx context.Context, account AccountID, step string, done bool) error
	// PutAwayTour says whether the tour is shown.
	PutAwayTour(ctx context.Context, account AccountID, away bool) error
}

// Tour is the first day of a person: what there is to do for their roles.
type Tour struct {
	Away  bool
	Steps []TourTask
	Done  int
}

// TourTask is a step, and how far it is.
type TourTask struct {
	TourStep
	Done   bool
	Ticked bool // by the person; else the record shows it
}

// mostSteps bounds what is put before a person of several roles.
const mostSteps = 8

// TourFor are the steps of a person of some roles: those of everybody, and of
// each role in turn, at most eight, in the order of the table.
func TourFor(roles []Role) []TourStep {
	all := TourSteps()
	picked := map[int]bool{}
	for i := range all {
		if all[i].everybody {
			picked[i] = true
		}
	}
	for took := true; took; {
		took = false
		for _, r := range roles {
			i := 0
			for i < len(all) && (picked[i] || !all[i].For(r)) {
				i++
			}
			if i < len(all) && len(picked) < mostSteps {
				picked[i], took = true, true
			}
		}
	}
	var out []TourStep
	for i := range all {
		if picked[i] {
			out = append(out, all[i])
		}
	}
	return out
}

// Tour returns the first day of a person. It costs one query of the record.
func (d *Desk) Tour(ctx context.Context, p *Principal) (*Tour, error) {
	if !p.Known() {
		return nil, registry.NotFound("account", 0)
	}
	steps := TourFor(p.roles())
	facts := []string{}
	for _, s := range steps {
		if s.Fact != PageSeen {
			facts = append(facts, s.Fact)
		}
	}
	kept, err := d.store.Tour(ctx, p.Account, facts)
	if err != nil {
		return nil, err
	}
	out := &Tour{Away: kept.Away}
	for _, s := range steps {
		if s.Needs != "" && !p.Has(s.Needs) {
			continue
		}
		t := TourTask{TourStep: s, Done: slices.Contains(kept.Facts, s.Fact)}
		if !t.Done && slices.Contains(kept.Ticked, s.ID) {
			t.Done, t.Ticked = true, true
		}
		if t.Done {
			out.Done++
		}
		out.Steps = append(out.Steps, t)
	}
	return out, nil
}

// TickTour marks a step of the first day as done, or takes the mark away.
func (d *Desk) TickTour(ctx context.Context, p *Principal, step string, done bool) error {
	if !p.Known() || !slices.ContainsFunc(TourSteps(), func(s TourStep) bool { return s.ID == step }) {
		return registry.NotFound("step", step)
	}
	return d.store.TickTour(ctx, p.Account, step, done)
}

// OpenTour marks a step as done that is done by looking at its page, and returns
// the address of the page.
func (d *Desk) OpenTour(ctx context.Context, p *Principal, step string) (string, error) {
	i := slices.IndexFunc(TourSteps(), func(s TourStep) bool { return s.ID == step })
	if !p.Known() || i < 0 {
		return "", registry.NotFound("step", step)
	}
	s := TourSteps()[i]
	if s.Fact != PageSeen {
		return s.Page, nil
	}
	return s.Page, d.store.TickTour(ctx, p.Account, step, true)
}

// PutAwayTour puts the first day away, or brings it back.
func (d *Desk) PutAwayTour(ctx context.Context, p *Principal, away bool) error {
	if !p.Known() {
		return registry.NotFound("account", 0)
	}
	return d.store.PutAwayTour(ctx, p.Account, away)
}
