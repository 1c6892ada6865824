package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/orb/planar"

	"jieming/tiles/gate"
)

// halfPixel is half a CSS pixel in tile units: a tile of 4096 is drawn 512 wide.
const halfPixel = 4

// bytes measures what tiles weigh, compressed alike, while what they draw is
// within half a CSS pixel of the exact borders.
func (t *tileBench) bytes(ctx context.Context) (all []figure, err error) {
	exact, err := t.exactBorders(ctx)
	if err != nil {
		return nil, err
	}
	t.shown.Step("weighing tiles", len(t.zooms))
	limits := map[int]float64{6: 0.5, 7: 0.5, 8: 0.5}
	worst := 0.0
	for _, z := range t.zooms {
		f := figure{name: fmt.Sprintf("bytes of a tile of zoom %d, gzip", z.z), yardstick: projected,
			unit: "B", byUnit: "B", limit: limits[z.z]}
		var ours, theirs series
		for _, at := range z.at {
			data, _ := t.ours(ctx, z.z, at[0], at[1])
			far, err := exact.farFrom(data, z.z, at[0], at[1])
			if err != nil {
				return nil, err
			}
			if worst = max(worst, far); far > halfPixel {
				return nil, fmt.Errorf("tile %d/%d/%d is drawn %.2f units from the exact borders", z.z, at[0], at[1], far)
			}
			other, err := t.theirs(ctx, z.z, at[0], at[1])
			if err != nil {
				return nil, err
			}
			ours, theirs = append(ours, gzipped(data)), append(theirs, gzipped(other))
		}
		n := float64(len(z.at))
		f.ours, f.by = series{ours.total() / n}, series{theirs.total() / n}
		all = append(all, f)
		t.shown.Advance(1)
	}
	t.note("the borders of all tiles weighed are within %.2f tile units of the exact ones, both ways (half a CSS pixel is %d)", worst, halfPixel)
	return all, nil
}

// gzipped is the size of data as a reader gets it who waits.
func gzipped(data []byte) float64 {
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzipLevel) // the level is valid
	_, _ = z.Write(data)                            // a buffer takes everything
	_ = z.Close()
	return float64(packed.Len())
}

// gzipLevel is that of tiles made while a reader waits.
const gzipLevel = 1

// exactBorder is the border of two counties, or a part of it, as it is stored: on
// the Web Mercator square of side 1, or in tile units.
type exactBorder struct {
	left, right int64
	line        [][2]float64
}

type exactBorders []exactBorder

func (t *tileBench) exactBorders(ctx context.Context) (all exactBorders, err error) {
	rows, err := t.store.Pool().Query(ctx, benchTilesStatement("ExactBorders"), t.store.instant())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var b exactBorder
		var lon, lat []float64
		if err := rows.Scan(&b.left, &b.right, &lon, &lat); err != nil {
			return nil, err
		}
		for i := range lon {
			b.line = append(b.line, [2]float64{lon[i]/360 + 0.5, 0.5 - math.Asinh(math.Tan(lat[i]*math.Pi/180))/(2*math.Pi)})
		}
		all = append(all, b)
	}
	return all, rows.Err()
}

// farFrom is how far the borders of a tile and the exact ones are apart at
// worst, in tile units. What is smaller than the error allowed may be left out:
// rings within half a pixel, and strips whose two sides, each within half a
// pixel of where it should be, fall together.
func (b exactBorders) farFrom(data []byte, z, x, y int) (float64, error) {
	tile, err := gate.Decode(data)
	if err != nil {
		return 0, fmt.Errorf("tile %d/%d/%d: %w", z, x, y, err)
	}
	drawn := gate.Lines(tile.Layer("boundary"), nil)
	exact := b.near(z, x, y)
	worst := gate.Distance(drawn, exact.lines()).Units
	for wanted := exact.larger(halfPixel); ; {
		far := gate.Distance(wanted.lines(), drawn)
		if far.Units <= halfPixel {
			return max(worst, far.Units), nil
		}
		i, k := wanted.at(far.At)
		if !exact.stripAt(far.At, wanted[i], k) {
			return far.Units, nil
		}
		wanted = wanted.without(far.At, i, k)
	}
}

// near returns the borders near a tile, in its units.
func (b exactBorders) near(z, x, y int) (found exactBorders) {
	side := math.Ldexp(1, z)
	for _, border := range b {
		scaled := make([][2]float64, len(border.line))
		for i, p := range border.line {
			scaled[i] = [2]float64{(p[0]*side - float64(x)) * gate.Extent, (p[1]*side - float64(y)) * gate.Extent}
		}
		from, to := bounds(scaled)
		const margin = gate.Extent / 4
		if to[0] >= -margin && to[1] >= -margin && from[0] <= gate.Extent+margin && from[1] <= gate.Extent+margin {
			found = append(found, exactBorder{border.left, border.right, scaled})
		}
	}
	return found
}

func bounds(line [][2]float64) (from, to [2]float64) {
	from, to = line[0], line[0]
	for _, p := range line {
		from = [2]float64{min(from[0], p[0]), min(from[1], p[1])}
		to = [2]float64{max(to[0], p[0]), max(to[1], p[1])}
	}
	return from, to
}

// larger leaves out borders that are small in all directions.
func (b exactBorders) larger(than float64) (kept exactBorders) {
	for _, border := range b {
		if from, to := bounds(border.line); max(to[0]-from[0], to[1]-from[1]) > than {
			kept = append(kept, border)
		}
	}
	return kept
}

func (b exactBorders) lines() (lines [][][2]float64) {
	for _, border := range b {
		lines = append(lines, border.line)
	}
	return lines
}

// at finds the segment on which a place lies: that of border i from k-1 to k.
func (b exactBorders) at(p [2]float64) (i, k int) {
	nearest := math.Inf(1)
	for n, border := range b {
		for m := 1; m < len(border.line); m++ {
			a, b := border.line[m-1], border.line[m]
			if d := planar.DistanceFromSegment(a, b, p); a != b && d < nearest {
				nearest, i, k = d, n, m
			}
		}
	}
	return i, k
}

// stripAt tells whether a place on a segment of a border is on a side of a strip
// narrower than a pixel: within a pixel a border of the same two runs the other
// way.
func (b exactBorders) stripAt(place [2]float64, of exactBorder, k int) bool {
	p, q := of.line[k-1], of.line[k]
	for _, other := range b {
		same, against := other.left == of.left && other.right == of.right, other.left == of.right && other.right == of.left
		for m := 1; (same || against) && m < len(other.line); m++ {
			o, e := other.line[m-1], other.line[m]
			along := (q[0]-p[0])*(e[0]-o[0]) + (q[1]-p[1])*(e[1]-o[1])
			if (same && along < 0 || against && along > 0) && planar.DistanceFromSegment(o, e, place) < 2*halfPixel {
				return true
			}
		}
	}
	return false
}

// without cuts a pixel out of a segment, around a place on it.
func (b exactBorders) without(place [2]float64, i, k int) exactBorders {
	of := b[i]
	p, q := of.line[k-1], of.line[k]
	toward := func(end [2]float64) [2]float64 {
		share := min(halfPixel/math.Hypot(end[0]-place[0], end[1]-place[1]), 1)
		return [2]float64{place[0] + share*(end[0]-place[0]), place[1] + share*(end[1]-place[1])}
	}
	b[i].line = slices.Compact(append(slices.Clone(of.line[:k]), toward(p)))
	return append(b, exactBorder{of.left, of.right, slices.Compact(append([][2]float64{toward(q)}, of.line[k:]...))})
}
