package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"time"

	"jieming/registry/desk"
	"jieming/registry/desk/filetext"
	"jieming/registry/desk/filetype"
	"jieming/registry/postgres"
	"jieming/web"
)

// deskFlags are the settings of the work behind the public pages.
type deskFlags struct {
	PublicURL       string        `name:"public-url" placeholder:"URL" help:"Address that browsers use, when a proxy stands in front: https://… makes cookies secure."`
	BehindProxy     bool          `name:"behind-proxy" help:"A proxy of ours stands in front: the last address of X-Forwarded-For is where a request came from."`
	KeyFile         string        `placeholder:"FILE" type:"path" help:"File with the key that seals secrets of second factors; made when missing. jieming up keeps it in its data folder."`
	FactorRoles     string        `placeholder:"ROLES" help:"Roles that need a second factor, separated by commas, or none. Without it: administrators, approvers and releasers (jieming up: none)."`
	OIDC            oidcFlags     `embed:"" prefix:"oidc-"`
	SessionIdle     time.Duration `default:"30m" placeholder:"TIME" help:"An unused session ends after this time (default ${default})."`
	SessionLongest  time.Duration `default:"12h" placeholder:"TIME" help:"Every session ends after this time (default ${default})."`
	PasswordLength  int           `default:"12" placeholder:"N" help:"Shortest password, in characters (default ${default})."`
	UploadMost      int64         `default:"50" placeholder:"MB" help:"Largest file that may be uploaded (default ${default})."`
	PasswordMaxDays int           `default:"0" placeholder:"DAYS" help:"Days after which a password is changed; 0 for never (default ${default})."`
	ReviewedOnly    bool          `help:"Refuse release sets without a map review number (审图号)."`
}

// oidcFlags name an identity provider.
type oidcFlags struct {
	Issuer       string `placeholder:"URL" help:"Identity provider (OpenID Connect) that people can sign in with, besides their password."`
	ClientID     string `name:"client-id" placeholder:"ID" help:"What the provider calls this installation; its callback is PUBLIC-URL/login/callback."`
	ClientSecret string `placeholder:"SECRET" help:"Prefer JIEMING_OIDC_CLIENT_SECRET: other users can read a command line."`
	Name         string `placeholder:"NAME" help:"What people call the provider."`
	Strong       string `placeholder:"VALUES" help:"Values of acr or amr, separated by commas, that mean that the provider asked for a second factor. Without it, ours is asked for."`
}

func (f oidcFlags) provider() *web.Provider {
	if f.Issuer == "" {
		return nil
	}
	p := &web.Provider{Issuer: f.Issuer, ClientID: f.ClientID, Secret: f.ClientSecret, Name: f.Name}
	if f.Strong != "" {
		p.Strong = strings.Split(f.Strong, ",")
	}
	return p
}

func (f deskFlags) policy() (desk.Policy, error) {
	p := desk.Policy{Idle: f.SessionIdle, Longest: f.SessionLongest, PasswordLength: f.PasswordLength, PasswordDays: f.PasswordMaxDays}
	switch f.FactorRoles {
	case "none":
	case "":
		p.StrongRoles = desk.StrongByDefault
	default:
		for name := range strings.SplitSeq(f.FactorRoles, ",") {
			role := desk.Role(strings.TrimSpace(name))
			if desk.Rights().Role(role) == nil {
				return p, fmt.Errorf("--factor-roles: there is no role %s (see docs/rights.md)", role)
			}
			p.StrongRoles = append(p.StrongRoles, role)
		}
	}
	if f.PasswordLength < 8 {
		return p, errors.New("--password-length: passwords of fewer than 8 characters protect nothing")
	}
	return p, nil
}

// open makes the desk over a store: that of a training space, or of a registry
// whose training space is made on a ground.
func (f deskFlags) open(store *postgres.Store, drill bool, ground desk.Ground, log *slog.Logger) (*desk.Desk, error) {
	p, err := f.policy()
	if err != nil {
		return nil, err
	}
	var key []byte
	if f.KeyFile != "" {
		if key, err = readKey(f.KeyFile); err != nil {
			return nil, err
		}
	}
	files, err := f.files(log)
	if err != nil {
		return nil, err
	}
	return desk.New(desk.Options{Store: store, Log: log, Policy: p, Key: key, Files: files, ReviewedOnly: f.ReviewedOnly, Drill: drill, Ground: ground}), nil
}

// files says what may be uploaded, and finds the program that reads PDF.
func (f deskFlags) files(log *slog.Logger) (desk.FileOptions, error) {
	const most = 500 // the check of the store reads a file whole
	if f.UploadMost < 1 || f.UploadMost > most {
		return desk.FileOptions{}, fmt.Errorf("--upload-most: give 1 to %d MB", most)
	}
	o := desk.FileOptions{Limits: filetype.DefaultLimits()}
	o.Limits.Bytes = f.UploadMost << 20
	var err error
	if o.Texts.PDFToText, err = exec.LookPath("pdftotext"); err != nil {
		log.Warn(filetext.ErrNoPDF.Error())
	}
	return o, nil
}

// sweepUploads forgets, each hour, uploads that no case took.
func sweepUploads(ctx context.Context, store *postgres.Store, log *slog.Logger) {
	for {
		n, err := store.SweepUploads(ctx, time.Now().Add(-desk.UploadKept))
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Warn("uploads are not swept", "error", err)
		case n > 0:
			log.Info("swept uploads", "uploads", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Hour):
		}
	}
}

// readKey reads the key of the installation, 64 hexadecimal digits, or makes
// one: what is sealed with it is lost without it.
func readKey(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(file)
	}
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("key file %s: want 64 hexadecimal digits; restore it from the backup, since what was sealed with another key cannot be opened", file)
	}
	return key, nil
}

// makeKey makes a key file that only its user can read. Of two programs that do
// at once, one reads what the other wrote.
func makeKey(file string) ([]byte, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return readKey(file)
	}
	if err != nil {
		return nil, fmt.Errorf("make key file: %w", err)
	}
	_, err = fmt.Fprintln(f, hex.EncodeToString(key))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("make key file: %w", err)
	}
	return key, nil
}

// client finds where a request came from; nil for its connection.
func (f deskFlags) client() func(*http.Request) netip.Addr {
	if !f.BehindProxy {
		return nil
	}
	return func(r *http.Request) netip.Addr {
		list := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		a, _ := netip.ParseAddr(strings.TrimSpace(list[len(list)-1]))
		return a
	}
}
