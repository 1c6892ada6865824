package gate

// fabric is the rings of some polygon layers, with their edges matched.
type fabric struct {
	cells    []Cell // distinct vertices
	rings    []ring
	polygons []polygon
	vertices []int32 // of all rings, by number of cells
	edges    []edge
	uses     []use
	index    *index // edges by both ends
	places   *index // cells
	features int32
}

// polygon is an exterior and its holes: rings from to to.
type polygon struct {
	feature  int32
	from, to int32
}

type ring struct {
	feature   *Feature
	number    int32 // of the feature in the fabric
	polygon   int32
	from, to  int32 // in vertices
	twiceArea int64
	reversed  bool // taken backwards, because its feature is wound wrongly
}

// edge joins two distinct vertices, a < b. sum is how often rings run from a to
// b less how often from b to a: 0 where neighbours fit.
type edge struct {
	a, b, sum int32
	uses      int32 // the first of its uses
}

// use is one ring's use of an edge.
type use struct{ ring, next int32 }

const none = -1

// weave makes the fabric of the polygons of layers.
func weave(t *Tile, layers []string) *fabric {
	f := newFabric(countCells(t, layers))
	f.add(t, layers, 1)
	return f
}

func newFabric(cells int) *fabric {
	return &fabric{index: newIndex(cells), places: newIndex(cells), vertices: make([]int32, 0, cells), edges: make([]edge, 0, cells), uses: make([]use, 0, cells)}
}

func countCells(t *Tile, layers []string) (n int) {
	for _, name := range layers {
		for i := range t.Layer(name).Features {
			for _, path := range t.Layer(name).Features[i].Paths {
				n += len(path)
			}
		}
	}
	return n
}

// add adds layers. Their edges count times each.
func (f *fabric) add(t *Tile, layers []string, times int32) {
	for _, name := range layers {
		l := t.Layer(name)
		for i := range l.Features {
			if l.Features[i].Kind == Polygon {
				f.addFeature(&l.Features[i], times)
				f.features++
			}
		}
	}
}

// addFeature adds the rings of a feature. Those that turn like its first ring
// are exteriors, the others holes of the exterior before. If the first turns
// the wrong way, all are taken backwards.
func (f *fabric) addFeature(feature *Feature, times int32) {
	turns, number := int64(0), f.features
	for _, path := range feature.Paths {
		area := twiceArea(path)
		if turns == 0 {
			turns = area
		}
		starts := area != 0 && area > 0 == (turns > 0)
		if starts || len(f.polygons) == 0 || f.polygons[len(f.polygons)-1].feature != number {
			f.polygons = append(f.polygons, polygon{number, int32(len(f.rings)), int32(len(f.rings))})
		}
		f.polygons[len(f.polygons)-1].to++
		r := ring{feature: feature, number: number, polygon: int32(len(f.polygons) - 1), twiceArea: area, reversed: turns < 0}
		if r.reversed {
			f.addRing(r, path, -times)
		} else {
			f.addRing(r, path, times)
		}
	}
}

func (f *fabric) addRing(r ring, path []Cell, times int32) {
	r.from = int32(len(f.vertices))
	for i, c := range path {
		if i > 0 && c == path[i-1] {
			continue
		}
		v, fresh := f.places.add(cellKey(c))
		if fresh {
			f.cells = append(f.cells, c)
		}
		f.vertices = append(f.vertices, v)
	}
	for n := len(f.vertices); n > int(r.from)+1 && f.vertices[n-1] == f.vertices[r.from]; n-- {
		f.vertices = f.vertices[:n-1]
	}
	r.to = int32(len(f.vertices))
	f.rings = append(f.rings, r)
	of := f.verticesOf(r)
	for i, v := range of {
		f.addEdge(v, of[(i+1)%len(of)], int32(len(f.rings)-1), times)
	}
}

func (f *fabric) verticesOf(r ring) []int32 { return f.vertices[r.from:r.to] }

func (f *fabric) addEdge(a, b, ring, times int32) {
	if a == b {
		return // a ring of one place
	}
	if a > b {
		a, b, times = b, a, -times
	}
	i, fresh := f.index.add(edgeKey(a, b))
	if fresh {
		f.edges = append(f.edges, edge{a: a, b: b, uses: none})
	}
	e := &f.edges[i]
	e.sum += times
	f.uses = append(f.uses, use{ring, e.uses})
	e.uses = int32(len(f.uses) - 1)
}

func edgeKey(a, b int32) uint64 { return uint64(uint32(a))<<32 | uint64(uint32(b)) }

// twiceArea is twice the area of a ring by the surveyor's formula, above zero
// where it runs clockwise on the screen.
func twiceArea(ring []Cell) (sum int64) {
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		sum += int64(p.X)*int64(q.Y) - int64(q.X)*int64(p.Y)
	}
	return sum
}

// turn is above zero if c lies to the right of the way from a to b on the
// screen, and 0 if it lies on the line through both.
func turn(a, b, c Cell) int64 {
	return int64(b.X-a.X)*int64(c.Y-a.Y) - int64(b.Y-a.Y)*int64(c.X-a.X)
}
