package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"jieming/registry"
	"jieming/registry/desk/document"
	"jieming/registry/desk/filetype"
)

// TemplateVersion is a template of official documents in one of its versions.
type TemplateVersion struct {
	Name    string // as in papers.csv
	Version int    // 0 is the shipped one
	File    *File  // nil for the shipped one, also where it was restored
	By      string // name of who changed it
	At      time.Time
	Reason  string
}

// TemplateStore keeps the templates that took the place of shipped ones.
type TemplateStore interface {
	// TemplateVersions lists the versions of a template, or of all for "", the
	// newest first.
	TemplateVersions(ctx context.Context, name string) ([]TemplateVersion, error)
	// ReplaceTemplate adds a version after the one that its author saw; nil
	// restores the shipped one. KindConflict if there is a newer one.
	ReplaceTemplate(ctx context.Context, p *Principal, name string, seen int, u *Upload, reason string) error
}

// Template returns the .docx in use under a name, and which version it is.
func (d *Desk) Template(ctx context.Context, name string) ([]byte, *TemplateVersion, error) {
	if document.Kind(name) == nil {
		return nil, nil, registry.NotFound("template", name)
	}
	versions, err := d.store.TemplateVersions(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	now := &TemplateVersion{Name: name}
	if len(versions) > 0 {
		now = &versions[0]
	}
	if now.File == nil {
		return document.Shipped(name), now, nil
	}
	content, err := d.readTemplate(ctx, now.File.Digest)
	return content, now, err
}

// Templates lists the version in use of every template, in the order of papers.csv.
func (d *Desk) Templates(ctx context.Context, p *Principal) ([]TemplateVersion, error) {
	if err := allowed(p, ReadRules); err != nil {
		return nil, err
	}
	versions, err := d.store.TemplateVersions(ctx, "")
	if err != nil {
		return nil, err
	}
	newest := map[string]TemplateVersion{}
	for _, v := range versions {
		if v.Version > newest[v.Name].Version {
			newest[v.Name] = v
		}
	}
	var out []TemplateVersion
	for _, k := range document.Kinds() {
		v := newest[k.Name]
		v.Name = k.Name
		out = append(out, v)
	}
	return out, nil
}

// TemplateVersions lists the versions of a template, the newest first. The
// right is rule.read.
func (d *Desk) TemplateVersions(ctx context.Context, p *Principal, name string) ([]TemplateVersion, error) {
	if err := allowed(p, ReadRules); err != nil {
		return nil, err
	}
	if document.Kind(name) == nil {
		return nil, registry.NotFound("template", name)
	}
	return d.store.TemplateVersions(ctx, name)
}

// ReplaceTemplate puts an uploaded .docx in the place of a template, after
// filling it with an example: what it cannot be filled with is a fault of the
// field file that names the place. seen is the version that its author saw.
// The right is template.change.
func (d *Desk) ReplaceTemplate(ctx context.Context, p *Principal, name string, seen int, u *Upload, reason string) error {
	if err := d.mayChange(p, name, reason); err != nil {
		return err
	}
	switch {
	case u.Account != p.Account:
		return registry.NotFound("upload", u.ID)
	case u.Media != filetype.DOCX.Media:
		return Refuse("file", "template.docx", "a template is a .docx; save it as one", "is", filetype.ByMedia(u.Media))
	case u.Bytes > document.TemplateMost:
		return Refuse("file", "template.large", fmt.Sprintf("a template has at most %d MB; remove pictures", document.TemplateMost>>20), "limit", document.TemplateMost>>20)
	}
	content, err := d.readTemplate(ctx, u.Digest)
	if err != nil {
		return err
	}
	if _, err := document.Fill(content, name, document.Example(name)); err != nil {
		return templateFault(err)
	}
	return d.store.ReplaceTemplate(ctx, p, name, seen, u, reason)
}

// RestoreTemplate puts the shipped template in force again. The right is
// template.change.
func (d *Desk) RestoreTemplate(ctx context.Context, p *Principal, name string, seen int, reason string) error {
	if err := d.mayChange(p, name, reason); err != nil {
		return err
	}
	return d.store.ReplaceTemplate(ctx, p, name, seen, nil, reason)
}

func (d *Desk) mayChange(p *Principal, name, reason string) error {
	if err := allowed(p, ChangeTemplates); err != nil {
		return err
	}
	if document.Kind(name) == nil {
		return registry.NotFound("template", name)
	}
	if strings.TrimSpace(reason) == "" {
		return Refuse("reason", "template.reason", "say why the template is changed")
	}
	return nil
}

func (d *Desk) readTemplate(ctx context.Context, digest Digest) ([]byte, error) {
	content, err := d.store.OpenFile(ctx, digest)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	var b bytes.Buffer
	_, err = io.Copy(&b, io.LimitReader(content, document.TemplateMost+1))
	return b.Bytes(), err
}

// templateFault makes faults of the field file of what is wrong in a template,
// each with its place.
func templateFault(err error) error {
	var faults document.Faults
	if !errors.As(err, &faults) {
		return err
	}
	var all []error
	for _, f := range faults[:min(len(faults), 20)] {
		all = append(all, Refuse("file", "template."+string(f.Why), f.Error(), "placeholder", f.Placeholder, "paragraph", f.Paragraph, "text", f.Text, "part", f.Part))
	}
	return errors.Join(all...)
}
