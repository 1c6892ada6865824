package desk

import (
	"context"
	"slices"

	"jieming/registry"
)

// Colleague is somebody who could have to do with a case, by one of their roles.
type Colleague struct {
	Account AccountID
	Name    string
	Role    Role
	Covers  bool // the role is held where the case lies
}

// Colleagues returns who could hold a case, and the experts who could be
// invited. It is for those who may assign the case or ask for opinions.
func (d *Desk) Colleagues(ctx context.Context, p *Principal, c *Case) (holders, experts []Colleague, err error) {
	o := c.Object()
	if !p.Reaches(AssignCase, o) && !p.Reaches(AskOpinion, o) {
		return nil, nil, denied(registry.KindForbidden, "case.right", "no right to see who could hold the case")
	}
	all, err := d.store.Colleagues(ctx, c.Path, d.Today())
	if err != nil {
		return nil, nil, err
	}
	seen := map[AccountID]bool{}
	work := d.work(c)
	for _, one := range all {
		role := Rights().Role(one.Role)
		switch {
		case role == nil:
		case one.Role == Expert:
			experts = append(experts, one)
		case role.works(work) && one.Covers && role.WorksOn(c.Kind) && !seen[one.Account]:
			seen[one.Account] = true
			holders = append(holders, one)
		}
	}
	return holders, experts, nil
}

// work is the rights with which something can be done in a case as it stands:
// editing it, and those of the steps that lead on.
func (d *Desk) work(c *Case) []Action {
	rights := []Action{EditCase}
	for _, s := range d.book.StepsFrom(c.Kind, c.State) {
		rights = append(rights, Action(s.Right))
	}
	return rights
}

// works reports whether a role has one of some rights where it is held, or in
// what it holds.
func (r *RoleInfo) works(rights []Action) bool {
	return slices.ContainsFunc(rights, func(a Action) bool {
		reach := Rights().Action(a).Reach[r.Role]
		return reach == Area || reach == Own
	})
}

// CaseByNumber finds a case that the person may read by the number people call
// it by. Unknown and forbidden numbers answer alike: KindNotFound.
func (d *Desk) CaseByNumber(ctx context.Context, p *Principal, number string) (registry.CaseID, error) {
	id, err := d.store.CaseByNumber(ctx, number)
	if err != nil {
		return 0, err
	}
	_, err = d.Case(ctx, p, id)
	return id, err
}
