package api

import (
	"jieming/geo/format"
	"jieming/registry/export"
)

// FileIndex lists what can be downloaded.
type FileIndex struct {
	Answer
	Layers []FileLayer `json:"layers" doc:"The layers and tables"`
	Links  []Link      `json:"links" doc:"self"`
}

// FileLayer is a layer or table.
type FileLayer struct {
	Name        string       `json:"name" example:"county" doc:"Its name, part of the address"`
	Title       string       `json:"title" example:"县级行政区" doc:"Its title in Chinese"`
	TitleEn     string       `json:"title_en" example:"Counties" doc:"Its title in English"`
	Description string       `json:"description" example:"The units of county level as they were on the day, with their areas." doc:"What it holds"`
	Dated       bool         `json:"dated" example:"true" doc:"Whether it shows one day; if not, it spans all days and has no datetime"`
	Geometry    *string      `json:"geometry" enum:"Point,Line,Area" example:"Area" doc:"What the rows are on the map; null for a table"`
	Columns     []FileColumn `json:"columns" doc:"Its columns, in order; none of the map, whose layers are in its metadata"`
	Files       []File       `json:"files" doc:"The formats it can be had in, the most useful first"`
}

// FileColumn is a column of a layer.
type FileColumn struct {
	Name        string `json:"name" example:"valid_from" doc:"Its name"`
	Short       string `json:"short" example:"VALID_FROM" doc:"Its name in a Shapefile, whose names have ten bytes at most"`
	Type        string `json:"type" enum:"string,integer,number,boolean,date" example:"date" doc:"What its values are"`
	Title       string `json:"title" example:"生效日" doc:"Its name in Chinese"`
	Description string `json:"description" example:"The first day of this version" doc:"What it means"`
}

// File is a layer in a format.
type File struct {
	Format    string        `json:"format" enum:"gpkg,geojson,shp.zip,csv,csv.zip,pmtiles" example:"gpkg" doc:"The kind of file, as the address names it"`
	Title     string        `json:"title" example:"GeoPackage" doc:"Its name"`
	MediaType string        `json:"media_type" example:"application/geopackage+sqlite3" doc:"Its media type"`
	Href      string        `json:"href" format:"uri" example:"https://jieming.example/data/county.gpkg?datetime=2019-06-01" doc:"The file at the instant of this answer"`
	Template  string        `json:"template" example:"https://jieming.example/data/county.gpkg{?datetime,recorded-as-of}" doc:"The address at any instant: a template of RFC 6570. It is stable"`
	FileName  string        `json:"file_name" example:"jieming-county-2019-06-01.gpkg" doc:"The name under which it is saved"`
	Size      *int64        `json:"size" example:"1826816" doc:"Its size in bytes; null while it has not been made"`
	Making    *FileProgress `json:"making,omitempty" doc:"How far it is, while it is being made"`
}

// FileProgress is how far the making of a file is.
type FileProgress struct {
	Done  int `json:"done" example:"512" doc:"So much is done: rows, or tiles of a map"`
	Total int `json:"total" example:"12993" doc:"Of so much; 0 while that is not known"`
}

// FilesInput chooses the instant of the index.
type FilesInput struct{ Clocks }

func (s *server) fileIndex(c *call, in *FilesInput) error {
	if err := in.parse(s.Now()); err != nil {
		return err
	}
	m, err := fix(c.ctx(), s.reg, in.asked())
	if err != nil {
		return err
	}
	m.begins = s.RecordBegins
	index := &FileIndex{Answer: m.ofDay(), Links: []Link{c.self(typeJSON)}}
	for _, l := range s.Downloads.layers() {
		index.Layers = append(index.Layers, c.fileLayer(m.edition(), l))
	}
	c.w.Header().Set("Cache-Control", "no-cache")
	return c.write(typeJSON, index)
}

func (c *call) fileLayer(e export.Edition, l export.Layer) FileLayer {
	layer := FileLayer{Name: l.Name, Title: l.Title, TitleEn: l.TitleEn, Description: l.Description, Dated: l.Dated, Geometry: geometryOf(l.Shape),
		Columns: each(l.Columns, newFileColumn)}
	for _, f := range l.Formats {
		layer.Files = append(layer.Files, c.fileOf(e, l, f))
	}
	return layer
}

func (c *call) fileOf(e export.Edition, l export.Layer, f export.Format) File {
	d := &download{call: c, edition: e, layer: l, format: f, key: e.Key(l, f, c.program())}
	path := dataPath + "/" + l.Name + "." + string(f)
	file := File{Format: string(f), Title: f.Title(), MediaType: f.MediaType(), FileName: e.FileName(l, f),
		Href: c.base + c.inSamePublication(path), Template: c.base + path + "{?recorded-as-of}"}
	if l.Dated {
		file.Href, file.Template = c.base+c.onSameDay(path), c.base+path+"{?datetime,recorded-as-of}"
	}
	if size, ok := c.Downloads.Shelf.Size(d.shelved()); ok {
		file.Size = &size
	}
	if making, ok := c.Downloads.Shelf.Making(d.shelved()); ok {
		file.Making = &FileProgress{Done: making.Done, Total: making.Total}
	}
	return file
}

func geometryOf(s format.Shape) *string {
	return text(map[format.Shape]string{format.Points: "Point", format.Lines: "Line", format.Areas: "Area"}[s])
}

func newFileColumn(c *format.Column) FileColumn {
	kind := map[format.Type]string{format.String: "string", format.Int: "integer", format.Float: "number", format.Bool: "boolean", format.Date: "date"}[c.Type]
	return FileColumn{Name: c.Name, Short: c.Short, Type: kind, Title: c.Title, Description: c.Description}
}
