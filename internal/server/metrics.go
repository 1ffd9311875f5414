package server

import (
	"net/http"
	"net/http/pprof"
	"runtime"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"stele/internal/api"
)

// metrics are what Prometheus reads. Labels are route patterns, codes and names of calls: nothing a caller can make up.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	accepted prometheus.Counter
	rejected prometheus.Counter
	calls    callTimes
}

// gauge is a number that a store knows of itself.
type gauge struct {
	name, help string
	value      func() int
}

func newMetrics(version string, open gauge) *metrics {
	// From half a millisecond, a small write on a fast disk, to the 30 s after which clients give up.
	buckets := []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stele_requests_total", Help: "Requests by route (empty: an unknown path), HTTP status and published code (0: success).",
		}, []string{"route", "status", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "stele_request_duration_seconds", Help: "Time from a request's header to its answer.", Buckets: buckets,
		}, []string{"route"}),
		accepted: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stele_rows_accepted_total", Help: "Rows that were added, changed or deleted.",
		}),
		rejected: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stele_rows_rejected_total", Help: "Rows of imports and entries of updates that were not applied.",
		}),
		calls: callTimes{prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "stele_store_call_duration_seconds", Help: "Time of calls to the store by result: ok, refused, cancelled, unavailable, broken.", Buckets: buckets,
		}, []string{"call", "result"})},
	}
	m.registry.MustRegister(
		m.requests, m.duration, m.accepted, m.rejected, m.calls.seconds,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: open.name, Help: open.help,
		}, func() float64 { return float64(open.value()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "stele_build_info", Help: "Always 1.",
			ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()},
		}, func() float64 { return 1 }),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// observe counts one answered request.
func (m *metrics) observe(o api.Observation) {
	m.requests.WithLabelValues(o.Route, strconv.Itoa(o.Status), strconv.Itoa(o.Code)).Inc()
	m.duration.WithLabelValues(o.Route).Observe(o.Duration.Seconds())
	m.accepted.Add(float64(o.Accepted))
	m.rejected.Add(float64(o.Rejected))
}

// handler serves /metrics and /debug/pprof.
func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}
