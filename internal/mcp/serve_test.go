package mcp

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"stele"
)

// oneDB is a database of which only Tables answers, as the test says.
type oneDB struct {
	stele.Database
	tables func(context.Context) ([]stele.TableCount, error)
}

func (d oneDB) Tables(ctx context.Context, _ stele.Page) ([]stele.TableCount, error) {
	return d.tables(ctx)
}

type oneStore struct {
	stele.Store
	db oneDB
}

func (s oneStore) Database(stele.AgentID) stele.Database { return s.db }

func (s oneStore) Key(_ context.Context, h stele.KeyHash) (stele.Key, error) {
	return stele.Key{Hash: h, Agent: "6b08e9d3aa18fd1479838d65", Scope: stele.ScopeAll}, nil
}

// serve has a handler answer one message, over a database that does as told.
func serve(ctx context.Context, tb testing.TB, h *Handler, body string, tables func(context.Context) ([]stele.TableCount, error)) string {
	svc := &stele.Service{Store: oneStore{db: oneDB{tables: tables}}, Limits: stele.DefaultLimits(), Now: time.Now}
	agent, err := svc.Authenticate(ctx, "app-1")
	if err != nil {
		tb.Fatal(err)
	}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/mcp", strings.NewReader(body))
	r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}}
	w := httptest.NewRecorder()
	h.Serve(w, r, agent, []byte(body))
	return w.Body.String()
}

func newHandler(tb testing.TB, timeout time.Duration, log *strings.Builder) *Handler {
	h, err := New(Config{Log: slog.New(slog.NewTextHandler(log, nil)), Limits: stele.DefaultLimits(), Timeout: timeout})
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

const (
	listCall     = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_tables"}}`
	listResource = `{"jsonrpc":"2.0","id":1,"method":"resources/list"}`
)

// TestInternals: of what is broken the caller learns nothing, and the log all; a panic does not end the process.
func TestInternals(t *testing.T) {
	t.Parallel()
	for _, body := range []string{listCall, listResource} {
		for what, tables := range map[string]func(context.Context) ([]stele.TableCount, error){
			"secret disk": func(context.Context) ([]stele.TableCount, error) { return nil, errors.New("secret disk") },
			"secret bug":  func(context.Context) ([]stele.TableCount, error) { panic("secret bug") },
		} {
			var log strings.Builder
			got := serve(t.Context(), t, newHandler(t, time.Minute, &log), body, tables)
			if !strings.Contains(got, "internal error") || strings.Contains(got, "secret") || !strings.Contains(log.String(), what) {
				t.Errorf("%s: %s\nlog: %s", what, got, &log)
			}
		}
	}
}

// TestEnds: the work of a call ends when its time is up, and when its caller leaves.
func TestEnds(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	waits := func(ctx context.Context) ([]stele.TableCount, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	got := serve(t.Context(), t, newHandler(t, time.Millisecond, &log), listCall, waits)
	if !strings.Contains(got, `"isError":true`) || !strings.Contains(got, "took longer than it may") {
		t.Error(got)
	}
	ctx, leave := context.WithCancel(t.Context())
	serve(ctx, t, newHandler(t, time.Hour, &log), listCall, func(inner context.Context) ([]stele.TableCount, error) {
		leave()
		return waits(inner)
	})
	if log.Len() > 0 {
		t.Error(log.String())
	}
}

// TestBodies: what is no single message of JSON is refused before anything is done.
func TestBodies(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	h := newHandler(t, time.Minute, &log)
	for body, want := range map[string]string{
		" [" + listCall + "]": "batches are not taken", "\xff": "not UTF-8", "": "non-empty body", "{": "malformed payload",
		`{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen"}`: "",
	} {
		got := serve(t.Context(), t, h, body, func(context.Context) ([]stele.TableCount, error) { return nil, nil })
		if !strings.Contains(got, want) || strings.Contains(got, `"tables"`) {
			t.Errorf("%q: %s", body, got)
		}
	}
}

// BenchmarkServe takes the time of a request apart from HTTP: the server that is made for it, with all its tools, and a ping.
func BenchmarkServe(b *testing.B) {
	var log strings.Builder
	h := newHandler(b, time.Minute, &log)
	b.ReportAllocs()
	for b.Loop() {
		serve(b.Context(), b, h, `{"jsonrpc":"2.0","id":1,"method":"ping"}`, nil)
	}
}
