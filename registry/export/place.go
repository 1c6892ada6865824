package export

import (
	"context"

	"jieming/geo/format"
	"jieming/registry"
)

// placeLayer holds the named places that are not units.
func placeLayer() Layer {
	type place = registry.Place
	l := Layer{Name: "place", Title: "地名", TitleEn: "Places", Dated: true, Shape: format.Points, Formats: spatial(),
		Description: "Named places that are not units, as points."}
	return layerOf(l, []column[place]{
		{integer("id", "ID", "标识", "The identifier of the place, for life"), func(p *place) any { return int64(p.ID) }},
		{text("category", "CATEGORY", "类别", wordWidth, "What it is, after the classification of 地名管理条例 Art. 3"), func(p *place) any { return textOf(p.Category) }},
		{text("name", "NAME", "名称", nameWidth, "Its name in Chinese characters; empty if the source has none"), func(p *place) any { return textOf(p.Name) }},
		{text("roman", "ROMAN", "罗马字母拼写", longWidth, "Its name in Roman letters, as the source gives it; empty if it has none"), func(p *place) any { return textOf(p.Roman) }},
		{integer("county_id", "COUNTY_ID", "所在县标识", "The county it lies in; empty if not known"), func(p *place) any { return idOf(ref(p.County).ID) }},
		{text("county_name", "COUNTY", "所在县名称", nameWidth, "Its name"), func(p *place) any { return textOf(ref(p.County).Name) }},
		{day("valid_from", "VALID_FROM", "生效日", "The first day; empty: since before the record"), func(p *place) any { return dayOf(p.Valid.From) }},
		{day("valid_to", "VALID_TO", "失效日", "The first day on which it is no longer so; empty: until further notice"), func(p *place) any { return dayOf(p.Valid.To) }},
		{text("source_id", "SOURCE_ID", "来源标识", nameWidth, "Its identifier in the source; empty if it has none"), func(p *place) any { return textOf(p.SourceID) }},
	}, func(ctx context.Context, reg Registry, e Edition, yield func(*place) error) error {
		return reg.Places(ctx, registry.PlaceQuery{At: e.At()}, yield)
	}, func(p *place) string { return number(p.ID) }, func(p *place) ([]byte, error) { return pointWKB(p.Point) })
}
