package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/postgres"
)

// userCommand manages accounts from the command line: the first administrators,
// and whatever they cannot do themselves any more.
type userCommand struct {
	Add     userAdd     `cmd:"" help:"Make an account."`
	List    userList    `cmd:"" help:"List accounts and what they are trusted with."`
	Grant   userGrant   `cmd:"" help:"Trust an account with a role."`
	Revoke  userRevoke  `cmd:"" help:"Take roles back."`
	Disable userDisable `cmd:"" help:"Keep an account out, or let it in again."`
	Reset   userReset   `cmd:"" help:"Give an account another password, or take its second factor off."`
}

// userFlags say which registry the accounts are of.
type userFlags struct {
	databaseFlags
	Data string `placeholder:"DIR" type:"path" help:"Folder of jieming up; goes before a database URL. Its database is started for the work when it does not run."`
}

// onDesk runs do with a desk over the database.
func (f userFlags) onDesk(ctx context.Context, c *console, do func(*desk.Desk, *postgres.Store) error) (err error) {
	dsn, stop, err := checkStoreCommand{databaseFlags: f.databaseFlags, Data: f.Data}.database(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	store, err := postgres.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer store.Close()
	return do(desk.New(desk.Options{Store: store}), store)
}

// passwordFlags say where a password comes from: never from a flag, because
// others can read a command line.
type passwordFlags struct {
	Generate bool `help:"Choose a password by chance, and print it. Without it, the password is read from the terminal, or from standard input."`
}

// read reads a password, twice from a terminal.
func (f passwordFlags) read(c *console) (string, error) {
	if f.Generate {
		return "", nil
	}
	terminal, ok := c.in.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(c.in, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read password: %w", err)
		}
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", errors.New("no password on standard input: write one, or give --generate")
		}
		return line, nil
	}
	first, err := ask(c.err, terminal, "password: ")
	if err != nil {
		return "", err
	}
	again, err := ask(c.err, terminal, "once more: ")
	if err == nil && first != again {
		err = errors.New("the two are not the same")
	}
	return first, err
}

func ask(to io.Writer, terminal *os.File, prompt string) (string, error) {
	fmt.Fprint(to, prompt)
	text, err := term.ReadPassword(int(terminal.Fd()))
	fmt.Fprintln(to)
	return string(text), err
}

// say prints a password that was made by chance.
func (f passwordFlags) say(c *console, password string) {
	if f.Generate {
		fmt.Fprintln(c.out, "password:", password)
	}
}

type userAdd struct {
	userFlags
	passwordFlags
	Login      string `arg:"" help:"How the person signs in: a–z, 0–9 and . _ @ -."`
	Name       string `required:"" help:"The person's name."`
	Department string `placeholder:"CODE" help:"Where the person works: CIVIL, HOUSING, …"`
	Mail       string `help:"Where notifications go."`
	Language   string `default:"zh" enum:"zh,en" help:"zh or en (default ${default})."`
}

func (userAdd) Help() string {
	return "The person chooses another password at the first sign-in. An account may do nothing until it is trusted with a role.\n\n" +
		"Example:\n\n    jieming user add zhangwei --name 张伟 --generate"
}

// Run makes the account.
func (u userAdd) Run(ctx context.Context, c *console) error {
	password, err := u.read(c)
	if err != nil {
		return err
	}
	return u.onDesk(ctx, c, func(d *desk.Desk, _ *postgres.Store) error {
		n := desk.Account{Login: u.Login, Name: u.Name, Department: u.Department, Mail: u.Mail, Language: u.Language}
		_, password, err := d.MakeAccount(ctx, desk.Operator(), n, password)
		if err != nil {
			return err
		}
		fmt.Fprintln(c.out, "made account", u.Login)
		u.say(c, password)
		return nil
	})
}

type userList struct {
	userFlags
	All bool `help:"Disabled accounts too."`
}

func (userList) Help() string { return "Example:\n\n    jieming user list" }

// Run prints a table: login, name, state, roles with their grants.
func (u userList) Run(ctx context.Context, c *console) error {
	return u.onDesk(ctx, c, func(d *desk.Desk, _ *postgres.Store) error {
		accounts, err := d.Accounts(ctx, desk.Operator(), desk.AccountQuery{Disabled: u.All})
		if err != nil {
			return err
		}
		grants, err := d.Grants(ctx, desk.Operator(), 0)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
		fmt.Fprintln(w, "LOGIN\tNAME\tSTATE\tROLES")
		for _, a := range accounts {
			state := "active"
			if a.Disabled {
				state = "disabled"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", a.Login, a.Name, state, rolesOf(grants, a.ID, d))
		}
		return w.Flush()
	})
}

// rolesOf writes the grants of an account that are in force.
func rolesOf(grants []desk.GrantRecord, id desk.AccountID, d *desk.Desk) string {
	var roles []string
	for _, g := range grants {
		if g.Account == id && g.InForce(d.Today()) {
			roles = append(roles, fmt.Sprintf("%s@%s", g.Role, cmp.Or(g.UnitName, g.ZoneName, "*")))
		}
	}
	return cmp.Or(strings.Join(roles, " "), "-")
}

type userGrant struct {
	userFlags
	Login      string `arg:"" help:"The account."`
	Role       string `arg:"" help:"The role, as in docs/rights.md."`
	Code       string `placeholder:"CODE" help:"Division code of the unit whose subtree it covers; without it, the whole registry."`
	Department string `placeholder:"CODE" help:"For DEPARTMENT: whose opinion the person gives."`
	Until      string `placeholder:"DATE" help:"The last day; without it, until it is revoked."`
	Reason     string `required:"" help:"Why."`
}

func (userGrant) Help() string {
	return "The three administrators (SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN) hold no other role.\n\n" +
		"Examples:\n\n    jieming user grant zhangwei SYSTEM_ADMIN --reason 首次部署\n    jieming user grant lina COUNTY_REPORTER --code 220113 --reason 报送员"
}

// Run grants the role.
func (u userGrant) Run(ctx context.Context, c *console) error {
	return u.onDesk(ctx, c, func(d *desk.Desk, store *postgres.Store) error {
		a, err := d.AccountByLogin(ctx, desk.Operator(), u.Login)
		if err != nil {
			return err
		}
		g := desk.Grant{Account: a.ID, Role: desk.Role(strings.ToUpper(u.Role)), Department: u.Department}
		if u.Code != "" {
			if g.Unit, err = unitOf(ctx, store, u.Code, d.Today()); err != nil {
				return err
			}
		}
		if u.Until != "" {
			last, err := registry.ParseDay(u.Until)
			if err != nil {
				return err
			}
			g.ValidUntil = last + 1
		}
		id, err := d.GrantRole(ctx, desk.Operator(), g, u.Reason)
		if err == nil {
			fmt.Fprintf(c.out, "granted %s to %s (grant %d)\n", g.Role, u.Login, id)
		}
		return err
	})
}

// unitOf is the unit that bears a code today.
func unitOf(ctx context.Context, store *postgres.Store, code string, today registry.Day) (registry.UnitID, error) {
	seq, err := store.Latest(ctx)
	if err != nil {
		return 0, err
	}
	code += strings.Repeat("0", max(0, 12-len(code)))
	u, err := store.UnitByCode(ctx, code, registry.Instant{Valid: today, Recorded: seq})
	if err != nil {
		return 0, err
	}
	return u.ID, nil
}

type userRevoke struct {
	userFlags
	Login  string `arg:"" help:"The account."`
	Role   string `arg:"" help:"The role that is taken back, wherever it was granted."`
	Reason string `required:"" help:"Why."`
}

func (userRevoke) Help() string {
	return "Example:\n\n    jieming user revoke zhangwei SYSTEM_ADMIN --reason 调离"
}

// Run revokes every grant of the role that is in force.
func (u userRevoke) Run(ctx context.Context, c *console) error {
	return u.onDesk(ctx, c, func(d *desk.Desk, _ *postgres.Store) error {
		a, err := d.AccountByLogin(ctx, desk.Operator(), u.Login)
		if err != nil {
			return err
		}
		grants, err := d.Grants(ctx, desk.Operator(), a.ID)
		if err != nil {
			return err
		}
		n := 0
		for _, g := range grants {
			if g.InForce(d.Today()) && strings.EqualFold(string(g.Role), u.Role) {
				if err := d.RevokeGrant(ctx, desk.Operator(), g.ID, u.Reason); err != nil {
					return err
				}
				n++
			}
		}
		if n == 0 {
			return fmt.Errorf("%s does not hold %s (see jieming user list)", u.Login, u.Role)
		}
		fmt.Fprintf(c.out, "revoked %s of %s (%d)\n", strings.ToUpper(u.Role), u.Login, n)
		return nil
	})
}

type userDisable struct {
	userFlags
	Login  string `arg:"" help:"The account."`
	Undo   bool   `help:"Let it in again."`
	Reason string `required:"" help:"Why."`
}

func (userDisable) Help() string {
	return "Its sessions and tokens end at once; what it did stays.\n\nExample:\n\n    jieming user disable zhangwei --reason 退休"
}

// Run disables or enables the account.
func (u userDisable) Run(ctx context.Context, c *console) error {
	return u.onDesk(ctx, c, func(d *desk.Desk, _ *postgres.Store) error {
		a, err := d.AccountByLogin(ctx, desk.Operator(), u.Login)
		if err != nil {
			return err
		}
		if err := d.DisableAccount(ctx, desk.Operator(), a.ID, !u.Undo, u.Reason); err != nil {
			return err
		}
		word := "disabled"
		if u.Undo {
			word = "enabled"
		}
		fmt.Fprintln(c.out, word, u.Login)
		return nil
	})
}

type userReset struct {
	userFlags
	passwordFlags
	Login  string `arg:"" help:"The account."`
	Factor bool   `help:"Take its second factor off instead, and leave the password."`
	Reason string `help:"Why; needed with --factor."`
}

func (userReset) Help() string {
	return "All sessions of the account end, and the person chooses another password at the next sign-in.\n\n" +
		"Examples:\n\n    jieming user reset zhangwei --generate\n    jieming user reset zhangwei --factor --reason 手机丢失"
}

// Run resets the password, or the second factor.
func (u userReset) Run(ctx context.Context, c *console) error {
	password := ""
	if !u.Factor {
		var err error
		if password, err = u.read(c); err != nil {
			return err
		}
	}
	return u.onDesk(ctx, c, func(d *desk.Desk, _ *postgres.Store) error {
		a, err := d.AccountByLogin(ctx, desk.Operator(), u.Login)
		if err != nil {
			return err
		}
		if u.Factor {
			if err := d.RemoveFactor(ctx, desk.Operator(), a.ID, u.Reason); err != nil {
				return err
			}
			fmt.Fprintln(c.out, "took the second factor off", u.Login)
			return nil
		}
		if password, err = d.ResetPassword(ctx, desk.Operator(), a.ID, password); err != nil {
			return err
		}
		fmt.Fprintln(c.out, "reset the password of", u.Login)
		u.say(c, password)
		return nil
	})
}
