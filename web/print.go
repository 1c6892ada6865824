package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/paulmach/orb"

	"jieming/registry"
	"jieming/web/sheet"
)

// printOrder is what somebody wants on paper, as the address says.
type printOrder struct {
	Format    sheet.Format
	Landscape bool
	Other     registry.Day // the day to compare with; NoStart for none
	Unit      registry.UnitID
	Box       *orb.Bound // the part of the map last seen, lon lat degrees; nil if not given
	Area      string     // what to show: "all", "unit" or "view"
	Names     string     // "all", or "prefectures" only
	Changes   bool       // list what changed between the two days
}

// printPage is the data of the page "print".
type printPage struct {
	printOrder
	Sheet string         // address of the sheet
	Size  string         // of the page, as in the address of its style sheet
	Of    *registry.Unit // the unit of the order; nil if none
	Title string
}

// WideMM is the width of the page in millimetres.
func (o printOrder) WideMM() float64 { wide, _ := o.sizeMM(); return wide }

// HighMM is its height.
func (o printOrder) HighMM() float64 { _, high := o.sizeMM(); return high }

func (o printOrder) sizeMM() (wide, high float64) {
	short, long := o.Format.SizeMM()
	if o.Landscape {
		return long, short
	}
	return short, long
}

// Formats are the sizes to choose from.
func (printPage) Formats() []sheet.Format { return sheet.Formats() }

// Compared reports whether there are two maps.
func (o printOrder) Compared() bool { return o.Other != registry.NoStart }

// readPrintOrder reads the parameters of a sheet.
func readPrintOrder(v *View) (o printOrder, err error) {
	q := v.URL.Query()
	o = printOrder{Format: sheet.A3, Landscape: true, Other: registry.NoStart, Area: "all", Names: "all", Changes: q.Get("changes") != "no"}
	if text := q.Get("paper"); text != "" {
		i := slices.IndexFunc(sheet.Formats(), func(f sheet.Format) bool { return strings.EqualFold(f.String(), text) })
		if i < 0 {
			return o, registry.Invalid("paper", strconv.Quote(text)+" is none of a0, a1, a2, a3, a4")
		}
		o.Format = sheet.Formats()[i]
	}
	if text := q.Get("t2"); text != "" {
		if o.Other, err = registry.ParseDay(text); err != nil {
			return o, registry.Invalid("t2", err.Error())
		}
	}
	if err := o.readArea(q); err != nil {
		return o, err
	}
	if o.Landscape, err = choice(q, "orientation", "landscape", "portrait"); err != nil {
		return o, err
	}
	all, err := choice(q, "names", "all", "prefectures")
	if !all {
		o.Names = "prefectures"
	}
	return o, err
}

// choice reads a parameter with two values, the first of which is the default.
func choice(q url.Values, name, first, second string) (isFirst bool, err error) {
	switch text := q.Get(name); text {
	case "", first:
		return true, nil
	case second:
		return false, nil
	default:
		return true, registry.Invalid(name, strconv.Quote(text)+" is neither "+first+" nor "+second)
	}
}

// readArea reads what is to be shown. What can't be is all.
func (o *printOrder) readArea(q url.Values) error {
	if text := q.Get("unit"); text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return registry.Invalid("unit", strconv.Quote(text)+" is not the number of a unit")
		}
		o.Unit, o.Area = registry.UnitID(id), "unit"
	}
	if text := q.Get("bbox"); text != "" {
		box, err := parseBox("bbox", text)
		if err != nil {
			return err
		}
		o.Box = &box
	}
	switch area := q.Get("area"); area {
	case "":
	case "all", "unit", "view":
		o.Area = area
	default:
		return registry.Invalid("area", strconv.Quote(area)+" is none of all, unit, view")
	}
	if o.Area == "unit" && o.Unit == 0 || o.Area == "view" && o.Box == nil {
		o.Area = "all"
	}
	return nil
}

// parseBox reads west,south,east,north in degrees.
func parseBox(field, text string) (orb.Bound, error) {
	parts := strings.Split(text, ",")
	if len(parts) == 4 {
		min, err := parsePoint(field, parts[0]+","+parts[1])
		max, err2 := parsePoint(field, parts[2]+","+parts[3])
		if err == nil && err2 == nil && min[0] < max[0] && min[1] < max[1] {
			return orb.Bound{Min: min, Max: max}, nil
		}
	}
	return orb.Bound{}, registry.Invalid(field, strconv.Quote(text)+" is not a box; write west,south,east,north such as 125,43,126,44")
}

// showPrint answers /print: the sheet with what can be chosen of it. The
// browser prints it, or saves it as PDF, in its true size.
func (s *site) showPrint(r *http.Request, v *View) (*answer, error) {
	o, err := readPrintOrder(v)
	if err != nil {
		return nil, err
	}
	p := &printPage{printOrder: o, Size: o.pageSize()}
	if o.Unit != 0 {
		p.Of, err = s.reg.Unit(r.Context(), o.Unit, v.At, false)
		if registry.KindOf(err) == registry.KindNotFound {
			p.printOrder.Unit, p.Area = 0, "all"
		} else if err != nil {
			return nil, err
		}
	}
	query := v.URL.Query()
	query.Set("lang", v.Lang)
	p.Sheet = "/print.svg?" + query.Encode()
	a, err := s.atlasOfDay(r.Context(), v, v.Day)
	if err != nil {
		return nil, err
	}
	p.Title = v.printTitle(a)
	return &answer{page: "print", data: p}, nil
}

// pageSize names the size of a page: "a3-landscape".
func (o printOrder) pageSize() string {
	orientation := "portrait"
	if o.Landscape {
		orientation = "landscape"
	}
	return strings.ToLower(o.Format.String()) + "-" + orientation
}

// showPageSize answers /print/{size}.css: the size of the page in a style
// sheet, because the policy of the pages allows no style in them.
func showPageSize(w http.ResponseWriter, r *http.Request) {
	for _, f := range sheet.Formats() {
		for _, landscape := range []bool{true, false} {
			o := printOrder{Format: f, Landscape: landscape}
			if o.pageSize() != chi.URLParam(r, "size") {
				continue
			}
			wide, high := o.sizeMM()
			h := w.Header()
			h.Set("Content-Type", "text/css; charset=utf-8")
			h.Set("Cache-Control", "public, max-age=86400")
			h.Set("X-Content-Type-Options", "nosniff")
			fmt.Fprintf(w, "@page { size: %gmm %gmm; margin: 0; }\n", wide, high)
			return
		}
	}
	http.NotFound(w, r)
}
