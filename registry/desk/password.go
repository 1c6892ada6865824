package desk

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"jieming/registry"
)

// Cost is what hashing a password takes (argon2id).
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

var defaultCost = Cost{MemoryKiB: 64 << 10, Passes: 2, Threads: 1}

// longestPassword bounds what is hashed, in bytes.
const longestPassword = 1024

// hasher hashes passwords, a few at a time: each takes memory and a processor,
// and a crowd of guesses must leave some of both to the others.
type hasher struct {
	cost  Cost
	slots chan struct{}
	blind func() string // a digest of nothing, checked where there is no account, so that the answer takes as long
}

func newHasher(c Cost) *hasher {
	h := &hasher{cost: c, slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))}
	h.blind = sync.OnceValue(func() string { return h.sum(rand.Text()) })
	return h
}

// hash returns the digest of a password as text with its parameters, in the
// form that other programs use: $argon2id$v=19$m=65536,t=2,p=1$salt$digest.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	return h.sum(password), nil
}

func (h *hasher) sum(password string) string {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	c := h.cost
	key := argon2.IDKey(canonical(password), salt, c.Passes, c.MemoryKiB, c.Threads, 32)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.MemoryKiB, c.Passes, c.Threads, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// check reports whether a password has a digest. Without a digest it takes as
// long, and is false.
func (h *hasher) check(ctx context.Context, password, digest string) (bool, error) {
	known := digest != ""
	if !known {
		digest = h.blind()
	}
	c, salt, want, err := readDigest(digest)
	if err != nil {
		return false, err
	}
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	got := argon2.IDKey(canonical(password), salt, c.Passes, c.MemoryKiB, c.Threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1 && known, nil
}

func (h *hasher) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &registry.Error{Kind: registry.KindUnavailable, Message: "too many people sign in just now; try again in a few seconds", Err: ctx.Err()}
	}
}

func (h *hasher) leave() { <-h.slots }

func readDigest(text string) (c Cost, salt, key []byte, err error) {
	broken := errors.New("a stored password is not a digest of ours")
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, broken
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.MemoryKiB, &c.Passes, &c.Threads); err != nil ||
		c.MemoryKiB > 1<<20 || c.Passes == 0 || c.Passes > 100 || c.Threads == 0 {
		return c, nil, nil, broken
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	key, keyErr := base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || keyErr != nil || len(salt) < 8 || len(key) < 16 || len(key) > 64 {
		return c, nil, nil, broken
	}
	return c, salt, key, nil
}

// canonical is a password as it is hashed: the same keys give the same bytes,
// whichever form an input method composes them in.
func canonical(password string) []byte { return norm.NFKC.Bytes([]byte(password)) }

//go:embed common_passwords.txt
var commonText string

// commonPasswords are those that guesses begin with, in lower case.
var commonPasswords = sync.OnceValue(func() map[string]bool {
	common := map[string]bool{}
	for line := range strings.Lines(commonText) {
		if word := strings.TrimSpace(line); word != "" && !strings.HasPrefix(word, "#") {
			common[word] = true
		}
	}
	return common
})

// checkNewPassword refuses passwords that are guessed first.
func (p *Policy) checkNewPassword(field, password, login string) error {
	lower := strings.ToLower(password)
	switch n := utf8.RuneCountInString(password); {
	case n < p.PasswordLength:
		return Refuse(field, "password.short", fmt.Sprintf("a password has at least %d characters", p.PasswordLength), "n", p.PasswordLength)
	case len(password) > longestPassword || !utf8.ValidString(password):
		return Refuse(field, "password.long", fmt.Sprintf("a password has at most %d bytes", longestPassword), "n", longestPassword)
	case strings.Contains(lower, login) || strings.Contains(login, lower):
		return Refuse(field, "password.login", "a password does not contain the login")
	case commonPasswords()[lower] || monotonous(lower):
		return Refuse(field, "password.common", "this password is one of those that are guessed first")
	}
	return nil
}

// monotonous finds passwords of few different characters, rows of the keyboard
// and of the alphabet, and a common password written several times.
func monotonous(lower string) bool {
	runes := []rune(lower)
	different := map[rune]bool{}
	steps := 0
	for i, r := range runes {
		different[r] = true
		if i > 0 && (r-runes[i-1] == 1 || r-runes[i-1] == -1 || r == runes[i-1]) {
			steps++
		}
	}
	if len(different) < 5 || steps >= len(runes)*3/4 {
		return true
	}
	for n := 4; n <= len(runes)/2; n++ {
		if len(runes)%n == 0 && strings.Repeat(string(runes[:n]), len(runes)/n) == lower {
			return true
		}
	}
	return false
}

// due reports whether a password of an age is to be changed.
func (p *Policy) due(changed, now time.Time) bool {
	return p.PasswordDays > 0 && now.Sub(changed) > time.Duration(p.PasswordDays)*24*time.Hour
}
