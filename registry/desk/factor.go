package desk

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // what authenticator apps compute (RFC 6238)
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"net/url"
	"strings"
	"time"

	"jieming/registry"
)

// FactorStore keeps second factors. What changes one is written down with a in
// the same transaction.
type FactorStore interface {
	// Factor returns the sealed secret of an account, nil for none.
	Factor(ctx context.Context, id AccountID) ([]byte, error)
	// SetFactor keeps a sealed secret with recovery codes, in place of any others.
	SetFactor(ctx context.Context, id AccountID, sealed []byte, codes [][32]byte, step int64, a Access) error
	RemoveFactor(ctx context.Context, id AccountID, a Access) error
	// TakeStep notes the time step of a code, and is false if it or a later one
	// was taken before.
	TakeStep(ctx context.Context, id AccountID, step int64) (bool, error)
	// UseRecovery uses up a recovery code, and is false if there is none such.
	UseRecovery(ctx context.Context, id AccountID, digest [32]byte, a Access) (bool, error)
	// RecoveryLeft counts the recovery codes that were not used.
	RecoveryLeft(ctx context.Context, id AccountID) (int, error)
}

const (
	codePeriod    = 30 // seconds of one code
	codeDigits    = 6
	recoveryCodes = 10
	enrolFor      = 15 * time.Minute
)

// hotp is a one-time code of a counter (RFC 4226).
func hotp(key []byte, counter uint64, digits int, h func() hash.Hash) string {
	mac := hmac.New(h, key)
	_ = binary.Write(mac, binary.BigEndian, counter)
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	n := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	mod := uint32(1)
	for range digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", digits, n%mod)
}

// stepOf finds the time step whose code was shown: this one, or the ones before
// and after, because clocks differ. It looks at all three, whichever fits.
func stepOf(key []byte, code string, now time.Time) (step int64, ok bool) {
	for _, s := range []int64{-1, 0, 1} {
		at := now.Unix()/codePeriod + s
		if subtle.ConstantTimeCompare([]byte(hotp(key, uint64(at), codeDigits, sha1.New)), []byte(code)) == 1 {
			step, ok = at, true
		}
	}
	return step, ok
}

// Enrolment is a second factor that is offered, and counts once a code of it was
// shown.
type Enrolment struct {
	Secret string // base32, for typing
	URI    string // otpauth:, for a QR code
	Sealed string // to be sent back with the code
}

// errNoKey says that the installation cannot keep secrets.
var errNoKey = &registry.Error{Kind: registry.KindUnavailable,
	Message: "this installation has no key file, which second factors need; start it with --key-file"}

// aead seals with the key of the installation.
func (d *Desk) aead() (cipher.AEAD, error) {
	if len(d.key) == 0 {
		return nil, errNoKey
	}
	block, err := aes.NewCipher(d.key)
	if err != nil {
		return nil, fmt.Errorf("key of the installation: %w", err)
	}
	return cipher.NewGCM(block)
}

// Seal encrypts and authenticates data for a purpose with the key of the
// installation; what was sealed for one purpose opens for no other.
func (d *Desk) Seal(purpose string, data []byte) ([]byte, error) {
	g, err := d.aead()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, g.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	return g.Seal(nonce, nonce, data, []byte(purpose)), nil
}

// Unseal returns what was sealed for a purpose.
func (d *Desk) Unseal(purpose string, sealed []byte) ([]byte, error) {
	g, err := d.aead()
	if err != nil {
		return nil, err
	}
	if len(sealed) < g.NonceSize() {
		return nil, errors.New("sealed data is cut short")
	}
	data, err := g.Open(nil, sealed[:g.NonceSize()], sealed[g.NonceSize():], []byte(purpose))
	if err != nil {
		return nil, fmt.Errorf("open sealed data (is this the key file it was sealed with?): %w", err)
	}
	return data, nil
}

func factorPurpose(id AccountID) string { return fmt.Sprint("factor of account ", id) }
func enrolPurpose(id AccountID) string  { return fmt.Sprint("enrolment of account ", id) }

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// Enrol offers a second factor to who visits.
func (d *Desk) Enrol(v *Visit, issuer string) (*Enrolment, error) {
	if err := v.Who.person(); err != nil {
		return nil, err
	}
	key := make([]byte, 20)
	_, _ = rand.Read(key) // never fails
	return d.enrolment(v, key, d.now().Add(enrolFor), issuer)
}

func (d *Desk) enrolment(v *Visit, key []byte, until time.Time, issuer string) (*Enrolment, error) {
	sealed, err := d.Seal(enrolPurpose(v.Who.Account), append(binary.BigEndian.AppendUint64(nil, uint64(until.Unix())), key...))
	if err != nil {
		return nil, err
	}
	e := &Enrolment{Secret: base32Text.EncodeToString(key), Sealed: base64.RawURLEncoding.EncodeToString(sealed)}
	e.URI = (&url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + v.Who.Login,
		RawQuery: "secret=" + e.Secret + "&issuer=" + url.PathEscape(issuer)}).String()
	return e, nil
}

// Reoffer is the enrolment that was offered before, to be shown again after a
// wrong code; another when that is over.
func (d *Desk) Reoffer(v *Visit, sealed, issuer string) (*Enrolment, error) {
	key, until, err := d.offered(v, sealed)
	if err != nil {
		return d.Enrol(v, issuer)
	}
	return d.enrolment(v, key, until, issuer)
}

// offered opens an enrolment that was offered to who visits.
func (d *Desk) offered(v *Visit, sealed string) (key []byte, until time.Time, err error) {
	over := Refuse("code", "factor.over", "this took too long; scan the new code")
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return nil, until, over
	}
	data, err := d.Unseal(enrolPurpose(v.Who.Account), raw)
	if errors.Is(err, errNoKey) {
		return nil, until, err
	}
	if err != nil || len(data) != 28 {
		return nil, until, over
	}
	until = time.Unix(int64(binary.BigEndian.Uint64(data)), 0)
	if d.now().After(until) {
		return nil, until, over
	}
	return data[8:], until, nil
}

// ConfirmFactor sets the second factor that was offered, once a code of it is
// shown. It returns recovery codes, which are shown once, and the new secret of
// the session; the person's other sessions end.
func (d *Desk) ConfirmFactor(ctx context.Context, v *Visit, sealed, code string) (codes []string, session string, err error) {
	if err := v.Who.person(); err != nil {
		return nil, "", err
	}
	if v.Proof.HasFactor && !v.Session.Strong {
		return nil, "", &registry.Error{Kind: registry.KindForbidden, Message: "show the present second factor first"}
	}
	key, _, err := d.offered(v, sealed)
	if err != nil {
		return nil, "", err
	}
	step, ok := stepOf(key, plainCode(code), d.now())
	if !ok {
		return nil, "", errWrongCode
	}
	kept, err := d.Seal(factorPurpose(v.Who.Account), key)
	if err != nil {
		return nil, "", err
	}
	codes, digests := newRecoveryCodes()
	if err := d.store.SetFactor(ctx, v.Who.Account, kept, digests, step, d.noted(v.Who, FactorSet, "ACCOUNT", int64(v.Who.Account), nil)); err != nil {
		return nil, "", err
	}
	if err := d.store.EndSessions(ctx, v.Who.Account, v.Session.ID, d.now()); err != nil {
		return nil, "", err
	}
	session, err = d.renew(ctx, v)
	return codes, session, err
}

var errWrongCode = Refuse("code", "factor.wrong", "this code is wrong or was used before; wait for the next one")

func newRecoveryCodes() (codes []string, digests [][32]byte) {
	for range recoveryCodes {
		t := strings.ToLower(rand.Text())
		code := t[:5] + "-" + t[5:10] + "-" + t[10:15]
		codes, digests = append(codes, code), append(digests, digest(code))
	}
	return codes, digests
}

// renew gives a session, now strong, another secret.
func (d *Desk) renew(ctx context.Context, v *Visit) (string, error) {
	text := secret()
	return text, d.store.RenewSession(ctx, v.Session.ID, digest(text), true)
}

// plainCode is a code without what people type between its parts.
func plainCode(code string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "　", "").Replace(strings.TrimSpace(code)))
}

// ShowCode takes a code of the second factor, or a recovery code, from who
// visits. It returns the new secret of the session, which is strong from then.
func (d *Desk) ShowCode(ctx context.Context, v *Visit, code string) (string, error) {
	a := newAttempt("code", v.Who.Login, v.Who.From)
	if err := d.begin(ctx, a); err != nil {
		return "", errors.Join(err, d.noteFailure(ctx, err, v.Who.Account, v.Who.From))
	}
	ok, err := d.proves(ctx, v, plainCode(code))
	if err != nil {
		return "", err
	}
	if !ok {
		return "", errors.Join(errWrongCode, d.noteFailure(ctx, nil, v.Who.Account, v.Who.From))
	}
	if err := d.succeeded(ctx, a); err != nil {
		return "", err
	}
	return d.renew(ctx, v)
}

// proves reports whether a code is one of an account that was not used before.
func (d *Desk) proves(ctx context.Context, v *Visit, code string) (bool, error) {
	id := v.Who.Account
	if len(code) != codeDigits {
		return d.store.UseRecovery(ctx, id, digest(code), d.noted(v.Who, RecoveryUsed, "ACCOUNT", int64(id), nil))
	}
	sealed, err := d.store.Factor(ctx, id)
	if err != nil || sealed == nil {
		return false, err
	}
	key, err := d.Unseal(factorPurpose(id), sealed)
	if err != nil {
		return false, err
	}
	step, ok := stepOf(key, code, d.now())
	if !ok {
		return false, nil
	}
	return d.store.TakeStep(ctx, id, step)
}

// RemoveFactor takes the second factor off an account: one's own in a session
// in which it was shown, or anybody's who lost it, for who manages accounts.
func (d *Desk) RemoveFactor(ctx context.Context, who *Principal, id AccountID, reason string) error {
	own := who.Known() && who.Account == id && who.Strong && who.Scopes == nil
	if !own && who.allow(ManageAccounts) != nil {
		return registry.NotFound("account", id)
	}
	if reason = strings.TrimSpace(reason); reason == "" && !own {
		return errNoReason
	}
	return d.store.RemoveFactor(ctx, id, d.noted(who, FactorRemoved, "ACCOUNT", int64(id), map[string]any{"reason": reason}))
}

// RecoveryLeft counts the recovery codes that a person has left.
func (d *Desk) RecoveryLeft(ctx context.Context, who *Principal) (int, error) {
	return d.store.RecoveryLeft(ctx, who.Account)
}
