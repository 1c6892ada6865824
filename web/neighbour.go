package web

import (
	"cmp"
	"context"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"jieming/registry"
	"jieming/web/sheet"
)

// outerBorders are the borders around the land on the map.
type outerBorders struct {
	domestic []orb.LineString            // with other provinces
	beside   map[string][]orb.LineString // by the name of who lies beyond
}

// outerBorders reads the borders with neighbouring provinces and countries.
func (s *site) outerBorders(ctx context.Context, at registry.Instant) (*outerBorders, error) {
	out := &outerBorders{beside: map[string][]orb.LineString{}}
	err := s.reg.Borders(ctx, at, func(b *registry.Border) error {
		beyond := b.Left
		if b.Left.Level != registry.LevelOutside {
			beyond = b.Right
		}
		if beyond.Level != registry.LevelOutside {
			return nil
		}
		course, err := lines(b.WKB)
		if err != nil {
			return err
		}
		if b.Rank == registry.LevelProvince {
			out.domestic = append(out.domestic, course...)
		}
		out.beside[beyond.Name] = append(out.beside[beyond.Name], course...)
		return nil
	})
	return out, err
}

// neighbours places the names of those who lie beyond the border: outwards from
// the middle of what is shared with each, as near as it clears the land.
func (o *outerBorders) neighbours(regions []sheet.Region, b orb.Bound) []sheet.Name {
	var names []sheet.Name
	center := b.Center()
	wide := b.Max[0] - b.Min[0]
	for name, shared := range o.beside {
		middle, ok := middleOf(shared)
		if !ok || name == "" {
			continue
		}
		out := orb.Point{middle[0] - center[0], middle[1] - center[1]}
		length := math.Hypot(out[0], out[1])
		if length == 0 {
			continue
		}
		for share := 0.05; share <= 0.3; share += 0.02 {
			at := orb.Point{middle[0] + out[0]/length*share*wide, middle[1] + out[1]/length*share*wide}
			if isClear(regions, at, 0.015*wide*float64(utf8.RuneCountInString(name)), 0.03*wide) {
				names = append(names, sheet.Name{Text: name, Point: at})
				break
			}
		}
	}
	slices.SortFunc(names, func(a, b sheet.Name) int { return cmp.Compare(a.Text, b.Text) })
	return names
}

// middleOf is the mean of all places along lines.
func middleOf(lines []orb.LineString) (orb.Point, bool) {
	var x, y, total float64
	for _, line := range lines {
		for i := 1; i < len(line); i++ {
			a, b := line[i-1], line[i]
			length := math.Hypot(b[0]-a[0], b[1]-a[1])
			x, y, total = x+length*(a[0]+b[0])/2, y+length*(a[1]+b[1])/2, total+length
		}
	}
	if total == 0 {
		return orb.Point{}, false
	}
	return orb.Point{x / total, y / total}, true
}

// isClear reports whether the land leaves room around a point, half as wide and
// high as given in degrees.
func isClear(regions []sheet.Region, at orb.Point, wide, high float64) bool {
	const steps = 4
	for i := -steps; i <= steps; i++ {
		for _, up := range [...]float64{-high, 0, high} {
			p := orb.Point{at[0] + wide*float64(i)/steps, at[1] + up}
			for _, r := range regions {
				if planar.MultiPolygonContains(r.Polygons, p) {
					return false
				}
			}
		}
	}
	return true
}
