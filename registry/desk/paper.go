package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"jieming/registry"
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
		if !x.Who.MayAdd(x.Case, p.Kind) {
			return Refuse("kind", "paper.kind", fmt.Sprintf("whoever has your part in this case adds no paper of the kind %s", p.Kind))
		}
		if p.Replaces != 0 {
			before := x.Case.current(p.Replaces)
			if before == nil || before.Kind != p.Kind {
				return Refuse("replaces", "paper.replaces", "a paper replaces one of its kind that is still current")
			}
			if !x.Who.MayReplace(x.Case, before) {
				return Refuse("replaces", "paper.others", "somebody else has added this paper; you replace only your own")
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
		if err := x.Desk.checkSecrecy(x.Ctx, p.Secrecy); err != nil {
			return err
		}
		if p.IssuedOn != registry.NoStart {
			if err := checkDated("issuedOn", p.IssuedOn, x.Today); err != nil {
				return err
			}
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

// MayAdd reports whether a person may put papers of a kind into a case. Who is
// only asked brings an opinion and what belongs to it; who follows a case of
// their own brings no approval of it; all kinds are for the staff of the area.
func (p *Principal) MayAdd(c *Case, kind string) bool {
	switch o := c.Object(); p.widest(AddPaper, o) {
	case Area, Any:
		return true
	case Own:
		return kind != "APPROVAL" && (kind != "REPLY" || p.Reaches(IssuePaper, o))
	case Asked:
		return kind == "OPINION" || kind == "OTHER"
	}
	return false
}

// MayReplace reports whether a person may put another in the place of a paper:
// who is only asked, of what they brought themselves.
func (p *Principal) MayReplace(c *Case, paper *Paper) bool {
	if !p.MayAdd(c, paper.Kind) {
		return false
	}
	if p.widest(AddPaper, c.Object()) != Asked {
		return true
	}
	return paper.N >= 1 && paper.N <= len(c.Events) && c.Events[paper.N-1].Account == p.Account
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
