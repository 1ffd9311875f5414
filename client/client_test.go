package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"stele/client"
	"stele/internal/pgtest"
	"stele/internal/server"
)

// A store says where a server keeps its data.
type store func(*testing.T, *server.Config)

func inDirectory(t *testing.T, c *server.Config) { c.Data = filepath.Join(t.TempDir(), "data") }
func inDatabase(t *testing.T, c *server.Config)  { c.Database, c.Pool = pgtest.Database(t), 4 }

// eachStore runs a test on each store: a caller notices no difference. Under -short it is the one that needs no server.
func eachStore(t *testing.T, test func(*testing.T, store)) {
	t.Parallel()
	for name, s := range map[string]store{"sqlite": inDirectory, "postgres": inDatabase} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name != "sqlite" && testing.Short() {
				t.Skip("needs a server: left out under -short")
			}
			test(t, s)
		})
	}
}

// start runs a real server and returns clients with its first API key and with its admin key.
func start(t *testing.T, s store) (api, admin client.Client) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var stdout strings.Builder
	cfg := config()
	s(t, &cfg)
	listening, done := make(chan server.Addresses, 1), make(chan error, 1)
	go func() {
		done <- server.Run(ctx, cfg, server.Process{Stdout: &stdout, Stderr: io.Discard, Listening: func(a server.Addresses) { listening <- a }})
	}()
	select {
	case a := <-listening:
		api.URL = "http://" + a.API.String() + "/"
	case err := <-done:
		cancel()
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	api.HTTP, admin.HTTP = &http.Client{Transport: transport}, &http.Client{Transport: transport}
	admin.URL = api.URL
	api.Key = regexp.MustCompile(`app-\w+`).FindString(stdout.String())
	admin.Key = cfg.AdminKey
	return api, admin
}

// TestDatabaseVerbs goes once through everything an API key can do, on a server whose own dialect is another one.
func TestDatabaseVerbs(t *testing.T) { eachStore(t, testDatabaseVerbs) }

func testDatabaseVerbs(t *testing.T, s store) {
	c, _ := start(t, s)
	ctx := context.Background()
	agent, err := c.Verify(ctx)
	if err != nil || len(agent) != 24 {
		t.Fatalf("%q, %v", agent, err)
	}
	table, err := c.CreateTable(ctx, client.NewTable{Name: "t", Description: "d", Fields: []client.Field{
		{Name: "a", Description: "key", Type: "TEXT", Required: true, Unique: true}, {Name: "n", Type: "INT"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	id, err := c.Import(ctx, table, []client.Row{{"a": "x", "n": 9007199254740991}, {"a": "y<&>", "n": nil}, {"n": 1}})
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := c.Tasks(ctx, id, strings.Repeat("0", 24))
	if err != nil || len(tasks) != 1 {
		t.Fatalf("%v, %v", tasks, err)
	}
	task := tasks[0]
	if task.ID != id || task.Status != "AVAILABLE" || task.Progress != 100 || task.Total != 3 || task.Success != 2 || task.Failed != 1 ||
		len(task.Rejections) != 1 || *task.Rejections[0].Row != 3 || !strings.HasPrefix(task.Rejections[0].Reason, "`a` is required") {
		t.Errorf("%+v", task)
	}
	refused, err := c.Import(ctx, table, []client.Row{{"a": "new"}, {"a": "x"}})
	if err != nil {
		t.Fatal(err)
	}
	if tasks, err = c.Tasks(ctx, refused); err != nil || len(tasks) != 1 || tasks[0].Status != "FAIL" || tasks[0].Rejections[0].Row != nil || tasks[0].Rejections[0].From != 2 {
		t.Errorf("%+v, %v", tasks, err)
	}
	page, err := c.RecordsPage(ctx, table, client.RecordQuery{Page: 1, Size: 1, Filter: client.Row{"a": "x"}})
	if err != nil || page.Total != 1 || len(page.Records) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	r := page.Records[0]
	if r.Value["a"] != "x" || r.Value["n"] != json.Number("9007199254740991") || r.CreatedAt == 0 || r.UpdatedAt != r.CreatedAt {
		t.Errorf("%+v", r)
	}
	if page.Table.ID != table || page.Table.Name != "t" || page.Table.Agent != agent || len(page.Table.Fields) != 2 || !page.Table.Fields[0].Unique {
		t.Errorf("%+v", page.Table)
	}
	if page, err = c.RecordsPage(ctx, table, client.RecordQuery{Page: 1, Size: 10, Keyword: "<&>"}); err != nil || page.Total != 1 || page.Records[0].Value["n"] != nil {
		t.Errorf("%+v, %v", page, err)
	}
	begin := ""
	byCursor := client.RecordQuery{Size: 1, Cursor: &begin, Sort: []client.Sort{{Field: "a", Order: "desc"}}}
	var walked []any
	for byCursor.Cursor != nil {
		if page, err = c.RecordsPage(ctx, table, byCursor); err != nil || page.Total != 2 || len(page.Records) != 1 {
			t.Fatalf("%+v, %v", page, err)
		}
		walked, byCursor.Cursor = append(walked, page.Records[0].Value["a"]), page.Next
	}
	if len(walked) != 2 || walked[1] != "x" {
		t.Errorf("walked over %v", walked)
	}
	out, err := c.Update(ctx, table, []client.Change{
		{Selector: client.Selector{ID: r.ID}, Set: client.Row{"n": 2}},
		{Selector: client.Selector{Filter: client.Row{"a": "absent"}}, Set: client.Row{"n": 3}},
	}, false)
	if err != nil || out.Total != 2 || out.Success != 1 || out.Failed != 1 || out.Failures[0].Reason != "record not found" || !strings.Contains(string(out.Failures[0].Sent), "absent") {
		t.Errorf("%+v, %v", out, err)
	}
	if out, err = c.Update(ctx, table, []client.Change{{Selector: client.Selector{Filter: client.Row{"a": "absent"}}, Set: client.Row{"n": 3}}}, true); err != nil || out.Success != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	if n, err := c.Delete(ctx, table, []client.Selector{{ID: r.ID}, {Filter: client.Row{"a": "nowhere"}}}); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	if ts, err := client.Collect(c.Tables(ctx)); err != nil || len(ts) != 1 || ts[0] != (client.TableCount{ID: table, Name: "t", Description: "d", Fields: 2, Records: 2}) {
		t.Errorf("%+v, %v", ts, err)
	}
}

// TestOtherWays goes through modes, receipts, trials and a repair.
func TestOtherWays(t *testing.T) { eachStore(t, testOtherWays) }

func testOtherWays(t *testing.T, s store) {
	c, _ := start(t, s)
	ctx := context.Background()
	table, err := c.CreateTable(ctx, client.NewTable{Name: "t", Description: "d", Fields: []client.Field{
		{Name: "a", Type: "TEXT", Required: true, Unique: true}, {Name: "n", Type: "INT"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	rows := []client.Row{{"a": "x", "n": 1}, {"a": "y", "n": "odd"}, {"a": "x", "n": 2}}
	upsert := client.How{Mode: "upsert", Key: "a"}
	tried, err := c.ImportAs(ctx, table, rows, client.How{Mode: "upsert", Key: "a", Try: true})
	if err != nil || !tried.Tried || tried.ID != "" {
		t.Errorf("%+v, %v", tried, err)
	}
	task, err := c.ImportAs(ctx, table, rows, upsert)
	if err != nil || task.ID == "" || task.Created != 1 || task.Updated != 1 || task.Unchanged != 0 || task.Skipped != 0 || task.Failed != 1 || len(task.Rows) != 3 {
		t.Fatalf("%+v, %v", task, err)
	}
	if f := task.Rows[1].Errors; task.Rows[1].Status != "failed" || len(f) != 1 || f[0].Field != "n" || f[0].Code != "type" || string(f[0].Value) != `"odd"` || f[0].Reason == "" {
		t.Errorf("%+v", task.Rows[1])
	}
	if r := task.Rows[0]; r.Row != 1 || r.RecordID == "" || r.RecordID != task.Rows[2].RecordID || r.RecordID != tried.Rows[0].RecordID {
		t.Errorf("%+v, tried %+v", task.Rows, tried.Rows)
	}
	left, err := client.Collect(c.RepairRows(ctx, task.ID))
	if err != nil || len(left) != 1 || left[0]["a"] != "y" || left[0]["_reason"] != task.Rows[1].Errors[0].Reason {
		t.Fatalf("%v, %v", left, err)
	}
	delete(left[0], "_reason")
	left[0]["n"] = 3
	if again, err := c.ImportAs(ctx, table, left, upsert); err != nil || again.Created != 1 {
		t.Errorf("%+v, %v", again, err)
	}
	at := func(a string, n int) client.Change {
		return client.Change{Selector: client.Selector{Filter: client.Row{"a": a}}, Set: client.Row{"n": n}}
	}
	out, err := c.UpdateAs(ctx, table, []client.Change{at("x", 9), at("absent", 9)}, client.How{Mode: "atomic"})
	if err != nil || out.Success != 0 || out.Failed != 2 || len(out.Failures) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	if n, err := c.TryDelete(ctx, table, []client.Selector{{Filter: client.Row{"a": "x"}}}); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if p, err := c.RecordsPage(ctx, table, client.RecordQuery{Page: 1, Size: 10}); err != nil || p.Total != 2 || p.Records[0].Value["n"] != json.Number("2") {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestIdempotencyKey(t *testing.T) { eachStore(t, testIdempotencyKey) }

func testIdempotencyKey(t *testing.T, s store) {
	c, _ := start(t, s)
	ctx := context.Background()
	table, err := c.CreateTable(ctx, client.NewTable{Name: "t", Description: "d", Fields: []client.Field{{Name: "a", Type: "TEXT"}}})
	if err != nil {
		t.Fatal(err)
	}
	first, err := c.Import(ctx, table, []client.Row{{"a": "x"}}, client.IdempotencyKey("once"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Import(ctx, table, []client.Row{{"a": "x"}}, client.IdempotencyKey("once"))
	if err != nil || again != first {
		t.Errorf("%s, %v; want %s", again, err, first)
	}
	_, err = c.Import(ctx, table, []client.Row{{"a": "other"}}, client.IdempotencyKey("once"))
	var e *client.Error
	if !errors.As(err, &e) || e.Status != http.StatusConflict || e.Code != 40000 {
		t.Errorf("%v", err)
	}
}

func TestAdminVerbs(t *testing.T) { eachStore(t, testAdminVerbs) }

func testAdminVerbs(t *testing.T, s store) {
	api, c := start(t, s)
	ctx := context.Background()
	const name = "shipping & co? ä" // needs every kind of escaping in a path
	a, err := c.CreateAgent(ctx, name)
	if err != nil || a.Name != name || len(a.ID) != 24 || a.CreatedAt == 0 {
		t.Fatalf("%+v, %v", a, err)
	}
	if got, err := c.Agent(ctx, name); err != nil || got != a {
		t.Errorf("%+v, %v", got, err)
	}
	k, err := c.CreateKey(ctx, name, client.KeySpec{Scopes: []string{"read"}, Expires: time.Hour, RPM: 7})
	if err != nil || k.AgentID != a.ID || k.RPM != 7 || len(k.Scopes) != 1 || k.ExpiresAt == nil || *k.ExpiresAt-k.CreatedAt != 3600_000 {
		t.Fatalf("%+v, %v", k, err)
	}
	api.Key = k.Secret
	if id, err := api.Verify(ctx); err != nil || id != a.ID {
		t.Errorf("%s, %v", id, err)
	}
	ks, err := c.Keys(ctx, a.ID)
	if err != nil || len(ks) != 1 || ks[0].ID != k.ID || ks[0].Secret != "" {
		t.Errorf("%+v, %v", ks, err)
	}
	if err := c.RevokeKey(ctx, k.ID); err != nil {
		t.Error(err)
	}
	var e *client.Error
	if _, err := api.Verify(ctx); !errors.As(err, &e) || e.Status != http.StatusUnauthorized || e.Code != 40127 || !strings.HasPrefix(e.Message, "Developer authentication failed") {
		t.Errorf("%v", err)
	}
	if err := c.DeleteAgent(ctx, name); err != nil {
		t.Error(err)
	}
	if err := c.DeleteAgent(ctx, name); !errors.As(err, &e) || e.Status != http.StatusNotFound {
		t.Errorf("%v", err)
	}
}

// TestAgentsReadsEveryPage: more agents than one page holds. It is the client that is asked here, and so many agents take
// seconds where each has a schema.
func TestAgentsReadsEveryPage(t *testing.T) {
	t.Parallel()
	_, c := start(t, inDirectory)
	ctx := context.Background()
	for i := range 101 {
		if _, err := c.CreateAgent(ctx, "a"+strings.Repeat("x", i/10)+string(rune('0'+i%10))); err != nil {
			t.Fatal(err)
		}
	}
	as, err := client.Collect(c.Agents(ctx))
	if err != nil || len(as) != 102 || as[0].Name != "default" || as[101].Name != "axxxxxxxxxx0" {
		t.Errorf("%d agents, %v", len(as), err)
	}
}

// TestStrangeAnswers: what is not a Stele answers.
func TestStrangeAnswers(t *testing.T) {
	t.Parallel()
	reply := func(status int, header, body string) *client.Client {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if name, value, ok := strings.Cut(header, ": "); ok {
				w.Header().Set(name, value)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}))
		t.Cleanup(srv.Close)
		return &client.Client{URL: srv.URL, Retry: client.RetryPolicy{Attempts: 1}}
	}
	ctx := context.Background()
	var e *client.Error
	_, err := reply(503, "Retry-After: 2", `{"code":50000,"message":"Internal system error: busy"}`).Verify(ctx)
	if !errors.As(err, &e) || e.Status != 503 || e.Code != 50000 || e.RetryAfter != 2*time.Second || err.Error() != "50000: Internal system error: busy" {
		t.Errorf("%#v", err)
	}
	_, err = reply(502, "Content-Type: text/html", "<html>").Verify(ctx)
	if !errors.As(err, &e) || e.Status != 502 || e.Code != 0 || err.Error() != "HTTP 502: the answer is not one of Stele's (text/html)" {
		t.Errorf("%v", err)
	}
	if _, err = reply(200, "", "<html>").Verify(ctx); err == nil || !strings.Contains(err.Error(), "is not what Stele sends") {
		t.Errorf("%v", err)
	}
	if _, err = reply(200, "", "{}").Delete(ctx, "t", nil); err == nil {
		t.Error("a deletion that does not say how many went was taken as none")
	}
}

// TestAnswersAreBounded: what is larger is an error, not memory.
func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	const body = `{"id":"0123456789"}`
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
	t.Cleanup(srv.Close)
	for most, ok := range map[int64]bool{0: true, int64(len(body)): true, int64(len(body)) - 1: false, 1: false} {
		c := client.Client{URL: srv.URL, MaxAnswer: most}
		id, err := c.Verify(context.Background())
		if ok && (err != nil || id != "0123456789") || !ok && (err == nil || !strings.Contains(err.Error(), "ask for less at once")) {
			t.Errorf("at most %d bytes: %q, %v", most, id, err)
		}
	}
}

// TestRequests: what a server receives, byte for byte.
func TestRequests(t *testing.T) {
	t.Parallel()
	received := make(chan string, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		received <- strings.Join([]string{r.Method, r.URL.String(), r.Header.Get("Authorization"), r.Header.Get("Content-Type"), r.Header.Get("Idempotency-Key"), string(b)}, " ")
		w.Header().Set("X-Stele-Deleted", "0")
		_, _ = io.WriteString(w, "null")
	}))
	t.Cleanup(srv.Close)
	c := client.Client{URL: srv.URL + "//", Key: "k"}
	ctx := context.Background()
	for want, call := range map[string]func() error{
		`GET /gptbots/v1/api-key/verify Bearer k   `: func() error { _, err := c.Verify(ctx); return err },
		`GET /gptbots/v1/database/query/import-results?ids=a&ids=b Bearer k   `: func() error {
			_, err := c.Tasks(ctx, "a", "b")
			return err
		},
		`POST /gptbots/v1/database/tables/page Bearer k application/json  {"page":1,"page_size":100}`: func() error { _, err := client.Collect(c.Tables(ctx)); return err },
		`POST /gptbots/v1/database/create-table Bearer k application/json i {"name":"t","description":"d","fields":[{"name":"a","description":"","type":"INT","required":false,"unique":true}]}`: func() error {
			_, err := c.CreateTable(ctx, client.NewTable{Name: "t", Description: "d", Fields: []client.Field{{Name: "a", Type: "INT", Unique: true}}}, client.IdempotencyKey("i"))
			return err
		},
		`POST /gptbots/v1/database/import/records Bearer k application/json i {"table_id":"t","records":[{"a":1}]}`: func() error {
			_, err := c.Import(ctx, "t", []client.Row{{"a": 1}}, client.IdempotencyKey("i"))
			return err
		},
		`POST /gptbots/v1/database/records/page Bearer k application/json  {"table_id":"t","page":2,"page_size":3}`: func() error {
			_, err := c.RecordsPage(ctx, "t", client.RecordQuery{Page: 2, Size: 3})
			return err
		},
		`POST /gptbots/v1/database/records/page Bearer k application/json  {"table_id":"t","page_size":3,"where":{"or":[{"field":"a","op":"eq","value":false},{"not":{"field":"b","op":"is_null"}}]},"sort":[{"field":"a","order":"desc"},{"field":"$id"}],"fields":["a"],"cursor":"","count":false}`: func() error {
			begin, count := "", false
			_, err := c.RecordsPage(ctx, "t", client.RecordQuery{
				Size: 3, Fields: []string{"a"}, Cursor: &begin, Count: &count, Sort: []client.Sort{{Field: "a", Order: "desc"}, {Field: "$id"}},
				Where: &client.Where{Or: []client.Where{{Field: "a", Op: "eq", Value: false}, {Not: &client.Where{Field: "b", Op: "is_null"}}}},
			})
			return err
		},
		`POST /gptbots/v2/database/update/record Bearer k application/json i {"table_id":"t","is_create":true,"update_data":[{"record_id":"1","updated_fields":{"a":null}},{"filter":{"a":2},"updated_fields":{}}]}`: func() error {
			_, err := c.Update(ctx, "t", []client.Change{
				{Selector: client.Selector{ID: "1"}, Set: client.Row{"a": nil}}, {Selector: client.Selector{Filter: client.Row{"a": 2}}, Set: client.Row{}},
			}, true, client.IdempotencyKey("i"))
			return err
		},
		`POST /gptbots/v2/database/delete/record Bearer k application/json i {"table_id":"t","delete_data":[{"record_id":"1"}]}`: func() error {
			_, err := c.Delete(ctx, "t", []client.Selector{{ID: "1"}}, client.IdempotencyKey("i"))
			return err
		},
		`POST /admin/v1/agents/a%20b/keys Bearer k application/json  {"scopes":["read"],"expires_in":90,"rpm":5}`: func() error {
			_, err := c.CreateKey(ctx, "a b", client.KeySpec{Scopes: []string{"read"}, Expires: 90 * time.Second, RPM: 5})
			return err
		},
		`DELETE /admin/v1/keys/key_1 Bearer k   `: func() error { return c.RevokeKey(ctx, "key_1") },
		`DELETE /admin/v1/agents/a Bearer k   `:   func() error { return c.DeleteAgent(ctx, "a") },
	} {
		if err := call(); err != nil {
			t.Errorf("%s: %v", want, err)
		}
		if got := <-received; got != want {
			t.Errorf("sent\n%s, want\n%s", got, want)
		}
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c := client.Client{URL: "http://" + l.Addr().String(), Retry: client.RetryPolicy{Attempts: 1}}
	var u *client.UnreachableError
	if _, err = c.Verify(context.Background()); !errors.As(err, &u) || !errors.Is(err, syscall.ECONNREFUSED) || err.Error() != "no answer from "+c.URL+": connection refused" {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err = c.Verify(ctx); !errors.As(err, &u) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
