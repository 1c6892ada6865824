package registry

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"jieming/geo/lattice"
)

// Courses tells how the publication of an entry makes its geometry coarser.
type Courses interface {
	// PublishedDecimals returns the decimals to which what is published as of an
	// entry is rounded, for good; 0 for as stored. An entry of which nothing is
	// published may be later.
	PublishedDecimals(ctx context.Context, at Seq) (decimals int, published bool, err error)
	// EachCourse streams the courses (WKB) of all borders of any day, as recorded at
	// an entry.
	EachCourse(ctx context.Context, at Seq, yield func([]byte) error) error
}

// Coarse is a registry that answers about each entry with geometry as coarse as its
// publication says. Lines are rounded together, so that neighbours fit. Areas in m²
// and lengths are those of the stored geometry. It keeps what it needs for the
// latest entries asked about, some megabytes each, and is safe for concurrent use.
type Coarse struct {
	Registry
	courses Courses

	mu    sync.Mutex
	known []*coarseness // the latest last
}

// coarseness is the lattice of an entry, nil for none, once it is ready.
type coarseness struct {
	at    Seq
	ready chan struct{}
	net   *lattice.Lattice
	err   error
}

// keptLattices is how many entries a Coarse remembers.
const keptLattices = 4

// Generalise returns a Coarse over a registry.
func Generalise(from Registry, courses Courses) *Coarse {
	return &Coarse{Registry: from, courses: courses}
}

// lattice returns the lattice of an entry; nil where geometry is as stored. The
// first who asks has it made, others wait.
func (c *Coarse) lattice(ctx context.Context, at Seq) (*lattice.Lattice, error) {
	known, mine := c.find(at)
	if mine {
		var published bool
		known.net, published, known.err = c.build(context.WithoutCancel(ctx), at)
		if known.err != nil || !published {
			c.forget(known)
		}
		close(known.ready)
	}
	select {
	case <-known.ready:
		return known.net, known.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *Coarse) find(at Seq) (known *coarseness, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.known {
		if k.at == at {
			return k, false
		}
	}
	known = &coarseness{at: at, ready: make(chan struct{})}
	if c.known = append(c.known, known); len(c.known) > keptLattices {
		c.known = c.known[1:]
	}
	return known, true
}

func (c *Coarse) forget(gone *coarseness) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, k := range c.known {
		if k == gone {
			c.known = append(c.known[:i:i], c.known[i+1:]...)
			return
		}
	}
}

func (c *Coarse) build(ctx context.Context, at Seq) (net *lattice.Lattice, published bool, err error) {
	decimals, published, err := c.courses.PublishedDecimals(ctx, at)
	if err != nil || decimals == 0 {
		return nil, published, err
	}
	if net, err = lattice.New(decimals); err != nil {
		return nil, published, err
	}
	err = c.courses.EachCourse(ctx, at, func(course []byte) error {
		g, err := wkb.Unmarshal(course)
		if err != nil {
			return err
		}
		line, ok := g.(orb.LineString)
		if !ok {
			return fmt.Errorf("a %s is not a course", g.GeoJSONType())
		}
		return net.Add(line)
	})
	return net, published, err
}

// area rounds an area; nil stays nil.
func area(net *lattice.Lattice, data []byte) ([]byte, error) {
	if net == nil || data == nil {
		return data, nil
	}
	g, err := wkb.Unmarshal(data)
	if err != nil {
		return nil, err
	}
	shape, ok := g.(orb.MultiPolygon)
	if polygon, one := g.(orb.Polygon); one {
		shape, ok = orb.MultiPolygon{polygon}, true
	}
	if !ok {
		return nil, fmt.Errorf("a %s is not an area", g.GeoJSONType())
	}
	if shape, err = net.Area(shape); err != nil || len(shape) == 0 {
		return nil, err
	}
	return wkb.Marshal(shape)
}

// course rounds a line or several; nil where nothing is left.
func course(net *lattice.Lattice, data []byte) ([]byte, error) {
	if net == nil || data == nil {
		return data, nil
	}
	g, err := wkb.Unmarshal(data)
	if err != nil {
		return nil, err
	}
	switch g := g.(type) {
	case orb.LineString:
		line, err := net.Line(g)
		if err != nil || line == nil {
			return nil, err
		}
		return wkb.Marshal(line)
	case orb.MultiLineString:
		var all orb.MultiLineString
		for _, one := range g {
			line, err := net.Line(one)
			if err != nil {
				return nil, err
			}
			if line != nil {
				all = append(all, line)
			}
		}
		if len(all) == 0 {
			return nil, nil
		}
		return wkb.Marshal(all)
	}
	return nil, fmt.Errorf("a %s is not a course", g.GeoJSONType())
}

// point rounds a point.
func point(net *lattice.Lattice, p orb.Point) orb.Point {
	if net == nil {
		return p
	}
	return net.Point(p)
}

// around rounds a box outwards, so that a question tells no more than an answer.
func around(net *lattice.Lattice, b *orb.Bound) *orb.Bound {
	if net == nil || b == nil {
		return b
	}
	per := math.Pow10(net.Decimals())
	return &orb.Bound{Min: orb.Point{math.Floor(b.Min[0]*per) / per, math.Floor(b.Min[1]*per) / per},
		Max: orb.Point{math.Ceil(b.Max[0]*per) / per, math.Ceil(b.Max[1]*per) / per}}
}

// coarsen rounds what a unit tells of its place.
func coarsen(net *lattice.Lattice, u *Unit) (err error) {
	u.WKB, err = area(net, u.WKB)
	if u.Areal {
		u.Label = point(net, u.Label)
	}
	return err
}

// Units implements Registry.
func (c *Coarse) Units(ctx context.Context, q UnitQuery, yield func(*Unit) error) error {
	net, err := c.lattice(ctx, q.At.Recorded)
	if err != nil {
		return err
	}
	q.Box = around(net, q.Box)
	return c.Registry.Units(ctx, q, func(u *Unit) error {
		if err := coarsen(net, u); err != nil {
			return err
		}
		return yield(u)
	})
}

// Unit implements Registry.
func (c *Coarse) Unit(ctx context.Context, id UnitID, at Instant, geometry bool) (*Unit, error) {
	net, err := c.lattice(ctx, at.Recorded)
	if err != nil {
		return nil, err
	}
	u, err := c.Registry.Unit(ctx, id, at, geometry)
	if err != nil {
		return nil, err
	}
	return u, coarsen(net, u)
}

// UnitByCode implements Registry.
func (c *Coarse) UnitByCode(ctx context.Context, code string, at Instant) (*Unit, error) {
	net, err := c.lattice(ctx, at.Recorded)
	if err != nil {
		return nil, err
	}
	u, err := c.Registry.UnitByCode(ctx, code, at)
	if err != nil {
		return nil, err
	}
	return u, coarsen(net, u)
}

// Unrefined implements Registry.
func (c *Coarse) Unrefined(ctx context.Context, at Instant, level Level, geometry bool, yield func(*Unrefined) error) error {
	net, err := c.lattice(ctx, at.Recorded)
	if err != nil {
		return err
	}
	return c.Registry.Unrefined(ctx, at, level, geometry, func(u *Unrefined) (err error) {
		if u.WKB, err = area(net, u.WKB); err != nil {
			return err
		}
		u.Label = point(net, u.Label)
		return yield(u)
	})
}

// Search implements Registry.
func (c *Coarse) Search(ctx context.Context, q SearchQuery) (*SearchResult, error) {
	net, err := c.lattice(ctx, q.At.Recorded)
	if err != nil {
		return nil, err
	}
	found, err := c.Registry.Search(ctx, q)
	if err != nil || net == nil {
		return found, err
	}
	for i := range found.Hits {
		h := &found.Hits[i]
		for _, p := range []**orb.Point{&h.Point, &h.At} {
			if *p != nil {
				rounded := net.Point(**p)
				*p = &rounded
			}
		}
		h.Box = around(net, h.Box)
	}
	return found, nil
}

// Where implements Registry: the question is rounded, so that asking about many
// points does not find a border more exactly than it is published.
func (c *Coarse) Where(ctx context.Context, p orb.Point, at Instant) ([]Whereabouts, error) {
	net, err := c.lattice(ctx, at.Recorded)
	if err != nil {
		return nil, err
	}
	found, err := c.Registry.Where(ctx, point(net, p), at)
	for i := range found {
		for n := range found[i].Chain {
			if err := coarsen(net, &found[i].Chain[n]); err != nil {
				return nil, err
			}
		}
	}
	return found, err
}

// Borders implements Registry. A border that lies within a cell is left out.
func (c *Coarse) Borders(ctx context.Context, at Instant, yield func(*Border) error) error {
	net, err := c.lattice(ctx, at.Recorded)
	if err != nil {
		return err
	}
	return c.Registry.Borders(ctx, at, func(b *Border) (err error) {
		if b.WKB, err = course(net, b.WKB); err != nil || b.WKB == nil {
			return err
		}
		return yield(b)
	})
}

// Lines implements Registry.
func (c *Coarse) Lines(ctx context.Context, q LineQuery, yield func(*Line) error) error {
	net, err := c.lattice(ctx, q.At.Recorded)
	if err != nil {
		return err
	}
	q.Box = around(net, q.Box)
	return c.Registry.Lines(ctx, q, func(l *Line) (err error) {
		if l.WKB, err = course(net, l.WKB); err != nil {
			return err
		}
		return yield(l)
	})
}

// Line implements Registry.
func (c *Coarse) Line(ctx context.Context, id LineID, at Instant) (*Line, error) {
	net, err := c.lattice(ctx, at.Recorded)
	if err != nil {
		return nil, err
	}
	l, err := c.Registry.Line(ctx, id, at)
	if err != nil {
		return nil, err
	}
	l.WKB, err = course(net, l.WKB)
	return l, err
}

// Places implements Registry.
func (c *Coarse) Places(ctx context.Context, q PlaceQuery, yield func(*Place) error) error {
	net, err := c.lattice(ctx, q.At.Recorded)
	if err != nil {
		return err
	}
	q.Box = around(net, q.Box)
	return c.Registry.Places(ctx, q, func(p *Place) error {
		p.Point = point(net, p.Point)
		return yield(p)
	})
}

// Place implements Registry.
func (c *Coarse) Place(ctx context.Context, id PlaceID, at Instant) (*Place, error) {
	net, err := c.lattice(ctx, at.Recorded)
	if err != nil {
		return nil, err
	}
	p, err := c.Registry.Place(ctx, id, at)
	if err != nil {
		return nil, err
	}
	p.Point = point(net, p.Point)
	return p, nil
}
