package history

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"jieming/registry"
)

// numberPattern recognises a 文号, e.g. 吉政函〔2005〕75号.
var numberPattern = regexp.MustCompile(`^\p{Han}+〔[0-9]{4}〕[0-9]+号$`)

// standardPattern recognises a remark that cites the code standard.
var standardPattern = regexp.MustCompile(`GB(/T)? ?2260`)

// effective returns the day on which a block took effect: the date of its
// approval where that lies in its period, else the day of the later list.
func effective(b *Block) registry.Day {
	if b.Dated && b.Date > yearEnd(b.FromYear) && b.Date <= yearEnd(b.ToYear) {
		return b.Date
	}
	return yearEnd(b.ToYear)
}

// remark reports whether a block rests on no act but on a compiler's remark
// about code lists.
func (b *Block) remark() bool { return b.Title == "" && b.Number == "" }

// addFirstLoad adds the event of the first load and its instrument, the first
// list.
func (h *History) addFirstLoad(list YearList) int {
	h.Instruments = append(h.Instruments, registry.Instrument{Completeness: registry.Cited,
		Title:    fmt.Sprintf("%d年12月31日行政区划代码", list.Year),
		Citation: "areacodes/codes_by_year（yescallop/areacodes, CC0 1.0）"})
	h.Events = append(h.Events, registry.Event{Class: registry.BaselineAct, Type: registry.FirstLoad,
		EffectiveOn: yearEnd(list.Year), Precision: registry.PrecisionDay,
		Note: "首次载入：此前的情况不掌握 (first load: nothing is known before it)"})
	return 0
}

// addBlock adds the event and the instrument of a block.
func (h *History) addBlock(b *Block) int {
	e := registry.Event{Class: registry.Legal, EffectiveOn: effective(b), Precision: registry.PrecisionYear,
		Instrument: len(h.Instruments),
		Note:       fmt.Sprintf("生效日期不详，以%d年12月31日名录为准 (date not known: the day of the first list that shows it)", b.ToYear)}
	if b.remark() {
		e.Class = registry.Recode
		e.Note = b.Text + " " + e.Note
	}
	if b.Dated && e.EffectiveOn == b.Date {
		e.Precision = registry.PrecisionDay
		e.Note = "以批复日期为生效日期 (the date of the approval stands in for the effective date)"
	}
	in := b.instrument()
	if in.Number != "" {
		h.papers[in.Number] = len(h.Events)
	}
	h.Instruments = append(h.Instruments, in)
	h.Events = append(h.Events, e)
	return len(h.Events) - 1
}

// instrument returns the paper behind a block. Without a scan nothing is FULL;
// without number or date it is CITED by whoever names it, else UNKNOWN.
func (b *Block) instrument() registry.Instrument {
	in := registry.Instrument{Number: b.Number, IssuedOn: b.Date, IssuedKnown: b.Dated, Title: b.Title,
		Issuer: b.issuer(), Text: b.Text, Completeness: registry.Cited, Citation: b.Source}
	if in.Citation == "" {
		in.Citation = fmt.Sprintf("yescallop/areacodes, %d-%d", b.FromYear, b.ToYear)
	}
	if b.remark() {
		in.Title = fmt.Sprintf("%d—%d年代码变更说明（无批文）", b.FromYear, b.ToYear)
	}
	switch {
	case b.Number != "" && b.Dated && b.Text != "":
		in.Completeness = registry.NoScan
	case b.remark() && !standardPattern.MatchString(b.Text):
		in.Completeness = registry.Unknown
	case b.Number == "" && numberPattern.MatchString(b.Title):
		in.Number = b.Title
	}
	return in
}

// issuer reads who issued an approval from its title: 国务院关于…的批复.
func (b *Block) issuer() string {
	who, _, ok := strings.Cut(b.Title, "关于")
	if !ok || strings.ContainsAny(who, "《》") {
		return ""
	}
	return who
}

// kinds is a set of what happened in an event.
type kinds map[registry.EventType]bool

func (k kinds) join(other kinds) { maps.Copy(k, other) }

// eventType sums up a set of kinds: the one there is, or a reorganisation.
// New codes are no kind of their own beside another, for they follow from it.
func (k kinds) eventType(class registry.EventClass) registry.EventType {
	if class == registry.Recode {
		return registry.Recoding
	}
	real := slices.DeleteFunc(slices.Collect(maps.Keys(k)), func(t registry.EventType) bool { return t == registry.Recoding })
	switch len(real) {
	case 0:
		return registry.Recoding
	case 1:
		return real[0]
	}
	return registry.Reorganisation
}

// compare returns what differs between two descriptions of one unit.
func compare(old, v registry.BaselineUnitVersion) kinds {
	k := kinds{}
	if old.Specific != v.Specific || old.Generic != v.Generic {
		k[registry.Rename] = true
	}
	switch {
	case old.Custodian != v.Custodian && old.Superior == v.Superior:
		k[registry.Custody] = true
	case old.Superior != v.Superior:
		k[registry.Affiliation] = true
	}
	return k
}

// kinds returns what a block does to territory: who began, ended, was
// replaced, or got a part.
func (a *act) kinds() kinds {
	k := kinds{}
	replaced := map[int]bool{}
	for _, f := range a.flows {
		switch {
		case a.relation(f) == registry.Continues:
			k[registry.Replace] = true
			replaced[f.From], replaced[f.To] = true, true
		case a.relation(f) == registry.PartTransferred:
			k[registry.BoundaryChange] = true
		}
	}
	for i := range a.block.Changes {
		if a.block.Changes[i].Op == Transfer {
			k[registry.BoundaryChange] = true
		}
	}
	for unit := range a.begun {
		if !replaced[unit] {
			k[registry.Establish] = true
		}
	}
	for unit := range a.ended {
		if !replaced[unit] {
			k[registry.Abolish] = true
		}
	}
	return k
}
