package desk

import (
	"context"
	"slices"

	"jieming/registry"
)

// SavedView is a view of the list of cases that somebody keeps.
type SavedView struct {
	ID      int64
	Account AccountID
	Name    string
	Query   string // of the address of the list
	Role    Role   // whose holders see it, too; "" for nobody else
	First   bool   // the list opens with it
}

// mostViews bounds the views of one person.
const mostViews = 50

// SavedViewStore keeps views.
type SavedViewStore interface {
	// SavedViews lists the views of an account and those shared with its roles,
	// the own first, by name.
	SavedViews(ctx context.Context, id AccountID, roles []Role) ([]SavedView, error)
	// SaveView keeps a view in place of one of the same name.
	SaveView(ctx context.Context, v SavedView) error
	// DropView forgets a view of an account; KindNotFound for one it does not have.
	DropView(ctx context.Context, account AccountID, id int64) error
}

// SavedViews lists the views of the list of cases that a person sees.
func (d *Desk) SavedViews(ctx context.Context, p *Principal) ([]SavedView, error) {
	if !p.Has(ReadCase) {
		return nil, nil
	}
	return d.store.SavedViews(ctx, p.Account, p.roles())
}

// roles are the roles that a person holds.
func (p *Principal) roles() []Role {
	var out []Role
	for _, g := range p.Grants {
		if g.For == nil && !slices.Contains(out, g.Role) {
			out = append(out, g.Role)
		}
	}
	return out
}

// SaveView keeps a view, under a name in place of the one it had before. It can
// be shared with a role that the person holds. The view is a question, not its
// answer: whoever opens it sees what they may see.
func (d *Desk) SaveView(ctx context.Context, p *Principal, v SavedView) error {
	if !p.Has(ReadCase) {
		return denied(registry.KindForbidden, "case.right", "no right to read cases")
	}
	if err := checkText("name", v.Name, 1, 40); err != nil {
		return err
	}
	if len(v.Query) > 2000 {
		return Refuse("name", "view.long", "this view has too many conditions")
	}
	if v.Role != "" && !slices.Contains(p.roles(), v.Role) {
		return Refuse("role", "view.role", "a view can be shared with a role that you hold")
	}
	known, err := d.store.SavedViews(ctx, p.Account, nil)
	if err != nil {
		return err
	}
	again := slices.ContainsFunc(known, func(k SavedView) bool { return k.Name == v.Name })
	if len(known) >= mostViews && !again {
		return Refuse("name", "view.many", "you keep 50 views already; forget one first")
	}
	v.Account = p.Account
	return d.store.SaveView(ctx, v)
}

// DropView forgets a view of the person.
func (d *Desk) DropView(ctx context.Context, p *Principal, id int64) error {
	if !p.Known() {
		return registry.NotFound("view", id)
	}
	return d.store.DropView(ctx, p.Account, id)
}
