package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/desk/demo"
	"jieming/registry/postgres"
)

// loginsFile holds the logins of the demonstration, for whoever runs it.
const loginsFile = "logins.txt"

// staffDemonstration fills the desk of the demonstration: a person for each
// role, whose logins it prints, and a case in every state. It takes some seconds,
// beside the server, and what a stop breaks off goes on at the next start.
func (u upCommand) staffDemonstration(ctx context.Context, dsn string, log *slog.Logger, c *console) {
	err := func() error {
		store, err := postgres.Open(ctx, dsn+"&synchronous_commit=off") // what a crash loses, the next start plays again
		if err != nil {
			return err
		}
		defer store.Close()
		s := &staging{store: store, desk: desk.New(desk.Options{Store: store, Log: log, Policy: desk.Policy{Cost: chanceCost}}), file: filepath.Join(u.Data, loginsFile)}
		return s.play(ctx, c.err)
	}()
	if err != nil && ctx.Err() == nil {
		log.Error("the desk of the demonstration is not complete", "error", err)
		fmt.Fprintln(c.err, "the desk of the demonstration is not complete:", err)
	}
}

// chanceCost is what a guess at a password of the demonstration costs: those are of
// 130 bits of chance, which no slow digest makes safer.
var chanceCost = desk.Cost{MemoryKiB: 8 << 10, Passes: 1, Threads: 1}

// staging is the making of the demonstration's desk.
type staging struct {
	store    *postgres.Store
	desk     *desk.Desk
	file     string
	at       registry.Instant
	counties []registry.UnitRef
	home     registry.UnitRef // the county of those who report for one
}

func (s *staging) play(ctx context.Context, out io.Writer) error {
	cast, err := s.engage(ctx, out)
	if err != nil {
		return err
	}
	stage := demo.Stage{Store: s.store, Now: s.desk.Now(), Cast: cast, Units: s.counties, Home: s.home, Zone: s.zoneUnit(), Redraw: s.redraw, Around: s.around}
	page, err := s.desk.Cases(ctx, cast["AUDITOR"], desk.CaseQuery{DueBy: registry.NoEnd, Limit: 1})
	if err == nil && page.Total < demo.Cases() {
		err = demo.Play(ctx, stage)
	}
	if err == nil {
		err = demo.Tend(ctx, stage)
	}
	if err == nil {
		fmt.Fprintln(out, "a case in every state is at the desk")
	}
	return err
}

// engage makes a person for each role, and prints their logins.
func (s *staging) engage(ctx context.Context, out io.Writer) (demo.Cast, error) {
	if err := s.place(ctx); err != nil {
		return nil, err
	}
	password, err := s.password()
	if err != nil {
		return nil, err
	}
	cast := demo.Cast{}
	for i, role := range desk.Rights().Roles {
		who, err := s.person(ctx, i, role.Role, password)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", role.Role, err)
		}
		cast[role.Role] = who
	}
	s.print(out, password)
	return cast, nil
}

// place finds the units in which the demonstration plays.
func (s *staging) place(ctx context.Context) error {
	p, err := s.store.Publication(ctx, time.Time{})
	if err != nil {
		return err
	}
	s.at = registry.Instant{Valid: s.desk.Today(), Recorded: p.AsOf}
	err = s.store.Units(ctx, registry.UnitQuery{At: s.at, Level: registry.LevelCounty}, func(u *registry.Unit) error {
		if u.Areal {
			s.counties = append(s.counties, u.UnitRef)
		}
		return nil
	})
	if err == nil && len(s.counties) == 0 {
		err = errors.New("the registry has no counties")
	}
	if err != nil {
		return err
	}
	s.home = s.counties[0]
	for _, c := range s.counties {
		if c.Name == "公主岭市" {
			s.home = c
		}
	}
	return nil
}

// password is what all logins of the demonstration have: chosen by chance at the
// first start, and kept beside the database.
func (s *staging) password() (string, error) {
	text, err := os.ReadFile(s.file)
	if err == nil {
		if _, after, ok := strings.Cut(string(text), "password: "); ok {
			line, _, _ := strings.Cut(after, "\n")
			return line, nil
		}
		return "", fmt.Errorf("%s holds no password; delete the data folder to begin anew", s.file)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	password := strings.ToLower(rand.Text())
	return password, os.WriteFile(s.file, []byte("Logins of the demonstration: the names of jieming user list\npassword: "+password+"\n"), 0o600)
}

// names of the people of the demonstration, in the order of the roles.
var demoNames = strings.Fields("陈立群 林清和 赵界平 孙晓县 周德州 吴长白 郑主任 王登记 冯住建 褚教授 卫守桩 蒋申请 沈发布 韩归档 杨审计 朱副厅长 秦系统 尤安全 许审查")

// person makes the person of a role, unless there is one, and signs them in.
func (s *staging) person(ctx context.Context, i int, role desk.Role, password string) (*desk.Principal, error) {
	login := demoLogin(role)
	id, first, err := s.desk.MakeAccount(ctx, desk.Operator(), desk.Account{Login: login, Name: demoNames[i%len(demoNames)], Language: "zh", Department: departmentOf(role)}, "")
	if known := (*desk.Fault)(nil); errors.As(err, &known) && known.Key == "account.taken" {
		return s.enter(ctx, login, password, "")
	}
	if err != nil {
		return nil, err
	}
	g := desk.Grant{Account: id, Role: role, ValidUntil: registry.NoEnd, Department: map[desk.Role]string{desk.Department: "HOUSING"}[role]}
	if err := s.jurisdiction(ctx, &g); err != nil {
		return nil, err
	}
	if _, err := s.desk.GrantRole(ctx, desk.Operator(), g, "演示"); err != nil {
		return nil, err
	}
	return s.enter(ctx, login, password, first)
}

// enter signs a person in, whose first password, if any, gives way to the one of
// the demonstration; and out again: acts need no session.
func (s *staging) enter(ctx context.Context, login, password, first string) (*desk.Principal, error) {
	present := password
	if first != "" {
		present = first
	}
	session, err := s.desk.SignIn(ctx, login, present, desk.Client{})
	if err != nil {
		return nil, err
	}
	visit, err := s.desk.Resume(ctx, session.Secret, desk.Client{})
	if err != nil || visit == nil {
		return nil, errors.Join(err, errors.New("the session is gone"))
	}
	if first != "" {
		if err := s.desk.ChangePassword(ctx, visit, first, password, password); err != nil {
			return nil, err
		}
	}
	return visit.Who, s.desk.SignOut(ctx, visit)
}

// jurisdiction gives those who report for a county, a prefecture or a zone theirs.
func (s *staging) jurisdiction(ctx context.Context, g *desk.Grant) error {
	switch g.Role {
	case "COUNTY_REPORTER", "WARDEN", "APPLICANT":
		g.Unit = s.home.ID
	case "PREF_REVIEWER":
		path, err := s.store.UnitPath(ctx, s.home.ID, s.desk.Today())
		if err != nil {
			return err
		}
		g.Unit = path[min(1, len(path)-1)]
	case "ZONE_REPORTER":
		zones, err := s.desk.Zones(ctx, desk.Operator())
		if err != nil {
			return err
		}
		if len(zones) > 0 {
			g.Zone = zones[0].ID
			return nil
		}
		g.Zone, err = s.desk.MakeZone(ctx, desk.Operator(), desk.Zone{Name: "长白山保护开发区管委会", Units: []registry.UnitID{s.zoneUnit().ID}})
		return err
	}
	return nil
}

// zoneUnit is the unit that the functional zone of the demonstration reports for:
// a county at 长白山 where there is one.
func (s *staging) zoneUnit() registry.UnitRef {
	found := s.counties[len(s.counties)-1]
	for _, c := range s.counties {
		if c.Name == "抚松县" || c.Name == "安图县" {
			found = c
		}
	}
	return found
}

// around is the area of a county and of those of its prefecture.
func (s *staging) around(ctx context.Context, county registry.UnitID) ([]demo.Area, error) {
	path, err := s.store.UnitPath(ctx, county, s.at.Valid)
	if err != nil {
		return nil, err
	}
	var out []demo.Area
	err = s.store.Units(ctx, registry.UnitQuery{At: s.at, Level: registry.LevelCounty, Parent: path[min(1, len(path)-1)], Geometry: true}, func(u *registry.Unit) error {
		if len(u.WKB) == 0 {
			return nil
		}
		g, err := wkb.Unmarshal(u.WKB)
		if shape, ok := g.(orb.MultiPolygon); ok && len(shape) > 0 {
			out = append(out, demo.Area{Name: u.Name, Shape: shape, Label: u.Label})
			if u.ID == county {
				out[0], out[len(out)-1] = out[len(out)-1], out[0]
			}
		}
		return err
	})
	return out, err
}

func departmentOf(role desk.Role) string {
	if role == desk.Department {
		return "HOUSING"
	}
	return "CIVIL"
}

// demoLogin is how the person of a role signs in: division-editor.
func demoLogin(role desk.Role) string {
	return strings.NewReplacer("_", "-", "div-", "division-", "pref-", "prefecture-").Replace(strings.ToLower(strings.ReplaceAll(string(role), "_", "-")))
}

// print lists the logins.
func (s *staging) print(out io.Writer, password string) {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, role := range desk.Rights().Roles {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", demoLogin(role.Role), role.Zh, role.En)
	}
	_ = table.Flush() // to memory
	fmt.Fprintf(out, "logins of the demonstration, at /desk, all with the password %s\n%s", password, b.String())
}
