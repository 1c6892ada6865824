package format

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"golang.org/x/text/encoding/korean"
	"pgregory.net/rapid"
)

func TestDetectEncoding(t *testing.T) {
	gbk := func(s string) []byte {
		b, err := GB18030.Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	tests := []struct {
		name   string
		sample []byte
		want   Encoding
		sure   bool
	}{
		{"ascii", []byte("Jilin"), UTF8, true},
		{"utf-8", []byte("吉林省"), UTF8, true},
		{"utf-8, two characters", []byte("吉林"), UTF8, true},
		{"utf-8, latin", []byte("Ürümqi"), UTF8, true},
		{"gbk", gbk("吉林省公主岭市"), GB18030, true},
		{"gbk, one character", gbk("县"), GB18030, true},
		{"gbk, with latin", gbk("G302国道(吉林段)"), GB18030, true},
		{"gbk, character outside gb 2312", gbk("朱镕基故居"), GB18030, true},
		{"latin-1", []byte("M\xfcnchen Gr\xfc\xdfe"), GB18030, false},
		{"big5", []byte("\xa6N\xaaL\xac\xd9\xaa\xf8\xacK\xa5\xab"), GB18030, false},
		{"bytes", []byte("\xff\xfe\xfd"), GB18030, false},
		{"gbk that is utf-8 of two bytes each", gbk("山省"), UTF8, false},
	}
	for _, tt := range tests {
		got, sure := DetectEncoding(tt.sample)
		if sure != tt.sure || sure && got != tt.want {
			t.Errorf("%s: got %s, %t", tt.name, got, sure)
		}
	}
}

// TestDetectEncoding_neverWrong holds that text of common characters is taken
// for its encoding or for unsure, never for the other one.
func TestDetectEncoding_neverWrong(t *testing.T) {
	common := []rune("吉林省长春市公主岭县区朝阳宽城二道绿园双阳九台榆树德惠农安四平铁西梨树伊通辽源东丰通化集安梅河口白山松原扶余镇赉洮南延边图们敦化珲春龙井和安汪清乡村街道屯子沟河岭山湖")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom(common), 1, 12, -1).Draw(t, "text")
		encoding := rapid.SampledFrom([]Encoding{UTF8, GB18030}).Draw(t, "encoding")
		sample, err := encoding.Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, sure := DetectEncoding(sample); sure && got != encoding {
			t.Fatalf("%q in %s was taken for %s", text, encoding, got)
		}
	})
}

func TestEncoding_strict(t *testing.T) {
	hangul, err := korean.EUCKR.NewEncoder().String("한")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		encoding Encoding
		bytes    string
		want     string
		ok       bool
	}{
		{UTF8, "吉", "吉", true},
		{UTF8, hangul, "", false},
		{GB18030, "\xbc\xaa", "吉", true},
		{GB18030, "\xbc", "", false},
		{GB18030, "\xff\xff", "", false},
		{Big5, "\xa6N", "吉", true},
		{Windows1252, "\xfc", "ü", true},
	} {
		got, ok := tt.encoding.Decode([]byte(tt.bytes))
		if ok != tt.ok || ok && got != tt.want {
			t.Errorf("%s %q: got %q, %t", tt.encoding, tt.bytes, got, ok)
		}
	}
	if _, err := Windows1252.Encode("吉"); err == nil {
		t.Error("encoded what the encoding does not have")
	}
}

func TestParseEncoding(t *testing.T) {
	for name, want := range map[string]Encoding{
		"utf-8": UTF8, "UTF8": UTF8, "65001": UTF8, "GBK": GB18030, "cp936": GB18030, "936": GB18030,
		"gb18030": GB18030, "GB2312": GB18030, "big5": Big5, "ISO-8859-1": Windows1252, "klingon": "",
	} {
		got, ok := ParseEncoding(name)
		if got != want || ok != (want != "") {
			t.Errorf("%s: got %q, %t", name, got, ok)
		}
	}
}

func TestCheckGeometry(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	ring := orb.Ring{{0, 0}, {1, 0}, {1, 1}, {0, 0}}
	tests := []struct {
		geometry           orb.Geometry
		problem            string
		part, ring, vertex int
	}{
		{nil, "", 0, 0, 0},
		{orb.MultiPolygon{{ring}, {ring, ring}}, "", 0, 0, 0},
		{orb.Point{nan, 0}, "not a finite", None, None, 0},
		{orb.MultiPoint{{0, 0}, {0, inf}}, "not a finite", None, None, 1},
		{orb.LineString{{0, 0}}, "line has 1", None, None, None},
		{orb.MultiLineString{{{0, 0}, {1, 1}}, {{0, 0}, {-inf, 1}}}, "not a finite", 1, None, 1},
		{orb.Polygon{ring, {{0, 0}, {1, 0}, {1, 1}, {0, 1}}}, "not closed", 0, 1, 3},
		{orb.MultiPolygon{{ring}, {{{0, 0}, {1, 0}, {0, 0}}}}, "ring has 3", 1, 0, None},
		{orb.MultiPolygon{{ring}, {{}}}, "ring has 0", 1, 0, None},
		{orb.Collection{orb.Point{}, orb.Point{nan, nan}}, "not a finite", 1, None, 0},
	}
	for _, tt := range tests {
		fault := CheckGeometry(tt.geometry)
		if fault == nil {
			if tt.problem != "" {
				t.Errorf("%v passed", tt.geometry)
			}
			continue
		}
		if tt.problem == "" || !strings.Contains(fault.Problem, tt.problem) ||
			fault.Part != tt.part || fault.Ring != tt.ring || fault.Vertex != tt.vertex {
			t.Errorf("%v: got %v", tt.geometry, fault)
		}
	}
}

func TestError_text(t *testing.T) {
	cause := errors.New("bad digit")
	fault := Fault("ring is not closed", "repeat its first vertex at its end").
		At(0, 1, 33).AtByte(1234, 4).InFeature(12, "220102").InFile("a.geojson").Because(cause)
	const want = `a.geojson: feature[12] "220102", part[0] ring[1] vertex[33], line 4, byte 1234: ` +
		`ring is not closed: bad digit; repeat its first vertex at its end`
	if diff := cmp.Diff(want, fault.Error()); diff != "" {
		t.Error(diff)
	}
	if !errors.Is(fault, cause) {
		t.Error("the cause is lost")
	}
	if got := Fault("it is empty", "").InFile("a").Error(); got != "a: it is empty" {
		t.Errorf("got %q", got)
	}
}

func TestProperties(t *testing.T) {
	p := Properties{{"code", int64(220102)}, {"名", "南关区"}, {"z", nil}, {"deep", Properties{{"b", []any{1.5, true}}}}}
	text, err := p.MarshalJSON()
	const want = `{"code":220102,"名":"南关区","z":null,"deep":{"b":[1.5,true]}}`
	if err != nil || string(text) != want {
		t.Errorf("got %s, %v", text, err)
	}
	if p.Text("code") != "220102" || p.Text("z") != "" || p.Text("none") != "" {
		t.Error("values are not evened out as text")
	}
	if _, ok := p.Get("none"); ok {
		t.Error("got a property that is not there")
	}
	n := 0
	for name := range p.All() {
		if n++; name == "名" {
			break
		}
	}
	if n != 2 {
		t.Errorf("visited %d properties", n)
	}
	if _, err := (Properties{{"v", math.NaN()}}).MarshalJSON(); err == nil {
		t.Error("NaN was written as JSON")
	}
}

func TestNotebook(t *testing.T) {
	var n Notebook
	n.Add("a", "first", 3)
	n.Add("b", "other", None)
	n.Add("a", "first", 5)
	want := []Note{{"a", "first", 3, 2}, {"b", "other", None, 1}}
	if diff := cmp.Diff(want, n.Notes()); diff != "" {
		t.Error(diff)
	}
}

func TestBudget(t *testing.T) {
	_, err := io.ReadAll(NewBudget(Limits{MaxBytes: 10}, 0).NewReader(strings.NewReader("12345678901")))
	if _, ok := errors.AsType[*Error](err); !ok {
		t.Errorf("got %v", err)
	}
	b := NewBudget(Limits{MaxBytes: 10}, 0)
	for range 2 {
		if _, err = io.ReadAll(b.NewReader(strings.NewReader("123456"))); err != nil {
			break
		}
	}
	if err == nil {
		t.Error("two readers together were not bounded")
	}
}

func TestLimits_vertices(t *testing.T) {
	u := NewUsage(Limits{MaxVerticesPerFeature: 5, MaxVertices: 8})
	if fault := u.AddFeature(5); fault != nil {
		t.Error(fault)
	}
	if u.AddFeature(4) == nil || u.CheckVertices(6) == nil {
		t.Error("limits do not hold")
	}
}
