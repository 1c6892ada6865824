package sample

import (
	"fmt"
	"strings"

	"jieming/geo"
)

// cartogram is the schematic geometry: cells, who has them, and the borders
// drawn between them.
type cartogram struct {
	regions []region
	cells   honeycomb
	borders *borders
}

// touchPoint names the two cells whose common side shrinks to a point: there
// 前郭尔罗斯, 扶余, 宁江 and 农安 touch, two pairs of them in nothing else.
var touchPoint = [2]cell{{13, 18}, {13, 19}}

func newCartogram(regionsText, cellsText string) (*cartogram, error) {
	regions, err := parseRegions(regionsText)
	if err != nil {
		return nil, err
	}
	codes := make(map[string]string, len(regions))
	for _, r := range regions {
		codes[r.letters] = r.code
	}
	cells, err := parseHoneycomb(cellsText, codes)
	if err != nil {
		return nil, err
	}
	pinched := sideBetween(touchPoint[0], touchPoint[1])
	return &cartogram{regions, cells, drawBorders(cells, []side{pinched})}, nil
}

func parseRegions(text string) ([]region, error) {
	var regions []region
	for i, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		if len(fields) != 3 || len(fields[1]) != 6 {
			return nil, fmt.Errorf("regions.txt line %d: want letters, code of six digits and name", i+1)
		}
		regions = append(regions, region{fields[0], fields[1], fields[2]})
	}
	return regions, nil
}

func sideBetween(c, d cell) side {
	corners := c.corners()
	for i, e := range c.across() {
		if e == d {
			return sideOf(corners[i], corners[(i+1)%6])
		}
	}
	return side{}
}

// heart returns a point well inside a region.
func (c *cartogram) heart(code string) geo.Point {
	return c.cells.heart(code).centre().at()
}
