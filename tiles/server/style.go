package server

import (
	"fmt"
)

// palette is the colours of a style.
type palette struct {
	ground, land, hatch, ink, region, halo, water string
	lines                                         [5]string // by rank
	tints                                         [5]string
}

func palettes() map[string]palette {
	return map[string]palette{
		"light": {ground: "#eef1f0", land: "#fbfaf6", hatch: "#b9b2a3", ink: "#2b2a28", region: "#5b5750", halo: "#ffffff", water: "#2f6f8f",
			lines: [5]string{"#8c2f39", "#8c2f39", "#5b5750", "#8f8a80", "#b3ada1"},
			tints: [5]string{"#f6eed9", "#e9f0e0", "#f4e3dc", "#e3ebf2", "#efe6f0"}},
		"dark": {ground: "#15191b", land: "#1f2426", hatch: "#6b665c", ink: "#eceae4", region: "#bdb8ad", halo: "#15191b", water: "#7fb8d4",
			lines: [5]string{"#e0808a", "#e0808a", "#a8a297", "#76726a", "#57544e"},
			tints: [5]string{"#2c2a22", "#252c25", "#2e2624", "#232a30", "#2b2530"}},
	}
}

// dashes are the patterns of borders by rank, in widths of the line, after the
// convention of Chinese maps: national and provincial lines with dots between
// strokes, prefectural ones with a dot, county ones broken, township ones in
// small pieces.
var dashes = [5][]float64{{7, 1.8, 1.2, 1.8}, {7, 1.8, 1.1, 1.8, 1.1, 1.8}, {7, 2.2, 1.2, 2.2}, {4.5, 2.2}, {2, 2}}

var widths = [5][2]float64{{1.9, 3.6}, {1.5, 3}, {1.15, 2.2}, {0.7, 1.5}, {0.5, 1.1}}

// style makes a style for MapLibre and others that read its specification,
// version 8. It has no glyphs: text is drawn with the fonts of the reader's
// system.
func (s *Server) style(r *request) (any, error) {
	lang, err := languageOf(r)
	if err != nil {
		return nil, err
	}
	theme := r.query.Get("theme")
	if theme == "" {
		theme = "light"
	}
	p, ok := palettes()[theme]
	if !ok {
		return nil, wrong("theme", "%.60q is not a theme; write light or dark", theme)
	}
	b := r.bounds
	return map[string]any{
		"version": 8, "name": "Jieming 界名", "center": []float64{(b[0] + b[2]) / 2, (b[1] + b[3]) / 2}, "zoom": 5,
		"metadata": map[string]string{"jieming:data-date": r.about.DataDate, "jieming:review-number": r.about.ReviewNumber},
		"sources":  map[string]any{"jieming": map[string]any{"type": "vector", "url": r.origin + "/tiles/current.json" + r.instant()}},
		"layers":   styleLayers(p, lang),
	}, nil
}

func styleLayers(p palette, lang string) []any {
	all := []any{map[string]any{"id": "ground", "type": "background", "paint": map[string]any{"background-color": p.ground}}}
	all = append(all, fills(p)...)
	for rank := len(dashes) - 1; rank >= 0; rank-- {
		all = append(all, borderLayer(p, rank))
	}
	return append(all, labels(p, lang)...)
}

func layer(id, kind, source string, more map[string]any) map[string]any {
	l := map[string]any{"id": id, "type": kind, "source": "jieming", "source-layer": source}
	for k, v := range more {
		l[k] = v
	}
	return l
}

// fills tint prefectures by their number, so that neighbours mostly differ and
// a prefecture keeps its colour through time.
func fills(p palette) []any {
	tint := []any{"match", []any{"%", []any{"id"}, len(p.tints)}}
	for i, colour := range p.tints[1:] {
		tint = append(tint, i+1, colour)
	}
	tint = append(tint, p.tints[0])
	fill := func(id string, paint map[string]any) any {
		paint["fill-antialias"] = false
		return layer(id, "fill", id, map[string]any{"paint": paint})
	}
	return []any{
		fill("province", map[string]any{"fill-color": p.land}),
		fill("prefecture", map[string]any{"fill-color": tint}),
		fill("unrefined", map[string]any{"fill-color": p.hatch, "fill-opacity": 0.35}),
	}
}

func borderLayer(p palette, rank int) any {
	return layer(fmt.Sprintf("boundary-%d", rank), "line", "boundary", map[string]any{
		"filter": []any{"==", []any{"get", "rank"}, rank},
		"layout": map[string]any{"line-join": "round"},
		"paint": map[string]any{"line-color": p.lines[rank], "line-width": byZoom(widths[rank][0], widths[rank][1]),
			"line-dasharray": dashes[rank], "line-opacity": []any{"case", []any{"==", []any{"get", "uncertain"}, true}, 0.35, 1}},
	})
}

// byZoom grows from zoom 5 to zoom 11.
func byZoom(at5, at11 float64) any {
	return []any{"interpolate", []any{"linear"}, []any{"zoom"}, 5, at5, 11, at11}
}

// fonts are looked for among those of the reader's system, the first one there.
var fonts = []string{"Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "sans-serif"}

// named is a layer of names.
type named struct {
	id, source string
	filter     []any  // nil for all
	colour     string // of the text
	size       [2]float64
	zooms      [2]float64 // from, to; 0 is no limit
}

// labels name what is drawn, the coarsest level on top. A unit too small to be
// drawn is a dot with its name.
func labels(p palette, lang string) []any {
	property := func(name string, value any) []any { return []any{"==", []any{"get", name}, value} }
	level := func(n int) []any { return []any{"all", property("level", n), property("known", true)} }
	all := []any{layer("collapsed", "circle", "label", map[string]any{"filter": property("collapsed", true), "minzoom": 4,
		"paint": map[string]any{"circle-radius": 1.8, "circle-color": p.region, "circle-stroke-color": p.halo, "circle-stroke-width": 1}})}
	for _, n := range []named{
		{"place", "place", nil, p.water, [2]float64{9.5, 12}, [2]float64{8, 0}},
		{"township-name", "label", level(4), p.region, [2]float64{9, 12}, [2]float64{9, 0}},
		{"unknown-name", "label", property("known", false), p.region, [2]float64{9.5, 12}, [2]float64{6.2, 0}},
		{"county-name", "label", level(3), p.region, [2]float64{10.5, 17}, [2]float64{5.6, 0}},
		{"prefecture-name", "label", level(2), p.ink, [2]float64{12.5, 26}, [2]float64{0, 10.5}},
		{"province-name", "label", level(1), p.ink, [2]float64{17, 17}, [2]float64{0, 4.4}},
	} {
		all = append(all, n.layer(p, lang))
	}
	return all
}

func (n named) layer(p palette, lang string) any {
	name := []any{"coalesce", []any{"get", "name"}, []any{"get", "roman"}}
	if lang == "en" {
		name = []any{"coalesce", []any{"get", "roman"}, []any{"get", "name"}}
	}
	l := map[string]any{
		"layout": map[string]any{"text-field": name, "text-font": fonts, "text-size": byZoom(n.size[0], n.size[1])},
		"paint":  map[string]any{"text-color": n.colour, "text-halo-color": p.halo, "text-halo-width": 1.4},
	}
	if n.filter != nil {
		l["filter"] = n.filter
	}
	for i, key := range []string{"minzoom", "maxzoom"} {
		if n.zooms[i] > 0 {
			l[key] = n.zooms[i]
		}
	}
	return layer(n.id, "symbol", n.source, l)
}
