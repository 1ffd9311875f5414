package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"stele"
	"stele/client"
)

// TestMetrics drives every verb once and reads what was counted.
func TestMetrics(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	r := runAs(t, cfg, Process{KeyUses: time.Millisecond})
	ctx := context.Background()
	c := client.Client{URL: r.url(), Key: r.key(t), Retry: client.RetryPolicy{Attempts: 1}}
	table := newTable(t, r)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	task, err := c.Import(ctx, table, []client.Row{{"a": "x"}, {"a": "y"}, {"a": "x"}}, client.IdempotencyKey("k"))
	must(err)
	_, err = c.Import(ctx, table, []client.Row{{"a": "x"}, {"a": "y"}, {"a": "x"}}, client.IdempotencyKey("k"))
	must(err)
	_, err = c.Tasks(ctx, task)
	must(err)
	saved, err := c.SaveQuery(ctx, "", "one", "SELECT 1")
	must(err)
	_, err = c.SavedQueries(ctx)
	must(err)
	_, err = c.DeleteSavedQuery(ctx, saved.ID)
	must(err)
	_, _, err = c.ImportTasks(ctx, client.ImportTaskQuery{})
	must(err)
	_, err = client.Collect(c.Tables(ctx))
	must(err)
	_, err = c.RecordsPage(ctx, table, client.RecordQuery{Page: 1, Size: 10})
	must(err)
	_, err = c.Update(ctx, table, []client.Change{{Selector: client.Selector{Filter: client.Row{"a": "x"}}, Set: client.Row{"a": "z"}}}, false)
	must(err)
	_, err = c.Delete(ctx, table, []client.Selector{{Filter: client.Row{"a": "z"}}})
	must(err)
	_, err = c.RecordsPage(ctx, strings.Repeat("0", 24), client.RecordQuery{Page: 1, Size: 10})
	if err == nil {
		t.Error("a table that is not there was read")
	}
	_, err = c.Ask(ctx, client.Question{SQL: "SELECT count(*) FROM t"})
	must(err)
	_, err = c.Schema(ctx)
	must(err)
	_, err = c.AlterTable(ctx, table, []client.TableChange{{"op": "rename_table", "to": "t2"}}, false)
	must(err)
	_, err = c.DropTable(ctx, table, "t2", false)
	must(err)
	manage(t, r, cfg)

	status, text := get(t, baseURL(r.Metrics)+"/metrics")
	for status == http.StatusOK && !strings.Contains(text, `{call="use_keys",`) { // it is called behind the requests
		status, text = get(t, baseURL(r.Metrics)+"/metrics")
	}
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	for _, line := range []string{
		`stele_requests_total{code="0",route="/v1/database/import/records",status="200"} 2`,
		`stele_requests_total{code="403106",route="/v1/database/records/page",status="404"} 1`,
		`stele_request_duration_seconds_count{route="/v1/database/import/records"} 2`,
		`stele_rows_rejected_total 1`,
		`stele_rows_accepted_total 4`, // two imported, one changed, one deleted; a replay counts nothing
		`stele_store_call_duration_seconds_count{call="owner",result="refused"} 1`,
		`stele_open_agents 1`,
		`stele_build_info{go="`, `go_goroutines `, `process_open_fds `,
	} {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("no line begins with %s", line)
		}
	}
	for _, call := range storeCalls() {
		if !strings.Contains(text, `stele_store_call_duration_seconds_count{call="`+call+`",`) {
			t.Errorf("calls of %s are not timed", call)
		}
	}
	if strings.Contains(text, task) || strings.Contains(text, table) {
		t.Error("an id became a label")
	}
	if status, text := get(t, baseURL(r.Metrics)+"/debug/pprof/goroutine?debug=1"); status != http.StatusOK || !strings.Contains(text, "goroutine profile:") {
		t.Errorf("pprof: %d %.80s", status, text)
	}
	if status, _ := get(t, r.url()+"/metrics"); status != http.StatusNotFound {
		t.Errorf("the public listener answers /metrics with %d", status)
	}
	r.stop(t)
}

// manage uses every verb on agents and keys.
func manage(t *testing.T, r *running, cfg Config) {
	t.Helper()
	ctx := context.Background()
	key, err := os.ReadFile(filepath.Join(cfg.Data, "admin.key"))
	if err != nil {
		t.Fatal(err)
	}
	c := client.Client{URL: r.url(), Key: strings.TrimSpace(string(key)), Retry: client.RetryPolicy{Attempts: 1}}
	a, err := c.CreateAgent(ctx, "other")
	if err != nil {
		t.Fatal(err)
	}
	k, err := c.CreateKey(ctx, "other", client.KeySpec{Scopes: []string{"read"}})
	if err != nil {
		t.Fatal(err)
	}
	_, err1 := client.Collect(c.Agents(ctx))
	_, err2 := c.Keys(ctx, a.ID)
	_, err5 := c.Queries(ctx, "default", 10)
	_, err6 := c.Status(ctx)
	_, err7 := c.AgentSize(ctx, "default")
	err3 := c.RevokeKey(ctx, k.ID)
	err4 := c.DeleteAgent(ctx, "other")
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7); err != nil {
		t.Fatal(err)
	}
	get(t, r.url()+"/readyz")
}

// storeCalls names every method of Store and Database that may fail, as metrics do.
func storeCalls() []string {
	var names []string
	for _, typ := range []reflect.Type{reflect.TypeFor[stele.Store](), reflect.TypeFor[stele.Database]()} {
		for m := range typ.Methods() {
			if !slices.Contains([]string{"Database", "With", "Close", "Engine"}, m.Name) { // what costs nothing
				names = append(names, strings.ToLower(regexp.MustCompile(`([a-z])([A-Z])`).ReplaceAllString(m.Name, "${1}_${2}")))
			}
		}
	}
	return names
}

func TestCallResult(t *testing.T) {
	t.Parallel()
	for want, errs := range map[string][]error{
		"ok":          {nil},
		"broken":      {errors.New("disk"), &stele.Error{}},
		"cancelled":   {fmt.Errorf("waiting: %w", context.Canceled), context.DeadlineExceeded},
		"refused":     {fmt.Errorf("x: %w", stele.Errorf(stele.CodeExists, "x")), &stele.Replay{}, stele.ErrTableChanged},
		"unavailable": {stele.Errorf(stele.CodeUnavailable, "x"), fmt.Errorf("x: %w", stele.Errorf(stele.CodeOverloaded, "x"))},
	} {
		for _, err := range errs {
			if got := callResult(err); got != want {
				t.Errorf("%v: %s, want %s", err, got, want)
			}
		}
	}
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"127.0.0.1:80": "http://127.0.0.1:80", "0.0.0.0:8080": "http://127.0.0.1:8080", "[::]:8080": "http://127.0.0.1:8080",
		"[::1]:8080": "http://[::1]:8080", "192.0.2.1:1": "http://192.0.2.1:1",
	} {
		a, err := net.ResolveTCPAddr("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if got := baseURL(a); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
