package history

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// checkLists compares the state of every 31 December with the list of that
// day and reports each code that differs.
func (r *replay) checkLists() {
	for _, list := range r.src.Lists {
		ours := r.years[list.Year]
		codes := maps.Clone(list.Names)
		for code := range ours {
			codes[code] = list.Names[code]
		}
		for _, code := range slices.Sorted(maps.Keys(codes)) {
			listed, mine := list.Names[code], ours[code].name
			if listed != mine {
				r.h.report(codesDiffer, yearEnd(list.Year).String(), code, listed, mine, cause(code, listed, mine))
			}
		}
	}
}

// cause says why a code may differ, as far as the code tells.
func cause(code, listed, mine string) string {
	switch {
	case code[4:] == "20" && (listed == "市区" || mine == "市区"):
		return "GB 2260-82 市区代码 (summary code of a city's districts)"
	case listed == "":
		return "变更记录未说明其撤销 (no change block ends it)"
	case mine == "":
		return "变更记录未说明其设立 (no change block begins it)"
	}
	return "变更记录未说明其更名 (no change block renames it)"
}

// checkLineage compares the lineage table with the replay: the years in which
// each code and name were in force, and the codes that took over.
func (r *replay) checkLineage() {
	last := r.src.Lists[len(r.src.Lists)-1].Year
	for _, rec := range r.src.Lineage {
		end := rec.End
		if end == 0 {
			end = last + 1
		}
		for y := rec.Start; y < end; y++ {
			if list, ok := r.years[y]; ok && list[rec.Code].name != rec.Name {
				r.differ(rec, fmt.Sprintf("在用 %d", y), list[rec.Code].name)
			}
		}
		r.checkSuccessors(rec)
	}
}

func (r *replay) differ(rec LineageRecord, theirs, mine string) {
	r.h.report(lineageDiffers, rec.At, rec.Code, rec.Name, theirs, mine)
}

// checkSuccessors compares the successors of a record in every year for which
// either side names one.
func (r *replay) checkSuccessors(rec LineageRecord) {
	theirs := map[int][]string{}
	if rec.End != 0 {
		theirs[rec.End] = nil
	}
	for _, s := range rec.Successors {
		theirs[s.Year] = append(theirs[s.Year], s.Code)
	}
	for y, ours := range r.years {
		touched := r.became[becomes{ours[rec.Code].unit, y + 1}] != nil
		if rec.Start <= y && (rec.End == 0 || y < rec.End) && touched && theirs[y+1] == nil {
			theirs[y+1] = nil
		}
	}
	for _, y := range slices.Sorted(maps.Keys(theirs)) {
		r.compareSuccessors(rec, y, theirs[y])
	}
}

func (r *replay) compareSuccessors(rec LineageRecord, year int, theirs []string) {
	before, ok := r.years[year-1]
	if !ok || before[rec.Code].name != rec.Name {
		return
	}
	mine := slices.Compact(slices.Sorted(slices.Values(r.became[becomes{before[rec.Code].unit, year}])))
	if year != rec.End { // a part went: the rest stays under its own code
		mine = slices.DeleteFunc(mine, func(c string) bool { return c == rec.Code })
	}
	if slices.Sort(theirs); !slices.Equal(theirs, mine) {
		r.differ(rec, strconv.Itoa(year)+" → "+strings.Join(theirs, ";"), strings.Join(mine, ";"))
	}
}
