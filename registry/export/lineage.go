package export

import (
	"context"

	"jieming/geo/format"
	"jieming/registry"
)

// lineageLayer is the table of who became what.
func lineageLayer() Layer {
	type record = registry.LineageRecord
	l := Layer{Name: "lineage", Title: "沿革关系表", TitleEn: "Predecessors and successors", Shape: format.NoShape, Formats: tabular(),
		Description: "Every relation between a unit and one that took over its territory or part of it, with the event and its paper."}
	return layerOf(l, []column[record]{
		{integer("event_id", "EVENT_ID", "事件标识", "The event, at /api/events/{event_id}"), func(l *record) any { return idOf(l.Event.ID) }},
		{day("effective_on", "EFFECTIVE", "生效日", "The day from which on it is so"), func(l *record) any { return dayOf(l.Event.EffectiveOn) }},
		{text("precision", "PRECISION", "日期精度", wordWidth, "DAY, or YEAR where the date stands for some day of that year"), func(l *record) any { return textOf(l.Event.Precision) }},
		{text("class", "CLASS", "事件类别", wordWidth, "LEGAL, CORRECTION, SURVEY, REFINEMENT, BASELINE or RECODE"), func(l *record) any { return textOf(l.Event.Class) }},
		{text("type", "TYPE", "变更类型", wordWidth, "What happened, such as REPLACE (撤…设…)"), func(l *record) any { return textOf(l.Event.Type) }},
		{text("relation", "RELATION", "沿革关系", wordWidth, "CONTINUES, SPLIT_INTO, MERGED_INTO or PART_TRANSFERRED"), func(l *record) any { return textOf(l.Relation) }},
		{integer("from_id", "FROM_ID", "原单位标识", "The unit before"), func(l *record) any { return idOf(l.From.ID) }},
		{text("from_code", "FROM_CODE", "原单位代码", codeWidth, "Its code the day before"), func(l *record) any { return textOf(l.From.Code) }},
		{text("from_name", "FROM_NAME", "原单位名称", nameWidth, "Its name the day before"), func(l *record) any { return textOf(l.From.Name) }},
		{text("from_level", "FROM_LEVEL", "原单位级别", wordWidth, "Its level"), func(l *record) any { return textOf(l.From.Level.String()) }},
		{integer("to_id", "TO_ID", "现单位标识", "The unit after"), func(l *record) any { return idOf(l.To.ID) }},
		{text("to_code", "TO_CODE", "现单位代码", codeWidth, "Its code on the day"), func(l *record) any { return textOf(l.To.Code) }},
		{text("to_name", "TO_NAME", "现单位名称", nameWidth, "Its name on the day"), func(l *record) any { return textOf(l.To.Name) }},
		{text("to_level", "TO_LEVEL", "现单位级别", wordWidth, "Its level"), func(l *record) any { return textOf(l.To.Level.String()) }},
		{float("area_share", "AREA_SHARE", "面积份额", "The share of the area of the unit before; empty where it is not known"), func(l *record) any { return shareOf(l.AreaShare) }},
		{float("population_share", "POP_SHARE", "人口份额", "The share of its population; empty where it is not known"), func(l *record) any { return shareOf(l.PopulationShare) }},
		{text("note", "NOTE", "备注", longWidth, "What more is known"), func(l *record) any { return textOf(l.Note) }},
		{text("instrument_number", "DOC_NUMBER", "文号", nameWidth, "The number of the paper; empty if not known"), func(l *record) any { return textOf(l.Event.Instrument.Number) }},
		{day("instrument_date", "DOC_DATE", "批准日期", "The date of the paper; empty if not known"), issuedOn},
		{text("instrument_issuer", "DOC_ISSUER", "批准机关", nameWidth, "Who issued it; empty if not known"), func(l *record) any { return textOf(l.Event.Instrument.Issuer) }},
		{text("instrument_title", "DOC_TITLE", "文件标题", longWidth, "Its title"), func(l *record) any { return textOf(l.Event.Instrument.Title) }},
		{text("completeness", "COMPLETE", "文件完备程度", wordWidth, "How much of the paper the registry has: FULL, NO_SCAN, CITED or UNKNOWN"), func(l *record) any { return textOf(l.Event.Instrument.Completeness) }},
		{text("citation", "CITATION", "出处", longWidth, "Who says so"), func(l *record) any { return textOf(l.Event.Instrument.Citation) }},
	}, func(ctx context.Context, reg Registry, e Edition, yield func(*record) error) error {
		return reg.Lineage(ctx, e.At().Recorded, yield)
	}, func(l *record) string { return number(l.Event.ID) }, nil)
}

func issuedOn(l *registry.LineageRecord) any {
	if !l.Event.Instrument.IssuedKnown {
		return nil
	}
	return dayOf(l.Event.Instrument.IssuedOn)
}
