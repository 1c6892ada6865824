package coverage

import (
	"cmp"
	"slices"

	"github.com/paulmach/orb"

	"jieming/geo"
)

// Polygons returns the union of the faces of each group, from the arcs that have
// just one side in it. group names the group of a face; faces of group "" are in
// none. Shells run counter-clockwise and holes clockwise (RFC 7946), shells are
// ordered by size, and vertices are exactly those of the arcs.
//
// Cost is linear in the vertices on the outlines.
func (c *Coverage) Polygons(group func(face int) string) map[string]orb.MultiPolygon {
	out := make(map[string]orb.MultiPolygon)
	for key, polygons := range c.outlines(group) {
		out[key] = polygonsOrb(polygons)
	}
	return out
}

func polygonsOrb(polygons [][][]geo.Point) orb.MultiPolygon {
	out := make(orb.MultiPolygon, len(polygons))
	for i, rings := range polygons {
		for _, r := range rings {
			out[i] = append(out[i], orb.Ring(geo.LineOrb(r)))
		}
	}
	return out
}

// outlines returns the polygons of each group, each as its rings, shell first.
func (c *Coverage) outlines(group func(face int) string) map[string][][][]geo.Point {
	number, keys := c.groups(group)
	of := func(h int32) int32 { // the group left of a half-edge
		if f := c.left(h); f >= 0 {
			return number[f]
		}
		return -1
	}
	rings := make([][][]geo.Point, len(keys))
	seen := make([]bool, 2*len(c.Arcs))
	for start := range int32(len(seen)) {
		g := of(start)
		if g < 0 || seen[start] || of(twin(start)) == g {
			continue
		}
		cycle := walk(start, func(h int32) int32 {
			seen[h] = true
			return c.graph.nextOutline(h, func(k int32) bool { return of(k) == g })
		})
		for _, r := range c.graph.rings(cycle) {
			rings[g] = append(rings[g], c.graph.points(r))
		}
	}
	out := make(map[string][][][]geo.Point, len(keys))
	for i, key := range keys {
		out[key] = nest(rings[i])
	}
	return out
}

// groups numbers the groups of the faces; -1 is none.
func (c *Coverage) groups(group func(face int) string) (number []int32, keys []string) {
	number = make([]int32, len(c.Faces))
	seen := make(map[string]int32)
	for i := range c.Faces {
		key := group(i)
		if key == "" {
			number[i] = -1
			continue
		}
		n, found := seen[key]
		if !found {
			n = int32(len(keys))
			seen[key] = n
			keys = append(keys, key)
		}
		number[i] = n
	}
	return number, keys
}

// nest makes polygons of rings that do not cross: each hole goes to the smallest
// shell around it.
func nest(rings [][]geo.Point) [][][]geo.Point {
	type sized struct {
		ring  []geo.Point
		twice int64
	}
	var shells, holes []sized
	for _, r := range rings {
		if s := (sized{r, twiceArea(r)}); s.twice > 0 {
			shells = append(shells, s)
		} else {
			holes = append(holes, s)
		}
	}
	slices.SortStableFunc(shells, func(a, b sized) int { return cmp.Compare(b.twice, a.twice) })
	polygons := make([][][]geo.Point, len(shells))
	for i, s := range shells {
		polygons[i] = [][]geo.Point{s.ring}
	}
	for _, hole := range holes {
		k := len(shells) - 1
		for k > 0 && (shells[k].twice < -hole.twice || !encloses(shells[k].ring, hole.ring)) {
			k--
		}
		if k >= 0 {
			polygons[k] = append(polygons[k], hole.ring)
		}
	}
	return polygons
}

// encloses tells whether a ring that does not cross shell lies in it: whether
// its first vertex that is not on the shell does.
func encloses(shell, ring []geo.Point) bool {
	lo, hi := extent(shell)
	for _, p := range ring {
		if p.X < lo.X || p.X > hi.X || p.Y < lo.Y || p.Y > hi.Y {
			return false
		}
		if in, on := contains(shell, p); !on {
			return in
		}
	}
	return true
}

// contains tells whether a closed ring winds around p, or has it on its line.
func contains(ring []geo.Point, p geo.Point) (in, on bool) {
	for i := 1; i < len(ring); i++ {
		a, b := ring[i-1], ring[i]
		if touches(a, b, p) {
			return false, true
		}
		if a.Y <= p.Y != (b.Y <= p.Y) {
			s := segment{a, b}.upward()
			if cross(s.a, s.b, p) > 0 {
				in = !in
			}
		}
	}
	return in, false
}
