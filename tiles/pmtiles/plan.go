package pmtiles

import (
	"context"
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// Cover is what a source says of a tile and all tiles below it.
type Cover uint8

// The covers. Uniform means: all tiles of one zoom below it, and on it, are
// equal to each other; those of different zooms may differ.
const (
	Varied Cover = iota
	Empty
	Uniform
)

// Coverer is a [Source] that can tell without making tiles that a tile and all
// below it are empty or uniform. A uniform stretch then costs one tile a zoom.
// Covers is called for every varied tile, one call at a time, and must be much
// cheaper than a tile.
type Coverer interface {
	Covers(ctx context.Context, z, x, y int) (Cover, error)
}

// span is a stretch of the curve of one zoom: a varied tile, or count equal
// ones.
type span struct {
	first uint64 // place on the curve
	count uint64
	cover Cover
}

// plan goes down the pyramid, zoom by zoom.
type plan struct {
	bounds orb.Bound // lon, lat in degrees
	buffer float64   // share of a tile's side
	covers func(ctx context.Context, z, x, y int) (Cover, error)
}

// box is a rectangle of tiles, both ends included.
type box struct{ x0, y0, x1, y1 int }

// boxAt returns the tiles of a zoom that, with their buffer, meet the bounds.
func (p plan) boxAt(z int) box {
	x0, y0 := project(z, p.bounds.Left(), p.bounds.Top())
	x1, y1 := project(z, p.bounds.Right(), p.bounds.Bottom())
	last := 1<<z - 1
	cell := func(v float64) int { return min(max(int(math.Floor(v)), 0), last) }
	return box{cell(x0 - p.buffer), cell(y0 - p.buffer), cell(x1 + p.buffer), cell(y1 + p.buffer)}
}

// project returns a place in Web Mercator, in tiles of a zoom from the north
// west.
func project(z int, lon, lat float64) (x, y float64) {
	n := float64(uint64(1) << z)
	sin := math.Sin(min(max(lat, -85.05112877980659), 85.05112877980659) * math.Pi / 180)
	return n * (lon/360 + 0.5), n * (0.5 - math.Log((1+sin)/(1-sin))/(4*math.Pi))
}

func (b box) size() int { return (b.x1 - b.x0 + 1) * (b.y1 - b.y0 + 1) }

// meets and holds tell whether the tile and the box have tiles in common, and
// whether the box at a deeper zoom, levels below, holds all below the tile.
func (b box) meets(x, y int) bool { return b.x0 <= x && x <= b.x1 && b.y0 <= y && y <= b.y1 }
func (b box) holds(x, y, levels int) bool {
	return b.x0 <= x<<levels && (x+1)<<levels-1 <= b.x1 && b.y0 <= y<<levels && (y+1)<<levels-1 <= b.y1
}

// total is how many tiles lie within the bounds.
func (p plan) total(minZoom, maxZoom int) (n int) {
	for z := minZoom; z <= maxZoom; z++ {
		n += p.boxAt(z).size()
	}
	return n
}

// walk calls emit with the spans of zooms minZoom to maxZoom in order of ids,
// leaving out what is empty, and skip with the number of tiles left out. It
// keeps the spans of one zoom in memory.
func (p plan) walk(ctx context.Context, minZoom, maxZoom int, emit func(z int, s span) error, skip func(n int)) error {
	above := []span{{count: 1}}
	for z := 0; z <= maxZoom; z++ {
		var here []span
		shown := 0
		err := p.level(ctx, z, maxZoom, above, func(s span) error {
			if z < maxZoom {
				here = append(here, s)
			}
			if z < minZoom {
				return nil
			}
			shown += int(s.count)
			return emit(z, s)
		})
		if err != nil {
			return err
		}
		if z >= minZoom {
			skip(p.boxAt(z).size() - shown)
		}
		above = here
	}
	return nil
}

// level calls emit with the spans of a zoom, given those of the zoom above.
func (p plan) level(ctx context.Context, z, maxZoom int, above []span, emit func(span) error) error {
	b, deepest := p.boxAt(z), p.boxAt(maxZoom)
	for _, s := range above {
		if s.cover == Uniform {
			if err := emit(span{4 * s.first, 4 * s.count, Uniform}); err != nil {
				return err
			}
			continue
		}
		first, n := 4*s.first, uint64(4)
		if z == 0 {
			first, n = 0, 1
		}
		for place := first; place < first+n; place++ {
			x, y := xy(z, place)
			if !b.meets(x, y) {
				continue
			}
			cover, err := p.covers(ctx, z, x, y)
			if err != nil {
				return fmt.Errorf("ask what covers tile %d/%d/%d: %w", z, x, y, err)
			}
			if cover == Uniform && !deepest.holds(x, y, maxZoom-z) {
				cover = Varied
			}
			if cover == Empty {
				continue
			}
			if err := emit(span{place, 1, cover}); err != nil {
				return err
			}
		}
	}
	return nil
}
