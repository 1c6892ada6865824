package web

import (
	"net/http"
	"net/url"
	"slices"

	"jieming/registry"
	"jieming/registry/export"
)

// downloadPage is the data of the page "download".
type downloadPage struct {
	Groups []fileGroup
	Before bool // the day lies before the record begins
}

// fileGroup is a group of layers, by the end of the key of its name.
type fileGroup struct {
	Name   string
	Layers []export.Layer
}

// groupOfLayer says under which heading the layers stand; the others are areas.
var groupOfLayer = map[string]string{
	"boundary": "lines", "line": "lines", "label": "points", "place": "points", "code": "tables", "lineage": "tables", "map": "tiles",
}

// showDownload answers /download: every layer in every format, on the day.
func (s *site) showDownload(r *http.Request, v *View) (*answer, error) {
	e, err := s.epochOf(r.Context(), v)
	if err != nil {
		return nil, err
	}
	p := downloadPage{Before: e.Began != registry.NoStart && v.Day < e.Began}
	for _, l := range export.Layers() {
		name := groupOfLayer[l.Name]
		if name == "" {
			name = "areas"
		}
		i := slices.IndexFunc(p.Groups, func(g fileGroup) bool { return g.Name == name })
		if i < 0 {
			i = len(p.Groups)
			p.Groups = append(p.Groups, fileGroup{Name: name})
		}
		p.Groups[i].Layers = append(p.Groups[i].Layers, l)
	}
	return &answer{page: "download", data: p}, nil
}

// FileLink returns the address of a layer as a file.
func (v *View) FileLink(l export.Layer, f export.Format) string {
	q := url.Values{}
	if l.Dated {
		q.Set("datetime", v.Day.String())
	}
	if v.AsOf != "" {
		q.Set("recorded-as-of", v.AsOf)
	}
	path := "/data/" + l.Name + "." + string(f)
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// LayerTitle is the name of a layer in the reader's language.
func (v *View) LayerTitle(l export.Layer) string {
	if v.Lang == "en" {
		return l.TitleEn
	}
	return l.Title
}
