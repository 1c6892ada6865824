package geopackage

import (
	_ "embed"
	"time"

	"jieming/geo/format"
)

var (
	//go:embed metadata.sql
	metadataSQL string
	//go:embed columns.sql
	columnsSQL string
)

// Metadata is a document about the layer, kept in the way of the metadata
// extension.
type Metadata struct {
	URI  string // of the standard it follows
	MIME string
	Text string
}

// Annotate adds a document about the layer. It may be called until Close.
func (w *Writer) Annotate(m Metadata) { w.metadata = append(w.metadata, m) }

// describe fills the tables about the layer.
func (w *Writer) describe() error {
	systems := []System{WGS84()}
	if w.options.System.EPSG != 4326 {
		systems = append(systems, w.options.System)
	}
	for _, s := range systems {
		if _, err := w.tx.Exec("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, 'EPSG', ?, ?, NULL)",
			s.Name, s.EPSG, s.EPSG, s.WKT); err != nil {
			return err
		}
	}
	if err := w.describeContents(); err != nil {
		return err
	}
	if w.spatial() {
		if err := w.describeGeometry(); err != nil {
			return err
		}
	}
	return w.describeColumns()
}

// changed is when the layer last changed, as the format writes it.
func (w *Writer) changed() string {
	t := w.options.LastChange
	if t.IsZero() {
		t = time.Unix(0, 0)
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func (w *Writer) describeContents() error {
	kind, srs := "features", any(w.options.System.EPSG)
	if !w.spatial() {
		kind, srs = "attributes", nil
	}
	identifier := w.options.Identifier
	if identifier == "" {
		identifier = w.table
	}
	_, err := w.tx.Exec("INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) VALUES (?, ?, ?, ?, ?, ?)",
		w.table, kind, identifier, w.options.Description, w.changed(), srs)
	return err
}

func (w *Writer) describeGeometry() error {
	declared := map[format.Shape]string{format.Points: "POINT", format.Lines: "MULTILINESTRING", format.Areas: "MULTIPOLYGON"}[w.options.Shape]
	if declared == "" {
		declared = "GEOMETRY"
	}
	if _, err := w.tx.Exec("INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)",
		w.table, geometryColumn, declared, w.options.System.EPSG); err != nil {
		return err
	}
	_, err := w.tx.Exec("INSERT INTO gpkg_extensions VALUES (?, ?, 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
		w.table, geometryColumn)
	return err
}

// describeColumns writes what the columns mean, if anything is said of one.
func (w *Writer) describeColumns() error {
	made := false
	for _, c := range w.columns {
		if c.Title == "" && c.Description == "" {
			continue
		}
		if !made {
			if _, err := w.tx.Exec(columnsSQL); err != nil {
				return err
			}
			made = true
		}
		if _, err := w.tx.Exec("INSERT INTO gpkg_data_columns (table_name, column_name, title, description) VALUES (?, ?, nullif(?, ''), nullif(?, ''))",
			w.table, c.Name, c.Title, c.Description); err != nil {
			return err
		}
	}
	return nil
}

// describeMetadata writes the documents about the layer.
func (w *Writer) describeMetadata() error {
	if len(w.metadata) == 0 {
		return nil
	}
	if _, err := w.tx.Exec(metadataSQL); err != nil {
		return err
	}
	for i, m := range w.metadata {
		if _, err := w.tx.Exec("INSERT INTO gpkg_metadata (id, md_scope, md_standard_uri, mime_type, metadata) VALUES (?, 'dataset', ?, ?, ?)",
			i+1, m.URI, m.MIME, m.Text); err != nil {
			return err
		}
		if _, err := w.tx.Exec("INSERT INTO gpkg_metadata_reference (reference_scope, table_name, timestamp, md_file_id) VALUES ('table', ?, ?, ?)",
			w.table, w.changed(), i+1); err != nil {
			return err
		}
	}
	return nil
}
