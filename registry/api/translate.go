package api

import (
	"errors"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"jieming/registry"
)

func (s *server) translateRoutes() {
	onDay(s, huma.Operation{
		OperationID: "translateCode", Path: "/api/translate", Tags: []string{tagUnits},
		Summary: "A code of one day in the codes of another",
		Description: "Who bore a code on one day, and which units hold that territory on another, by following lineage. " +
			"With direction=forward (the default) from must not be later than to; a later from is most often a mistake, so going back in time is asked for with direction=backward. " +
			"Shares are of the area of the unit asked about, null where they are not known; going back they are never known.",
	}, s.translate)
}

// TranslateInput asks for a code of one day in the codes of another.
type TranslateInput struct {
	Recorded
	Code      string `query:"code" required:"true" example:"220381" pattern:"^[0-9]{2,12}$" doc:"The code: 2 to 12 digits, zeros at the end optional"`
	From      string `query:"from" required:"true" example:"2019-12-31" doc:"The day on which the code was borne: a date or a date-time"`
	To        string `query:"to" example:"2021-01-01" doc:"The day in whose codes to answer. Default: today"`
	Direction string `query:"direction" enum:"forward,backward" default:"forward" example:"forward" doc:"Whether to is later or earlier than from"`
	from, to  registry.Day
}

func (in *TranslateInput) parse(now time.Time) error {
	err := errors.Join(in.Recorded.parse(now), required("code", in.Code, "220381"), checkCode(in.Code), required("from", in.From, "2019-12-31"))
	var fromErr, toErr error
	if in.From != "" {
		in.from, fromErr = parseDayOf("from", in.From)
	}
	in.to = in.day
	if in.To != "" {
		in.to, toErr = parseDayOf("to", in.To)
		in.day, in.dayGiven = in.to, true
	}
	if err := errors.Join(err, fromErr, toErr); err != nil {
		return err
	}
	return in.checkDirection()
}

// checkDirection refuses reversed days that were not asked for.
func (in *TranslateInput) checkDirection() error {
	switch in.Direction {
	case "", "forward":
		if in.from > in.to {
			return registry.Invalid("to", fmt.Sprintf("lies before from (%s is earlier than %s); swap them, or add direction=backward to go back in time", in.to, in.from))
		}
	case "backward":
		if in.from < in.to {
			return registry.Invalid("to", fmt.Sprintf("lies after from (%s is later than %s), but direction is backward", in.to, in.from))
		}
	default:
		return registry.Invalid("direction", fmt.Sprintf("%.60q is not a direction; write forward or backward", in.Direction))
	}
	return nil
}

// Translation answers with the units that hold the territory of another.
type Translation struct {
	Answer
	Unit    *Ref     `json:"unit,omitempty" doc:"Who bore the code on the first day; absent if the record does not reach back to it"`
	From    string   `json:"from" format:"date" example:"2019-12-31" doc:"The day on which the code was borne"`
	To      string   `json:"to" format:"date" example:"2021-01-01" doc:"The day in whose codes the answer is"`
	Targets []Target `json:"targets" doc:"The units that hold the territory, or part of it, on that day"`
	Links   []Link   `json:"links" doc:"self"`
}

// Target is a unit that holds territory of the unit asked about.
type Target struct {
	Unit    Ref                `json:"unit" doc:"The unit as it is on the other day"`
	Share   *float64           `json:"share" example:"1" doc:"The part of the area of the unit asked about, 0 to 1; null if not known"`
	Certain bool               `json:"certain" example:"true" doc:"False if it was reached through a transfer of part of a unit, which may or may not have concerned this territory"`
	Path    []registry.EventID `json:"path" example:"[17]" doc:"The events on the way, in order of the walk"`
}

func newTarget(t *registry.TranslationTarget) Target {
	target := Target{Unit: newRef(&t.Unit), Share: t.Share, Certain: t.Certain, Path: t.Path}
	if target.Path == nil {
		target.Path = []registry.EventID{}
	}
	return target
}

func (s *server) translate(c *call, m *moment, in *TranslateInput) (*Translation, error) {
	answer := &Translation{
		Answer: m.ofDay(), From: in.from.String(), To: in.to.String(), Targets: []Target{}, Links: []Link{c.self(typeJSON)},
	}
	if answer.Statement = m.before(min(in.from, in.to)); answer.Statement != "" {
		return answer, nil
	}
	t, err := s.reg.Translate(c.ctx(), in.Code, in.from, in.to, m.at.Recorded)
	if registry.KindOf(err) == registry.KindNotFound {
		answer.Statement = fmt.Sprintf("No unit bore the code %s on %s.", in.Code, in.from)
		return answer, nil
	}
	if err != nil {
		return nil, err
	}
	answer.Unit, answer.Targets = pointer(newRef(&t.Unit)), each(t.Targets, newTarget)
	if len(answer.Targets) == 0 {
		answer.Statement = fmt.Sprintf("The record does not say who holds its territory on %s.", in.to)
	}
	return answer, nil
}
