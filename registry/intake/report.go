package intake

import (
	"encoding/csv"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"jieming/geo/coverage"
	"jieming/geo/format"
	"jieming/geo/format/geojson"
	"jieming/registry"
)

// effectColumns are the cells of an effect in a table.
var effectColumns = []string{"action", "code", "name", "stored", "under", "gained_m2", "lost_m2", "moves"}

// Row returns the effect as cells of a table.
func (e *Effect) Row() []string {
	row := []string{string(e.Action), e.Code, e.Name, e.Stored, e.Under, "", "", e.MovesText()}
	if len(e.Moves) > 0 {
		row[5], row[6] = fmt.Sprintf("%.0f", e.GainedM2), fmt.Sprintf("%.0f", e.LostM2)
	}
	return row
}

// MovesText says from and to whom territory passes, the largest three first.
func (e *Effect) MovesText() string {
	var parts []string
	for _, m := range e.Moves {
		if len(parts) == 3 {
			parts = append(parts, fmt.Sprintf("and %d more", len(e.Moves)-3))
			break
		}
		if m.To == e.Code {
			parts = append(parts, fmt.Sprintf("+%.0f from %s", m.AreaM2, whom(m.From)))
		} else {
			parts = append(parts, fmt.Sprintf("-%.0f to %s", m.AreaM2, whom(m.To)))
		}
	}
	return strings.Join(parts, ", ")
}

func whom(id string) string {
	if id == "" {
		return "outside"
	}
	return id
}

// effectReport keeps the effect with the load.
func (p *Plan) effectReport() registry.Report {
	r := registry.Report{Name: "import-effect", Title: "入库结果", TitleEn: "What the import did", Columns: slices.Clone(effectColumns)}
	for i := range p.Effects {
		if e := &p.Effects[i]; e.Adds() || e.Differs() {
			r.Rows = append(r.Rows, e.Row())
		}
	}
	return r
}

// faultReport keeps what is odd about the areas without blocking.
func (p *Plan) faultReport() registry.Report {
	r := registry.Report{Name: "boundary-faults", Title: "边界文件的瑕疵", TitleEn: "Blemishes of the boundary files", Columns: slices.Clone(coverage.Columns)}
	for _, f := range p.Faults {
		r.Rows = append(r.Rows, f.Row())
	}
	return r
}

// WriteFaults writes all faults of the areas as a table or as GeoJSON, as name
// ends in .csv or .geojson. Coordinates are CGCS2000 longitude, latitude.
func (p *Plan) WriteFaults(w io.Writer, name string) error {
	switch strings.ToLower(path.Ext(name)) {
	case ".csv":
		return p.writeTable(w)
	case ".geojson", ".json":
		return p.writeFeatures(w)
	}
	return registry.Invalid("report", fmt.Sprintf("%q is neither a table nor a map: let its name end in .csv or .geojson", name))
}

func (p *Plan) writeTable(w io.Writer) error {
	table := csv.NewWriter(w)
	if err := table.Write(coverage.Columns); err != nil {
		return err
	}
	for _, f := range p.Faults {
		if err := table.Write(f.Row()); err != nil {
			return err
		}
	}
	table.Flush()
	return table.Error()
}

func (p *Plan) writeFeatures(w io.Writer) error {
	out := geojson.NewWriter(w, geojson.WriterOptions{Decimals: 7})
	for i, f := range p.Faults {
		feature := &format.Feature{Index: i, Geometry: f.Geometry}
		for j, cell := range f.Row() {
			feature.Properties = append(feature.Properties, format.Property{Name: coverage.Columns[j], Value: cell})
		}
		if err := out.Write(feature); err != nil {
			return err
		}
	}
	return out.Close()
}
