package desk

import (
	"testing"

	"jieming/registry"
)

func held(role Role, tops ...registry.UnitID) Held {
	return Held{Grant: Grant{Role: role}, Everywhere: len(tops) == 0, Tops: tops}
}

func TestMay(t *testing.T) {
	county := &Object{Kind: "ADJUSTMENT", Path: []registry.UnitID{30, 20, 10}, Opener: 1, Holder: 2, Asked: []AccountID{5},
		Departments: []string{"HOUSING"}, Hands: map[AccountID]Hand{1: Editor}}
	for _, c := range []struct {
		name    string
		who     Principal
		action  Action
		on      *Object
		allowed bool
	}{
		{"the public", Principal{}, ReadCase, county, false},
		{"editor of the province", Principal{Account: 3, Grants: []Held{held(DivisionEditor)}}, EditCase, county, true},
		{"editor of another prefecture", Principal{Account: 3, Grants: []Held{held(DivisionEditor, 21)}}, ReadCase, county, false},
		{"reviewer of names on a division case", Principal{Account: 3, Grants: []Held{held(NameReviewer)}}, ReadCase, county, false},
		{"reporter on the own case", Principal{Account: 1, Grants: []Held{held("COUNTY_REPORTER", 30)}}, EditCase, county, true},
		{"reporter on another's case", Principal{Account: 4, Grants: []Held{held("COUNTY_REPORTER", 30)}}, EditCase, county, false},
		{"who edited may not approve", Principal{Account: 1, Grants: []Held{held(Supervisor)}}, ApproveCase, county, false},
		{"another supervisor may", Principal{Account: 6, Grants: []Held{held(Supervisor)}}, ApproveCase, county, true},
		{"who stands in for the editor may not approve", Principal{Account: 6, Grants: []Held{{Grant: Grant{Role: Supervisor}, Everywhere: true, For: &Delegation{From: 1}}}}, ApproveCase, county, false},
		{"the invited expert", Principal{Account: 5, Grants: []Held{held(Expert)}}, GiveOpinion, county, true},
		{"an expert who was not", Principal{Account: 7, Grants: []Held{held(Expert)}}, ReadCase, county, false},
		{"the department that was asked", Principal{Account: 8, Grants: []Held{{Grant: Grant{Role: Department, Department: "HOUSING"}, Everywhere: true}}}, ReadCase, county, true},
		{"a token of another scope", Principal{Account: 3, Grants: []Held{held(DivisionEditor)}, Scopes: []string{"paper"}}, ReadCase, county, false},
		{"a token with the scope of the noun", Principal{Account: 3, Grants: []Held{held(DivisionEditor)}, Scopes: []string{"case"}}, ReadCase, county, true},
		{"an administrator of the system", Principal{Account: 9, Grants: []Held{held(SystemAdmin)}}, ReadCase, county, false},
		{"who manages accounts", Principal{Account: 9, Grants: []Held{held(SystemAdmin)}}, ManageAccounts, nil, true},
		{"and does not grant rights", Principal{Account: 9, Grants: []Held{held(SystemAdmin)}}, GrantRights, nil, false},
		{"an unknown action", Principal{Account: 3, Grants: []Held{held(DivisionEditor)}}, "case.burn", county, false},
	} {
		if got := c.who.May(c.action, c.on); got != c.allowed {
			t.Errorf("%s: %s allowed %v", c.name, c.action, got)
		}
	}
}
