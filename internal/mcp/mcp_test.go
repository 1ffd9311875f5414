package mcp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"

	"stele/client"
	"stele/internal/pgtest"
	"stele/internal/server"
	"stele/internal/sqlite"
)

// TestMain fails when a request has left a goroutine behind.
func TestMain(m *testing.M) {
	sqlite.ServeIfWorker() // questions are answered by processes of their own, which this program is too
	goleak.VerifyTestMain(m)
}

// installation is a running server.
type installation struct {
	api, admin client.Client
	transport  *http.Transport
}

// A store says where a server keeps its data.
type store func(testing.TB, *server.Config)

func inDirectory(t testing.TB, c *server.Config) { c.Data = filepath.Join(t.TempDir(), "data") }
func inDatabase(t testing.TB, c *server.Config)  { c.Database, c.Pool = pgtest.Database(t), 4 }

// eachStore runs a test on each store: a model notices no difference but in SQL. Under -short it is the one that needs no server.
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

// start runs a real server, whose first key has all scopes.
func start(t testing.TB, s store) *installation {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cfg := server.Config{
		Listen: "127.0.0.1:0", MetricsListen: server.Off, Dialect: "hybrid", AdminKey: "adm-0123456789abcdef",
		Timeout: 5 * time.Minute, Drain: time.Minute, BodyMemory: 256 << 20, MaxOpenAgents: 256,
	}
	s(t, &cfg)
	var stdout strings.Builder
	listening, done := make(chan server.Addresses, 1), make(chan error, 1)
	go func() {
		done <- server.Run(ctx, cfg, server.Process{Stdout: &stdout, Stderr: io.Discard, Listening: func(a server.Addresses) { listening <- a }})
	}()
	i := &installation{transport: &http.Transport{}}
	select {
	case a := <-listening:
		i.api.URL = "http://" + a.API.String()
	case err := <-done:
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		i.transport.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	i.api.HTTP, i.admin.HTTP = &http.Client{Transport: i.transport}, &http.Client{Transport: i.transport}
	i.admin.URL, i.admin.Key = i.api.URL, cfg.AdminKey
	i.api.Key = regexp.MustCompile(`app-\w+`).FindString(stdout.String())
	return i
}

// key makes an agent if there is none of that name, and a key for it.
func (i *installation) key(t *testing.T, agent string, spec client.KeySpec) string {
	t.Helper()
	_, _ = i.admin.CreateAgent(t.Context(), agent)
	k, err := i.admin.CreateKey(t.Context(), agent, spec)
	if err != nil {
		t.Fatal(err)
	}
	return k.Secret
}

// parcels makes a table of two records, and returns its id.
func (i *installation) parcels(t testing.TB, key string) string {
	t.Helper()
	c := i.api
	c.Key = key
	id, err := c.CreateTable(t.Context(), client.NewTable{Name: "parcels", Description: "parcels on their way", Fields: []client.Field{
		{Name: "code", Type: "TEXT", Description: "tracking code", Required: true, Unique: true}, {Name: "weight_g", Type: "INT"}, {Name: "note", Type: "TEXT"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Import(t.Context(), id, []client.Row{{"code": "PX-1", "weight_g": 1200, "note": "a\tb\nc"}, {"code": "PX-2", "weight_g": int64(9007199254740993)}})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// bearer sends a key with each request.
type bearer struct {
	key  string
	next http.RoundTripper
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.key)
	return b.next.RoundTrip(r)
}

// dial connects the SDK's own client.
func (i *installation) dial(key string) (*sdk.ClientSession, error) {
	return sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).Connect(context.Background(), &sdk.StreamableClientTransport{
		Endpoint: i.api.URL + "/mcp", HTTPClient: &http.Client{Transport: bearer{key, i.transport}},
		DisableStandaloneSSE: true, MaxRetries: -1,
	}, nil)
}

func (i *installation) connect(t *testing.T, key string) *sdk.ClientSession {
	t.Helper()
	s, err := i.dial(key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

type object = map[string]any

// call calls a tool, and returns its text and its structure. A tool error is an error.
func call(ctx context.Context, s *sdk.ClientSession, tool string, args object) (string, object, error) {
	res, err := s.CallTool(ctx, &sdk.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		return "", nil, err
	}
	text := res.Content[0].(*sdk.TextContent).Text
	if res.IsError {
		return text, nil, fmt.Errorf("tool error: %s", text)
	}
	return text, res.StructuredContent.(object), nil
}

// must calls a tool that has to answer.
func must(t *testing.T, s *sdk.ClientSession, tool string, args object) (string, object) {
	t.Helper()
	text, structured, err := call(t.Context(), s, tool, args)
	if err != nil {
		t.Fatal(err)
	}
	return text, structured
}

func TestTools(t *testing.T) { eachStore(t, testTools) }

func testTools(t *testing.T, place store) {
	i := start(t, place)
	id := i.parcels(t, i.api.Key)
	s := i.connect(t, i.api.Key)
	text, structured := must(t, s, "list_tables", nil)
	if want := "name\trecords\tid\tdescription\nparcels\t2\t" + id + "\tparcels on their way\n"; text != want || len(structured["tables"].([]any)) != 1 {
		t.Errorf("%q, %v", text, structured)
	}
	text, structured = must(t, s, "describe_table", object{"table": "parcels"})
	for _, want := range []string{"parcels", "2 records", "tracking code", "PX-1", "PX-2", "9007199254740993", "_created_at"} {
		if !strings.Contains(text, want) {
			t.Errorf("the card does not tell of %s: %s", want, text)
		}
	}
	if structured["card"] != text || structured["id"] != id || structured["name"] != "parcels" || structured["records"] != 2.0 {
		t.Errorf("%v", structured)
	}
	text, structured = must(t, s, "search_records", object{"table": "parcels", "keyword": "px"})
	if want := `^_id\tcode\tweight_g\tnote\n\d+\tPX-1\t1200\ta\\tb\\nc\n\d+\tPX-2\t9007199254740993\t\\N\n$`; !regexp.MustCompile(want).MatchString(text) || structured["tsv"] != text {
		t.Errorf("%q, %v", text, structured)
	}
	text, structured = must(t, s, "search_records", object{"table": id, "filter": object{"note": nil}, "format": "arrays"})
	rows := structured["rows"].([]any)
	if len(rows) != 1 || rows[0].([]any)[2] != "9007199254740993" || rows[0].([]any)[3] != nil || !json.Valid([]byte(text)) {
		t.Errorf("%q, %v", text, structured)
	}
	text, structured = must(t, s, "search_records", object{"table": id, "page_size": 1})
	if structured["truncated"] != true || !strings.HasSuffix(text, "(2 records in all: ask for page 2)\n") {
		t.Errorf("%q, %v", text, structured)
	}
	text, structured = must(t, s, "upsert_records", object{"table": "parcels", "key": "code", "rows": []object{
		{"code": "PX-1", "weight_g": 7}, {"code": "PX-3", "note": "new"}, {"weight_g": 1}, {"code": "PX-4", "weight_g": "heavy"}}})
	if structured["applied"] != 2.0 || structured["failed"] != 2.0 || !strings.Contains(text, "row 3 failed: the row has no value of `code`, the key") || !strings.Contains(text, "row 4 failed: `weight_g` has an invalid value") {
		t.Errorf("%q, %v", text, structured)
	}
	text, _ = must(t, s, "search_records", object{"table": "parcels", "filter": object{"code": "PX-1"}})
	if !strings.Contains(text, "PX-1\t7\ta\\tb\\nc\n") {
		t.Errorf("a row that leaves a field out has not kept it: %q", text)
	}
	_, structured = must(t, s, "delete_records", object{"table": "parcels", "key": "code", "values": []string{"PX-3", "PX-9"}})
	if structured["deleted"] != 1.0 || structured["not_found"] != 1.0 {
		t.Error(structured)
	}
	record := strings.Fields(text)[4]
	if _, structured = must(t, s, "delete_records", object{"table": "parcels", "record_ids": []string{record}}); structured["deleted"] != 1.0 {
		t.Errorf("%s: %v", record, structured)
	}
}

// TestQueriesSayWhoAsked: the log of questions has the client's name.
func TestQueriesSayWhoAsked(t *testing.T) {
	t.Parallel()
	i := start(t, inDirectory)
	key := i.key(t, "who", client.KeySpec{})
	s := i.connect(t, key)
	must(t, s, "query", object{"sql": "SELECT 1 AS one"})
	post := func(body string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, i.api.URL+"/mcp", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "User-Agent": "curl/8"} {
			req.Header.Set(name, v)
		}
		resp, err := (&http.Client{Transport: bearer{key, i.transport}}).Do(req)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatal(resp, err)
		}
		_ = resp.Body.Close()
	}
	post(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"query","arguments":{"sql":"SELECT 2 AS two"}}}`)
	entries, err := i.admin.Queries(t.Context(), "who", 10)
	if err != nil || len(entries) != 2 {
		t.Fatal(entries, err)
	}
	if entries[0].Client != "curl/8" || entries[1].Client == "" {
		t.Errorf("the questions were asked by %q and %q", entries[0].Client, entries[1].Client)
	}
}

// TestToolErrors: what is wrong with a call is told as the tool's answer, and how to mend it.
func TestToolErrors(t *testing.T) { eachStore(t, testToolErrors) }

func testToolErrors(t *testing.T, place store) {
	i := start(t, place)
	i.parcels(t, i.api.Key)
	s := i.connect(t, i.api.Key)
	for _, c := range []struct {
		tool string
		args object
		want string
	}{
		{"search_records", object{"table": "parcel"}, "there is no table 'parcel'; did you mean parcels?"},
		{"describe_table", object{"table": "Parcels"}, "did you mean parcels?"},
		{"describe_table", object{}, "table is required"},
		{"search_records", object{"table": "parcels", "filter": object{"cod": 1}}, "`filter`: "},
		{"search_records", object{"table": "parcels", "filter": []int{1}}, "filter must be an object of fields and values"},
		{"search_records", object{"table": "parcels", "format": "csv"}, "format must be tsv or arrays"},
		{"search_records", object{"table": "parcels", "page_size": 1000}, "page_size must be between 1 and 100"},
		{"search_records", object{"table": "parcels", "where": "x"}, `search_records has no argument "where"; it takes filter, format, keyword, page, page_size, table`},
		{"query", object{"sql": ""}, "sql is required"},
		{"query", object{"sql": "SELECT 1", "max_rows": 0}, "max_rows must be 1 to 10000"},
		{"upsert_records", object{"table": "parcels", "key": "note", "rows": []object{{}}}, `key must be a unique field of the table: code; got "note"`},
		{"upsert_records", object{"table": "parcels", "key": "code", "rows": []int{1}}, "rows[0] must be an object"},
		{"upsert_records", object{"table": "parcels", "key": "code", "rows": make([]object, 101)}, "at most 100"},
		{"upsert_records", object{"table": "parcels", "key": "code", "rows": []object{{"note": "x"}}}, "0 applied, 1 failed"},
		{"delete_records", object{"table": "parcels"}, "give either record_ids, or key and values"},
		{"delete_records", object{"table": "parcels", "record_ids": []string{"x"}}, "Nothing was deleted"},
	} {
		if _, _, err := call(t.Context(), s, c.tool, c.args); err == nil || !strings.HasPrefix(err.Error(), "tool error: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %v: %v; want %q", c.tool, c.args, err, c.want)
		}
	}
	if _, _, err := call(t.Context(), s, "drop_table", nil); err == nil || strings.HasPrefix(err.Error(), "tool error") {
		t.Errorf("a tool that is none: %v", err)
	}
}

// TestQuery: answers in both formats, bounded, and faults in words that mend the question.
func TestQuery(t *testing.T) { eachStore(t, testQuery) }

func testQuery(t *testing.T, place store) {
	i := start(t, place)
	i.parcels(t, i.api.Key)
	s := i.connect(t, i.api.Key)
	const sql = "SELECT code, weight_g, note FROM parcels WHERE code >= $1 ORDER BY code"
	text, structured := must(t, s, "query", object{"sql": sql, "params": []any{"PX"}})
	if want := "code\tweight_g\tnote\nPX-1\t1200\ta\\tb\\nc\nPX-2\t9007199254740993\t\\N\n"; text != want || structured["tsv"] != want || structured["truncated"] != false {
		t.Errorf("%q, %v", text, structured)
	}
	text, structured = must(t, s, "query", object{"sql": sql, "params": []any{"PX"}, "format": "arrays"})
	want := `{"columns":["code","weight_g","note"],"rows":[["PX-1",1200,"a\tb\nc"],["PX-2","9007199254740993",null]],"row_count":2,"truncated":false}`
	if text != want || structured["row_count"] != 2.0 {
		t.Errorf("%s, %v", text, structured)
	}
	text, structured = must(t, s, "query", object{"sql": "SELECT code FROM parcels ORDER BY code", "max_rows": 1})
	if structured["truncated"] != true || !strings.HasPrefix(text, "code\nPX-1\n(only the first 1 rows are here, because max_rows is 1: ") {
		t.Errorf("%q, %v", text, structured)
	}
	const heavy = "weight_g is INT, like 1200" // where the engine refuses the comparison, and where it does not
	text, structured, err := call(t.Context(), s, "query", object{"sql": "SELECT code FROM parcels WHERE weight_g = 'heavy'"})
	if err != nil {
		text = err.Error()
	} else if notes, _ := structured["notes"].([]any); len(notes) != 1 || text != fmt.Sprintf("code\n(no rows)\n(%s)\n", notes[0]) {
		t.Errorf("%q, %v", text, structured)
	}
	if !strings.Contains(text, heavy) {
		t.Errorf("%q; want %q", text, heavy)
	}
	for sql, want := range map[string]string{
		"SELECT * FROM parcel":         "did you mean parcels?",
		"SELECT weight FROM parcels":   "did you mean weight_g?",
		"DELETE FROM parcels":          "",
		"SELECT code FROM parcels x y": "syntax error",
	} {
		if _, _, err := call(t.Context(), s, "query", object{"sql": sql}); err == nil || !strings.HasPrefix(err.Error(), "tool error: Parameter error: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", sql, err, want)
		}
	}
}

// TestNamesInSQL: a table whose name an engine keeps to itself is asked by another one, which card and fault tell.
func TestNamesInSQL(t *testing.T) { eachStore(t, testNamesInSQL) }

func testNamesInSQL(t *testing.T, place store) {
	i := start(t, place)
	if _, err := i.api.CreateTable(t.Context(), client.NewTable{Name: "pg_class", Description: "d", Fields: []client.Field{{Name: "pg_rating", Type: "TEXT"}}}); err != nil {
		t.Fatal(err)
	}
	s := i.connect(t, i.api.Key)
	const name = `"x$pg_class"`
	if text, _ := must(t, s, "describe_table", object{"table": "pg_class"}); !strings.Contains(text, "# "+name+" (table pg_class)\n") || !strings.Contains(text, "- pg_rating TEXT\n") {
		t.Error(text)
	}
	_, _, err := call(t.Context(), s, "query", object{"sql": "SELECT pg_rating FROM pg_class"})
	if err == nil || !strings.Contains(err.Error(), "there is no table 'pg_class'; did you mean "+name+"? The columns of "+name+" are pg_rating TEXT") {
		t.Error(err)
	}
	if text, _ := must(t, s, "query", object{"sql": "SELECT c.pg_rating FROM " + name + " c"}); text != "pg_rating\n(no rows)\n" {
		t.Errorf("%q", text)
	}
}

func names(t *testing.T, s *sdk.ClientSession) []string {
	t.Helper()
	res, err := s.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range res.Tools {
		names = append(names, tool.Name)
	}
	return names
}

// TestScopes: a key sees the tools that it may call, and can call no others.
func TestScopes(t *testing.T) {
	t.Parallel()
	i := start(t, inDirectory)
	for scope, want := range map[string][]string{
		"read":   {"list_tables", "describe_table", "query", "search_records"},
		"write":  {"upsert_records", "delete_records"},
		"schema": nil,
	} {
		s := i.connect(t, i.key(t, "a", client.KeySpec{Scopes: []string{scope}}))
		if got := names(t, s); !slices.Equal(got, want) {
			t.Errorf("scope %s: %v", scope, got)
		}
		for _, tool := range []string{"list_tables", "upsert_records"} {
			if _, _, err := call(t.Context(), s, tool, object{"table": "t"}); !slices.Contains(want, tool) && (err == nil || !strings.Contains(err.Error(), "unknown tool")) {
				t.Errorf("scope %s, %s: %v", scope, tool, err)
			}
		}
	}
}

// TestKeys: nothing is answered without a key that is good.
func TestKeys(t *testing.T) {
	t.Parallel()
	i := start(t, inDirectory)
	short := i.key(t, "a", client.KeySpec{Expires: time.Second})
	post := func(key string) (int, http.Header, string) {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, i.api.URL+"/mcp", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"ping"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		if key != "" {
			r.Header.Set("Authorization", "Bearer "+key)
		}
		resp, err := i.api.HTTP.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		b, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, resp.Header, string(b)
	}
	for _, key := range []string{"", "app-unknown", i.admin.Key} {
		if status, h, body := post(key); status != http.StatusUnauthorized || h.Get("WWW-Authenticate") != "Bearer" || !strings.HasPrefix(body, `{"code":40127,`) {
			t.Errorf("key %q: %d %s", key, status, body)
		}
	}
	for { // until it has expired
		status, h, body := post(short)
		if status == http.StatusOK {
			continue
		}
		if status != http.StatusUnauthorized || h.Get("WWW-Authenticate") != "Bearer" || !strings.Contains(body, "expired") {
			t.Errorf("an expired key: %d %s", status, body)
		}
		break
	}
	slow := i.key(t, "a", client.KeySpec{RPM: 1})
	for {
		if status, h, _ := post(slow); status == http.StatusTooManyRequests {
			if h.Get("Retry-After") == "" || h.Get("X-RateLimit-Limit") != "1" {
				t.Errorf("%v", h)
			}
			break
		}
	}
	if _, err := i.dial("app-unknown"); err == nil {
		t.Error("a client connects with a wrong key")
	}
}

// TestAgentsApart: the same names, other records.
func TestAgentsApart(t *testing.T) {
	t.Parallel()
	i := start(t, inDirectory)
	one, two := i.key(t, "one", client.KeySpec{}), i.key(t, "two", client.KeySpec{})
	id := i.parcels(t, one)
	s := i.connect(t, two)
	if text, _ := must(t, s, "list_tables", nil); strings.Contains(text, "parcels") {
		t.Error(text)
	}
	for _, table := range []string{id, "parcels"} {
		for _, tool := range []string{"search_records", "describe_table"} {
			if _, _, err := call(t.Context(), s, tool, object{"table": table}); err == nil || strings.Contains(err.Error(), "PX") {
				t.Errorf("%s: %v", table, err)
			}
		}
	}
	if _, err := s.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "stele://tables/parcels"}); err == nil {
		t.Error("another agent's resource")
	}
}

// TestConcurrentCalls: calls of two agents at once, on one connection each.
func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	i := start(t, inDirectory)
	var all sync.WaitGroup
	for _, agent := range []string{"one", "two"} {
		key := i.key(t, agent, client.KeySpec{})
		i.parcels(t, key)
		s := i.connect(t, key)
		for n := range 8 {
			all.Go(func() {
				code := fmt.Sprint(agent, n)
				if _, _, err := call(t.Context(), s, "upsert_records", object{"table": "parcels", "key": "code", "rows": []object{{"code": code}}}); err != nil {
					t.Error(err)
				}
				text, _, err := call(t.Context(), s, "search_records", object{"table": "parcels", "keyword": code})
				if err != nil || strings.Count(text, "\n") != 2 || !strings.Contains(text, code) {
					t.Errorf("%s: %q, %v", code, text, err)
				}
			})
		}
	}
	all.Wait()
}

// TestCancelled: a caller that leaves is not waited for, and the next one is answered.
func TestCancelled(t *testing.T) {
	t.Parallel()
	i := start(t, inDirectory)
	s := i.connect(t, i.api.Key)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := call(ctx, s, "list_tables", nil); err == nil {
		t.Error("a call that was given up has an answer")
	}
	must(t, i.connect(t, i.api.Key), "list_tables", nil)
}

func TestResources(t *testing.T) {
	t.Parallel()
	i := start(t, inDirectory)
	i.parcels(t, i.api.Key)
	s := i.connect(t, i.api.Key)
	list, err := s.ListResources(t.Context(), nil)
	if err != nil || len(list.Resources) != 1 || list.Resources[0].URI != "stele://tables/parcels" || list.Resources[0].MIMEType != "text/markdown" {
		t.Errorf("%+v, %v", list, err)
	}
	templates, err := s.ListResourceTemplates(t.Context(), nil)
	if err != nil || len(templates.ResourceTemplates) != 1 {
		t.Errorf("%+v, %v", templates, err)
	}
	for _, uri := range []string{"stele://tables/parcel", "stele://tables/", "file:///etc/passwd"} {
		if _, err := s.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: uri}); err == nil {
			t.Errorf("%s is there", uri)
		}
	}
}

// TestDefinitionsAreShort: what every conversation pays for. A token of JSON has about four bytes; three and a half are the
// pessimist's guess.
func TestDefinitionsAreShort(t *testing.T) {
	t.Parallel()
	i := start(t, inDirectory)
	res, err := i.connect(t, i.api.Key).ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(res.Tools)
	if err != nil {
		t.Fatal(err)
	}
	if tokens := len(b) * 2 / 7; len(res.Tools) != 6 || tokens >= 2500 {
		t.Errorf("%d tools, %d tokens", len(res.Tools), tokens)
	}
	for _, tool := range res.Tools {
		if a := tool.Annotations; a == nil || a.Title == "" || a.OpenWorldHint == nil || *a.OpenWorldHint || tool.OutputSchema == nil {
			t.Errorf("%s: %+v", tool.Name, a)
		}
	}
}

// TestForeignOrigins: a page of another site cannot make a browser ask, nor can a name that leads to this machine.
func TestForeignOrigins(t *testing.T) {
	t.Parallel()
	i := start(t, inDirectory)
	for _, change := range []func(*http.Request){
		func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") },
		func(r *http.Request) { r.Host = "evil.example" },
		func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
	} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, i.api.URL+"/mcp", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"ping"}`))
		r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Authorization": {"Bearer " + i.api.Key}}
		change(r)
		resp, err := i.api.HTTP.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("%v: %d", r.Header, resp.StatusCode)
		}
	}
}

// BenchmarkPing takes the time of a request that does nothing: the server that is made for it, and the tools.
func BenchmarkPing(b *testing.B) {
	i := start(b, inDirectory)
	for b.Loop() {
		r, _ := http.NewRequestWithContext(b.Context(), http.MethodPost, i.api.URL+"/mcp", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"ping"}`))
		r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Authorization": {"Bearer " + i.api.Key}}
		resp, err := i.api.HTTP.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
}
