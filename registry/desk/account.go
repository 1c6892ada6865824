package desk

import (
	"context"
	"slices"
	"time"

	"jieming/registry"
)

// AccountID identifies an account for life.
type AccountID int64

// Account is a person who may sign in.
type Account struct {
	ID         AccountID
	Login      string // how the person signs in; unique, lower case
	Name       string // 姓名
	Department string // code of the department, e.g. CIVIL, HOUSING; see departments.csv
	Mail       string // where notifications go; "" for none
	Phone      string
	Language   string // "zh" or "en"
	Disabled   bool
	Training   bool // of the training space (演练)
	CreatedAt  time.Time
}

// Grant is a role in a jurisdiction.
type Grant struct {
	ID         int64
	Account    AccountID
	Role       Role
	Unit       registry.UnitID // the top of the subtree; 0 for the whole registry or a zone
	Zone       ZoneID          // the functional zone; 0 for none
	Department string          // Role Department: whose opinion the person gives
	ValidUntil registry.Day    // the last day but one; NoEnd until revoked
}

// ZoneID identifies a functional zone (功能区), such as 长白山管委会.
type ZoneID int64

// Principal is who acts: a person who signed in, or a program with a token of
// one. The zero value is the public, who may do nothing here.
type Principal struct {
	Account    AccountID
	Login      string
	Name       string
	Department string
	Language   string
	Training   bool // of the training space (演练)
	Disabled   bool // the account may not sign in any more
	Grants     []Held
	Scopes     []string    // of a token; nil for a session, which has all
	Session    int64       // 0 for a token
	Strong     bool        // signed in with a second factor, or where none is asked for
	For        *Delegation // whose work is done, if somebody else's
}

// Held is a grant that is in force today, with its jurisdiction resolved.
type Held struct {
	Grant
	Everywhere bool              // the whole registry
	Tops       []registry.UnitID // else: the tops of the subtrees as of today: heirs of units that are gone
	For        *Delegation       // whose grant it is, if somebody else's who is away; nil for the person's own
}

// Delegation lets a person do another's work for some days. What is done so
// is written down as done for the other, and is the hand of both.
type Delegation struct {
	ID    int64
	From  AccountID // who is away
	Name  string    // of who is away
	To    AccountID
	Since registry.Day
	Until registry.Day // the day after the last
}

// Known reports whether somebody signed in.
func (p *Principal) Known() bool { return p != nil && p.Account != 0 }

// Administrator reports whether the person is one of the three administrators.
func (p *Principal) Administrator() bool {
	for _, g := range p.Grants {
		if info := Rights().Role(g.Role); info != nil && info.Administrator {
			return true
		}
	}
	return false
}

// AccountStore keeps accounts and what they are trusted with.
type AccountStore interface {
	// Account returns an account, disabled ones too.
	Account(ctx context.Context, id AccountID) (*Account, error)
	// Held lists the grants of an account that are in force on a day, and after
	// them those of the people whose work it does on that day.
	Held(ctx context.Context, id AccountID, on registry.Day) ([]Held, error)
}

// principal is who an account is today.
func (d *Desk) principal(ctx context.Context, id AccountID) (*Principal, error) {
	a, err := d.store.Account(ctx, id)
	if err != nil {
		return nil, err
	}
	grants, err := d.store.Held(ctx, id, d.today())
	if err != nil {
		return nil, err
	}
	return &Principal{Account: a.ID, Login: a.Login, Name: a.Name, Department: a.Department, Language: a.Language,
		Training: a.Training, Disabled: a.Disabled, Grants: slices.DeleteFunc(grants, lent)}, nil
}

// lent reports whether a grant is one that nobody can lend: what the three
// administrators may do is theirs alone.
func lent(g Held) bool {
	info := Rights().Role(g.Role)
	return g.For != nil && (info == nil || info.Administrator)
}
