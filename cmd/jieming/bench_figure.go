package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"
	"time"
)

// series is one quantity in each round: how many seconds a piece of work took,
// unless its figure counts something else.
type series []float64

// seconds is the series of some times.
func seconds(times ...time.Duration) (s series) {
	for _, t := range times {
		s = append(s, t.Seconds())
	}
	return s
}

// median is the middle of the values, the mean of the two middle ones if they
// are even in number.
func (s series) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// percentile is the value that a share p of the values does not exceed.
func (s series) percentile(p float64) float64 {
	sorted := slices.Sorted(slices.Values(s))
	return sorted[max(int(math.Ceil(p*float64(len(sorted))))-1, 0)]
}

// total is the sum of the values.
func (s series) total() (sum float64) {
	for _, v := range s {
		sum += v
	}
	return sum
}

// figure is one line of the table.
type figure struct {
	name      string
	yardstick string
	ours, by  series
	// unit and byUnit are what ours and by count: seconds if empty, "B" for bytes.
	unit, byUnit string
	// faster says that the number is how many times as fast as the yardstick ours
	// is: yardstick ÷ ours, and higher is better. Else it is ours ÷ yardstick, and
	// lower is better.
	faster   bool
	share    float64 // of ours that is no more than what counts, such as 0.95; 0 for the median
	limit    float64 // target, for the ratio, or in seconds if absolute; 0 for information
	absolute bool
}

// counted is the one of ours that counts.
func (f figure) counted() float64 {
	if f.share == 0 {
		return f.ours.median()
	}
	return f.ours.percentile(f.share)
}

// value is what the limit is for.
func (f figure) value() float64 {
	if f.absolute {
		return f.counted()
	}
	return f.ratio()
}

// ratio compares what counts with the median of the yardstick.
func (f figure) ratio() float64 { return f.compare(f.counted(), f.by.median()) }

func (f figure) compare(ours, by float64) float64 {
	if f.faster {
		return by / ours
	}
	return ours / by
}

// spread is the least and the greatest ratio of one round, or that of what
// counts where the two have not the same rounds or it is no median.
func (f figure) spread() (least, most float64) {
	if len(f.ours) != len(f.by) || f.share > 0 {
		return f.ratio(), f.ratio()
	}
	for i := range f.ours {
		r := f.compare(f.ours[i], f.by[i])
		if i == 0 {
			least, most = r, r
		}
		least, most = min(least, r), max(most, r)
	}
	return least, most
}

func (f figure) missed() bool {
	if f.faster {
		return f.limit > 0 && f.value() < f.limit
	}
	return f.limit > 0 && f.value() > f.limit
}

func (f figure) verdict() string {
	switch {
	case f.limit == 0:
		return ""
	case f.missed():
		return "missed"
	}
	return "ok"
}

func (f figure) better() string {
	if f.faster {
		return "higher"
	}
	return "lower"
}

func (f figure) target() string {
	switch {
	case f.limit == 0:
		return "-"
	case f.absolute:
		return fmt.Sprintf("<= %g s", f.limit)
	case f.faster:
		return fmt.Sprintf(">= %g", f.limit)
	}
	return fmt.Sprintf("<= %g", f.limit)
}

func missed(figures []figure) (n int) {
	for _, f := range figures {
		if f.missed() {
			n++
		}
	}
	return n
}

// writeFigures prints the table and the notes below it.
func writeFigures(w io.Writer, figures []figure, notes []string) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "NUMBER\tBETTER\tRATIO\tMIN-MAX\tOURS\tYARDSTICK\t\tTARGET\tRESULT")
	for _, f := range figures {
		least, most := f.spread()
		fmt.Fprintf(t, "%s\t%s\t%s\t%s-%s\t%s\t%s\t%s\t%s\t%s\n", f.name, f.better(), digits(f.ratio()), digits(least), digits(most),
			amount(f.counted(), f.unit), amount(f.by.median(), f.byUnit), f.yardstick, f.target(), f.verdict())
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, n := range notes {
		if _, err := fmt.Fprintln(w, "-", n); err != nil {
			return err
		}
	}
	return nil
}

// digits prints a ratio with three significant digits.
func digits(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}

// amount prints a quantity of some unit.
func amount(x float64, unit string) string {
	switch {
	case unit == "":
		return duration(time.Duration(x * float64(time.Second)))
	case unit == "B" && x >= 1e6:
		return fmt.Sprintf("%.2f MB", x/1e6)
	case unit == "B" && x >= 1e4:
		return fmt.Sprintf("%.1f kB", x/1e3)
	}
	return fmt.Sprintf("%.0f %s", x, unit)
}

// duration prints a time with about three significant digits.
func duration(d time.Duration) string {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= 10*time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(time.Microsecond).String()
}
