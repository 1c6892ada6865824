package sheet

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/paulmach/orb/project"
	"pgregory.net/rapid"
)

// grid makes w×h cells around 125°E 44°N whose corners, and points between
// them, are moved at random but shared by the cells that meet there.
func grid(t *rapid.T, w, h int) []Region {
	const step, jitter = 0.2, 500000 // degrees; 1e-7 degrees
	corner := map[[3]int]orb.Point{}
	at := func(x, y, kind int) orb.Point { // kind 0: corner, 1: on the edge to the east, 2: to the north
		key := [3]int{x, y, kind}
		if _, ok := corner[key]; !ok {
			p := orb.Point{124 + float64(x)*step, 43 + float64(y)*step}
			switch kind {
			case 1:
				p[0] += step / 2
			case 2:
				p[1] += step / 2
			}
			for i := range p {
				p[i] = math.Round(p[i]*1e7+float64(rapid.IntRange(-jitter, jitter).Draw(t, "shift"))) / 1e7
			}
			corner[key] = p
		}
		return corner[key]
	}
	var out []Region
	for y := range h {
		for x := range w {
			ring := orb.Ring{at(x, y, 0), at(x, y, 1), at(x+1, y, 0), at(x+1, y, 2), at(x+1, y+1, 0),
				at(x, y+1, 1), at(x, y+1, 0), at(x, y, 2), at(x, y, 0)}
			id := int64(y*w + x + 1)
			out = append(out, Region{
				ID: id, Group: int64(x / 2), Name: "区", Known: true, Label: at(x, y, 0), Polygons: orb.MultiPolygon{{ring}},
			})
		}
	}
	return out
}

// area is the projected area of a region as the net would draw it.
func (n *Net) area(i int) float64 {
	sum := 0.0
	for _, ring := range n.rings[i] {
		var line orb.Ring
		for _, u := range ring {
			points := n.arcs[u.arc].line.Clone()
			if u.reverse {
				points.Reverse()
			}
			line = append(line, points...)
		}
		sum += planar.Area(line)
	}
	return sum
}

func TestNet_holds_each_border_once(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 5).Draw(t, "w"), rapid.IntRange(1, 5).Draw(t, "h")
		net := NewNet(grid(t, w, h), nil, 0, Mercator())
		pairs := map[[2]int]int{}
		for _, a := range net.arcs {
			pairs[[2]int{min(a.left, a.right), max(a.left, a.right)}]++
		}
		for pair, n := range pairs {
			if pair[0] != outside && n != 1 {
				t.Fatalf("cells %v share %d arcs, want 1", pair, n)
			}
		}
		if got, want := len(pairs), (w-1)*h+(h-1)*w; got < want {
			t.Fatalf("%d pairs of neighbours, want at least %d", got, want)
		}
	})
}

func TestNet_keeps_areas_without_tolerance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		regions := grid(t, rapid.IntRange(1, 4).Draw(t, "w"), rapid.IntRange(1, 4).Draw(t, "h"))
		net := NewNet(regions, nil, 0, Mercator())
		for i, r := range regions {
			want := planar.Area(project.MultiPolygon(orb.Clone(r.Polygons).(orb.MultiPolygon), project.WGS84.ToMercator))
			if got := net.area(i); math.Abs(got-want) > 1e-6*want {
				t.Fatalf("cell %d has area %g, want %g", i, got, want)
			}
		}
	})
}

// TestNet_simplifies_without_gaps proves that the cells still add up to the
// whole after simplification: what one loses its neighbour gains.
func TestNet_simplifies_without_gaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		regions := grid(t, 4, 3)
		net := NewNet(regions, nil, 0.02, Mercator())
		parts := 0.0
		for i := range regions {
			parts += net.area(i)
		}
		whole := 0.0
		for _, a := range net.arcs { // the shoelace sum of the outer border
			if a.right != outside {
				continue
			}
			for k := 1; k < len(a.line); k++ {
				whole += (a.line[k-1][0]*a.line[k][1] - a.line[k][0]*a.line[k-1][1]) / 2
			}
		}
		if math.Abs(parts-math.Abs(whole)) > 1e-6*parts {
			t.Fatalf("cells add up to %g, the whole is %g", parts, math.Abs(whole))
		}
	})
}

func TestNet_island_and_hole_share_their_ring(t *testing.T) {
	square := func(x, y, size float64) orb.Ring {
		return orb.Ring{{x, y}, {x + size, y}, {x + size, y + size}, {x, y + size}, {x, y}}
	}
	hole := square(124.4, 43.4, 0.2)
	inner := hole.Clone()
	hole.Reverse()
	net := NewNet([]Region{
		{ID: 1, Polygons: orb.MultiPolygon{{square(124, 43, 1), hole}}},
		{ID: 2, Group: 1, Polygons: orb.MultiPolygon{{inner}}},
	}, nil, 0.0005, Mercator())
	if len(net.arcs) != 2 {
		t.Fatalf("%d arcs, want the outer ring and the shared one", len(net.arcs))
	}
	if got := net.arcs[1].rank; got != Prefectural {
		t.Errorf("the shared ring has rank %d, want %d", got, Prefectural)
	}
}

func TestNet_ranks_borders(t *testing.T) {
	square := func(x float64) orb.MultiPolygon {
		return orb.MultiPolygon{{{{x, 43}, {x + 1, 43}, {x + 1, 44}, {x, 44}, {x, 43}}}}
	}
	net := NewNet([]Region{
		{ID: 1, Group: 1, Polygons: square(124)}, {ID: 2, Group: 1, Polygons: square(125)}, {ID: 3, Group: 2, Polygons: square(126)},
	}, []orb.LineString{{{127, 43}, {127, 44}}, {{1, 1}, {2, 2}}}, 0, Mercator())
	count := map[Rank]int{}
	for _, a := range net.arcs {
		count[a.rank]++
	}
	want := map[Rank]int{CountyRank: 1, Prefectural: 1}
	for rank, n := range want {
		if count[rank] != n {
			t.Errorf("%d borders of rank %d, want %d", count[rank], rank, n)
		}
	}
	if b := net.bound; b.Min[1] < 5e6 {
		t.Errorf("a line elsewhere has widened the map to %v", b)
	}
	if count[National] == 0 || count[Provincial] == 0 {
		t.Errorf("ranks %v: the eastern edge is provincial and the rest of the outer border national", count)
	}
}

func TestTintOf_neighbours_differ(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		net := NewNet(grid(t, 8, 2), nil, 0, Mercator())
		tint := net.TintOf()
		for _, a := range net.arcs {
			if a.right == outside {
				continue
			}
			l, r := net.regions[a.left].Group, net.regions[a.right].Group
			if l != r && tint[l] == tint[r] {
				t.Fatalf("groups %d and %d are neighbours and both have tint %d", l, r, tint[l])
			}
		}
	})
}

func TestTinted_keeps_the_tints_given(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		net := NewNet(grid(t, 3, 3), nil, 0, Mercator())
		given := map[int64]int{}
		for group := range net.TintOf() {
			if rapid.Bool().Draw(t, "given") {
				given[group] = rapid.IntRange(0, Tints-1).Draw(t, "tint")
			}
		}
		got := net.Tinted(given).TintOf()
		for group, tint := range given {
			if got[group] != tint {
				t.Fatalf("group %d has tint %d, was given %d", group, got[group], tint)
			}
		}
		if len(got) != len(net.TintOf()) {
			t.Fatal("a group has no tint")
		}
	})
}

func TestWriteSVG_is_well_formed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		regions := grid(t, 3, 3)
		regions[4].Known = false
		regions[5].Name = `<"&'>`
		net := NewNet(regions, nil, 0.0005, Mercator()).Linked(func(Region) string { return "/id/unit/1?a=1&b=2" }, func(r Region) string { return r.Name })
		mark := orb.Point{124.3, 43.3}
		for _, alone := range []bool{false, true} {
			var out bytes.Buffer
			s := Sheet{
				Width: 500, Title: "图 <1>", Notes: []string{"注 & 记"}, Chosen: map[int64]bool{3: true}, Mark: &mark,
				Course: []orb.LineString{{{124, 43}, {124.5, 43.5}}}, Names: []Name{{"名<", mark}}, Labelled: true, Framed: true, Standalone: alone,
			}
			if err := net.WriteSVG(&out, s); err != nil {
				t.Fatal(err)
			}
			readXML(t, out.String())
			if strings.Contains(out.String(), "style=") || strings.Contains(out.String(), "<style") {
				t.Fatal("the drawing has inline style, which the page's policy forbids")
			}
			if alone != !strings.Contains(out.String(), "class=") {
				t.Fatalf("standalone %v: a sheet alone has colours, one on a page has classes", alone)
			}
		}
	})
}

func readXML(t *rapid.T, text string) {
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
	}
}

func TestWriteSVG_of_nothing(t *testing.T) {
	var out bytes.Buffer
	if err := NewNet(nil, nil, 0.0005, Mercator()).WriteSVG(&out, Sheet{Width: 400, Framed: true}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(out.String(), "</svg>") || strings.Contains(out.String(), "NaN") {
		t.Errorf("drew %s", out.String())
	}
}

// TestWriteSVG_tints_no_bare_region draws a city without a prefecture beside
// one with it.
func TestWriteSVG_tints_no_bare_region(t *testing.T) {
	square := func(x float64) orb.MultiPolygon {
		return orb.MultiPolygon{{{{x, 43}, {x + 1, 43}, {x + 1, 44}, {x, 44}, {x, 43}}}}
	}
	net := NewNet([]Region{
		{ID: 1, Group: 10, Name: "在", Known: true, Polygons: square(124)},
		{ID: 2, Group: 11, Name: "不在", Known: true, Bare: true, Polygons: square(125)},
	}, nil, 0, Mercator())
	for alone, want := range map[bool][2]string{false: {`class="area tint-`, `class="area plain"`}, true: {` fill="#`, inks["plain"]}} {
		var out strings.Builder
		if err := net.WriteSVG(&out, Sheet{Width: 100, Standalone: alone}); err != nil {
			t.Fatal(err)
		}
		areas := regexp.MustCompile(`<path[^>]*><title>[^<]*`).FindAllString(out.String(), -1)
		if len(areas) != 2 || !strings.Contains(areas[0], want[0]) || strings.Contains(areas[0], want[1]) || !strings.Contains(areas[1], want[1]) {
			t.Errorf("alone %v: areas %q", alone, areas)
		}
	}
}
