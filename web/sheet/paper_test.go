package sheet

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"jieming/geo/measure"
)

// paperOf draws a sheet of cells, two maps if compared.
func paperOf(t *rapid.T, compared bool, view *orb.Bound) (Paper, string) {
	regions := grid(t, 5, 3)
	regions[4].Known = false
	bound := orb.Bound{Min: orb.Point{124, 43}, Max: orb.Point{125, 43.6}}
	net := NewNet(regions, nil, 0.0001, ForPaper(bound))
	p := Paper{
		Format: rapid.SampledFrom(Formats()).Draw(t, "format"), Landscape: rapid.Bool().Draw(t, "landscape"),
		Title: "图 <1> & 2", Subtitle: "2020年", Stamp: "示意", View: view,
		Panels:  []Panel{{Net: net, Sheet: Sheet{Labelled: true, Names: []Name{{"名<", orb.Point{124.4, 43.3}}}}}},
		Key:     []KeyRow{{"rank-0", "国界"}, {"rank-3", "县级界"}, {"unknown", "归属不明"}, {"chosen", "两图不同之处"}, {"course", "拟变更的界线"}},
		Heading: "变更", Text: []string{"一", "二 & 三"}, Notes: []string{strings.Repeat("长的注", 80)},
		Scale: func(n int) string { return fmt.Sprint("1:", n) },
	}
	if compared {
		p.Panels[0].Caption = "前"
		p.Panels = append(p.Panels, Panel{Net: net, Sheet: Sheet{Chosen: map[int64]bool{2: true}}, Caption: "后"})
	}
	var out bytes.Buffer
	if err := WritePaper(&out, p); err != nil {
		t.Fatal(err)
	}
	return p, out.String()
}

func TestWritePaper_is_well_formed_and_of_its_size(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, text := paperOf(t, rapid.Bool().Draw(t, "compared"), nil)
		readXML(t, text)
		if strings.Contains(text, "style=") || strings.Contains(text, "NaN") || strings.Contains(text, "class=") {
			t.Fatal("a sheet carries its own colours, as attributes")
		}
		short, long := p.Format.SizeMM()
		if p.Landscape {
			short, long = long, short
		}
		if want := fmt.Sprintf(`width="%.0fmm" height="%.0fmm"`, short, long); !strings.Contains(text, want) {
			t.Fatalf("the sheet is not %s", want)
		}
		if strings.Count(text, `id="title"`) != 1 {
			t.Fatal("the title cannot be found")
		}
	})
}

// A distance on the ground, measured on paper, is what the scale says.
// For small screens letters are larger on the same paper, and stand beside
// nothing that they would cover.
func TestWritePaper_in_large_letters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, usual := paperOf(t, false, nil)
		p.Format, p.Landscape, p.Large, p.Text, p.Notes = A4, false, 1.8, nil, []string{"The borders are schematic and not real; names and codes are facts."}
		var out bytes.Buffer
		if err := WritePaper(&out, p); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		readXML(t, text)
		if !strings.Contains(text, `width="210mm" height="297mm" viewBox="0 0 4409 6236"`) {
			t.Fatal("the sheet is of another size, or its letters are no larger")
		}
		if strings.Count(usual, ">国界<") != 1 || strings.Count(text, ">国界<") != 1 || strings.Count(text, ">拟变更的界线<") != 1 {
			t.Fatal("the key lacks a row")
		}
		for line := range strings.SplitSeq(text, "</text>") {
			if note := line[strings.LastIndexByte(line, '>')+1:]; strings.HasPrefix(note, "The borders") && !strings.Contains(p.Notes[0]+" ", note+" ") {
				t.Fatalf("a line ends within a word: %q", note)
			}
		}
	})
}

func TestWritePaper_is_true_to_its_scale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, text := paperOf(t, rapid.Bool().Draw(t, "compared"), nil)
		ratio, _ := strconv.ParseFloat(regexp.MustCompile(`1:(\d+)`).FindStringSubmatch(text)[1], 64)
		l := newLayout(p, &bytes.Buffer{})
		at := func() orb.Point {
			return orb.Point{rapid.Float64Range(124, 125).Draw(t, "lon"), rapid.Float64Range(43, 43.6).Draw(t, "lat")}
		}
		a, b := at(), at()
		ground := measure.DistanceM(a, b)
		plane := p.Panels[0].Net.plane
		q, r := plane.to(a), plane.to(b)
		paperMM := math.Hypot(q[0]-r[0], q[1]-r[1]) * l.metres / l.units
		if got, want := paperMM*ratio/1000, ground; math.Abs(got-want) > 0.003*want+1 {
			t.Fatalf("%.0f m on the ground are %.0f m on paper at 1:%.0f", want, got, ratio)
		}
	})
}

// All that is to be shown is shown, whatever the paper.
func TestWritePaper_shows_the_view(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lon, lat := rapid.Float64Range(124, 124.8).Draw(t, "lon"), rapid.Float64Range(43, 43.4).Draw(t, "lat")
		view := orb.Bound{Min: orb.Point{lon, lat}, Max: orb.Point{lon + rapid.Float64Range(0.02, 0.2).Draw(t, "wide"), lat + rapid.Float64Range(0.02, 0.2).Draw(t, "high")}}
		p, _ := paperOf(t, true, &view)
		l := newLayout(p, &bytes.Buffer{})
		middle := l.extent().Center()
		for _, corner := range view.ToRing() {
			at := p.Panels[0].Net.plane.to(corner)
			for _, r := range l.rooms {
				if math.Abs(at[0]-middle[0])*l.metres > r.width/2 || math.Abs(at[1]-middle[1])*l.metres > r.height/2 {
					t.Fatalf("corner %v lies outside of its panel", corner)
				}
				if r.x < 0 || r.y < l.top || r.x+r.width > l.width || r.y+r.height > l.bottom+1 {
					t.Fatalf("panel %+v leaves the sheet", r)
				}
			}
		}
	})
}

func TestRoundRatio(t *testing.T) {
	for least, want := range map[float64]int{2_540_001: 2_600_000, 2_600_000: 2_600_000, 999: 1000, 1: 1, 123: 130, 9_910_000: 10_000_000} {
		if got := roundRatio(least); got != want {
			t.Errorf("%g: %d, want %d", least, got, want)
		}
	}
}

func TestForPaper_of_a_country_is_mercator(t *testing.T) {
	if ForPaper(orb.Bound{Min: orb.Point{73, 18}, Max: orb.Point{135, 54}}).conformal {
		t.Error("Gauss–Krüger does not reach from 73° to 135°")
	}
	p := ForPaper(orb.Bound{Min: orb.Point{121.6, 40.8}, Max: orb.Point{131.3, 46.3}})
	if !p.conformal {
		t.Fatal("a province is drawn in Gauss–Krüger")
	}
	q := orb.Point{125.3, 43.9}
	if back := p.from(p.to(q)); math.Abs(back[0]-q[0]) > 1e-9 || math.Abs(back[1]-q[1]) > 1e-9 {
		t.Errorf("%v comes back as %v", q, back)
	}
}
