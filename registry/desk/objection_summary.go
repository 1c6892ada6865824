package desk

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"jieming/registry"
	"jieming/registry/desk/document"
	"jieming/registry/desk/workbook"
	"jieming/registry/law"
)

// opinionPaper is the kind of paper that tells of what the public said (DR 13).
const opinionPaper = "PUBLIC_OPINION"

// mostObjections is how many comments of a notice a summary and a workbook hold.
const mostObjections = 100_000

// ConcludeNotice puts what the public said into the dossier, once the last day is
// over and every comment has an answer or was set aside. It ends the notice for
// the case.
type ConcludeNotice struct {
	Notice NoticeID
	Seen   int
}

// Needs implements [Act].
func (ConcludeNotice) Needs(*Case, *law.Book) Action { return AnswerPublic }

// Commutes implements [Commuting]: the version of the notice guards it.
func (ConcludeNotice) Commutes() {}

// Do implements [Act].
func (a ConcludeNotice) Do(x *Acting) error {
	n, err := x.notice(a.Notice, a.Seen, NoticePublished, NoticeOver, NoticeWithdrawn)
	if err != nil {
		return err
	}
	switch {
	case !n.Kind.Asks():
		return Refuse("form", "notice.noperiod", "an announcement takes no comments")
	case n.State == NoticePublished && n.Closes >= x.Today:
		return Refuse("form", "notice.running", "the last day for comments is not over")
	case n.Unanswered > 0:
		return Refuse("form", "notice.unanswered", fmt.Sprintf("%d comments have no answer yet", n.Unanswered), "n", n.Unanswered)
	}
	page, err := x.Desk.store.Objections(x.Ctx, ObjectionQuery{Notice: n.ID, Limit: mostObjections})
	if err != nil {
		return err
	}
	kind := x.Desk.book.Paper(opinionPaper)
	if kind == nil || !kind.Offered(x.Case.Kind) {
		return Refuse("form", "notice.nopaper", "such a case has no paper on public opinion")
	}
	template, _, err := x.Desk.Template(x.Ctx, kind.Template)
	if err != nil {
		return err
	}
	if n.State == NoticePublished {
		n.State = NoticeOver
		x.Add(NoticeEnded, Body{Notice: int64(n.ID), Title: n.Title})
		x.putNotice(n, nil)
	}
	title := kind.Zh + "：" + n.Title
	x.Add(PaperAdded, Body{Papers: []string{kind.ID}, Issued: true})
	x.AddPaper(Paper{Kind: kind.ID, Title: title, FileName: title + ".docx", IssuedOn: x.Today})
	values := x.Desk.marked(opinionValues(x, n, page))
	x.write.Issues = append(x.write.Issues, Issued{Paper: len(x.write.Papers) - 1, Account: x.Who.Account,
		Make: func(string) ([]byte, error) { return document.Fill(template, kind.Template, values) }})
	return nil
}

// In papers, which are in Chinese, the codes of comments are called so.
var (
	stanceZh  = map[string]string{"SUPPORT": "赞成", "OPPOSE": "反对", "SUGGEST": "建议"}
	outcomeZh = map[string]string{"ADOPTED": "采纳", "PARTLY": "部分采纳", "NOT_ADOPTED": "未采纳", "NOTED": "已知悉", "": ""}
	asideZh   = "不作为意见"
)

// opinionValues fill the summary of what the public said. Senders are not in it.
func opinionValues(x *Acting, n *Notice, page *ObjectionPage) document.Values {
	v := document.Values{Lists: map[string][]map[string]string{}, Text: map[string]string{
		"title": "征求社会公众意见的情况", "case.number": x.Case.Number, "case.title": x.Case.Title, "date": document.Date(x.Today),
		"begin": document.Date(n.Opens), "deadline": document.Date(n.Closes), "notice": n.Title, "body": opinionTally(page.Counts)}}
	for i, o := range page.Rows {
		outcome, answer := outcomeZh[o.Outcome], o.Answer
		if o.State == ObjectionAside {
			outcome, answer = asideZh, o.Reason
		}
		v.Lists["comments"] = append(v.Lists["comments"], map[string]string{"no": strconv.Itoa(i + 1), "stance": stanceZh[o.Stance], "text": o.Text,
			"times": strconv.Itoa(o.Times), "outcome": outcome, "answer": answer})
	}
	return v
}

// opinionTally says in words how many comments there were, and what came of them.
func opinionTally(counts []OpinionCount) string {
	total, first, aside := 0, 0, 0
	stances, outcomes := map[string]int{}, map[string]int{}
	for _, c := range counts {
		total, first = total+c.N, first+c.First
		if c.State == ObjectionAside {
			aside += c.N
			continue
		}
		stances[c.Stance] += c.N
		outcomes[c.Outcome] += c.N
	}
	if total == 0 {
		return "期间未收到意见。"
	}
	say := func(order []string, words map[string]string, n map[string]int) string {
		var parts []string
		for _, code := range order {
			if n[code] > 0 {
				parts = append(parts, fmt.Sprintf("%s %d 份", words[code], n[code]))
			}
		}
		return strings.Join(parts, "，")
	}
	lines := []string{fmt.Sprintf("共收到意见 %d 份，内容不同的 %d 条。", total, first)}
	if s := say(CitizenStances, stanceZh, stances); s != "" {
		lines = append(lines, "其中"+s+"。", "处理结果："+say(Outcomes, outcomeZh, outcomes)+"。")
	}
	if aside > 0 {
		lines = append(lines, fmt.Sprintf("不作为意见处理的 %d 份。", aside))
	}
	return strings.Join(lines, "\n")
}

// ObjectionSheet writes the comments on a notice as .xlsx, each with its answer.
// Senders are in it only for those who answer.
func (d *Desk) ObjectionSheet(ctx context.Context, p *Principal, notice NoticeID, w io.Writer) error {
	page, n, c, err := d.Objections(ctx, p, ObjectionQuery{Notice: notice, All: true, Limit: mostObjections})
	if err != nil {
		return err
	}
	t := &workbook.Table{Sheet: "意见", Notes: "说明", Lines: []string{n.Title, c.Number + " " + c.Title, opinionTally(page.Counts)}}
	for _, column := range []struct {
		header string
		width  float64
	}{{"序号", 8}, {"时间", 18}, {"态度", 8}, {"意见", 60}, {"同第几条", 10}, {"经度", 12}, {"纬度", 12}, {"姓名", 12}, {"联系方式", 18},
		{"状态", 10}, {"结果", 10}, {"答复", 60}, {"不作为意见的理由", 30}, {"公开", 8}, {"办理人", 12}, {"办理时间", 18}} {
		t.Columns = append(t.Columns, workbook.Column{Header: column.header, Width: column.width, Locked: true})
	}
	number := map[ObjectionID]int{}
	for i, o := range page.Rows {
		number[o.ID] = i + 1
		t.Rows = append(t.Rows, objectionRow(&o, i+1, number[o.Same]))
	}
	return workbook.Write(w, t)
}

var stateZh = map[ObjectionState]string{ObjectionNew: "未读", ObjectionRead: "已读", ObjectionAnswered: "已答复", ObjectionAside: asideZh}

func objectionRow(o *Objection, n, same int) []string {
	at := func(known bool, text string) string {
		if !known {
			return ""
		}
		return text
	}
	lon, lat := "", ""
	if o.Place != nil {
		lon, lat = strconv.FormatFloat(o.Place[0], 'f', 6, 64), strconv.FormatFloat(o.Place[1], 'f', 6, 64)
	}
	const minute = "2006-01-02 15:04"
	return []string{strconv.Itoa(n), o.At.In(registry.China).Format(minute), stanceZh[o.Stance], o.Text, at(same > 0, strconv.Itoa(same)), lon, lat,
		o.Sender.Name, o.Sender.Contact, stateZh[o.State], outcomeZh[o.Outcome], o.Answer, o.Reason, at(o.Public, "是"), o.DoneBy,
		at(!o.DoneAt.IsZero(), o.DoneAt.In(registry.China).Format(minute))}
}
