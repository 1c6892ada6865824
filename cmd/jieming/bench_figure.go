package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"
	"time"
)

// series is how long one piece of work took in each round.
type series []time.Duration

// median is the middle of the times, the mean of the two middle ones if they
// are even in number.
func (s series) median() time.Duration {
	sorted := slices.Sorted(slices.Values(s))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// quantile is the time that a share of the times does not exceed.
func (s series) quantile(share float64) time.Duration {
	sorted := slices.Sorted(slices.Values(s))
	return sorted[max(0, int(math.Ceil(share*float64(len(sorted))))-1)]
}

// figure is one line of the table. Lower is better in all of them.
type figure struct {
	name      string
	yardstick string
	ours, by  series  // of the same rounds
	share     float64 // of ours that took no longer than what counts, such as 0.95; 0 for the median
	limit     float64 // target, for the ratio, or in seconds if absolute; 0 for information
	absolute  bool
}

// time is the one of ours that counts.
func (f figure) time() time.Duration {
	if f.share == 0 {
		return f.ours.median()
	}
	return f.ours.quantile(f.share)
}

// value is what the limit is for.
func (f figure) value() float64 {
	if f.absolute {
		return f.time().Seconds()
	}
	return f.ratio()
}

// ratio is the time that counts over the median of the yardstick.
func (f figure) ratio() float64 {
	return f.time().Seconds() / f.by.median().Seconds()
}

// spread is the least and the greatest ratio of one round, or that of the times
// that count where the two have not the same rounds or it is no median.
func (f figure) spread() (least, most float64) {
	if len(f.ours) != len(f.by) || f.share > 0 {
		return f.ratio(), f.ratio()
	}
	for i := range f.ours {
		r := f.ours[i].Seconds() / f.by[i].Seconds()
		if i == 0 {
			least, most = r, r
		}
		least, most = min(least, r), max(most, r)
	}
	return least, most
}

func (f figure) missed() bool { return f.limit > 0 && f.value() > f.limit }

func (f figure) verdict() string {
	switch {
	case f.limit == 0:
		return ""
	case f.missed():
		return "missed"
	}
	return "ok"
}

func (f figure) target() string {
	switch {
	case f.limit == 0:
		return "-"
	case f.absolute:
		return fmt.Sprintf("<= %g s", f.limit)
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
		fmt.Fprintf(t, "%s\tlower\t%s\t%s-%s\t%s\t%s\t%s\t%s\t%s\n", f.name, digits(f.ratio()), digits(least), digits(most),
			duration(f.time()), duration(f.by.median()), f.yardstick, f.target(), f.verdict())
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
