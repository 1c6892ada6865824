package desk

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"strings"
	"testing"
	"time"
)

// The vectors of RFC 6238, appendix B.
func TestHOTP_of_RFC6238(t *testing.T) {
	seed := func(n int) []byte { return []byte(strings.Repeat("1234567890", 7)[:n]) }
	for _, c := range []struct {
		at                     int64
		sha1, sha256h, sha512h string
	}{
		{59, "94287082", "46119246", "90693936"},
		{1111111109, "07081804", "68084774", "25091201"},
		{1111111111, "14050471", "67062674", "99943326"},
		{1234567890, "89005924", "91819424", "93441116"},
		{2000000000, "69279037", "90698825", "38618901"},
		{20000000000, "65353130", "77737706", "47863826"},
	} {
		for _, h := range []struct {
			name string
			key  int
			sum  func() hash.Hash
			want string
		}{{"SHA1", 20, sha1.New, c.sha1}, {"SHA256", 32, sha256.New, c.sha256h}, {"SHA512", 64, sha512.New, c.sha512h}} {
			if got := hotp(seed(h.key), uint64(c.at/codePeriod), 8, h.sum); got != h.want {
				t.Errorf("%s at %d: %s, want %s", h.name, c.at, got, h.want)
			}
		}
	}
}

func TestStepOf_allows_for_clocks_that_differ(t *testing.T) {
	key, now := []byte("12345678901234567890"), time.Unix(1111111111, 0)
	for off, want := range map[int64]bool{-60: false, -30: true, 0: true, 30: true, 60: false} {
		code := hotp(key, uint64((now.Unix()+off)/codePeriod), codeDigits, sha1.New)
		if _, ok := stepOf(key, code, now); ok != want {
			t.Errorf("code of %+d s: taken %v", off, ok)
		}
	}
}

func TestSeal_opens_for_its_purpose_and_key_only(t *testing.T) {
	d := New(Options{Key: []byte(strings.Repeat("k", 32))})
	sealed, err := d.Seal("a", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := d.Unseal("a", sealed); err != nil || string(got) != "secret" {
		t.Errorf("%q, error %v", got, err)
	}
	other := New(Options{Key: []byte(strings.Repeat("x", 32))})
	if _, err := other.Unseal("a", sealed); err == nil {
		t.Error("opened with another key")
	}
	if _, err := d.Unseal("b", sealed); err == nil {
		t.Error("opened for another purpose")
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := d.Unseal("a", sealed); err == nil {
		t.Error("opened after it was altered")
	}
	if _, err := New(Options{}).Seal("a", nil); err == nil {
		t.Error("sealed without a key")
	}
}
