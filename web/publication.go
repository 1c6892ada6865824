package web

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"time"

	"jieming/registry"
)

// showPublications answers /publications: every release to the public, the
// latest first.
func (s *site) showPublications(r *http.Request, _ *View) (*answer, error) {
	all, err := s.reg.Publications(r.Context())
	if err != nil {
		return nil, err
	}
	return &answer{page: "publications", data: all}, nil
}

// AsOfLink leads to the map as it was published then.
func (v *View) AsOfLink(p registry.Publication) string {
	return "/?recorded-as-of=" + p.ReleasedAt.UTC().Format("2006-01-02T15:04:05.999999Z07:00")
}

// feed is an Atom feed (RFC 4287).
type feed struct {
	XMLName xml.Name   `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string     `xml:"id"`
	Title   string     `xml:"title"`
	Updated string     `xml:"updated"`
	Author  string     `xml:"author>name"`
	Link    []atomLink `xml:"link"`
	Entries []entry    `xml:"entry"`
}

type atomLink struct {
	Href string `xml:"href,attr"`
	Rel  string `xml:"rel,attr"`
}

type entry struct {
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Link    atomLink `xml:"link"`
	Summary string   `xml:"summary"`
}

// feedLength is how many publications the feed tells of.
const feedLength = 50

// showPublicationFeed answers /publications.atom.
func (s *site) showPublicationFeed(r *http.Request, v *View) (*answer, error) {
	all, err := s.reg.Publications(r.Context())
	if err != nil {
		return nil, err
	}
	base := s.public
	if base == "" {
		base = "http://" + r.Host
	}
	f := feed{ID: base + "/publications", Title: v.marked(v.text("site.name") + " · " + v.text("publication.title")), Author: v.text("site.name"),
		Link: []atomLink{{base + "/publications.atom", "self"}, {base + "/publications", "alternate"}}}
	for i, p := range all[:min(len(all), feedLength)] {
		at := p.ReleasedAt.UTC().Format(time.RFC3339)
		if i == 0 {
			f.Updated = at
		}
		f.Entries = append(f.Entries, entry{ID: fmt.Sprintf("%s/publications#p%d", base, p.ID), Updated: at,
			Title: v.text("publication.number", "id", p.ID, "date", v.day(p.DataDate)), Link: atomLink{base + v.AsOfLink(p), "alternate"},
			Summary: v.note(p.Note)})
	}
	text, err := xml.MarshalIndent(f, "", " ")
	if err != nil {
		return nil, err
	}
	return &answer{body: append([]byte(xml.Header), text...), mime: "application/atom+xml; charset=utf-8"}, nil
}
