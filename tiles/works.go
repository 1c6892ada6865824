package tiles

import (
	"sync"
	"sync/atomic"

	"jieming/geo/mercator"
)

// works is what snapshots and views share: derived things that depend on
// nothing but their key, and so are never wrong, and scratch memory.
type works struct {
	days   *kept[int64, []day]
	views  *kept[Epoch, *View]
	plans  *kept[digest, *arcPlan]
	latest *atomic.Pointer[arcPlan] // of plans, to begin from
	chains *kept[digest, []plannedChain]
	poles  *kept[digest, mercator.Point]
	pens   *sync.Pool // of *pen
	roman  func(name string) string
}

func newWorks(roman func(string) string) *works {
	return &works{
		days:   keep[int64, []day](64),
		views:  keep[Epoch, *View](128),
		plans:  keep[digest, *arcPlan](64),
		latest: &atomic.Pointer[arcPlan]{},
		chains: keep[digest, []plannedChain](64),
		poles:  keep[digest, mercator.Point](1 << 16),
		pens:   &sync.Pool{New: func() any { return newPen() }},
		roman:  roman,
	}
}

// apart returns works for relations of their own, such as a draft's: they
// share what depends on lines alone, but leave the latest plan to the registry.
func (w *works) apart() *works {
	other := *w
	other.latest = &atomic.Pointer[arcPlan]{}
	other.latest.Store(w.latest.Load())
	other.days, other.views = keep[int64, []day](4), keep[Epoch, *View](8)
	return &other
}

// kept remembers what was derived from the latest keys, each derived once even
// if many ask at the same time.
type kept[K comparable, V any] struct {
	size  int
	mu    sync.Mutex
	known map[K]*derived[V]
	order []K // the oldest first
}

// derived is a value and whether it has been derived.
type derived[V any] struct {
	once sync.Once
	of   V
}

func keep[K comparable, V any](size int) *kept[K, V] {
	return &kept[K, V]{size: size, known: map[K]*derived[V]{}}
}

// get returns the value of a key, deriving it if it is not known.
func (k *kept[K, V]) get(key K, derive func() V) V {
	k.mu.Lock()
	value, ok := k.known[key]
	if !ok {
		value = &derived[V]{}
		k.add(key, value)
	}
	k.mu.Unlock()
	value.once.Do(func() { value.of = derive() })
	return value.of
}

func (k *kept[K, V]) add(key K, value *derived[V]) {
	if len(k.order) == k.size {
		delete(k.known, k.order[0])
		k.order = k.order[1:]
	}
	k.known[key] = value
	k.order = append(k.order, key)
}
