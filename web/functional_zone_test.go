package web

import (
	"fmt"
	"net/http"

	"regexp"
	"strings"
	"testing"

	"jieming/registry/desk"
)

// A functional zone is made of units by name or code; who is trusted with a role
// in it stands beside it. What is no unit, or no right, makes none.
func TestFunctionalZones(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{})
	x.person(t, "sec", desk.SecurityAdmin)
	x.person(t, "bian", desk.DivisionEditor)
	kun := x.person(t, "kun")
	sec, bian := x.browser(t), x.browser(t)
	sec.enter("sec")
	bian.enter("bian")
	const address = "/desk/functional-zones"
	if status, _ := bian.open(address); status != http.StatusForbidden {
		t.Errorf("an editor reads the zones: status %d", status)
	}
	if status, _ := bian.post(address, "name", "开发区", "units", "甲县"); status != http.StatusForbidden {
		t.Errorf("an editor makes a zone: status %d", status)
	}
	status, body := sec.post(address, "name", "开发区管委会", "units", "甲县\n无此县")
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, "没有“无此县”这个政区") || !strings.Contains(body, `value="开发区管委会"`) {
		t.Errorf("status %d: %s", status, body)
	}
	if status, body = sec.post(address, "name", "开发区管委会", "units", "甲县、220122"); status != http.StatusOK || !strings.Contains(body, ">甲县</a>、<a") || !strings.Contains(body, "尚未授权") {
		t.Fatalf("status %d: %s", status, body)
	}
	if status, body = sec.post(address, "name", "开发区管委会", "units", "甲县"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "已有同名的功能区") {
		t.Errorf("a second of the name: status %d", status)
	}
	grant := fmt.Sprintf("/desk/accounts/%d/grant", kun)
	_, body = sec.open(grant)
	zone := regexp.MustCompile(`<option value="(\d+)"[^>]*>开发区管委会`).FindStringSubmatch(body)
	if zone == nil {
		t.Fatal("no role can be granted in the zone")
	}
	sec.post(grant, "role", "ZONE_REPORTER", "zone", zone[1], "reason", "报送")
	if _, body = sec.open(address); !strings.Contains(body, "功能区报送员") {
		t.Error("who works for the zone is not shown")
	}
}
