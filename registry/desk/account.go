package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

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
	Disabled   bool // the account may not sign in any more
	Grants     []Held
	Scopes     []string    // of a token; nil for a session, which has all
	Session    int64       // 0 for a token
	Strong     bool        // signed in with a second factor, or where none is asked for
	For        *Delegation // whose work is done, if somebody else's
	From       Client      // where the request came from
	operator   bool        // see Operator
}

// Operator is who runs the program's command line: they make the first
// administrators, and help out when there are none. They may manage accounts
// and grant rights, and nothing else; what they do is written down as done by
// the command line.
func Operator() *Principal { return &Principal{operator: true} }

// Actor is how the log calls a person.
func (p *Principal) Actor() string {
	switch {
	case p.operator:
		return "command line"
	case p.For != nil:
		return p.Login + " for " + p.For.Name
	}
	return p.Login
}

// person refuses programs: what proves who somebody is, and who stands in for
// whom, is changed by people who signed in.
func (p *Principal) person() error {
	if p.Known() && p.Scopes == nil {
		return nil
	}
	return &registry.Error{Kind: registry.KindForbidden, Message: "only a person who signed in may do this, not a token"}
}

// allow refuses who may not do an action anywhere.
func (p *Principal) allow(a Action) error {
	if p.operator && (a == ManageAccounts || a == GrantRights) || p.May(a, nil) {
		return nil
	}
	return &registry.Error{Kind: registry.KindForbidden, Message: "this needs the right " + string(a)}
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

// AccountQuery selects accounts.
type AccountQuery struct {
	Text     string // part of a login or name; "" selects all
	Role     Role   // who holds it today; "" selects all
	Disabled bool   // disabled ones too
	After    string // keyset: only logins after it
	Limit    int    // 0 means no limit
}

// AccountStore keeps accounts. What changes one is written down with a in the
// same transaction.
type AccountStore interface {
	// Account returns an account, disabled ones too.
	Account(ctx context.Context, id AccountID) (*Account, error)
	AccountByLogin(ctx context.Context, login string) (*Account, error)
	// Accounts lists accounts by login.
	Accounts(ctx context.Context, q AccountQuery, today registry.Day) ([]Account, error)
	AddAccount(ctx context.Context, n *Account, digest string, mustChange bool, a Access) (AccountID, error)
	SetAccount(ctx context.Context, n *Account, a Access) error
	// DisableAccount disables an account, and ends its sessions and tokens; or enables it.
	DisableAccount(ctx context.Context, id AccountID, disabled bool, a Access) error
}

// principal is who an account is today.
func (d *Desk) principal(ctx context.Context, id AccountID) (*Principal, error) {
	a, err := d.store.Account(ctx, id)
	if err != nil {
		return nil, err
	}
	grants, err := d.store.Held(ctx, id, d.Today())
	if err != nil {
		return nil, err
	}
	return &Principal{Account: a.ID, Login: a.Login, Name: a.Name, Department: a.Department, Language: a.Language,
		Disabled: a.Disabled, Grants: slices.DeleteFunc(grants, lent)}, nil
}

// lent reports whether a grant is one that nobody can lend: what the three
// administrators may do is theirs alone.
func lent(g Held) bool {
	info := Rights().Role(g.Role)
	return g.For != nil && (info == nil || info.Administrator)
}

// mayList refuses who has nothing to do with accounts.
func (p *Principal) mayList() error {
	if p.allow(ManageAccounts) == nil {
		return nil
	}
	return p.allow(GrantRights)
}

// Accounts lists accounts, for those who manage them or grant them rights.
func (d *Desk) Accounts(ctx context.Context, who *Principal, q AccountQuery) ([]Account, error) {
	if err := who.mayList(); err != nil {
		return nil, err
	}
	return d.store.Accounts(ctx, q, d.Today())
}

// Account returns an account, to those who manage accounts or grant rights, and
// to the person.
func (d *Desk) Account(ctx context.Context, who *Principal, id AccountID) (*Account, error) {
	if who.mayList() != nil && (!who.Known() || who.Account != id) {
		return nil, registry.NotFound("account", id)
	}
	return d.store.Account(ctx, id)
}

// AccountByLogin is Account by how the person signs in.
func (d *Desk) AccountByLogin(ctx context.Context, who *Principal, login string) (*Account, error) {
	if who.mayList() != nil {
		return nil, registry.NotFound("account", login)
	}
	return d.store.AccountByLogin(ctx, strings.ToLower(login))
}

// MakeAccount makes an account. Without a password it is given one by chance,
// which is returned and shown once; the person changes either at the first
// sign-in.
func (d *Desk) MakeAccount(ctx context.Context, who *Principal, n Account, password string) (AccountID, string, error) {
	if err := who.allow(ManageAccounts); err != nil {
		return 0, "", err
	}
	n.Login = strings.ToLower(strings.TrimSpace(n.Login))
	err := n.check()
	if password == "" {
		password = chancePassword()
	} else {
		err = errors.Join(err, d.policy.checkNewPassword("password", password, n.Login))
	}
	if err != nil {
		return 0, "", err
	}
	hashed, err := d.hasher.hash(ctx, password)
	if err != nil {
		return 0, "", err
	}
	id, err := d.store.AddAccount(ctx, &n, hashed, true, d.noted(who, AccountMade, "ACCOUNT", 0, nil))
	if registry.KindOf(err) == registry.KindConflict {
		return 0, "", Refuse("login", "account.taken", "there is an account with this login already")
	}
	return id, password, err
}

// chancePassword is a password of 75 bits that can be read out.
func chancePassword() string {
	t := strings.ToLower(rand.Text())
	return t[:5] + "-" + t[5:10] + "-" + t[10:15]
}

var loginForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{1,63}$`)

// check refuses an account that cannot be.
func (a *Account) check() error {
	var faults []error
	if !loginForm.MatchString(a.Login) {
		faults = append(faults, Refuse("login", "account.login", "a login has 2 to 64 of a–z, 0–9, and . _ @ - and begins with a letter or digit"))
	}
	if a.Name = strings.TrimSpace(a.Name); a.Name == "" || utf8.RuneCountInString(a.Name) > 50 {
		faults = append(faults, Refuse("name", "account.name", "write the person's name, at most 50 characters"))
	}
	if a.Language == "" {
		a.Language = "zh"
	}
	if a.Language != "zh" && a.Language != "en" {
		faults = append(faults, Refuse("language", "account.language", "the language is zh or en"))
	}
	if _, err := mail.ParseAddress(a.Mail); a.Mail != "" && (err != nil || len(a.Mail) > 200) {
		faults = append(faults, Refuse("mail", "account.mail", "this is no mail address"))
	}
	if utf8.RuneCountInString(a.Phone) > 40 || utf8.RuneCountInString(a.Department) > 40 {
		faults = append(faults, Refuse("phone", "account.long", "write at most 40 characters"))
	}
	return errors.Join(faults...)
}

// SetAccount changes what is known of a person: all that a manager of accounts
// gives, or of their own what reaches them (mail, telephone, language).
func (d *Desk) SetAccount(ctx context.Context, who *Principal, n Account) error {
	old, err := d.Account(ctx, who, n.ID)
	if err != nil {
		return err
	}
	n.Login = old.Login
	if who.allow(ManageAccounts) != nil {
		if who.Account != n.ID || who.person() != nil {
			return who.allow(ManageAccounts)
		}
		n.Name, n.Department = old.Name, old.Department
	}
	if err := n.check(); err != nil {
		return err
	}
	return d.store.SetAccount(ctx, &n, d.noted(who, AccountChanged, "ACCOUNT", int64(n.ID), nil))
}

// DisableAccount keeps a person out from now on, and ends their sessions and
// tokens; or lets them in again. Nobody disables themselves.
func (d *Desk) DisableAccount(ctx context.Context, who *Principal, id AccountID, disabled bool, reason string) error {
	if err := who.allow(ManageAccounts); err != nil {
		return err
	}
	if who.Account == id && disabled {
		return Refuse("reason", "account.self", "nobody disables their own account")
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return errNoReason
	}
	kind := AccountEnabled
	if disabled {
		kind = AccountDisabled
	}
	return d.store.DisableAccount(ctx, id, disabled, d.noted(who, kind, "ACCOUNT", int64(id), map[string]any{"reason": reason}))
}

var errNoReason = Refuse("reason", "reason", "give a reason")

// ResetPassword gives an account another password, by chance if none is given,
// which the person changes at the next sign-in; all sessions end. The password
// is returned and shown once.
func (d *Desk) ResetPassword(ctx context.Context, who *Principal, id AccountID, password string) (string, error) {
	if err := who.allow(ManageAccounts); err != nil {
		return "", err
	}
	a, err := d.store.Account(ctx, id)
	if err != nil {
		return "", err
	}
	if password == "" {
		password = chancePassword()
	} else if err := d.policy.checkNewPassword("password", password, a.Login); err != nil {
		return "", err
	}
	hashed, err := d.hasher.hash(ctx, password)
	if err != nil {
		return "", err
	}
	return password, d.store.SetPassword(ctx, id, hashed, true, 0, d.noted(who, PasswordReset, "ACCOUNT", int64(id), nil))
}
