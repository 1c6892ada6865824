package registry

import (
	"fmt"
	"unicode/utf8"

	"github.com/paulmach/orb"
)

// SearchKind is what a search finds.
type SearchKind string

// The kinds of a search.
const (
	SearchUnit    SearchKind = "unit"    // a unit from the province to the township
	SearchVillage SearchKind = "village" // a self-governing body of a village or neighbourhood
	SearchPlace   SearchKind = "place"   // a named place that is not a unit
)

// SearchMatch says by what a hit was found.
type SearchMatch string

// How a hit was found. ByFormer and ByLater are names that are not those of the
// day asked about, however they were typed.
const (
	ByName     SearchMatch = "name"     // the full name in characters
	BySpecific SearchMatch = "specific" // the specific element of the name, or a part of it
	ByFormer   SearchMatch = "former"   // a name that it had before the day
	ByLater    SearchMatch = "later"    // a name that it bears only after the day
	ByPinyin   SearchMatch = "pinyin"   // the reading of its name
	ByInitials SearchMatch = "initials" // the first letters of the syllables of its name
	ByCode     SearchMatch = "code"     // a division code, or the beginning of one
)

// SearchQuery is what somebody has typed so far, and about which instant.
type SearchQuery struct {
	At      Instant
	Text    string     // 1 to LongestSearch characters: 汉字, pinyin, initials, or 2 to 12 digits of a code
	Kind    SearchKind // "" selects every kind
	Generic string     // only names with this generic element (通名), such as 镇; "" selects any
	Within  UnitID     // only what lies below this unit; 0 selects everywhere
	Limit   int        // 1 to LargestSearch
}

// Limits of a search.
const (
	LongestSearch = 64 // characters of text
	LargestSearch = 50 // hits
)

// Check refuses a query whose limits are not kept.
func (q SearchQuery) Check() error {
	switch n := utf8.RuneCountInString(q.Text); {
	case n == 0:
		return Invalid("q", "is empty; write what to look for")
	case n > LongestSearch:
		return Invalid("q", fmt.Sprintf("has %d characters; write at most %d", n, LongestSearch))
	}
	switch q.Kind {
	case "", SearchUnit, SearchVillage, SearchPlace:
	default:
		return Invalid("kind", fmt.Sprintf("%.60q is not a kind; write unit, village or place", string(q.Kind)))
	}
	if q.Limit < 1 || q.Limit > LargestSearch {
		return Invalid("limit", fmt.Sprintf("%d is not a number of hits; write 1 to %d", q.Limit, LargestSearch))
	}
	return nil
}

// SearchHit is one thing found, as it was on the day; if it did not exist then,
// as it was last before, or else first after.
type SearchHit struct {
	Kind       SearchKind
	Unit       UnitID  // of a unit or village, else 0
	Place      PlaceID // of a place, else 0
	Name       string
	Specific   string
	Generic    string
	Roman      string   // toneless pinyin, "Gongzhuling Shi"; "" if not known for certain
	Level      Level    // LevelOutside for a place
	Type       UnitType // "" for a place
	Category   string   // of a place, else ""
	Code       string   // 12 digits; "" if it bore none
	Chain      []UnitRef
	Point      *orb.Point // lon lat degrees: the label of its own area, or the place; nil if it has neither
	At         *orb.Point // lon lat degrees: where to look for it, Point, or else the label of AtOf; nil if none is known
	AtOf       *UnitRef   // whose place At is, if not its own: the largest of what it became, or came from, or else the finest unit around it that has an area
	Box        *orb.Bound // lon lat degrees, of its own area; nil if it has none
	Valid      Period     // of the version shown
	Current    bool       // it exists on the day
	Matched    SearchMatch
	OtherName  string // with ByFormer and ByLater: the name that was found
	OtherValid Period // and when it was borne
	OtherCode  string // with ByCode: the code that was found, if not that of the day
}

// GenericCount is how often a generic element occurs among what was found.
type GenericCount struct {
	Generic string
	Count   int
}

// SearchResult is the answer to a search, the best hits first.
type SearchResult struct {
	Hits     []SearchHit
	Generics []GenericCount // the most frequent first; counted among the first SearchDepth hits, whatever Limit is
	More     bool           // there are more hits than Limit
}

// SearchDepth is how many of the best hits are ranked and counted.
const SearchDepth = 200
