package desk

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Role is what a person is trusted with (domain, annex B).
type Role string

// The roles that the program itself speaks of. The whole list, with what each
// does, is roles.csv.
const (
	DivisionEditor Role = "DIV_EDITOR"
	NameReviewer   Role = "NAME_REVIEWER"
	Supervisor     Role = "SUPERVISOR"
	Department     Role = "DEPARTMENT"
	Expert         Role = "EXPERT"
	Applicant      Role = "APPLICANT"
	SystemAdmin    Role = "SYSTEM_ADMIN"
	SecurityAdmin  Role = "SECURITY_ADMIN"
	AuditAdmin     Role = "AUDIT_ADMIN"
)

// RoleInfo describes a role.
type RoleInfo struct {
	Role           Role
	Zh, En         string
	Kinds          []string // the kinds of case it works on; "*" is every kind
	Administrator  bool     // one of the three administrators (三员), who hold no other role
	DutyZh, DutyEn string
}

// WorksOn reports whether a role has to do with cases of a kind.
func (r *RoleInfo) WorksOn(kind string) bool {
	return slices.Contains(r.Kinds, "*") || slices.Contains(r.Kinds, kind)
}

// Hand is the part a person has had in a case. Nobody has two in one case:
// who edited it does not approve it, and neither releases it.
type Hand string

// The hands of a case.
const (
	NoHand   Hand = ""
	Editor   Hand = "EDITOR"
	Approver Hand = "APPROVER"
	Releaser Hand = "RELEASER"
)

// Action is something that needs a right.
type Action string

// The actions; rights.csv says who may do each, and where.
const (
	ReadCase       Action = "case.read"
	OpenCase       Action = "case.open"
	EditCase       Action = "case.edit"
	ReviewCase     Action = "case.review"
	ApproveCase    Action = "case.approve"
	RecordApproval Action = "case.record"
	ReleaseCase    Action = "case.release"
	ArchiveCase    Action = "case.archive"
	CommentCase    Action = "case.comment"
	AssignCase     Action = "case.assign"
	AskOpinion     Action = "case.ask"
	MarkCase       Action = "case.mark"
	GiveOpinion    Action = "opinion.give"
	ReadPaper      Action = "paper.read"
	AddPaper       Action = "paper.add"
	IssuePaper     Action = "paper.issue"
	DraftNotice    Action = "notice.draft"
	PublishNotice  Action = "notice.publish"
	AnswerPublic   Action = "notice.answer"
	ReadRelease    Action = "release.read"
	PrepareRelease Action = "release.prepare"
	PublishRelease Action = "release.publish"
	KillLayer      Action = "layer.kill"
	ReadGeometry   Action = "geometry.read"
	ReadQuality    Action = "quality.read"
	CorrectQuality Action = "quality.correct"
	ReadBoard      Action = "board.read"
	ReadRules      Action = "rule.read"
	ManageAccounts Action = "account.manage"
	GrantRights    Action = "right.grant"
	ChangeSettings Action = "setting.change"
	ChangeZone     Action = "zone.change"
	ReadLog        Action = "log.read"
	ResetTraining  Action = "training.reset"

	ChangeTemplates Action = "template.change"
)

// Reach says on which objects a role may do an action.
type Reach string

// The reaches, from none to all.
const (
	Nowhere Reach = ""
	Asked   Reach = "ASKED" // cases in which the person, or the department, was asked
	Own     Reach = "OWN"   // cases in the jurisdiction that the person opened or holds
	Area    Reach = "AREA"  // everything in the jurisdiction
	Any     Reach = "ANY"   // things that lie in no jurisdiction
)

// ActionInfo describes an action and who may do it.
type ActionInfo struct {
	Action Action
	Zh, En string
	Hand   Hand // the hand that doing it gives; a hand in the case already may forbid it
	Reach  map[Role]Reach
}

// Matrix is roles × actions.
type Matrix struct {
	Roles   []RoleInfo
	Actions []ActionInfo
	roles   map[Role]*RoleInfo
	actions map[Action]*ActionInfo
}

//go:embed roles.csv
var rolesCSV string

//go:embed rights.csv
var rightsCSV string

// Rights returns the matrix. It is read once, and safe for concurrent use.
var Rights = sync.OnceValue(func() *Matrix {
	m, err := readMatrix(rolesCSV, rightsCSV)
	if err != nil {
		panic(err) // an embedded table is broken: every test finds it
	}
	return m
})

// Role returns the description of a role, nil for an unknown one.
func (m *Matrix) Role(r Role) *RoleInfo { return m.roles[r] }

// Action returns the description of an action, nil for an unknown one.
func (m *Matrix) Action(a Action) *ActionInfo { return m.actions[a] }

func readMatrix(roles, rights string) (*Matrix, error) {
	m := &Matrix{roles: map[Role]*RoleInfo{}, actions: map[Action]*ActionInfo{}}
	rows, err := csv.NewReader(strings.NewReader(roles)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read roles: %w", err)
	}
	for _, row := range rows[1:] {
		m.Roles = append(m.Roles, RoleInfo{Role: Role(row[0]), Zh: row[1], En: row[2], Kinds: strings.Split(row[3], "|"),
			Administrator: row[4] != "", DutyZh: row[5], DutyEn: row[6]})
	}
	for i := range m.Roles {
		m.roles[m.Roles[i].Role] = &m.Roles[i]
	}
	if rows, err = csv.NewReader(strings.NewReader(rights)).ReadAll(); err != nil {
		return nil, fmt.Errorf("read rights: %w", err)
	}
	return m, m.readActions(rows)
}

func (m *Matrix) readActions(rows [][]string) error {
	for _, row := range rows[1:] {
		a := ActionInfo{Action: Action(row[0]), Zh: row[1], En: row[2], Hand: Hand(row[3]), Reach: map[Role]Reach{}}
		for i, reach := range []Reach{Asked, Own, Area, Any} {
			for _, role := range strings.Fields(row[4+i]) {
				if m.roles[Role(role)] == nil || a.Reach[Role(role)] != Nowhere {
					return fmt.Errorf("%s: role %s is unknown or named twice", a.Action, role)
				}
				a.Reach[Role(role)] = reach
			}
		}
		m.Actions = append(m.Actions, a)
	}
	for i := range m.Actions {
		m.actions[m.Actions[i].Action] = &m.Actions[i]
	}
	return nil
}
