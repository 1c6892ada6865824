package export

import (
	"context"

	"jieming/geo/format"
	"jieming/registry"
)

// lineLayer holds the legal boundary lines.
func lineLayer() Layer {
	type line = registry.Line
	l := Layer{Name: "line", Title: "行政区域界线", TitleEn: "Boundary lines", Dated: true, Shape: format.Lines, Formats: spatial(),
		Description: "The legal boundary lines between two units of a level, such as 吉黑线, as they were on the day; each course is derived from the borders of the areas."}
	return layerOf(l, []column[line]{
		{integer("id", "ID", "界线标识", "The identifier of the line, for life"), func(l *line) any { return int64(l.ID) }},
		{text("code", "CODE", "界线编号", wordWidth, "The code of the line; empty if it has none"), func(l *line) any { return textOf(l.Code) }},
		{text("name", "NAME", "界线名称", nameWidth, "Its name"), func(l *line) any { return textOf(l.Name) }},
		{text("level", "LEVEL", "级别", wordWidth, "The level of the two units"), func(l *line) any { return textOf(l.Level.String()) }},
		{integer("unit_a_id", "A_ID", "一侧单位标识", "The unit on one side"), func(l *line) any { return idOf(l.A.ID) }},
		{text("unit_a_name", "A_NAME", "一侧单位名称", nameWidth, "Its name"), func(l *line) any { return textOf(l.A.Name) }},
		{integer("unit_b_id", "B_ID", "另一侧单位标识", "The unit on the other side"), func(l *line) any { return idOf(l.B.ID) }},
		{text("unit_b_name", "B_NAME", "另一侧单位名称", nameWidth, "Its name"), func(l *line) any { return textOf(l.B.Name) }},
		{text("status", "STATUS", "法律状态", wordWidth, "CUSTOMARY 习惯线, AGREED 协议线, APPROVED 法定线, DISPUTED 争议线 or SUPERSEDED"), func(l *line) any { return textOf(l.Status) }},
		{day("valid_from", "VALID_FROM", "生效日", "The first day; empty: since before the record"), func(l *line) any { return dayOf(l.Valid.From) }},
		{day("valid_to", "VALID_TO", "失效日", "The first day on which it is no longer so; empty: until further notice"), func(l *line) any { return dayOf(l.Valid.To) }},
		{float("length_m", "LENGTH_M", "长度(米)", "The length of its course in metres on the ellipsoid"), func(l *line) any { return numberOf(l.LengthM) }},
		{float("official_length_m", "OFF_LEN_M", "公布长度(米)", "Its official length in metres; empty if not known"), func(l *line) any { return numberOf(l.OfficialLengthM) }},
	}, func(ctx context.Context, reg Registry, e Edition, yield func(*line) error) error {
		return reg.Lines(ctx, registry.LineQuery{At: e.At(), Geometry: true}, yield)
	}, func(l *line) string { return number(l.ID) }, func(l *line) ([]byte, error) { return l.WKB, nil })
}
