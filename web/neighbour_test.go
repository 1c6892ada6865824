package web

import (
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"jieming/web/sheet"
)

func TestNeighbours_stand_beyond_the_border(t *testing.T) {
	land := orb.MultiPolygon{{{{124, 43}, {126, 43}, {126, 45}, {124, 45}, {124, 43}}}}
	regions := []sheet.Region{{Polygons: land}}
	o := &outerBorders{beside: map[string][]orb.LineString{
		"南省": {{{124, 43}, {125, 43}}, {{125, 43}, {126, 43}}}, "东国": {{{126, 43}, {126, 45}}}, "": {{{124, 43}, {124, 45}}}, "无": nil,
	}}
	names := o.neighbours(regions, land.Bound())
	if len(names) != 2 {
		t.Fatalf("%d names, want 南省 and 东国: %v", len(names), names)
	}
	for _, n := range names {
		if planar.MultiPolygonContains(land, n.Point) {
			t.Errorf("%s stands on the land, at %v", n.Text, n.Point)
		}
		switch n.Text {
		case "南省":
			if n.Point[1] >= 43 || n.Point[0] != 125 {
				t.Errorf("南省 is at %v", n.Point)
			}
		case "东国":
			if n.Point[0] <= 126 || n.Point[1] != 44 {
				t.Errorf("东国 is at %v", n.Point)
			}
		}
	}
}
