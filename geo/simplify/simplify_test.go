package simplify_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"jieming/geo"
	"jieming/geo/mercator"
	"jieming/geo/simplify"
)

const maxZoom = 16

func at(arcs [][]mercator.Point, thresholds [][]float32, zoom int) [][]mercator.Point {
	out := make([][]mercator.Point, len(arcs))
	for i := range arcs {
		out[i] = simplify.At(arcs[i], thresholds[i], zoom)
	}
	return out
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
}

// checkZooms checks on all zooms what the package promises.
func checkZooms(t failer, arcs [][]mercator.Point, thresholds [][]float32) {
	t.Helper()
	for i, arc := range arcs {
		checkDistance(t, arc, thresholds[i])
	}
	var coarser [][]mercator.Point
	for zoom := range maxZoom + 1 {
		now := at(arcs, thresholds, zoom)
		if e, f, bad := firstConflict(now); bad {
			t.Fatalf("zoom %d: %v and %v meet", zoom, e, f)
		}
		checkEnds(t, zoom, arcs, now)
		checkCollapse(t, zoom, now)
		for i := range coarser {
			if !isSubsequence(coarser[i], now[i]) {
				t.Fatalf("zoom %d: arc %d lacks a vertex of the zoom before", zoom, i)
			}
		}
		coarser = now
	}
}

func checkEnds(t failer, zoom int, full, now [][]mercator.Point) {
	t.Helper()
	for i := range full {
		if full[i][0] != now[i][0] || full[i][len(full[i])-1] != now[i][len(now[i])-1] {
			t.Fatalf("zoom %d: the ends of arc %d have moved", zoom, i)
		}
	}
}

func checkCollapse(t failer, zoom int, arcs [][]mercator.Point) {
	t.Helper()
	straight := map[edge]int{}
	for i, arc := range arcs {
		a, b := arc[0], arc[len(arc)-1]
		if a == b && len(arc) < 4 {
			t.Fatalf("zoom %d: closed arc %d has %d vertices", zoom, i, len(arc)-1)
		}
		if len(arc) == 2 {
			if compare(a, b) > 0 {
				a, b = b, a
			}
			if straight[edge{a, b}]++; straight[edge{a, b}] > 1 {
				t.Fatalf("zoom %d: two straight arcs from %v to %v", zoom, a, b)
			}
		}
	}
}

func isSubsequence(short, long []mercator.Point) bool {
	for _, p := range long {
		if len(short) > 0 && short[0] == p {
			short = short[1:]
		}
	}
	return len(short) == 0
}

func TestThresholds_keepACoverageACoverage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 22))
		size := rapid.IntRange(1, 24).Draw(t, "size")
		arcs := randomArcs(random, size, rapid.IntRange(1, 12).Draw(t, "regions"))
		if e, f, bad := firstConflict(arcs); bad {
			t.Fatalf("the test's own coverage is no good: %v and %v meet", e, f)
		}
		checkZooms(t, arcs, simplify.Thresholds(arcs))
	})
}

func TestThresholds_keepAFractalAFractal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 22))
		arcs := fractalArcs(random, 1<<rapid.IntRange(1, 6).Draw(t, "size"), rapid.IntRange(1, 5).Draw(t, "regions"))
		checkZooms(t, arcs, simplify.Thresholds(arcs))
	})
}

func TestThresholds_doNotDependOnOrderOrDirection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 22))
		arcs := randomArcs(random, 20, 8)
		want := simplify.Thresholds(arcs)
		shuffled := make([][]mercator.Point, len(arcs))
		order := random.Perm(len(arcs))
		for i, j := range order {
			shuffled[i] = slices.Clone(arcs[j])
			if i%2 == 0 {
				slices.Reverse(shuffled[i])
			}
		}
		got := simplify.Thresholds(shuffled)
		for i, j := range order {
			if i%2 == 0 {
				slices.Reverse(got[i])
			}
			if !slices.Equal(got[i], want[j]) {
				t.Fatalf("arc %d: %v in another order %v", j, want[j], got[i])
			}
		}
	})
}

// Without anything in the way it is Visvalingam–Whyatt by distance, here in the
// way a textbook would write it.
func TestThresholds_areVisvalingams(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(t, "n")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 22))
		arc := make([]mercator.Point, n)
		for i := range arc { // x rises, so nothing can cross
			arc[i] = mercator.Point{X: 1_250_000_000 + int32(i)*1_000_000 + random.Int32N(900_000), Y: 430_000_000 + random.Int32N(1_000_000)}
		}
		want := textbook(arc)
		got := simplify.Thresholds([][]mercator.Point{arc})[0]
		for i := range got {
			if math.Abs(float64(got[i])-want[i]) > 1e-6*want[i] && !math.IsInf(want[i], 1) {
				t.Fatalf("vertex %d of %v: %v, want %v", i, arc, got, want)
			}
		}
	})
}

func textbook(arc []mercator.Point) []float64 {
	var left []int
	thresholds := make([]float64, len(arc))
	for i := range arc {
		left = append(left, i)
		thresholds[i] = math.Inf(1)
	}
	for reached := 0.0; len(left) > 2; {
		best, least := 0, math.Inf(1)
		for k := 1; k < len(left)-1; k++ {
			u, w, a := left[k-1], left[k+1], 0.0
			for _, p := range arc[u+1 : w] {
				d := distance(place(p), place(arc[u]), place(arc[w])) / (1 << 32) / 0.8
				a = max(a, d*d)
			}
			if a < least {
				best, least = k, a
			}
		}
		reached = max(reached, least)
		thresholds[left[best]] = reached
		left = slices.Delete(left, best, best+1)
	}
	return thresholds
}

func TestThresholds_guards(t *testing.T) {
	p := func(x, y int32) mercator.Point { return mercator.Point{X: 1_250_000_000 + x, Y: 430_000_000 + y} }
	inf := float32(math.Inf(1))
	t.Run("an island keeps three vertices", func(t *testing.T) {
		island := []mercator.Point{p(0, 0), p(10, 0), p(10, 10), p(5, 11), p(0, 10), p(0, 0)}
		if n := len(simplify.At(island, simplify.Thresholds([][]mercator.Point{island})[0], 0)); n != 4 {
			t.Errorf("%d vertices, want 4 with the first repeated", n)
		}
	})
	t.Run("a lens keeps its area", func(t *testing.T) {
		upper := []mercator.Point{p(0, 0), p(5, 3), p(10, 0)}
		lower := []mercator.Point{p(10, 0), p(5, -4), p(0, 0)}
		got := simplify.Thresholds([][]mercator.Point{upper, lower})
		if got[0][1] == inf || got[1][1] != inf {
			t.Errorf("the smaller side should go and the other stay: %v", got)
		}
	})
	t.Run("a straight arc keeps its neighbour bent", func(t *testing.T) {
		got := simplify.Thresholds([][]mercator.Point{{p(0, 0), p(10, 0)}, {p(0, 0), p(5, 1), p(10, 0)}})
		if got[1][1] != inf {
			t.Errorf("%v", got)
		}
	})
	t.Run("a vertex waits for the one in its way", func(t *testing.T) {
		coast := []mercator.Point{p(0, 0), p(50, 40), p(100, 0)}
		other := []mercator.Point{p(40, -100), p(50, 30), p(60, -100)}
		got := simplify.Thresholds([][]mercator.Point{coast, other})
		if !(got[1][1] < inf) || got[0][1] != max(got[0][1], got[1][1]) || got[0][1] == inf {
			t.Errorf("%v", got)
		}
	})
	t.Run("a node in the way stays", func(t *testing.T) {
		got := simplify.Thresholds([][]mercator.Point{{p(0, 0), p(50, 40), p(100, 0)}, {p(50, 30), p(50, -30)}})
		if got[0][1] != inf {
			t.Errorf("%v", got)
		}
	})
	t.Run("no edge over a quarter of the square", func(t *testing.T) {
		line := []mercator.Point{{X: -1_700_000_000}, {X: 0, Y: 10}, {X: 1_700_000_000}}
		if got := simplify.Thresholds([][]mercator.Point{line})[0]; got[1] != inf {
			t.Errorf("%v", got)
		}
	})
}

func TestThresholds_degenerate(t *testing.T) {
	p := mercator.Point{X: 1, Y: 2}
	got := simplify.Thresholds([][]mercator.Point{nil, {p}, {p, p}, {p, p, p, p, p}, {{Y: geo.MaxY}, {Y: 5}, {Y: -geo.MaxY}}})
	for i, n := range []int{0, 1, 2, 5, 3} {
		if len(got[i]) != n {
			t.Errorf("arc %d has %d thresholds, want %d", i, len(got[i]), n)
		}
	}
	if len(simplify.Thresholds(nil)) != 0 {
		t.Error("something of nothing")
	}
}

func TestLeast(t *testing.T) {
	if got, want := simplify.Least(0), float32(1.0/(1024*1024)); got != want {
		t.Errorf("Least(0) = %v, want %v", got, want)
	}
	for zoom := range 24 {
		if simplify.Least(zoom+1) != simplify.Least(zoom)/4 {
			t.Errorf("Least(%d) is not a quarter of Least(%d)", zoom+1, zoom)
		}
	}
}

// Crossing arcs are nobody's coverage; they must still come back.
func TestThresholds_anyInput(t *testing.T) {
	point := rapid.Custom(func(t *rapid.T) mercator.Point {
		return mercator.Point{
			X: rapid.Int32Range(-geo.MaxX, geo.MaxX).Draw(t, "x") >> rapid.IntRange(0, 28).Draw(t, "near"),
			Y: rapid.Int32Range(-geo.MaxY, geo.MaxY).Draw(t, "y") >> rapid.IntRange(0, 28).Draw(t, "near"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		arcs := rapid.SliceOfN(rapid.SliceOfN(point, 0, 30), 0, 8).Draw(t, "arcs")
		for i, thresholds := range simplify.Thresholds(arcs) {
			if len(thresholds) != len(arcs[i]) {
				t.Fatalf("arc %d: %d of %d thresholds", i, len(thresholds), len(arcs[i]))
			}
		}
	})
}
