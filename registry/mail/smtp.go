// Package mail hands letters to an SMTP server.
package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"jieming/registry/desk"
)

// Sender hands letters to one server. It is safe for concurrent use; each
// letter is a connection of its own.
type Sender struct {
	host    string
	from    *mail.Address
	options []gomail.Option
}

// Options are what a Sender is made of.
type Options struct {
	// URL names the server: smtp://user:password@host:587 upgrades to TLS with
	// STARTTLS, and refuses a server that cannot; smtps://…:465 speaks TLS from
	// the beginning. tls=off goes without, which only a server on this machine
	// gets unasked; ca=FILE trusts the certificates in a PEM file besides those
	// of the system.
	URL      string
	Password string // instead of that in the URL
	From     string // 界名 <jieming@example.gov.cn>
	Timeout  time.Duration
}

// New reads the options; it does not connect. Errors name no password.
func New(o Options) (*Sender, error) {
	from, err := mail.ParseAddress(o.From)
	if err != nil {
		return nil, fmt.Errorf("mail address of the sender %q: %w (give --mail-from '界名 <name@example.org>')", o.From, err)
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("SMTP server: give --smtp-url smtp://user@host:587 (STARTTLS) or smtps://user@host:465")
	}
	s := &Sender{host: u.Hostname(), from: from}
	s.options = []gomail.Option{gomail.WithTimeout(orDefault(o.Timeout))}
	if err := s.secure(u); err != nil {
		return nil, err
	}
	if user := u.User.Username(); user != "" {
		password, _ := u.User.Password()
		if o.Password != "" {
			password = o.Password
		}
		s.options = append(s.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(user), gomail.WithPassword(password))
	}
	return s, nil
}

func orDefault(t time.Duration) time.Duration {
	if t == 0 {
		return 30 * time.Second
	}
	return t
}

// secure sets port and TLS.
func (s *Sender) secure(u *url.URL) error {
	port := 587
	if u.Scheme == "smtps" {
		port = 465
	}
	if given := u.Port(); given != "" {
		n, err := strconv.Atoi(given)
		if err != nil || n < 1 || n > 65535 {
			return fmt.Errorf("SMTP server: %q is no port", given)
		}
		port = n
	}
	config := &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12}
	if file := u.Query().Get("ca"); file != "" {
		var err error
		if config.RootCAs, err = trust(file); err != nil {
			return err
		}
	}
	policy := gomail.TLSMandatory
	switch {
	case u.Query().Get("tls") == "off":
		policy = gomail.NoTLS
	case local(s.host):
		policy = gomail.TLSOpportunistic
	}
	s.options = append(s.options, gomail.WithTLSConfig(config), gomail.WithTLSPolicy(policy), gomail.WithPort(port))
	if u.Scheme == "smtps" {
		s.options = append(s.options, gomail.WithSSL())
	}
	return nil
}

func trust(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("certificates of the SMTP server: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("certificates of the SMTP server: %s holds none", file)
	}
	return pool, nil
}

func local(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// Domain is what Message-IDs end in: that of the sender's address.
func (s *Sender) Domain() string {
	_, domain, _ := strings.Cut(s.from.Address, "@")
	return domain
}

// Send implements [desk.Mailer].
func (s *Sender) Send(ctx context.Context, l desk.Letter) error {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(s.from)
	to, err := mail.ParseAddress(l.To)
	if err != nil || strings.ContainsAny(l.To+l.Subject+l.MessageID, "\r\n") {
		return &desk.Undeliverable{Answer: "the address of the recipient is none"}
	}
	if err := m.To(to.Address); err != nil {
		return &desk.Undeliverable{Answer: err.Error()}
	}
	m.Subject(l.Subject)
	m.SetMessageIDWithValue(l.MessageID)
	m.SetDateWithValue(l.At)
	m.SetGenHeader("Auto-Submitted", "auto-generated") // so that out-of-office answers stay away (RFC 3834)
	m.SetBodyString(gomail.TypeTextPlain, l.Body)
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("prepare mail: %w", err)
	}
	return judge(client.DialAndSendWithContext(ctx, m))
}

// judge tells refusals for good from troubles that pass. What is wrong with our
// own login or sender is a trouble: somebody will put it right.
func judge(err error) error {
	var refused *gomail.SendError
	if !errors.As(err, &refused) || refused.ErrorCode() < 500 {
		return err
	}
	switch refused.Reason {
	case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
		return &desk.Undeliverable{Answer: err.Error()}
	}
	return err
}
