package postgres

import (
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/desk/document"
	"jieming/registry/desk/filetype"
)

const pdf = "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

// paperValues are what a case knows for a kind of document.
func paperValues(t *testing.T, d *desk.Desk, c *desk.Case, kind string) document.Values {
	t.Helper()
	v, err := d.PaperValues(t.Context(), c, kind)
	check(t, err)
	return v
}

// A document is drafted from the case, issued with the next number, comes back
// signed, and takes the place of the draft.
func TestPaper_fromDraftToSigned(t *testing.T) {
	ctx := t.Context()
	d, as, store := furnished(t)
	editor, chief := as[desk.DivisionEditor], as[desk.Supervisor]
	c, err := d.OpenCase(ctx, editor, desk.OpenRequest{Kind: "ADJUSTMENT", Title: "调整甲区", Summary: "第一段\n第二段"})
	check(t, err)
	if _, err := d.Receive(ctx, editor, "扫描.pdf", strings.NewReader("<html>")); registry.KindOf(err) != registry.KindInvalid || !errors.As(err, new(*desk.Fault)) {
		t.Errorf("a web page: %v", err)
	}
	u, err := d.Receive(ctx, editor, "C:\\扫描\u202e.pdf", strings.NewReader(pdf))
	check(t, err)
	if u.Name != "扫描.pdf" || u.Media != "application/pdf" || u.Bytes != int64(len(pdf)) {
		t.Errorf("%+v", u)
	}
	if _, err := d.Upload(ctx, chief, u.ID); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("somebody else's upload: %v", err)
	}
	if c, err = d.Act(ctx, editor, c.ID, c.Version, "", desk.AddPapers{Papers: []desk.Paper{u.Paper("APPLICATION", "申请书")}}); err != nil {
		t.Fatal(err)
	}

	issue := desk.Issue{Kind: "REQUEST", Issuer: "吉林省民政厅", Title: "关于调整甲区的请示", On: registry.Date(2026, 11, 28), Values: paperValues(t, d, c, "REQUEST")}
	issue.Values.Text["recipient"] = "吉林省人民政府"
	inner := issue
	inner.Secrecy = 1
	check(t, d.ChangeZone(ctx, as[desk.SecurityAdmin], "GOVERNMENT", 1, "政务外网"))
	draft, err := d.Preview(ctx, editor, c.ID, inner)
	check(t, err)
	if !draft.Numbered || draft.Number != "" {
		t.Errorf("without a series the next number is %q", draft.Number)
	}
	text, err := document.Text(draft.Docx)
	for _, want := range []string{"吉林省民政厅文件", "内部", "〔待编号〕", "关于调整甲区的请示", "第一段\n第二段", "附件：申请书", "2026年11月28日"} {
		if !strings.Contains(text, want) {
			t.Errorf("the preview does not say %q (%v):\n%s", want, err, text)
		}
	}
	if _, err := d.Act(ctx, editor, c.ID, c.Version, "", issue); registry.KindOf(err) != registry.KindConflict {
		t.Fatalf("without a series: %v", err)
	}
	check(t, d.SetSeries(ctx, chief, desk.Series{Issuer: "吉林省民政厅", Paper: "*", Pattern: "吉民区划〔{year}〕{n}号", After: 11, Reason: "x"}))
	if err := d.SetSeries(ctx, editor, desk.Series{}); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("an editor sets a series: %v", err)
	}
	for range 2 { // looking takes no number
		if draft, err = d.Preview(ctx, editor, c.ID, issue); err != nil || draft.Number != "吉民区划〔2026〕12号" {
			t.Errorf("the next number is %q, %v", draft.Number, err)
		}
	}
	for _, on := range []registry.Day{d.Today() + 1, registry.Date(2027, 5, 1), registry.Date(1949, 9, 30)} {
		dated := issue
		dated.On = on
		_, err1 := d.Preview(ctx, editor, c.ID, dated)
		_, err2 := d.Act(ctx, editor, c.ID, c.Version, "", dated)
		paper := u.Paper("RISK_ASSESSMENT", "风险评估报告")
		paper.IssuedOn = on
		_, err3 := d.Act(ctx, editor, c.ID, c.Version, "", desk.AddPapers{Papers: []desk.Paper{paper}})
		for i, err := range []error{err1, err2, err3} {
			var f *desk.Fault
			if !errors.As(err, &f) || f.Key != "day.range" || f.Field != []string{"on", "on", "issuedOn"}[i] {
				t.Errorf("a paper of %s: %v", on, err)
			}
		}
	}
	issue.Expect = "吉民区划〔2026〕11号"
	if _, err := d.Act(ctx, editor, c.ID, c.Version, "", issue); fault(err) != desk.NumberTaken {
		t.Errorf("another number than the person was shown: %v", err)
	}
	issue.Expect = draft.Number
	c, err = d.Act(ctx, editor, c.ID, c.Version, "issue-1", issue)
	check(t, err)
	if draft, err = d.Preview(ctx, editor, c.ID, issue); err != nil || draft.Number != "吉民区划〔2026〕13号" {
		t.Errorf("after 12 comes %q, %v", draft.Number, err)
	}
	again, err := d.Act(ctx, editor, c.ID, c.Version-1, "issue-1", issue)
	if err != nil || again.Version != c.Version {
		t.Errorf("the same command again: %v", err)
	}
	paper := c.Papers[len(c.Papers)-1]
	if paper.Number != "吉民区划〔2026〕12号" || paper.FileName != "关于调整甲区的请示.docx" || paper.Media != filetype.DOCX.Media {
		t.Errorf("issued %+v", paper)
	}
	_, content, err := d.OpenPaper(ctx, chief, c.ID, paper.Digest)
	check(t, err)
	docx, err := io.ReadAll(content)
	check(t, err)
	if text, err := document.Text(docx); err != nil || !strings.Contains(text, "吉民区划〔2026〕12号") {
		t.Errorf("the document: %v\n%s", err, text)
	}
	if _, _, err := d.OpenPaper(ctx, as[desk.SystemAdmin], c.ID, paper.Digest); registry.KindOf(err) != registry.KindNotFound {
		t.Errorf("an administrator reads a paper: %v", err)
	}

	scan, err := d.Receive(ctx, editor, "签发稿.pdf", strings.NewReader(pdf+"\n"))
	check(t, err)
	signed := scan.Paper("REQUEST", "")
	signed.Signed, signed.Replaces = true, paper.ID
	other := scan.Paper("BASIC_FACTS", "")
	other.Replaces = paper.ID
	var fault *desk.Fault
	if _, err := d.Act(ctx, editor, c.ID, c.Version, "", desk.AddPapers{Papers: []desk.Paper{other}}); !errors.As(err, &fault) || fault.Key != "paper.replaces" {
		t.Errorf("a paper of another kind replaced: %v", err)
	}
	c, err = d.Act(ctx, editor, c.ID, c.Version, "", desk.AddPapers{Papers: []desk.Paper{signed}})
	check(t, err)
	now := c.Current()
	if len(now) != 2 || !now[1].Signed || now[1].Digest != scan.Digest {
		t.Fatalf("current papers %+v", now)
	}
	if got := now[1]; got.Number != paper.Number || got.Issuer != paper.Issuer || got.IssuedOn != paper.IssuedOn || got.Title != paper.Title {
		t.Errorf("the scan lost what its document bears: %+v", got)
	}
	if _, err := d.Act(ctx, editor, c.ID, c.Version, "", desk.AddPapers{Papers: []desk.Paper{signed}}); !errors.As(err, &fault) || fault.Key != "paper.replaces" {
		t.Errorf("a paper was replaced twice: %v", err)
	}

	// Many at once on one case: each number once, and those refused draw none.
	issue.Expect = ""
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() { _, _ = d.Act(ctx, editor, c.ID, c.Version, "", issue) })
	}
	all.Wait()
	numbers, err := store.PaperNumbers(ctx, "吉民区划〔{year}〕{n}号", 2026)
	if err != nil || len(numbers) != 2 || numbers[0].Number != "吉民区划〔2026〕13号" {
		t.Errorf("%+v, %v", numbers, err)
	}
}

// The form of a document begins with what the law and the case say: the article
// for that kind of case, the government that decides, and the papers of the
// case's own side.
func TestPaperValues(t *testing.T) {
	ctx := t.Context()
	d, as, store := furnished(t)
	var unit registry.UnitID
	check(t, store.pool.QueryRow(ctx, "SELECT unit_id FROM unit_version WHERE name = '甲县'").Scan(&unit))
	for _, k := range d.Book().Kinds {
		c := &desk.Case{Kind: k.ID}
		for _, p := range d.Book().PapersOf(k.ID) {
			if !p.Issued {
				continue
			}
			want := ""
			if basis := d.Book().Basis(k.ID, p.ID); basis != nil {
				want = basis.InChinese()
			}
			if got := paperValues(t, d, c, p.ID).Text["basis"]; got != want {
				t.Errorf("%s: %s is issued under %q, want %q", k.ID, p.ID, got, want)
			}
		}
	}
	for kind, want := range map[string][2]string{"ADJUSTMENT": {"方省人民政府", "《行政区划管理条例》第二条"}, "NAMING": {"", "《地名管理条例》第十二条"}} {
		who := as[desk.DivisionEditor]
		if kind == "NAMING" {
			who = as[desk.NameReviewer]
		}
		c, err := d.OpenCase(ctx, who, desk.OpenRequest{Kind: kind, Title: "甲县" + kind, Unit: unit})
		check(t, err)
		for _, paper := range []string{"APPLICATION", "OPINION"} {
			u, err := d.Receive(ctx, who, paper+".pdf", strings.NewReader(pdf+strings.Repeat("\n", len(kind+paper)%9)))
			check(t, err)
			c, err = d.Act(ctx, who, c.ID, c.Version, "", desk.AddPapers{Papers: []desk.Paper{u.Paper(paper, paper)}})
			check(t, err)
		}
		v := paperValues(t, d, c, "REQUEST")
		if v.Text["recipient"] != want[0] || v.Text["basis"] != want[1] {
			t.Errorf("a request in %s goes to %q under %q, want %q", kind, v.Text["recipient"], v.Text["basis"], want)
		}
		if a := v.Lists["attachments"]; len(a) != 1 || a[0]["name"] != "APPLICATION" {
			t.Errorf("a request in %s is sent with %v", kind, a)
		}
	}
}

// A department puts its own template in the place of a shipped one, and back.
func TestPaper_templateIsTried(t *testing.T) {
	ctx := t.Context()
	d, as, _ := furnished(t)
	chief := as[desk.Supervisor]
	filled, err := document.Fill(document.Shipped("request"), "request", document.Example("request"))
	check(t, err)
	u, err := d.Receive(ctx, chief, "厅版请示.docx", strings.NewReader(string(filled)))
	check(t, err)
	if err := d.ReplaceTemplate(ctx, as[desk.DivisionEditor], "request", 0, u, "x"); registry.KindOf(err) != registry.KindForbidden {
		t.Errorf("an editor: %v", err)
	}
	wrong, err := d.Receive(ctx, chief, "复.docx", strings.NewReader(string(document.Shipped("joint-report"))))
	check(t, err)
	if err := d.ReplaceTemplate(ctx, chief, "request", 0, wrong, "x"); registry.KindOf(err) != registry.KindInvalid || !strings.Contains(err.Error(), "{{联检双方}}") {
		t.Errorf("fields of another template: %v", err)
	}
	check(t, d.ReplaceTemplate(ctx, chief, "request", 0, u, "厅里的版式"))
	content, version, err := d.Template(ctx, "request")
	if err != nil || version.Version != 1 || string(content) != string(filled) {
		t.Errorf("%+v, %v", version, err)
	}
	check(t, d.RestoreTemplate(ctx, chief, "request", 1, "恢复"))
	content, version, err = d.Template(ctx, "request")
	if err != nil || version.Version != 2 || string(content) != string(document.Shipped("request")) {
		t.Errorf("%+v, %v", version, err)
	}
}
