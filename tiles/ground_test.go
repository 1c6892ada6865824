package tiles_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"jieming/tiles"
	"jieming/tiles/gate"
)

// ground is what a test knows of the territory that a view shows, from elsewhere
// than the view.
type ground struct {
	view    *tiles.View
	outside map[string]bool  // names of units beyond
	units   map[int][]uint64 // by level: what must be drawn, or be said to be too small
	refined map[uint64]bool  // counties that consist of townships
	partly  map[string]bool  // names of the prefectures, where they do not cover all; else nil
	partial map[string]bool  // names of counties of which a part is held by no township
	bounds  [4]float64       // degrees
}

// The layers of the areas by level, and the zooms they begin at: the contract.
var (
	areaLayers = []string{1: "province", 2: "prefecture", 3: "county", 4: "township"}
	areaZooms  = []int{1: 0, 2: 3, 3: 4, 4: 8}
)

// levelsAt lists the levels that a zoom shows.
func (g *ground) levelsAt(z int) (shown []int) {
	for level := 1; level < len(areaLayers); level++ {
		if areaZooms[level] <= z && len(g.units[level]) > 0 {
			shown = append(shown, level)
		}
	}
	return shown
}

// epoch is a day of snapshots that show the same on all days.
var epoch = time.Unix(0, 0)

// laid is the ground of a snapshot that SnapshotOf made.
func laid(s *tiles.Snapshot, ids map[string]int64) *ground {
	g := &ground{view: s.View(epoch, 1), outside: map[string]bool{tiles.Outside: true}, units: map[int][]uint64{}, refined: map[uint64]bool{}}
	for code, id := range ids {
		level := map[int]int{2: 1, 4: 2, 6: 3, 9: 4}[len(code)]
		if code == tiles.Outside {
			continue
		}
		g.units[level] = append(g.units[level], uint64(id))
		if level == 4 {
			g.refined[uint64(ids[code[:6]])] = true
		}
	}
	g.bounds, _ = g.view.Bounds()
	return g
}

// judge draws tiles of a ground and judges them. It may be used by many at once.
type judge struct {
	testing.TB
	*ground
	mu     sync.Mutex
	judged int
	seen   map[int]map[uint64]bool // by zoom: units drawn, or said to be too small
	named  map[int]map[uint64]int  // by zoom: how often units have a label
	pieces map[string]bool         // names of territory whose county is not known
}

func newJudge(t testing.TB, g *ground) *judge {
	return &judge{TB: t, ground: g, seen: map[int]map[uint64]bool{}, named: map[int]map[uint64]int{}, pieces: map[string]bool{}}
}

func (j *judge) draw(z, x, y int) *gate.Tile {
	tile, err := gate.Decode(j.view.Draw(z, x, y).Encode(nil))
	if err != nil {
		j.Errorf("tile %d/%d/%d: %v", z, x, y, err)
		return &gate.Tile{}
	}
	return tile
}

// drawnLayers are those whose places neighbours must agree about.
var drawnLayers = []string{"province", "prefecture", "county", "township", "unrefined", "boundary"}

// zoom judges every tile of a zoom that meets the ground, with its seams, and
// that no unit is lost.
func (j *judge) zoom(z int) {
	nw, se := corners(j.bounds, z)
	middle := (nw[0] + se[0]) / 2
	var both sync.WaitGroup
	both.Go(func() { j.strip(z, nw[0], middle, nw[1], se[1], middle < se[0]) })
	both.Go(func() { j.strip(z, middle+1, se[0], nw[1], se[1], false) })
	both.Wait()
	for _, level := range j.levelsAt(z) {
		for _, id := range j.units[level] {
			if !j.seen[z][id] || j.named[z][id] != 1 {
				j.Errorf("zoom %d: unit %d of level %d: drawn or said to be too small: %t; labels: %d", z, id, level, j.seen[z][id], j.named[z][id])
			}
		}
	}
}

// strip judges columns of tiles from west to east, with the seams between them
// and, if there is a column further east, with that.
func (j *judge) strip(z, west, east, north, south int, further bool) {
	var before []*gate.Tile
	for x := west; x <= east || further && x == east+1; x++ {
		column := make([]*gate.Tile, 0, south-north+1)
		for y := north; y <= south; y++ {
			tile := j.draw(z, x, y)
			if before != nil {
				j.seam(before[y-north], tile, gate.East, z, x-1, y)
			}
			if x <= east {
				j.judge(tile, z, x, y)
				if y > north {
					j.seam(column[y-north-1], tile, gate.South, z, x, y-1)
				}
			}
			column = append(column, tile)
		}
		before = column
	}
}

// sample judges a tile with the seams to its neighbours in the east and south.
func (j *judge) sample(z, x, y int) {
	tile, last := j.draw(z, x, y), 1<<z-1
	j.judge(tile, z, x, y)
	if x < last {
		j.seam(tile, j.draw(z, x+1, y), gate.East, z, x, y)
	}
	if y < last {
		j.seam(tile, j.draw(z, x, y+1), gate.South, z, x, y)
	}
}

func (j *judge) seam(a, b *gate.Tile, to gate.Side, z, x, y int) {
	if s := gate.Compare(a, b, to, 64, drawnLayers...); !s.Zero() {
		j.Errorf("tile %d/%d/%d and its neighbour to side %d differ: %+v", z, x, y, to, s)
	}
}

// judge judges each level of a tile as one coverage, the finest with its borders,
// and that all levels cover the same.
func (j *judge) judge(tile *gate.Tile, z, x, y int) {
	shown := j.levelsAt(z)
	for i, level := range shown {
		subject := gate.Subject{Layers: []string{areaLayers[level]}, Boundary: "boundary", Complete: i == len(shown)-1 && !(level == 2 && j.partly != nil) && !(level == 4 && j.partial != nil),
			Outer: func(f *gate.Feature) bool { return j.ends(f, level) }}
		of := tile
		if level >= 3 {
			subject.Layers, subject.Pieces = append(subject.Layers, "unrefined"), "unrefined"
		}
		if level == 4 {
			of = j.unrefinedCounties(tile)
			subject.Layers = append(subject.Layers, "rest")
		}
		if r := gate.Judge(of, subject); !r.Zero() {
			j.Errorf("tile %d/%d/%d, %s: %v", z, x, y, areaLayers[level], r)
		}
		if more, less := gate.Difference(of, subject.Layers, []string{"province"}); level > 2 && !(level == 4 && j.partial != nil) && (more > 0 || less > 0) {
			j.Errorf("tile %d/%d/%d: the layers %v cover %d cells more and %d less than the provinces", z, x, y, subject.Layers, more, less)
		}
	}
	j.note(tile, z)
}

// ends tells of a border whether polygons of a level end there, because beyond it
// lies the outside, or something that has no prefecture.
func (j *judge) ends(f *gate.Feature, level int) bool {
	left, _ := f.Tag("left").(string)
	right, _ := f.Tag("right").(string)
	rank, _ := f.Tag("rank").(uint64)
	if level == 4 && (j.partial[left] || j.partial[right]) {
		return true
	}
	return j.outside[left] || j.outside[right] || level == 2 && rank == 2 && j.partly != nil && !(j.partly[left] && j.partly[right])
}

// unrefinedCounties returns the tile with a layer of the counties that do not
// consist of townships: they stand for themselves.
func (j *judge) unrefinedCounties(tile *gate.Tile) *gate.Tile {
	rest := &gate.Layer{Name: "rest"}
	for _, f := range tile.Layer("county").Features {
		if !j.refined[f.ID] {
			rest.Features = append(rest.Features, f)
		}
	}
	return &gate.Tile{Layers: append(slices.Clip(tile.Layers), rest)}
}

// note remembers what a tile draws and names.
func (j *judge) note(tile *gate.Tile, z int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.judged++
	if j.seen[z] == nil {
		j.seen[z], j.named[z] = map[uint64]bool{}, map[uint64]int{}
	}
	for _, name := range areaLayers[1:] {
		for _, f := range tile.Layer(name).Features {
			j.seen[z][f.ID] = true
		}
	}
	for _, f := range tile.Layer("label").Features {
		if f.Tag("known") == true {
			j.named[z][f.ID]++
			if f.Tag("collapsed") == true {
				j.seen[z][f.ID] = true
			}
		} else {
			j.pieces[fmt.Sprint(f.Tag("name"))] = true
		}
	}
}

// corners returns the first and last column and row of a zoom that meet
// rectangles in degrees.
func corners(degrees [4]float64, z int) (nw, se [2]int) {
	all := cover(degrees, z)
	last := all[len(all)-1]
	return [2]int{int(all[0].X), int(all[0].Y)}, [2]int{int(last.X), int(last.Y)}
}

// seeded picks a tile of a zoom that meets the ground.
func (j *judge) seeded(z int, random func(n int) int) (x, y int) {
	nw, se := corners(j.bounds, z)
	return nw[0] + random(se[0]-nw[0]+1), nw[1] + random(se[1]-nw[1]+1)
}
