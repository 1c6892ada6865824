package export

import (
	"context"

	"jieming/geo/format"
	"jieming/registry"
)

// borderLayer holds each border once, with both its sides.
func borderLayer() Layer {
	type border = registry.Border
	l := Layer{Name: "boundary", Title: "行政区域界段", TitleEn: "Borders", Dated: true, Shape: format.Lines, Formats: spatial(),
		Description: "The borders between units down to townships, each stretch once, with rank, legal status and the units on both sides."}
	return layerOf(l, []column[border]{
		{integer("id", "ID", "界段标识", "The identifier of the arc, for life"), func(b *border) any { return int64(b.ID) }},
		{integer("rank", "RANK", "界线等级", "The coarsest level at which its sides differ: 0 national, 1 province, 2 prefecture, 3 county, 4 township"), func(b *border) any { return int64(b.Rank) }},
		{text("status", "STATUS", "法律状态", wordWidth, "CUSTOMARY 习惯线, AGREED 协议线, APPROVED 法定线 or DISPUTED 争议线"), func(b *border) any { return textOf(b.Status) }},
		{text("basis", "BASIS", "依据", wordWidth, "On what its course rests: SURVEYED, PUBLISHED, RECAST (shown first by a later map) or NOT_KNOWN"), func(b *border) any { return textOf(b.Basis) }},
		{integer("left_id", "LEFT_ID", "左侧单位标识", "The finest unit that certainly holds the land on the left, going along the line"), func(b *border) any { return idOf(b.Left.ID) }},
		{text("left_code", "LEFT_CODE", "左侧单位代码", codeWidth, "Its code; empty if it bore none"), func(b *border) any { return textOf(b.Left.Code) }},
		{text("left_name", "LEFT_NAME", "左侧单位名称", nameWidth, "Its name"), func(b *border) any { return textOf(b.Left.Name) }},
		{text("left_level", "LEFT_LEVEL", "左侧单位级别", wordWidth, "Its level: outside, province, prefecture, county or township"), func(b *border) any { return textOf(b.Left.Level.String()) }},
		{integer("right_id", "RIGHT_ID", "右侧单位标识", "The same on the right"), func(b *border) any { return idOf(b.Right.ID) }},
		{text("right_code", "RIGHT_CODE", "右侧单位代码", codeWidth, "Its code; empty if it bore none"), func(b *border) any { return textOf(b.Right.Code) }},
		{text("right_name", "RIGHT_NAME", "右侧单位名称", nameWidth, "Its name"), func(b *border) any { return textOf(b.Right.Name) }},
		{text("right_level", "RIGHT_LEV", "右侧单位级别", wordWidth, "Its level"), func(b *border) any { return textOf(b.Right.Level.String()) }},
		{truth("uncertain", "UNCERTAIN", "不确定", "Whether a side is known only more coarsely than the rank: the border may not have been one of that rank on the day"), func(b *border) any { return b.Uncertain }},
		{text("source", "SOURCE", "来源", longWidth, "Where the course comes from"), func(b *border) any { return textOf(b.Source) }},
		{float("accuracy_m", "ACCURACY_M", "精度(米)", "Accuracy of the course in metres; empty if not known"), func(b *border) any { return numberOf(b.AccuracyM) }},
		{float("length_m", "LENGTH_M", "长度(米)", "The length in metres on the ellipsoid"), func(b *border) any { return numberOf(b.LengthM) }},
		{day("valid_from", "VALID_FROM", "生效日", "The first day on which it parted the same two pieces of land; empty: since before the record"), func(b *border) any { return dayOf(b.Valid.From) }},
		{day("valid_to", "VALID_TO", "失效日", "The first day on which it no longer does; empty: until further notice"), func(b *border) any { return dayOf(b.Valid.To) }},
		{integer("began_by", "BEGAN_BY", "起始事件", "The event that began it, at /api/events/{began_by}"), func(b *border) any { return idOf(b.BeganBy) }},
	}, func(ctx context.Context, reg Registry, e Edition, yield func(*border) error) error {
		return reg.Borders(ctx, e.At(), yield)
	}, func(b *border) string { return number(b.ID) }, func(b *border) ([]byte, error) { return b.WKB, nil })
}
