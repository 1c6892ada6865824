package intake

import (
	"fmt"

	"jieming/geo/format"
	"jieming/registry"
)

// party is a unit that another refers to: one of the files, or a stored one.
type party struct {
	unit   *unit
	stored *registry.Unit
}

func (p party) exists() bool { return p.unit != nil || p.stored != nil }

func (p party) kind() registry.UnitType {
	if p.stored != nil {
		return p.stored.Type
	}
	return p.unit.is.Type
}

func (p party) name() string {
	if p.stored != nil {
		return short(p.stored.Code) + " " + p.stored.Name
	}
	return p.unit.key()
}

// above is whom a new unit stands under. Custodian is empty unless entrusted
// (代管).
type above struct{ superior, custodian party }

// find returns the unit that bears a code from the first day on.
func (p *Plan) find(code string) party {
	begin, today := p.state.begin[code], p.state.today[code]
	if begin != nil && today != nil && begin.ID == today.ID {
		return party{stored: begin}
	}
	if u := p.read.byCode[code]; u != nil && today == nil {
		return party{unit: u}
	}
	return party{}
}

// superiorOf finds the superior and custodian of a new unit by its code: the
// group of digits before the last. Units of municipalities and those with 90
// for the prefecture hang on the province; county-level cities under a
// prefecture-level city belong to the province and are entrusted to that city
// (行政区划管理条例).
func (p *Plan) superiorOf(u *unit) (above, *format.Error) {
	province := p.find(u.code[:2] + "0000000000")
	switch u.is.Level {
	case registry.LevelProvince:
		return above{}, nil
	case registry.LevelPrefecture:
		return p.under(u, province, u.code[:2])
	case registry.LevelVillage:
		return p.under(u, p.find(u.code[:9]+"000"), u.code[:9])
	case registry.LevelTownship:
		digits := stem(u.code[:6] + "000000")
		return p.under(u, p.find(digits+"000000000000"[len(digits):]), digits)
	}
	prefecture := p.find(u.code[:4] + "00000000")
	if !prefecture.exists() && province.exists() && (u.code[2:4] == "90" || !hasPrefectures(province.kind())) {
		return above{superior: province}, nil
	}
	if prefecture.exists() && prefecture.kind() == registry.PrefectureCity && u.is.Type == registry.CountyCity {
		a, fault := p.under(u, province, u.code[:2])
		a.custodian = prefecture
		return a, fault
	}
	return p.under(u, prefecture, u.code[:4])
}

func hasPrefectures(t registry.UnitType) bool {
	return t != registry.Municipality && t != registry.SAR
}

// under gives a unit its superior, or the fault that there is none.
func (p *Plan) under(u *unit, superior party, digits string) (above, *format.Error) {
	if superior.exists() {
		return above{superior: superior}, nil
	}
	code := digits + "000000000000"[len(digits):]
	if today := p.state.today[code]; today != nil {
		return above{}, p.read.blame(u, fmt.Sprintf("its superior %s %s is not in the registry on %s", short(code), today.Name, p.state.from),
			"choose a later first day with --valid-from")
	}
	return above{}, p.read.blame(u, fmt.Sprintf("its superior, which by its code is %s, is neither in the registry nor in the files", short(code)),
		"import the superiors first, or name their file in the same import")
}
