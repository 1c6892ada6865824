package api

import (
	"net/url"
	"slices"
	"strconv"

	"jieming/registry"
)

// Link is a link of OGC API, after RFC 8288.
type Link struct {
	Href  string `json:"href" format:"uri" example:"https://jieming.example/ogc/collections/divisions/items?limit=100" doc:"The address"`
	Rel   string `json:"rel" example:"next" doc:"What it is to the document it stands in: a relation of IANA or OGC"`
	Type  string `json:"type,omitempty" example:"application/geo+json" doc:"The media type behind it"`
	Title string `json:"title,omitempty" example:"The next page" doc:"What it is, for people"`
}

const (
	typeJSON    = "application/json"
	typeGeoJSON = "application/geo+json"
	typeProblem = "application/problem+json"
	typeHTML    = "text/html"
	typeOpenAPI = "application/vnd.oai.openapi+json;version=3.1"
)

// link makes a link to a path of this service.
func (c *call) link(rel, contentType, path, title string) Link {
	return Link{Href: c.base + path, Rel: rel, Type: contentType, Title: title}
}

// self links to the request itself, its parameters in order.
func (c *call) self(contentType string) Link {
	return c.link("self", contentType, withQuery(c.r.URL.Path, c.r.URL.Query()), "This document")
}

// beside links to what is served beside the API, with paths as at completes them.
func (c *call) beside(collection string, at func(path string) string) []Link {
	links := slices.Clone(c.Beside.Links(collection))
	for i := range links {
		links[i].Href = c.base + at(links[i].Href)
	}
	return links
}

// onSameDay is a path at the instant of the request, so that a reader who
// follows the link stays on its day and in its publication.
func (c *call) onSameDay(path string) string { return c.keeping(path, "datetime", "recorded-as-of") }

// inSamePublication is a path to what spans all days.
func (c *call) inSamePublication(path string) string { return c.keeping(path, "recorded-as-of") }

func (c *call) keeping(path string, names ...string) string {
	query, kept := c.r.URL.Query(), url.Values{}
	for _, name := range names {
		if v := query.Get(name); v != "" {
			kept.Set(name, v)
		}
	}
	return withQuery(path, kept)
}

func withQuery(path string, query url.Values) string {
	if encoded := query.Encode(); encoded != "" {
		return path + "?" + encoded
	}
	return path
}

func collectionPath(collection string) string { return "/ogc/collections/" + collection }

func itemsPath(collection string) string { return collectionPath(collection) + "/items" }

// number writes an identifier.
func number[N ~int64](id N) string { return strconv.FormatInt(int64(id), 10) }

func unitPath(id registry.UnitID) string { return "/api/units/" + number(id) }

// unitPage is the persistent link to a unit, for people.
func unitPage(id registry.UnitID) string { return "/id/unit/" + number(id) }

func eventPath(id registry.EventID) string { return "/api/events/" + number(id) }
