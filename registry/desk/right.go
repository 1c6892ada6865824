package desk

import (
	"slices"
	"strings"

	"jieming/registry"
)

// Object is what an action is done on, as far as rights go. The zero value is
// a thing in no jurisdiction.
type Object struct {
	Kind        string            // kind of case; "" if it is none
	Path        []registry.UnitID // the unit of the case as it is today, and everything above it
	Opener      AccountID         // who opened it
	Holder      AccountID         // whose work it is now
	Asked       []AccountID       // experts who were invited
	Departments []string          // departments whose opinion was asked for
	Hands       map[AccountID]Hand
}

// May reports whether a person may do an action on an object, in their own name
// or for somebody who is away. Everything is denied unless the matrix grants it.
func (p *Principal) May(a Action, o *Object) bool {
	_, ok := p.Acting(a, o)
	return ok
}

// Acting is May, and says for whom the person would act: nil for themselves.
// Their own rights come first.
func (p *Principal) Acting(a Action, o *Object) (*Delegation, bool) {
	info := Rights().Action(a)
	if !p.Known() || info == nil || !p.scoped(a) {
		return nil, false
	}
	for _, delegated := range []bool{false, true} {
		for i := range p.Grants {
			g := &p.Grants[i]
			if (g.For != nil) == delegated && p.reaches(info.Reach[g.Role], g, o) && p.handAllows(info.Hand, g, o) {
				return g.For, true
			}
		}
	}
	return nil, false
}

// Reaches is May without regard to the hands that a person has had in a case:
// the rule that lists follow.
func (p *Principal) Reaches(a Action, o *Object) bool {
	info := Rights().Action(a)
	if !p.Known() || info == nil || !p.scoped(a) {
		return false
	}
	return slices.ContainsFunc(p.Grants, func(g Held) bool { return p.reaches(info.Reach[g.Role], &g, o) })
}

// widest is the widest reach by which a person may do an action on an object.
func (p *Principal) widest(a Action, o *Object) Reach {
	info := Rights().Action(a)
	if !p.Known() || info == nil || !p.scoped(a) {
		return Nowhere
	}
	rank, best := []Reach{Nowhere, Asked, Own, Area, Any}, 0
	for i := range p.Grants {
		if r := info.Reach[p.Grants[i].Role]; p.reaches(r, &p.Grants[i], o) {
			best = max(best, slices.Index(rank, r))
		}
	}
	return rank[best]
}

// Has reports whether a person may do an action anywhere: whether a page about
// it is of any use to them.
func (p *Principal) Has(a Action) bool {
	info := Rights().Action(a)
	if !p.Known() || info == nil || !p.scoped(a) {
		return false
	}
	return slices.ContainsFunc(p.Grants, func(g Held) bool { return info.Reach[g.Role] != Nowhere })
}

// handAllows keeps the hands of a case apart: who has one in it gets no other,
// and neither does who acts for one that has.
func (p *Principal) handAllows(h Hand, g *Held, o *Object) bool {
	if h == NoHand || o == nil {
		return true
	}
	for _, account := range []AccountID{p.Account, g.owner(p)} {
		if had := o.Hands[account]; had != NoHand && had != h {
			return false
		}
	}
	return true
}

// owner is whose grant it is.
func (g *Held) owner(p *Principal) AccountID {
	if g.For != nil {
		return g.For.From
	}
	return p.Account
}

// scoped reports whether a token covers an action. A scope is an action, or the
// part of one before the dot; a session has all.
func (p *Principal) scoped(a Action) bool {
	if p.Scopes == nil {
		return true
	}
	noun, _, _ := strings.Cut(string(a), ".")
	return slices.Contains(p.Scopes, string(a)) || slices.Contains(p.Scopes, noun)
}

func (p *Principal) reaches(r Reach, g *Held, o *Object) bool {
	role := Rights().Role(g.Role)
	switch {
	case r == Nowhere || role == nil:
		return false
	case r == Any:
		return true
	case o == nil || !role.WorksOn(o.Kind):
		return false
	}
	owner := g.owner(p)
	switch r {
	case Area:
		return g.covers(o.Path)
	case Own:
		return g.covers(o.Path) && (o.Opener == owner || o.Holder == owner)
	case Asked:
		return slices.Contains(o.Asked, owner) || g.Department != "" && slices.Contains(o.Departments, g.Department)
	}
	return false
}

func (g *Held) covers(path []registry.UnitID) bool {
	if g.Everywhere {
		return true
	}
	return slices.ContainsFunc(path, func(u registry.UnitID) bool { return slices.Contains(g.Tops, u) })
}

// Filter is the rule of [Principal.May] for lists of cases, without the hands:
// a case is in if one of the clauses holds. It is what the store hands to SQL.
type Filter []Clause

// Clause is one way to reach cases.
type Clause struct {
	Owner      AccountID // whose work and invitations count
	Kinds      []string  // nil is every kind
	Reach      Reach     // Area, Own or Asked
	Everywhere bool
	Tops       []registry.UnitID
	Department string
}

// Filter returns the rule for lists. One without clauses lets nothing through.
func (p *Principal) Filter(a Action) Filter {
	info := Rights().Action(a)
	if !p.Known() || info == nil || !p.scoped(a) {
		return nil
	}
	var f Filter
	for i := range p.Grants {
		g := &p.Grants[i]
		c := Clause{Owner: g.owner(p), Reach: info.Reach[g.Role], Everywhere: g.Everywhere, Tops: g.Tops, Department: g.Department}
		switch role := Rights().Role(g.Role); {
		case c.Reach == Nowhere || role == nil:
			continue
		case c.Reach == Any:
			c.Reach, c.Everywhere = Area, true
		case !slices.Contains(role.Kinds, "*"):
			c.Kinds = role.Kinds
		}
		f = append(f, c)
	}
	return f
}

// Wide reports whether a filter lets through every case of some kinds, nil
// being all, wherever it lies: then no case needs to be looked at by itself.
func (f Filter) Wide() (wide bool, kinds []string) {
	wide = len(f) > 0
	for _, c := range f {
		all := c.Everywhere && c.Reach == Area
		if all && c.Kinds == nil {
			return true, nil
		}
		wide = wide && all
		kinds = append(kinds, c.Kinds...)
	}
	if !wide {
		return false, nil
	}
	slices.Sort(kinds)
	return true, slices.Compact(kinds)
}

// readsPapers reports whether a person may read the papers of every case that
// they may read.
func (p *Principal) readsPapers() bool {
	cases, papers := p.Filter(ReadCase), p.Filter(ReadPaper)
	return slices.EqualFunc(cases, papers, func(a, b Clause) bool {
		return a.Owner == b.Owner && a.Reach == b.Reach && a.Everywhere == b.Everywhere && a.Department == b.Department &&
			slices.Equal(a.Kinds, b.Kinds) && slices.Equal(a.Tops, b.Tops)
	})
}
