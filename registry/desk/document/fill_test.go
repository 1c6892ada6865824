package document

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"jieming/registry"
)

// docxOf makes a .docx of the inside of a body.
func docxOf(body string) []byte {
	return docxParts("word/document.xml", `<w:document xmlns:w="`+word+`"><w:body>`+body+`</w:body></w:document>`)
}

func docxParts(parts ...string) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := 0; i < len(parts); i += 2 {
		w, _ := z.Create(parts[i])
		_, _ = w.Write([]byte(parts[i+1]))
	}
	_ = z.Close()
	return out.Bytes()
}

// para makes a paragraph of runs.
func para(runs ...string) string {
	var b strings.Builder
	for _, r := range runs {
		b.WriteString(`<w:r><w:rPr><w:b/></w:rPr><w:t>` + escaped(r) + `</w:t></w:r><w:proofErr w:type="spellStart"/>`)
	}
	return "<w:p>" + b.String() + "</w:p>"
}

func cell(inside string) string { return "<w:tc>" + inside + "</w:tc>" }

func TestFill(t *testing.T) {
	v := Values{Text: map[string]string{"title": "标题<b>&甲", "body": "一\n二", "date": "2026年11月28日", "number": ""},
		Lists: map[string][]map[string]string{"items": {{"name": "甲", "remark": ""}, {"name": "乙", "remark": "有"}}}}
	for _, c := range []struct{ name, body, want string }{
		{"whole", para("关于{{标题}}"), "关于标题<b>&甲\n"},
		{"English", para("{{title}} {{ title }}"), "标题<b>&甲 标题<b>&甲\n"},
		{"split", para("a{", "{标", "题", "}", "}b"), "a标题<b>&甲b\n"},
		{"two in one run, split", para("{{成文日期}}{{标", "题}}{{成文", "日期}}x"), "2026年11月28日标题<b>&甲2026年11月28日x\n"},
		{"full width", para("｛｛标题｝｝"), "标题<b>&甲\n"},
		{"lines", para("{{正文}}") + para("z"), "一\n二\nz\n"},
		{"lines within", para("甲：{{正文}}"), "甲：一\n二\n"},
		{"kept", para("{{?标题}}有题"), "有题\n"},
		{"left out", para("{{?文号}}有号") + para("{{!文号}}无号"), "无号\n"},
		{"list", para("{{事项.名称}}；"), "甲；\n乙；\n"},
		{"condition of an item", para("{{?事项.备注}}{{事项.名称}}{{事项.备注}}"), "乙有\n"},
		{"condition of a list", para("{{?附件}}附件") + para("{{?事项}}事项"), "事项\n"},
		{"rows", "<w:tbl><w:tr>" + cell(para("名称")) + "</w:tr><w:tr>" + cell(para("{{事项.名称}}")) + cell(para("{{标题}}")) + "</w:tr></w:tbl>",
			"名称\n\n甲\n标题<b>&甲\n\n乙\n标题<b>&甲\n\n"},
		{"text box", "<w:p><w:r><w:t>外{{成文日期}}</w:t><w:txbxContent>" + para("内{{标题}}") + "</w:txbxContent></w:r></w:p>", "外2026年11月28日内标题<b>&甲\n\n"},
		{"entities", para("&amp;{{标题}}"), "&amp;标题<b>&甲\n"},
	} {
		filled, err := Fill(docxOf(c.body), "request", v)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		wellFormed(t, filled)
		if got, err := Text(filled); err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

// A mark stands on every page of a document, whatever its template has.
func TestFill_marks(t *testing.T) {
	for _, k := range Kinds() {
		v := Example(k.Name)
		v.Mark = "演练 <不具效力>"
		filled, err := Fill(Shipped(k.Name), k.Name, v)
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, filled)
		z, err := zip.NewReader(bytes.NewReader(filled), int64(len(filled)))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range z.File {
			r, err := e.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(text), "演练 &lt;不具效力&gt;"); isText(e.Name) && n != 1 {
				t.Errorf("%s: %s is marked %d times", k.Name, e.Name, n)
			}
		}
		if text, err := Text(filled); err != nil || !strings.HasPrefix(text, v.Mark) {
			t.Errorf("%s begins %.40q, %v", k.Name, text, err)
		}
	}
}

func TestFill_namesFaults(t *testing.T) {
	body := para("好{{标题}}") + para("{{标", "提}}") + para("{{标题") + "<w:tbl><w:tr>" + cell(para("{{事项.名称}}")) + cell(para("{{附件.名称}}")) + "</w:tr></w:tbl>" + para("{{?无}}") + para("{{界线名称}}")
	_, err := Fill(docxOf(body), "request", Example("request"))
	var faults Faults
	if !errors.As(err, &faults) || registry.KindOf(err) != registry.KindInvalid {
		t.Fatalf("%v", err)
	}
	want := []Fault{
		{UnknownField, "{{标提}}", "word/document.xml", 2, "{{标提}}"},
		{Unclosed, "", "word/document.xml", 3, "{{标题"},
		{TwoLists, "{{附件.名称}}", "word/document.xml", 5, "{{附件.名称}}"},
		{UnknownField, "{{?无}}", "word/document.xml", 6, "{{?无}}"},
		{UnknownField, "{{界线名称}}", "word/document.xml", 7, "{{界线名称}}"}, // known, but not here
	}
	for i := range max(len(want), len(faults)) {
		if i >= len(want) || i >= len(faults) || want[i] != faults[i] {
			t.Fatalf("got %+v\nwant %+v", faults, want)
		}
	}
}

func TestFill_refusesBadParts(t *testing.T) {
	if testing.Short() {
		t.Skip("unpacks gigabytes")
	}
	for name, docx := range map[string][]byte{
		"no archive":    []byte("x"),
		"broken":        docxParts("word/document.xml", "<a><b></a>"),
		"document type": docxParts("word/document.xml", `<!DOCTYPE a [<!ENTITY b "c">]><a/>`),
		"deep":          docxParts("word/document.xml", strings.Repeat("<a>", 5000)+strings.Repeat("</a>", 5000)),
		"large":         docxParts("word/document.xml", "<a>"+strings.Repeat(" ", partMost)+"</a>"),
	} {
		if _, err := Fill(docx, "request", Values{}); registry.KindOf(err) != registry.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	many := Values{Lists: map[string][]map[string]string{"items": make([]map[string]string, 100_000)}}
	if _, err := Fill(docxOf(para("{{事项.名称}}", strings.Repeat("长", 1000))), "request", many); registry.KindOf(err) != registry.KindTooLarge {
		t.Errorf("long list: %v", err)
	}
}

// However an editor has cut a paragraph into runs, it says the same, and no
// value is ever markup.
func TestFill_properties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringOfN(rapid.SampledFrom([]rune("甲<>&\"'{}a;\t]]>")), 0, 20, -1).Draw(t, "value")
		text := []rune("前{{标题}}中{{成文日期}}后{{标题}}")
		var runs []string
		for len(text) > 0 {
			n := rapid.IntRange(1, len(text)).Draw(t, "n")
			runs, text = append(runs, string(text[:n])), text[n:]
		}
		filled, err := Fill(docxOf(para(runs...)), "request", Values{Text: map[string]string{"title": value, "date": "日"}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := Text(filled)
		if want := "前" + value + "中日后" + value + "\n"; err != nil || got != want {
			t.Fatalf("%q, %v; want %q", got, err, want)
		}
	})
}

func TestDate(t *testing.T) {
	if got := Date(registry.Date(2026, 1, 5)); got != "2026年1月5日" {
		t.Error(got)
	}
	if got := Attach("图"); got[0]["lead"]+got[0]["no"]+got[0]["name"] != "附件：图" {
		t.Error(got)
	}
}

func FuzzFill(f *testing.F) {
	f.Add([]byte(`<w:document xmlns:w="`+word+`"><w:body>`+para("{{标", "题}}")+"<w:tbl><w:tr>"+cell(para("{{事项.名称}}"))+"</w:tr></w:tbl></w:body></w:document>"), "值\n<")
	f.Add([]byte(`<x:p xmlns:x="`+word+`"><x:r><x:t>{{?body}}{{body}}</x:t></x:r></x:p>`), "a\nb")
	f.Fuzz(func(t *testing.T, document []byte, value string) {
		v := Values{Text: map[string]string{"title": value, "body": value}, Lists: map[string][]map[string]string{"items": {{"name": value}, {}}}}
		filled, err := Fill(docxParts("word/document.xml", string(document)), "request", v)
		if err != nil {
			if registry.KindOf(err) == registry.KindInternal {
				t.Fatal(err)
			}
			return
		}
		if _, err := Fill(filled, "request", v); registry.KindOf(err) == registry.KindInternal {
			t.Fatal(err)
		}
	})
}
