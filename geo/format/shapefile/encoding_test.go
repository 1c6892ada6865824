package shapefile

import (
	"errors"
	"strings"
	"testing"

	"jieming/geo/format"
)

func TestEncoding(t *testing.T) {
	const gbk = "\xbc\xaa\xc1\xd6" // 吉林
	tests := []struct {
		name      string
		layer     layer
		asked     string
		want, bad string
	}{
		{"cpg gbk", layer{cpg: "GBK"}, "", "吉林", ""},
		{"cpg 936", layer{cpg: "936\r\n"}, "", "吉林", ""},
		{"language byte", layer{ldid: 0x4d}, "", "吉林", ""},
		{"bytes", layer{}, "", "吉林", ""},
		{"western language byte is not believed", layer{ldid: 0x57}, "", "吉林", ""},
		{"asked", layer{cpg: "UTF-8"}, "gbk", "吉林", ""},
		{"cpg lies", layer{cpg: "UTF-8"}, "", "", "text is not valid UTF-8"},
		{"cpg unknown", layer{cpg: "KOI8"}, "", "", "unknown encoding"},
		{"asked for unknown", layer{}, "KOI8", "", "unknown encoding"},
	}
	for _, tt := range tests {
		l := oneField(" " + gbk + "      ").withPoints()
		l.cpg, l.ldid = tt.layer.cpg, tt.layer.ldid
		got, _, err := readZip(pack(t, "a", l.parts()), format.Options{Encoding: tt.asked})
		if tt.bad != "" {
			if fault, ok := errors.AsType[*format.Error](err); !ok || !strings.Contains(err.Error(), tt.bad) || fault.Advice == "" {
				t.Errorf("%s: got %v, want %q", tt.name, err, tt.bad)
			}
			continue
		}
		if err != nil || got[0].Properties.Text("NAME") != tt.want {
			t.Errorf("%s: got %v, %v", tt.name, got, err)
		}
	}
}

func TestEncoding_unsure(t *testing.T) {
	l := oneField(" M\xfcnchen   ").withPoints()
	_, _, err := readZip(pack(t, "a", l.parts()), format.Options{})
	if err == nil || !strings.Contains(err.Error(), "not certain") || !strings.Contains(err.Error(), "state the encoding") {
		t.Errorf("got %v", err)
	}
}

// TestTruncatedText holds that a value that fills its column may end in half a
// character, and one that does not may not.
func TestTruncatedText(t *testing.T) {
	l := oneField(" \xbc\xaa\xc1\xd6\xbc\xaa\xc1\xd6x\xbc").withPoints()
	got, r, err := readZip(pack(t, "a", l.parts()), format.Options{Encoding: "GBK"})
	if err != nil || got[0].Properties.Text("NAME") != "吉林吉林x" {
		t.Fatalf("got %v, %v", got, err)
	}
	if !hasNote(r, noteTruncated) {
		t.Error("no note")
	}
	l = oneField(" \xbc\xaa\xc1        ").withPoints()
	l.rows[0] = l.rows[0][:11]
	if _, _, err = readZip(pack(t, "a", l.parts()), format.Options{Encoding: "GBK"}); err == nil {
		t.Error("half a character inside a column was read")
	}
}
