package simplify_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	orbsimplify "github.com/paulmach/orb/simplify"

	"jieming/geo"
	"jieming/geo/datatest"
	"jieming/geo/mercator"
	"jieming/geo/simplify"
)

// readArcs chains the rings of a clean GeoJSON coverage into arcs by exactly
// equal vertices.
func readArcs(t testing.TB, name string) [][]mercator.Point {
	t.Helper()
	seen := map[edge]bool{}
	var edges []edge
	for _, ring := range datatest.Rings(t, name) {
		points, err := geo.SnapLine(ring)
		if err != nil {
			t.Fatal(err)
		}
		points = slices.Compact(points)
		for i := 1; i < len(points); i++ {
			e := edge{mercator.Project(points[i-1]), mercator.Project(points[i])}
			if compare(e[0], e[1]) > 0 {
				e[0], e[1] = e[1], e[0]
			}
			if !seen[e] {
				seen[e] = true
				edges = append(edges, e)
			}
		}
	}
	return chain(edges)
}

func TestThresholds_jilin(t *testing.T) {
	arcs := readArcs(t, "boundaries-jilin/counties_2023_tianditu.geojson")
	thresholds := simplify.Thresholds(arcs)
	checkZooms(t, arcs, thresholds)
	for _, zoom := range []int{0, 2, 3, 4, 5, 6, 8, 10} {
		t.Logf("zoom %d: %d of %d vertices", zoom, count(at(arcs, thresholds, zoom)), count(arcs))
	}
	// The source has a vertex every 2 km, which is what zoom 5 can show.
	if full, few := count(arcs), count(at(arcs, thresholds, 3)); few > full/4 {
		t.Errorf("zoom 3 still has %d of %d vertices", few, full)
	}
}

func TestThresholds_china(t *testing.T) {
	arcs := readArcs(t, "boundaries-china/counties_2023_tianditu.geojson.gz")
	thresholds := simplify.Thresholds(arcs)
	checkZooms(t, arcs, thresholds)
	for zoom := range 13 {
		ours, theirs := count(at(arcs, thresholds, zoom)), count(douglasPeucker(arcs, zoom))
		t.Logf("zoom %d: %d of %d vertices, %d by Douglas and Peucker", zoom, ours, count(arcs), theirs)
		if zoom >= 6 && 20*ours > 21*theirs {
			t.Errorf("zoom %d has %d vertices; Douglas and Peucker leave %d", zoom, ours, theirs)
		}
	}
}

// douglasPeucker simplifies each arc by itself to the tolerance that arcs are
// simplified to, without regard to the others.
func douglasPeucker(arcs [][]mercator.Point, zoom int) [][]mercator.Point {
	simplifier := orbsimplify.DouglasPeucker(0.8 * simplify.Tolerance * math.Ldexp(1, 20-zoom))
	out := make([][]mercator.Point, len(arcs))
	for i, arc := range arcs {
		line := make(orb.LineString, len(arc))
		for k, p := range arc {
			line[k] = orb.Point{float64(p.X), float64(p.Y)}
		}
		out[i] = make([]mercator.Point, len(simplifier.LineString(line)))
	}
	return out
}

func count(arcs [][]mercator.Point) int {
	n := 0
	for _, arc := range arcs {
		n += len(arc)
	}
	return n
}

func benchmark(b *testing.B, arcs [][]mercator.Point) {
	n := count(arcs)
	b.ResetTimer()
	for b.Loop() {
		simplify.Thresholds(arcs)
	}
	b.ReportMetric(float64(n), "vertices")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/vertex")
}

func BenchmarkThresholds_china(b *testing.B) {
	benchmark(b, readArcs(b, "boundaries-china/counties_2023_tianditu.geojson.gz"))
}

func BenchmarkThresholds_synthetic(b *testing.B) {
	benchmark(b, randomArcs(rand.New(rand.NewPCG(1, 22)), 1200, 4000))
}
