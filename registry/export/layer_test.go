package export

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"jieming/geo/format"
	"jieming/registry"
)

// Every layer and column says what it is, and its short name fits into a table.
func TestLayers_sayWhatTheyAre(t *testing.T) {
	names := map[string]bool{}
	for _, l := range Layers() {
		if names[l.Name] || l.Title == "" || l.TitleEn == "" || l.Description == "" || len(l.Formats) == 0 {
			t.Errorf("layer %+v", l)
		}
		names[l.Name] = true
		long, short := map[string]bool{}, map[string]bool{}
		for _, c := range l.Columns {
			if long[c.Name] || short[c.Short] || c.Title == "" || c.Description == "" {
				t.Errorf("%s: column %+v", l.Name, c)
			}
			if !regexp.MustCompile(`^[A-Z][A-Z0-9_]{1,9}$`).MatchString(c.Short) || !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(c.Name) {
				t.Errorf("%s: names %q, %q", l.Name, c.Name, c.Short)
			}
			if c.Type == format.String && (c.Width < 1 || c.Width > longWidth) {
				t.Errorf("%s: column %s is %d bytes wide", l.Name, c.Name, c.Width)
			}
			long[c.Name], short[c.Short] = true, true
		}
	}
}

func TestFind(t *testing.T) {
	if _, err := Find("counties"); registry.KindOf(err) != registry.KindNotFound || !strings.Contains(err.Error(), "there are province, prefecture, county") {
		t.Errorf("got %v", err)
	}
	if _, err := layer(t, "village").Format("shp.zip"); registry.KindOf(err) != registry.KindNotFound || !strings.Contains(err.Error(), "as gpkg, geojson, csv, csv.zip") {
		t.Errorf("got %v", err)
	}
	if f, err := layer(t, "county").Format("shp.zip"); f != Shapefile || err != nil {
		t.Errorf("got %v, %v", f, err)
	}
}

// The guide lists every layer with its formats and columns, as they are.
// BLESS=1 renews the list.
func TestGuide_listsTheColumns(t *testing.T) {
	const path, begin, end = "../../docs/downloads.md", "<!-- columns -->\n", "<!-- /columns -->\n"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := bytes.Cut(text, []byte(begin))
	list, after, ok2 := bytes.Cut(rest, []byte(end))
	if !ok || !ok2 {
		t.Fatalf("%s has no list of columns", path)
	}
	want := columnList()
	if string(list) == want {
		return
	}
	if os.Getenv("BLESS") == "" {
		t.Fatalf("%s is not what the program does: run make bless", path)
	}
	if err := os.WriteFile(path, bytes.Join([][]byte{before, []byte(begin + want + end), after}, nil), 0o644); err != nil {
		t.Fatal(err)
	}
}

// columnList is the list of layers and columns in the guide. Layers with equal
// columns share a table.
func columnList() string {
	var b strings.Builder
	tables := map[string][]Layer{}
	var order []string
	for _, l := range Layers() {
		key := columnTable(l.Columns)
		if tables[key] == nil {
			order = append(order, key)
		}
		tables[key] = append(tables[key], l)
	}
	for _, key := range order {
		if key == "" {
			continue
		}
		b.WriteString("\n### ")
		for i, l := range tables[key] {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString("`" + l.Name + "`")
		}
		b.WriteString("\n\n| column | in a Shapefile | 中文 | meaning |\n|---|---|---|---|\n" + key)
	}
	return b.String() + "\n"
}

func columnTable(columns []format.Column) string {
	var b strings.Builder
	for _, c := range columns {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", c.Name, c.Short, c.Title, c.Description)
	}
	return b.String()
}
