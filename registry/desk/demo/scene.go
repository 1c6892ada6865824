package demo

import (
	"context"
	"fmt"

	"jieming/registry"
	"jieming/registry/desk"
)

// scene is a case that shows more than a state: something that waits for a
// person whom the cases of the states give no work, or went another way than the
// shortest.
type scene struct {
	name, kind, title string // %s in the title is the unit
	by                desk.Role
	where             func(s *Stage) registry.UnitRef
	ago               int // how many days ago it was opened
	urgent            bool
	act               func(a *actors, ctx context.Context, c *desk.Case) (*desk.Case, error)
}

func home(s *Stage) registry.UnitRef { return s.Home }
func zone(s *Stage) registry.UnitRef { return s.Zone }
func county(i int) func(s *Stage) registry.UnitRef {
	return func(s *Stage) registry.UnitRef { return s.Units[i%len(s.Units)] }
}

var scenes = []scene{
	{"sent back to the county", "ADJUSTMENT", "%s撤乡设镇的申报", "COUNTY_REPORTER", home, 24, false, (*actors).sentBack},
	{"reported by the county", "ADJUSTMENT", "%s设立街道的申报", "COUNTY_REPORTER", home, 12, false, (*actors).reported},
	{"sent back to the applicant", "NAMING", "%s青年公园命名", desk.Applicant, home, 16, false, (*actors).appliedBadly},
	{"applied for", "NAMING", "%s体育中心命名", desk.Applicant, home, 2, false, (*actors).applied},
	{"begun by the applicant", "ADJUSTMENT", "%s撤乡设街道的申请", desk.Applicant, home, 3, false, (*actors).nothing},
	{"asked", "ADJUSTMENT", "%s部分乡镇合并", desk.DivisionEditor, county(1), 26, false, (*actors).asked},
	{"overdue", "ADJUSTMENT", "%s政府驻地迁移", desk.DivisionEditor, county(2), 60, true, (*actors).overdue},
	{"of the zone", "CLEANUP", "%s“莱茵小镇”小区名称", "ZONE_REPORTER", zone, 5, false, (*actors).evidence},
	{"seen by the warden", "INSPECTION", "%s界线界桩倾斜的巡查报告", "WARDEN", home, 6, false, (*actors).evidence},
	{"gone to by the warden", "INSPECTION", "%s界线汛后专项检查", "WARDEN", home, 40, false, (*actors).patrol},
	{"given back", "DISPUTE", "%s林地边界争议", "LINE_MANAGER", county(3), 4, false, (*actors).givenBack},
}

// scenes are the plays of the scenes.
func (s *Stage) scenes() (out []play) {
	for _, x := range scenes {
		unit := x.where(s)
		if unit.ID == 0 {
			unit = s.Units[0]
		}
		out = append(out, play{name: x.name, kind: x.kind, title: fmt.Sprintf(x.title, unit.Name), unit: unit, by: x.by, ago: x.ago, urgent: x.urgent, act: x.act})
	}
	return out
}

// ago lets it be some days before the play ends.
func (a *actors) ago(days int) { a.at = a.stage.Now.AddDate(0, 0, -days) }

// on is a step and how many days ago it was taken.
type on struct {
	ago int
	act string
}

// steps takes steps, each on its day.
func (a *actors) steps(ctx context.Context, c *desk.Case, of ...on) (_ *desk.Case, err error) {
	for _, x := range of {
		a.ago(x.ago)
		if c, err = a.take(ctx, c, a.book.Step(c.Kind, x.act)); err != nil {
			return nil, fmt.Errorf("%s: %w", x.act, err)
		}
	}
	return c, nil
}

func (a *actors) nothing(_ context.Context, c *desk.Case) (*desk.Case, error) { return c, nil }

// sentBack is returned to the county by its prefecture.
func (a *actors) sentBack(ctx context.Context, c *desk.Case) (*desk.Case, error) {
	c, err := a.steps(ctx, c, on{20, "ASSESS"})
	if err != nil {
		return nil, err
	}
	a.ago(9)
	return a.do(ctx, "PREF_REVIEWER", c, "RETURN", desk.Step{Act: "RETURN", Reason: "演示：请补充拟设镇的区域范围和与周边乡镇的协商情况，再行报送。"})
}

// reported waits for the prefecture.
func (a *actors) reported(ctx context.Context, c *desk.Case) (*desk.Case, error) {
	return a.steps(ctx, c, on{8, "ASSESS"})
}

// applied waits to be accepted, with what that needs.
func (a *actors) applied(ctx context.Context, c *desk.Case) (*desk.Case, error) {
	return a.steps(ctx, c, on{2, "LODGE"})
}

// appliedBadly is accepted, and returned to the applicant.
func (a *actors) appliedBadly(ctx context.Context, c *desk.Case) (*desk.Case, error) {
	c, err := a.steps(ctx, c, on{14, "LODGE"}, on{13, "ACCEPT"})
	if err != nil {
		return nil, err
	}
	a.ago(4)
	return a.do(ctx, desk.Supervisor, c, "RETURN", desk.Step{Act: "RETURN", Reason: "演示：同县已有“青年公园”，请改用不重名的名称后再报。"})
}

// asked has questions that are answered, answered on paper, withdrawn and open,
// and the letter by which they were asked waits for its signed scan.
func (a *actors) asked(ctx context.Context, c *desk.Case) (*desk.Case, error) {
	c, err := a.steps(ctx, c, on{22, "NEGOTIATE"})
	if err != nil {
		return nil, err
	}
	a.ago(10)
	c, err = a.do(ctx, a.editor, c, "ask", desk.Ask{Departments: []string{a.department(), "TRANSPORT", "RESOURCES", "ETHNIC"},
		Experts: []desk.AccountID{a.stage.Cast[desk.Expert].Account}, Question: "请就乡镇合并的方案，从本部门职责提出意见。"})
	if err != nil {
		return nil, err
	}
	question := lastAsked(c)
	if c, err = a.issue(ctx, c, "CONSULTATION"); err != nil {
		return nil, err
	}
	a.ago(3)
	if !c.HasPaper("OPINION") {
		p, err := a.write(ctx, c, a.book.Paper("OPINION"))
		if err != nil {
			return nil, err
		}
		p.Number, p.Issuer = a.reference(c), "演示交通运输部门"
		if c, err = a.do(ctx, a.editor, c, "letter", desk.AddPapers{Papers: []desk.Paper{p}}); err != nil {
			return nil, err
		}
	}
	c, err = a.do(ctx, a.editor, c, "reply-on-paper", desk.RecordReply{Asked: question, Department: "TRANSPORT", Stance: "AGREE", Text: "原则同意，请保留现有客运站名称。",
		Instrument: &desk.Citation{Number: a.reference(c), IssuedOn: registry.DayOf(a.at), Issuer: "演示交通运输部门", Title: "关于" + c.Title + "的意见"}})
	if err != nil {
		return nil, err
	}
	a.ago(2)
	return a.do(ctx, a.editor, c, "withdraw", desk.Withdraw{Asked: question, Department: "ETHNIC", Reason: "演示：经核对，所涉乡镇不是民族乡，不再征求。"})
}

// department is the one for which somebody signs in.
func (a *actors) department() string { return a.stage.Cast[desk.Department].Grants[0].Department }

// overdue has passed its limit, and so has the department.
func (a *actors) overdue(ctx context.Context, c *desk.Case) (*desk.Case, error) {
	a.ago(52)
	c, err := a.do(ctx, a.editor, c, "ASSESS", desk.Step{Act: "ASSESS"})
	if err != nil {
		return nil, err
	}
	a.ago(50)
	c, err = a.do(ctx, a.editor, c, "ask", desk.Ask{Departments: []string{a.department()}, Experts: []desk.AccountID{a.stage.Cast[desk.Expert].Account},
		Question: "请就政府驻地迁移的必要性和可行性提出意见。"})
	if err != nil {
		return nil, err
	}
	a.ago(41)
	c, err = a.do(ctx, desk.Expert, c, "reply-expert", desk.Reply{Asked: lastAsked(c), Stance: "AGREE_IF", Text: "必要；建议补充新驻地的防洪论证。"})
	if err != nil {
		return nil, err
	}
	a.ago(5)
	return a.do(ctx, desk.Supervisor, c, "press", desk.Comment{Text: "审核期限已过，请向住建部门催办，并说明原因。"})
}

// evidence has what its opener saw.
func (a *actors) evidence(ctx context.Context, c *desk.Case) (*desk.Case, error) {
	if c.HasPaper("EVIDENCE") {
		return c, nil
	}
	p, err := a.write(ctx, c, a.book.Paper("EVIDENCE"))
	if err != nil {
		return nil, err
	}
	return a.do(ctx, a.editor, c, "evidence", desk.AddPapers{Papers: []desk.Paper{p}})
}

// patrol waits for the day in the field.
func (a *actors) patrol(ctx context.Context, c *desk.Case) (*desk.Case, error) {
	return a.steps(ctx, c, on{33, "PLAN"}, on{30, "FILE_PLAN"}, on{10, "CHECK_DESK"})
}

// givenBack is nobody's.
func (a *actors) givenBack(ctx context.Context, c *desk.Case) (*desk.Case, error) {
	a.ago(1)
	return a.do(ctx, desk.Supervisor, c, "give-back", desk.Assign{Reason: "演示：承办人工作调整，重新认领。"})
}
