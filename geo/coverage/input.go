package coverage

import (
	"context"
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"jieming/geo"
)

// input is a set of regions on the grid: polygons as rings of node numbers.
type input struct {
	opts    Options
	regions []Region
	parts   []part
	rings   []ring
	nodes   []geo.Point // by node number
	lookup  *index      // node number by geo.Key
	drawn   *edges      // before noding
	report  *Report
}

// part is one polygon of a region.
type part struct{ region, polygon int32 }

// ring runs with the territory on its left and does not repeat its first node.
type ring struct {
	part   int32
	number int32 // in its polygon; 0 is the shell
	nodes  []int32
	drawn  []int32 // nodes before noding
}

// newInput snaps regions to the grid. What is wrong with single rings goes to
// the report; the error is for input that is not worth looking at.
func newInput(ctx context.Context, regions []Region, opts Options) (*input, error) {
	in := &input{opts: opts.withDefaults(), regions: regions}
	in.report = newReport(in.opts)
	if err := in.countVertices(); err != nil {
		return nil, err
	}
	in.report.Regions = len(regions)
	in.lookup = newIndex(in.report.Vertices / 2)
	for r := range regions {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		in.addRegion(int32(r))
	}
	return in, nil
}

func (in *input) countVertices() error {
	for _, region := range in.regions {
		for p, polygon := range region.Geometry {
			for _, ring := range polygon {
				in.report.Rings++
				in.report.Vertices += len(ring)
			}
			if in.report.Vertices > in.opts.MaxVertices {
				return fmt.Errorf("polygon %d of region %s takes the input beyond %d vertices: generalise it, split the file, or raise the limit", p, region.ID, in.opts.MaxVertices)
			}
		}
	}
	return nil
}

// checkIDs refuses two regions of one id, which no report could tell apart.
func checkIDs(regions []Region) error {
	seen := make(map[string]bool, len(regions))
	for _, r := range regions {
		if seen[r.ID] {
			return fmt.Errorf("region %s appears twice: merge its polygons into one region or give them different ids", r.ID)
		}
		seen[r.ID] = true
	}
	return nil
}

func (in *input) addRegion(r int32) {
	before := len(in.parts)
	for p, polygon := range in.regions[r].Geometry {
		if len(polygon) == 0 {
			continue
		}
		in.parts = append(in.parts, part{region: r, polygon: int32(p)})
		for i, ring := range polygon {
			in.addRing(int32(i), ring)
		}
	}
	if before == len(in.parts) {
		in.fault(Fault{Kind: KindEmpty, Regions: in.ids(r), Message: "the region has no polygon"})
	}
}

// addRing takes a ring of the last part. A ring with a vertex off the globe, or
// without area, is reported and left out.
func (in *input) addRing(number int32, line orb.Ring) {
	r := in.parts[len(in.parts)-1].region
	points, bad := snapRing(line)
	if bad != nil {
		in.fault(Fault{Kind: KindBadCoordinate, Regions: in.ids(r), Message: in.where(number) + ": " + bad.Error()})
		return
	}
	points = in.closeRing(number, points)
	points = in.dropRepeated(number, points)
	if !in.worthKeeping(number, points) {
		return
	}
	if (twiceArea(points) < 0) == (number == 0) {
		slices.Reverse(points)
	}
	nodes := make([]int32, len(points))
	for i, p := range points {
		nodes[i] = in.node(p)
	}
	in.rings = append(in.rings, ring{part: int32(len(in.parts) - 1), number: number, nodes: nodes})
}

func snapRing(line orb.Ring) ([]geo.Point, error) {
	return geo.SnapLine(orb.LineString(line))
}

// closeRing drops the closing vertex.
func (in *input) closeRing(number int32, points []geo.Point) []geo.Point {
	last := len(points) - 1
	if last < 1 {
		return points
	}
	if points[0] == points[last] {
		return points[:last]
	}
	in.ringFault(KindUnclosed, number, points[last:], "its last vertex is not its first: close it")
	return points
}

// dropRepeated drops vertices equal to the one before.
func (in *input) dropRepeated(number int32, points []geo.Point) []geo.Point {
	kept := points[:0]
	for i, p := range points {
		if i > 0 && p == kept[len(kept)-1] {
			in.ringFault(KindRepeatedPoint, number, points[i:i+1], "the vertex repeats the one before; it is counted once")
			continue
		}
		kept = append(kept, p)
	}
	for len(kept) > 1 && kept[0] == kept[len(kept)-1] {
		in.ringFault(KindRepeatedPoint, number, kept[:1], "the first vertex is repeated at the end; it is counted once")
		kept = kept[:len(kept)-1]
	}
	return kept
}

func (in *input) worthKeeping(number int32, points []geo.Point) bool {
	if len(points) < 3 {
		in.ringFault(KindTooFewPoints, number, points, fmt.Sprintf("it has %d distinct vertices and encloses nothing", len(points)))
		return false
	}
	for i, p := range points {
		d := from(p, points[(i+1)%len(points)])
		if abs(d.dx) >= maxSpan || abs(d.dy) >= maxSpan {
			in.ringFault(KindBadCoordinate, number, points[i:i+1], "the segment from here spans more than 107 degrees: check the vertex or densify the line")
			return false
		}
	}
	if twiceArea(points) == 0 && !slices.ContainsFunc(points, func(p geo.Point) bool { return cross(points[0], points[1], p) != 0 }) {
		in.ringFault(KindTooFewPoints, number, points, "all its vertices lie on one line")
		return false
	}
	return true
}

// node returns the number of the node at p.
func (in *input) node(p geo.Point) int32 {
	id, fresh := in.lookup.id(uint64(geo.Key(p)))
	if fresh {
		in.nodes = append(in.nodes, p)
	}
	return id
}

func (in *input) ids(region int32) []string { return []string{in.regions[region].ID} }

// where names a ring of the last part.
func (in *input) where(number int32) string {
	return ringName(in.regions, in.parts[len(in.parts)-1], number)
}

func ringName(regions []Region, p part, number int32) string {
	if number == 0 {
		return fmt.Sprintf("%s, polygon %d, outer ring", regions[p.region].ID, p.polygon)
	}
	return fmt.Sprintf("%s, polygon %d, hole %d", regions[p.region].ID, p.polygon, number)
}

func (in *input) fault(f Fault) { in.report.add(f) }

// ringFault reports a fault of a ring of the last part at points.
func (in *input) ringFault(kind Kind, number int32, points []geo.Point, message string) {
	f := Fault{Kind: kind, Regions: in.ids(in.parts[len(in.parts)-1].region), Message: in.where(number) + ": " + message}
	in.fault(f.along(points))
}
