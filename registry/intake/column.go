package intake

import (
	"fmt"
	"slices"
	"strings"

	"jieming/geo/format"
)

// The usual names of columns, the surest first. XZQDM and XZQMC are those of
// 国土调查, PAC that of the national topographic database.
var (
	codeNames = []string{"code", "adcode", "行政区划代码", "区划代码", "行政区代码", "政区代码", "xzqdm", "xzqhdm", "xzdm", "区划码",
		"area_code", "division_code", "pac", "代码"}
	nameNames = []string{"name", "行政区划名称", "区划名称", "行政区名称", "政区名称", "单位名称", "名称", "xzqmc", "xzqhmc", "xzmc", "adname", "area_name", "mc"}
	// Only a code is read from these; parents given by name are passed over.
	parentNames = []string{"parent", "parent_code", "superior", "superior_code", "上级代码", "上级区划代码", "上级行政区划代码", "sjdm", "sjxzqdm"}
	dateNames   = []string{"data_date", "数据日期", "数据时间", "数据时点", "截止日期"}
)

const adviceColumns = "name the columns with --code-column and --name-column"

// columns are the names of the columns in use; parent and date may be "".
type columns struct{ code, name, parent, date string }

// findColumns finds the columns by what the user says, else by their usual
// names, among those the file declares or else those of its first feature.
func findColumns(declared []format.Column, first format.Properties, asked Columns) (*columns, error) {
	var present []string
	for _, c := range declared {
		present = append(present, c.Name)
	}
	if present == nil {
		for _, p := range first {
			present = append(present, p.Name)
		}
	}
	c := &columns{date: among(present, dateNames)}
	for _, want := range []struct {
		column        *string
		what, asked   string
		usual         []string
		indispensable bool
	}{
		{&c.code, "code", asked.Code, codeNames, true},
		{&c.name, "name", asked.Name, nameNames, true},
		{&c.parent, "parent", asked.Parent, parentNames, false},
	} {
		*want.column = among(present, want.usual)
		if want.asked != "" {
			*want.column = among(present, []string{want.asked})
		}
		switch {
		case *want.column != "":
		case want.asked != "":
			return nil, format.Fault(fmt.Sprintf("there is no column %q, but %s", want.asked, listed(present)), "correct --"+want.what+"-column")
		case want.indispensable:
			return nil, format.Fault(fmt.Sprintf("none of the columns is known to hold the %s: there are %s", want.what, listed(present)),
				"name it with --"+want.what+"-column")
		}
	}
	return c, nil
}

// among returns the first of the names wanted that is present, in whatever
// letter case, as it is written there; "" if none is.
func among(present, wanted []string) string {
	for _, w := range wanted {
		i := slices.IndexFunc(present, func(name string) bool { return strings.EqualFold(strings.TrimSpace(name), w) })
		if i >= 0 {
			return present[i]
		}
	}
	return ""
}

func listed(names []string) string {
	const most = 20
	if len(names) == 0 {
		return "none"
	}
	quoted := make([]string, 0, most)
	for _, n := range names[:min(most, len(names))] {
		quoted = append(quoted, fmt.Sprintf("%q", clip(n)))
	}
	if len(names) > most {
		quoted = append(quoted, fmt.Sprintf("and %d more", len(names)-most))
	}
	return strings.Join(quoted, ", ")
}
