package api

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"jieming/registry"
	"jieming/registry/export"
)

//go:embed download_wait.html
var waitText string

var waitPage = template.Must(template.New("wait").Parse(waitText))

// wait answers that the file is still being made. To programs it is a 503 with
// Retry-After, never a success with other bytes than those asked for; browsers
// get a page that shows how far it is and asks again by itself.
func (d *download) wait() error {
	making, _ := d.Downloads.Shelf.Making(d.shelved())
	if !d.wantsPage() {
		return &registry.Error{Kind: registry.KindUnavailable, Message: "the file is still being made (" + progressOf(making) + "); ask again in a few seconds"}
	}
	var page bytes.Buffer
	if err := waitPage.Execute(&page, d.waiting(making)); err != nil {
		return fmt.Errorf("writing page: %w", err)
	}
	header := d.w.Header()
	header.Del("ETag")
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Retry-After", retryAfter)
	header.Set("Refresh", retryAfter)
	header.Set("Vary", "Accept")
	d.w.WriteHeader(http.StatusServiceUnavailable)
	// A client that is gone cannot be told so.
	_, _ = d.w.Write(page.Bytes())
	return nil
}

// wantsPage tells whether a person asks with a browser.
func (d *download) wantsPage() bool { return strings.Contains(d.r.Header.Get("Accept"), "text/html") }

// waiting is what the page shows.
func (d *download) waiting(m export.Making) any {
	return struct {
		Title, TitleEn, Name string
		Done, Total, Seconds int
	}{d.layer.Title, d.layer.TitleEn, d.edition.FileName(d.layer, d.format), m.Done, m.Total, int(time.Since(m.Since).Seconds())}
}

// progressOf says how far a file is.
func progressOf(m export.Making) string {
	if m.Total > 0 {
		return fmt.Sprintf("%d %% done", 100*m.Done/m.Total)
	}
	return fmt.Sprintf("%d rows done", m.Done)
}
