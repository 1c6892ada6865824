package export

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"jieming/geo/format"
	"jieming/registry"
)

// Edition is what a file shows.
type Edition struct {
	Publication *registry.Publication
	Day         registry.Day // of layers that show one day
	Begins      registry.Day // the first day of the record
}

// At is the instant of the edition.
func (e Edition) At() registry.Instant {
	return registry.Instant{Valid: e.Day, Recorded: e.Publication.AsOf}
}

// FileName is how the file of a layer is called, such as
// jieming-county-2019-06-01.gpkg, or jieming-code-published-2026-06-30.csv of a
// layer that spans all days.
func (e Edition) FileName(l Layer, f Format) string { return e.Stem(l) + "." + string(f) }

// Stem is the file name without its extension.
func (e Edition) Stem(l Layer) string {
	if !l.Dated {
		return fmt.Sprintf("jieming-%s-published-%s", l.Name, registry.DayOf(e.Publication.ReleasedAt))
	}
	return fmt.Sprintf("jieming-%s-%s", l.Name, e.Day)
}

// Key names the bytes of a file: two files of one key are equal. It depends on
// the program, whose versions may write differently.
func (e Edition) Key(l Layer, f Format, program string) string {
	d := e.Day
	if !l.Dated {
		d = 0
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s\n%d %d %d %d", program, l.Name, f,
		e.Publication.ID, e.Publication.AsOf, e.Publication.ReleasedAt.UnixNano(), d))
	return hex.EncodeToString(sum[:12])
}

// statement says what a reader should know about an edition of a layer, or "".
func (e Edition) statement(l Layer) string {
	if !l.Dated || e.Day >= e.Begins {
		return ""
	}
	return fmt.Sprintf("No record before %s: what was so on %s is not known here.", e.Begins, e.Day)
}

// The note that stands in every file, in the words of the standard maps and in
// English.
const (
	Note   = "行政区域界线以标准画法图为准"
	NoteEn = "Administrative boundaries are subject to the standard drawings of the authorities"
)

// about is all that a file says of itself, under the names that the API has for
// it. The counts come at the end, because they are known only then.
func (e Edition) about(l Layer) format.Properties {
	p := e.Publication
	about := format.Properties{
		{Name: "name", Value: l.Name}, {Name: "title", Value: l.Title}, {Name: "title_en", Value: l.TitleEn},
		{Name: "timeStamp", Value: p.ReleasedAt.UTC().Format(time.RFC3339Nano)},
	}
	if s := e.statement(l); s != "" {
		about = append(about, format.Property{Name: "statement", Value: s})
	}
	instant := format.Properties{{Name: "recorded", Value: int64(p.AsOf)}, {Name: "publication", Value: p.ID},
		{Name: "released_at", Value: p.ReleasedAt.UTC().Format(time.RFC3339Nano)}}
	if l.Dated {
		instant = append(format.Properties{{Name: "datetime", Value: e.Day.String()}}, instant...)
	}
	return append(about, format.Properties{
		{Name: "instant", Value: instant},
		{Name: "coordinateSystem", Value: format.Properties{{Name: "name", Value: "CGCS2000"}, {Name: "epsg", Value: int64(4490)}, {Name: "axes", Value: "longitude, latitude"}}},
		{Name: "attribution", Value: p.Dataset.Attribution}, {Name: "licence", Value: p.Dataset.Licence},
		{Name: "dataset", Value: p.Dataset.Name}, {Name: "source", Value: p.Dataset.Source}, {Name: "data_date", Value: dayOf(p.DataDate)},
		{Name: "review_number", Value: textOf(p.ReviewNumber)}, {Name: "schematic", Value: p.Dataset.Schematic},
		{Name: "note", Value: Note}, {Name: "note_en", Value: NoteEn},
	}...)
}

// Counts is how much a file holds.
type Counts struct {
	Rows       int
	Placed     int // rows that have geometry in the registry
	Incomplete int // units of whose area part is not known on the day
}

// counted adds to what a file says of itself what is known at its end.
func (e Edition) counted(l Layer, c Counts) format.Properties {
	counts := format.Properties{{Name: "numberReturned", Value: int64(c.Rows)}}
	if l.Shape != format.NoShape {
		counts = append(counts, format.Property{Name: "numberWithGeometry", Value: int64(c.Placed)})
	}
	if l.index("incomplete") >= 0 {
		counts = append(counts, format.Property{Name: "numberIncomplete", Value: int64(c.Incomplete)})
	}
	if s := e.nothing(l, c); s != "" {
		counts = append(counts, format.Property{Name: "statement", Value: s})
	}
	return counts
}

// nothing says of a file without rows, of a day within the record, what that
// means; else it is "".
func (e Edition) nothing(l Layer, c Counts) string {
	if c.Rows > 0 || e.statement(l) != "" {
		return ""
	}
	if !l.Dated {
		return "The registry has nothing of this kind."
	}
	return fmt.Sprintf("The registry has nothing of this kind for %s. That does not say that there was nothing.", e.Day)
}

// index is the place of a column, or -1.
func (l Layer) index(name string) int {
	for i := range l.Columns {
		if l.Columns[i].Name == name {
			return i
		}
	}
	return -1
}
