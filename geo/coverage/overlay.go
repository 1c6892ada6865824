package coverage

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"jieming/geo"
)

// Move is territory that passes from one unit to another.
type Move struct {
	// From and To are unit ids; "" is what no unit covers.
	From, To string
	// AreaM2 is how much, in m²; Pieces in how many connected pieces.
	AreaM2 float64
	Pieces int
}

// UnitChange is what one unit gains and loses, in m².
type UnitChange struct {
	ID               string
	GainedM2, LostM2 float64
}

// Change is the difference between two coverages.
type Change struct {
	// Kept counts the arcs of equal line and sides. Removed are arcs of the
	// first coverage and Added arcs of the second, by number; Relabelled are
	// pairs of arcs of equal line whose sides belong to other units.
	Kept           int
	Removed, Added []int
	Relabelled     [][2]int
	// Moves say who gives what to whom, largest first; Units sum them up, by id.
	Moves []Move
	Units []UnitChange
}

// Diff tells what changed from a to b. Units are the same when their ids are.
//
// Arcs are compared exactly. Areas come from laying one coverage over the other,
// where the new crossings are rounded to the grid: each is off by at most half a
// grid unit (6 mm), so an area by that times the length of its border.
func Diff(ctx context.Context, a, b *Coverage) (*Change, error) {
	d := &Change{}
	d.compareArcs(a, b)
	over, err := overlay(ctx, a.asRegions(), b.asRegions())
	if err != nil {
		return nil, fmt.Errorf("comparing coverages: %w", err)
	}
	d.Moves = over.moves()
	d.Units = sumMoves(d.Moves)
	return d, nil
}

func (d *Change) compareArcs(a, b *Coverage) {
	old := make(map[geo.Point][]int, len(a.Arcs)) // by second point, which is rarely shared
	for i, arc := range a.Arcs {
		old[arc.Line[1]] = append(old[arc.Line[1]], i)
	}
	matched := make([]bool, len(a.Arcs))
	for j, arc := range b.Arcs {
		candidates := old[arc.Line[1]]
		k := slices.IndexFunc(candidates, func(i int) bool { return slices.Equal(a.Arcs[i].Line, arc.Line) })
		if k < 0 {
			d.Added = append(d.Added, j)
			continue
		}
		i := candidates[k]
		matched[i] = true
		if a.holder(a.Arcs[i].Left) == b.holder(arc.Left) && a.holder(a.Arcs[i].Right) == b.holder(arc.Right) {
			d.Kept++
		} else {
			d.Relabelled = append(d.Relabelled, [2]int{i, j})
		}
	}
	for i, found := range matched {
		if !found {
			d.Removed = append(d.Removed, i)
		}
	}
}

// asRegions returns the units of c as regions.
func (c *Coverage) asRegions() []Region {
	regions := make([]Region, len(c.Units))
	for i, u := range c.Units {
		regions[i] = Region{ID: u.ID, Name: u.Name}
	}
	for i, f := range c.Faces {
		regions[f.Unit].Geometry = append(regions[f.Unit].Geometry, c.Polygon(i))
	}
	return regions
}

// over is an arrangement of two layers: regions below split, and from it on.
type over struct {
	*arrangement
	split int32
}

func overlay(ctx context.Context, before, after []Region) (*over, error) {
	regions := slices.Concat(before, after)
	in, err := newInput(ctx, regions, Options{MaxVertices: 4 * defaultMaxVertices})
	if err != nil {
		return nil, err
	}
	a, err := arrange(ctx, in)
	if err != nil {
		return nil, err
	}
	return &over{a, int32(len(before))}, nil
}

// layers returns the ids of the regions that cover a face in either layer.
func (o *over) layers(face int32) (before, after []string) {
	for _, r := range slices.Compact(o.holders(face)) {
		if r < o.split {
			before = append(before, o.regions[r].ID)
		} else {
			after = append(after, o.regions[r].ID)
		}
	}
	slices.Sort(before)
	slices.Sort(after)
	return before, after
}

// moves sums the faces by who loses and who gains them. Where several cover a
// face in one layer, what stays with any of them does not move.
func (o *over) moves() []Move {
	sums := make(map[[2]string]*Move)
	for face := int32(1); face < o.faces.count; face++ {
		before, after := o.layers(face)
		lost, gained := without(before, after), without(after, before)
		if len(lost)+len(gained) == 0 {
			continue
		}
		areaM2 := polygonAreaM2(o.faceRings(face))
		for _, from := range orNobody(lost) {
			for _, to := range orNobody(gained) {
				addMove(sums, from, to, areaM2)
			}
		}
	}
	moves := make([]Move, 0, len(sums))
	for _, m := range sums {
		moves = append(moves, *m)
	}
	slices.SortFunc(moves, func(a, b Move) int {
		return cmp.Or(cmp.Compare(b.AreaM2, a.AreaM2), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return moves
}

func addMove(sums map[[2]string]*Move, from, to string, areaM2 float64) {
	m := sums[[2]string{from, to}]
	if m == nil {
		m = &Move{From: from, To: to}
		sums[[2]string{from, to}] = m
	}
	m.AreaM2 += areaM2
	m.Pieces++
}

func without(ids, others []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(others, id) })
}

func orNobody(ids []string) []string {
	if len(ids) == 0 {
		return []string{""}
	}
	return ids
}

// changes sums for each region what it covers in one layer only.
func (o *over) changes() []UnitChange {
	sums := make(map[string]*UnitChange)
	for face := int32(1); face < o.faces.count; face++ {
		before, after := o.layers(face)
		lost, gained := without(before, after), without(after, before)
		if len(lost)+len(gained) == 0 {
			continue
		}
		areaM2 := polygonAreaM2(o.faceRings(face))
		for _, id := range lost {
			changeOf(sums, id).LostM2 += areaM2
		}
		for _, id := range gained {
			changeOf(sums, id).GainedM2 += areaM2
		}
	}
	return sortedChanges(sums)
}

func sumMoves(moves []Move) []UnitChange {
	sums := make(map[string]*UnitChange)
	for _, m := range moves {
		if m.From != "" {
			changeOf(sums, m.From).LostM2 += m.AreaM2
		}
		if m.To != "" {
			changeOf(sums, m.To).GainedM2 += m.AreaM2
		}
	}
	return sortedChanges(sums)
}

func changeOf(sums map[string]*UnitChange, id string) *UnitChange {
	c := sums[id]
	if c == nil {
		c = &UnitChange{ID: id}
		sums[id] = c
	}
	return c
}

func sortedChanges(sums map[string]*UnitChange) []UnitChange {
	out := make([]UnitChange, 0, len(sums))
	for _, c := range sums {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b UnitChange) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// outline returns the polygons of what inside accepts, from the half-edges
// with it on their left.
func (g *planar) outline(halves []int32, inside func(h int32) bool) orb.MultiPolygon {
	seen := make(map[int32]bool, len(halves))
	var rings [][]geo.Point
	for _, start := range halves {
		if seen[start] {
			continue
		}
		cycle := walk(start, func(h int32) int32 {
			seen[h] = true
			return g.nextOutline(h, inside)
		})
		for _, r := range g.rings(cycle) {
			rings = append(rings, g.points(r))
		}
	}
	return polygonsOrb(nest(rings))
}
