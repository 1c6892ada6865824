package web

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

func (s *site) boardRoutes(r chi.Router) {
	r.Get("/desk/boards", s.deskPage(s.showBoard))
	r.Get("/desk/boards/cases", s.deskPage(s.showBoardCases))
	r.Get("/desk/boards.csv", s.deskPage(s.exportBoard))
	r.Get("/desk/boards.xlsx", s.deskPage(s.exportBoard))
}

// boardPage is the data of the page "board".
type boardPage struct {
	*desk.Board
	Kinds []string
	Name  rules
	view  *View
}

// showBoard answers /desk/boards.
func (s *site) showBoard(r *http.Request, v *View) (*answer, error) {
	page, err := s.board(r, v)
	if err != nil {
		return nil, err
	}
	return &answer{page: "board", data: page}, nil
}

func (s *site) board(r *http.Request, v *View) (*boardPage, error) {
	b, err := s.desk.Board(r.Context(), v.Who)
	if err != nil {
		return nil, err
	}
	return &boardPage{Board: b, Kinds: s.desk.KindsOn(b), Name: s.rules(v), view: v}, nil
}

// Place names a line of the board.
func (p *boardPage) Place(name string) string {
	if name == "" {
		return p.view.text("board.province")
	}
	return name
}

// Cases is the address of the cases behind a number.
func (p *boardPage) Cases(unit registry.UnitID, kind, due string) string {
	return boardLink(desk.BoardQuery{Unit: unit, Kind: kind, Due: due})
}

// All selects all prefectures in addresses.
func (p *boardPage) All() registry.UnitID { return desk.AnyUnit }

// ClockCases is the address of the cases in which a clock runs.
func (p *boardPage) ClockCases(kind, clock, due string) string {
	return boardLink(desk.BoardQuery{Unit: desk.AnyUnit, Kind: kind, Clock: clock, Due: due})
}

// StateCases is the address of the cases in a state.
func (p *boardPage) StateCases(kind, state string) string {
	return boardLink(desk.BoardQuery{Unit: desk.AnyUnit, Kind: kind, State: state})
}

func boardLink(q desk.BoardQuery) string {
	values := url.Values{}
	for name, value := range map[string]string{"kind": q.Kind, "state": q.State, "clock": q.Clock, "due": q.Due} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if q.Unit != desk.AnyUnit {
		values.Set("unit", strconv.FormatInt(int64(q.Unit), 10))
	}
	return "/desk/boards/cases?" + values.Encode()
}

// Heat is how pressing a cell is, from 0 to 4: by what is overdue, then by what
// is due within the week.
func (p *boardPage) Heat(t desk.Tally) int {
	switch {
	case t.Overdue >= 5:
		return 4
	case t.Overdue >= 2:
		return 3
	case t.Overdue == 1:
		return 2
	case t.Week > 0:
		return 1
	}
	return 0
}

// Rounded writes a number of days.
func (p *boardPage) Rounded(days float64) string { return strconv.FormatFloat(days, 'f', 0, 64) }

// Bars draws a line of the board as parts of one bar: overdue, within a week,
// within a month, and the rest.
func (p *boardPage) Bars(t desk.Tally) template.HTML {
	most := 1
	for _, line := range p.Lines() {
		most = max(most, line.Total.Open)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="bars" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">`)
	x := 0.0
	for i, n := range []int{t.Overdue, t.Week, t.Month, t.Open - t.Overdue - t.Week - t.Month} {
		width := 100 * float64(n) / float64(most)
		if n > 0 {
			fmt.Fprintf(&b, `<rect class="bar-%d" x="%.2f" y="0" width="%.2f" height="8"/>`, i, x, width)
		}
		x += width
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) // numbers only
}

// boardCasesPage is the data of the page "board-cases".
type boardCasesPage struct {
	Rows  []desk.Row
	Query desk.BoardQuery
	Place string
	More  bool
	Name  rules
}

const mostBoardCases = 500

// showBoardCases answers /desk/boards/cases: what stands behind a number.
func (s *site) showBoardCases(r *http.Request, v *View) (*answer, error) {
	given := r.URL.Query()
	q := desk.BoardQuery{Unit: desk.AnyUnit, Kind: given.Get("kind"), State: given.Get("state"), Clock: given.Get("clock"), Due: given.Get("due"), Limit: mostBoardCases + 1}
	page := &boardCasesPage{Name: s.rules(v)}
	if text := given.Get("unit"); text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id < 0 {
			return nil, registry.NotFound("unit", strconv.Quote(text))
		}
		q.Unit = registry.UnitID(id)
	}
	var err error
	if page.Rows, err = s.desk.BoardCases(r.Context(), v.Who, q); err != nil {
		return nil, err
	}
	if page.More = len(page.Rows) > mostBoardCases; page.More {
		page.Rows = page.Rows[:mostBoardCases]
	}
	page.Query = q
	return &answer{page: "board-cases", data: page}, nil
}

// exportBoard answers /desk/boards.csv and .xlsx.
func (s *site) exportBoard(r *http.Request, v *View) (*answer, error) {
	page, err := s.board(r, v)
	if err != nil {
		return nil, err
	}
	name := "board-" + v.Today.String()
	if strings.HasSuffix(r.URL.Path, ".csv") {
		body, err := page.table().csv()
		return &answer{body: body, mime: "text/csv; charset=utf-8", name: name + ".csv"}, err
	}
	body, err := page.table().xlsx(18, 18)
	return &answer{body: body, mime: sheetMedia, name: name + ".xlsx"}, err
}

// table is the board as rows of a sheet; the first names the columns.
func (p *boardPage) table() table {
	head := []any{}
	for _, key := range []string{"board.place", "board.kind", "board.open", "board.overdue", "board.week", "board.month", "board.days", "board.oldest"} {
		head = append(head, p.view.text(key))
	}
	out := table{head}
	for _, c := range p.Cells {
		out = append(out, []any{p.Place(c.UnitName), p.Name.Kind(c.Kind), c.Open, c.Overdue, c.Week, c.Month, int(c.Days + 0.5), registry.DayOf(c.Oldest).String()})
	}
	return out
}
