package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"jieming/registry"
	"jieming/registry/desk/document"
	"jieming/registry/law"
)

// Paper makes a paper of an upload, for [AddPapers].
func (u *Upload) Paper(kind, title string) Paper {
	return Paper{Kind: kind, Title: title, Digest: u.Digest, Bytes: u.Bytes, Media: u.Media, FileName: u.Name, IssuedOn: registry.NoStart, Upload: u.ID}
}

// Upload returns an upload of the person, while it is kept. KindNotFound for
// anybody else's.
func (d *Desk) Upload(ctx context.Context, p *Principal, id UploadID) (*Upload, error) {
	if !p.Known() {
		return nil, registry.NotFound("upload", id)
	}
	return d.store.Upload(ctx, p.Account, id)
}

// OpenPaper returns a paper of a case that the person may read, and its bytes.
// Unknown and forbidden ones answer alike: KindNotFound.
// Reading a reserved paper is noted; see [Paper.Reserved].
func (d *Desk) OpenPaper(ctx context.Context, p *Principal, id registry.CaseID, digest Digest) (*Paper, Content, error) {
	c, err := d.Case(ctx, p, id)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(c.Papers, func(x Paper) bool { return x.Digest == digest })
	if i < 0 || !p.Reaches(ReadPaper, c.Object()) {
		return nil, nil, registry.NotFound("file", digest)
	}
	if c.Papers[i].Reserved() {
		if err := d.Note(ctx, p, ReadUnpublished, "CASE", int64(id), map[string]any{"paper": c.Papers[i].ID}); err != nil {
			return nil, nil, err
		}
	}
	content, err := d.store.OpenFile(ctx, digest)
	return &c.Papers[i], content, err
}

// mapPapers are the kinds of paper that show borders before they are public.
var mapPapers = []string{"MAP_PROPOSAL", "AGREEMENT_MAP"}

// Reserved reports whether who reads a paper is written down: it is above public
// secrecy, or a map of borders that are not public.
func (p *Paper) Reserved() bool { return p.Secrecy > 0 || slices.Contains(mapPapers, p.Kind) }

// OpenUpload returns an upload of the person and its bytes.
func (d *Desk) OpenUpload(ctx context.Context, p *Principal, id UploadID) (*Upload, Content, error) {
	u, err := d.Upload(ctx, p, id)
	if err != nil {
		return nil, nil, err
	}
	content, err := d.store.OpenFile(ctx, u.Digest)
	return u, content, err
}

// Issue issues an official document in a case: it draws its number, fills the
// template with it, stores the document and adds it to the case, all in one log
// entry.
type Issue struct {
	Kind    string // of paper; see law.Paper
	Issuer  string // 发文机关; decides the series of the number
	Title   string
	On      registry.Day
	Secrecy int
	Values  document.Values // see [Desk.PaperValues]; issuer, title, date and number are set here
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
	if err := a.check(); err != nil {
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
			return document.Fill(template, kind.Template, x.Desk.marked(a.values(number)))
		}})
	return nil
}

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

func (a *Issue) check() error {
	if err := checkText("issuer", a.Issuer, 1, 60); err != nil {
		return err
	}
	if err := checkText("title", a.Title, 1, 200); err != nil {
		return err
	}
	if a.On == registry.NoStart || a.On == registry.NoEnd {
		return registry.Invalid("date", "give the date of the document")
	}
	if a.Secrecy < 0 || a.Secrecy > 4 {
		return registry.Invalid("secrecy", "give 0 (公开) to 4 (绝密)")
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
	return v
}

// Preview fills the document that an act would issue, with 〔待编号〕 for its
// number, and returns it with its text. Nothing is stored.
func (d *Desk) Preview(ctx context.Context, p *Principal, id registry.CaseID, a Issue) (docx []byte, text string, err error) {
	c, err := d.Case(ctx, p, id)
	if err != nil {
		return nil, "", err
	}
	if !p.Reaches(IssuePaper, c.Object()) {
		return nil, "", d.refusal(p, IssuePaper, c)
	}
	kind, err := d.issued(c, a.Kind)
	if err != nil {
		return nil, "", err
	}
	if err := a.check(); err != nil {
		return nil, "", err
	}
	template, _, err := d.Template(ctx, kind.Template)
	if err != nil {
		return nil, "", err
	}
	if docx, err = document.Fill(template, kind.Template, d.marked(a.values("〔待编号〕"))); err != nil {
		return nil, "", err
	}
	text, err = document.Text(docx)
	return docx, text, err
}

// PaperValues are what a case knows for a kind of document, so that nobody
// types it again: they begin the form, and may be changed.
func (d *Desk) PaperValues(c *Case, kind string) document.Values {
	v := document.Values{Text: map[string]string{
		"case.number": c.Number, "case.title": c.Title, "body": c.Summary, "date": document.Date(d.Today()),
		"printed": document.Date(d.Today()), "handler": c.Names[c.Holder], "contact": c.Names[c.Holder], "case.unit": c.Units[c.Unit].Name,
	}, Lists: map[string][]map[string]string{}}
	if k := d.book.Kind(c.Kind); k != nil {
		v.Text["case.kind"] = k.Zh
	}
	if p := d.book.Paper(kind); p != nil {
		v.Text["basis"] = p.Citation.InChinese()
		v.Text["title"] = "关于" + c.Title + "的" + p.Zh
	}
	if due, ok := c.Due(); ok {
		v.Text["deadline"] = document.Date(due)
	}
	if kind == "CONSULTATION" {
		v.Text["recipient"] = strings.Join(d.askedNow(c), "、")
	}
	var names []string
	for _, p := range c.Current() {
		if in := d.book.Paper(p.Kind); in != nil && !in.Issued {
			names = append(names, p.Title)
		}
	}
	v.Lists["attachments"] = document.Attach(names...)
	v.Lists["opinions"] = d.opinions(c)
	return v
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

// AddPapers puts papers into a case: each is an upload of who adds it, so that
// nobody reaches a file by its digest.
type AddPapers struct {
	Papers []Paper
}

// Needs implements [Act].
func (AddPapers) Needs(*Case, *law.Book) Action { return AddPaper }

// Commutes implements [Commuting].
func (AddPapers) Commutes() {}

// Do implements [Act].
func (a AddPapers) Do(x *Acting) error {
	if x.Case.Phase != law.Open && !contains([]string{"DONE"}, string(x.Case.Phase)) {
		return ended(x.Case)
	}
	if len(a.Papers) == 0 || len(a.Papers) > 50 {
		return registry.Invalid("papers", "add between 1 and 50 papers at once")
	}
	var kinds []string
	for i := range a.Papers {
		p := &a.Papers[i]
		kind := x.Desk.book.Paper(p.Kind)
		if kind == nil || !kind.Offered(x.Case.Kind) {
			return registry.Invalid("kind", fmt.Sprintf("%q is no paper of such a case", p.Kind))
		}
		if p.Replaces != 0 {
			before := x.Case.current(p.Replaces)
			if before == nil || before.Kind != p.Kind {
				return Refuse("replaces", "paper.replaces", "a paper replaces one of its kind that is still current")
			}
			p.inherit(before)
		}
		if strings.TrimSpace(p.Title) == "" {
			p.Title = kind.Zh
		}
		if err := checkText("title", p.Title, 1, 300); err != nil {
			return err
		}
		if err := checkText("number", p.Number, 0, 100); err != nil {
			return err
		}
		if p.Secrecy < 0 || p.Secrecy > 4 {
			return registry.Invalid("secrecy", "give 0 (公开) to 4 (绝密)")
		}
		u, err := x.Desk.store.Upload(x.Ctx, x.Who.Account, p.Upload)
		if registry.KindOf(err) == registry.KindNotFound {
			return registry.Invalid("file", "this upload is gone; upload the file again")
		}
		if err != nil {
			return err
		}
		p.Digest, p.Bytes, p.Media, p.FileName = u.Digest, u.Bytes, u.Media, u.Name
		kinds = append(kinds, p.Kind)
	}
	x.Add(PaperAdded, Body{Papers: kinds})
	for _, p := range a.Papers {
		x.AddPaper(p)
	}
	return nil
}

// current is a paper of the case that nothing has replaced; nil if there is none.
func (c *Case) current(paper int64) (found *Paper) {
	for i := range c.Papers {
		switch p := &c.Papers[i]; paper {
		case p.Replaces:
			return nil
		case p.ID:
			found = p
		}
	}
	return found
}

// inherit takes over what is not said of a paper from the one it replaces: the
// signed scan of a document bears its number.
func (p *Paper) inherit(from *Paper) {
	p.Title = cmp.Or(strings.TrimSpace(p.Title), from.Title)
	p.Number = cmp.Or(p.Number, from.Number)
	p.Issuer = cmp.Or(p.Issuer, from.Issuer)
	if p.IssuedOn == registry.NoStart {
		p.IssuedOn = from.IssuedOn
	}
	p.Secrecy = max(p.Secrecy, from.Secrecy)
}
