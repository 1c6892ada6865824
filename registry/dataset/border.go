package dataset

import (
	"fmt"
	"math"
	"slices"

	"jieming/geo"
	"jieming/geo/format"
)

// frontier is the national border as drawn: arcs with no county of the files
// beyond them, each running with the province on its left.
type frontier struct {
	arcs [][]geo.Point
	next map[geo.Point]int // arc by its first point
}

// stretch is a piece of the frontier and the country beyond it.
type stretch struct {
	line    []geo.Point
	country int // index into Manifest.NationalBorder
	of      int // the arc it is a piece of
}

// stretches cuts the frontier where one country follows another and says which
// lies beyond each piece. The pieces of an arc come in its order.
func (m *Manifest) stretches(arcs [][]geo.Point) ([]stretch, error) {
	if len(arcs) == 0 {
		return nil, nil
	}
	if len(m.NationalBorder) == 0 {
		return nil, format.Fault(
			fmt.Sprintf("beyond the arc from %v the file has no county, and the manifest no national border", arcs[0][0].Orb()),
			"add the neighbours to the file, or national_border to the manifest").InFile(m.Outside)
	}
	f := &frontier{arcs, map[geo.Point]int{}}
	for i, a := range arcs {
		f.next[a[0]] = i
	}
	cuts := m.cuts(arcs)
	var pieces []stretch
	for _, chain := range f.chains() {
		pieces = append(pieces, m.cutChain(f, chain, cuts)...)
	}
	slices.SortStableFunc(pieces, func(a, b stretch) int { return a.of - b.of })
	return pieces, nil
}

// cuts returns, for all stretches but the last, the frontier vertex nearest to
// its end.
func (m *Manifest) cuts(arcs [][]geo.Point) []geo.Point {
	cuts := make([]geo.Point, 0, len(m.NationalBorder))
	for _, s := range m.NationalBorder {
		if s.Until == nil {
			continue
		}
		best, nearest := geo.Point{}, math.Inf(1)
		for _, a := range arcs {
			for _, p := range a {
				if d := squaredDistance(p, *s.Until); d < nearest {
					best, nearest = p, d
				}
			}
		}
		cuts = append(cuts, best)
	}
	return cuts
}

// squaredDistance compares distances over some kilometres. Its unit is of no
// consequence.
func squaredDistance(p geo.Point, q [2]float64) float64 {
	o := p.Orb()
	dx, dy := (o[0]-q[0])*math.Cos(q[1]*math.Pi/180), o[1]-q[1]
	return dx*dx + dy*dy
}

// chains orders the arcs end to end. A chain begins at an arc that no other
// leads to; what is left are closed rings.
func (f *frontier) chains() [][]int {
	preceded := map[int]bool{}
	for i, a := range f.arcs {
		if j, ok := f.next[a[len(a)-1]]; ok && j != i {
			preceded[j] = true
		}
	}
	var chains [][]int
	used := map[int]bool{}
	for _, heads := range []bool{true, false} {
		for i := range f.arcs {
			if used[i] || heads == preceded[i] {
				continue
			}
			chains = append(chains, f.follow(i, used))
		}
	}
	return chains
}

func (f *frontier) follow(i int, used map[int]bool) []int {
	var chain []int
	for !used[i] {
		used[i] = true
		chain = append(chain, i)
		end := f.arcs[i][len(f.arcs[i])-1]
		if j, ok := f.next[end]; ok {
			i = j
		}
	}
	return chain
}

// cutChain walks a chain and turns to the next country at every cut on the way.
// A chain without a cut of its own (an island in a border river, say) belongs
// to the country whose stretch ends nearest after it.
func (m *Manifest) cutChain(f *frontier, chain []int, cuts []geo.Point) []stretch {
	country := m.firstCountry(f, chain, cuts)
	var pieces []stretch
	for _, i := range chain {
		rest := f.arcs[i]
		for {
			at := indexOfCut(rest, cuts, country)
			if at < 0 {
				break
			}
			if at > 0 {
				pieces = append(pieces, stretch{rest[:at+1], country, i})
			}
			rest = rest[at:]
			country++
		}
		if len(rest) > 1 {
			pieces = append(pieces, stretch{rest, country, i})
		}
	}
	return pieces
}

// indexOfCut finds the end of a country's stretch on a line; -1 if it is not
// there or the country is the last. A cut at the very end of the line is left
// to the next arc, which begins with it.
func indexOfCut(line []geo.Point, cuts []geo.Point, country int) int {
	if country >= len(cuts) {
		return -1
	}
	at := slices.Index(line, cuts[country])
	if at == len(line)-1 {
		return -1
	}
	return at
}

// firstCountry finds the country at the start of a chain: that of the first cut
// on the chain, or of the cut nearest to it.
func (m *Manifest) firstCountry(f *frontier, chain []int, cuts []geo.Point) int {
	for _, i := range chain {
		for _, p := range f.arcs[i] {
			if at := slices.Index(cuts, p); at >= 0 {
				return at
			}
		}
	}
	best, nearest := 0, math.Inf(1)
	for at, c := range cuts {
		if d := squaredDistance(f.arcs[chain[0]][0], c.Orb()); d < nearest {
			best, nearest = at, d
		}
	}
	return best
}
