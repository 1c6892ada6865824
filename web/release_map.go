package web

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net/http"

	"github.com/paulmach/orb"

	"jieming/registry/desk"
)

// decision is an act that decides about a set.
type decision func(ctx context.Context, p *desk.Principal, id desk.ReleaseID, reason string) error

func (s *site) decideRelease(r *http.Request, v *View, done string, act decision) (*answer, error) {
	id, err := pathID(r, "release set")
	if err != nil {
		return nil, err
	}
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	err = act(r.Context(), v.Who, desk.ReleaseID(id), f.Get("reason"))
	if f.refused(v, err) {
		p, err := s.readRelease(r, v, f)
		return refusedForm("release", p), err
	}
	if err != nil {
		return nil, err
	}
	return &answer{redirect: fmt.Sprintf("/desk/releases/%d", id), flash: v.text(done)}, nil
}

// The size of a map of changed borders, in its own units.
const (
	releaseMapWidth  = 640
	releaseMapHeight = 480
)

// drawBorders draws the borders of one side of a change: those that both sides
// have pale, those of its own red. The frame is that of what changes, with room
// around it, or of everything.
func drawBorders(b *desk.BorderChange, after bool) ([]byte, error) {
	own := b.Before
	if after {
		own = b.After
	}
	same, err := courses(b.Same)
	if err != nil {
		return nil, err
	}
	red, err := courses(own)
	if err != nil {
		return nil, err
	}
	changed, err := courses(append(append([][]byte{}, b.Before...), b.After...))
	if err != nil {
		return nil, err
	}
	f := changeFrame(changed, same)
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d"><rect width="%[1]d" height="%[2]d" fill="#fbfaf6"/>`, releaseMapWidth, releaseMapHeight)
	fmt.Fprintf(&out, `<g fill="none" stroke-linejoin="round" stroke-linecap="round"><path stroke="#b9b2a3" stroke-width="1" d="%s"/><path stroke="#b3261e" stroke-width="2.4" d="%s"/></g></svg>`,
		f.lines(same), f.lines(red))
	return out.Bytes(), nil
}

func courses(all [][]byte) (out []orb.LineString, err error) {
	for _, data := range all {
		course, err := lines(data)
		if err != nil {
			return nil, err
		}
		out = append(out, course...)
	}
	return out, nil
}

// changeFrame fits what changes into the map with half its size around it, but no
// closer than a twentieth of the whole.
func changeFrame(changed, same []orb.LineString) frame {
	whole := boundOf(append(append([]orb.LineString{}, same...), changed...))
	b := whole
	if len(changed) > 0 {
		b = boundOf(changed)
		b = within(b.Pad(math.Max(widest(b)/2, widest(whole)/20)), whole)
	}
	return fit(b.Pad(widest(b)*0.02), releaseMapWidth, releaseMapHeight)
}

// widest is the longer side of a box, in degrees.
func widest(b orb.Bound) float64 {
	return math.Max(b.Max[0]-b.Min[0], b.Max[1]-b.Min[1])
}

// within is the part of a box that lies in another.
func within(b, whole orb.Bound) orb.Bound {
	return orb.Bound{Min: orb.Point{math.Max(b.Min[0], whole.Min[0]), math.Max(b.Min[1], whole.Min[1])},
		Max: orb.Point{math.Min(b.Max[0], whole.Max[0]), math.Min(b.Max[1], whole.Max[1])}}
}

func boundOf(all []orb.LineString) orb.Bound {
	return orb.MultiLineString(all).Bound()
}
