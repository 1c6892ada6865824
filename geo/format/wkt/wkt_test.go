package wkt

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

func TestDecode(t *testing.T) {
	ring := orb.Ring{{0, 0}, {4, 0}, {4, 4}, {0, 0}}
	tests := []struct {
		text   string
		want   orb.Geometry
		header Header
	}{
		{"POINT (1 2)", orb.Point{1, 2}, Header{}},
		{" point(-1.5 2e1) ", orb.Point{-1.5, 20}, Header{}},
		{"POINT Z (1 2 3)", orb.Point{1, 2}, Header{Z: true}},
		{"POINTZM(1 2 3 4)", orb.Point{1, 2}, Header{Z: true, M: true}},
		{"POINT M (1 2 3)", orb.Point{1, 2}, Header{M: true}},
		{"POINT (1 2 3)", orb.Point{1, 2}, Header{Z: true}},
		{"SRID=4490;POINT(1 2)", orb.Point{1, 2}, Header{SRID: 4490}},
		{"LINESTRING (1 2, 3 4)", orb.LineString{{1, 2}, {3, 4}}, Header{}},
		{"POLYGON ((0 0,4 0,4 4,0 0),(0 0,4 0,4 4,0 0))", orb.Polygon{ring, ring}, Header{}},
		{"MULTIPOINT (1 2, 3 4)", orb.MultiPoint{{1, 2}, {3, 4}}, Header{}},
		{"MULTIPOINT ((1 2),(3 4))", orb.MultiPoint{{1, 2}, {3, 4}}, Header{}},
		{"MULTILINESTRING ((1 2,3 4))", orb.MultiLineString{{{1, 2}, {3, 4}}}, Header{}},
		{"MULTIPOLYGON (((0 0,4 0,4 4,0 0)),((0 0,4 0,4 4,0 0)))", orb.MultiPolygon{{ring}, {ring}}, Header{}},
		{"GEOMETRYCOLLECTION (POINT (1 2),LINESTRING (1 2,3 4),POINT EMPTY)",
			orb.Collection{orb.Point{1, 2}, orb.LineString{{1, 2}, {3, 4}}}, Header{}},
		{"POLYGON EMPTY", nil, Header{}},
		{"POINT Z EMPTY", nil, Header{Z: true}},
	}
	for _, tt := range tests {
		got, header, err := Decode(tt.text, 100)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || header != tt.header {
			t.Errorf("%s: header %+v\n%s", tt.text, header, diff)
		}
		again, _, err := Decode(string(Append(nil, got)), 100)
		if got != nil && (err != nil || cmp.Diff(got, again) != "") {
			t.Errorf("%s: came back as %v, %v", tt.text, again, err)
		}
	}
}

func TestDecode_faults(t *testing.T) {
	tests := []struct {
		text, want string
		offset     int
	}{
		{"", "unknown geometry type", 0},
		{"CIRCLE (1 2)", "unknown geometry type", 0},
		{"CIRCLE EMPTY", "unknown geometry type", 0},
		{"POINT (1)", "not a finite number", 8},
		{"POINT (1 nan)", "not a finite number", 9},
		{"POINT (1 1e400)", "not a finite number", 9},
		{"POINT (1 2 3 4 5)", "more than four numbers", 15},
		{"POINT (1 2", "is missing", 10},
		{"POINT (1 2) x", "something follows", 12},
		{"LINESTRING ()", "not a finite number", 12},
		{"POLYGON (1 2, 3 4)", "is missing", 9},
		{"LINESTRING (1 2,1 2,1 2,1 2)", ErrTooMany, 24},
		{"SRID=x;POINT(1 2)", "SRID is not a number", 5},
		{strings.Repeat("GEOMETRYCOLLECTION(", 1000), "cannot be understood", 189},
	}
	for _, tt := range tests {
		_, _, err := Decode(tt.text, 3)
		fault, ok := errors.AsType[*Error](err)
		if !ok || !strings.Contains(fault.Problem, tt.want) || fault.Offset != tt.offset {
			t.Errorf("%.30q: got %v, want %q at %d", tt.text, err, tt.want, tt.offset)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("SRID=4490;POLYGON ZM ((0 0 1 2,4 0 1 2,4 4 1 2,0 0 1 2))")
	f.Add("GEOMETRYCOLLECTION (POINT (1 2),MULTIPOINT (1 2,(3 4)),MULTIPOLYGON EMPTY)")
	f.Fuzz(func(t *testing.T, text string) {
		g, _, err := Decode(text, 1000)
		if err != nil || g == nil {
			return
		}
		again, _, err := Decode(string(Append(nil, g)), 1000)
		if diff := cmp.Diff(g, again); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
	})
}
