package web

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"jieming/registry"
)

// axis is the time axis under the map: whole years, with a mark at each day of
// change and a strip that shows how dense they lie.
type axis struct {
	First, Last int          // the first and the last year
	Began       registry.Day // the first day on record; NoStart if there is none
	BeganX      string       // where the record begins
	Years       []tick       // every fifth year
	Ticks       []tick       // days of change
	Now         tick         // the day shown
	Density     string       // outline of the strip, in a box of 1000 by 100
}

// tick is a mark on the time axis.
type tick struct {
	X    string // percent of the axis
	Text string
	Size int // 1 to 4: how much changed
	Day  registry.Day
}

// before is how many years the axis shows of the time before the record.
const before = 2

// newAxis lays out the axis: from two years before the record begins to today,
// or to the last change announced.
func newAxis(e *epoch, v *View) *axis {
	a := &axis{First: v.Today.Year(), Last: v.Today.Year(), Began: e.Began, BeganX: "0%"}
	if n := len(e.Days); n > 0 {
		a.First = min(a.First, e.Days[0].On.Year())
		a.Last = max(a.Last, e.Days[n-1].On.Year())
	}
	if e.Began != registry.NoStart {
		a.First = min(a.First, e.Began.Year()) - before
		a.BeganX = a.place(e.Began)
	}
	for _, day := range e.Days {
		a.Ticks = append(a.Ticks, tick{X: a.place(day.On), Text: v.day(day.On), Size: min(len(day.Events), 4), Day: day.On})
	}
	for year := (a.First + 4) / 5 * 5; year <= a.Last; year += 5 {
		a.Years = append(a.Years, tick{X: a.place(registry.Date(year, 1, 1)), Text: strconv.Itoa(year)})
	}
	a.Now = tick{X: a.place(v.Day), Text: v.day(v.Day)}
	a.Density = a.density(e.Days)
	return a
}

func (a *axis) start() registry.Day { return registry.Date(a.First, 1, 1) }
func (a *axis) end() registry.Day   { return registry.Date(a.Last+1, 1, 1) }

// place returns where a day stands on the axis, in percent.
func (a *axis) place(d registry.Day) string { return percent(d, a.start(), a.end()) }

// percent returns how far a day lies between two others, within 0 and 100.
func percent(d, from, to registry.Day) string {
	d = max(from, min(to, d))
	return strconv.FormatFloat(100*float64(d-from)/float64(to-from), 'f', 2, 64) + "%"
}

// density draws how many events lie around each time, as a smooth outline: a
// sum of bells, each a good year wide, scaled so that the highest fills the box.
func (a *axis) density(days []registry.DayOfChange) string {
	const steps, bell = 160, 420.0
	if len(days) == 0 {
		return ""
	}
	var heights [steps + 1]float64
	highest := 0.0
	for i := range heights {
		at := float64(a.start()) + float64(a.end()-a.start())*float64(i)/steps
		for _, day := range days {
			z := (at - float64(day.On)) / bell
			heights[i] += float64(len(day.Events)) * math.Exp(-z*z/2)
		}
		highest = math.Max(highest, heights[i])
	}
	var out strings.Builder
	out.WriteString("M0 100")
	for i, h := range heights {
		fmt.Fprintf(&out, "L%.1f %.1f", 1000*float64(i)/steps, 100-100*math.Sqrt(h/highest))
	}
	out.WriteString("L1000 100Z")
	return out.String()
}
