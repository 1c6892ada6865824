package api

import (
	"encoding/base64"
	"testing"
	"time"

	"pgregory.net/rapid"

	"jieming/registry"
)

func anyToken(t *rapid.T) pageToken {
	return pageToken{
		publication: rapid.Int64().Draw(t, "publication"),
		released:    time.UnixMicro(rapid.Int64Range(-60e15, 250e15).Draw(t, "released")).UTC(),
		day:         registry.Day(rapid.Int32Range(-700_000, 2_900_000).Draw(t, "day")),
		after:       rapid.Int64Min(1).Draw(t, "after"),
		filter:      rapid.Uint64().Draw(t, "filter"),
	}
}

func TestToken_roundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		token := anyToken(t)
		got, err := parseToken(token.String())
		if err != nil || got != token {
			t.Fatalf("%+v gives %+v, %v", token, got, err)
		}
	})
}

func TestToken_exampleOfTheDocument(t *testing.T) {
	for _, p := range newServer(newFake(), testOptions()).api.OpenAPI().Paths[itemsPath(divisions)].Get.Parameters {
		if p.Name != "next" {
			continue
		}
		if _, err := parseToken(p.Schema.Examples[0].(string)); err != nil {
			t.Errorf("the example is no token: %v", err)
		}
	}
}

// No single damaged character goes unnoticed.
func TestToken_damage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := []byte(anyToken(t).String())
		i := rapid.IntRange(0, len(s)-1).Draw(t, "i")
		was := s[i]
		s[i] = rapid.Byte().Draw(t, "byte")
		if _, err := parseToken(string(s)); err == nil && s[i] != was {
			t.Fatalf("%s is read although byte %d was %c", s, i, was)
		}
	})
}

func FuzzParseToken(f *testing.F) {
	f.Add(pageToken{publication: 3, released: released, day: 18443, after: 4, filter: 5}.String())
	f.Add("")
	f.Add(base64.RawURLEncoding.EncodeToString(make([]byte, tokenBytes+4)))
	f.Fuzz(func(t *testing.T, s string) {
		token, err := parseToken(s)
		if err != nil {
			if registry.KindOf(err) != registry.KindInvalid {
				t.Fatalf("%q: %v is not an error of the input", s, err)
			}
			return
		}
		if token.String() != s {
			t.Fatalf("%q reads as %+v, which is %q", s, token, token)
		}
	})
}
