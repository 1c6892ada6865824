package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
)

// reportPage is the data of the page "report".
type reportPage struct {
	registry.Report
	Shown [][]string // the first rows
}

// rowsShown is how many rows of a report its page lists; the file has all.
const rowsShown = 2000

// Heading is the title of a report in a language.
func (r reportPage) Heading(lang string) string { return heading(r.Report, lang) }

func heading(r registry.Report, lang string) string {
	if lang == "en" && r.TitleEn != "" {
		return r.TitleEn
	}
	return r.Title
}

func (s *site) showReports(r *http.Request, v *View) (*answer, error) {
	reports, err := s.reg.Reports(r.Context(), v.At.Recorded)
	if err != nil {
		return nil, err
	}
	pages := make([]reportPage, len(reports))
	for i, report := range reports {
		pages[i] = reportPage{Report: report}
	}
	return &answer{page: "reports", data: pages}, nil
}

func (s *site) showReport(r *http.Request, v *View) (*answer, error) {
	reports, err := s.reg.Reports(r.Context(), v.At.Recorded)
	if err != nil {
		return nil, err
	}
	name, asFile := strings.CutSuffix(chi.URLParam(r, "name"), ".csv")
	for _, report := range reports {
		switch {
		case report.Name != name:
		case asFile:
			return reportFile(report)
		default:
			shown := report.Rows[:min(len(report.Rows), rowsShown)]
			return &answer{page: "report", data: reportPage{Report: report, Shown: shown}}, nil
		}
	}
	return nil, registry.NotFound("report", name)
}

// reportFile writes a report as CSV, led by the mark by which spreadsheets
// know UTF-8.
func reportFile(report registry.Report) (*answer, error) {
	out := bytes.NewBufferString("\ufeff")
	w := csv.NewWriter(out)
	if err := w.Write(report.Columns); err != nil {
		return nil, fmt.Errorf("writing report %s: %w", report.Name, err)
	}
	if err := w.WriteAll(report.Rows); err != nil {
		return nil, fmt.Errorf("writing report %s: %w", report.Name, err)
	}
	return &answer{body: out.Bytes(), mime: "text/csv; charset=utf-8", name: report.Name + ".csv"}, nil
}
