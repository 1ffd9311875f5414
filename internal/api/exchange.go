package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"stele"
	"stele/internal/wire"
)

// exchange is one request on its way through.
type exchange struct {
	h       *handler
	w       http.ResponseWriter
	r       *http.Request
	id      string // X-Request-Id
	start   time.Time
	route   *route // nil for a path that is not known
	param   string // what the {…} of the route's pattern stands for
	dialect wire.Dialect
	agent   stele.AgentID // "" until the key is known
	body    bodyState
}

// answer is what goes back. The zero status is 200.
type answer struct {
	status      int
	code        int    // the published number, 0 for success
	contentType string // "" is JSON
	body        []byte
	deleted     string // X-Stele-Deleted, "" for none
	replayed    bool   // kept from an earlier request
	accepted    int
	rejected    int
}

// wrote is the answer with what the log and the metrics are told: how many rows were written, and how many were not. A trial
// writes none.
func (a answer) wrote(h stele.How, accepted, rejected int) answer {
	if !h.Dry {
		a.accepted, a.rejected = accepted, rejected
	}
	return a
}

func (h *handler) begin(w http.ResponseWriter, r *http.Request) *exchange {
	var id [8]byte
	_, _ = rand.Read(id[:]) // crypto/rand.Read never fails
	return &exchange{h: h, w: w, r: r, id: hex.EncodeToString(id[:]), start: time.Now(), dialect: h.Dialect}
}

// panicked is the error of a handler that panicked.
type panicked struct {
	value any
	stack []byte
}

func (*panicked) Error() string { return "a handler panicked" }

// serve finds the route and lets it work.
func (x *exchange) serve() (ans answer, err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p)
		default:
			err = &panicked{p, debug.Stack()}
		}
	}()
	x.route, x.param, x.dialect = x.h.find(x.r)
	if x.route == nil {
		return answer{}, stele.Errorf(stele.CodeNotFound, "there is nothing at this path; /openapi.yaml lists the paths there are")
	}
	serve, ok := x.route.methods[x.r.Method]
	if !ok {
		x.w.Header().Set("Allow", x.route.allow)
		return answer{}, stele.Errorf(stele.CodeMethod, "this path takes %s, not %s", x.route.allow, method(x.r))
	}
	return serve(x)
}

// bounded is the request's context with the time that its work may take.
func (x *exchange) bounded() (context.Context, context.CancelFunc) {
	return context.WithTimeout(x.r.Context(), x.h.Timeout)
}

// patient is bounded for the work that may take longer than a client waits for an answer. The connection is given the time too.
func (x *exchange) patient() (context.Context, context.CancelFunc) {
	most := max(x.h.patience, x.h.Timeout)
	_ = http.NewResponseController(x.w).SetWriteDeadline(time.Now().Add(most + time.Minute)) // where that is not supported, there is none
	return context.WithTimeout(x.r.Context(), most)
}

// reply writes the answer.
func (x *exchange) reply(a answer) {
	h := x.w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	if a.contentType != "" {
		h.Set("Content-Type", a.contentType)
	}
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Request-Id", x.id)
	if a.deleted != "" {
		h.Set("X-Stele-Deleted", a.deleted)
	}
	if a.replayed {
		h.Set("Idempotency-Replayed", "true")
	}
	x.w.WriteHeader(a.httpStatus())
	_, _ = x.w.Write(a.body) // a client that left cannot be told
}

func (a answer) httpStatus() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}

// record writes the request's one line of log and tells the observer.
func (x *exchange) record(a answer) {
	took := time.Since(x.start)
	pattern, level := "", slog.LevelInfo
	if x.route != nil {
		pattern = x.route.pattern
		if x.route.probe {
			level = slog.LevelDebug
		}
	}
	attrs := []slog.Attr{
		slog.String("request_id", x.id), slog.String("method", method(x.r)), slog.String("route", pattern),
		slog.Int("status", a.httpStatus()), slog.Int("code", a.code),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000),
	}
	if x.route != nil && x.route.database {
		attrs = append(attrs, slog.String("dialect", x.dialect.String()))
	}
	if x.route != nil && (x.route.database || x.agent != "") {
		attrs = append(attrs, slog.String("agent", string(x.agent)), slog.Int("rows", a.accepted), slog.Int("rejected", a.rejected))
	}
	x.h.Log.LogAttrs(context.WithoutCancel(x.r.Context()), level, "request", attrs...)
	if x.h.Observe != nil {
		x.h.Observe(Observation{pattern, method(x.r), a.httpStatus(), a.code, a.accepted, a.rejected, took})
	}
}

// method is the request's method where it is a common one: callers can make up others without end.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "OTHER"
}
