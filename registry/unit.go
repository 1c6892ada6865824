package registry

// UnitID identifies a unit for life, across names, codes and superiors.
type UnitID int64

// Level is the place of a unit in the administrative order.
type Level int16

// The levels. LevelOutside is a neighbouring province or country, of which the
// registry keeps only the common border.
const (
	LevelOutside    Level = 0
	LevelProvince   Level = 1
	LevelPrefecture Level = 2
	LevelCounty     Level = 3
	LevelTownship   Level = 4
	LevelVillage    Level = 5
)

// UnitType is the kind of a unit in law (建制类型), see docs/glossary.md.
type UnitType string

// The unit types (domain: 行政区划代码管理办法; villages are self-governing
// bodies, not divisions).
const (
	Province          UnitType = "PROVINCE"           // 省
	AutonomousRegion  UnitType = "AUTONOMOUS_REGION"  // 自治区
	Municipality      UnitType = "MUNICIPALITY"       // 直辖市
	SAR               UnitType = "SAR"                // 特别行政区
	PrefectureCity    UnitType = "PREF_CITY"          // 地级市
	Prefecture        UnitType = "PREFECTURE"         // 地区
	AutoPrefecture    UnitType = "AUTO_PREFECTURE"    // 自治州
	League            UnitType = "LEAGUE"             // 盟
	District          UnitType = "DISTRICT"           // 市辖区
	CountyCity        UnitType = "COUNTY_CITY"        // 县级市
	County            UnitType = "COUNTY"             // 县
	AutoCounty        UnitType = "AUTO_COUNTY"        // 自治县
	Banner            UnitType = "BANNER"             // 旗
	AutoBanner        UnitType = "AUTO_BANNER"        // 自治旗
	ForestArea        UnitType = "FOREST_AREA"        // 林区
	SpecialArea       UnitType = "SPECIAL_AREA"       // 特区
	Subdistrict       UnitType = "SUBDISTRICT"        // 街道
	Town              UnitType = "TOWN"               // 镇
	Township          UnitType = "TOWNSHIP"           // 乡
	EthnicTownship    UnitType = "ETHNIC_TOWNSHIP"    // 民族乡
	Sumu              UnitType = "SUMU"               // 苏木
	EthnicSumu        UnitType = "ETHNIC_SUMU"        // 民族苏木
	DistrictOffice    UnitType = "DISTRICT_OFFICE"    // 区公所
	VillageCommittee  UnitType = "VILLAGE_COMMITTEE"  // 村委会
	ResidentCommittee UnitType = "RESIDENT_COMMITTEE" // 居委会
	OutsideProvince   UnitType = "OUTSIDE_PROVINCE"   // 相邻省
	OutsideCountry    UnitType = "OUTSIDE_COUNTRY"    // 邻国
	OutsideSea        UnitType = "OUTSIDE_SEA"        // 海域
	OutsideUnknown    UnitType = "OUTSIDE_UNKNOWN"    // 界外: the source does not say what lies beyond
	UnknownUnitType   UnitType = "UNKNOWN"            // the source does not say
)

// Basis says on what a fact rests (design: "What we don't know, we say").
type Basis string

// The bases, from best to none.
const (
	Surveyed  Basis = "SURVEYED"  // a boundary survey with its record
	Published Basis = "PUBLISHED" // a published list or map of that date
	Recast    Basis = "RECAST"    // today's state carried back to that date
	NotKnown  Basis = "NOT_KNOWN" // nobody has told us
)

// LevelNames are the names of the levels in the API.
var LevelNames = map[Level]string{
	LevelOutside: "outside", LevelProvince: "province", LevelPrefecture: "prefecture",
	LevelCounty: "county", LevelTownship: "township", LevelVillage: "village",
}

// String returns the name of the level in the API.
func (l Level) String() string { return LevelNames[l] }

// ParseLevel returns the level with a name.
func ParseLevel(s string) (Level, error) {
	for l, name := range LevelNames {
		if name == s {
			return l, nil
		}
	}
	return 0, Invalid("level", "\""+s+"\" is not a level; write province, prefecture, county, township or village")
}
