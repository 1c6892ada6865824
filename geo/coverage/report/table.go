package report

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"

	"github.com/paulmach/orb"

	"jieming/geo/coverage"
	"jieming/geo/format"
	"jieming/geo/format/geojson"
)

// mark is what spreadsheets know UTF-8 by.
const mark = "\ufeff"

// writeRows writes a CSV file led by the mark, each row made when its turn comes.
func (s *site) writeRows(ctx context.Context, name string, head []string, n int, row func(i int) []string) error {
	return s.write(name, func(w io.Writer) error {
		if _, err := io.WriteString(w, mark); err != nil {
			return err
		}
		table := csv.NewWriter(w)
		if err := table.Write(head); err != nil {
			return err
		}
		for i := range n {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := table.Write(row(i)); err != nil {
				return err
			}
			s.shown.Advance(1)
		}
		table.Flush()
		return table.Error()
	})
}

// writeTable writes faults.csv: the name of each fault, the cells of
// [coverage.Fault.Row], and the names of its units.
func (s *site) writeTable(ctx context.Context) error {
	s.shown.Step("writing faults.csv", len(s.faults))
	head := append(append([]string{"fault"}, coverage.Columns...), "names")
	return s.writeRows(ctx, "faults.csv", head, len(s.faults), func(i int) []string {
		return append(append([]string{s.id(int32(i))}, s.faults[i].Row()...), s.namesOf(s.faults[i].Regions))
	})
}

// writeGeoJSON writes faults.geojson.
func (s *site) writeGeoJSON(ctx context.Context) error {
	s.shown.Step("writing faults.geojson", len(s.faults))
	return s.writeFeatures(ctx, "faults.geojson", len(s.faults), func(i int) *format.Feature {
		return s.feature(int32(i))
	})
}

func (s *site) writeFeatures(ctx context.Context, name string, n int, feature func(i int) *format.Feature) error {
	return s.write(name, func(w io.Writer) error {
		out := geojson.NewWriter(w, geojson.WriterOptions{Decimals: 7})
		for i := range n {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := out.Write(feature(i)); err != nil {
				return err
			}
			s.shown.Advance(1)
		}
		return out.Close()
	})
}

func (s *site) feature(i int32) *format.Feature {
	f := &s.faults[i]
	return &format.Feature{ID: s.id(i), Geometry: rightHanded(f.Geometry), Properties: format.Properties{
		{Name: "kind", Value: string(f.Kind)},
		{Name: "blocking", Value: f.Blocking},
		{Name: "units", Value: f.Regions},
		{Name: "names", Value: s.namesOf(f.Regions)},
		{Name: "area_m2", Value: round(f.AreaM2)},
		{Name: "length_m", Value: round(f.LengthM)},
		{Name: "place", Value: []float64{roundTo(f.At[0], 1e7), roundTo(f.At[1], 1e7)}},
		{Name: "sliver", Value: f.Sliver},
		{Name: "message", Value: f.Message},
	}}
}

// rightHanded turns the rings of a geometry as RFC 7946 wants them. Those of
// areas are; only what repeats the input may not be.
func rightHanded(g orb.Geometry) orb.Geometry {
	polygons, ok := g.(orb.MultiPolygon)
	if !ok {
		return g
	}
	polygons = polygons.Clone()
	for _, p := range polygons {
		for i, r := range p {
			if want := orb.CCW; (r.Orientation() == want) != (i == 0) {
				r.Reverse()
			}
		}
	}
	return polygons
}

func round(v float64) float64 { return roundTo(v, 1000) }

// writeSummary writes summary.json, for programs. Its presence tells that a
// folder holds a report.
func (s *site) writeSummary(context.Context) error {
	type kind struct {
		Kind        coverage.Kind `json:"kind"`
		Count       int           `json:"count"`
		Blocking    int           `json:"blocking"`
		AreaM2      float64       `json:"area_m2"`
		LargestM2   float64       `json:"largest_m2"`
		LargestUnit string        `json:"largest_units"`
		Place       []float64     `json:"largest_place"`
	}
	kinds := make([]kind, 0, len(s.summary.Kinds))
	for _, t := range s.summary.Kinds {
		kinds = append(kinds, kind{t.Kind, t.Count, t.Blocking, round(t.AreaM2), round(t.Largest.AreaM2),
			strings.Join(t.Largest.Regions, " "), []float64{roundTo(t.Largest.At[0], 1e7), roundTo(t.Largest.At[1], 1e7)}})
	}
	return s.write(SummaryFile, func(w io.Writer) error {
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		return out.Encode(map[string]any{
			"title": s.Title, "made": s.Made, "regions": s.Report.Regions, "vertices": s.Report.Vertices,
			"shared_ratio": roundTo(s.Report.SharedRatio(), 1e6), "faults": s.summary.Count, "blocking": s.summary.Blocking,
			"left_out": s.summary.Small, "min_area_m2": s.MinAreaM2, "kinds": kinds,
		})
	})
}

// SummaryFile is the last file of a report to be written.
const SummaryFile = "summary.json"
