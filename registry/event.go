package registry

// EventID identifies an event.
type EventID int64

// EventClass says what kind of act an event is, and so which paper it needs.
type EventClass string

// The classes of event (design, invariant 3).
const (
	Legal       EventClass = "LEGAL"       // an act of law: instrument and case
	Correction  EventClass = "CORRECTION"  // the record was wrong: evidence and case
	Survey      EventClass = "SURVEY"      // 勘界 result: case
	Refinement  EventClass = "REFINEMENT"  // better geometry or finer units for the same line
	BaselineAct EventClass = "BASELINE"    // first load: data set and digest
	Recode      EventClass = "RECODE"      // the national code list changed
	Observation EventClass = "OBSERVATION" // condition, photo, reading: observer
)

// EventType says what happened (domain: DR-I Art. 2); composites are stored as
// their own type because the instrument decides them in one act.
type EventType string

// The types of event.
const (
	Establish      EventType = "ESTABLISH"      // 设立
	Abolish        EventType = "ABOLISH"        // 撤销
	Replace        EventType = "REPLACE"        // 撤县设市、撤县设区 …: ABOLISH + ESTABLISH, same territory
	Affiliation    EventType = "AFFILIATION"    // 隶属关系变更
	Custody        EventType = "CUSTODY"        // 代管关系变更
	BoundaryChange EventType = "BOUNDARY"       // 行政区域界线变更: part of the territory moves
	SeatMove       EventType = "SEAT_MOVE"      // 驻地迁移
	Rename         EventType = "RENAME"         // 更名: the specific element only
	Recoding       EventType = "RECODING"       // codes change, nothing else
	Reorganisation EventType = "REORGANISATION" // several of these in one act
	FirstLoad      EventType = "FIRST_LOAD"     // baseline
	Resurvey       EventType = "RESURVEY"       // the course of a line by better survey
	Refine         EventType = "REFINE"         // finer units for the same line
	Rewrite        EventType = "REWRITE"        // 更正: what was so in law stays, how it is written down changes
)

// Completeness says how much of an instrument the registry holds.
type Completeness string

// The completeness of an instrument (design, invariant 3).
const (
	Full    Completeness = "FULL"    // number, date, issuer, text and scan
	NoScan  Completeness = "NO_SCAN" // number, date and text, but no scan
	Cited   Completeness = "CITED"   // another source cites it: no number or no date
	Unknown Completeness = "UNKNOWN" // nobody knows which paper it was
)

// Instrument is the paper on which a change rests.
type Instrument struct {
	Completeness Completeness
	Number       string // 文号, e.g. 国函〔2020〕84号; "" if not known
	IssuedOn     Day    // 0 with IssuedKnown false if not known
	IssuedKnown  bool
	Issuer       string // e.g. 国务院; "" if not known
	Title        string
	Text         string // the text of the act, as far as published
	Citation     string // who says so: data set, gazette, link
}

// Event is what happened: a hyperedge between the units before and after.
type Event struct {
	Class       EventClass
	Type        EventType
	EffectiveOn Day
	Precision   Precision
	Instrument  int // index into Baseline.Instruments
	Note        string
}

// Relation says what became of a unit in an event.
type Relation string

// The relations of lineage.
const (
	Continues       Relation = "CONTINUES"
	SplitInto       Relation = "SPLIT_INTO"
	MergedInto      Relation = "MERGED_INTO"
	PartTransferred Relation = "PART_TRANSFERRED"
)
