package geopackage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"jieming/geo/format"
)

// A schema asks the tables that describe the file. Each is checked to be a
// table before it is read.
type schema struct {
	ctx  context.Context
	conn *sql.Conn
}

// requireTable refuses views and virtual tables, which run code of the file
// when they are read.
func (s *schema) requireTable(name string) error {
	var kind, definition string
	err := s.conn.QueryRowContext(s.ctx,
		"SELECT type, COALESCE(sql, '') FROM sqlite_schema WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')", name).
		Scan(&kind, &definition)
	if errors.Is(err, sql.ErrNoRows) {
		return format.Fault(fmt.Sprintf("database has no table %q", name), "this is no GeoPackage: "+adviceFile)
	}
	if err != nil {
		return err
	}
	words := strings.Fields(strings.ToUpper(definition))
	if kind != "table" || len(words) > 1 && words[1] == "VIRTUAL" {
		return format.Fault(fmt.Sprintf("%q is a view or a virtual table, which is not read from foreign files", name), adviceTable)
	}
	return nil
}

// chooseLayer returns the named layer, or the only one.
func (s *schema) chooseLayer(name string) (layer, error) {
	for _, table := range []string{"gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys"} {
		if err := s.requireTable(table); err != nil {
			return layer{}, err
		}
	}
	layers, err := s.layers()
	if err != nil {
		return layer{}, err
	}
	var names []string
	for _, l := range layers {
		names = append(names, strconv.Quote(l.table))
		if name != "" && strings.EqualFold(l.table, name) || name == "" && len(layers) == 1 {
			return l, s.requireTable(l.table)
		}
	}
	if names == nil {
		return layer{}, format.Fault("file holds no layer of features", "rasters and plain tables cannot be imported")
	}
	return layer{}, format.Fault("file holds the layers "+strings.Join(names, ", "), "name one of them")
}

func (s *schema) layers() ([]layer, error) {
	rows, err := s.conn.QueryContext(s.ctx, `SELECT c.table_name, g.column_name, g.srs_id
		FROM gpkg_contents c JOIN gpkg_geometry_columns g ON lower(g.table_name) = lower(c.table_name)
		WHERE c.data_type = 'features' ORDER BY c.table_name LIMIT 200`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var layers []layer
	for rows.Next() {
		var l layer
		if err := rows.Scan(&l.table, &l.geometry, &l.srs); err != nil {
			return nil, err
		}
		layers = append(layers, l)
	}
	return layers, rows.Err()
}

// crs returns the entry of a reference system. The codes 0 and -1 mean that
// the system is not known.
func (s *schema) crs(srs int) (format.Declared, error) {
	d := format.Declared{Source: "gpkg_spatial_ref_sys"}
	if srs <= 0 {
		return d, nil
	}
	var organization string
	err := s.conn.QueryRowContext(s.ctx,
		"SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?", srs).
		Scan(&organization, &d.EPSG, &d.Text)
	if errors.Is(err, sql.ErrNoRows) {
		return d, format.Fault(fmt.Sprintf("reference system %d of the layer is not described", srs), adviceFile)
	}
	if !strings.EqualFold(organization, "EPSG") {
		d.EPSG = 0
	}
	return d, err
}

// columns returns the columns of a layer without the geometry. The key is the
// column that the table declares as such.
func (s *schema) columns(l layer) ([]column, error) {
	rows, err := s.conn.QueryContext(s.ctx, "SELECT name, type, pk FROM pragma_table_info(?)", l.table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var columns []column
	found := false
	for rows.Next() {
		var name, declared string
		var key int
		if err := rows.Scan(&name, &declared, &key); err != nil {
			return nil, err
		}
		if strings.EqualFold(name, l.geometry) {
			found = true
			continue
		}
		columns = append(columns, column{Column: columnOf(name, declared), key: key == 1})
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if !found {
		return nil, format.Fault(fmt.Sprintf("table %q has no column %q for its geometry", l.table, l.geometry), adviceFile)
	}
	return columns, nil
}
