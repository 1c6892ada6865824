package history

import (
	"testing"

	"jieming/registry"
)

func TestDescribe(t *testing.T) {
	for _, c := range []struct {
		code, name        string
		level             registry.Level
		kind              registry.UnitType
		specific, generic string
	}{
		{"220000000000", "吉林省", registry.LevelProvince, registry.Province, "吉林", "省"},
		{"222400000000", "延边朝鲜族自治州", registry.LevelPrefecture, registry.AutoPrefecture, "延边", "朝鲜族自治州"},
		{"220102000000", "南关区", registry.LevelCounty, registry.District, "南关", "区"},
		{"220102001000", "南岭街道", registry.LevelTownship, registry.Subdistrict, "南岭", "街道"},
		{"220102001001", "华阳社区", registry.LevelVillage, registry.ResidentCommittee, "华阳", "社区"},
	} {
		v, err := Describe(c.code, c.name)
		if err != nil || v.Level != c.level || v.Type != c.kind || v.Specific != c.specific || v.Generic != c.generic {
			t.Errorf("%s %s: %+v, %v", c.code, c.name, v, err)
		}
	}
	if _, err := Describe("220102", "南关区"); err == nil {
		t.Error("a code of six digits passes")
	}
}
