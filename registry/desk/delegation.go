package desk

import (
	"context"
	"strings"

	"jieming/registry"
)

// longestDelegation is for how many days somebody's work can be lent at most.
const longestDelegation = 60

// DelegationRecord is a delegation as people read it.
type DelegationRecord struct {
	Delegation
	ToName string
	Reason string
	Ended  bool // before its time
}

// DelegationStore keeps who does whose work.
type DelegationStore interface {
	// Delegations lists those from and to an account, the latest first.
	Delegations(ctx context.Context, id AccountID) ([]DelegationRecord, error)
	AddDelegation(ctx context.Context, who *Principal, n Delegation, reason string, a Access) (int64, error)
	EndDelegation(ctx context.Context, who *Principal, id int64, a Access) error
}

// Delegations lists the delegations from and to who asks.
func (d *Desk) Delegations(ctx context.Context, who *Principal) ([]DelegationRecord, error) {
	if !who.Known() {
		return nil, nil
	}
	return d.store.Delegations(ctx, who.Account)
}

// Delegate lets another person, by login, do one's work for some days. What
// administrators may do is not lent.
func (d *Desk) Delegate(ctx context.Context, who *Principal, login string, since, last registry.Day, reason string) (int64, error) {
	if err := who.person(); err != nil {
		return 0, err
	}
	to, err := d.store.AccountByLogin(ctx, strings.ToLower(strings.TrimSpace(login)))
	if registry.KindOf(err) == registry.KindNotFound || err == nil && to.Disabled {
		return 0, Refuse("to", "delegation.to", "there is nobody with this login")
	}
	if err != nil {
		return 0, err
	}
	switch {
	case to.ID == who.Account:
		return 0, Refuse("to", "delegation.self", "name somebody else")
	case since < d.Today():
		return 0, Refuse("since", "delegation.past", "the first day is over already")
	case last < since:
		return 0, Refuse("last", "delegation.order", "the last day is before the first")
	case last-since >= longestDelegation:
		return 0, Refuse("last", "delegation.long", "at most 60 days at a time", "n", longestDelegation)
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return 0, errNoReason
	}
	n := Delegation{From: who.Account, Name: who.Name, To: to.ID, Since: since, Until: last + 1}
	return d.store.AddDelegation(ctx, who, n, reason, d.noted(who, Delegated, "DELEGATION", 0, map[string]any{"to": to.ID, "since": since.String(), "last": last.String()}))
}

// EndDelegation ends a delegation of one's own before its time.
func (d *Desk) EndDelegation(ctx context.Context, who *Principal, id int64) error {
	if err := who.person(); err != nil {
		return err
	}
	list, err := d.Delegations(ctx, who)
	if err != nil {
		return err
	}
	for _, x := range list {
		if x.ID == id && x.From == who.Account && !x.Ended {
			return d.store.EndDelegation(ctx, who, id, d.noted(who, DelegationEnded, "DELEGATION", id, nil))
		}
	}
	return registry.NotFound("delegation", id)
}
