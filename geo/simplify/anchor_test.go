package simplify_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"jieming/geo/mercator"
	"jieming/geo/simplify"
)

func TestAnchor(t *testing.T) {
	p := func(x, y int32) mercator.Point { return mercator.Point{X: x, Y: y} }
	square := []mercator.Point{p(9, 9), p(0, 9), p(0, 0), p(9, 0), p(9, 9)}
	turned := []mercator.Point{p(0, 0), p(9, 0), p(9, 9), p(0, 9), p(0, 0)}
	for _, c := range []struct {
		name     string
		in, want [][]mercator.Point
	}{
		{"an island", [][]mercator.Point{square}, [][]mercator.Point{turned}},
		{"an island that starts right", [][]mercator.Point{turned}, [][]mercator.Point{turned}},
		{"an island at a node", [][]mercator.Point{square, {p(9, 9), p(20, 20)}}, [][]mercator.Point{square, {p(9, 9), p(20, 20)}}},
		{"two that touch", [][]mercator.Point{square, {p(9, 9), p(30, 9), p(30, 30), p(9, 9)}}, [][]mercator.Point{square, {p(9, 9), p(30, 9), p(30, 30), p(9, 9)}}},
		{"open and degenerate", [][]mercator.Point{nil, {p(1, 1)}, {p(2, 2), p(1, 1)}, {p(3, 3), p(3, 3)}}, [][]mercator.Point{nil, {p(1, 1)}, {p(2, 2), p(1, 1)}, {p(3, 3), p(3, 3)}}},
	} {
		before := slices.Clone(square)
		simplify.Anchor(c.in)
		if d := cmp.Diff(c.want, c.in); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
		if !slices.Equal(square, before) {
			t.Fatalf("%s: the points of the caller have changed", c.name)
		}
	}
}

// Wherever the rings of a coverage start, anchored they are drawn alike.
func TestAnchor_makesTheStartOfARingIrrelevant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 22))
		arcs := fractalArcs(random, 32, 3)
		turned := turnRings(random, arcs)
		simplify.Anchor(arcs)
		simplify.Anchor(turned)
		if d := cmp.Diff(arcs, turned); d != "" {
			t.Fatalf("the anchor depends on the start: %s", d)
		}
		checkZooms(t, turned, simplify.Thresholds(turned))
	})
}

// turnRings lets every ring without a node start somewhere else.
func turnRings(random *rand.Rand, arcs [][]mercator.Point) [][]mercator.Point {
	ends := map[mercator.Point]int{}
	for _, arc := range arcs {
		ends[arc[0]]++
		ends[arc[len(arc)-1]]++
	}
	turned := slices.Clone(arcs)
	for i, arc := range arcs {
		if arc[0] == arc[len(arc)-1] && ends[arc[0]] == 2 {
			k := random.IntN(len(arc) - 1)
			turned[i] = slices.Concat(arc[k:], arc[1:k+1])
		}
	}
	return turned
}
