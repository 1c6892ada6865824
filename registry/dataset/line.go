package dataset

import (
	"slices"

	"jieming/registry"
)

// addLines adds a line for every pair of provinces, and of counties, that share
// a border on the day of the map. Their courses follow from the arcs.
func (a *assembler) addLines() {
	a.addProvinceLines()
	a.addCountyLines()
}

// addProvinceLines adds the lines to the neighbouring provinces. Their number
// is the two-digit codes of both in ascending order, the smaller code leads the
// name (2223 吉黑线), as marker numbers seem to have it (domain: 界线、界桩 3.3,
// not verified).
func (a *assembler) addProvinceLines() {
	own := a.m.Province[:2]
	self := a.unitOf(a.m.Province)
	short := a.m.Short
	for i, n := range a.m.Neighbours {
		if !a.bordersOn(i) {
			continue
		}
		line := registry.BaselineLine{Code: own + n.Prefix, Name: short + n.Short + "线", Level: registry.LevelProvince,
			A: self, B: a.beyond[i], Valid: registry.Since(a.h.Start())}
		if n.Prefix < own {
			line.Code, line.Name = n.Prefix+own, n.Short+short+"线"
			line.A, line.B = line.B, line.A
		}
		a.b.Lines = append(a.b.Lines, line)
	}
}

func (a *assembler) bordersOn(beyond int) bool {
	return slices.ContainsFunc(a.t.borders, func(b border) bool { return b.left == ^beyond || b.right == ^beyond })
}

// addCountyLines adds a line for each pair of adjacent counties, from the day
// since which both exist. Its number is the two codes in ascending order.
func (a *assembler) addCountyLines() {
	holders := a.t.holders()
	var pairs [][2]string
	for _, b := range a.t.borders {
		if b.left < 0 || b.right < 0 || holders[b.left] == holders[b.right] {
			continue
		}
		pair := [2]string{holders[b.left], holders[b.right]}
		slices.Sort(pair[:])
		pairs = append(pairs, pair)
	}
	slices.SortFunc(pairs, func(p, q [2]string) int { return slices.Compare(p[:], q[:]) })
	for _, p := range slices.Compact(pairs) {
		a.b.Lines = append(a.b.Lines, a.countyLine(p))
	}
}

func (a *assembler) countyLine(codes [2]string) registry.BaselineLine {
	line := registry.BaselineLine{Code: codes[0] + codes[1], Level: registry.LevelCounty,
		A: a.unitOf(codes[0]), B: a.unitOf(codes[1])}
	v, _ := a.h.VersionOf(line.A, a.asOf)
	w, _ := a.h.VersionOf(line.B, a.asOf)
	line.Name = v.Specific + "—" + w.Specific + "线"
	line.Valid = registry.Since(max(a.firstDay(line.A), a.firstDay(line.B)))
	return line
}

// firstDay returns the day on which a unit began.
func (a *assembler) firstDay(unit int) registry.Day { return a.h.Units[unit].Versions[0].Valid.From }
