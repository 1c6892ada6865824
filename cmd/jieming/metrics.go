package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"jieming/tiles/server"
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

// watchTiles shows what the tile server did.
func (m *metrics) watchTiles(t *tileset) {
	for _, c := range []struct {
		name, help string
		read       func(server.Stats) int64
	}{
		{"hits", "Tiles found in the cache.", func(s server.Stats) int64 { return s.Hits }},
		{"drawn", "Tiles that a view showed for the first time.", func(s server.Stats) int64 { return s.Drawn }},
		{"made", "Tiles whose bytes had to be made.", func(s server.Stats) int64 { return s.Made }},
		{"refused", "Requests sent away because too many tiles were being made.", func(s server.Stats) int64 { return s.Refused }},
	} {
		m.registry.MustRegister(prometheus.NewCounterFunc(
			prometheus.CounterOpts{Name: "jieming_tiles_" + c.name + "_total", Help: c.help},
			func() float64 { return float64(c.read(t.Stats())) }))
	}
	for _, g := range []struct {
		name, help string
		read       func() float64
	}{
		{"cached_bytes", "Memory of cached tiles.", func() float64 { return float64(t.Stats().Bytes) }},
		{"waiting", "Requests waiting for a tile to be made.", func() float64 { return float64(t.Stats().Waiting) }},
		{"seq", "Log entry that the tiles know; 0 while they are loading.", func() float64 {
			if s := t.engine.Snapshot(); s != nil {
				return float64(s.Seq())
			}
			return 0
		}},
	} {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "jieming_tiles_" + g.name, Help: g.help}, g.read))
	}
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
