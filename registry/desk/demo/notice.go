package demo

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"jieming/registry"
	"jieming/registry/desk"
)

// notify opens the public notice that a case has in the demonstration, with what
// citizens say to it.
func (a *actors) notify(ctx context.Context, c *desk.Case) error {
	switch c.Kind + " " + c.State {
	case "ADJUSTMENT ASSESSING":
		a.at = a.stage.Now.AddDate(0, 0, -6)
		shown, err := a.redraw(ctx, c)
		if err != nil {
			return err
		}
		return a.consultPublic(ctx, c, 24, shown, false)
	case "NAMING CONSULTING":
		a.at = a.stage.Now.AddDate(0, 0, -40)
		return a.consultPublic(ctx, c, 14, desk.MapNow, true)
	case "ADJUSTMENT IMPLEMENTING":
		a.at = a.stage.Now.AddDate(0, 0, -3)
		_, err := a.publish(ctx, c, desk.NoticeContent{Kind: desk.Announcement, Title: "关于" + c.Title + "的公告", Opens: registry.NoStart, Closes: registry.NoStart,
			Text: "经批准，" + c.Title + "。\n\n# 有关事项\n- 各有关单位按规定更换标志、图件和文书\n- 居民身份证件在有效期内继续有效\n\n（演示公告）", Map: desk.MapNow, Announces: true})
		return err
	case "NAMING APPROVED", "NAMING FILED":
		a.ago(2)
		c, id, err := a.draft(ctx, c, desk.NoticeContent{Kind: desk.Announcement, Title: "关于" + c.Title + "的公告", Opens: registry.NoStart, Closes: registry.NoStart,
			Text: "根据《地名管理条例》，经批准，现将" + c.Title + "的结果予以公告。\n\n（演示公告）", Map: desk.MapNow, Announces: true})
		if err != nil || c.State == "APPROVED" {
			return err
		}
		a.ago(1)
		_, err = a.do(ctx, "SECRECY_OFFICER", c, "notice-return", desk.ReturnNotice{Notice: id, Seen: 1, Reason: "演示：请写明名称的读音和含义。"})
		return err
	case "CLEANUP CONSULTED":
		a.ago(1)
		_, _, err := a.draft(ctx, c, desk.NoticeContent{Kind: desk.Publicity, Title: "拟清理整治的不规范地名清单公示：" + c.Title, Opens: registry.NoStart,
			Closes: registry.DayOf(a.stage.Now) + 10, Text: "经专家论证和征求意见，" + c.Title + "拟列入清理整治清单，现予公示。\n\n对清单有异议的，请在公示期内提出。\n\n（演示公示）", Map: desk.NoMap})
		return err
	}
	return nil
}

// redraw drafts the change of a border, and says which map shows it.
func (a *actors) redraw(ctx context.Context, c *desk.Case) (desk.NoticeMap, error) {
	unit, ok := c.Units[c.Unit]
	if a.stage.Redraw == nil || !ok {
		return desk.MapNow, nil
	}
	drawn, err := a.stage.Redraw(ctx, c.ID, unit)
	if !drawn || err != nil {
		return desk.MapNow, err
	}
	return desk.MapProposal, nil
}

// draft writes a notice, once.
func (a *actors) draft(ctx context.Context, c *desk.Case, content desk.NoticeContent) (*desk.Case, desk.NoticeID, error) {
	if _, err := a.stage.Store.Published(ctx); registry.KindOf(err) == registry.KindNotFound {
		content.Map = desk.NoMap
	}
	content.Unit, content.Contact, content.Number = c.Unit, "区划地名处（演示）\n电话：0431-00000000", a.reference(c)
	c, err := a.do(ctx, a.editor, c, "notice-draft", desk.WriteNotice{NoticeContent: content})
	if err != nil {
		return nil, 0, err
	}
	var id desk.NoticeID
	for _, e := range c.Events {
		if e.Type == desk.NoticeWritten {
			id = desk.NoticeID(e.Body.Notice)
		}
	}
	return c, id, nil
}

// publish drafts and publishes a notice, once.
func (a *actors) publish(ctx context.Context, c *desk.Case, content desk.NoticeContent) (*desk.Notice, error) {
	c, id, err := a.draft(ctx, c, content)
	if err != nil {
		return nil, err
	}
	if _, err = a.do(ctx, "SECRECY_OFFICER", c, "notice-publish", desk.PublishNoticeAct{Notice: id, Seen: 1, Cleared: true}); err != nil {
		return nil, err
	}
	n, _, err := a.desk().Notice(ctx, a.stage.Cast[a.editor], id)
	return n, err
}

// consultPublic asks the public for some days. Some of what was said is answered;
// all of it, where the notice is to be concluded.
func (a *actors) consultPublic(ctx context.Context, c *desk.Case, days int, shown desk.NoticeMap, conclude bool) error {
	n, err := a.publish(ctx, c, desk.NoticeContent{Kind: desk.Consultation, Title: "关于征求“" + c.Title + "”意见的公告", Opens: registry.NoStart,
		Closes: registry.DayOf(a.at) + registry.Day(days), Map: shown,
		Text: "为广泛听取社会公众意见，现就" + c.Title + "的方案公开征求意见。\n\n# 方案要点\n1. 变更的理由：优化布局，方便群众\n2. 涉及的区域：见地图\n3. 不增加机构和人员编制\n\n# 怎样提出意见\n请在本页填写意见，或者按联系方式寄送。\n\n（演示公告）"})
	if err != nil {
		return err
	}
	a.at = a.at.Add(26 * time.Hour)
	for i, said := range []struct{ stance, text string }{
		{"SUPPORT", "赞成，办事会更方便。"}, {"SUGGEST", "建议保留原有的老地名，立牌说明来历。"}, {"OPPOSE", "担心证件要全部更换，费用谁出？"}, {"SUGGEST", "建议保留原有的老地名，立牌说明来历。"},
	} {
		if err := a.say(ctx, n.ID, i, said.stance, said.text); err != nil {
			return err
		}
	}
	if n.Comments > 0 { // played before
		return nil
	}
	if conclude {
		a.at = a.at.AddDate(0, 0, days)
	}
	return a.answerPublic(ctx, n, conclude)
}

// say sends a comment; what was said in an earlier play is the same comment.
func (a *actors) say(ctx context.Context, n desk.NoticeID, i int, stance, text string) error {
	known, _, _, err := a.desk().Objections(ctx, a.stage.Cast[desk.Supervisor], desk.ObjectionQuery{Notice: n, All: true})
	if err != nil || known.Total > i {
		return err
	}
	token, err := a.desk().FormToken(ctx, n)
	if err != nil {
		return err
	}
	a.at = a.at.Add(37 * time.Minute)
	from := desk.Client{Address: netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})}
	_, err = a.desk().Object(ctx, from, n, desk.CommentForm{Token: token, Stance: stance, Text: text, Name: fmt.Sprintf("演示市民%d", i+1), Lang: "zh"})
	return err
}

// answerPublic answers the first comments, or all and concludes.
func (a *actors) answerPublic(ctx context.Context, n *desk.Notice, conclude bool) error {
	page, _, c, err := a.desk().Objections(ctx, a.stage.Cast[a.editor], desk.ObjectionQuery{Notice: n.ID})
	if err != nil {
		return err
	}
	outcomes := map[string]string{"SUPPORT": "NOTED", "SUGGEST": "ADOPTED", "OPPOSE": "PARTLY"}
	answers := map[string]string{"SUPPORT": "感谢支持。", "SUGGEST": "采纳，方案中将写明老地名的保护措施。", "OPPOSE": "证件在有效期内继续有效，到期换领，不另收费。"}
	for i, o := range page.Rows {
		if o.State == desk.ObjectionAnswered || !conclude && i > 0 {
			continue
		}
		err := a.desk().DecideObjections(ctx, a.stage.Cast[a.editor], n.ID, []desk.Seen{{ID: o.ID, State: o.State}}, fmt.Sprintf("%s-answer-%d", a.key, o.ID),
			desk.ObjectionDecision{State: desk.ObjectionAnswered, Outcome: outcomes[o.Stance], Answer: answers[o.Stance], Public: true})
		if err != nil {
			return err
		}
	}
	if !conclude {
		return nil
	}
	_, err = a.do(ctx, a.editor, c, "notice-conclude", desk.ConcludeNotice{Notice: n.ID, Seen: n.Version})
	return err
}
