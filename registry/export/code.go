package export

import (
	"context"

	"jieming/geo/format"
	"jieming/registry"
)

// codeLayer is the table of all codes with their dates.
func codeLayer() Layer {
	type record = registry.CodeRecord
	l := Layer{Name: "code", Title: "行政区划代码表", TitleEn: "Codes", Shape: format.NoShape, Formats: tabular(),
		Description: "Every period in which a unit bore a division code under one name, from the first day of the record on."}
	return layerOf(l, []column[record]{
		{text("code", "CODE", "行政区划代码", codeWidth, "The code, 12 digits"), func(c *record) any { return textOf(c.Unit.Code) }},
		{integer("unit_id", "UNIT_ID", "单位标识", "The identifier of the unit that bore it, for life"), func(c *record) any { return idOf(c.Unit.ID) }},
		{text("name", "NAME", "名称", nameWidth, "The name of the unit in this period"), func(c *record) any { return textOf(c.Unit.Name) }},
		{text("level", "LEVEL", "级别", wordWidth, "province, prefecture, county, township or village"), func(c *record) any { return textOf(c.Unit.Level.String()) }},
		{text("type", "TYPE", "建制类型", wordWidth, "The kind of unit in law, such as COUNTY_CITY"), func(c *record) any { return textOf(c.Type) }},
		{day("valid_from", "VALID_FROM", "启用日", "The first day of the period; empty: since before the record"), func(c *record) any { return dayOf(c.Valid.From) }},
		{day("valid_to", "VALID_TO", "停用日", "The first day after the period; empty: until further notice"), func(c *record) any { return dayOf(c.Valid.To) }},
		{integer("began_by", "BEGAN_BY", "起始事件", "The event that began the period, at /api/events/{began_by}"), func(c *record) any { return idOf(c.Began.Event) }},
		{text("began_number", "BEGAN_NO", "起始文号", nameWidth, "The number of its paper; empty if not known"), func(c *record) any { return textOf(c.Began.Number) }},
		{integer("ended_by", "ENDED_BY", "终止事件", "The event that ended it; empty while it lasts"), func(c *record) any { return idOf(c.Ended.Event) }},
		{text("ended_number", "ENDED_NO", "终止文号", nameWidth, "The number of its paper; empty if not known"), func(c *record) any { return textOf(c.Ended.Number) }},
		{integer("reuse", "REUSE", "再次使用", "0, or which use of the code after the first this is"), func(c *record) any { return int64(c.Reuse) }},
		{text("reuse_citation", "REUSE_CITE", "再次使用出处", longWidth, "Who says that the code was used again"), func(c *record) any { return textOf(c.ReuseCitation) }},
	}, func(ctx context.Context, reg Registry, e Edition, yield func(*record) error) error {
		return reg.Codes(ctx, e.At().Recorded, yield)
	}, func(c *record) string { return c.Unit.Code }, nil)
}
