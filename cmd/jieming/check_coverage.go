package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"jieming/geo/coverage"
	"jieming/geo/coverage/report"
	"jieming/geo/format"
)

type checkCoverageCommand struct {
	Files      []string `arg:"" name:"file" help:"GeoJSON, CSV with WKT, GeoPackage or zipped Shapefile; several are checked as one."`
	CRS        string   `name:"crs" placeholder:"SYSTEM" help:"Coordinate system, such as EPSG:4490, EPSG:4530 or GCJ-02; it goes before what the file says."`
	CodeColumn string   `placeholder:"NAME" help:"Column of the codes, or of whatever tells the units apart."`
	NameColumn string   `placeholder:"NAME" help:"Column of the names."`
	Layer      string   `placeholder:"NAME" help:"Layer, in a file of several."`
	Encoding   string   `placeholder:"NAME" help:"Encoding of the text, such as GBK, if the file does not say."`
	Out        string   `placeholder:"DIR" type:"path" help:"Folder for the report: pages to click through, faults.csv, faults.geojson. An earlier report there is replaced."`
	MinArea    float64  `placeholder:"M2" help:"Leave out gaps, overlaps and slivers smaller than this, in m²."`
	Propose    bool     `help:"Add a proposed repair to the report. Nothing is repaired."`
	Snap       float64  `default:"10" placeholder:"M" help:"How far the proposal may move a vertex onto a neighbour's, in m (default ${default})."`
	SliverArea float64  `default:"10000" placeholder:"M2" help:"The largest gap or overlap the proposal gives away, in m² (default ${default})."`
	JSON       bool     `name:"json" help:"Print the summary as one JSON object."`
}

func (checkCoverageCommand) Help() string {
	return "Neighbouring units should share every border: no gap, no overlap. Prints what is wrong by kind, " +
		"and with --out writes a report; open index.html in a browser. The exit status is 1 when there are faults. " +
		"Remarks, which keep nothing from being built, are listed too but are no faults.\n\n" +
		"Examples:\n\n    jieming check coverage counties.geojson --out report\n" +
		"    jieming check coverage counties.zip --crs EPSG:4530 --min-area 10\n" +
		"    jieming check coverage counties.geojson --out report --propose --snap 10 --sliver-area 1000000"
}

// Run checks the files, and fails when there are faults.
func (k checkCoverageCommand) Run(ctx context.Context, c *console) (err error) {
	if err := k.validate(); err != nil {
		return err
	}
	var out *reportFolder
	if k.Out != "" {
		if out, err = newReportFolder(k.Out); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, out.discard()) }()
	}
	shown := newProgress(c.err)
	defer shown.Close()
	content, err := k.examine(ctx, shown)
	if err != nil {
		return err
	}
	if out != nil {
		if err := report.Write(ctx, out, content, shown); err != nil {
			return err
		}
		if err := out.keep(); err != nil {
			return err
		}
	}
	shown.Close()
	return k.conclude(c, content)
}

// validate refuses limits that mean nothing.
func (k checkCoverageCommand) validate() error {
	for _, limit := range []struct {
		flag  string
		value float64
	}{{"--min-area", k.MinArea}, {"--snap", k.Snap}, {"--sliver-area", k.SliverArea}} {
		if !(limit.value >= 0) || math.IsInf(limit.value, 0) {
			return fmt.Errorf("%s %v: want a number from 0", limit.flag, limit.value)
		}
	}
	if k.Propose && k.Out == "" {
		return errors.New("--propose needs a folder to write the proposal into: add --out DIR")
	}
	return nil
}

// examine reads and checks the files.
func (k checkCoverageCommand) examine(ctx context.Context, shown Progress) (report.Content, error) {
	s := regionFiles{options: format.Options{Encoding: k.Encoding, Layer: k.Layer}, crs: k.CRS, codeColumn: k.CodeColumn, nameColumn: k.NameColumn}
	for _, name := range k.Files {
		shown.Step("reading "+filepath.Base(name), 0)
		if err := s.read(ctx, name, shown); err != nil {
			return report.Content{}, err
		}
	}
	content := report.Content{Title: k.title(), Made: today(), Notes: s.notes, Regions: s.regions, MinAreaM2: k.MinArea}
	var err error
	if k.Propose {
		shown.Step("checking, and proposing a repair", 0)
		content.Proposal, err = k.propose(ctx, &s)
		if err == nil {
			content.Report = content.Proposal.Found
		}
		return content, err
	}
	shown.Step("checking", 0)
	content.Report, err = coverage.Check(ctx, s.regions, coverage.Options{})
	return content, err
}

func (k checkCoverageCommand) propose(ctx context.Context, s *regionFiles) (*report.Proposal, error) {
	p, err := coverage.Propose(ctx, s.regions, coverage.RepairOptions{SnapToleranceM: k.Snap, RepairMaxAreaM2: k.SliverArea})
	if err != nil {
		return nil, err
	}
	return &report.Proposal{
		Proposal: p, SnapToleranceM: k.Snap, RepairMaxAreaM2: k.SliverArea,
		Properties: func(i int) format.Properties { return s.properties[i] },
	}, nil
}

func (k checkCoverageCommand) title() string {
	title := filepath.Base(k.Files[0])
	if n := len(k.Files) - 1; n > 0 {
		title += fmt.Sprintf(" + %d", n)
	}
	return title
}

// today is the day in China.
func today() string {
	return time.Now().In(time.FixedZone("CST", 8*60*60)).Format(time.DateOnly)
}

// conclude prints the summary.
func (k checkCoverageCommand) conclude(c *console, content report.Content) error {
	s := content.Summarise()
	var err error
	if k.JSON {
		err = printCoverageJSON(c.out, content, s)
	} else {
		err = k.printSummary(c.out, content, s)
	}
	if err != nil {
		return err
	}
	if s.Blocking > 0 {
		return fmt.Errorf("the polygons are not a coverage: %s", counted(s.Blocking, "fault"))
	}
	return nil
}

func (k checkCoverageCommand) printSummary(w io.Writer, content report.Content, s report.Summary) error {
	r := content.Report
	fmt.Fprintf(w, "%s: %s, %d vertices, %.3f of the inner segments shared\n", content.Title, counted(r.Regions, "unit"), r.Vertices, r.SharedRatio())
	for _, note := range content.Notes {
		fmt.Fprintln(w, "note:", note)
	}
	if s.Count == 0 {
		fmt.Fprintln(w, "no faults")
	} else if err := printKinds(w, s); err != nil {
		return err
	}
	if s.Small > 0 {
		fmt.Fprintf(w, "%s smaller than %g m² not listed\n", counted(s.Small, "finding"), k.MinArea)
	}
	if p := content.Proposal; p != nil {
		fmt.Fprintf(w, "proposal: %s given away, %d vertices moved by at most %.1f m, %s stay\n",
			counted(len(p.Awards), "sliver"), p.Snapped, p.MaxSnapM, counted(blocking(p.Left), "fault"))
	}
	if k.Out != "" {
		fmt.Fprintln(w, "report:", filepath.Join(k.Out, "index.html"))
	}
	return nil
}

func blocking(r *coverage.Report) (n int) {
	for _, t := range r.Totals() {
		n += t.Blocking
	}
	return n
}

// printKinds prints the totals as a table.
func printKinds(w io.Writer, s report.Summary) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "count\ttotal m²\tlargest m²\t  kind\t")
	for _, t := range s.Kinds {
		remark := ""
		if t.Blocking == 0 {
			remark = " (remark)"
		}
		fmt.Fprintf(table, "%d\t%.2f\t%.2f\t  %s%s at %.7f, %.7f: %s\n", t.Count, t.AreaM2, t.Largest.AreaM2, t.Kind, remark,
			t.Largest.At[0], t.Largest.At[1], cmp.Or(strings.Join(t.Largest.Regions, ", "), "nobody"))
	}
	return table.Flush()
}

// kindJSON is the total of a kind for programs.
type kindJSON struct {
	Kind     coverage.Kind `json:"kind"`
	Count    int           `json:"count"`
	Blocking int           `json:"blocking"`
	AreaM2   float64       `json:"area_m2"`
	Largest  struct {
		AreaM2 float64    `json:"area_m2"`
		Units  []string   `json:"units"`
		Place  [2]float64 `json:"place"`
	} `json:"largest"`
}

func printCoverageJSON(w io.Writer, content report.Content, s report.Summary) error {
	kinds := make([]kindJSON, len(s.Kinds))
	for i, t := range s.Kinds {
		kinds[i] = kindJSON{Kind: t.Kind, Count: t.Count, Blocking: t.Blocking, AreaM2: t.AreaM2}
		l := &kinds[i].Largest
		l.AreaM2, l.Units, l.Place = t.Largest.AreaM2, t.Largest.Regions, t.Largest.At
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(map[string]any{
		"title": content.Title, "units": content.Report.Regions, "vertices": content.Report.Vertices, "notes": content.Notes,
		"faults": s.Blocking, "findings": s.Count, "left_out": s.Small, "kinds": kinds,
	})
}
