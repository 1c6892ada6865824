package export

import (
	"context"
	"strings"

	"github.com/paulmach/orb"

	"jieming/geo/format"
	"jieming/registry"
)

// unrefinedLayer holds territory whose county is not known.
func unrefinedLayer() Layer {
	type area = registry.Unrefined
	l := Layer{Name: "unrefined", Title: "归属不明区域", TitleEn: "Unrefined areas", Dated: true, Shape: format.Areas, Formats: spatial(),
		Description: "Territory whose county is not known on the day, with the finest unit that certainly held it and the candidates. It is in no county of the layer county."}
	return layerOf(l, append([]column[area]{
		{text("id", "ID", "标识", longWidth, "The level, the holder and the candidates; it holds at this instant only"), func(u *area) any { return unrefinedID(u) }},
		{text("level", "LEVEL", "级别", wordWidth, "The level at which the holder is not known"), func(u *area) any { return textOf(u.Level.String()) }},
		{integer("holder_id", "HOLDER_ID", "已知归属单位标识", "The finest unit that certainly held it"), func(u *area) any { return idOf(u.Holder.ID) }},
		{text("holder_code", "HOLDER_COD", "已知归属单位代码", codeWidth, "Its code; empty if it bore none"), func(u *area) any { return textOf(u.Holder.Code) }},
		{text("holder_name", "HOLDER", "已知归属单位名称", nameWidth, "Its name"), func(u *area) any { return textOf(u.Holder.Name) }},
		{text("among_ids", "AMONG_IDS", "可能归属单位标识", longWidth, "The units one of which held each part, the likeliest first; empty if not even that is known"), func(u *area) any { return joined(u.Among, func(r registry.UnitRef) string { return number(r.ID) }) }},
		{text("among_codes", "AMONG_COD", "可能归属单位代码", longWidth, "Their codes"), func(u *area) any { return joined(u.Among, func(r registry.UnitRef) string { return r.Code }) }},
		{text("among_names", "AMONG", "可能归属单位名称", longWidth, "Their names"), func(u *area) any { return joined(u.Among, func(r registry.UnitRef) string { return r.Name }) }},
		{float("area_m2", "AREA_M2", "面积(平方米)", "The area in square metres on the ellipsoid"), func(u *area) any { return numberOf(u.AreaM2) }},
	}, labelColumns(func(u *area) *orb.Point { return &u.Label })...), func(ctx context.Context, reg Registry, e Edition, yield func(*area) error) error {
		return reg.Unrefined(ctx, e.At(), registry.LevelCounty, true, yield)
	}, unrefinedID, func(u *area) ([]byte, error) { return u.WKB, nil })
}

// unrefinedID is the identifier that the API has for it, too.
func unrefinedID(u *registry.Unrefined) string {
	parts := []string{u.Level.String(), number(u.Holder.ID)}
	for _, candidate := range u.Among {
		parts = append(parts, number(candidate.ID))
	}
	return strings.Join(parts, "-")
}

// joined writes a list as one text, nil if it is empty.
func joined(list []registry.UnitRef, of func(registry.UnitRef) string) any {
	if len(list) == 0 {
		return nil
	}
	parts := make([]string, len(list))
	for i, r := range list {
		parts[i] = of(r)
	}
	return strings.Join(parts, ",")
}
