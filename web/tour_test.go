package web

import (
	"slices"
	"strings"
	"testing"

	"jieming/registry/desk"
)

// Each step of a role's first day leads to a page that the role has in its menu.
func TestTour_steps_are_pages_of_their_roles(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{})
	for _, role := range desk.Rights().Roles {
		who := &desk.Principal{Account: 1, Grants: []desk.Held{{Grant: desk.Grant{Role: role.Role}}}}
		steps := desk.TourFor([]desk.Role{role.Role})
		if len(steps) < 4 || len(steps) > 8 {
			t.Errorf("%s has %d steps", role.Role, len(steps))
		}
		for _, s := range steps {
			if s.Needs != "" && !who.Has(s.Needs) {
				t.Errorf("%s: step %s needs %s", role.Role, s.ID, s.Needs)
			}
			page, _, _ := strings.Cut(s.Page, "?")
			if !routed(x.site.root, page) {
				t.Errorf("%s: step %s: nothing is at %s", role.Role, s.ID, s.Page)
			}
			var menu []deskSection // of this page: two entries may share one
			for _, e := range sections {
				if e.Path != "/desk" && (page == e.Path || strings.HasPrefix(page, e.Path+"/")) {
					menu = append(menu, e)
				}
			}
			if len(menu) > 0 && !slices.ContainsFunc(menu, func(e deskSection) bool { return e.Needs == "" || who.Has(e.Needs) }) {
				t.Errorf("%s: step %s: %s is not in the menu of the role", role.Role, s.ID, s.Page)
			}
		}
	}
	all := []desk.Role{}
	for _, role := range desk.Rights().Roles {
		all = append(all, role.Role)
	}
	if n := len(desk.TourFor(all)); n != 8 {
		t.Errorf("somebody of all roles has %d steps", n)
	}
}

func TestTour_ticks_itself_off_and_is_put_away(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{})
	x.person(t, "sun", "COUNTY_REPORTER")
	b := x.browser(t)
	b.enter("sun")
	done := func() int {
		_, body := b.open("/desk")
		if !strings.Contains(body, `id="tour"`) {
			return -1
		}
		return strings.Count(body, `<li class="done">`)
	}
	if n := done(); n != 0 {
		t.Fatalf("at first %d steps are done", n)
	}
	if b.open("/desk/tour/read"); !strings.HasSuffix(b.at, "/desk/cases") {
		t.Errorf("the step leads to %s", b.at)
	}
	if n := done(); n != 1 {
		t.Errorf("after looking at a page %d steps are done", n)
	}
	b.post("/desk/messages/calendar")
	if n := done(); n != 2 {
		t.Errorf("after subscribing to the calendar %d steps are done", n)
	}
	if b.open("/desk/tour/factor"); done() != 2 {
		t.Error("looking at the second factor is not having one")
	}
	b.post("/desk/tour/factor/done")
	if n := done(); n != 3 {
		t.Errorf("after a tick %d steps are done", n)
	}
	b.post("/desk/tour/factor/undone")
	if n := done(); n != 2 {
		t.Errorf("after taking the tick away %d steps are done", n)
	}
	b.post("/desk/tour/away")
	if done() != -1 {
		t.Error("put away, it is still there")
	}
	if _, body := b.open("/desk/help"); !strings.Contains(body, `action="/desk/tour/back"`) {
		t.Error("help does not bring it back")
	}
	b.post("/desk/tour/back")
	if n := done(); n != 2 {
		t.Errorf("brought back, %d steps are done", n)
	}
	if status, _ := b.open("/desk/tour/no-such"); status != 404 {
		t.Errorf("an unknown step answers %d", status)
	}
}
