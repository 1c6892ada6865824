package web

import "sync"

// memo keeps the latest answers to questions whose answers never change: what
// was so on a day as known at a log entry (design, invariant 2). It is bounded
// by count, drops the oldest, and keeps no error. Two callers that ask at once
// may both work; the answers are the same.
type memo[K comparable, V any] struct {
	mu      sync.Mutex
	answers map[K]V
	order   []K
	limit   int
}

func newMemo[K comparable, V any](limit int) *memo[K, V] {
	return &memo[K, V]{answers: make(map[K]V, limit), limit: limit}
}

// get returns the answer to a question, asking for it if it isn't kept.
func (m *memo[K, V]) get(key K, ask func() (V, error)) (V, error) {
	if answer, ok := m.kept(key); ok {
		return answer, nil
	}
	answer, err := ask()
	if err == nil {
		m.keep(key, answer)
	}
	return answer, err
}

func (m *memo[K, V]) kept(key K) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	answer, ok := m.answers[key]
	return answer, ok
}

func (m *memo[K, V]) keep(key K, answer V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.answers[key]; ok {
		return
	}
	if len(m.order) == m.limit {
		delete(m.answers, m.order[0])
		m.order = m.order[1:]
	}
	m.answers[key] = answer
	m.order = append(m.order, key)
}
