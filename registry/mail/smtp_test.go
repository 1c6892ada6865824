package mail

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/emersion/go-message/charset"
	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"pgregory.net/rapid"

	"jieming/registry/desk"
)

// box is a mail server of another make, with what it took.
type box struct {
	mu      sync.Mutex
	took    [][]byte
	to      []string
	users   []string
	refuse  func(to string) error // nil takes everything
	secured []bool
}

func (b *box) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, secured := c.TLSConnectionState()
	return &session{box: b, secured: secured}, nil
}

type session struct {
	box     *box
	to      string
	secured bool
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "jieming" || password != "geheim" {
			return smtp.ErrAuthFailed
		}
		s.box.mu.Lock()
		defer s.box.mu.Unlock()
		s.box.users = append(s.box.users, user)
		return nil
	}), nil
}
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.to = to
	if s.box.refuse != nil {
		return s.box.refuse(to)
	}
	return nil
}
func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.took, s.box.to, s.box.secured = append(s.box.took, data), append(s.box.to, s.to), append(s.box.secured, s.secured)
	return err
}
func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// serve starts the server on a free port. implicit speaks TLS from the
// beginning. It returns the address and the file of the certificate.
func serve(t *testing.T, b *box, implicit, offered bool) (address, ca string) {
	t.Helper()
	server := smtp.NewServer(b)
	server.AllowInsecureAuth = true
	server.Domain = "localhost"
	pair, ca := certificate(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if offered {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	listener := l
	if implicit {
		listener = tls.NewListener(l, server.TLSConfig)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return l.Addr().String(), ca
}

func certificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

func sender(t *testing.T, url string) *Sender {
	t.Helper()
	s, err := New(Options{URL: url, From: "界名工作台 <desk@jieming.example>", Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var letter = desk.Letter{To: "wang@civil.example", MessageID: "abc123@jieming.example", At: time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC),
	Subject: "【界名】区划〔2026〕12号 “民政审核”还有 7 天到期，请于 2026-12-05 前办理；本主题特意写得很长很长，以便折行之后仍然一字不差",
	Body:    "区划〔2026〕12号　请审核\nhttps://jieming.example/desk/messages/7\n.\n一行只有一个点\n"}

// decode reads what the server took, with another library than wrote it.
func decode(t testing.TB, raw []byte) (h mail.Header, body string) {
	t.Helper()
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	part, err := r.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(part.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.Header, string(text)
}

func TestSend_arrivesWhole(t *testing.T) {
	for name, c := range map[string]struct {
		implicit bool
		scheme   string
	}{"STARTTLS": {false, "smtp"}, "implicit TLS": {true, "smtps"}} {
		t.Run(name, func(t *testing.T) {
			b := &box{}
			address, ca := serve(t, b, c.implicit, true)
			if err := sender(t, c.scheme+"://jieming:geheim@"+address+"?ca="+ca).Send(t.Context(), letter); err != nil {
				t.Fatal(err)
			}
			if len(b.took) != 1 || !b.secured[0] && !c.implicit || len(b.users) != 1 || b.to[0] != letter.To {
				t.Fatalf("the server took %d letters, TLS %v, users %v", len(b.took), b.secured, b.users)
			}
			h, body := decode(t, b.took[0])
			subject, err := h.Subject()
			if err != nil || subject != letter.Subject {
				t.Errorf("subject %q, %v", subject, err)
			}
			if strings.ReplaceAll(strings.TrimSpace(body), "\r\n", "\n") != strings.TrimSpace(letter.Body) {
				t.Errorf("body %q", body)
			}
			if id, err := h.MessageID(); err != nil || id != letter.MessageID {
				t.Errorf("message id %q, %v", id, err)
			}
			from, err := h.AddressList("From")
			if err != nil || len(from) != 1 || from[0].Name != "界名工作台" || from[0].Address != "desk@jieming.example" {
				t.Errorf("from %v, %v", from, err)
			}
			if at, err := h.Date(); err != nil || !at.Equal(letter.At) {
				t.Errorf("date %s, %v", at, err)
			}
			for _, line := range bytes.Split(b.took[0], []byte("\r\n")) {
				if len(line) > 998 {
					t.Errorf("a line of %d octets", len(line))
				}
			}
		})
	}
}

// What the server says decides whether it is tried again.
func TestSend_tellsRefusalsFromTroubles(t *testing.T) {
	b := &box{}
	address, ca := serve(t, b, false, true)
	s := sender(t, "smtp://jieming:geheim@"+address+"?ca="+ca)
	var never *desk.Undeliverable
	b.refuse = func(string) error { return &smtp.SMTPError{Code: 550, Message: "no such mailbox"} }
	if err := s.Send(t.Context(), letter); !errors.As(err, &never) || !strings.Contains(err.Error(), "550") {
		t.Errorf("550: %v", err)
	}
	b.refuse = func(string) error { return &smtp.SMTPError{Code: 451, Message: "greylisted, come again"} }
	if err := s.Send(t.Context(), letter); err == nil || errors.As(err, &never) {
		t.Errorf("451: %v", err)
	}
	b.refuse = nil
	if err := s.Send(t.Context(), letter); err != nil {
		t.Errorf("after 451: %v", err)
	}
	if err := sender(t, "smtp://jieming:falsch@"+address+"?ca="+ca).Send(t.Context(), letter); err == nil || errors.As(err, &never) || strings.Contains(err.Error(), "falsch") {
		t.Errorf("a wrong password: %v", err)
	}
	if err := sender(t, "smtp://127.0.0.1:1").Send(t.Context(), letter); err == nil || errors.As(err, &never) {
		t.Errorf("no server: %v", err)
	}
	if err := s.Send(t.Context(), desk.Letter{To: "no address", Subject: "x", Body: "x", MessageID: "x@y"}); !errors.As(err, &never) {
		t.Errorf("no address: %v", err)
	}
	if err := sender(t, "smtp://jieming:geheim@"+address).Send(t.Context(), letter); err == nil {
		t.Error("a certificate that nobody vouches for was taken")
	}
}

// A server that does not answer is left after a while.
func TestSend_givesUpWaiting(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, err := New(Options{URL: "smtp://" + l.Addr().String() + "?tls=off", From: "desk@jieming.example", Timeout: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Send(context.Background(), letter) }()
	select {
	case err := <-done:
		if err == nil {
			t.Error("a silent server took a letter")
		}
	case <-time.After(20 * time.Second):
		t.Error("it waits for ever")
	}
}

// Away from this machine, a server without TLS is refused.
func TestNew_insistsOnTLS(t *testing.T) {
	b := &box{}
	address, _ := serve(t, b, false, false)
	s := sender(t, "smtp://"+address)
	if err := s.Send(t.Context(), letter); err != nil {
		t.Errorf("on this machine itself: %v", err)
	}
	if local("mail.example.org") || !local("127.0.0.1") || !local("::1") || !local("localhost") {
		t.Error("which servers are on this machine")
	}
	for _, o := range []Options{{URL: "http://x", From: "a@b.c"}, {URL: "smtp://", From: "a@b.c"}, {URL: "smtp://x:99999", From: "a@b.c"}, {URL: "smtp://x", From: "nobody"}, {URL: "smtp://x?ca=/nowhere", From: "a@b.c"}, {URL: "smtp://u:geheim@x:y", From: "a@b.c"}} {
		if _, err := New(o); err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// No text of ours puts a header into a mail.
func TestSend_cannotBeGivenHeaders(t *testing.T) {
	b := &box{}
	address, ca := serve(t, b, false, true)
	s := sender(t, "smtp://jieming:geheim@"+address+"?ca="+ca)
	for _, l := range []desk.Letter{
		{To: "a@b.c\r\nBcc: x@y.z", Subject: "s", MessageID: "m@d", Body: "b"},
		{To: "a@b.c", Subject: "s\r\nBcc: x@y.z", MessageID: "m@d", Body: "b"},
		{To: "a@b.c", Subject: "s", MessageID: "m@d>\r\nBcc: x@y.z", Body: "b"},
	} {
		if err := s.Send(t.Context(), l); err == nil {
			t.Errorf("%q was sent", l)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		l := letter
		l.Subject, l.Body = rapid.StringN(0, 80, 300).Draw(t, "subject"), rapid.String().Draw(t, "body")
		b.mu.Lock()
		b.took = nil
		b.mu.Unlock()
		err := s.Send(context.Background(), l)
		if strings.ContainsAny(l.Subject, "\r\n") != (err != nil) {
			t.Fatalf("%q: %v", l.Subject, err)
		}
		if err != nil {
			return
		}
		r, err := mail.CreateReader(bytes.NewReader(b.took[0]))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"Bcc", "Cc", "Reply-To"} {
			if r.Header.Has(name) {
				t.Fatalf("%q made a header %s", l.Subject, name)
			}
		}
	})
}
