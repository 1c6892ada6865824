package postgres

import (
	"testing"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/registrytest"
)

// A set without review number, certificate or scale goes out only with a reason,
// which stands with the publication; a whole one needs none, and shows none.
func TestRelease_incompleteTakesAReason(t *testing.T) {
	ctx := t.Context()
	o := newBureau(t, registrytest.Squares())
	for name, spoil := range map[string]func(*desk.ReleaseTerms){
		"review number": func(r *desk.ReleaseTerms) { r.ReviewNumber = "" },
		"certificate":   func(r *desk.ReleaseTerms) { r.Certificate = desk.Certificate{} },
		"scale":         func(r *desk.ReleaseTerms) { r.Scale = 0 },
	} {
		terms := releaseTerms()
		spoil(&terms)
		id, err := o.desk.PrepareRelease(ctx, o.editor, terms)
		check(t, err)
		for _, reason := range []string{"", "  "} {
			err := o.desk.PublishRelease(ctx, o.releaser, id, reason)
			if fault(err) != "release.incomplete" || registry.KindOf(err) != registry.KindInvalid {
				t.Errorf("without %s, because %q: %v", name, reason, err)
			}
		}
		check(t, o.desk.PublishRelease(ctx, o.releaser, id, "审图在办，先行发布"))
		all, err := o.Publications(ctx)
		check(t, err)
		if all[0].Release != int64(id) || all[0].Reason != "审图在办，先行发布" {
			t.Errorf("without %s: published %+v", name, all[0])
		}
	}
	id, err := o.desk.PrepareRelease(ctx, o.editor, releaseTerms())
	check(t, err)
	check(t, o.desk.PublishRelease(ctx, o.releaser, id, ""))
	all, err := o.Publications(ctx)
	check(t, err)
	if all[0].Release != int64(id) || all[0].Reason != "" {
		t.Errorf("published %+v", all[0])
	}
}
