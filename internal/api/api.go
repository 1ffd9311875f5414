// Package api is Stele over HTTP: routes, keys in headers, bounds of bodies, and one way through every request of the
// Database API and of the admin API. How an answer is spelt is wire's business, what a verb does is stele's.
package api

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"stele"
	"stele/internal/wire"
)

// Config is what a handler is made of.
type Config struct {
	Service  *stele.Service
	Dialect  wire.Dialect  // of requests that name none by path or Host
	AdminKey stele.KeyHash // hash of the admin key
	Log      *slog.Logger  // nil: nothing is logged
	Version  string        // of the program, as it is shown
	Memory   func() int64  // bytes that the process takes; may be nil
	Metrics  string        // URL of the metrics, as this machine reaches it; "": there are none
	// BodyMemory is how many bytes of request bodies are held at once, over all requests; 0 means 256 MiB. It is never
	// less than what one body of the largest kind needs.
	BodyMemory int64
	// Timeout bounds a request's work after its body was read; 0 means 25 s, for clients wait 30 s (wire.md 5.3).
	Timeout time.Duration
	Observe func(Observation)           // told of every request; may be nil
	Ready   func(context.Context) error // why the process does not want requests now; may be nil
	MCP     MCP                         // answers at /mcp; nil: nothing is there
}

// Observation is what metrics may know of a request.
type Observation struct {
	Route    string // the pattern, such as /admin/v1/agents/{agent}; "" for a path that is not known
	Method   string // "OTHER" if it is not one of the common ones
	Status   int
	Code     int // the published number; 0 for success
	Accepted int // rows added, changed or deleted
	Rejected int // rows of an import and entries of an update that were not
	Duration time.Duration
}

// handler serves the public listener.
type handler struct {
	Config
	routes   []route
	budget   *budget
	rates    *rates
	arrival  time.Duration // a body must have arrived after it
	leave    time.Duration // how long a refused request's body is listened to
	started  stele.Millis
	patience time.Duration // Timeout of a change of a definition, which may copy a table; of the two the longer one holds
}

// New returns the handler of everything on the public listener: the Database API in all dialects, /admin/v1, /healthz,
// /readyz and the API's document. It bounds the time in which a body arrives itself; the server that runs it bounds
// headers, idle connections and slow readers.
func New(cfg Config) http.Handler { return newHandler(cfg) }

func newHandler(cfg Config) *handler {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	cfg.Timeout = cmp.Or(cfg.Timeout, 25*time.Second)
	l := cfg.Service.Limits
	largest := max(l.ImportBody, l.UpdateBody, l.Body, adminBody)
	h := &handler{
		Config:   cfg,
		budget:   newBudget(cmp.Or(cfg.BodyMemory, 256<<20), largest),
		rates:    newRates(),
		arrival:  2 * time.Minute,
		leave:    time.Minute,
		patience: 10 * time.Minute,
		started:  stele.MillisOf(cfg.Service.Now()),
	}
	h.routes = h.makeRoutes()
	return h
}

// ServeHTTP is the way through every request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := h.begin(w, r)
	ans, err := x.serve()
	if err != nil {
		ans = x.fail(err)
	}
	x.discard() // a client that is still sending would not read the answer
	x.reply(ans)
	x.record(ans)
}
