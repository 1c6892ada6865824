package web

import (
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"jieming/registry/desk"
)

func (s *site) trainingRoutes(r chi.Router) {
	r.Get("/desk/training", s.deskPage(s.showTraining))
	r.Post("/desk/training", s.deskForm(s.resetTraining))
}

// trainingPage is the data of the page "training".
type trainingPage struct {
	*desk.Training
	Form *form
	now  time.Time
}

// trainingSteps are what is done to make a training space, in order.
var trainingSteps = []string{"COPY", "CLEAN", "CHECK", "SWITCH", "SWEEP"}

// trainingStep is one of them, and how far it is: "done", "doing" or "".
type trainingStep struct{ Name, State string }

// Steps are the steps, and which are done.
func (p *trainingPage) Steps() (out []trainingStep) {
	at := slices.Index(trainingSteps, p.Run.Step)
	for i, name := range trainingSteps {
		state := ""
		switch {
		case i < at:
			state = "done"
		case i == max(at, 0):
			state = "doing"
		}
		out = append(out, trainingStep{name, state})
	}
	return out
}

// Seconds is how long it has been going on.
func (p *trainingPage) Seconds() int { return int(p.now.Sub(p.Run.BeganAt).Seconds()) }

// trainingPace is after how many seconds the page of a run asks how it goes.
const trainingPace = 2

func (s *site) trainingAnswer(r *http.Request, v *View, f *form) (*answer, error) {
	t, err := s.desk.Training(r.Context(), v.Who)
	if err != nil {
		return nil, err
	}
	a := &answer{page: "training", data: &trainingPage{t, f, time.Now()}}
	if t.Run != nil && t.Run.Running {
		a.refresh = trainingPace
	}
	return a, nil
}

// showTraining answers GET /desk/training.
func (s *site) showTraining(r *http.Request, v *View) (*answer, error) {
	return s.trainingAnswer(r, v, &form{})
}

// resetTraining answers POST /desk/training.
func (s *site) resetTraining(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	err = s.desk.ResetTraining(r.Context(), v.Who, f.Get("lose") == "yes")
	if f.refused(v, err) {
		a, err := s.trainingAnswer(r, v, f)
		if a != nil {
			a.status = http.StatusUnprocessableEntity
		}
		return a, err
	}
	if err != nil {
		return nil, err
	}
	return &answer{redirect: "/desk/training"}, nil
}

// Space is the address of the training space, on pages that are not of one.
func (v *View) Space() string {
	if v.Training {
		return ""
	}
	return v.Beside
}

// stamp is what is printed across a map: that it shows a training space, or only
// roughly how things are; "" for neither.
func (v *View) stamp() string {
	switch {
	case v.Training:
		return v.text("desk.training")
	case v.Pub.Dataset.Schematic:
		return v.text("schematic.badge")
	}
	return ""
}

// marked is a title, which says if it is one of a training space.
func (v *View) marked(title string) string {
	if v.Training {
		return v.text("training.title.of", "title", title)
	}
	return title
}

// AddressBeside is the address of a site beside the one that was asked, given as
// in [Options.Beside].
func AddressBeside(r *http.Request, beside string) string {
	port, ok := strings.CutPrefix(beside, ":")
	if !ok {
		return strings.TrimSuffix(beside, "/")
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = strings.Trim(r.Host, "[]")
	}
	return "http://" + net.JoinHostPort(host, port)
}
