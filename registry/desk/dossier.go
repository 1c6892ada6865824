package desk

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"jieming/registry"
	"jieming/registry/desk/document"
	"jieming/registry/desk/filetype"
)

// Entry is an entry of the log: its number, and the digest that chains it to
// all before it.
type Entry struct {
	Seq    registry.Seq
	Digest Digest
	At     time.Time
}

// DossierStore knows where in the log a case stands.
type DossierStore interface {
	// CaseEntry returns the log entry of the last act in a case.
	CaseEntry(ctx context.Context, id registry.CaseID) (Entry, error)
}

// Dossier is a case as it is filed (案卷): its papers in order, and what was
// done in it.
type Dossier struct {
	Number   string
	Title    string
	Kind     string // in Chinese
	State    string // in Chinese
	Entry    Entry  // the last log entry of the case
	MadeAt   time.Time
	MadeBy   string
	Mark     string // that it is one of a training space; else ""
	Papers   []DossierPaper
	Timeline []DossierAct

	of       registry.CaseID
	reserved bool // a paper of it is; see Paper.Reserved
}

// DossierPaper is a paper in a dossier.
type DossierPaper struct {
	No       int    // from 1
	Path     string // in the archive, without the folder of the dossier
	Kind     string // in Chinese
	Title    string
	Number   string
	IssuedOn string // 2026-11-28; "" if not known
	Issuer   string
	Signed   bool
	Replaced bool // another paper took its place
	Digest   Digest
	Bytes    int64
}

// DossierAct is something that was done in the case.
type DossierAct struct {
	N      int
	At     time.Time
	Who    string
	What   string
	Detail string
}

// Dossier puts a case together as a dossier. The rights are case.read and
// paper.read.
func (d *Desk) Dossier(ctx context.Context, p *Principal, id registry.CaseID) (*Dossier, error) {
	c, err := d.Case(ctx, p, id)
	if err != nil {
		return nil, err
	}
	if !p.Reaches(ReadPaper, c.Object()) {
		return nil, d.refusal(p, ReadPaper, c)
	}
	out := &Dossier{Number: c.Number, Title: c.Title, Kind: c.Kind, State: c.State, MadeAt: d.now().UTC().Truncate(time.Second), MadeBy: p.Name, of: id}
	if d.drill {
		out.Mark = drillMark
	}
	if k := d.book.Kind(c.Kind); k != nil {
		out.Kind = k.Zh
	}
	if s := d.book.State(c.Kind, c.State); s != nil {
		out.State = s.Zh
	}
	if out.Entry, err = d.store.CaseEntry(ctx, id); err != nil {
		return nil, err
	}
	for i := range c.Papers {
		out.Papers = append(out.Papers, d.dossierPaper(c, i))
		out.reserved = out.reserved || c.Papers[i].Reserved()
	}
	for i := range c.Events {
		out.Timeline = append(out.Timeline, d.dossierAct(c, &c.Events[i]))
	}
	return out, nil
}

func (d *Desk) dossierPaper(c *Case, i int) DossierPaper {
	p := &c.Papers[i]
	out := DossierPaper{No: i + 1, Kind: p.Kind, Title: p.Title, Number: p.Number, Issuer: p.Issuer, Signed: p.Signed, Digest: p.Digest, Bytes: p.Bytes}
	if k := d.book.Paper(p.Kind); k != nil {
		out.Kind = k.Zh
	}
	if p.IssuedOn != registry.NoStart && p.IssuedOn != 0 {
		out.IssuedOn = p.IssuedOn.String()
	}
	for _, other := range c.Papers {
		out.Replaced = out.Replaced || other.Replaces == p.ID && p.ID != 0
	}
	name := p.Title
	if out.Kind != p.Title {
		name = out.Kind + "-" + p.Title
	}
	typ := filetype.ByMedia(p.Media)
	if typ == nil {
		typ = &filetype.Type{Ext: strings.ToLower(path.Ext(p.FileName))}
	}
	out.Path = fmt.Sprintf("papers/%03d-%s", out.No, filetype.Clean(strings.NewReplacer("/", "_", `\`, "_").Replace(name), typ))
	return out
}

// acts are what events are called in a dossier.
var acts = map[EventType]string{
	Opened: "立案", Edited: "修改", Stepped: "办理", Commented: "批注", Assigned: "分派", Transferred: "移交", HandedOver: "承继",
	AskedFor: "征求意见", Replied: "反馈意见", Unasked: "撤回征求意见", PaperAdded: "添加材料", Extended: "延期", Marked: "登记事项", Linked: "关联案件",
	Unlinked: "取消关联", Noticed: "公示公告", NoticeWritten: "公告公示拟稿", NoticeReturned: "退回拟稿", NoticeEnded: "公示结束",
}

func (d *Desk) dossierAct(c *Case, e *Event) DossierAct {
	a := DossierAct{N: e.N, At: e.At, Who: c.Names[e.Account], What: acts[e.Type]}
	if e.For != 0 {
		a.Who += "（代" + c.Names[e.For] + "）"
	}
	b := &e.Body
	if a.What == "" {
		a.What = string(e.Type)
	}
	if step := d.book.Step(c.Kind, b.Act); e.Type == Stepped && step != nil {
		a.What = step.Zh
	}
	if b.Issued {
		a.What = "制发公文"
	}
	detail := []string{b.Title, b.Text, b.Reason}
	if s := d.book.State(c.Kind, b.To); s != nil {
		detail = append(detail, "→ "+s.Zh)
	}
	if i := b.Instrument; i != nil {
		detail = append(detail, i.Issuer+i.Number, i.Title)
	}
	for _, kind := range b.Papers {
		if p := d.book.Paper(kind); p != nil {
			detail = append(detail, p.Zh)
		}
	}
	for _, id := range b.Departments {
		if dep := d.book.Department(id); dep != nil {
			detail = append(detail, dep.Zh)
		}
	}
	if b.DueOn != nil {
		detail = append(detail, "期限 "+document.Date(*b.DueOn))
	}
	var said []string
	for _, s := range detail {
		if strings.TrimSpace(s) != "" {
			said = append(said, strings.TrimSpace(s))
		}
	}
	a.Detail = strings.Join(said, "；")
	return a
}

// FileName is what the archive is called.
func (d *Dossier) FileName() string {
	return filetype.Clean(d.Number+"-案卷", &filetype.Type{Ext: ".zip"})
}

// WriteDossier writes a dossier as a ZIP: manifest.json and manifest.txt with
// the digests of all members, SHA256SUMS for sha256sum -c, the timeline as a
// table and as a page to be printed, and the papers. It streams: a paper is
// read through a fixed buffer, and proved while it is read. When it fails, what
// was written is no whole archive.
func (d *Desk) WriteDossier(ctx context.Context, p *Principal, w io.Writer, x *Dossier) error {
	if x.reserved {
		if err := d.Note(ctx, p, ReadUnpublished, "CASE", int64(x.of), map[string]any{"dossier": x.Number}); err != nil {
			return err
		}
	}
	z := zip.NewWriter(w)
	made := []dossierMember{}
	for _, m := range []struct {
		path  string
		write func(io.Writer, *Dossier) error
	}{{"timeline.csv", writeTimeline}, {"timeline.html", writeDossierPage}} {
		var b bytes.Buffer
		if err := m.write(&b, x); err != nil {
			return err
		}
		made = append(made, dossierMember{Path: m.path, Content: b.Bytes()})
	}
	members, err := manifests(x, made)
	if err != nil {
		return err
	}
	for _, m := range members {
		if err := writeMember(z, x, m.Path, bytes.NewReader(m.Content)); err != nil {
			return err
		}
	}
	for i := range x.Papers {
		p := &x.Papers[i]
		content, err := d.store.OpenFile(ctx, p.Digest)
		if err != nil {
			return fmt.Errorf("%s: %w", p.Path, err)
		}
		err = writeMember(z, x, p.Path, content)
		_ = content.Close()
		if err != nil {
			return err
		}
	}
	return z.Close()
}

// dossierMember is a member of the archive that is made for it.
type dossierMember struct {
	Path    string
	Content []byte
}

func writeMember(z *zip.Writer, x *Dossier, name string, r io.Reader) error {
	h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: x.MadeAt.In(registry.China)}
	switch path.Ext(name) {
	case ".pdf", ".png", ".jpg", ".webp", ".docx", ".xlsx", ".pptx", ".odt", ".ods":
		h.Method = zip.Store // compressed already
	}
	w, err := z.CreateHeader(h)
	if err == nil {
		_, err = io.Copy(w, r)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// manifests puts the lists before the members that were made.
func manifests(x *Dossier, made []dossierMember) ([]dossierMember, error) {
	type member struct {
		Path     string `json:"path"`
		SHA256   string `json:"sha256"`
		Bytes    int64  `json:"bytes"`
		Kind     string `json:"kind,omitempty"`
		Title    string `json:"title,omitempty"`
		Number   string `json:"number,omitempty"`
		IssuedOn string `json:"issuedOn,omitempty"`
		Issuer   string `json:"issuer,omitempty"`
		Signed   bool   `json:"signed,omitempty"`
		Replaced bool   `json:"replaced,omitempty"`
	}
	list := struct {
		Case     string    `json:"case"`
		Title    string    `json:"title"`
		Kind     string    `json:"kind"`
		State    string    `json:"state"`
		LogEntry int64     `json:"logEntry"`
		Log      string    `json:"logDigest"`
		MadeAt   time.Time `json:"madeAt"`
		MadeBy   string    `json:"madeBy"`
		Members  []member  `json:"members"`
	}{x.Number, x.Title, x.Kind, x.State, int64(x.Entry.Seq), x.Entry.Digest.String(), x.MadeAt, x.MadeBy, nil}
	for _, m := range made {
		list.Members = append(list.Members, member{Path: m.Path, SHA256: Digest(sha256.Sum256(m.Content)).String(), Bytes: int64(len(m.Content))})
	}
	for _, p := range x.Papers {
		list.Members = append(list.Members, member{p.Path, p.Digest.String(), p.Bytes, p.Kind, p.Title, p.Number, p.IssuedOn, p.Issuer, p.Signed, p.Replaced})
	}
	js, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return nil, err
	}
	var txt, sums strings.Builder
	fmt.Fprintf(&txt, "案号：%s\n案由：%s\n类型：%s\n状态：%s\n日志条目：%d（%s）\n制作：%s，%s\n\n", x.Number, x.Title, x.Kind, x.State, x.Entry.Seq,
		x.Entry.Digest, x.MadeBy, x.MadeAt.In(registry.China).Format("2006-01-02 15:04:05"))
	for _, m := range list.Members {
		fmt.Fprintf(&txt, "%s  %12d  %s\n", m.SHA256, m.Bytes, m.Path)
		fmt.Fprintf(&sums, "%s  %s\n", m.SHA256, m.Path)
	}
	for _, m := range []dossierMember{{"manifest.json", js}, {"manifest.txt", []byte(txt.String())}} {
		fmt.Fprintf(&sums, "%s  %s\n", Digest(sha256.Sum256(m.Content)), m.Path)
	}
	return append([]dossierMember{{"manifest.json", js}, {"manifest.txt", []byte(txt.String())}, {"SHA256SUMS", []byte(sums.String())}}, made...), nil
}

// writeTimeline writes what was done as CSV, with the mark by which Excel knows
// UTF-8. A cell that Excel would take for a formula begins with a quote mark.
func writeTimeline(w io.Writer, x *Dossier) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	rows := [][]string{{"序号", "时间", "人员", "事项", "内容"}}
	for _, a := range x.Timeline {
		rows = append(rows, []string{strconv.Itoa(a.N), a.At.In(registry.China).Format("2006-01-02 15:04:05"), plainCell(a.Who), plainCell(a.What), plainCell(a.Detail)})
	}
	return c.WriteAll(rows)
}

func plainCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

//go:embed dossier.html
var dossierHTML string

var dossierPage = template.Must(template.New("dossier").Funcs(template.FuncMap{
	"time": func(t time.Time) string { return t.In(registry.China).Format("2006-01-02 15:04") },
}).Parse(dossierHTML))

// writeDossierPage writes the dossier as one page to be printed, with links to
// the papers beside it.
func writeDossierPage(w io.Writer, x *Dossier) error { return dossierPage.Execute(w, x) }
