package desk

import (
	"fmt"

	"jieming/registry/law"
)

// Lack is something that stands in the way of a step, or that whoever takes it
// should know. Only rules that were read in the law or decided by the department
// are binding.
type Lack struct {
	Key     string // paper:RISK_ASSESSMENT, guard:opinions-answered …
	Zh, En  string
	Binding bool
	law.Citation
}

// Lacking is the cause of the refusal of a step.
type Lacking struct {
	Step  *law.Step
	Lacks []Lack
}

// Error lists what is lacking.
func (l *Lacking) Error() string {
	s := l.Step.Act + " lacks"
	for _, each := range l.Lacks {
		s += " " + each.Key
	}
	return s
}

// guard is a condition of a step by name. It returns what to say when the
// condition does not hold, and "" when it does.
type guard func(*Case) (zh, en string)

// guards are the conditions that steps.csv can name.
var guards = map[string]guard{
	"opinions-answered": func(c *Case) (string, string) {
		if n := c.waiting(); n > 0 {
			return fmt.Sprintf("还有 %d 份意见未收到", n), fmt.Sprintf("%d opinions have not come yet", n)
		}
		return "", ""
	},
	"notices-ended": func(c *Case) (string, string) {
		for _, n := range c.Notices {
			if !n.Ended {
				return "公示尚未结束：" + n.Title, "a public notice is still open: " + n.Title
			}
		}
		return "", ""
	},
	"announced": func(c *Case) (string, string) {
		if _, ok := c.Marks["ANNOUNCED"]; !ok {
			return "尚未登记公告日期", "the day of the announcement is not recorded"
		}
		return "", ""
	},
	"tasks-done": func(c *Case) (string, string) {
		if !c.marked("CODE") {
			return "代码尚未公布（不涉及代码的请登记“不涉及”）", "the codes are not published (record that none are concerned, if so)"
		}
		if !c.marked("SURVEY") || !c.marked("MAP") {
			return "勘界和更新区划图尚未登记", "survey and map are not recorded"
		}
		return "", ""
	},
	"clocks-stopped": func(c *Case) (string, string) {
		for _, k := range c.Clocks {
			if k.Running() {
				return "还有期限在走", "a clock is still running"
			}
		}
		return "", ""
	},
	"approval-came": func(*Case) (string, string) { return "", "" }, // the step needs the paper, which says it; see awaited
	"needs-done": func(c *Case) (string, string) {
		for _, l := range c.Links {
			if l.Relation == "NEEDS" && l.Phase != law.Done {
				return "等待案件 " + l.Name() + " 办结", "case " + l.Name() + " is not done"
			}
		}
		return "", ""
	},
}

// awaited are the guards by which a step is nobody's work before a paper of a kind
// has come: others decide in their own time, and most cases never go that way.
var awaited = map[string]string{"approval-came": "APPROVAL"}

// awaits is the kind of paper before which a step is nobody's work; "" for none.
func awaits(s *law.Step) string {
	for _, name := range s.Guards {
		if paper := awaited[name]; paper != "" {
			return paper
		}
	}
	return ""
}

func (c *Case) waiting() (n int) {
	for _, r := range c.Requests {
		if r.Answer == nil {
			n++
		}
	}
	return n
}

func (c *Case) marked(occasion string) bool { _, ok := c.Marks[occasion]; return ok }

// Lacks returns what stands in the way of a step.
func (d *Desk) Lacks(c *Case, s *law.Step) []Lack {
	var out []Lack
	for _, need := range s.Needs {
		if !c.HasPaper(need.Paper.ID) {
			out = append(out, Lack{Key: "paper:" + need.Paper.ID, Zh: "缺少" + need.Paper.Zh, En: need.Paper.En + " is missing",
				Binding: need.Status.Binding(), Citation: need.Citation})
		}
	}
	for _, name := range s.Guards {
		if zh, en := guards[name](c); zh != "" {
			out = append(out, Lack{Key: "guard:" + name, Zh: zh, En: en, Binding: s.Status.Binding(), Citation: s.Citation})
		}
	}
	return out
}
