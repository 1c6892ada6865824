package export

import (
	"context"

	"github.com/paulmach/orb"

	"jieming/geo/format"
	"jieming/registry"
	"jieming/registry/roman"
)

// unitLayer holds the units of one level.
func unitLayer(level registry.Level) Layer {
	l := Layer{Name: level.String(), Dated: true, Shape: format.Areas, Formats: spatial()}
	const areas = " as they were on the day, with their areas. Those without an area of their own are listed without geometry."
	switch level {
	case registry.LevelProvince:
		l.Title, l.TitleEn, l.Description = "省级行政区", "Provinces", "The units of province level"+areas
	case registry.LevelPrefecture:
		l.Title, l.TitleEn, l.Description = "地级行政区", "Prefectures", "The units of prefecture level"+areas
	case registry.LevelCounty:
		l.Title, l.TitleEn, l.Description = "县级行政区", "Counties", "The units of county level"+areas
	case registry.LevelTownship:
		l.Title, l.TitleEn, l.Description = "乡级行政区", "Townships", "The units of township level"+areas
	case registry.LevelVillage:
		l.Title, l.TitleEn, l.Description = "村级单位", "Villages", "The self-governing bodies of villages and neighbourhoods as they were on the day. They have no areas."
		l.Shape, l.Formats = format.NoShape, []Format{GeoPackage, GeoJSON, CSV, CSVZip}
	}
	columns := append(unitColumns(), labelColumns(unitLabel)...)
	return layerOf(l, columns, unitsOf(level), func(u *registry.Unit) string { return number(u.ID) }, unitWKB)
}

func unitsOf(level registry.Level) source[registry.Unit] {
	return func(ctx context.Context, reg Registry, e Edition, yield func(*registry.Unit) error) error {
		return reg.Units(ctx, registry.UnitQuery{At: e.At(), Level: level, Geometry: true}, yield)
	}
}

func unitWKB(u *registry.Unit) ([]byte, error) {
	if !u.Areal {
		return nil, nil
	}
	return u.WKB, nil
}

func unitLabel(u *registry.Unit) *orb.Point {
	if !u.Areal {
		return nil
	}
	return &u.Label
}

func unitColumns() []column[registry.Unit] {
	type unit = registry.Unit
	return []column[unit]{
		{integer("id", "ID", "标识", "The identifier of the unit, for life, across names, codes and superiors"), func(u *unit) any { return idOf(u.ID) }},
		{text("code", "CODE", "行政区划代码", codeWidth, "The division code on the day, 12 digits; empty if it bore none"), func(u *unit) any { return textOf(u.Code) }},
		{text("name", "NAME", "名称", nameWidth, "The full name"), func(u *unit) any { return textOf(u.Name) }},
		{text("specific", "SPECIFIC", "专名", nameWidth, "The specific element of the name"), func(u *unit) any { return textOf(u.Specific) }},
		{text("generic", "GENERIC", "通名", nameWidth, "The generic element of the name"), func(u *unit) any { return textOf(u.Generic) }},
		{text("roman", "ROMAN", "罗马字母拼写", longWidth, "The name in pinyin, computed; empty where a reading is not certain"), func(u *unit) any { return textOf(roman.DisplayParts(u.Specific, u.Generic)) }},
		{text("type", "TYPE", "建制类型", wordWidth, "The kind of unit in law, such as COUNTY_CITY"), func(u *unit) any { return textOf(u.Type) }},
		{text("level", "LEVEL", "级别", wordWidth, "province, prefecture, county, township or village"), func(u *unit) any { return textOf(u.Level.String()) }},
		{integer("superior_id", "SUP_ID", "隶属单位标识", "The unit it belongs to in law; empty at the top"), func(u *unit) any { return idOf(ref(u.Superior).ID) }},
		{text("superior_code", "SUP_CODE", "隶属单位代码", codeWidth, "The code of that unit"), func(u *unit) any { return textOf(ref(u.Superior).Code) }},
		{text("superior_name", "SUP_NAME", "隶属单位名称", nameWidth, "The name of that unit"), func(u *unit) any { return textOf(ref(u.Superior).Name) }},
		{integer("custodian_id", "CUS_ID", "代管单位标识", "The unit entrusted with it; empty if none"), func(u *unit) any { return idOf(ref(u.Custodian).ID) }},
		{text("custodian_code", "CUS_CODE", "代管单位代码", codeWidth, "The code of that unit"), func(u *unit) any { return textOf(ref(u.Custodian).Code) }},
		{text("custodian_name", "CUS_NAME", "代管单位名称", nameWidth, "The name of that unit"), func(u *unit) any { return textOf(ref(u.Custodian).Name) }},
		{text("seat", "SEAT", "驻地", longWidth, "Where its government sits; empty if not known"), func(u *unit) any { return textOf(u.Seat) }},
		{truth("autonomous", "AUTONOMOUS", "民族自治", "Whether it has ethnic autonomy"), func(u *unit) any { return u.Autonomous }},
		{day("valid_from", "VALID_FROM", "生效日", "The first day of this version; empty: since before the record"), func(u *unit) any { return dayOf(u.Valid.From) }},
		{day("valid_to", "VALID_TO", "失效日", "The first day on which it is no longer so; empty: until further notice"), func(u *unit) any { return dayOf(u.Valid.To) }},
		{integer("began_by", "BEGAN_BY", "起始事件", "The event that began this version, at /api/events/{began_by}"), func(u *unit) any { return idOf(u.BeganBy) }},
		{integer("ended_by", "ENDED_BY", "终止事件", "The event that ended it; empty while it lasts"), func(u *unit) any { return idOf(u.EndedBy) }},
		{text("basis", "BASIS", "依据", wordWidth, "On what it rests: SURVEYED, PUBLISHED, RECAST (a later state carried back) or NOT_KNOWN"), func(u *unit) any { return textOf(u.Basis) }},
		{truth("areal", "AREAL", "有界", "Whether it has an area of its own on the day; if not, it is only listed"), func(u *unit) any { return u.Areal }},
		{truth("incomplete", "INCOMPLETE", "范围不完整", "Whether part of its area is not known on the day; the layer unrefined holds such territory"), func(u *unit) any { return u.Incomplete }},
		{text("area_basis", "AREA_BASIS", "范围依据", wordWidth, "On what the area rests: RECAST where the borders of a later map are carried back; empty if not areal"), func(u *unit) any { return textOf(u.AreaBasis) }},
		{float("area_m2", "AREA_M2", "面积(平方米)", "The area in square metres on the ellipsoid, of the known part where it is incomplete; empty if not areal"), func(u *unit) any { return numberOf(u.AreaM2) }},
	}
}

// ref is the unit referred to, or nobody.
func ref(u *registry.UnitRef) registry.UnitRef {
	if u == nil {
		return registry.UnitRef{}
	}
	return *u
}

// labelLayer holds a point for each unit that has an area.
func labelLayer() Layer {
	type unit = registry.Unit
	l := Layer{Name: "label", Title: "注记点", TitleEn: "Label points", Dated: true, Shape: format.Points, Formats: spatial(),
		Description: "A point within the area of each unit that has one, from provinces to townships, for labels and small maps."}
	keep := map[string]bool{"id": true, "code": true, "name": true, "roman": true, "type": true, "level": true, "incomplete": true, "area_m2": true}
	var columns []column[unit]
	for _, c := range unitColumns() {
		if keep[c.Name] {
			columns = append(columns, c)
		}
	}
	return layerOf(l, columns, labels, func(u *unit) string { return number(u.ID) }, func(u *unit) ([]byte, error) { return pointWKB(u.Label) })
}

func labels(ctx context.Context, reg Registry, e Edition, yield func(*registry.Unit) error) error {
	for level := registry.LevelProvince; level <= registry.LevelTownship; level++ {
		err := reg.Units(ctx, registry.UnitQuery{At: e.At(), Level: level}, func(u *registry.Unit) error {
			if !u.Areal {
				return nil
			}
			return yield(u)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
