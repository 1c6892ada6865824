package crs

import (
	"math"

	"github.com/paulmach/orb"
)

// Reference is a set of stored boundary lines, indexed to find the nearest
// one. It is immutable and may be shared.
type Reference struct {
	segments []segment
	cells    map[cell][]int32
}

type segment struct{ a, b orb.Point }

type cell struct{ x, y int32 }

const (
	// A segment is found from as far as matchM. A point's own cell and its
	// eight neighbours reach that far up to 60° of latitude.
	matchM    = 1500
	cellLon   = 0.03
	cellLat   = 0.015
	degreeM   = 111_195 // on a sphere; only ratios and limits hang on it
	maxPieces = 4096    // cells one segment may cross; longer ones are no boundary
)

// NewReference indexes boundary lines given in CGCS2000 longitude and latitude.
// Segments longer than about 60° or with coordinates that are not finite are
// left out. It costs about 1 µs and 100 bytes per segment.
func NewReference(lines []orb.LineString) *Reference {
	r := &Reference{cells: make(map[cell][]int32)}
	for _, line := range lines {
		for i := 1; i < len(line); i++ {
			r.add(segment{line[i-1], line[i]})
		}
	}
	return r
}

func (r *Reference) add(s segment) {
	if !finite(s.a) || !finite(s.b) {
		return
	}
	n := math.Ceil(max(math.Abs(s.b[0]-s.a[0])/cellLon, math.Abs(s.b[1]-s.a[1])/cellLat))
	if n == 0 || n > maxPieces {
		return
	}
	id := int32(len(r.segments))
	r.segments = append(r.segments, s)
	from := cellOf(s.a)
	for i := 1.0; i <= n; i++ {
		to := cellOf(orb.Point{s.a[0] + (s.b[0]-s.a[0])*i/n, s.a[1] + (s.b[1]-s.a[1])*i/n})
		r.file(id, from, to)
		from = to
	}
}

// file enters a segment in all cells of the box between two, at most four.
func (r *Reference) file(id int32, a, b cell) {
	for x := min(a.x, b.x); x <= max(a.x, b.x); x++ {
		for y := min(a.y, b.y); y <= max(a.y, b.y); y++ {
			c := cell{x, y}
			ids := r.cells[c]
			if len(ids) == 0 || ids[len(ids)-1] != id {
				r.cells[c] = append(ids, id)
			}
		}
	}
}

func cellOf(p orb.Point) cell {
	return cell{int32(math.Floor(p[0] / cellLon)), int32(math.Floor(p[1] / cellLat))}
}

// vector is a difference of places in metres east and north.
type vector [2]float64

func (v vector) dot(w vector) float64 { return v[0]*w[0] + v[1]*w[1] }

// plane turns differences in degrees near a latitude into metres.
type plane struct{ lonM, latM float64 }

func planeAt(lat float64) plane {
	return plane{degreeM * math.Cos(lat*math.Pi/180), degreeM}
}

func (l plane) vector(from, to orb.Point) vector {
	return vector{(to[0] - from[0]) * l.lonM, (to[1] - from[1]) * l.latM}
}

// match is the nearest place on the reference.
type match struct {
	distanceM float64
	offset    vector // from there to the point asked for
	normal    vector // unit normal of the segment there
}

// nearest finds the nearest place within matchM of p.
func (r *Reference) nearest(p orb.Point) (match, bool) {
	if !finite(p) || !inDegrees(p) {
		return match{}, false
	}
	local, at := planeAt(p[1]), cellOf(p)
	best := match{distanceM: math.Inf(1)}
	for x := at.x - 1; x <= at.x+1; x++ {
		for y := at.y - 1; y <= at.y+1; y++ {
			for _, id := range r.cells[cell{x, y}] {
				if m := local.match(r.segments[id], p); m.distanceM < best.distanceM {
					best = m
				}
			}
		}
	}
	return best, best.distanceM <= matchM
}

func (l plane) match(s segment, p orb.Point) match {
	along, to := l.vector(s.a, s.b), l.vector(s.a, p)
	length2 := along.dot(along)
	if length2 == 0 {
		return match{distanceM: math.Inf(1)}
	}
	t := min(max(to.dot(along)/length2, 0), 1)
	offset := vector{to[0] - t*along[0], to[1] - t*along[1]}
	length := math.Sqrt(length2)
	return match{
		distanceM: math.Hypot(offset[0], offset[1]),
		offset:    offset,
		normal:    vector{-along[1] / length, along[0] / length},
	}
}
