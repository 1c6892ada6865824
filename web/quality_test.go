package web

import (
	"strings"
	"testing"

	"jieming/registry/law"
)

// Whatever a check, a cell or a file can be told is said in both languages.
func TestLocale_saysEveryCheckAndFault(t *testing.T) {
	catalogs, err := readCatalogs()
	if err != nil {
		t.Fatal(err)
	}
	for lang, c := range catalogs {
		for _, check := range law.Shipped().Checks {
			if !c.has("quality.says." + check.ID) {
				t.Errorf("%s: nothing says what %s finds", lang, check.ID)
			}
		}
		for _, key := range strings.Fields("fault.UNKNOWN fault.ADDED fault.TWICE fault.LOCKED fault.MOVED fault.FORMULA fault.TAKEN bad.empty bad.long bad.character bad.type bad.flag bad.digits bad.metres bad.unnamed about.unit about.line about.place") {
			if !c.has("correction." + key) {
				t.Errorf("%s: no %s", lang, key)
			}
		}
	}
}

// The line of a trend stays inside its frame, whatever the numbers.
func TestTrendLine(t *testing.T) {
	for _, numbers := range [][]int{nil, {0}, {5, 5}, {9, 0, 4}} {
		svg := string(trendLine(numbers, 96, 22))
		if (len(numbers) == 0) != (svg == "") || strings.Contains(svg, "NaN") || strings.Contains(svg, "-") && strings.Contains(svg, `points="-`) {
			t.Errorf("%v: %s", numbers, svg)
		}
	}
}
