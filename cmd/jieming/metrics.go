package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what /metrics shows. Other parts register theirs in registry.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

func newMetrics(pool *pgxpool.Pool) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "jieming_http_request_duration_seconds",
			Help:    "Time to answer a request, by route pattern.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"method", "route", "status"}),
	}
	m.registry.MustRegister(m.requests, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.watch(pool)
	return m
}

// watch shows the state of a connection pool.
func (m *metrics) watch(pool *pgxpool.Pool) {
	for _, g := range []struct {
		name, help string
		read       func(*pgxpool.Stat) float64
	}{
		{"acquired", "Connections in use.", func(s *pgxpool.Stat) float64 { return float64(s.AcquiredConns()) }},
		{"idle", "Connections not in use.", func(s *pgxpool.Stat) float64 { return float64(s.IdleConns()) }},
		{"max", "Connections allowed.", func(s *pgxpool.Stat) float64 { return float64(s.MaxConns()) }},
	} {
		m.registry.MustRegister(prometheus.NewGaugeFunc(
			prometheus.GaugeOpts{Name: "jieming_database_connections_" + g.name, Help: g.help},
			func() float64 { return g.read(pool.Stat()) }))
	}
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "jieming_database_waits_total", Help: "Times that a request waited for a connection.",
	}, func() float64 { return float64(pool.Stat().EmptyAcquireCount()) }))
}

// record counts one answered request. Methods that no standard names are
// counted as one: their number has no end.
func (m *metrics) record(method, route string, status int, took time.Duration) {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
	default:
		method = "other"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
