package registry

import (
	"context"
	"time"

	"github.com/paulmach/orb"
)

// LineID, PlaceID, ArcID and FaceID identify the other nouns for life.
type (
	LineID  int64
	PlaceID int64
	ArcID   int64
	FaceID  int64
)

// Publication is a release to the public. Public routes read at its AsOf.
type Publication struct {
	ID           int64
	AsOf         Seq       // the log entry up to which the public sees the registry
	ReleasedAt   time.Time // UTC
	ReviewNumber string    // 审图号; "" while the map has not been reviewed
	DataDate     Day
	Note         string
	Certificate  string  // number of the processing certificate (脱密处理证明); "" for none
	Scale        int     // denominator of the scale its geometry is cleared for; 0 if not said
	Decimals     int     // decimals of a degree its geometry is rounded to; 0: as stored
	MaxZoom      int     // deepest zoom of its tiles; 0: the deepest there is
	Release      int64   // the release set; 0 for what came from the command line
	Reason       string  // in a list: why it went out without review number, certificate or scale; "" if it had them
	Dataset      Dataset // the data set the coverage comes from
}

// UnitRef names a unit as it was at the instant of the question.
type UnitRef struct {
	ID    UnitID
	Name  string
	Level Level
	Code  string // 12 digits; "" if it bore none
}

// Unit is what a unit was at an instant.
type Unit struct {
	UnitRef
	Type       UnitType
	Specific   string
	Generic    string
	Superior   *UnitRef
	Custodian  *UnitRef // 代管
	Seat       string
	Autonomous bool
	Valid      Period // of this version
	BeganBy    EventID
	EndedBy    EventID // 0 while Valid is open
	Basis      Basis   // of the version, on that day
	AreaBasis  Basis   // of the area, on that day: RECAST where a later map's lines are carried back; "" when not Areal
	Areal      bool    // it has an area of its own on that day; else it is listed only
	Incomplete bool    // part of its area is not known on that day: it is a candidate elsewhere
	AreaM2     float64 // 0 when not Areal
	Label      orb.Point
	WKB        []byte // MultiPolygon, lon lat degrees, outer rings counter-clockwise; nil when not asked for or not Areal
}

// Unrefined is territory whose holder at a level is not known on a day: the
// finest unit that certainly held it, and the units one of which held each
// part.
type Unrefined struct {
	Holder UnitRef
	Level  Level // the level at which it is not known
	Among  []UnitRef
	AreaM2 float64
	Label  orb.Point
	WKB    []byte
}

// UnitQuery selects units at an instant, in order of id.
type UnitQuery struct {
	At       Instant
	Level    Level      // LevelOutside selects every level
	Parent   UnitID     // 0 selects under any parent
	Code     string     // 2 to 12 digits, trailing zeros optional; "" selects any
	Box      *orb.Bound // lon lat degrees; nil selects everywhere. Listed units have no place and are left out
	After    UnitID     // keyset: only ids above it
	Limit    int        // at most; 0 means no limit
	Geometry bool       // whether to fill WKB
}

// Line is a legal boundary line at an instant. Its course is derived.
type Line struct {
	ID              LineID
	Code            string
	Name            string
	Level           Level
	A, B            UnitRef
	Status          string
	Valid           Period
	LengthM         float64 // computed on the ellipsoid
	OfficialLengthM float64 // 0 if not known
	WKB             []byte  // MultiLineString in order of course; nil when not asked for or it has no course on that day
}

// LineQuery selects lines at an instant, in order of id.
type LineQuery struct {
	At       Instant
	Unit     UnitID // 0 selects lines of any unit
	Box      *orb.Bound
	After    LineID
	Limit    int
	Geometry bool
}

// Border is an arc that parts two units on a day. It stands once for both.
type Border struct {
	ID          ArcID
	Rank        Level   // the coarsest level at which its sides differ; LevelOutside for a national border
	Status      string  // CUSTOMARY, AGREED, APPROVED or DISPUTED
	Basis       Basis   // of its course, on that day
	Left, Right UnitRef // the finest unit that certainly holds the land there, going from the first vertex to the last
	Uncertain   bool    // at its rank, a side is known only more coarsely
	Source      string  // where the course comes from
	AccuracyM   float64 // 0 if not known
	LengthM     float64 // on the ellipsoid
	Valid       Period  // in which it has parted the same two faces
	BeganBy     EventID
	WKB         []byte // LineString, lon lat degrees
}

// Place is a named place at an instant.
type Place struct {
	ID       PlaceID
	Category string
	Name     string
	Roman    string
	County   *UnitRef
	Point    orb.Point
	Valid    Period
	SourceID string
}

// PlaceQuery selects places at an instant, in order of id.
type PlaceQuery struct {
	At    Instant
	Box   *orb.Bound
	After PlaceID
	Limit int
}

// Whereabouts answers "what is here": one chain of units per face the point
// touches (several on a border), from the province down.
type Whereabouts struct {
	Chain    []Unit    // without geometry
	NotKnown Level     // the level from which on the holder is not known; LevelOutside if all is known
	Among    []UnitRef // then: the units one of which held the place
}

// UnitHistory is the whole life of a unit as recorded at Seq.
type UnitHistory struct {
	Unit         UnitID
	Versions     []Unit // in order of Valid, without geometry
	Codes        []CodePeriod
	Predecessors []LineageEdge
	Successors   []LineageEdge
	Events       []EventRecord // every event that touched it, in order of date
}

// CodePeriod is a period in which a unit bore a code.
type CodePeriod struct {
	Code          string
	State         string
	Valid         Period
	BeganBy       EventID
	EndedBy       EventID
	Reuse         int16
	ReuseCitation string
}

// CodeRecord is a period in which a unit bore a code and one name.
type CodeRecord struct {
	Unit          UnitRef // as it was in the period
	Type          UnitType
	Valid         Period
	Reuse         int16 // 0, or which use of the code after the first it is
	ReuseCitation string
	Began         EventPaper
	Ended         EventPaper // zero while Valid is open
}

// EventPaper is an event with the number of its paper.
type EventPaper struct {
	Event  EventID // 0 for none
	Number string  // 文号; "" if not known
}

// LineageRecord is an edge of an event, with the event.
type LineageRecord struct {
	EventEdge
	Event EventRecord
	Note  string
}

// LineageEdge is one edge of an event. Shares are nil when not known.
type LineageEdge struct {
	Event           EventID
	Unit            UnitRef // the other unit, as named at the event
	Relation        Relation
	AreaShare       *float64
	PopulationShare *float64
	Note            string
}

// EventRecord is an event with its paper.
type EventRecord struct {
	ID          EventID
	Class       EventClass
	Type        EventType
	EffectiveOn Day
	Precision   Precision
	Note        string
	Instrument  InstrumentRecord
}

// InstrumentRecord is an instrument as stored.
type InstrumentRecord struct {
	ID int64
	Instrument
}

// EventDetail is an event with everything it did.
type EventDetail struct {
	EventRecord
	Began   []Unit // versions it began, without geometry
	Ended   []Unit // versions it ended
	Lineage []EventEdge
}

// EventEdge is one edge of an event with both its ends.
type EventEdge struct {
	From, To        UnitRef
	Relation        Relation
	AreaShare       *float64
	PopulationShare *float64
}

// Translation is a code of one day in the codes of another.
type Translation struct {
	Unit     UnitRef // who bore the code on From
	From, To Day
	Targets  []TranslationTarget
}

// TranslationTarget is a unit that holds (part of) the territory on To.
type TranslationTarget struct {
	Unit    UnitRef
	Share   *float64 // of the area of the source; nil when not known
	Certain bool     // false: reached through a transfer of part
	Path    []EventID
}

// DayOfChange is a day on which something changed, for the time bar.
type DayOfChange struct {
	On     Day
	Events []EventRecord
}

// Registry answers questions. Every method takes the log entry to answer at,
// in the query or as a parameter, and is safe for concurrent use. Errors are
// of the kinds of [Error]; a database that does not answer is KindUnavailable.
type Registry interface {
	// Publication returns the publication current at a time; the zero time
	// means now. KindNotFound when nothing was published yet.
	Publication(ctx context.Context, at time.Time) (*Publication, error)
	// Publications returns every publication there was, the latest first,
	// without its data set.
	Publications(ctx context.Context) ([]Publication, error)
	// Units streams units to yield, in order of id, and stops at its error.
	Units(ctx context.Context, q UnitQuery, yield func(*Unit) error) error
	// Unrefined streams the territory whose holder at a level is not known.
	Unrefined(ctx context.Context, at Instant, level Level, geometry bool, yield func(*Unrefined) error) error
	// Unit returns one unit at an instant; KindNotFound if it does not exist then.
	Unit(ctx context.Context, id UnitID, at Instant, geometry bool) (*Unit, error)
	// UnitByCode returns the unit that bore a code on the day.
	UnitByCode(ctx context.Context, code string, at Instant) (*Unit, error)
	History(ctx context.Context, id UnitID, at Seq) (*UnitHistory, error)
	// Search returns what fits a text somebody is typing, the best hits first.
	Search(ctx context.Context, q SearchQuery) (*SearchResult, error)
	Where(ctx context.Context, p orb.Point, at Instant) ([]Whereabouts, error)
	Translate(ctx context.Context, code string, from, to Day, at Seq) (*Translation, error)
	// Borders streams the borders between units, in order of id.
	Borders(ctx context.Context, at Instant, yield func(*Border) error) error
	Lines(ctx context.Context, q LineQuery, yield func(*Line) error) error
	Line(ctx context.Context, id LineID, at Instant) (*Line, error)
	Places(ctx context.Context, q PlaceQuery, yield func(*Place) error) error
	Place(ctx context.Context, id PlaceID, at Instant) (*Place, error)
	Event(ctx context.Context, id EventID, at Seq) (*EventDetail, error)
	// Changes returns the days on which units of a level and above changed.
	Changes(ctx context.Context, level Level, at Seq) ([]DayOfChange, error)
	// Reports returns what the loads known at an entry found and could not settle.
	Reports(ctx context.Context, at Seq) ([]Report, error)
	// Ready reports whether the store answers.
	Ready(ctx context.Context) error
}
