package simplify_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"jieming/geo/mercator"
	"jieming/geo/simplify"
)

// What a revision finds is what planning everything finds, bit by bit, whatever
// has become of some arcs: also where they cross others now.
func TestRevise_findsWhatThresholdsFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 22))
		var arcs [][]mercator.Point
		if rapid.Bool().Draw(t, "fractal") {
			arcs = fractalArcs(random, 1<<rapid.IntRange(2, 6).Draw(t, "size"), rapid.IntRange(1, 9).Draw(t, "regions"))
		} else {
			arcs = randomArcs(random, rapid.IntRange(3, 30).Draw(t, "size"), rapid.IntRange(1, 40).Draw(t, "regions"))
		}
		thresholds := simplify.Thresholds(arcs)
		for range rapid.IntRange(1, 3).Draw(t, "revisions") {
			now, known, removed := altered(random, arcs, thresholds, rapid.IntRange(1, 3).Draw(t, "changes"))
			want := simplify.Thresholds(now)
			got, _ := simplify.ReviseToTheEnd(now, known, removed)
			for i := range want {
				if !slices.Equal(got[i], want[i]) {
					t.Fatalf("arc %d of %d, %v: %v, want %v", i, len(now), now[i], got[i], want[i])
				}
			}
			if quick := simplify.Revise(now, known, removed); !slices.EqualFunc(quick, want, slices.Equal) {
				t.Fatal("Revise finds something else")
			}
			arcs, thresholds = now, want
		}
	})
}

// altered changes some arcs: moves, adds or drops a vertex, cuts an arc in two, or
// takes it away.
func altered(random *rand.Rand, arcs [][]mercator.Point, thresholds [][]float32, changes int) (now [][]mercator.Point, known [][]float32, removed [][]mercator.Point) {
	now, known = slices.Clone(arcs), slices.Clone(thresholds)
	for range changes {
		if len(now) == 0 {
			break
		}
		i := random.IntN(len(now))
		if known[i] != nil {
			removed = append(removed, now[i])
		}
		arc := slices.Clone(now[i])
		now, known = slices.Delete(now, i, i+1), slices.Delete(known, i, i+1)
		var replaced [][]mercator.Point
		k := 1 + random.IntN(max(len(arc)-2, 1))
		switch random.IntN(8) {
		case 0:
		case 1:
			if len(arc) > 4 {
				replaced = [][]mercator.Point{arc[:k+1], arc[k:]}
			}
		case 2:
			if len(arc) > 5 {
				replaced = [][]mercator.Point{slices.Delete(arc, k, k+1)}
			}
		case 3:
			replaced = [][]mercator.Point{slices.Insert(arc, k, jittered(random, arc[k-1], 20_000))}
		default:
			if k < len(arc)-1 {
				arc[k] = jittered(random, arc[k], 1<<random.IntN(17))
			}
			replaced = [][]mercator.Point{arc}
		}
		for _, a := range replaced {
			now, known = append(now, a), append(known, nil)
		}
	}
	return now, known, removed
}

func jittered(random *rand.Rand, p mercator.Point, by int) mercator.Point {
	return mercator.Point{X: p.X + int32(random.IntN(2*by+1)-by), Y: p.Y + int32(random.IntN(2*by+1)-by)}
}

// Of all China, an edit costs as much as what lies around it.
func TestRevise_china(t *testing.T) {
	arcs := readArcs(t, "boundaries-china/counties_2023_tianditu.geojson.gz")
	thresholds := simplify.Thresholds(arcs)
	random := rand.New(rand.NewPCG(4, 2026))
	most := 0
	for range 8 {
		now, known, removed := altered(random, arcs, thresholds, 1)
		got, worked := simplify.ReviseToTheEnd(now, known, removed)
		most = max(most, worked)
		if !slices.EqualFunc(got, simplify.Thresholds(now), slices.Equal) {
			t.Error("a revision finds something else")
		}
	}
	if most > len(arcs)/20 {
		t.Errorf("%d arcs of %d were worked for one edit", most, len(arcs))
	}
}

func BenchmarkRevise_china(b *testing.B) {
	arcs := readArcs(b, "boundaries-china/counties_2023_tianditu.geojson.gz")
	thresholds := simplify.Thresholds(arcs)
	random := rand.New(rand.NewPCG(4, 2026))
	for b.Loop() {
		now, known, removed := altered(random, arcs, thresholds, 1)
		simplify.Revise(now, known, removed)
	}
}
