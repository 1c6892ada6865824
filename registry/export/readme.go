package export

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"jieming/geo/format"
)

const readmeName = "README.txt"

// summary is the edition in a line, for where there is room for no more.
func (j job) summary() string {
	p := j.Publication
	parts := []string{j.layer.TitleEn}
	if j.layer.Dated {
		parts = append(parts, j.Day.String())
	}
	parts = append(parts, fmt.Sprintf("publication %d of %s", p.ID, p.ReleasedAt.UTC().Format(time.RFC3339)), p.Dataset.Attribution, j.reviewed(), Note)
	if p.Dataset.Schematic {
		parts = append(parts, "示意 schematic")
	}
	return strings.Join(parts, "; ")
}

// reviewed is the number of the map review, or that there is none.
func (j job) reviewed() string {
	if n := j.Publication.ReviewNumber; n != "" {
		return "审图号 " + n
	}
	return "未经地图审核 (map not reviewed)"
}

// readme is the text that goes into archives, with line ends that every editor
// understands.
func (j job) readme(c Counts) string {
	var b strings.Builder
	p := j.Publication
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("界名 Jieming — %s %s", j.layer.Title, j.layer.TitleEn)
	line("")
	line("%s", j.layer.Description)
	line("")
	if j.layer.Dated {
		line("日期 Day: %s (Asia/Shanghai)", j.Day)
	} else {
		line("日期 Day: all days of the record, from %s on", j.Begins)
	}
	line("登记 Recorded: log entry %d, publication %d of %s", p.AsOf, p.ID, p.ReleasedAt.UTC().Format(time.RFC3339))
	line("数据 Data: %s, %s; state of %s", p.Dataset.Name, p.Dataset.Source, p.DataDate)
	line("许可 Licence: %s", p.Dataset.Licence)
	line("署名 Attribution, which must stand on every map made from this: %s", p.Dataset.Attribution)
	line("审图号 Map review: %s", j.reviewed())
	line("说明 Note: %s。 %s.", Note, NoteEn)
	if p.Dataset.Schematic {
		line("示意 Schematic: geometry of the project's own making, no map of the land.")
	}
	for _, s := range []string{j.statement(j.layer), j.nothing(j.layer, c)} {
		if s != "" {
			line("声明 Statement: %s", s)
		}
	}
	j.readmeContent(line, c)
	line("")
	line("字段 Columns")
	line("")
	for _, column := range j.columns() {
		line("%s", column)
	}
	return b.String()
}

// readmeContent says what the rows are.
func (j job) readmeContent(line func(string, ...any), c Counts) {
	line("编码 Encoding: UTF-8")
	line("数量 Rows: %d", c.Rows)
	line("坐标系 Coordinates: CGCS2000 (EPSG:4490), degrees, longitude before latitude, unshifted")
	if j.layer.Shape != format.NoShape {
		line("有位置 With a place on the map: %d", c.Placed)
	}
	if j.layer.index("incomplete") >= 0 {
		line("范围不完整 Incomplete: %d units, of whose area part is not known on the day; see the layer unrefined", c.Incomplete)
	}
	if j.format == Shapefile {
		line("文本 Texts of more than 254 bytes are cut and end in …; the GeoPackage has them whole.")
	}
}

// columns describes each column of the file in a line.
func (j job) columns() (lines []string) {
	for _, c := range j.layer.Columns {
		name := c.Name
		if j.format == Shapefile {
			name = fmt.Sprintf("%s (%s)", c.Short, c.Name)
		}
		lines = append(lines, fmt.Sprintf("%s  %s  %s", name, c.Title, c.Description))
	}
	if j.format == CSVZip && j.layer.Shape == format.Points {
		for _, c := range lonLat() {
			lines = append(lines, fmt.Sprintf("%s  %s  %s", c.Name, c.Title, c.Description))
		}
	}
	return lines
}

// lonLat are the columns that a table has in place of geometry.
func lonLat() []format.Column {
	return []format.Column{
		{Name: "lon", Type: format.Float, Title: "经度", Description: "Longitude in degrees"},
		{Name: "lat", Type: format.Float, Title: "纬度", Description: "Latitude in degrees"},
	}
}

// csvw describes the table to programs: Metadata Vocabulary for Tabular Data of
// W3C.
func (s *archiveSink) csvw(c Counts) (string, error) {
	columns := s.layer.Columns
	if s.layer.Shape == format.Points {
		columns = append(columns[:len(columns):len(columns)], lonLat()...)
	}
	var list []any
	for _, c := range columns {
		list = append(list, format.Properties{
			{Name: "name", Value: c.Name},
			{Name: "titles", Value: format.Properties{{Name: "und", Value: c.Name}, {Name: "zh", Value: c.Title}}},
			{Name: "dc:description", Value: c.Description}, {Name: "datatype", Value: datatype(c.Type)},
		})
	}
	doc := format.Properties{
		{Name: "@context", Value: []any{"http://www.w3.org/ns/csvw", format.Properties{{Name: "@language", Value: "en"}}}},
		{Name: "url", Value: s.Stem(s.layer) + ".csv"},
		{Name: "dc:title", Value: s.layer.Title + " " + s.layer.TitleEn},
		{Name: "dc:description", Value: s.summary()},
		{Name: "dc:license", Value: s.Publication.Dataset.Licence},
		{Name: "dialect", Value: format.Properties{{Name: "encoding", Value: "utf-8"}, {Name: "header", Value: true}}},
		{Name: "notes", Value: []any{append(s.about(s.layer), s.counted(s.layer, c)...)}},
		{Name: "tableSchema", Value: format.Properties{{Name: "columns", Value: list}}},
	}
	text, err := json.MarshalIndent(doc, "", "  ")
	return string(text) + "\n", err
}

func datatype(t format.Type) string {
	switch t {
	case format.Int:
		return "integer"
	case format.Float:
		return "double"
	case format.Bool:
		return "boolean"
	case format.Date:
		return "date"
	}
	return "string"
}
