package history

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"jieming/registry"
)

// wild adds township and village lists, and changes, that fit each other only
// by chance: few names, few serials, counties of any time and of none.
func (w *world) wild(t *rapid.T) {
	var counties []string
	for _, then := range w.past {
		for c := range then.names {
			counties = append(counties, c)
		}
	}
	counties = append(counties, "990199", "990171", "980101")
	county := rapid.SampledFrom(counties)
	name := rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom([]string{"东", "南", "西"}).Draw(t, "specific") + rapid.SampledFrom([]string{"镇", "乡", "街道"}).Draw(t, "generic")
	})
	serial := rapid.SampledFrom([]string{"001", "002", "100", "101", "200", "400"})
	code := rapid.Custom(func(t *rapid.T) string { return county.Draw(t, "county") + serial.Draw(t, "serial") })
	w.src.TownshipsOn = registry.Date(rapid.IntRange(2000, 2006).Draw(t, "list year"), 6, 30)
	for i := range rapid.IntRange(1, 12).Draw(t, "townships") {
		c := code.Draw(t, "code")
		w.src.Townships = append(w.src.Townships, Entry{Code: c, Name: name.Draw(t, "name"), Parent: c[:6], At: fmt.Sprint("t:", i)})
		w.src.Villages = append(w.src.Villages, Entry{Code: c + "200", Name: "村", Parent: c, At: fmt.Sprint("v:", i)})
	}
	for i := range rapid.IntRange(0, 12).Draw(t, "changes") {
		c := TownshipChange{Year: rapid.IntRange(1999, 2007).Draw(t, "year"), Approval: rapid.SampledFrom([]string{"", "甲", "乙"}).Draw(t, "approval"),
			Reason: rapid.SampledFrom([]string{"撤镇设街道", "名称变更", "区划代码变更", "新设街道", ""}).Draw(t, "reason"), At: fmt.Sprint("c:", i)}
		sides := rapid.IntRange(1, 3).Draw(t, "sides")
		if sides&1 != 0 {
			c.NewCode, c.NewName = code.Draw(t, "new"), name.Draw(t, "new name")
		}
		if sides&2 != 0 {
			c.OldCode, c.OldName = code.Draw(t, "old"), name.Draw(t, "old name")
		}
		w.src.TownshipChanges = append(w.src.TownshipChanges, c)
	}
	w.src.TownshipsLater = w.src.Townships[:len(w.src.Townships)/2]
}

func TestReconstruct_keepsItsInvariantsOnListsThatDoNotFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.live(t)
		w.wild(t)
		h, err := Reconstruct(w.src)
		if err != nil {
			t.Fatal(err)
		}
		checkHistory(t, h)
	})
}
