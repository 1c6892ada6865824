package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"time"

	"github.com/paulmach/orb"

	"jieming/geo/format/geojson"
)

// Page are the parameters that choose a page of a collection.
type Page struct {
	Clocks
	BBox  bboxParam  `query:"bbox" example:"[124.5,43.0,126.5,45.0]" doc:"Only features that touch this box: west,south,east,north in degrees of longitude and latitude, or six numbers with heights, which are ignored"`
	Limit limitParam `query:"limit" example:"100" doc:"At most so many features on a page; a number above 1000 means 1000"`
	Next  string     `query:"next" example:"AQAAAAAAAAADAAZVd1B7cAAAAEgLAAAAAAAAAI6a8DFuHFUn1O-99ag" doc:"Where the page begins, from the next link of the page before. All pages show the instant of the first"`
	box   *orb.Bound
	limit int
	after int64
	token *pageToken
}

// parse reads the page. A token decides the instant, whatever the clocks say.
func (in *Page) parse(now time.Time) error {
	err := in.Clocks.parse(now)
	var boxErr, limitErr, tokenErr error
	in.box, boxErr = parseBox(in.BBox)
	in.limit, limitErr = parseLimit(in.Limit)
	if in.Next != "" {
		tokenErr = in.parseNext()
	}
	return errors.Join(err, boxErr, limitErr, tokenErr)
}

func (in *Page) parseNext() error {
	t, err := parseToken(in.Next)
	if err != nil {
		return err
	}
	in.token, in.after = &t, t.after
	in.question = question{day: t.day, dayGiven: true, asOf: t.released, publication: t.publication}
	return nil
}

// page is a page being written. It holds one feature at a time and what has
// not been sent yet, some 64 KiB.
type page struct {
	c          *call
	m          *moment
	in         *Page
	collection string
	out        *answerWriter
	features   *geojson.Writer
	last       int64 // place of the last feature written
	more       bool
}

// answerWriter knows whether part of an answer is on its way, and whether
// there is still somebody to read it.
type answerWriter struct {
	w    io.Writer
	sent bool
	gone bool
}

func (a *answerWriter) Write(p []byte) (int, error) {
	a.sent = true
	n, err := a.w.Write(p)
	a.gone = err != nil
	return n, err
}

// errPageFull ends a reading when the page has its features.
var errPageFull = errors.New("the page is full")

// writePage answers with a page of features. read gives them to page.add until
// that returns an error; it should read one more than the page holds, by which
// the page knows that there are more.
func (c *call) writePage(m *moment, in *Page, collection string, read func(*page) error) error {
	if in.token != nil && in.token.filter != c.filter() {
		return badToken("belongs to other parameters; follow the next link as it is, or leave next out to begin again")
	}
	c.w.Header().Set("Content-Type", typeGeoJSON)
	c.w.Header().Set("Content-Crs", "<"+crs84+">")
	if c.r.Method == http.MethodHead {
		return nil
	}
	head, err := m.head()
	if err != nil {
		return err
	}
	out := &answerWriter{w: c.w}
	p := &page{c: c, m: m, in: in, collection: collection, out: out,
		features: geojson.NewWriter(out, geojson.WriterOptions{Head: head})}
	if m.early() == "" {
		err = read(p)
	}
	if err == nil || errors.Is(err, errPageFull) {
		err = p.finish()
	}
	return p.settle(err)
}

// settle ends an answer that failed. What is not sent yet can still become a
// problem; after that, only a broken connection tells the client.
func (p *page) settle(err error) error {
	if err == nil || !p.out.sent {
		return err
	}
	if !p.out.gone {
		p.c.Log.ErrorContext(p.c.ctx(), "answer aborted", "path", p.c.r.URL.Path, "features", p.features.Count(), "error", err)
	}
	panic(http.ErrAbortHandler)
}

// add writes a feature, or ends the reading when the page is full. place is
// where the feature stands in the order of the collection.
func (p *page) add(place int64, id string, properties any, wkb []byte) error {
	if p.features.Count() == p.in.limit {
		p.more = true
		return errPageFull
	}
	p.last = place
	text, err := json.Marshal(properties)
	if err != nil {
		return fmt.Errorf("encoding properties of feature %s: %w", id, err)
	}
	return p.features.WriteRow(geojson.Row{ID: id, WKB: wkb, Properties: text})
}

func (p *page) finish() error {
	tail, err := members([]named{{"numberReturned", p.features.Count()}, {"links", p.links()}})
	if err != nil {
		return err
	}
	return p.features.Finish(tail...)
}

func (p *page) links() []Link {
	c := p.c
	links := []Link{
		c.self(typeGeoJSON),
		c.link("collection", typeJSON, c.inSamePublication(collectionPath(p.collection)), "The collection"),
	}
	if p.more {
		query := c.r.URL.Query()
		query.Set("next", p.token().String())
		links = append(links, c.link("next", typeGeoJSON, withQuery(itemsPath(p.collection), query), "The next page, at the same instant"))
	}
	return links
}

func (p *page) token() pageToken {
	return pageToken{
		publication: p.m.publication.ID, released: p.m.publication.ReleasedAt.UTC(),
		day: p.m.at.Valid, after: p.last, filter: p.c.filter(),
	}
}

// filter names the collection with the parameters that all its pages share.
func (c *call) filter() uint64 {
	query := c.r.URL.Query()
	query.Del("next")
	query.Del("limit")
	h := fnv.New64a()
	_, _ = io.WriteString(h, c.r.URL.Path+"?"+query.Encode())
	return h.Sum64()
}

// ItemInput names one feature.
type ItemInput struct {
	Clocks
	ID idParam `path:"id" example:"42" doc:"The identifier of the feature"`
	id int64
}

func (in *ItemInput) parse(now time.Time) error {
	err := in.Clocks.parse(now)
	id, idErr := parseID("id", in.ID)
	in.id = id
	return errors.Join(err, idErr)
}

// newDocument makes the document of one feature.
func newDocument[P any](c *call, m *moment, collection string, id string, properties P, wkb []byte, links ...Link) (*FeatureDocument[P], error) {
	geometry, err := newGeometry(wkb)
	if err != nil {
		return nil, fmt.Errorf("feature %s: %w", id, err)
	}
	c.w.Header().Set("Content-Crs", "<"+crs84+">")
	return &FeatureDocument[P]{
		Feature: Feature[P]{Type: "Feature", ID: id, Geometry: geometry, Properties: properties},
		Basis:   m.basis(),
		Links: append([]Link{
			c.self(typeGeoJSON),
			c.link("collection", typeJSON, c.inSamePublication(collectionPath(collection)), "The collection"),
		}, links...),
	}, nil
}
