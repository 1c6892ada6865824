package desk

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// docs/rights.md is the matrix that the program follows; BLESS=1 renews it.
func TestRights_are_documented(t *testing.T) {
	const file = "../../docs/rights.md"
	want := rightsText()
	if os.Getenv("BLESS") != "" {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/rights.md (-want +got; BLESS=1 renews it):\n%s", diff)
	}
}

func rightsText() string {
	var b strings.Builder
	b.WriteString(`# Who may do what

*Made from registry/desk/roles.csv and rights.csv by a test; ` + "`BLESS=1 go test ./registry/desk`" + ` renews it. The same table is a page of the desk, /desk/rights, and the rule that lists follow in SQL.*

What is not in the table is not allowed.

- **area**: everything in the jurisdiction: a unit and all below it, a functional zone (功能区), or the whole registry. It follows lineage: who looked after 九台市 looks after 九台区.
- **own**: in the jurisdiction, what the person opened or holds.
- **asked**: cases in which the person was invited, or the department was asked.
- **any**: things that lie in no jurisdiction.

A *hand* is the part that an act gives in a case. Nobody has two hands in one case: who edited does not approve, and neither releases. Who stands in for somebody who is away shares their hands. Forbidden and unknown things answer alike.

A grant is made by the security administrator, with a reason, and is in the log. What administrators may do cannot be delegated.

## Roles

| role | 名称 | name | kinds of case | what it is for |
|---|---|---|---|---|
`)
	for _, r := range Rights().Roles {
		kinds := strings.Join(r.Kinds, ", ")
		if kinds == "-" {
			kinds = "none"
		}
		if kinds == "*" {
			kinds = "all"
		}
		name := r.En
		if r.Administrator {
			name += " (三员)"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.Role, r.Zh, name, kinds, r.DutyEn)
	}
	b.WriteString("\n## Roles × actions\n\n| action | 事项 | hand | asked | own | area | any |\n|---|---|---|---|---|---|---|\n")
	for _, a := range Rights().Actions {
		fmt.Fprintf(&b, "| %s | %s | %s |", a.Action, a.Zh, strings.ToLower(string(a.Hand)))
		for _, reach := range []Reach{Asked, Own, Area, Any} {
			var who []string
			for _, r := range Rights().Roles {
				if a.Reach[r.Role] == reach {
					who = append(who, string(r.Role))
				}
			}
			fmt.Fprintf(&b, " %s |", strings.Join(who, ", "))
		}
		b.WriteString("\n")
	}
	b.WriteString(`
## Three administrators (三员分立)

The system administrator makes and disables accounts and grants nothing; the security administrator grants and makes no accounts; the audit administrator reads the log. Nobody is two of them, none of them holds another role, and nobody grants to themselves: the program refuses it, and so does the database (JM013).
`)
	return b.String()
}
