package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stele"
	"stele/internal/wire"
)

// rig is an installation under test: a real store in a place of its own, behind real HTTP. What is sent through
// it is held against the API's document.
type rig struct {
	t       *testing.T
	from    *store
	store   stele.Store
	svc     *stele.Service
	clock   *clock
	handler *handler
	server  *httptest.Server
	log     *logBuffer
	client  *http.Client
}

// adminSecret is the admin key of every rig.
const adminSecret = "adm-0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"

// clock stands still until it is moved.
type clock struct{ ms atomic.Int64 }

// clockStart is where every clock begins.
var clockStart = time.Date(2026, 3, 1, 8, 0, 0, 123e6, time.UTC)

func newClock() *clock {
	c := &clock{}
	c.ms.Store(clockStart.UnixMilli())
	return c
}

func (c *clock) now() time.Time        { return time.UnixMilli(c.ms.Load()).UTC() }
func (c *clock) move(by time.Duration) { c.ms.Add(by.Milliseconds()) }

// logBuffer is where a rig's server logs to.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// rig starts an installation; change may alter its configuration and its service.
func (s *store) rig(t *testing.T, change ...func(*Config)) *rig {
	t.Helper()
	return s.rigAt(t, s.place(t), change...)
}

// patience is what a request may take unless a test is about that: a busy machine that watches for races takes half a minute to
// load PostgreSQL's grammar.
const patience = 5 * time.Minute

// rigAt starts an installation on the data of a place.
func (s *store) rigAt(t *testing.T, place string, change ...func(*Config)) *rig {
	t.Helper()
	g := &rig{t: t, from: s, clock: newClock(), log: &logBuffer{}}
	var err error
	if g.store, err = s.open(place, g.clock.now); err != nil {
		t.Fatal(err)
	}
	g.svc = &stele.Service{Store: g.store, Limits: stele.DefaultLimits(), Now: g.clock.now, Log: &stele.QueryLog{Store: g.store}, Uses: &stele.KeyUses{Store: g.store}}
	cfg := Config{
		Service: g.svc, Dialect: wire.Hybrid, AdminKey: stele.HashKey(adminSecret),
		Timeout: patience, Version: "v0.0.0-test",
		Log: slog.New(slog.NewJSONHandler(g.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&cfg)
	}
	g.handler = newHandler(cfg)
	g.server = httptest.NewServer(g.handler)
	g.client = g.server.Client()
	g.client.CheckRedirect = func(*http.Request, []*http.Request) error {
		return fmt.Errorf("the server redirects, which loses the body of a POST")
	}
	t.Cleanup(g.stop)
	return g
}

// stop ends server and store; it may be called twice. All that requests had of the memory for bodies must be back.
func (g *rig) stop() {
	g.server.Close()
	g.handler.budget.wantWhole(g.t)
	if err := g.store.Close(); err != nil {
		g.t.Errorf("closing the store: %v", err)
	}
}

// ask is a request.
type ask struct {
	method, path string   // the path as it is sent, with a query
	key          string   // sent as Authorization: Bearer, unless empty
	header       []string // "Name: value"; Host too
	body         string
	chunked      bool // send the body without its length
	odd          bool // the document does not allow it, and yet it is answered by 200: an entry of it fails alone
}

// reply is an answer.
type reply struct {
	status int
	header http.Header
	body   string
}

// code is the published number in the answer, 0 if it has none.
func (r reply) code() int {
	var v struct {
		Code int `json:"code"`
	}
	_ = json.Unmarshal([]byte(r.body), &v)
	return v.Code
}

// send sends a request, and holds request and answer against the document. It may be called from any goroutine; where
// nothing was answered the test has failed, and the reply is empty.
func (g *rig) send(a ask) reply {
	g.t.Helper()
	var body io.Reader
	if a.body != "" {
		body = strings.NewReader(a.body)
	}
	if a.chunked {
		body = struct{ io.Reader }{strings.NewReader(a.body)}
	}
	req, err := http.NewRequest(a.method, g.server.URL+a.path, body)
	if err != nil {
		g.t.Errorf("%s %s: %v", a.method, a.path, err)
		return reply{}
	}
	if a.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if a.key != "" {
		req.Header.Set("Authorization", "Bearer "+a.key)
	}
	for _, line := range a.header {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			req.Host = value
			continue
		}
		if name == "Content-Type" {
			req.Header.Del(name)
		}
		req.Header[http.CanonicalHeaderKey(name)] = append(req.Header[http.CanonicalHeaderKey(name)], value)
	}
	resp, err := g.client.Do(req)
	if err != nil {
		g.t.Errorf("%s %s: %v", a.method, a.path, err)
		return reply{}
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		g.t.Errorf("%s %s: reading the answer: %v", a.method, a.path, err)
		return reply{}
	}
	r := reply{resp.StatusCode, resp.Header, string(b)}
	theSpec.check(g, a, req.Header, r)
	return r
}

// want fails the test unless an answer has this status and code.
func (g *rig) want(r reply, status, code int) reply {
	g.t.Helper()
	if r.status != status || r.code() != code {
		g.t.Fatalf("answered %d, code %d; want %d, code %d: %s", r.status, r.code(), status, code, shorten(r.body))
	}
	return r
}

func shorten(s string) string {
	if len(s) > 600 {
		return s[:600] + "…"
	}
	return s
}

// admin sends a request to the admin API.
func (g *rig) admin(method, path, body string) reply {
	g.t.Helper()
	return g.send(ask{method: method, path: "/admin/v1" + path, key: adminSecret, body: body})
}

// caller is a client with a key.
type caller struct {
	*rig
	id     string // the agent's
	key    string
	prefix string // of a dialect, with its slash
}

// agent makes an agent and a key to everything.
func (g *rig) agent(name string) *caller {
	g.t.Helper()
	a := decode[wire.Agent](g, g.want(g.admin("POST", "/agents", fmt.Sprintf(`{"name":%q}`, name)), 200, 0))
	return &caller{rig: g, id: a.ID, key: g.newKey(a.ID, `{}`).Secret}
}

// newKey makes a key.
func (g *rig) newKey(agent, body string) wire.Key {
	g.t.Helper()
	return decode[wire.Key](g, g.want(g.admin("POST", "/agents/"+agent+"/keys", body), 200, 0))
}

// with is the caller with another key of the agent.
func (c *caller) with(keyBody string) *caller {
	c.t.Helper()
	other := *c
	other.key = c.newKey(c.id, keyBody).Secret
	return &other
}

// on is the caller in a test of its own within the test.
func (c *caller) on(t *testing.T) *caller {
	g, other := *c.rig, *c
	g.t, other.rig = t, &g
	return &other
}

// in is the caller speaking a dialect.
func (c *caller) in(d wire.Dialect) *caller {
	other := *c
	other.prefix = "/" + d.String()
	return &other
}

func (c *caller) do(method, path, body string, header ...string) reply {
	c.t.Helper()
	return c.send(ask{method: method, path: c.prefix + path, key: c.key, body: body, header: header})
}

func (c *caller) post(path, body string, header ...string) reply {
	c.t.Helper()
	return c.do("POST", path, body, header...)
}

func (c *caller) get(path string, header ...string) reply {
	c.t.Helper()
	return c.do("GET", path, "", header...)
}

// Paths of the Database API, as documented.
const (
	pathCreate  = "/v1/database/create-table"
	pathAlter   = "/v1/database/alter-table"
	pathDrop    = "/v1/database/drop-table"
	pathTables  = "/v1/database/tables/page"
	pathImport  = "/v1/database/import/records"
	pathResults = "/v1/database/query/import-results"
	pathPage    = "/v1/database/records/page"
	pathUpdate  = "/v2/database/update/record"
	pathDelete  = "/v2/database/delete/record"
	pathLegacy  = "/v1/database/update/record"
	pathVerify  = "/v1/api-key/verify"
	pathTasks   = "/v1/database/import/tasks"
	pathSave    = "/v1/database/saved-queries/save"
	pathKey     = "/v1/database/key"
)

// parcels is the table that the examples share.
const parcels = `{"name":"parcels","description":"parcels on their way","fields":[
 {"name":"code","description":"tracking code","type":"TEXT","required":true,"unique":true},
 {"name":"weight_g","description":"","type":"INT"},{"name":"price","description":"","type":"FLOAT"},
 {"name":"fragile","description":"","type":"BOOLEAN"},{"name":"shipped_at","description":"","type":"DATETIME"}]}`

// plain is a table without unique fields: nothing keeps a record from being added twice.
const plain = `{"name":"plain","description":"d","fields":[{"name":"n","type":"INT"}]}`

// table makes a table and returns its id.
func (c *caller) table(draft string) string {
	c.t.Helper()
	return decode[struct{ Data string }](c.rig, c.want(c.post(pathCreate, draft), 200, 0)).Data
}

// importAll imports records, given as the JSON of a list, and returns the task's id.
func (c *caller) importAll(table, records string, header ...string) string {
	c.t.Helper()
	r := c.in(wire.GPTBots).post(pathImport, `{"table_id":"`+table+`","records":`+records+`}`, header...)
	return decode[string](c.rig, c.want(r, 200, 0))
}

// page is a page of records as gptbots has it.
type page struct {
	Records []struct {
		ID        string         `json:"id"`
		Value     map[string]any `json:"value"`
		CreatedAt int64          `json:"created_at"`
		UpdatedAt int64          `json:"updated_at"`
	} `json:"records"`
	Total int `json:"total_count"`
}

// records reads a page; more are further members of the request, each behind a comma.
func (c *caller) records(table, more string) page {
	c.t.Helper()
	r := c.in(wire.GPTBots).post(pathPage, `{"table_id":"`+table+`","page_size":100`+more+`}`)
	return decode[page](c.rig, c.want(r, 200, 0))
}

// task is the result of an import.
type task struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Total   int    `json:"total_count"`
	Success int    `json:"success_count"`
	Fail    int    `json:"fail_count"`
	Detail  []struct {
		Row    *int   `json:"row"`
		Start  int    `json:"row_number_start"`
		End    int    `json:"row_number_end"`
		Reason string `json:"fail_reason"`
	} `json:"fail_detail"`
}

// result asks for the result of one import.
func (c *caller) result(id string) task {
	c.t.Helper()
	ts := decode[[]task](c.rig, c.want(c.in(wire.GPTBots).get(pathResults+"?ids="+id), 200, 0))
	if len(ts) != 1 {
		c.t.Fatalf("%d results for the task %s, want 1", len(ts), id)
	}
	return ts[0]
}

func decode[T any](g *rig, r reply) T {
	g.t.Helper()
	var v T
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		g.t.Fatalf("reading the answer %s: %v", shorten(r.body), err)
	}
	return v
}
