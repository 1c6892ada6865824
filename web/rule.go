package web

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/law"
)

func (s *site) ruleRoutes(r chi.Router) {
	r.Get("/desk/rules", s.deskPage(s.showRules))
}

// rulesPage is the data of the page "rules".
type rulesPage struct {
	words
	Kind  *law.Kind
	Kinds []law.Kind
	Steps []law.Step // of the kind, in order
	Graph template.HTML
}

// showRules answers /desk/rules: the procedure of one kind of case, with where
// each of its rules comes from and how well it is known.
func (s *site) showRules(r *http.Request, v *View) (*answer, error) {
	if !v.Who.Has(desk.ReadRules) {
		return nil, &registry.Error{Kind: registry.KindForbidden, Message: "no right to read the rules"}
	}
	p := &rulesPage{words: s.words(v)}
	p.Kinds = p.book.Kinds
	id := v.URL.Query().Get("kind")
	if id == "" {
		id = p.Kinds[0].ID
	}
	if p.Kind = p.book.Kind(id); p.Kind == nil {
		return nil, registry.Invalid("kind", strconv.Quote(id)+" is no kind of case")
	}
	for _, step := range p.book.Steps {
		if step.Kind == id {
			p.Steps = append(p.Steps, step)
		}
	}
	p.Graph = template.HTML(p.drawProcedure()) // only numbers and escaped names
	return &answer{page: "rules", data: p}, nil
}

// Name names a kind.
func (p *rulesPage) Name(k law.Kind) string { return p.pick(k.Zh, k.En) }

// States names some states of the kind.
func (p *rulesPage) States(ids []string) string {
	var names []string
	for _, id := range ids {
		names = append(names, p.StateName(p.Kind.ID, id))
	}
	return strings.Join(names, p.view.text("desk.and"))
}

// Guard says what a condition of a step is.
func (p *rulesPage) Guard(name string) string { return p.of("guard", name) }

// Ask says what a step asks for.
func (p *rulesPage) Ask(name string) string { return p.of("asks", name) }

// Clocks are the clocks that may run in the kind today.
func (p *rulesPage) Clocks() []*law.Clock { return p.book.ClocksOf(p.Kind.ID, p.view.Today) }

// Occasions names what starts or stops a clock.
func (p *rulesPage) Occasions(acts []string) string {
	var names []string
	for _, act := range acts {
		if step := p.book.Step(p.Kind.ID, act); step != nil {
			names = append(names, p.StepName(p.Kind.ID, act))
		} else {
			names = append(names, p.of("clockon", act))
		}
	}
	return strings.Join(names, p.view.text("desk.and"))
}

// The measures of the drawing of a procedure, in pixels.
const (
	nodeWidth  = 170
	nodeHeight = 30
	nodeGap    = 24
	laneWidth  = 15
)

// edge is a step from one state to another in the drawing.
type edge struct {
	no       int // of the step, from 1
	name     string
	act      string
	from, to int // rows
	lane     int // from 1 outwards; 0 goes straight down
}

// back reports whether it leads to an earlier state.
func (e *edge) back() bool { return e.to <= e.from }

// drawProcedure draws the states of a kind below each other, and its steps: down
// to the next one straight, further down on the right, back on the left. Steps
// that would overlap stand in lanes of their own.
func (p *rulesPage) drawProcedure() string {
	states := p.book.StatesOf(p.Kind.ID)
	row := map[string]int{}
	for i, s := range states {
		row[s.ID] = i
	}
	var edges []edge
	for i, s := range p.Steps {
		for _, from := range s.From {
			edges = append(edges, edge{no: i + 1, name: p.StepName(s.Kind, s.Act), act: s.Act, from: row[from], to: row[s.To]})
		}
	}
	left, right := setLanes(edges)
	x := 12 + left*laneWidth + 14
	width, height := x+nodeWidth+14+right*laneWidth+12, len(states)*(nodeHeight+nodeGap)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="graph" viewBox="0 0 %d %d" width="%d" height="%d" role="group" aria-label="%s">`,
		width, height, width, height, template.HTMLEscapeString(p.view.text("rules.graph", "kind", p.Name(*p.Kind))))
	for i := range edges {
		edges[i].draw(&b, x)
	}
	for i, s := range states {
		class := "node phase-" + string(s.Phase)
		if s.ID == p.Kind.First {
			class += " first"
		}
		y := i * (nodeHeight + nodeGap)
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" rx="4" class="%s"/><text x="%d" y="%d" text-anchor="middle">%s</text>`,
			x, y+1, nodeWidth, nodeHeight, class, x+nodeWidth/2, y+nodeHeight/2+6, template.HTMLEscapeString(p.pick(s.Zh, s.En)))
	}
	b.WriteString(`</svg>`)
	return b.String()
}

// setLanes gives each edge a lane, the short ones the inner, and returns how
// many lanes there are on each side.
func setLanes(edges []edge) (left, right int) {
	order := make([]*edge, len(edges))
	for i := range edges {
		order[i] = &edges[i]
	}
	slices.SortStableFunc(order, func(a, b *edge) int { return abs(a.to-a.from) - abs(b.to-b.from) })
	taken := map[bool][][]*edge{} // by side, then lane
	for _, e := range order {
		if e.to == e.from+1 && !slices.ContainsFunc(order, func(o *edge) bool { return o != e && o.lane == -1 && o.from == e.from && o.to == e.to }) {
			e.lane = -1 // straight
			continue
		}
		lanes := taken[e.back()]
		at := slices.IndexFunc(lanes, func(lane []*edge) bool { return !slices.ContainsFunc(lane, e.meets) })
		if at < 0 {
			at = len(lanes)
			lanes = append(lanes, nil)
		}
		lanes[at] = append(lanes[at], e)
		taken[e.back()], e.lane = lanes, at+1
	}
	for i := range edges {
		edges[i].lane = max(edges[i].lane, 0)
	}
	return len(taken[true]), len(taken[false])
}

func abs(n int) int { return max(n, -n) }

// meets reports whether two edges of one side cover the same rows.
func (e *edge) meets(o *edge) bool {
	return min(e.from, e.to) <= max(o.from, o.to) && min(o.from, o.to) <= max(e.from, e.to)
}

// draw draws an edge with its number, which leads to the step in the table.
func (e *edge) draw(b *strings.Builder, x int) {
	middle := func(row int) int { return row*(nodeHeight+nodeGap) + nodeHeight/2 + 1 }
	class, side, out := "", x+nodeWidth, e.lane*laneWidth+10
	if e.back() {
		class, side, out = " back", x, -(e.lane*laneWidth + 10)
	}
	y1, y2 := middle(e.from)+4, middle(e.to)-4
	noX, noY := side+out, (y1+y2)/2
	switch {
	case e.lane == 0:
		noX = x + nodeWidth/2
		y1, y2 = middle(e.from)+nodeHeight/2, middle(e.to)-nodeHeight/2
		noY = (y1 + y2) / 2
		fmt.Fprintf(b, `<path class="edge" d="M%d %dV%d"/><path class="tip" d="M%d %dl-4 -7h8z"/>`, noX, y1, y2-3, noX, y2)
		noX -= 22
	default:
		inward := -1
		if e.back() {
			inward = 1
		}
		if e.from == e.to {
			y1, y2 = middle(e.from)+9, middle(e.from)-9
			noY = middle(e.from)
		}
		fmt.Fprintf(b, `<path class="edge%s" d="M%d %dH%dV%dH%d"/><path class="tip%s" d="M%d %dl%d -4v8z"/>`,
			class, side, y1, side+out, y2, side-inward*4, class, side, y2, -inward*7)
	}
	fmt.Fprintf(b, `<a href="#step-%s"><title>%d %s</title><circle cx="%d" cy="%d" r="8" class="no"/><text class="no-text" x="%d" y="%d">%d</text></a>`,
		template.HTMLEscapeString(e.act), e.no, template.HTMLEscapeString(e.name), noX, noY, noX, noY+4, e.no)
}

// Plus is a sum, for numbers that begin with 1.
func (p *rulesPage) Plus(a, b int) int { return a + b }
