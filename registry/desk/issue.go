package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"jieming/registry"
	"jieming/registry/desk/document"
	"jieming/registry/law"
)

// Issue issues an official document in a case: it draws its number, fills the
// template with it, stores the document and adds it to the case, all in one log
// entry.
type Issue struct {
	Kind    string // of paper; see law.Paper
	Issuer  string // 发文机关; decides the series of the number
	Title   string
	On      registry.Day
	Secrecy int             // printed above 公开
	Expect  string          // the number that the person was shown: another is not drawn; "" for whichever is next
	Values  document.Values // see [Desk.PaperValues]; issuer, title, date, secrecy and number are set here
}

// Needs implements [Act].
func (Issue) Needs(*Case, *law.Book) Action { return IssuePaper }

// Do implements [Act].
func (a Issue) Do(x *Acting) error {
	if x.Case.Phase == law.Stopped {
		return ended(x.Case)
	}
	kind, err := x.Desk.issued(x.Case, a.Kind)
	if err != nil {
		return err
	}
	if err := a.check(x.Ctx, x.Desk); err != nil {
		return err
	}
	template, _, err := x.Desk.Template(x.Ctx, kind.Template)
	if err != nil {
		return err
	}
	x.Add(PaperAdded, Body{Papers: []string{kind.ID}, Issued: true})
	x.AddPaper(Paper{Kind: kind.ID, Title: a.Title, FileName: a.Title + ".docx", Issuer: a.Issuer, IssuedOn: a.On, Secrecy: a.Secrecy})
	x.write.Issues = append(x.write.Issues, Issued{Paper: len(x.write.Papers) - 1, Numbered: numbered(kind.Template), Account: x.Who.Account,
		Make: func(number string) ([]byte, error) {
			if a.Expect != "" && a.Expect != number {
				return nil, denied(registry.KindConflict, NumberTaken, fmt.Sprintf("%s was drawn meanwhile; the next number is %s", a.Expect, number), "number", a.Expect)
			}
			return document.Fill(template, kind.Template, x.Desk.marked(a.values(number)))
		}})
	return nil
}

// NumberTaken is the key of the fault that somebody else drew the number that
// was expected.
const NumberTaken = "issue.taken"

// Issued is a document that the store numbers, makes and keeps in the entry
// that adds it to a case.
type Issued struct {
	Paper    int  // its index in CaseWrite.Papers, which gets the number and the digest
	Numbered bool // it gets a number; else Make is given ""
	Account  AccountID
	Make     func(number string) ([]byte, error) // the .docx
}

// numbered reports whether papers of a template bear a number.
func numbered(template string) bool {
	return slices.ContainsFunc(document.FieldsOf(template), func(f *document.Field) bool { return f.Name == "number" })
}

// issued returns a kind of paper that is made from a template in such a case.
func (d *Desk) issued(c *Case, kind string) (*law.Paper, error) {
	p := d.book.Paper(kind)
	if p == nil || !p.Issued || p.Template == "" || !p.Offered(c.Kind) {
		return nil, registry.Invalid("kind", fmt.Sprintf("%q is no document of such a case", kind))
	}
	return p, nil
}

func (a *Issue) check(ctx context.Context, d *Desk) error {
	if err := checkText("issuer", a.Issuer, 1, 60); err != nil {
		return err
	}
	if err := checkText("title", a.Title, 1, 200); err != nil {
		return err
	}
	if a.On == registry.NoStart || a.On == registry.NoEnd {
		return Refuse("on", "day.missing", "give the date of the document")
	}
	if err := checkDated("on", a.On, d.Today()); err != nil {
		return err
	}
	if err := d.checkSecrecy(ctx, a.Secrecy); err != nil {
		return err
	}
	for name, value := range a.Values.Text {
		if err := checkText(name, value, 0, 50_000); err != nil {
			return err
		}
	}
	return nil
}

// values are those of the document with its number.
func (a *Issue) values(number string) document.Values {
	v := document.Values{Text: map[string]string{}, Lists: a.Values.Lists}
	for name, value := range a.Values.Text {
		v.Text[name] = value
	}
	v.Text["issuer"], v.Text["title"], v.Text["date"], v.Text["number"] = a.Issuer, a.Title, document.Date(a.On), number
	if v.Text["secrecy"] = ""; a.Secrecy > 0 {
		v.Text["secrecy"] = secrecyNames[a.Secrecy]
	}
	return v
}

// secrecyNames are the levels of secrecy as documents bear them. A period need
// not stand beside them: without one the longest that the law knows holds.
var secrecyNames = [...]string{"公开", "内部", "秘密", "机密", "绝密"}

// Draft is a document before it is issued.
type Draft struct {
	Docx     []byte // with 〔待编号〕 for its number
	Numbered bool   // it will bear a number
	Number   string // the one that it would draw now; "" where no series is set
}

// Preview fills the document that an act would issue, and says which number it
// would draw. Nothing is stored, and no number is taken.
func (d *Desk) Preview(ctx context.Context, p *Principal, id registry.CaseID, a Issue) (*Draft, error) {
	c, err := d.Case(ctx, p, id)
	if err != nil {
		return nil, err
	}
	if !p.Reaches(IssuePaper, c.Object()) {
		return nil, d.refusal(p, IssuePaper, c)
	}
	kind, err := d.issued(c, a.Kind)
	if err != nil {
		return nil, err
	}
	if err := a.check(ctx, d); err != nil {
		return nil, err
	}
	template, _, err := d.Template(ctx, kind.Template)
	if err != nil {
		return nil, err
	}
	draft := &Draft{Numbered: numbered(kind.Template)}
	if draft.Numbered {
		if draft.Number, err = d.store.NextNumber(ctx, a.Issuer, kind.ID, a.On); err != nil {
			return nil, err
		}
	}
	draft.Docx, err = document.Fill(template, kind.Template, d.marked(a.values("〔待编号〕")))
	return draft, err
}

// PaperFields are the fields and lists, by name, that a kind of document asks
// for in the template in force.
func (d *Desk) PaperFields(ctx context.Context, kind *law.Paper) (map[string]bool, error) {
	template, _, err := d.Template(ctx, kind.Template)
	if err != nil {
		return nil, err
	}
	return document.Used(template, kind.Template)
}

// PaperValues are what a case knows for a kind of document, so that nobody
// types it again: they begin the form, and may be changed.
func (d *Desk) PaperValues(ctx context.Context, c *Case, kind string) (document.Values, error) {
	phone, err := d.phoneOf(ctx, c.Holder)
	if err != nil {
		return document.Values{}, err
	}
	v := document.Values{Text: map[string]string{
		"case.number": c.Number, "case.title": c.Title, "body": c.Summary, "date": document.Date(d.Today()),
		"printed": document.Date(d.Today()), "handler": c.Names[c.Holder], "contact": c.Names[c.Holder], "phone": phone, "case.unit": c.Units[c.Unit].Name,
	}, Lists: map[string][]map[string]string{}}
	if k := d.book.Kind(c.Kind); k != nil {
		v.Text["case.kind"] = k.Zh
	}
	if p := d.book.Paper(kind); p != nil {
		if basis := d.book.Basis(c.Kind, p.ID); basis != nil {
			v.Text["basis"] = basis.InChinese()
		}
		v.Text["title"] = "关于" + c.Title + "的" + p.Zh
	}
	if due, ok := c.Due(); ok {
		v.Text["deadline"] = document.Date(due)
	}
	switch kind {
	case "CONSULTATION":
		v.Text["recipient"] = strings.Join(d.askedNow(c), "、")
	case "REQUEST":
		v.Text["recipient"] = d.superior(c)
	}
	var names []string
	for _, p := range c.Current() {
		if in := d.book.Paper(p.Kind); in != nil && !in.Issued && in.ID != answerPaper {
			names = append(names, p.Title)
		}
	}
	v.Lists["attachments"] = document.Attach(names...)
	v.Lists["opinions"] = d.opinions(c)
	return v, nil
}

// answerPaper is the kind of paper that others bring into a case: it is not sent
// on as if it were of the case's own side.
const answerPaper = "OPINION"

// superior is the government that a request goes to: that of the province in
// which the case lies, where that decides or passes on; else "", for whoever
// writes it to say.
func (d *Desk) superior(c *Case) string {
	k := d.book.Kind(c.Kind)
	if k == nil || k.Approver != "PROVINCE" || len(c.Path) == 0 {
		return ""
	}
	root := c.Units[c.Path[len(c.Path)-1]]
	if root.Level != registry.LevelProvince {
		return ""
	}
	return root.Name + "人民政府"
}

// phoneOf is the telephone of who holds a case; "" for nobody, or who gave none.
func (d *Desk) phoneOf(ctx context.Context, id AccountID) (string, error) {
	if id == 0 {
		return "", nil
	}
	a, err := d.store.Account(ctx, id)
	if registry.KindOf(err) == registry.KindNotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return a.Phone, nil
}

// askedNow names the departments whose opinion is waited for.
func (d *Desk) askedNow(c *Case) (names []string) {
	for _, r := range c.Requests {
		if dep := d.book.Department(r.Department); dep != nil && r.Answer == nil && !contains(names, dep.Zh) {
			names = append(names, dep.Zh)
		}
	}
	return names
}

// opinions are the answers of departments and experts.
func (d *Desk) opinions(c *Case) []map[string]string {
	var out []map[string]string
	for _, r := range c.Requests {
		if r.Answer == nil || r.Answer.Stance == Withdrawn || r.Answer.N < 1 || r.Answer.N > len(c.Events) {
			continue
		}
		e := c.Events[r.Answer.N-1]
		who := c.Names[r.Account]
		if dep := d.book.Department(r.Department); dep != nil {
			who = dep.Zh
		}
		out = append(out, map[string]string{"department": who, "text": strings.TrimSpace(r.Answer.Text), "person": c.Names[e.Account],
			"date": document.Date(registry.DayOf(e.At))})
	}
	return out
}
