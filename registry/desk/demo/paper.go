package demo

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"

	"jieming/registry"
	"jieming/registry/desk"
	"jieming/registry/desk/document"
	"jieming/registry/law"
)

// What papers of the demonstration say, a file for each kind, in the lines of
// [document.Compose].
//
//go:embed papers/*.txt
var texts embed.FS

// office is who issues papers at the desk of the demonstration.
const office = "吉林省民政厅"

// charts are the kinds of paper that are maps.
var charts = []string{"MAP_BEFORE", "MAP_PROPOSAL", "AGREEMENT_MAP"}

// bringPapers puts the papers into a case that a step needs: what others wrote as
// uploads, what the office writes as issued documents whose signed scans came back.
func (a *actors) bringPapers(ctx context.Context, c *desk.Case, s *law.Step) (*desk.Case, error) {
	var papers []desk.Paper
	var issued []*law.Paper
	for _, need := range s.Needs {
		kind := a.book.Paper(need.Paper.ID)
		switch {
		case c.HasPaper(kind.ID):
		case kind.Issued && kind.Template != "":
			issued = append(issued, kind)
		default:
			p, err := a.write(ctx, c, kind)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", kind.ID, err)
			}
			papers = append(papers, p)
		}
	}
	var err error
	if len(papers) > 0 {
		if c, err = a.do(ctx, a.editor, c, "papers-"+s.Act, desk.AddPapers{Papers: papers}); err != nil {
			return nil, err
		}
	}
	for _, kind := range issued {
		if c, err = a.issue(ctx, c, kind.ID); err != nil {
			return nil, fmt.Errorf("%s: %w", kind.ID, err)
		}
		if c, err = a.sign(ctx, c, kind.ID); err != nil {
			return nil, fmt.Errorf("scan of %s: %w", kind.ID, err)
		}
	}
	return c, nil
}

// write uploads a paper that others wrote: a .docx, a map or the scan of an approval.
func (a *actors) write(ctx context.Context, c *desk.Case, kind *law.Paper) (desk.Paper, error) {
	var content []byte
	var err error
	name := kind.Zh + ".pdf"
	today := registry.DayOf(a.at)
	switch {
	case kind.ID == "APPROVAL":
		content = scan("演示批准机关", a.reference(c), "关于"+c.Title+"的批复", "同意"+c.Title+"。\n请按规定组织实施，实施中的重大问题及时报告。", document.Date(today))
	case slices.Contains(charts, kind.ID):
		content, err = a.chart(ctx, c, kind)
	default:
		name = kind.Zh + ".docx"
		content, err = compose(c, kind.ID, today)
	}
	if err != nil {
		return desk.Paper{}, err
	}
	u, err := a.desk().Receive(ctx, a.stage.Cast[a.editor], name, bytes.NewReader(content))
	if err != nil {
		return desk.Paper{}, err
	}
	p := u.Paper(kind.ID, kind.Zh)
	p.IssuedOn = today
	if kind.ID == "APPROVAL" {
		p.Number, p.Issuer, p.Signed = a.reference(c), "演示批准机关", true
	}
	return p, nil
}

// reference is the number of an approval of others: nobody takes it for a real one.
func (a *actors) reference(c *desk.Case) string {
	return fmt.Sprintf("演示字〔%d〕%d号", a.at.Year(), c.ID)
}

// compose makes the .docx of a kind of paper for a case.
func compose(c *desk.Case, kind string, on registry.Day) ([]byte, error) {
	text, err := texts.ReadFile("papers/" + kind + ".txt")
	if err != nil {
		return nil, err
	}
	said := strings.NewReplacer("{案由}", c.Title, "{政区}", c.Units[c.Unit].Name, "{日期}", document.Date(on), "{审批机关}", office)
	return document.Compose(c.Title, said.Replace(string(text)))
}

// chart is the map of the unit of a case as it was published.
func (a *actors) chart(ctx context.Context, c *desk.Case, kind *law.Paper) ([]byte, error) {
	var areas []Area
	var err error
	if a.stage.Around != nil {
		areas, err = a.stage.Around(ctx, c.Unit)
	}
	return chart(c.Units[c.Unit].Name+"："+kind.Zh, areas, kind.ID != "MAP_BEFORE", registry.DayOf(a.at)), err
}

// bodies are what documents say, by their kind; of others that is the summary of the case.
var bodies = map[string]string{
	"REQUEST":        "%s的方案已经过风险评估、专家论证和征求社会公众意见，有关部门的意见已经采纳，材料齐全。",
	"CONSULTATION":   "现就%s征求贵单位意见，请在期限内书面回复；逾期不回复的，我厅将再次函询。",
	"REPLY":          "经审查，同意%s。请按规定做好备案和公告，设置标志，并做好宣传解释。",
	"ANNOUNCEMENT":   "%s已经批准，现予公告。各有关单位按规定更换标志、图件和文书；证件在有效期内继续有效。",
	"FILING":         "%s已按规定办理，材料随文报送，请予备案。",
	"COMPLETION":     "%s已实施完成：批准的事项已向社会公告，代码已经确定并公布，勘界和更新行政区划图的工作已经安排。",
	"PUBLIC_OPINION": "以座谈会和走访的方式就%s征求了所在地群众的意见。多数赞成；关于证件更换和保护老地名的建议已经采纳。",
	"JOINT_REPORT":   "双方按计划完成了%s，界桩和其他标志物完好，界线两侧无纠纷。",
}

// issue issues an official document: its number is of the series of the office.
func (a *actors) issue(ctx context.Context, c *desk.Case, kind string) (*desk.Case, error) {
	d := a.desk()
	v, err := d.PaperValues(ctx, c, kind)
	if err != nil {
		return nil, err
	}
	if body, ok := bodies[kind]; ok {
		v.Text["body"] = fmt.Sprintf(body, c.Title)
	}
	if kind == "REQUEST" {
		delete(v.Text, "recipient") // nobody is to take it for a real one
	}
	unit := c.Units[c.Unit].Name
	for name, value := range map[string]string{
		"recipient": map[bool]string{true: unit + "人民政府（演示）", false: "吉林省人民政府（演示）"}[kind == "REPLY"],
		"signer":    "演示签发人", "phone": "0431-00000000", "printer": office + "办公室", "copies": unit + "人民政府（演示）",
		"effective": document.Date(registry.DayOf(a.at)), "begin": document.Date(registry.DayOf(a.at) - 10),
		"line.name": unit + "界线", "line.sides": "双方检查组（演示）",
		"approval.issuer": "演示批准机关", "approval.number": a.reference(c), "approval.date": document.Date(registry.DayOf(a.at)),
	} {
		if v.Text[name] == "" {
			v.Text[name] = value
		}
	}
	return a.do(ctx, a.editor, c, "issue-"+kind, desk.Issue{Kind: kind, Issuer: office, Title: v.Text["title"], On: registry.DayOf(a.at), Values: v})
}

// sign brings back the signed scan of a document of a case.
func (a *actors) sign(ctx context.Context, c *desk.Case, kind string) (*desk.Case, error) {
	papers := c.Current()
	i := slices.IndexFunc(papers, func(p desk.Paper) bool { return p.Kind == kind && p.Number != "" && !p.Signed })
	if i < 0 { // it bears no number, or was signed in an earlier play
		return c, nil
	}
	p := papers[i]
	_, content, err := a.desk().OpenPaper(ctx, a.stage.Cast[a.editor], c.ID, p.Digest)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	docx, err := io.ReadAll(content)
	if err != nil {
		return nil, err
	}
	text, err := document.Text(docx)
	if err != nil {
		return nil, err
	}
	u, err := a.desk().Receive(ctx, a.stage.Cast[a.editor], p.Title+"（签章扫描件）.pdf",
		bytes.NewReader(scan(office, p.Number, p.Title, within(text, p.Title), document.Date(p.IssuedOn))))
	if err != nil {
		return nil, err
	}
	signed := u.Paper(kind, "")
	signed.Signed, signed.Replaces = true, p.ID
	return a.do(ctx, a.editor, c, "sign-"+kind, desk.AddPapers{Papers: []desk.Paper{signed}})
}

// within is what a document says between its title and its signature.
func within(text, title string) string {
	_, body, found := strings.Cut(text, title+"\n")
	if !found {
		body = text
	}
	if before, _, ok := strings.Cut(body, "\n"+office+"\n"); ok {
		body = before
	}
	return strings.Join(slices.DeleteFunc(strings.Split(body, "\n"), func(line string) bool { return strings.TrimSpace(line) == "" }), "\n")
}
