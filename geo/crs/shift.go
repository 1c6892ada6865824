package crs

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// Shift says how much of the GCJ-02 shift lies between imported lines and the
// reference. Angles and lengths are taken on the ground, in metres.
type Shift struct {
	K                   float64 // 0 none of the shift, 1 all of it
	CI                  float64 // half-width of the 95 % confidence interval of K
	Pairs               int     // sampled places that have a reference line near them
	MedianOffsetBeforeM float64 // from the reference, as the lines came
	MedianOffsetAfterM  float64 // from the reference, once the whole shift is taken off
}

// Verdict is what a [Shift] means.
type Verdict uint8

// Verdicts.
const (
	Unsure   Verdict = iota // ask a person
	IsGCJ02                 // the lines are in GCJ-02
	NotGCJ02                // they are not
)

// String returns "unsure", "GCJ-02" or "not GCJ-02".
func (v Verdict) String() string {
	switch v {
	case IsGCJ02:
		return "GCJ-02"
	case NotGCJ02:
		return "not GCJ-02"
	}
	return "unsure"
}

const (
	samplesWanted = 6000 // more do not narrow the interval: neighbours are correlated
	samplesPerKm  = 10   // at most
	minPairs      = 50
	blocks        = 40 // of neighbouring pairs, for the confidence interval
)

// DetectGCJ02 tells whether imported boundary lines (longitude, latitude in
// degrees) are in GCJ-02 by comparing them with stored lines of the same area.
//
// At places evenly spaced along the imported lines it regresses the offset
// from the nearest stored line, along that line's normal, on the normal part
// of the shift GCJ-02 would have there. Places are matched again after each
// estimate of K, starting from both K = 0 and K = 1, so that the shift itself
// does not spoil the matching. The regression is Huber's, started from the
// weighted median of ratios; the interval allows for the correlation of
// neighbouring places (sandwich over blocks).
//
// The verdict is IsGCJ02 for K from 0.7 to 1.3 when taking the shift off brings
// the lines nearer, NotGCJ02 for |K| < 0.3 when it takes them further away, and
// Unsure otherwise, or with fewer than 50 pairs, or with CI above 0.3. Offsets
// over 1.5 km are not seen. A constant shift of another cause that happens to
// point like GCJ-02 cannot be told from a fraction of it.
//
// Give each line once: shared borders given by both neighbours narrow the
// interval by up to √2. The cost is that of about 6000 nearest-line searches
// for each of a dozen rounds, some tenths of a second.
func DetectGCJ02(imported []orb.LineString, reference *Reference) (Shift, Verdict) {
	places := samplePlaces(imported)
	fromNone, fromAll := fit(places, reference, 0), fit(places, reference, 1)
	best := fromNone
	if fromAll.spreadM < fromNone.spreadM || math.IsNaN(fromNone.spreadM) {
		best = fromAll
	}
	s := Shift{
		K: best.k, CI: best.ci, Pairs: best.pairs,
		MedianOffsetBeforeM: medianDistance(places, reference, 0),
		MedianOffsetAfterM:  medianDistance(places, reference, 1),
	}
	return s, s.verdict()
}

func (s Shift) verdict() Verdict {
	switch {
	case s.Pairs < minPairs || !(s.CI <= 0.3):
		return Unsure
	case s.K >= 0.7 && s.K <= 1.3 && s.MedianOffsetAfterM < s.MedianOffsetBeforeM:
		return IsGCJ02
	case math.Abs(s.K) < 0.3 && s.MedianOffsetBeforeM < s.MedianOffsetAfterM:
		return NotGCJ02
	}
	return Unsure
}

// place is a sampled point and the GCJ-02 shift that would have brought it
// there, in degrees.
type place struct{ at, shift orb.Point }

// without returns the place with k times the shift taken off.
func (p place) without(k float64) orb.Point {
	return orb.Point{p.at[0] - k*p.shift[0], p.at[1] - k*p.shift[1]}
}

// samplePlaces puts places at even distances along the lines.
func samplePlaces(lines []orb.LineString) []place {
	var total float64
	for _, line := range lines {
		total += roughLengthM(line)
	}
	step := max(total/samplesWanted, 1000/samplesPerKm)
	var places []place
	next := step / 2
	for _, line := range lines {
		for i := 1; i < len(line); i++ {
			length := roughLengthM(line[i-1 : i+1])
			if !(length < math.Inf(1)) {
				continue
			}
			for ; next < length && len(places) < 2*samplesWanted; next += step {
				t := next / length
				p := orb.Point{
					line[i-1][0] + t*(line[i][0]-line[i-1][0]),
					line[i-1][1] + t*(line[i][1]-line[i-1][1]),
				}
				back := FromGCJ02(p)
				places = append(places, place{p, orb.Point{p[0] - back[0], p[1] - back[1]}})
			}
			next -= length
		}
	}
	return places
}

func roughLengthM(line orb.LineString) float64 {
	var sum float64
	for i := 1; i < len(line); i++ {
		v := planeAt(line[i][1]).vector(line[i-1], line[i])
		sum += math.Hypot(v[0], v[1])
	}
	return sum
}

// estimate is a fitted share of the shift.
type estimate struct {
	k, ci   float64
	spreadM float64 // median distance of the normal offsets left over
	pairs   int
}

// pair is one observation: an offset along the normal and the shift's part
// along it, in metres.
type pair struct{ offset, shift float64 }

// fit alternates matching and estimating from a first guess of k.
func fit(places []place, reference *Reference, k float64) estimate {
	var pairs []pair
	for range 12 {
		pairs = matchPairs(places, reference, k)
		if len(pairs) < minPairs {
			return estimate{k: math.NaN(), ci: math.NaN(), spreadM: math.NaN(), pairs: len(pairs)}
		}
		step := huber(pairs)
		k += step
		if math.Abs(step) < 1e-3 {
			break
		}
	}
	pairs = matchPairs(places, reference, k)
	step := huber(pairs)
	e := estimate{k: k + step, pairs: len(pairs), ci: interval(pairs, step)}
	e.spreadM = spread(pairs, step)
	return e
}

// matchPairs finds the pairs left when k times the shift has been taken off.
func matchPairs(places []place, reference *Reference, k float64) []pair {
	pairs := make([]pair, 0, len(places))
	for _, p := range places {
		at := p.without(k)
		if m, ok := reference.nearest(at); ok {
			shift := planeAt(at[1]).vector(orb.Point{}, p.shift)
			pairs = append(pairs, pair{m.normal.dot(m.offset), m.normal.dot(shift)})
		}
	}
	return pairs
}

// huber regresses offset = k · shift by iteratively reweighted least squares.
func huber(pairs []pair) float64 {
	k := medianRatio(pairs)
	for range 20 {
		limit := 1.345 * 1.4826 * spread(pairs, k)
		xy, xx := 0.0, 0.0
		for _, p := range pairs {
			w := huberWeight(p.offset-k*p.shift, limit)
			xy += w * p.shift * p.offset
			xx += w * p.shift * p.shift
		}
		if xx == 0 || math.Abs(xy/xx-k) < 1e-6 {
			break
		}
		k = xy / xx
	}
	return k
}

func huberWeight(residual, limit float64) float64 {
	if r := math.Abs(residual); r > limit {
		return limit / r
	}
	return 1
}

// medianRatio returns the k that minimises Σ|offset - k·shift|: the median of
// the ratios, weighted by |shift|.
func medianRatio(pairs []pair) float64 {
	type ratio struct{ k, weight float64 }
	ratios := make([]ratio, 0, len(pairs))
	var total float64
	for _, p := range pairs {
		if w := math.Abs(p.shift); w > 0 {
			ratios = append(ratios, ratio{p.offset / p.shift, w})
			total += w
		}
	}
	slices.SortFunc(ratios, func(a, b ratio) int { return cmp.Compare(a.k, b.k) })
	var sum float64
	for _, r := range ratios {
		if sum += r.weight; sum >= total/2 {
			return r.k
		}
	}
	return 0
}

// interval returns 1.96 standard errors of k: the sandwich estimate with the
// pairs in blocks along the lines.
func interval(pairs []pair, k float64) float64 {
	limit := 1.345 * 1.4826 * spread(pairs, k)
	var scores [blocks]float64
	var xx float64
	for i, p := range pairs {
		r := p.offset - k*p.shift
		scores[i*blocks/len(pairs)] += huberWeight(r, limit) * p.shift * r
		if math.Abs(r) <= limit {
			xx += p.shift * p.shift
		}
	}
	var sum float64
	for _, s := range scores {
		sum += s * s
	}
	return 1.96 * math.Sqrt(sum) / xx
}

// spread returns the median of |offset - k·shift|.
func spread(pairs []pair, k float64) float64 {
	left := make([]float64, len(pairs))
	for i, p := range pairs {
		left[i] = math.Abs(p.offset - k*p.shift)
	}
	return median(left)
}

func medianDistance(places []place, reference *Reference, k float64) float64 {
	distances := make([]float64, 0, len(places))
	for _, p := range places {
		if m, ok := reference.nearest(p.without(k)); ok {
			distances = append(distances, m.distanceM)
		}
	}
	return median(distances)
}

// median sorts its argument; of nothing it is NaN.
func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	slices.Sort(v)
	return v[len(v)/2]
}
