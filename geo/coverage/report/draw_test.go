package report

import (
	"math"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"pgregory.net/rapid"

	"jieming/geo/coverage"
)

// star draws a ring around 125°, 44°, spiky enough to cross any window often.
func star(t *rapid.T) orb.Ring {
	n := rapid.IntRange(3, 300).Draw(t, "points")
	r := make(orb.Ring, n, n+1)
	for i := range r {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		radius := rapid.Float64Range(0.01, 1).Draw(t, "radius")
		r[i] = orb.Point{125 + radius*cos, 44 + radius*sin}
	}
	return append(r, r[0])
}

// What a window shows of a ring is inside exactly where the ring is.
func TestOutlineWithin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ring := star(t)
		offset := rapid.Float64Range(-1.2, 1.2)
		low := orb.Point{125 + offset.Draw(t, "lon"), 44 + offset.Draw(t, "lat")}
		side := rapid.Float64Range(0.001, 1).Draw(t, "side")
		window := orb.Bound{Min: low, Max: orb.Point{low[0] + side, low[1] + side}}
		seen := newOutline(ring).within(window)
		share := rapid.Float64Range(0.001, 0.999)
		p := orb.Point{low[0] + side*share.Draw(t, "x"), low[1] + side*share.Draw(t, "y")}
		if planar.DistanceFrom(orb.LineString(ring), p) < 1e-9 {
			t.Skip("on the ring")
		}
		if want, got := planar.RingContains(ring, p), len(seen) > 0 && planar.RingContains(seen, p); got != want {
			t.Fatalf("%v in the ring: %v, in what the window %v shows: %v", p, want, window, got)
		}
	})
}

// A window shows the fault whole, with air around it, and has a bar that fits.
func TestWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := orb.Point{rapid.Float64Range(73, 135).Draw(t, "lon"), rapid.Float64Range(3, 53).Draw(t, "lat")}
		extent := rapid.Float64Range(0, 1)
		b := orb.Bound{Min: low, Max: orb.Point{low[0] + extent.Draw(t, "width"), low[1] + extent.Draw(t, "height")}}
		w := newWindow(&coverage.Fault{Bound: b}, rapid.SampledFrom([]size{cardSize, pageSize}).Draw(t, "size"))
		for _, p := range []orb.Point{b.Min, b.Max} {
			if d := w.to(p); d.x < 0 || d.y < 0 || d.x > w.width || d.y > w.height {
				t.Fatalf("%v is drawn at %v, outside", p, d)
			}
		}
		if bar, text := w.bar(); bar < 1 || bar > w.width*3/10 || text == "" {
			t.Fatalf("bar %d of %d: %q", bar, w.width, text)
		}
	})
}

func TestAppendPath(t *testing.T) {
	got := string(appendPath(nil, []dot{{3, 4}, {3, 4}, {10, -2}, {9, 0}}, true))
	if want := "M3 4l7-6l-1 2z"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNewPager(t *testing.T) {
	for _, test := range []struct {
		current, pages int
		want           string
	}{
		{0, 1, "[1]"},
		{0, 4, "[1]234"},
		{3, 9, "123[4]56.9"},
		{4, 9, "1.34[5]67.9"},
		{8, 9, "1.78[9]"},
	} {
		got := ""
		for _, l := range newPager(test.current, test.pages, func(int) string { return "x" }).Links {
			switch {
			case l.Href == "":
				got += "."
			case l.Current:
				got += "[" + grouped(float64(l.Number), 0) + "]"
			default:
				got += grouped(float64(l.Number), 0)
			}
		}
		if got != test.want {
			t.Errorf("page %d of %d: %s, want %s", test.current+1, test.pages, got, test.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for got, want := range map[string]string{
		areaText(0.126):                          "0.13 m²",
		areaText(144058.4):                       "144,058 m²",
		areaText(1224916294):                     "1,224.92 km²",
		squareMetres(99.5):                       "99.50",
		signed(1234567):                          "+1,234,567",
		signed(-1234.4):                          "−1,234",
		lengthText(10):                           "10 m",
		lengthText(0.26):                         "0.3 m",
		lengthText(194_500):                      "194.5 km",
		position(orb.Point{125.1914376, -44.79}): "125.191438°E 44.790000°S",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
