package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"jieming/registry/desk"
)

// sendsGeometry are the addresses of the desk that send maps, files or archives,
// and what sees to it that reads of what is not public are written down: a use
// case of the desk, or "public" where only published geometry is drawn, "own"
// for what the reader sent themself, "none" for files without geometry. That the
// use cases do is TestReads_ofUnpublishedGeometry of registry/postgres.
var sendsGeometry = map[string]string{
	"/desk/cases/{id}/map.svg":             "public",
	"/desk/cases/{case}/files/{digest}":    "OpenPaper",
	"/desk/cases/{case}/dossier.zip":       "WriteDossier",
	"/desk/uploads/{id}":                   "own",
	"/desk/notices/{id}/map-{side}.svg":    "ProposalShapes",
	"/desk/notices/{id}/comments.xlsx":     "none",
	"/desk/releases/{id}":                  "ReleaseMovements",
	"/desk/releases/{id}/map-{side}.svg":   "ReleaseBorders",
	"/desk/log/log.jsonl.gz":               "ExportLog",
	"/desk/log/{seq}/proof.json":           "none", // digests
	"/desk/log/checkpoints/{size}.txt":     "none",
	"/desk/boards.csv":                     "none",
	"/desk/boards.xlsx":                    "none",
	"/desk/cases.csv":                      "none",
	"/desk/cases.xlsx":                     "none",
	"/desk/calendar.ics":                   "none",
	"/desk/corrections/sheet.xlsx":         "none", // names, codes and readings
	"/desk/quality/{check}.xlsx":           "none",
	"/desk/templates/{name}/template.docx": "none",
	"/desk/templates/{name}/example.docx":  "none",
}

// A new address of the desk that sends a map or a file is thought about: does it
// show what is not public, and who writes down who read it?
func TestRoutes_that_send_geometry_are_known(t *testing.T) {
	s, err := newSite(nil, Options{Desk: desk.New(desk.Options{})})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	err = chi.Walk(s.routes().(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if method != http.MethodGet || !strings.HasPrefix(route, "/desk") {
			return nil
		}
		last := route[strings.LastIndex(route, "/")+1:]
		if strings.Contains(last, ".") || strings.Contains(route, "map") || strings.Contains(route, "/files/") || sendsGeometry[route] != "" {
			seen[route] = true
			if sendsGeometry[route] == "" {
				t.Errorf("%s sends a file: who writes down who reads geometry by it?", route)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for route := range sendsGeometry {
		if !seen[route] {
			t.Errorf("there is no %s any more", route)
		}
	}
}
