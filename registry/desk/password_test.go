package desk

import (
	"context"
	"strings"
	"testing"
)

func TestHasher(t *testing.T) {
	ctx := context.Background()
	h := newHasher(Cost{MemoryKiB: 64, Passes: 1, Threads: 1})
	digest, err := h.hash(ctx, "正确的密码 and more")
	if err != nil || !strings.HasPrefix(digest, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatalf("%s, error %v", digest, err)
	}
	for _, c := range []struct {
		password, digest string
		want             bool
	}{
		{"正确的密码 and more", digest, true},
		{"正确的密码　and more", digest, true}, // a wide space is a space
		{"wrong", digest, false},
		{"anything", "", false},
	} {
		if got, err := h.check(ctx, c.password, c.digest); err != nil || got != c.want {
			t.Errorf("%q: %v, error %v", c.password, got, err)
		}
	}
	// A digest made elsewhere (the argon2 reference program's test vector).
	const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if ok, err := h.check(ctx, "password", reference); err != nil || !ok {
		t.Errorf("reference digest: %v, error %v", ok, err)
	}
	for _, broken := range []string{"x", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q", "$argon2id$v=19$m=99999999,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q", "$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q"} {
		if _, err := h.check(ctx, "x", broken); err == nil {
			t.Errorf("%s: no error", broken)
		}
	}
}

func TestCheckNewPassword(t *testing.T) {
	p := DefaultPolicy
	for password, want := range map[string]string{
		"short":                          "password.short",
		"民政厅区划处的好密码":                     "password.short", // ten characters
		"民政厅区划处的一个好密码":                   "",
		"zhangsan-is-my-login":           "password.login",
		"ZHANGSAN12345678":               "password.login",
		"Administrator":                  "password.common",
		"woaini5201314":                  "password.common",
		"aaaaaaaaaaaa":                   "password.common",
		"123456789012":                   "password.common",
		"abcdefghijklmnop":               "password.common",
		"qw3rqw3rqw3r":                   "password.common",
		"vier-Pferde-im-Moor":            "",
		strings.Repeat("ab3 x-", 200):    "password.long",
		"bad utf-8 \xff and some more..": "password.long",
	} {
		err := p.checkNewPassword("next", password, "zhangsan")
		key := ""
		if f, ok := err.(*Fault); ok {
			key = f.Key
		}
		if key != want {
			t.Errorf("%q: %q, want %q", password, key, want)
		}
	}
}

func FuzzReadDigest(f *testing.F) {
	f.Add("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Add("$argon2id$v=19$m=-1,t=2,p=256$$")
	f.Fuzz(func(t *testing.T, text string) {
		c, salt, key, err := readDigest(text)
		if err == nil && (c.MemoryKiB > 1<<20 || c.Passes < 1 || c.Passes > 100 || c.Threads < 1 || len(salt) < 8 || len(key) < 16) {
			t.Errorf("%q: %+v", text, c)
		}
	})
}
