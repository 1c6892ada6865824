package web

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"jieming/registry"
	"jieming/registry/desk"
)

func (s *site) layerRoutes(r chi.Router) {
	r.Get("/desk/layers", s.deskPage(s.showLayers))
	r.Post("/desk/layers", s.deskForm(s.switchLayer))
}

// layersPage is the data of the page "layers".
type layersPage struct {
	Form   *form
	Layers []layerState
	Acts   []desk.LayerSwitch
}

// layerState is a layer, and the stop that holds it; nil while it is shown.
type layerState struct {
	Layer registry.Layer
	Stop  *registry.Stop
}

// showLayers answers GET /desk/layers.
func (s *site) showLayers(r *http.Request, v *View) (*answer, error) {
	p, err := s.readLayers(r, v, &form{})
	return &answer{page: "layers", data: p}, err
}

func (s *site) readLayers(r *http.Request, v *View, f *form) (*layersPage, error) {
	acts, stops, err := s.desk.Layers(r.Context(), v.Who)
	if err != nil {
		return nil, err
	}
	p := &layersPage{Form: f, Acts: acts}
	for _, l := range registry.Layers() {
		state := layerState{Layer: l}
		for i := range stops {
			if stops[i].Layer == l {
				state.Stop = &stops[i]
			}
		}
		p.Layers = append(p.Layers, state)
	}
	return p, nil
}

// switchLayer answers POST /desk/layers.
func (s *site) switchLayer(r *http.Request, v *View) (*answer, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	layer, stop := registry.Layer(f.Get("layer")), f.Get("stop") == "yes"
	err = s.desk.SwitchLayer(r.Context(), v.Who, layer, stop, f.Get("reason"))
	if f.refused(v, err) {
		p, err := s.readLayers(r, v, f)
		return refusedForm("layers", p), err
	}
	if err != nil {
		return nil, err
	}
	done := "layer.done.on"
	if stop {
		done = "layer.done.off"
	}
	return &answer{redirect: "/desk/layers", flash: v.text(done, "layer", v.labelled("layer.", string(layer)))}, nil
}
