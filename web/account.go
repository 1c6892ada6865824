package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/law"
)

func (s *site) accountRoutes(r chi.Router) {
	r.Get("/desk/accounts", s.deskPage(s.showAccounts))
	r.Get("/desk/accounts/new", s.deskPage(s.showNewAccount))
	r.Post("/desk/accounts/new", s.deskForm(s.makeAccount))
	r.Get("/desk/accounts/{id}", s.deskPage(s.showAccount))
	r.Post("/desk/accounts/{id}", s.deskForm(s.changeAccount))
	r.Post("/desk/accounts/{id}/disable", s.deskForm(s.disableAccount))
	r.Post("/desk/accounts/{id}/reset", s.deskForm(s.resetPassword))
	r.Post("/desk/accounts/{id}/factor", s.deskForm(s.resetFactor))
	r.Post("/desk/accounts/{id}/sessions", s.deskForm(s.endTheirSession))
	r.Post("/desk/accounts/{id}/identity", s.deskForm(s.linkTheirIdentity))
	r.Get("/desk/accounts/{id}/grant", s.deskPage(s.showGrant))
	r.Post("/desk/accounts/{id}/grant", s.deskForm(s.grantRole))
	r.Post("/desk/accounts/{id}/revoke", s.deskForm(s.revokeGrant))
	r.Get("/desk/rights", s.deskPage(s.showRights))
	r.Get("/desk/heirs", s.deskPage(s.showHeirs))
}

// mostAccounts is how many accounts a page of the list shows.
const mostAccounts = 200

// accountList is the data of the page "accounts".
type accountList struct {
	Form     *form
	Accounts []desk.Account
	Roles    map[desk.AccountID][]desk.GrantRecord // in force
	More     string                                // login to go on after; "" at the end
	Choices  []formChoice
}

// formChoice is an entry of a list to choose from.
type formChoice struct{ Value, Text string }

// showAccounts answers /desk/accounts: who there is, and what each is trusted
// with.
func (s *site) showAccounts(r *http.Request, v *View) (*answer, error) {
	q := r.URL.Query()
	p := &accountList{Form: &form{Values: q}, Roles: map[desk.AccountID][]desk.GrantRecord{}, Choices: roleChoices(v)}
	var err error
	p.Accounts, err = s.desk.Accounts(r.Context(), v.Who, desk.AccountQuery{Text: q.Get("q"), Role: desk.Role(q.Get("role")),
		Disabled: q.Get("disabled") == "yes", After: q.Get("after"), Limit: mostAccounts + 1})
	if err != nil {
		return nil, err
	}
	if len(p.Accounts) > mostAccounts {
		p.Accounts = p.Accounts[:mostAccounts]
		p.More = p.Accounts[mostAccounts-1].Login
	}
	grants, err := s.desk.Grants(r.Context(), v.Who, 0)
	for _, g := range grants {
		if g.InForce(v.Today) {
			p.Roles[g.Account] = append(p.Roles[g.Account], g)
		}
	}
	return &answer{page: "accounts", data: p}, err
}

func roleChoices(v *View) (list []formChoice) {
	for _, info := range desk.Rights().Roles {
		list = append(list, formChoice{string(info.Role), v.RoleName(info.Role)})
	}
	return list
}

// Where names the jurisdiction of a grant.
func (v *View) Where(g desk.GrantRecord) string {
	switch {
	case g.UnitName != "":
		return g.UnitName
	case g.ZoneName != "":
		return g.ZoneName
	}
	return v.text("grant.everywhere")
}

// accountPage is the data of the pages of one account.
type accountPage struct {
	Form        *form
	Account     *desk.Account
	Departments []formChoice
	Password    string // just made
	Sessions    []desk.Session
	Tokens      []desk.Token
	Identities  []desk.Identity
	Grants      []desk.GrantRecord
	Roles       []formChoice
	Zones       []formChoice
	Hits        []registry.SearchHit // units that were looked for
	Unit        *registry.Unit       // that was chosen
}

// DepartmentName names a department by its code.
func (v *View) DepartmentName(code string) string {
	d := law.Shipped().Department(code)
	switch {
	case d == nil:
		return code
	case v.Lang == "zh":
		return d.Zh
	}
	return d.En
}

func departments(v *View) (list []formChoice) {
	for _, d := range law.Shipped().Departments {
		text := d.Zh
		if v.Lang == "en" {
			text = d.En
		}
		list = append(list, formChoice{d.ID, text})
	}
	return list
}

func (s *site) showNewAccount(_ *http.Request, v *View) (*answer, error) {
	if !v.Who.Has(desk.ManageAccounts) {
		return nil, errNotYours
	}
	p := &accountPage{Form: &form{Values: url.Values{"language": {"zh"}, "department": {"CIVIL"}}}, Departments: departments(v)}
	return &answer{page: "account-new", data: p}, nil
}

// notTheirs refuses who may not do something to an account: with a reason to
// those who may see it, else as if there were none.
func notTheirs(v *View, id int64) error {
	if v.Who.Has(desk.ManageAccounts) || v.Who.Has(desk.GrantRights) {
		return errNotYours
	}
	return registry.NotFound("account", id)
}

// errNotYours keeps people off pages that are of no use to them.
var errNotYours = &registry.Error{Kind: registry.KindForbidden, Message: "your roles do not include this"}

func accountOf(f *form) desk.Account {
	return desk.Account{Login: f.Get("login"), Name: f.Get("name"), Department: f.Get("department"), Mail: f.Get("mail"),
		Phone: f.Get("phone"), Language: f.Get("language")}
}

// makeAccount answers POST /desk/accounts/new with the first password, which is
// shown this once only.
func (s *site) makeAccount(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	id, password, err := s.desk.MakeAccount(r.Context(), v.Who, accountOf(f), "")
	if f.refused(v, err) {
		return refusedForm("account-new", &accountPage{Form: f, Departments: departments(v)}), nil
	}
	if err != nil {
		return nil, err
	}
	return s.account(r, v, id, password, &form{})
}

func (s *site) showAccount(r *http.Request, v *View) (*answer, error) {
	id, err := pathID(r, "account")
	if err != nil {
		return nil, err
	}
	return s.account(r, v, desk.AccountID(id), "", &form{})
}

// account is the page of an account, with a form that was refused or the empty
// one, and a password that was just made or "".
func (s *site) account(r *http.Request, v *View, id desk.AccountID, password string, f *form) (*answer, error) {
	ctx, p := r.Context(), &accountPage{Form: f, Departments: departments(v), Password: password}
	if !v.Who.Has(desk.ManageAccounts) && !v.Who.Has(desk.GrantRights) {
		return nil, registry.NotFound("account", id)
	}
	var err error
	if p.Account, err = s.desk.Account(ctx, v.Who, id); err != nil {
		return nil, err
	}
	if p.Grants, err = s.desk.Grants(ctx, v.Who, id); err != nil {
		return nil, err
	}
	if v.Who.Has(desk.ManageAccounts) {
		if p.Sessions, err = s.desk.Sessions(ctx, v.Who, id); err != nil {
			return nil, err
		}
		if p.Tokens, err = s.desk.Tokens(ctx, v.Who, id); err != nil {
			return nil, err
		}
		if p.Identities, err = s.desk.Identities(ctx, v.Who, id); err != nil {
			return nil, err
		}
	}
	if f.Values == nil {
		a := p.Account
		f.Values = url.Values{"name": {a.Name}, "department": {a.Department}, "mail": {a.Mail}, "phone": {a.Phone}, "language": {a.Language}}
	}
	status := 0
	if len(f.Faults) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return &answer{page: "account", data: p, status: status}, nil
}

// onAccount reads the form and the account of a request, does something with
// them that needs a right, and goes on to the account's page with a message. Here
// nobody changes their own account: that is /desk/me.
func (s *site) onAccount(r *http.Request, v *View, needs desk.Action, message string, do func(desk.AccountID, *form) error) (*answer, error) {
	id, err := pathID(r, "account")
	if err != nil {
		return nil, err
	}
	if !v.Who.Has(needs) {
		return nil, notTheirs(v, id)
	}
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	err = do(desk.AccountID(id), f)
	if f.refused(v, err) {
		return s.account(r, v, desk.AccountID(id), "", f)
	}
	if err != nil {
		return nil, err
	}
	return &answer{redirect: "/desk/accounts/" + strconv.FormatInt(id, 10), flash: v.text(message)}, nil
}

func (s *site) changeAccount(r *http.Request, v *View) (*answer, error) {
	return s.onAccount(r, v, desk.ManageAccounts, "me.saved", func(id desk.AccountID, f *form) error {
		a := accountOf(f)
		a.ID = id
		return s.desk.SetAccount(r.Context(), v.Who, a)
	})
}

func (s *site) disableAccount(r *http.Request, v *View) (*answer, error) {
	return s.onAccount(r, v, desk.ManageAccounts, "account.done", func(id desk.AccountID, f *form) error {
		return s.desk.DisableAccount(r.Context(), v.Who, id, f.Get("disabled") == "yes", f.Get("reason"))
	})
}

func (s *site) resetFactor(r *http.Request, v *View) (*answer, error) {
	return s.onAccount(r, v, desk.ManageAccounts, "factor.removed", func(id desk.AccountID, f *form) error {
		return s.desk.RemoveFactor(r.Context(), v.Who, id, f.Get("reason"))
	})
}

func (s *site) endTheirSession(r *http.Request, v *View) (*answer, error) {
	return s.onAccount(r, v, desk.ManageAccounts, "session.ended", func(id desk.AccountID, f *form) error {
		session, _ := strconv.ParseInt(f.Get("session"), 10, 64) // what is no number is no session
		return s.desk.RevokeSession(r.Context(), v.Who, id, session)
	})
}

func (s *site) linkTheirIdentity(r *http.Request, v *View) (*answer, error) {
	return s.onAccount(r, v, desk.ManageAccounts, "identity.done", func(id desk.AccountID, f *form) error {
		if f.Has("unlink", "yes") {
			identity, _ := strconv.ParseInt(f.Get("identity"), 10, 64) // what is no number is no identity
			return s.desk.UnlinkIdentity(r.Context(), v.Who, id, identity)
		}
		return s.desk.LinkIdentity(r.Context(), v.Who, id, f.Get("issuer"), f.Get("subject"))
	})
}

// resetPassword answers with the new password, which is shown this once only.
func (s *site) resetPassword(r *http.Request, v *View) (*answer, error) {
	id, err := pathID(r, "account")
	if err != nil {
		return nil, err
	}
	if !v.Who.Has(desk.ManageAccounts) {
		return nil, notTheirs(v, id)
	}
	password, err := s.desk.ResetPassword(r.Context(), v.Who, desk.AccountID(id), "")
	if err != nil {
		return nil, err
	}
	return s.account(r, v, desk.AccountID(id), password, &form{})
}

// showGrant answers /desk/accounts/{id}/grant: the form of a grant, and the
// search for the unit it is in.
func (s *site) showGrant(r *http.Request, v *View) (*answer, error) {
	id, err := pathID(r, "account")
	if err != nil {
		return nil, err
	}
	return s.grantPage(r, v, desk.AccountID(id), &form{Values: r.URL.Query()})
}

func (s *site) grantPage(r *http.Request, v *View, id desk.AccountID, f *form) (*answer, error) {
	if !v.Who.Has(desk.GrantRights) {
		return nil, registry.NotFound("account", id)
	}
	p := &accountPage{Form: f, Departments: departments(v), Roles: roleChoices(v)}
	var err error
	if p.Account, err = s.desk.Account(r.Context(), v.Who, id); err != nil {
		return nil, err
	}
	zones, err := s.desk.Zones(r.Context(), v.Who)
	if err != nil {
		return nil, err
	}
	for _, z := range zones {
		p.Zones = append(p.Zones, formChoice{strconv.FormatInt(int64(z.ID), 10), z.Name})
	}
	if err := s.findUnits(r, v, p); err != nil {
		return nil, err
	}
	status := 0
	if len(f.Faults) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return &answer{page: "grant", data: p, status: status}, nil
}

// findUnits looks for the units that the form asks for, and for the one chosen.
func (s *site) findUnits(r *http.Request, v *View, p *accountPage) error {
	at, err := s.instant(r, v)
	if err != nil {
		return err
	}
	if id, err := strconv.ParseInt(p.Form.Get("unit"), 10, 64); err == nil {
		p.Unit, err = s.reg.Unit(r.Context(), registry.UnitID(id), at, false)
		if err != nil && registry.KindOf(err) != registry.KindNotFound {
			return err
		}
	}
	if text := p.Form.Get("q"); text != "" {
		found, err := s.reg.Search(r.Context(), registry.SearchQuery{At: at, Text: text, Kind: registry.SearchUnit, Limit: 20})
		if registry.KindOf(err) == registry.KindInvalid {
			return nil
		}
		if err != nil {
			return err
		}
		p.Hits = found.Hits
	}
	return nil
}

// instant is now, as the public may see it; the beginning where nothing is
// published yet.
func (s *site) instant(r *http.Request, v *View) (registry.Instant, error) {
	p, err := s.reg.Publication(r.Context(), s.now())
	if registry.KindOf(err) == registry.KindNotFound {
		return registry.Instant{Valid: v.Today}, nil
	}
	if err != nil {
		return registry.Instant{}, err
	}
	return registry.Instant{Valid: v.Today, Recorded: p.AsOf}, nil
}

func (s *site) grantRole(r *http.Request, v *View) (*answer, error) {
	id, err := pathID(r, "account")
	if err != nil {
		return nil, err
	}
	if !v.Who.Has(desk.GrantRights) {
		return nil, notTheirs(v, id)
	}
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	g := desk.Grant{Account: desk.AccountID(id), Role: desk.Role(f.Get("role")), Department: f.Get("department")}
	unit, _ := strconv.ParseInt(f.Get("unit"), 10, 64) // "" is the whole registry
	zone, _ := strconv.ParseInt(f.Get("zone"), 10, 64)
	g.Unit, g.Zone = registry.UnitID(unit), desk.ZoneID(zone)
	if f.Get("last") != "" {
		g.ValidUntil = f.day(v, "last") + 1
	}
	if len(f.Faults) == 0 {
		_, err = s.desk.GrantRole(r.Context(), v.Who, g, f.Get("reason"))
	}
	if f.refused(v, err) {
		return s.grantPage(r, v, desk.AccountID(id), f)
	}
	if err != nil {
		return nil, err
	}
	return &answer{redirect: "/desk/accounts/" + strconv.FormatInt(id, 10), flash: v.text("grant.made")}, nil
}

func (s *site) revokeGrant(r *http.Request, v *View) (*answer, error) {
	return s.onAccount(r, v, desk.GrantRights, "grant.revoked", func(id desk.AccountID, f *form) error {
		grant, _ := strconv.ParseInt(f.Get("grant"), 10, 64) // what is no number is no grant
		held, err := s.desk.Grants(r.Context(), v.Who, id)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(held, func(g desk.GrantRecord) bool { return g.ID == grant }) {
			return registry.NotFound("grant", grant)
		}
		return s.desk.RevokeGrant(r.Context(), v.Who, grant, f.Get("reason"))
	})
}

// showRights answers /desk/rights: roles × actions.
func (s *site) showRights(_ *http.Request, v *View) (*answer, error) {
	if !v.Who.Has(desk.ReadRules) {
		return nil, errNotYours
	}
	return &answer{page: "rights", data: desk.Rights()}, nil
}

// reachMark is a reach as the matrix shows it.
func reachMark(r desk.Reach) string {
	return map[desk.Reach]string{desk.Area: "●", desk.Own: "◐", desk.Asked: "○", desk.Any: "◆"}[r]
}

// agent is what a browser calls itself, in short.
func agent(text string) string {
	for _, known := range []struct{ mark, name string }{
		{"Edg/", "Edge"}, {"MicroMessenger", "WeChat"}, {"QQBrowser", "QQ"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},
	} {
		if strings.Contains(text, known.mark) {
			return known.name + systemOf(text)
		}
	}
	return shown(text)
}

func systemOf(text string) string {
	for _, known := range []string{"Windows", "Android", "iPhone", "iPad", "Mac OS X", "Linux"} {
		if strings.Contains(text, known) {
			return " · " + known
		}
	}
	return ""
}
