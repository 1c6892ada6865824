package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"jieming/registry"
	"jieming/registry/desk"
)

// takeObjection answers POST /notices/{id}: a comment of somebody without
// account. What was typed comes back with what is wrong with it.
func (s *site) takeObjection(r *http.Request, v *View) (*answer, error) {
	n, err := s.publicNotice(r)
	if err != nil {
		return nil, err
	}
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	if f.Get("at.x") != "" {
		return s.pickObjectionPlace(r, v, n, f)
	}
	comment := desk.CommentForm{Token: f.Get("token"), Stance: f.Get("stance"), Text: f.Get("text"), Name: f.Get("name"), Contact: f.Get("contact"),
		Trap: f.Get("website"), Lang: v.Lang}
	if comment.Place, err = placeOf(f.Get("place")); err == nil {
		var receipt desk.Receipt
		if receipt, err = s.desk.Object(r.Context(), s.clientOf(r), n.ID, comment); err == nil {
			return &answer{redirect: "/notices/receipt?" + url.Values{"no": {string(receipt)}, "new": {"1"}}.Encode()}, nil
		}
	}
	refused := answer{page: "notice", status: http.StatusUnprocessableEntity}
	var many *desk.TooMany
	switch {
	case errors.As(err, &many):
		key := "fault.objection.many.all"
		if many.Own {
			key = "fault.objection.many"
		}
		f.Faults = append(f.Faults, formFault{"form", v.text(key, "time", many.Until.In(registry.China).Format("15:04"))})
		refused.status, refused.until = http.StatusTooManyRequests, many.Until
	case !f.refused(v, err):
		return nil, err
	}
	refused.data, err = s.noticeOf(r, v, n, f)
	return &refused, err
}

// placeOf reads "lon,lat" of a form; nil for none.
func placeOf(text string) (*[2]float64, error) {
	if text = strings.TrimSpace(strings.ReplaceAll(text, "，", ",")); text == "" {
		return nil, nil
	}
	p, err := parsePoint("place", strings.ReplaceAll(text, " ", ""))
	if err != nil {
		return nil, desk.Refuse("place", "objection.place", "this is no place in the country; write longitude,latitude such as 125.32,43.88")
	}
	return &[2]float64{p[0], p[1]}, nil
}

// pickObjectionPlace answers a click on the map of the form: the form comes back
// with the place in it.
func (s *site) pickObjectionPlace(r *http.Request, v *View, n *desk.Notice, f *form) (*answer, error) {
	x, errX := strconv.ParseFloat(f.Get("at.x"), 64)
	y, errY := strconv.ParseFloat(f.Get("at.y"), 64)
	if errX != nil || errY != nil || !(x >= 0 && x <= caseMapWidth && y >= 0 && y <= caseMapHeight) {
		return nil, registry.Invalid("at", "this is no point of the map")
	}
	frame, _, _, ok, err := s.caseFrame(r.Context(), v, &desk.Case{Path: []registry.UnitID{n.Unit}})
	if err != nil {
		return nil, err
	}
	if ok {
		at := frame.degrees(x, y)
		f.Set("place", fmt.Sprintf("%.5f,%.5f", at[0], at[1]))
	}
	p, err := s.noticeOf(r, v, n, f)
	return &answer{page: "notice", data: p, status: http.StatusOK}, err
}

// showPickMap answers /notices/{id}/pick.svg: the published map on which a place
// is picked.
func (s *site) showPickMap(r *http.Request, v *View) (*answer, error) {
	n, err := s.publicNotice(r)
	if err != nil {
		return nil, err
	}
	f, at, chosen, ok, err := s.caseFrame(r.Context(), v, &desk.Case{Path: []registry.UnitID{n.Unit}})
	if err == nil && !ok {
		err = registry.NotFound("map of notice", n.ID)
	}
	if err != nil {
		return nil, err
	}
	land, err := s.land(r.Context(), f, at, chosen)
	if err != nil {
		return nil, err
	}
	var pins []casePin
	if place, err := placeOf(r.URL.Query().Get("at")); err == nil && place != nil {
		pins = []casePin{{1, *place}}
	}
	return &answer{body: []byte(drawing(v, land, f, pins, false)), mime: "image/svg+xml"}, nil
}

// receiptPage is the data of the page "receipt".
type receiptPage struct {
	No      string
	New     bool // it was given just now
	Said    *desk.Objection
	Notice  *desk.Notice
	Unknown bool // there is no such receipt
	view    *View
}

// receiptStep is how far a comment is come.
type receiptStep struct {
	Text       string
	Done, Here bool
}

// Steps are what happens to a comment, up to where it is and after.
func (p *receiptPage) Steps() []receiptStep {
	last := "receipt.step.answered"
	if p.Said.State == desk.ObjectionAside {
		last = "receipt.step.aside"
	}
	here := map[desk.ObjectionState]int{desk.ObjectionRead: 1, desk.ObjectionAnswered: 2, desk.ObjectionAside: 2}[p.Said.State]
	var steps []receiptStep
	for i, step := range []string{"receipt.step.new", "receipt.step.read", last} {
		steps = append(steps, receiptStep{p.view.text(step), i <= here, i == here})
	}
	return steps
}

// showReceipt answers /notices/receipt: what a citizen said, and what came of it.
// The number is in the query, which the log leaves out.
func (s *site) showReceipt(r *http.Request, v *View) (*answer, error) {
	p := &receiptPage{No: strings.TrimSpace(r.URL.Query().Get("no")), New: r.URL.Query().Get("new") != "", view: v}
	if p.No == "" {
		return &answer{page: "receipt", data: p, status: http.StatusOK}, nil
	}
	var err error
	p.Said, p.Notice, err = s.desk.ObjectionOf(r.Context(), desk.Receipt(p.No))
	if registry.KindOf(err) == registry.KindNotFound {
		p.Unknown, p.Said = true, nil
		return &answer{page: "receipt", data: p, status: http.StatusNotFound}, nil
	}
	return &answer{page: "receipt", data: p, status: http.StatusOK}, err
}
