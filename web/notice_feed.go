package web

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"time"

	"jieming/registry/desk"
)

// noticeFeedLength is how many notices the feed tells of.
const noticeFeedLength = 50

// showNoticeFeed answers /notices.atom.
func (s *site) showNoticeFeed(r *http.Request, v *View) (*answer, error) {
	page, err := s.desk.PublicNotices(r.Context(), desk.NoticeQuery{Limit: noticeFeedLength})
	if err != nil {
		return nil, err
	}
	base := s.base(r)
	f := feed{ID: base + "/notices", Title: v.marked(v.text("site.name") + " · " + v.text("notice.title")), Author: v.text("site.name"),
		Updated: time.Unix(0, 0).UTC().Format(time.RFC3339), Link: []atomLink{{base + "/notices.atom", "self"}, {base + "/notices", "alternate"}}}
	var latest time.Time
	for i := range page.Rows {
		n := &page.Rows[i]
		if n.At.After(latest) {
			latest = n.At
			f.Updated = latest.Format(time.RFC3339)
		}
		address := fmt.Sprintf("%s/notices/%d", base, n.ID)
		f.Entries = append(f.Entries, entry{ID: address, Updated: n.At.Format(time.RFC3339), Link: atomLink{address, "alternate"},
			Title: v.word("notice.kind", n.Kind) + " · " + n.Title, Summary: v.NoticeSummary(n)})
	}
	text, err := xml.MarshalIndent(f, "", " ")
	if err != nil {
		return nil, err
	}
	return &answer{body: append([]byte(xml.Header), text...), mime: "application/atom+xml; charset=utf-8"}, nil
}

// NoticeSummary says until when a notice takes comments, and how it begins.
func (v *View) NoticeSummary(n *desk.Notice) string {
	text := []rune(strings.Join(strings.Fields(n.Text), " "))
	if len(text) > 200 {
		text = append(text[:200], '…')
	}
	said := string(text)
	if n.State != desk.NoticePublished {
		return v.word("notice.state", n.State) + " · " + n.Reason + " · " + said
	}
	if n.Kind.Asks() {
		return v.text("notice.period", "from", v.day(n.Opens), "to", v.day(n.Closes)) + " " + said
	}
	return said
}
