package web

import (
	"fmt"
	"html/template"
	"net/http"

	"jieming/registry"
	"jieming/web/sheet"
)

// linePage is the data of the page "line".
type linePage struct {
	*registry.Line
	Locator template.HTML
}

func (s *site) showLine(r *http.Request, v *View) (*answer, error) {
	ctx := r.Context()
	id, err := pathID(r, "line")
	if err != nil {
		return nil, err
	}
	l, err := s.reg.Line(ctx, registry.LineID(id), v.At)
	if err != nil {
		return nil, err
	}
	course, err := lines(l.WKB)
	if err != nil {
		return nil, fmt.Errorf("reading the course of line %d: %w", id, err)
	}
	a, err := s.atlasOn(ctx, v)
	if err != nil {
		return nil, err
	}
	p := linePage{Line: l}
	p.Locator, err = a.draw(sheet.Sheet{
		Width: locatorWidth, Title: v.text("unit.locator", "name", l.Name), Plain: true, Course: course,
	}, v)
	return &answer{page: "line", data: p}, err
}
