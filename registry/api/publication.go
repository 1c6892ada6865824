package api

import (
	"encoding/hex"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"jieming/registry"
)

func (s *server) publicationRoutes() {
	onLife(s, huma.Operation{
		OperationID: "getPublication", Path: "/api/publication", Tags: []string{tagRegistry},
		Summary:     "The current publication",
		Description: "The release that all public answers rest on now, or at recorded-as-of, with the data set it comes from.",
	}, s.publication)
	onLife(s, huma.Operation{
		OperationID: "listReports", Path: "/api/reports", Tags: []string{tagRegistry},
		Summary:     "What the load could not settle",
		Description: "Tables of what was found when the data were loaded and a person should read: differing codes, faults of the source, reconciliations. They are findings of the load, not facts on a clock, and are the same for every recorded-as-of.",
	}, s.reports)
}

// PublicationInput chooses a publication.
type PublicationInput struct{ Recorded }

// PublicationAnswer answers with a publication.
type PublicationAnswer struct {
	ID           int64     `json:"id" example:"3" doc:"The identifier"`
	AsOf         int64     `json:"as_of" example:"812" doc:"The log entry up to which the public sees the registry"`
	ReleasedAt   time.Time `json:"released_at" example:"2026-06-30T12:00:00Z" doc:"When it was released"`
	ReviewNumber *string   `json:"review_number" example:"吉S(2026)001号" doc:"The number of the map review (审图号); null while the map has not been reviewed"`
	DataDate     *string   `json:"data_date" format:"date" example:"2023-12-31" doc:"The state the data show"`
	Note         *string   `json:"note" example:"first release" doc:"What the publisher says; null if nothing"`
	Dataset      Dataset   `json:"dataset" doc:"The data set the coverage comes from"`
	Links        []Link    `json:"links" doc:"self"`
}

// Dataset says where the data come from.
type Dataset struct {
	Name        string  `json:"name" example:"吉林省 2023" doc:"The name of the data set"`
	Schematic   bool    `json:"schematic" example:"false" doc:"True for 示意: geometry of the project's own making, no map of the land"`
	Source      string  `json:"source" example:"天地图, 2023" doc:"Who made it, with its version"`
	Licence     string  `json:"licence" example:"CC BY 4.0" doc:"Under which terms it may be used"`
	Attribution string  `json:"attribution" example:"边界：天地图" doc:"Must stand on every map made from this"`
	DataDate    *string `json:"data_date" format:"date" example:"2023-12-31" doc:"The state it shows"`
	SHA256      string  `json:"sha256" example:"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" doc:"The digest of its files, in hexadecimal"`
}

func (s *server) publication(c *call, m *moment, _ *PublicationInput) (*PublicationAnswer, error) {
	p := m.publication
	d := &p.Dataset
	return &PublicationAnswer{
		ID: p.ID, AsOf: int64(p.AsOf), ReleasedAt: p.ReleasedAt.UTC(), ReviewNumber: text(p.ReviewNumber),
		DataDate: date(p.DataDate), Note: text(p.Note), Links: []Link{c.self(typeJSON)},
		Dataset: Dataset{
			Name: d.Name, Schematic: d.Schematic, Source: d.Source, Licence: d.Licence, Attribution: d.Attribution,
			DataDate: date(d.DataDate), SHA256: hex.EncodeToString(d.Digest[:]),
		},
	}, nil
}

// ReportList answers with reports.
type ReportList struct {
	Answer
	Reports []Report `json:"reports" doc:"The reports"`
	Links   []Link   `json:"links" doc:"self"`
}

// Report is a named table.
type Report struct {
	Name    string     `json:"name" example:"codes-differ" doc:"Its identifier"`
	Title   string     `json:"title" example:"代码与年度清单不一致" doc:"Its title in Chinese"`
	TitleEn string     `json:"title_en" example:"Codes that differ from the yearly list" doc:"Its title in English"`
	Columns []string   `json:"columns" example:"[\"code\",\"cause\"]" doc:"The heads of the columns"`
	Rows    [][]string `json:"rows" example:"[[\"220121\",\"used again in 1983\"]]" doc:"The rows, each with one text for each column"`
}

func newReport(r *registry.Report) Report {
	return Report{Name: r.Name, Title: r.Title, TitleEn: r.TitleEn,
		Columns: append([]string{}, r.Columns...), Rows: append([][]string{}, r.Rows...)}
}

func (s *server) reports(c *call, m *moment, _ *PublicationInput) (*ReportList, error) {
	found, err := s.reg.Reports(c.ctx(), m.at.Recorded)
	if err != nil {
		return nil, err
	}
	return &ReportList{Answer: m.ofLife(), Reports: each(found, newReport), Links: []Link{c.self(typeJSON)}}, nil
}
