package api

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"time"

	"jieming/registry"
)

// pageToken is what the parameter next holds: where a page begins, and the
// instant and filters to which all pages of one answer are pinned.
//
// A token is no secret and no authority. It names a publication by the time of
// its release, which is looked up again, so that a forged token reaches nothing
// that recorded-as-of would not.
type pageToken struct {
	publication int64
	released    time.Time // in microseconds, as the database keeps it
	day         registry.Day
	after       int64 // the last identifier, or number of features, already given
	filter      uint64
}

const (
	tokenVersion = 1
	tokenBytes   = 1 + 8 + 8 + 4 + 8 + 8
)

// tokenEncoding is strict so that a page has one token only.
func tokenEncoding() *base64.Encoding { return base64.RawURLEncoding.Strict() }

// String writes the token as base64url: version, fields, CRC-32.
func (t pageToken) String() string {
	b := make([]byte, 0, tokenBytes+4)
	b = append(b, tokenVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(t.publication))
	b = binary.BigEndian.AppendUint64(b, uint64(t.released.UnixMicro()))
	b = binary.BigEndian.AppendUint32(b, uint32(t.day))
	b = binary.BigEndian.AppendUint64(b, uint64(t.after))
	b = binary.BigEndian.AppendUint64(b, t.filter)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return tokenEncoding().EncodeToString(b)
}

// parseToken reads a token.
func parseToken(s string) (t pageToken, err error) {
	var b []byte
	if len(s) == tokenEncoding().EncodedLen(tokenBytes+4) {
		b, err = tokenEncoding().DecodeString(s)
	}
	if err != nil || len(b) != tokenBytes+4 || b[0] != tokenVersion ||
		crc32.ChecksumIEEE(b[:tokenBytes]) != binary.BigEndian.Uint32(b[tokenBytes:]) {
		return t, badToken("is not a token of this service; follow the next link of a page, or leave next out to begin again")
	}
	t = pageToken{
		publication: int64(binary.BigEndian.Uint64(b[1:])),
		released:    time.UnixMicro(int64(binary.BigEndian.Uint64(b[9:]))).UTC(),
		day:         registry.Day(binary.BigEndian.Uint32(b[17:])),
		after:       int64(binary.BigEndian.Uint64(b[21:])),
		filter:      binary.BigEndian.Uint64(b[29:]),
	}
	if !fourDigits(t.day.Year()) || !fourDigits(t.released.Year()) || t.after < 1 {
		return pageToken{}, badToken("names no page; follow the next link of a page, or leave next out to begin again")
	}
	return t, nil
}

func fourDigits(year int) bool { return year >= 1 && year <= 9999 }

func badToken(message string) error { return registry.Invalid("next", message) }
