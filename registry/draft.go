package registry

import "github.com/paulmach/orb"

// CaseID identifies a case (案卷).
type CaseID int64

// OperationKind names an act of a draft.
type OperationKind string

// The operations of a draft. Each is a pure act on the coverage or its
// holders; the store replays them in order.
const (
	// Reshape replaces the course of an arc between its two nodes.
	Reshape OperationKind = "RESHAPE"
	// Assign gives a face to a unit.
	Assign OperationKind = "ASSIGN"
	// Amend corrects how versions are written down, for all their days.
	Amend OperationKind = "AMEND"
)

// Operation is one decision of a draft, replayable on any base on which the
// things it names are still what they were.
type Operation struct {
	Kind OperationKind `json:"kind"`

	Arc    ArcID          `json:"arc,omitempty"`    // Reshape: the arc
	NewArc ArcID          `json:"newArc,omitempty"` // Reshape: the arc that replaces it; drawn at the first replay, so that links survive approval
	Course orb.LineString `json:"course,omitempty"` // Reshape: degrees lon, lat, from the first to the last node of the arc
	Source string         `json:"source,omitempty"` // Reshape: where the course comes from

	Face FaceID `json:"face,omitempty"` // Assign: the face
	Unit UnitID `json:"unit,omitempty"` // Assign: its new holder

	Amendments []Amendment `json:"amendments,omitempty"` // Amend: at most one for each version
}

// Amendment corrects one version. It fits only as long as the version is what
// is recorded: somebody else's change makes it a conflict.
type Amendment struct {
	Relation string             `json:"relation"` // unit_version, line_version or place_version
	Row      int64              `json:"row"`      // id of the version
	Set      map[string]*string `json:"set"`      // attribute by column, as text; nil for none
}

// DraftConflict is a thing that a draft changes and that has changed since the
// base of the draft.
type DraftConflict struct {
	Relation string // arc_version, tenure, …
	Row      int64  // the row the draft closes
	ClosedAt Seq    // the entry that closed it in the meantime
	Subject  string // the arc, face or unit in words
}
