package web

import (
	"archive/zip"
	"bytes"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"jieming/registry/desk"
)

// sendFile sends a form with a file, and fields by pairs.
func (b *browser) sendFile(address, name string, content io.Reader, pairs ...string) (int, string) {
	b.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for i := 0; i+1 < len(pairs); i += 2 {
		_ = m.WriteField(pairs[i], pairs[i+1])
	}
	part, err := m.CreateFormFile("file", name)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := io.Copy(part, content); err != nil {
		b.t.Fatal(err)
	}
	_ = m.Close()
	r, err := http.NewRequest(http.MethodPost, b.home+address, &body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", m.FormDataContentType())
	return b.send(r)
}

// newCase opens a case, and returns its address.
func (b *browser) newCase(title string) string {
	b.t.Helper()
	_, body := b.post("/desk/cases/new", "kind", "ADJUSTMENT", "title", title, "summary", title)
	at := regexp.MustCompile(`/desk/cases/\d+`).FindString(b.at)
	if at == "" {
		b.t.Fatalf("no case was opened at %s: %.2000s", b.at, body)
	}
	return at
}

// zipFile is an archive of one file that says that it is a .docx.
func zipFile(t *testing.T, name string, content io.Reader) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("[Content_Types].xml")
	if err == nil {
		_, err = io.WriteString(f, `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/main.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`)
	}
	if err == nil {
		f, err = z.Create(name)
	}
	if err == nil {
		_, err = io.Copy(f, content)
	}
	if err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return b.String()
}

// picture is a small PNG.
func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 9, 9))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// zeros are so many bytes that pack well.
func zeros(n int64) io.Reader { return io.LimitReader(zero{}, n) }

type zero struct{}

func (zero) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// What may not come in is refused at its field, what was typed comes back, and
// nothing of the file stays, neither in the case nor on the disk.
func TestUpload_refuses_bad_files(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	x := openOffice(t, desk.Policy{}, Options{})
	x.person(t, "bian", desk.DivisionEditor)
	b := x.browser(t)
	b.enter("bian")
	at := b.newCase("撤乡设镇")
	for _, c := range []struct {
		name    string
		content io.Reader
		want    string
	}{
		{"请示.pdf", bytes.NewReader(picture(t)), "却是"},
		{"请示.pdf", strings.NewReader("<html><script>alert(1)</script></html>"), "网页"},
		{"说明.txt", strings.NewReader("MZ\x90\x00" + strings.Repeat("\x00", 100)), "程序文件"},
		{"密.pdf", strings.NewReader("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Encrypt 5 0 R/Root 1 0 R>>\n%%EOF\n"), "密码保护"},
		{"压缩.zip", strings.NewReader(zipFile(t, "a.txt", strings.NewReader("x"))), "却是"},
		{"炸弹.docx", strings.NewReader(zipFile(t, "word/document.xml", zeros(64<<20))), "大得不正常"},
		{"空.txt", strings.NewReader(""), "不能是空文件"},
		{"大.txt", zeros(x.desk.FileLimit() + 1), "超过 50 MB"},
		{"更大.txt", zeros(x.desk.FileLimit() + 3<<20), ""},
	} {
		status, body := b.sendFile(at+"/paper", c.name, c.content, "kind", "OTHER", "title", "写好的标题", "version", "1", "form", "paper")
		if status != http.StatusUnprocessableEntity && status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: status %d", c.name, status)
		}
		if c.want != "" && (!strings.Contains(body, c.want) || !strings.Contains(body, "写好的标题")) {
			t.Errorf("%s: no %q, or not what was typed, in %.3000s", c.name, c.want, body[max(0, strings.Index(body, `class="faults"`)):])
		}
	}
	if _, body := b.open(at); strings.Contains(body, "写好的标题") {
		t.Error("a refused file is in the case")
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "jieming-upload-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left on the disk: %v, %v", left, err)
	}
	if status, body := b.sendFile(at+"/paper", "说明.txt", strings.NewReader("说明"), "kind", "OTHER", "title", "写好的标题", "version", "1", "form", "paper"); status != http.StatusOK || !strings.Contains(body, "写好的标题") {
		t.Errorf("a good file: status %d at %s", status, b.at)
	}
}

// A workbook that unpacks beyond all measure is refused, not read.
func TestCorrection_refuses_bad_workbooks(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{})
	x.person(t, "bian", desk.DivisionEditor)
	b := x.browser(t)
	b.enter("bian")
	for name, content := range map[string]io.Reader{
		"text":      strings.NewReader("编号,名称"),
		"no sheet":  strings.NewReader(zipFile(t, "a.txt", strings.NewReader("x"))),
		"bomb":      strings.NewReader(zipFile(t, "xl/worksheets/sheet1.xml", zeros(64<<20))),
		"encrypted": strings.NewReader("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 5000)),
		"nothing":   strings.NewReader(""),
	} {
		if status, body := b.sendFile("/desk/corrections", "list.xlsx", content); status != http.StatusUnprocessableEntity || !strings.Contains(body, `class="fault`) {
			t.Errorf("%s: status %d at %s", name, status, b.at)
		}
	}
}

// A workbook that is not for corrections is refused in the reader's language,
// with where to get the right one: so is the list that a check lets download.
func TestCorrection_says_which_sheet_it_takes(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{})
	x.person(t, "bian", desk.DivisionEditor)
	b := x.browser(t)
	b.enter("bian")
	status, list := b.open("/desk/quality/area-recast.xlsx")
	if status != http.StatusOK {
		t.Fatalf("the list of a check: status %d", status)
	}
	broken := zipFile(t, "xl/workbook.xml", strings.NewReader("<workbook"))
	for content, want := range map[string]string{list: "这不是更正表", broken: "不能读取这个"} {
		_, body := b.sendFile("/desk/corrections", "list.xlsx", strings.NewReader(content))
		at := strings.Index(body, `role="alert"`)
		if at < 0 {
			t.Errorf("nothing is said at %s", b.at)
			continue
		}
		if said := body[at:min(len(body), at+600)]; !strings.Contains(said, want) || strings.Contains(said, "is no ") {
			t.Errorf("want %s, it says %s", want, said)
		}
	}
}

// Two browsers on one case: what the second sends on what it has seen is kept,
// shown with what happened meanwhile, and taken when it is sent again.
func TestCase_in_two_browsers(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{})
	x.person(t, "bian", desk.DivisionEditor)
	x.person(t, "wang", desk.DivisionEditor)
	first, second := x.browser(t), x.browser(t)
	first.enter("bian")
	second.enter("wang")
	at := first.newCase("撤乡设镇")
	second.open(at)
	if status, _ := first.post(at+"/edit", "form", "edit", "title", "第一个标题", "summary", "一", "version", "1"); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	status, body := second.post(at+"/edit", "form", "edit", "title", "第二个标题", "summary", "没有丢的文字", "version", "1")
	if status != http.StatusConflict || !strings.Contains(body, "没有丢的文字") || !strings.Contains(body, "1 项变动") {
		t.Errorf("status %d: %.2000s", status, body)
	}
	if _, body := first.open(at); !strings.Contains(body, "第一个标题") || strings.Contains(body, "第二个标题") {
		t.Error("the second overwrote the first")
	}
	if status, body = second.post(at+"/edit", "form", "edit", "title", "第二个标题", "summary", "没有丢的文字", "version", "2"); status != http.StatusOK || !strings.Contains(body, "第二个标题") {
		t.Errorf("sent again: status %d", status)
	}
	// One form sent twice, as by a double click, is one act.
	said := 0
	for i := range 2 {
		status, _ := first.post(at+"/comment", "form", "comment", "text", "只说一次", "request", "once")
		_, body := first.open(at)
		if n := strings.Count(body, "只说一次"); status != http.StatusOK || n == 0 || i > 0 && n != said {
			t.Errorf("sent for the %dth time: status %d, said %d times, before %d", i+1, status, n, said)
		} else {
			said = n
		}
	}
}

// A link that was good once leads to what is there now, or says that there is
// nothing, and never to what its holder may no longer see.
func TestLinks_grow_stale(t *testing.T) {
	x := openOffice(t, desk.Policy{}, Options{})
	id := x.person(t, "bian", desk.DivisionEditor)
	b, plain := x.browser(t), x.browser(t)
	b.enter("bian")

	feed := func() string {
		_, body := b.post("/desk/messages/calendar")
		at := regexp.MustCompile(`/desk/calendar\.ics\?key=[A-Za-z0-9_-]{43}`).FindString(body)
		if at == "" {
			t.Fatalf("no address of a calendar in %s", body)
		}
		return at
	}
	old := feed()
	if status, _ := plain.open(old); status != http.StatusOK {
		t.Errorf("the calendar: status %d", status)
	}
	renewed := feed()
	gone := func(what, address string, want int) {
		t.Helper()
		if status, body := plain.open(address); status != want || strings.Contains(body, "VCALENDAR") {
			t.Errorf("%s: status %d", what, status)
		}
	}
	gone("the calendar's address of before", old, http.StatusNotFound)
	b.post("/desk/messages/calendar/end")
	gone("the calendar that was taken back", renewed, http.StatusNotFound)

	// A paper that another has taken the place of stays what it was.
	at := b.newCase("撤乡设镇")
	add := func(text, replaces, version string) string {
		t.Helper()
		status, body := b.sendFile(at+"/paper", text+".txt", strings.NewReader(text), "form", "paper", "kind", "OTHER", "title", text, "version", version, "replaces", replaces)
		if status != http.StatusOK {
			t.Fatalf("status %d", status)
		}
		links := regexp.MustCompile(at+`/files/[0-9a-f]{64}`).FindAllString(body, -1)
		if len(links) == 0 {
			t.Fatalf("no link to the paper %s at %s: %s", at, b.at, body[strings.Index(body, "<main"):])
		}
		return links[len(links)-1]
	}
	first := add("第一稿", "", "1")
	_, body := b.open(at)
	paper := regexp.MustCompile(`<option value="(\d+)"[^>]*>[^<]*第一稿`).FindStringSubmatch(body)
	if paper == nil {
		t.Fatal("the paper cannot be replaced")
	}
	add("第二稿", paper[1], "2")
	if status, body := b.open(first); status != http.StatusOK || body != "第一稿" {
		t.Errorf("the replaced paper: status %d, %q", status, body)
	}
	if status, _ := b.open(strings.Replace(first, "/files/", "/files/0", 1)); status != http.StatusNotFound {
		t.Errorf("a file that was never there: status %d", status)
	}

	// A token that was revoked, and one that was made up.
	_, body = b.post("/desk/me/tokens", "name", "程序", "scope", "case", "days", "1")
	token := regexp.MustCompile(`jm_[A-Za-z0-9_-]{30,}`).FindString(body)
	ask := func() int {
		r, err := http.NewRequest(http.MethodGet, x.URL+first, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		status, _ := plain.send(r)
		return status
	}
	if status := ask(); status != http.StatusNotFound && status != http.StatusOK { // papers are no part of the scope
		t.Errorf("the token: status %d", status)
	}
	_, body = b.open("/desk/me/tokens")
	revoke := regexp.MustCompile(`/desk/me/tokens/\d+/revoke`).FindString(body)
	b.post(revoke)
	if status := ask(); status != http.StatusUnauthorized {
		t.Errorf("the revoked token: status %d", status)
	}
	if status, _ := b.post(revoke); status != http.StatusNotFound && status != http.StatusOK {
		t.Errorf("revoked twice: status %d", status)
	}

	// Whose role was taken back finds nothing behind the links of before.
	grants, err := x.desk.Grants(t.Context(), desk.Operator(), id)
	if err != nil || len(grants) != 1 {
		t.Fatal(grants, err)
	}
	if err := x.desk.RevokeGrant(t.Context(), desk.Operator(), grants[0].ID, "test"); err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{at, at + "/dossier", at + "/dossier.zip", first, "/desk/notices/new?case=" + at[len("/desk/cases/"):]} {
		if status, body := b.open(link); status != http.StatusNotFound || strings.Contains(body, "第一稿") {
			t.Errorf("%s without the role: status %d", link, status)
		}
	}
	// And whose session was ended elsewhere is led to sign in.
	if err := x.desk.DisableAccount(t.Context(), desk.Operator(), id, true, "left"); err != nil {
		t.Fatal(err)
	}
	if b.open(at); !strings.Contains(b.at, "/login?next=") {
		t.Errorf("with the account disabled at %s", b.at)
	}
}
