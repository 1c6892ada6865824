package postgres

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/registrytest"
)

// office is a desk over a fresh registry, with a clock to turn.
type office struct {
	*desk.Desk
	store *Store
	now   time.Time
}

var morning = time.Date(2026, 11, 28, 9, 0, 0, 0, registry.China)

const goodPassword = "vier Pferde im Moor"

func openOffice(t *testing.T, p desk.Policy) *office {
	t.Helper()
	o := &office{store: opened(t, registrytest.Squares()), now: morning}
	p.Cost = desk.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}
	o.Desk = desk.New(desk.Options{Store: o.store, Now: func() time.Time { return o.now }, Policy: p, Key: []byte(strings.Repeat("k", 32))})
	return o
}

var here = desk.Client{Address: netip.MustParseAddr("192.0.2.7"), Agent: "test"}

// person makes an account that has chosen its password, with roles everywhere.
func (o *office) person(t *testing.T, login string, roles ...desk.Role) desk.AccountID {
	t.Helper()
	ctx := context.Background()
	id, _, err := o.MakeAccount(ctx, desk.Operator(), desk.Account{Login: login, Name: login}, "for the first day")
	check(t, err)
	for _, r := range roles {
		_, err := o.GrantRole(ctx, desk.Operator(), desk.Grant{Account: id, Role: r}, "test")
		check(t, err)
	}
	s, err := o.SignIn(ctx, login, "for the first day", here)
	check(t, err)
	v, err := o.Resume(ctx, s.Secret, here)
	check(t, err)
	if v.Stage != desk.NeedsPassword {
		t.Fatalf("first sign-in: stage %q", v.Stage)
	}
	check(t, o.ChangePassword(ctx, v, "", goodPassword, goodPassword))
	return id
}

func (o *office) visit(t *testing.T, login string) *desk.Visit {
	t.Helper()
	s, err := o.SignIn(context.Background(), login, goodPassword, here)
	check(t, err)
	v, err := o.Resume(context.Background(), s.Secret, here)
	check(t, err)
	v.Session.Secret = s.Secret
	return v
}

func faultKey(err error) string {
	var f *desk.Fault
	if errors.As(err, &f) {
		return f.Key
	}
	return fmt.Sprint(err)
}

// code is that of an authenticator app.
func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	check(t, err)
	mac := hmac.New(sha1.New, key)
	check(t, binary.Write(mac, binary.BigEndian, uint64(at.Unix()/30)))
	sum := mac.Sum(nil)
	off := sum[19] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[off:off+4])&0x7fffffff%1000000)
}

func TestSignIn_refuses_alike(t *testing.T) {
	ctx := context.Background()
	o := openOffice(t, desk.Policy{Guesses: desk.Guesses{Account: 100, Address: 1000, Wait: time.Minute, Longest: time.Hour, Forget: time.Hour}})
	o.person(t, "zhang", desk.Supervisor)
	gone := o.person(t, "gone")
	check(t, o.DisableAccount(ctx, desk.Operator(), gone, true, "left"))
	for _, c := range []struct{ login, password string }{
		{"zhang", "wrong"}, {"nobody", goodPassword}, {"gone", goodPassword}, {"", ""}, {"zhang", ""}, {"' OR 1=1 --", "x"}, {strings.Repeat("a", 5000), "x"},
	} {
		if _, err := o.SignIn(ctx, c.login, c.password, here); faultKey(err) != "login.wrong" {
			t.Errorf("%.20q: %v", c.login, err)
		}
	}
	if v := o.visit(t, " ZHANG "); v.Who.Login != "zhang" || v.Stage != desk.Passed || !v.Who.Has(desk.ApproveCase) {
		t.Errorf("%+v", v)
	}
}

func TestSignIn_slows_guessing_down(t *testing.T) {
	ctx := context.Background()
	o := openOffice(t, desk.Policy{})
	o.person(t, "zhang")
	guess := func(login, password string) error {
		_, err := o.SignIn(ctx, login, password, here)
		return err
	}
	for _, login := range []string{"zhang", "nobody"} {
		for range 5 {
			if err := guess(login, "wrong"); faultKey(err) != "login.wrong" {
				t.Fatal(err)
			}
		}
		var blocked *desk.Blocked
		if err := guess(login, goodPassword); !errors.As(err, &blocked) || !blocked.Until.Equal(o.now.Add(time.Minute)) {
			t.Fatalf("%s, the right password while it waits: %v", login, err)
		}
	}
	o.now = o.now.Add(time.Minute + time.Second)
	if err := guess("zhang", "wrong"); faultKey(err) != "login.wrong" {
		t.Fatal(err)
	}
	var blocked *desk.Blocked
	if err := guess("zhang", goodPassword); !errors.As(err, &blocked) || !blocked.Until.Equal(o.now.Add(2*time.Minute)) {
		t.Fatalf("the second wait is not twice the first: %v", err)
	}
	// Another server of the same installation counts with it.
	other := desk.New(desk.Options{Store: o.store, Now: func() time.Time { return o.now }})
	if _, err := other.SignIn(ctx, "zhang", goodPassword, here); !errors.As(err, &blocked) {
		t.Fatalf("another server: %v", err)
	}
	o.now = o.now.Add(2*time.Minute + time.Second)
	check(t, guess("zhang", goodPassword))
	if err := guess("zhang", "wrong"); faultKey(err) != "login.wrong" {
		t.Fatalf("a success does not forget the failures: %v", err)
	}
}

// Of many guesses at once, no more than the limit are looked at.
func TestSignIn_counts_before_it_checks(t *testing.T) {
	o := openOffice(t, desk.Policy{Guesses: desk.Guesses{Account: 5, Address: 1000, Wait: time.Minute, Longest: time.Hour, Forget: time.Hour}})
	o.person(t, "zhang")
	var looked, waited atomic.Int32
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			_, err := o.SignIn(context.Background(), "zhang", fmt.Sprint("guess", i), here)
			var blocked *desk.Blocked
			switch {
			case errors.As(err, &blocked):
				waited.Add(1)
			case faultKey(err) == "login.wrong":
				looked.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if looked.Load() != 5 || waited.Load() != 35 {
		t.Errorf("%d looked at, %d waited", looked.Load(), waited.Load())
	}
}

func TestSession_ends(t *testing.T) {
	ctx := context.Background()
	o := openOffice(t, desk.Policy{Idle: 30 * time.Minute, Longest: 2 * time.Hour})
	id := o.person(t, "zhang")
	alive := func(secret string) bool {
		t.Helper()
		v, err := o.Resume(ctx, secret, here)
		check(t, err)
		return v != nil
	}
	idle, long := o.visit(t, "zhang").Session.Secret, o.visit(t, "zhang").Session.Secret
	for range 6 {
		o.now = o.now.Add(19 * time.Minute)
		if !alive(long) {
			t.Fatal("a session in use has ended early")
		}
	}
	if alive(idle) {
		t.Error("an idle session goes on")
	}
	o.now = o.now.Add(19 * time.Minute)
	if alive(long) {
		t.Error("a session of more than two hours goes on")
	}

	a, b := o.visit(t, "zhang"), o.visit(t, "zhang")
	list, err := o.Sessions(ctx, a.Who, id)
	check(t, err)
	if len(list) != 2 {
		t.Errorf("%d sessions listed", len(list))
	}
	check(t, o.RevokeSession(ctx, a.Who, id, b.Session.ID))
	if alive(b.Session.Secret) || !alive(a.Session.Secret) {
		t.Error("the wrong session was revoked")
	}
	o.person(t, "li")
	li := o.visit(t, "li")
	if err := o.RevokeSession(ctx, li.Who, id, a.Session.ID); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("somebody else's session: %v", err)
	}
	c := o.visit(t, "zhang")
	if err := o.ChangePassword(ctx, c, "wrong", "another good password", "another good password"); faultKey(err) != "password.present" {
		t.Error(err)
	}
	if err := o.ChangePassword(ctx, c, goodPassword, goodPassword, goodPassword); faultKey(err) != "password.same" {
		t.Error(err)
	}
	check(t, o.ChangePassword(ctx, c, goodPassword, "another good password", "another good password"))
	if alive(a.Session.Secret) || !alive(c.Session.Secret) {
		t.Error("a changed password must end the other sessions, and only them")
	}
	check(t, o.DisableAccount(ctx, desk.Operator(), id, true, "test"))
	if alive(c.Session.Secret) {
		t.Error("a disabled account goes on")
	}
}

func TestFactor(t *testing.T) {
	ctx := context.Background()
	o := openOffice(t, desk.Policy{StrongRoles: []desk.Role{desk.Supervisor}})
	id := o.person(t, "wang", desk.Supervisor)
	v := o.visit(t, "wang")
	if v.Stage != desk.NeedsFactor || v.Who.Strong {
		t.Fatalf("stage %q", v.Stage)
	}
	offer, err := o.Enrol(v, "界名")
	check(t, err)
	if _, _, err := o.ConfirmFactor(ctx, v, offer.Sealed, "000000"); faultKey(err) != "factor.wrong" {
		t.Errorf("a wrong code: %v", err)
	}
	codes, renewed, err := o.ConfirmFactor(ctx, v, offer.Sealed, code(t, offer.Secret, o.now))
	check(t, err)
	if len(codes) != 10 {
		t.Errorf("%d recovery codes", len(codes))
	}
	if old, err := o.Resume(ctx, v.Session.Secret, here); err != nil || old != nil {
		t.Errorf("the secret from before the second factor still counts: %v", err)
	}
	if now, err := o.Resume(ctx, renewed, here); err != nil || now.Stage != desk.Passed || !now.Who.Strong {
		t.Errorf("after setting up: %+v, error %v", now, err)
	}
	var sealed []byte
	check(t, o.store.pool.QueryRow(ctx, "SELECT factor FROM desk.credential WHERE account_id = $1", int64(id)).Scan(&sealed))
	if strings.Contains(string(sealed), offer.Secret) || len(sealed) < 40 {
		t.Error("the secret is not sealed")
	}

	v = o.visit(t, "wang")
	if v.Stage != desk.NeedsCode {
		t.Fatalf("stage %q", v.Stage)
	}
	if _, err := o.ShowCode(ctx, v, code(t, offer.Secret, o.now)); faultKey(err) != "factor.wrong" {
		t.Errorf("the code that set it up was taken again: %v", err)
	}
	if _, _, err := o.ConfirmFactor(ctx, v, offer.Sealed, code(t, offer.Secret, o.now)); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("another factor was set without showing the present one: %v", err)
	}
	o.now = o.now.Add(30 * time.Second)
	_, err = o.ShowCode(ctx, v, code(t, offer.Secret, o.now)[:3]+" "+code(t, offer.Secret, o.now)[3:])
	check(t, err)
	v = o.visit(t, "wang")
	if _, err := o.ShowCode(ctx, v, code(t, offer.Secret, o.now)); faultKey(err) != "factor.wrong" {
		t.Errorf("a code was taken twice: %v", err)
	}
	_, err = o.ShowCode(ctx, v, codes[3])
	check(t, err)
	v = o.visit(t, "wang")
	if _, err := o.ShowCode(ctx, v, codes[3]); faultKey(err) != "factor.wrong" {
		t.Errorf("a recovery code was taken twice: %v", err)
	}
	if left, err := o.RecoveryLeft(ctx, v.Who); err != nil || left != 9 {
		t.Errorf("%d left, error %v", left, err)
	}
	var blocked *desk.Blocked
	for range 9 {
		if _, err = o.ShowCode(ctx, v, "000000"); errors.As(err, &blocked) {
			break
		}
	}
	if blocked == nil {
		t.Error("codes can be guessed without end")
	}
	check(t, o.RemoveFactor(ctx, desk.Operator(), id, "lost the telephone"))
	if v := o.visit(t, "wang"); v.Stage != desk.NeedsFactor {
		t.Errorf("after the removal: stage %q", v.Stage)
	}
}

func TestGrant_keeps_duties_apart(t *testing.T) {
	ctx := context.Background()
	o := openOffice(t, desk.Policy{})
	o.person(t, "sec", desk.SecurityAdmin)
	o.person(t, "sys", desk.SystemAdmin)
	editor := o.person(t, "bian", desk.DivisionEditor)
	sec, sys := o.visit(t, "sec").Who, o.visit(t, "sys").Who
	for _, c := range []struct {
		name  string
		who   *desk.Principal
		grant desk.Grant
		want  string
	}{
		{"an administrator to an editor", sec, desk.Grant{Account: editor, Role: desk.AuditAdmin}, "grant.apart"},
		{"another role to an administrator", sec, desk.Grant{Account: sys.Account, Role: desk.DivisionEditor}, "grant.apart"},
		{"a second administrator role", sec, desk.Grant{Account: sys.Account, Role: desk.AuditAdmin}, "grant.apart"},
		{"to oneself", sec, desk.Grant{Account: sec.Account, Role: desk.SecurityAdmin}, "grant.self"},
		{"a role that is not", sec, desk.Grant{Account: editor, Role: "KING"}, "grant.role"},
		{"a department without name", sec, desk.Grant{Account: editor, Role: desk.Department}, "grant.department"},
		{"what is over", sec, desk.Grant{Account: editor, Role: desk.Supervisor, ValidUntil: registry.Date(2020, 1, 1)}, "grant.until"},
	} {
		if _, err := o.GrantRole(ctx, c.who, c.grant, "test"); faultKey(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := o.GrantRole(ctx, sys, desk.Grant{Account: editor, Role: desk.Supervisor}, "x"); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("the system administrator grants: %v", err)
	}
	if _, _, err := o.MakeAccount(ctx, sec, desk.Account{Login: "new", Name: "new"}, ""); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("the security administrator makes accounts: %v", err)
	}
	if _, err := o.GrantRole(ctx, sec, desk.Grant{Account: editor, Role: desk.Supervisor}, " "); faultKey(err) != "reason" {
		t.Errorf("without a reason: %v", err)
	}
	// Behind our back, the database refuses too.
	forged := desk.Grant{Account: sys.Account, Role: desk.AuditAdmin, ValidUntil: registry.NoEnd}
	if _, err := o.store.AddGrant(ctx, sec, forged, "x", desk.Access{At: o.now, Kind: desk.RoleGranted}); registry.KindOf(err) != registry.KindConflict || !strings.Contains(err.Error(), "三员分立") {
		t.Errorf("the database allows two administrators in one: %v", err)
	}
	grant, err := o.GrantRole(ctx, sec, desk.Grant{Account: editor, Role: desk.Supervisor}, "deputy")
	check(t, err)
	if !o.visit(t, "bian").Who.Has(desk.ApproveCase) {
		t.Error("a grant has no effect")
	}
	check(t, o.RevokeGrant(ctx, sec, grant, "no longer"))
	if o.visit(t, "bian").Who.Has(desk.ApproveCase) {
		t.Error("a revocation has no effect")
	}
	if err := o.RevokeGrant(ctx, sec, grant, "again"); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("revoked twice: %v", err)
	}
	list, err := o.Grants(ctx, sec, editor)
	check(t, err)
	if len(list) != 2 || list[0].Why != "no longer" || list[0].RevokedBy != "sec" || list[0].InForce(registry.DayOf(o.now)) || !list[1].InForce(registry.DayOf(o.now)) {
		t.Errorf("%+v", list)
	}
	problems, err := o.store.Check(ctx, nil)
	check(t, err)
	if len(problems) > 0 {
		t.Errorf("check finds %v", problems)
	}
}

func TestDelegation(t *testing.T) {
	ctx := context.Background()
	o := openOffice(t, desk.Policy{})
	o.person(t, "zhang", desk.Supervisor)
	o.person(t, "li", "PREF_REVIEWER")
	o.person(t, "sec", desk.SecurityAdmin)
	zhang := o.visit(t, "zhang").Who
	today := registry.DayOf(o.now)
	for want, c := range map[string][2]registry.Day{"delegation.past": {today - 1, today}, "delegation.order": {today + 2, today + 1}, "delegation.long": {today, today + 60}} {
		if _, err := o.Delegate(ctx, zhang, "li", c[0], c[1], "leave"); faultKey(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	id, err := o.Delegate(ctx, zhang, "li", today+1, today+2, "leave")
	check(t, err)
	_, err = o.Delegate(ctx, o.visit(t, "sec").Who, "li", today, today+2, "leave")
	check(t, err)
	if li := o.visit(t, "li").Who; li.Has(desk.ApproveCase) || li.Has(desk.GrantRights) {
		t.Error("before its first day, or of an administrator")
	}
	o.now = o.now.Add(24 * time.Hour)
	li := o.visit(t, "li").Who
	by, ok := li.Acting(desk.ApproveCase, &desk.Object{Kind: "ADJUSTMENT"})
	if !ok || by == nil || by.From != zhang.Account || by.Name != "zhang" {
		t.Errorf("%+v, %v", by, ok)
	}
	if err := o.EndDelegation(ctx, li, id); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("ended by who does the work: %v", err)
	}
	check(t, o.EndDelegation(ctx, zhang, id))
	if o.visit(t, "li").Who.Has(desk.ApproveCase) {
		t.Error("after its end")
	}
}

func TestToken(t *testing.T) {
	ctx := context.Background()
	o := openOffice(t, desk.Policy{})
	id := o.person(t, "zhang", desk.Supervisor)
	zhang := o.visit(t, "zhang").Who
	text, err := o.MakeToken(ctx, zhang, "script", []string{"case.read"}, 24*time.Hour)
	check(t, err)
	if !strings.HasPrefix(text, "jm_") || len(text) < 40 {
		t.Errorf("token %q", text)
	}
	who, err := o.Bearer(ctx, text, here)
	check(t, err)
	if !who.Has(desk.ReadCase) || who.Has(desk.ApproveCase) {
		t.Error("the scope is not kept")
	}
	if _, err := o.MakeToken(ctx, who, "more", []string{"case"}, time.Hour); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("a token makes a token: %v", err)
	}
	if _, err := o.Sessions(ctx, who, id); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("a token lists sessions: %v", err)
	}
	if _, err := o.MakeToken(ctx, zhang, "", []string{"case.burn"}, 1000*24*time.Hour); err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("three faults: %v", err)
	}
	list, err := o.Tokens(ctx, zhang, id)
	check(t, err)
	if len(list) != 1 || !list[0].UsedAt.Equal(o.now) {
		t.Errorf("%+v", list)
	}
	dead := func(when string) {
		t.Helper()
		if who, err := o.Bearer(ctx, text, here); err != nil || who != nil {
			t.Errorf("%s: %v, error %v", when, who, err)
		}
	}
	o.now = o.now.Add(25 * time.Hour)
	dead("expired")
	o.now = o.now.Add(-25 * time.Hour)
	check(t, o.RevokeToken(ctx, zhang, id, list[0].ID))
	dead("revoked")
}

func TestAccess_is_append_only(t *testing.T) {
	ctx := context.Background()
	o := openOffice(t, desk.Policy{})
	o.person(t, "zhang", desk.Supervisor)
	_, _ = o.SignIn(ctx, "zhang", "wrong", here)
	rows, err := o.store.pool.Query(ctx, "SELECT kind, address FROM desk.access ORDER BY id")
	check(t, err)
	var kinds []string
	for rows.Next() {
		var kind, address string
		check(t, rows.Scan(&kind, &address))
		if address != "" && address != "192.0.2.0/24" {
			t.Errorf("address %q", address)
		}
		kinds = append(kinds, kind)
	}
	if got := strings.Join(kinds, " "); got != "ACCOUNT_MADE GRANTED SIGNED_IN PASSWORD_CHANGED REFUSED" {
		t.Errorf("written down: %s", got)
	}
	for _, evil := range []string{"UPDATE desk.access SET kind = 'X'", "DELETE FROM desk.access", "TRUNCATE desk.access"} {
		if _, err := o.store.pool.Exec(ctx, evil); err == nil {
			t.Errorf("%s is allowed", evil)
		}
	}
}
