package history

import (
	"slices"

	"jieming/registry"
)

// heading describes a report before it has rows.
type heading struct {
	name, title, titleEn string
	columns              []string
}

// table is a report being filled.
type table struct {
	heading
	rows [][]string
}

// The reports of a reconstruction, in the order in which they are given.
var (
	codesDiffer = heading{"codes-differ", "与年度代码表不一致", "Codes that differ from the yearly list",
		[]string{"date", "code", "list", "ours", "cause"}}
	codesReused = heading{"codes-reused", "一码先后使用多次", "Codes used more than once, by another unit or by the same one again",
		[]string{"code", "unit", "period", "citation"}}
	lineageDiffers = heading{"lineage-differs", "与沿革表不一致", "Differences from the lineage table",
		[]string{"place", "code", "name", "lineage", "ours"}}
	relationsDoubtful = heading{"relations-doubtful", "存疑的沿革关系", "Doubtful relations between units",
		[]string{"place", "code", "name", "relation", "treatment"}}
	statisticalUnits = heading{"statistical-units", "统计用乡级区划（非行政区划）", "Statistical township-level areas, not divisions",
		[]string{"code", "name", "parent"}}
	statisticalAreas = heading{"statistical-areas", "列在统计用县级区划下的乡级单位", "Townships listed under statistical county codes",
		[]string{"code", "name", "superior", "code given", "ground"}}
	townshipNames = heading{"township-names", "名录中带上级名称或括注的乡级名称", "Township names listed with their superior's name or a remark",
		[]string{"code", "listed", "taken as"}}
	townshipChangesDiffer = heading{"township-changes-differ", "乡级代码变更与名录不一致", "Township code changes that differ from the list",
		[]string{"place", "code in changes", "name", "code in list", "treatment"}}
	villagesStatistical = heading{"villages-statistical", "统计用乡级区划下的村级单位", "Village-level bodies under statistical areas, loaded under the county",
		[]string{"code", "name", "listed under", "loaded under"}}
	villageTypes = heading{"village-types", "类型不明或与代码段不符的村级单位", "Village-level bodies of unknown type, or named unlike their code range",
		[]string{"code", "name", "type"}}
	listFaults = heading{"list-faults", "名录中的错误", "Faults of the township and village lists",
		[]string{"place", "code", "name", "fault"}}
	townshipsLater = heading{"townships-2025", "与2025年乡级名录的差异", "Differences from the township list of 2025",
		[]string{"kind", "county", "code", "listed 2025", "ours"}}
)

// headings returns all reports in order.
func headings() []heading {
	return []heading{codesDiffer, codesReused, lineageDiffers, relationsDoubtful, statisticalUnits, statisticalAreas,
		townshipNames, townshipChangesDiffer, villagesStatistical, villageTypes, listFaults, townshipsLater}
}

// report adds a row to a report.
func (h *History) report(to heading, row ...string) {
	t := h.tables[to.name]
	if t == nil {
		t = &table{heading: to}
		h.tables[to.name] = t
	}
	t.rows = append(t.rows, row)
}

// finishReports turns the filled tables into reports. A report without rows
// is given too: it says that nothing was found.
func (h *History) finishReports() {
	for _, head := range headings() {
		rep := registry.Report{Name: head.name, Title: head.title, TitleEn: head.titleEn, Columns: slices.Clone(head.columns)}
		if t := h.tables[head.name]; t != nil {
			rep.Rows = t.rows
		}
		h.Reports = append(h.Reports, rep)
	}
	h.tables = nil
}
