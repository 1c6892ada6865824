package web

import (
	"net/http"
	"strings"
)

// showEmbed answers /embed: the map without the pages around it, to stand in a
// frame on another site. It takes the address of the map, and is the only page
// that may be framed.
func (s *site) showEmbed(r *http.Request, v *View) (*answer, error) {
	m, err := s.readMap(r, v)
	if err != nil {
		return nil, err
	}
	return &answer{page: "embed", part: "embed", data: m, framed: true}, nil
}

// frameable lets any site frame the answer, and leaves the rest of the policy
// as it is.
func frameable(h http.Header) {
	const name = "Content-Security-Policy"
	h.Set(name, strings.Replace(h.Get(name), "frame-ancestors 'none'", "frame-ancestors *", 1))
}

// short are the parameters of the map that may be written short in links that
// people type, by the name they stand for.
var short = map[string]string{"t": "datetime", "sel": "unit"}

// inFull sends a reader with short parameters to the address in full, so that
// each state of the map has one address.
func inFull(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q, found := r.URL.Query(), false
		for from, to := range short {
			if q.Has(from) {
				if !q.Has(to) {
					q.Set(to, q.Get(from))
				}
				q.Del(from)
				found = true
			}
		}
		if !found {
			next(w, r)
			return
		}
		http.Redirect(w, r, r.URL.Path+"?"+q.Encode(), http.StatusFound)
	}
}
