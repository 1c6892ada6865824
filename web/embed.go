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
