package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"jieming/registry"
	"jieming/registry/desk"
)

// OpenCaseBody is what a new case needs.
type OpenCaseBody struct {
	Kind    string            `json:"kind" example:"ADJUSTMENT" doc:"The kind of case, as in the rules"`
	Title   string            `json:"title" example:"撤县设市" doc:"1 to 200 characters"`
	Summary string            `json:"summary,omitempty" doc:"What it is about"`
	Unit    registry.UnitID   `json:"unit,omitempty" example:"72" doc:"In whose jurisdiction it lies; left out for the whole registry"`
	Fields  map[string]string `json:"fields,omitempty" doc:"What the kind of case asks for besides"`
	Urgent  bool              `json:"urgent,omitempty" doc:"急件"`
}

// InstrumentBody names a paper of another authority.
type InstrumentBody struct {
	Number   string       `json:"number" example:"吉政函〔2026〕12号" doc:"文号"`
	IssuedOn registry.Day `json:"issued_on" format:"date" doc:"Its date"`
	Issuer   string       `json:"issuer" example:"吉林省人民政府" doc:"Who issued it"`
	Title    string       `json:"title,omitempty" doc:"Its title"`
}

func (b *InstrumentBody) citation() *desk.Citation {
	if b == nil {
		return nil
	}
	return &desk.Citation{Number: b.Number, IssuedOn: b.IssuedOn, Issuer: b.Issuer, Title: b.Title}
}

// StepBody takes a step.
type StepBody struct {
	Act        string          `json:"act" example:"SUBMIT" doc:"The step, as in choices"`
	Reason     string          `json:"reason,omitempty" doc:"Why; some steps ask for it"`
	On         *registry.Day   `json:"on,omitempty" format:"date" doc:"When it happened; some steps ask for it"`
	Instrument *InstrumentBody `json:"instrument,omitempty" doc:"The paper; some steps ask for it"`
}

func (b *StepBody) act() desk.Act {
	return desk.Step{Act: b.Act, Reason: b.Reason, On: b.On, Instrument: b.Instrument.citation()}
}

// EditBody changes what a case says of itself; what is left out stays.
type EditBody struct {
	Title   string            `json:"title,omitempty" doc:"Another title"`
	Summary *string           `json:"summary,omitempty" doc:"Another summary"`
	Fields  map[string]string `json:"fields,omitempty" doc:"Those given; an empty one is removed"`
	Urgent  *bool             `json:"urgent,omitempty" doc:"急件"`
}

func (b *EditBody) act() desk.Act {
	return desk.Edit{Title: b.Title, Summary: b.Summary, Fields: b.Fields, Urgent: b.Urgent}
}

// CommentBody says something.
type CommentBody struct {
	Text    string      `json:"text" doc:"1 to 5000 characters"`
	Place   *[2]float64 `json:"place,omitempty" doc:"What it is about: longitude, latitude in degrees"`
	ReplyTo int         `json:"reply_to,omitempty" doc:"The event of the comment that it answers"`
}

func (b *CommentBody) act() desk.Act {
	return desk.Comment{Text: b.Text, Place: b.Place, ReplyTo: b.ReplyTo}
}

// AssignmentBody gives the work to a person.
type AssignmentBody struct {
	To     desk.AccountID `json:"to" example:"3" doc:"The account; 0 gives it back to all"`
	Reason string         `json:"reason,omitempty" doc:"Why"`
}

func (b *AssignmentBody) act() desk.Act { return desk.Assign{To: b.To, Reason: b.Reason} }

// TransferBody moves a case to another jurisdiction.
type TransferBody struct {
	Unit   registry.UnitID `json:"unit" example:"72" doc:"The unit"`
	To     desk.AccountID  `json:"to,omitempty" doc:"Who gets it there; left out for that to be seen"`
	Reason string          `json:"reason" doc:"Why"`
}

func (b *TransferBody) act() desk.Act {
	return desk.Transfer{Unit: b.Unit, To: b.To, Reason: b.Reason}
}

// RequestBody asks for opinions.
type RequestBody struct {
	Departments []string         `json:"departments,omitempty" example:"[\"HOUSING\"]" doc:"Departments, as in the rules"`
	Experts     []desk.AccountID `json:"experts,omitempty" doc:"Accounts of experts"`
	Question    string           `json:"question" doc:"What is asked"`
	Due         *registry.Day    `json:"due,omitempty" format:"date" doc:"Until when; left out, the rule decides"`
}

func (b *RequestBody) act() desk.Act {
	return desk.Ask{Departments: b.Departments, Experts: b.Experts, Question: b.Question, Due: b.Due}
}

// ReplyBody gives an opinion.
type ReplyBody struct {
	Asked      int    `json:"asked" example:"4" doc:"The event that asked"`
	Department string `json:"department,omitempty" example:"HOUSING" doc:"For which department; left out for an expert's own"`
	Stance     string `json:"stance" enum:"AGREE,AGREE_IF,DISAGREE,NONE" doc:"Whether one agrees"`
	Text       string `json:"text,omitempty" doc:"The opinion"`
}

func (b *ReplyBody) act() desk.Act {
	return desk.Reply{Asked: b.Asked, Department: b.Department, Stance: b.Stance, Text: b.Text}
}

// LetterBody records the opinion of a department that came on paper.
type LetterBody struct {
	Asked      int             `json:"asked" example:"4" doc:"The event that asked"`
	Department string          `json:"department" example:"WATER" doc:"Whose opinion it is"`
	Stance     string          `json:"stance" enum:"AGREE,AGREE_IF,DISAGREE,NONE" doc:"Whether it agrees"`
	Text       string          `json:"text,omitempty" doc:"The opinion"`
	Instrument *InstrumentBody `json:"instrument" doc:"The letter"`
}

func (b *LetterBody) act() desk.Act {
	return desk.RecordReply{Asked: b.Asked, Department: b.Department, Stance: b.Stance, Text: b.Text, Instrument: b.Instrument.citation()}
}

// WithdrawalBody takes back a question that nobody has answered.
type WithdrawalBody struct {
	Asked      int            `json:"asked" example:"4" doc:"The event that asked"`
	Department string         `json:"department,omitempty" example:"WATER" doc:"The department that was asked; left out for an expert"`
	Expert     desk.AccountID `json:"expert,omitempty" doc:"The account of the expert who was asked"`
	Reason     string         `json:"reason" doc:"Why"`
}

func (b *WithdrawalBody) act() desk.Act {
	return desk.Withdraw{Asked: b.Asked, Department: b.Department, Account: b.Expert, Reason: b.Reason}
}

// ExtensionBody gives a clock more time.
type ExtensionBody struct {
	Clock      string          `json:"clock" example:"implement" doc:"The clock"`
	Reason     string          `json:"reason" doc:"Why"`
	Instrument *InstrumentBody `json:"instrument,omitempty" doc:"The paper of who extended a limit of law"`
}

func (b *ExtensionBody) act() desk.Act {
	return desk.Extend{Clock: b.Clock, Reason: b.Reason, Instrument: b.Instrument.citation()}
}

// RecordBody says that something happened outside of the procedure.
type RecordBody struct {
	Occasion string       `json:"occasion" enum:"ANNOUNCED,CODE,SURVEY,MAP" doc:"What"`
	On       registry.Day `json:"on" format:"date" doc:"When"`
	Text     string       `json:"text,omitempty" doc:"A note; for ANNOUNCED, where and under which number"`
}

func (b *RecordBody) act() desk.Act {
	return desk.Record{Occasion: b.Occasion, On: b.On, Text: b.Text}
}

// LinkBody links a case with another.
type LinkBody struct {
	Other    registry.CaseID `json:"other" example:"9" doc:"The other case"`
	Relation string          `json:"relation" enum:"NEEDS,FOLLOWS,RELATED," doc:"NEEDS: waits for it; empty takes the link away"`
}

func (b *LinkBody) act() desk.Act { return desk.Relate{Other: b.Other, Relation: b.Relation} }

// ActInput is what every act is sent with.
type ActInput struct {
	CaseInput
	IfMatch string `header:"If-Match" example:"\"7\"" doc:"The version of the case that was seen: its ETag"`
	Key     string `header:"Idempotency-Key" example:"6f1c2a1e" doc:"The same act under the same key is done once"`
}

// NewCaseInput is what opening a case is sent with.
type NewCaseInput struct {
	Key string `header:"Idempotency-Key" example:"6f1c2a1e" doc:"The same command under the same key is done once"`
}

func (s *deskServer) actRoutes() {
	handleDesk[NewCaseInput, OpenCaseBody, Case](s, huma.Operation{
		OperationID: "openCase", Method: http.MethodPost, Path: "/desk/api/cases", Tags: []string{tagCases}, Summary: "Open a case",
	}, http.StatusCreated, (*deskCall).openCase)
	actRoute[StepBody](s, "steps", "takeStep", "Take a step")
	actRoute[EditBody](s, "edits", "editCase", "Change what a case says of itself")
	actRoute[CommentBody](s, "comments", "commentCase", "Comment")
	actRoute[AssignmentBody](s, "assignment", "assignCase", "Give the work to a person, or take it")
	actRoute[TransferBody](s, "transfer", "transferCase", "Move a case to another jurisdiction")
	actRoute[RequestBody](s, "requests", "askOpinions", "Ask for opinions")
	actRoute[ReplyBody](s, "replies", "giveOpinion", "Give an opinion")
	actRoute[LetterBody](s, "letters", "recordLetter", "Record the opinion of a department that came on paper")
	actRoute[WithdrawalBody](s, "withdrawals", "withdrawQuestion", "Take back a question that nobody has answered")
	actRoute[ExtensionBody](s, "extensions", "extendClock", "Give a clock more time")
	actRoute[RecordBody](s, "records", "recordOccasion", "Record what happened outside of the procedure")
	actRoute[LinkBody](s, "links", "linkCase", "Link a case with another")
}

// actRoute registers an act: POST of its body below a case.
func actRoute[B any, P interface {
	*B
	act() desk.Act
}](s *deskServer, path, id, summary string) {
	_, commutes := P(new(B)).act().(desk.Commuting)
	description := "Needs If-Match."
	if commutes {
		description = "Needs no If-Match: it loses nothing when others act at the same time."
	}
	handleDesk[ActInput, B, Case](s, huma.Operation{
		OperationID: id, Method: http.MethodPost, Path: "/desk/api/cases/{id}/" + path, Tags: []string{tagCases}, Summary: summary, Description: description,
	}, http.StatusOK, func(c *deskCall, in *ActInput) error {
		k, err := in.id()
		if err != nil {
			return err
		}
		seen, err := in.seen(commutes)
		if err != nil {
			return err
		}
		if err := checkKey(in.Key); err != nil {
			return err
		}
		body := P(new(B))
		if err := c.body(body); err != nil {
			return err
		}
		after, err := c.desk.Act(c.ctx(), c.who, k, seen, in.Key, body.act())
		if err != nil {
			return err
		}
		return c.writeCase(http.StatusOK, after)
	})
}

// seen reads the version in If-Match. Acts that commute need none.
func (in *ActInput) seen(commutes bool) (int, error) {
	if in.IfMatch == "" || in.IfMatch == "*" {
		if commutes {
			return 0, nil
		}
		return 0, &registry.Error{Kind: kindPrecondition, Message: "say in If-Match which version of the case you have seen: its ETag, such as \"7\""}
	}
	version, err := strconv.Atoi(strings.Trim(plainTag.Replace(in.IfMatch), `"`))
	if err != nil || version < 1 {
		return 0, registry.Invalid("If-Match", "is not the ETag of a case; it looks like \"7\"")
	}
	return version, nil
}

// plainTag takes off what compression adds to an ETag.
var plainTag = strings.NewReplacer("-gzip", "", "-zstd", "", "W/", "")

func checkKey(key string) error {
	if len(key) > 128 {
		return registry.Invalid("Idempotency-Key", "has at most 128 characters")
	}
	return nil
}

func (c *deskCall) openCase(in *NewCaseInput) error {
	if err := checkKey(in.Key); err != nil {
		return err
	}
	var b OpenCaseBody
	if err := c.body(&b); err != nil {
		return err
	}
	k, err := c.desk.OpenCase(c.ctx(), c.who, desk.OpenRequest{Kind: b.Kind, Title: b.Title, Summary: b.Summary, Unit: b.Unit, Fields: b.Fields,
		Urgent: b.Urgent, Request: in.Key})
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", "/desk/api/cases/"+strconv.FormatInt(int64(k.ID), 10))
	return c.writeCase(http.StatusCreated, k)
}
