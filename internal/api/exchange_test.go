package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stele/internal/wire"
)

// A handler that panics costs its own request only.
func TestPanic(t *testing.T) { eachStore(t, testPanic) }

func testPanic(t *testing.T, s *store) {
	g := s.rig(t)
	c := g.agent("panic")
	id := c.table(plain)
	now := g.svc.Now
	g.svc.Now = func() time.Time { panic("the clock fell off the wall") }
	r := c.post(pathImport, `{"table_id":"`+id+`","records":[{"n":1}]}`)
	g.svc.Now = now
	g.want(r, 500, 50000)
	if strings.Contains(r.body, "clock") {
		t.Errorf("the caller is told: %s", r.body)
	}
	log := g.log.String()
	for _, want := range []string{`"msg":"panic"`, "the clock fell off the wall", "exchange_test.go", r.header.Get("X-Request-Id")} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q", want)
		}
	}
	c.importAll(id, `[{"n":1}]`)
}

// When the time for the work is over nothing was applied, and the client may try again.
func TestDeadline(t *testing.T) { eachStore(t, testDeadline) }

func testDeadline(t *testing.T, s *store) {
	g := s.rig(t)
	c := g.agent("late")
	id := c.table(plain)
	whole := g.handler.Timeout
	g.handler.Timeout = 1
	r := g.want(c.post(pathImport, `{"table_id":"`+id+`","records":[{"n":1}]}`, "Idempotency-Key: k"), 503, 50000)
	if r.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q", r.header.Get("Retry-After"))
	}
	g.handler.Timeout = whole
	if n := c.records(id, "").Total; n != 0 {
		t.Errorf("%d records, want none", n)
	}
	r = g.want(c.post(pathImport, `{"table_id":"`+id+`","records":[{"n":1}]}`, "Idempotency-Key: k"), 200, 0)
	if r.header.Get("Idempotency-Replayed") != "" || strings.Contains(g.log.String(), `"level":"ERROR"`) {
		t.Errorf("%v\n%s", r.header, g.log)
	}
}

// A client that leaves is no error.
func TestClientLeaves(t *testing.T) { eachStore(t, testClientLeaves) }

func testClientLeaves(t *testing.T, s *store) {
	g := s.rig(t)
	c := g.agent("leaving")
	id := c.table(plain)
	task := c.importAll(id, `[{"n":1}]`)
	now := g.svc.Now
	reached := make(chan struct{})
	var leaving context.Context
	var served <-chan struct{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		done := make(chan struct{})
		leaving, served = r.Context(), done
		g.handler.ServeHTTP(w, r)
		close(done)
	}))
	defer server.Close()
	var asked atomic.Int32
	g.svc.Now = func() time.Time { // when the key was used is asked first, and then by the verb, before it reads
		if asked.Add(1) == 1 {
			return now()
		}
		close(reached)
		<-leaving.Done()
		_ = context.Cause(leaving) // it waits until the contexts that are made of it have ended too
		return now()
	}
	ctx, leave := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, "GET", server.URL+pathResults+"?ids="+task, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	go func() {
		<-reached
		leave()
	}()
	if resp, err := http.DefaultClient.Do(req); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, %v", resp, err)
	}
	<-served
	g.svc.Now = now
	if log := g.log.String(); strings.Contains(log, `"level":"ERROR"`) || !strings.Contains(log, `"status":503`) {
		t.Errorf("the log: %s", log)
	}
}

// One line of log for a request: what it was and what became of it, and none of what it said.
func TestLog(t *testing.T) { eachStore(t, testLog) }

func testLog(t *testing.T, s *store) {
	var mu sync.Mutex
	var seen []Observation
	g := s.rig(t, func(cfg *Config) {
		cfg.Observe = func(o Observation) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, o)
		}
	})
	c := g.agent("logging")
	id := c.table(parcels)
	from, at := len(seen), len(g.log.String())
	c.in(wire.AltaTech).post(pathImport, `{"table_id":"`+id+`","records":[{"code":"SECRET-1"},{"code":"SECRET-1"}]}`)
	c.post(pathUpdate, `{"table_id":"`+id+`","update_data":[{"filter":{"code":"SECRET-1"},"updated_fields":{"price":1}},{"filter":{"code":"SECRET-2"},"updated_fields":{}}]}`)
	c.post(pathDelete, `{"table_id":"`+id+`","delete_data":[{"filter":{"code":"SECRET-1"}}]}`)
	c.get(pathResults + "?ids=SECRET-3")
	g.send(ask{method: "GET", path: "/SECRET-4?key=" + c.key, key: c.key})
	g.send(ask{method: "BREW", path: pathVerify, key: "SECRET-5"})
	g.admin("GET", "/agents/SECRET-6", "")
	g.send(ask{method: "GET", path: "/healthz"})
	log := g.log.String()[at:]
	for _, secret := range []string{"SECRET", c.key, adminSecret, "?"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q:\n%s", secret, log)
		}
	}
	type line struct {
		Level, Msg, Method, Route, Dialect, Agent string
		Status, Code, Rows, Rejected              int
	}
	want := []line{
		{"INFO", "request", "POST", pathImport, "altatech", c.id, 200, 0, 1, 1},
		{"INFO", "request", "POST", pathUpdate, "hybrid", c.id, 200, 0, 1, 1},
		{"INFO", "request", "POST", pathDelete, "hybrid", c.id, 200, 0, 1, 0},
		{"INFO", "request", "GET", pathResults, "hybrid", c.id, 200, 0, 0, 0},
		{"INFO", "request", "GET", "", "", "", 404, 40400, 0, 0},
		{"INFO", "request", "OTHER", pathVerify, "hybrid", "", 405, 40000, 0, 0},
		{"INFO", "request", "GET", "/admin/v1/agents/{agent}", "", "", 404, 40400, 0, 0},
		{"DEBUG", "request", "GET", "/healthz", "", "", 200, 0, 0, 0},
	}
	var got []line
	for text := range strings.Lines(log) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		got = append(got, l)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("logged\n%+v\nwant\n%+v", got, want)
	}
	for i, o := range seen[from:] {
		w := want[i]
		if o.Duration <= 0 {
			t.Errorf("%s took %v", o.Route, o.Duration)
		}
		o.Duration = 0
		if o != (Observation{w.Route, w.Method, w.Status, w.Code, w.Rows, w.Rejected, 0}) {
			t.Errorf("observed %+v, want %+v", o, w)
		}
	}
}

// The process answers as long as it runs; it is ready while it says so and its store can serve.
func TestHealth(t *testing.T) { eachStore(t, testHealth) }

func testHealth(t *testing.T, s *store) {
	var not error
	g := s.rig(t, func(cfg *Config) { cfg.Ready = func(context.Context) error { return not } })
	state := func(path string, status int) {
		t.Helper()
		if r := g.send(ask{method: "GET", path: path}); r.status != status || status == 200 && r.body != `{"status":"ok"}` {
			t.Errorf("%s: %d %s, want %d", path, r.status, r.body, status)
		}
	}
	state("/healthz", 200)
	state("/readyz", 200)
	not = errors.New("draining /var/lib")
	state("/healthz", 200)
	state("/readyz", 503)
	if r := g.send(ask{method: "GET", path: "/readyz"}); strings.Contains(r.body, "/var/lib") || !strings.Contains(g.log.String(), "/var/lib") {
		t.Errorf("why is for the log: %s", r.body)
	}
	not = nil
	state("/readyz", 200)
}

// The document is served as it was written, and as JSON.
func TestDocumentIsServed(t *testing.T) { eachStore(t, testDocumentIsServed) }

func testDocumentIsServed(t *testing.T, s *store) {
	g := s.rig(t)
	yaml := g.send(ask{method: "GET", path: "/openapi.yaml"})
	if yaml.body != string(openapiYAML) || yaml.header.Get("Content-Type") != "application/yaml; charset=utf-8" {
		t.Errorf("%v", yaml.header)
	}
	if r := g.send(ask{method: "GET", path: "/openapi.json"}); r.body != string(openapiJSON) {
		t.Error("another document")
	}
}
