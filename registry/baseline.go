package registry

import "github.com/paulmach/orb"

// Baseline is a first load: everything one data set says, with its history, to
// be written in one transaction under one BASELINE event. References between
// its parts are indices into its own slices; the store maps them to ids.
//
// A Baseline is plain data: build it, hand it to Store.Load, throw it away.
type Baseline struct {
	Dataset     Dataset
	Instruments []Instrument
	Events      []Event // Events[0] is the BASELINE event itself
	Units       []BaselineUnit
	Codes       []BaselineCode
	Lineage     []BaselineLineage
	Arcs        []BaselineArc
	Faces       []BaselineFace
	Tenures     []BaselineTenure
	Lines       []BaselineLine
	Places      []BaselinePlace
	Reports     []Report // what the load found and could not settle
}

// Dataset says where a baseline comes from.
type Dataset struct {
	Name        string // e.g. 吉林省 2023
	Schematic   bool   // true: 示意, geometry of our own making
	Source      string // who made it, with version
	Licence     string
	Attribution string // must stand on every map made from it
	DataDate    Day    // the state it shows
	Digest      [32]byte
}

// NoRef marks an absent reference to another part of the Baseline.
const NoRef = -1

// BaselineUnit is one unit with all its versions in order of time, or one that
// the registry holds already and that other parts of the Baseline refer to.
type BaselineUnit struct {
	Key      string // unique within the Baseline, for messages: "220381 公主岭市"
	Existing UnitID // the unit as the registry knows it; it has no Versions. 0 for a new unit
	Versions []BaselineUnitVersion
}

// BaselineUnitVersion is what a unit was during a period.
type BaselineUnitVersion struct {
	Level      Level
	Type       UnitType
	Specific   string // 专名, e.g. 公主岭
	Generic    string // 通名, e.g. 市
	Superior   int    // index of a unit; NoRef at the top
	Custodian  int    // index of a unit (代管); NoRef if none
	Seat       string // where its government sits; "" if not known
	Basis      Basis
	AttestedOn Day // the first list or map that shows this version; before it, the version is RECAST
	Valid      Period
	BeganBy    int // index of an event
	EndedBy    int // index of an event; NoRef while Valid is open
}

// BaselineCode is the period during which a unit bore a code.
type BaselineCode struct {
	Unit          int
	Code          string // 12 digits, zero-padded
	Reuse         int16  // >0 for the second, third … unit that bore the code
	ReuseCitation string // required when Reuse > 0
	Valid         Period
	BeganBy       int
	EndedBy       int
}

// IssuedCode is a code of the registry with the last unit that bore it.
type IssuedCode struct {
	Code   string  // 12 digits
	Bearer UnitRef // named as on the last day it bore the code
	Valid  Period  // the last period in which the code was borne
}

// BaselineLineage is one edge of an event's hyperedge. Shares are fractions of
// the source unit, negative when not known.
type BaselineLineage struct {
	Event           int
	From, To        int
	Relation        Relation
	AreaShare       float64
	PopulationShare float64
	Note            string
}

// BaselineFace is an atom of territory. Unbounded faces are the outside.
type BaselineFace struct {
	Bounded bool
	Label   string // for messages
}

// BaselineArc is an elementary shared border. The line is in degrees lon, lat
// on the 1e-7 degree grid; Left and Right are indices of faces as seen from
// its first to its last vertex.
type BaselineArc struct {
	Line        orb.LineString
	Left, Right int
	Basis       Basis
	Valid       Period // must equal the periods in which its bounded faces are held
}

// BaselineTenure says which unit holds a face in a period. Where the holder at
// the level of the face is not known, Unit is the finest unit that certainly
// holds it, and Among lists the units one of which held each part, the
// likeliest first.
type BaselineTenure struct {
	Face    int
	Unit    int
	Among   []int
	Valid   Period
	BeganBy int
	EndedBy int
}

// BaselineLine is a legal boundary line between two units of one level, e.g.
// 吉黑线. Its course is derived from the arcs.
type BaselineLine struct {
	Code  string
	Name  string
	Level Level
	A, B  int
	Valid Period
}

// BaselinePlace is anything named that is not a unit.
type BaselinePlace struct {
	Category string // of PN 3
	Name     string // in Chinese characters; "" if the source has none
	Roman    string
	Point    orb.Point // degrees lon, lat
	Unit     int       // the county it lies in; NoRef if not known
	SourceID string
}

// Report is a finding of a load that a person should read: a named table.
type Report struct {
	Name    string // stable identifier, e.g. "codes-differ"
	Title   string // in Chinese
	TitleEn string
	Columns []string
	Rows    [][]string
}
