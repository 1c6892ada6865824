package history

import (
	"strings"
	"unicode/utf8"

	"jieming/registry"
)

// kind is a unit type with its place in the order.
type kind struct {
	level registry.Level
	unit  registry.UnitType
}

// countyKinds are the suffixes of names of counties and their peers, longest
// first where one ends in another.
var countyKinds = []struct {
	suffix string
	unit   registry.UnitType
}{
	{"自治县", registry.AutoCounty}, {"自治旗", registry.AutoBanner},
	{"林区", registry.ForestArea}, {"特区", registry.SpecialArea},
	{"县", registry.County}, {"旗", registry.Banner},
	{"区", registry.District}, {"市", registry.CountyCity},
}

var prefectureKinds = []struct {
	suffix string
	unit   registry.UnitType
}{
	{"自治州", registry.AutoPrefecture}, {"地区", registry.Prefecture},
	{"盟", registry.League}, {"市", registry.PrefectureCity},
}

var provinceKinds = []struct {
	suffix string
	unit   registry.UnitType
}{
	{"特别行政区", registry.SAR}, {"自治区", registry.AutonomousRegion},
	{"省", registry.Province}, {"市", registry.Municipality},
}

var townshipKinds = []struct {
	suffix string
	unit   registry.UnitType
}{
	{"街道办事处", registry.Subdistrict}, {"街道", registry.Subdistrict},
	{"区公所", registry.DistrictOffice},
	{"镇", registry.Town}, {"族乡", registry.EthnicTownship}, {"乡", registry.Township},
	{"族苏木", registry.EthnicSumu}, {"苏木", registry.Sumu},
}

// nationalities are the 55 minorities by their Chinese names without 族
// (GB/T 3304). Names of autonomous units and of ethnic townships put them
// between the specific element and the type.
var nationalities = strings.Fields(`蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲
高山 拉祜 水 东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克
俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺 各`)

// kindOf tells level and type from a six-digit code and its name.
func kindOf(code, name string) kind {
	table, level := countyKinds, registry.LevelCounty
	switch {
	case code[2:] == "0000":
		table, level = provinceKinds, registry.LevelProvince
	case code[4:] == "00":
		table, level = prefectureKinds, registry.LevelPrefecture
	}
	for _, k := range table {
		if strings.HasSuffix(name, k.suffix) {
			return kind{level, k.unit}
		}
	}
	return kind{level, registry.UnknownUnitType}
}

// townshipKind tells the type of a township from its name.
func townshipKind(name string) registry.UnitType {
	for _, k := range townshipKinds {
		if strings.HasSuffix(name, k.suffix) {
			return k.unit
		}
	}
	return registry.UnknownUnitType
}

// splitName splits a name into its specific element (专名) and generic
// element (通名). Nationalities belong to the generic one, for they state the
// type of the unit: 伊通 + 满族自治县. A name that would keep less than two
// characters has the nationality in its specific element: 鄂温克族 + 自治旗,
// 内蒙古 + 自治区.
func splitName(name string, unit registry.UnitType) (specific, generic string) {
	suffix := genericOf(name, unit)
	base := strings.TrimSuffix(name, suffix)
	switch unit {
	case registry.AutoPrefecture, registry.AutoCounty, registry.AutoBanner, registry.AutonomousRegion,
		registry.EthnicTownship, registry.EthnicSumu:
		if bare := trimNationalities(base); utf8.RuneCountInString(bare) > 1 {
			base = bare
		}
	}
	if base == "" {
		return name, ""
	}
	return base, name[len(base):]
}

func genericOf(name string, unit registry.UnitType) string {
	switch unit {
	case registry.EthnicTownship:
		return "乡"
	case registry.EthnicSumu:
		return "苏木"
	}
	for _, table := range [][]struct {
		suffix string
		unit   registry.UnitType
	}{provinceKinds, prefectureKinds, countyKinds, townshipKinds} {
		for _, k := range table {
			if k.unit == unit && strings.HasSuffix(name, k.suffix) {
				return k.suffix
			}
		}
	}
	return ""
}

// trimNationalities takes the nationalities off the end of a name. Those of
// one character count only with 族, lest 白 or 土 of a place be taken for one.
func trimNationalities(s string) string {
	for {
		t := trimNationality(s)
		if t == s {
			return s
		}
		s = t
	}
}

func trimNationality(s string) string {
	for _, n := range nationalities {
		if t, ok := strings.CutSuffix(s, n+"族"); ok {
			return t
		}
		if t, ok := strings.CutSuffix(s, n); ok && utf8.RuneCountInString(n) > 1 {
			return t
		}
	}
	return s
}

// villageGenerics are the endings of names of village-level bodies.
var villageGenerics = []string{
	"社区居民委员会", "村民委员会", "居民委员会", "社区居委会", "村委会", "居委会", "社区", "生活区", "村",
}

// splitVillage splits the name of a village-level body. Names that end
// otherwise (生产队, or a remark in brackets) stay whole.
func splitVillage(name string) (specific, generic string) {
	for _, g := range villageGenerics {
		if t, ok := strings.CutSuffix(name, g); ok && t != "" {
			return t, g
		}
	}
	return name, ""
}

// villageKind tells the type of a village-level body from the last three
// digits of its code: 001–199 居委会, 200–399 村委会 (国统字〔2009〕91号).
// Above them lie statistical bodies; only a name that says so makes them one
// or the other.
func villageKind(code, name string) registry.UnitType {
	serial := code[9:]
	switch {
	case serial >= "001" && serial <= "199":
		return registry.ResidentCommittee
	case serial >= "200" && serial <= "399":
		return registry.VillageCommittee
	case strings.Contains(name, "虚拟"):
		return registry.UnknownUnitType
	case strings.HasSuffix(name, "社区") || strings.HasSuffix(name, "居委会"):
		return registry.ResidentCommittee
	case strings.HasSuffix(name, "村") || strings.HasSuffix(name, "村委会"):
		return registry.VillageCommittee
	}
	return registry.UnknownUnitType
}
