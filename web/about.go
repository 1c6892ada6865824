package web

import "net/http"

// showAbout says where the data come from, and what is known and what is not.
// Everything it needs is in the publication, which every view carries.
func (s *site) showAbout(r *http.Request, v *View) (*answer, error) {
	return &answer{page: "about"}, nil
}
