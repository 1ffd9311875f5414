package client_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"stele/client"
)

// notes remembers which requests went through.
type notes struct {
	http.RoundTripper
	mu   sync.Mutex
	seen map[string]bool
}

func (n *notes) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/gptbots")
	path = regexp.MustCompile(`^/admin/v1/agents/[^/]+`).ReplaceAllString(path, "/admin/v1/agents/{agent}")
	path = regexp.MustCompile(`^/admin/v1/keys/[^/]+`).ReplaceAllString(path, "/admin/v1/keys/{key}")
	n.seen[path] = true
	return n.RoundTripper.RoundTrip(r)
}

// TestEveryEndpoint: each path of the API's own document is one that the client can ask.
func TestEveryEndpoint(t *testing.T) { eachStore(t, testEveryEndpoint) }

func testEveryEndpoint(t *testing.T, s store) {
	c, a := start(t, s)
	n := &notes{RoundTripper: c.HTTP.Transport, seen: map[string]bool{}}
	c.HTTP, a.HTTP = &http.Client{Transport: n}, &http.Client{Transport: n}
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	check(c.Healthy(ctx))
	check(c.Ready(ctx))
	document, err := c.OpenAPI(ctx)
	check(err)
	agent, err := c.Verify(ctx)
	check(err)
	about, err := c.About(ctx)
	if err != nil || about.Agent.ID != agent || about.Agent.Name == "" || len(about.Key.Scopes) != 3 || about.Key.ExpiresAt != nil || about.Engine == "" {
		t.Errorf("%+v, %v", about, err)
	}
	table := newTable(t, &c)
	task, err := c.ImportAs(ctx, table, []client.Row{{"a": "x", "n": 1}, {"a": "y", "n": "odd"}, {"a": "z", "n": 1}}, client.How{Mode: client.Partial})
	check(err)
	listed, more, err := c.ImportTasks(ctx, client.ImportTaskQuery{Table: table, Limit: 1})
	if err != nil || more || len(listed) != 1 || listed[0].ID != task.ID || *listed[0].TableName != "t" || listed[0].Success != 2 || listed[0].Failed != 1 {
		t.Errorf("%+v, %v, %v", listed, more, err)
	}
	listed, _, err = a.AgentImportTasks(ctx, agent, client.ImportTaskQuery{Limit: 1, Before: task.ID})
	if err != nil || len(listed) != 0 {
		t.Errorf("%+v, %v", listed, err)
	}
	told, err := c.Receipts(ctx, task.ID)
	if err != nil || len(told) != 1 || len(told[0].Rows) != 3 || told[0].Rows[1].Status != client.Failed || told[0].Created != 2 {
		t.Errorf("%+v, %v", told, err)
	}
	file, err := c.RepairFile(ctx, task.ID, client.CSV)
	check(err)
	text, err := io.ReadAll(file)
	check(err)
	check(file.Close())
	if !strings.HasPrefix(string(text), "a,n,values,_reason\ny,odd,,") {
		t.Errorf("%q", text)
	}
	var refused *client.Error
	if _, err := c.RepairFile(ctx, strings.Repeat("0", 24), client.CSV); !errors.As(err, &refused) || refused.Code != client.CodeNotFound {
		t.Errorf("%v", err)
	}
	out, err := c.UpdateAs(ctx, table, []client.Change{{Selector: client.Selector{Filter: client.Row{"a": "new"}}, Set: client.Row{"n": 3}}}, client.How{Create: true, Mode: client.Atomic})
	if err != nil || out.Success != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	schema, err := c.Schema(ctx)
	if err != nil || schema.Count != 1 || schema.Engine == "" || len(schema.Notes) == 0 || schema.Truncated || len(schema.Tables) != 1 {
		t.Fatalf("%+v, %v", schema, err)
	}
	schema, err = c.SchemaOf(ctx, "t")
	if err != nil || len(schema.Tables) != 1 {
		t.Fatalf("%+v, %v", schema, err)
	}
	if card := schema.Tables[0]; card.ID != table || card.SQLName != "t" || card.Records != 3 || card.Seen != 3 || len(card.Fields) != 3 {
		t.Errorf("%+v", card)
	} else if f := card.Fields[1]; f.Name != "n" || f.Type != client.Int || f.Distinct != 2 || f.Greatest != json.Number("3") || len(f.Frequent) != 1 || f.Frequent[0].Count != 2 {
		t.Errorf("%+v", f)
	}
	tsv, err := c.AskTSV(ctx, client.Question{SQL: "SELECT a, n FROM t WHERE n = $1 ORDER BY a", Params: []any{1}})
	if err != nil || tsv.TSV != "a\tn\nx\t1\nz\t1\n" || tsv.Count != 2 {
		t.Errorf("%+v, %v", tsv, err)
	}
	_, err = client.Collect(c.Tables(ctx))
	check(err)
	_, err = client.Collect(c.Records(ctx, table, client.RecordQuery{}))
	check(err)
	_, err = c.Delete(ctx, table, []client.Selector{{Filter: client.Row{"a": "x"}}})
	check(err)
	_, err = c.AlterTable(ctx, table, []client.TableChange{{"op": "rename_table", "to": "t2"}}, false)
	check(err)
	_, err = c.DropTable(ctx, table, "t2", false)
	check(err)
	asked, err := a.Queries(ctx, agent, 10)
	if err != nil || len(asked) != 1 || asked[0].Rows != 2 || asked[0].Refused != nil {
		t.Errorf("%+v, %v", asked, err)
	}
	own, err := c.OwnQueries(ctx, 10)
	if err != nil || len(own) != 1 || own[0] != asked[0] {
		t.Errorf("%+v, %v; want %+v", own, err, asked)
	}
	state, err := a.Status(ctx)
	if err != nil || !state.Ready || state.Agents != 1 || state.MemoryBytes == 0 || state.DataBytes == 0 || state.Store != about.Engine || state.Version != about.Version {
		t.Errorf("%+v, %v", state, err)
	}
	size, err := a.AgentSize(ctx, agent)
	if err != nil || size.ID != agent || size.Tables != len(size.ByTable) || *size.Bytes == 0 {
		t.Errorf("%+v, %v", size, err)
	}
	saved, err := c.SaveQuery(ctx, "", "one", "SELECT 1")
	check(err)
	saved, err = c.SaveQuery(ctx, saved.ID, "two", "SELECT 2")
	check(err)
	if all, err := c.SavedQueries(ctx); err != nil || len(all) != 1 || all[0] != saved || saved.Name != "two" || saved.SQL != "SELECT 2" {
		t.Errorf("%+v, %v; want %+v", all, err, saved)
	}
	if there, err := c.DeleteSavedQuery(ctx, saved.ID); err != nil || !there {
		t.Errorf("%v, %v", there, err)
	}
	_, err = a.CreateAgent(ctx, "other")
	check(err)
	k, err := a.CreateKey(ctx, "other", client.KeySpec{})
	check(err)
	check(a.RevokeKey(ctx, k.ID))
	check(a.DeleteAgent(ctx, "other"))

	var api struct{ Paths map[string]any }
	check(json.Unmarshal(document, &api))
	text, err = os.ReadFile("../internal/api/openapi.json")
	if err != nil || string(text) != string(document) {
		t.Errorf("the document is not that of the tree: %v", err)
	}
	if len(api.Paths) < 15 {
		t.Errorf("the document has only %d paths", len(api.Paths))
	}
	for path := range api.Paths {
		switch path {
		case "/v1/database/update/record", "/openapi.yaml": // the first version of the update, and the document in another form
		default:
			if !n.seen[path] {
				t.Errorf("the client has not asked %s", path)
			}
		}
	}
}

// TestIterators: page after page in order, no record twice or missing, ended by the caller or by an error.
func TestIterators(t *testing.T) { eachStore(t, testIterators) }

func testIterators(t *testing.T, s store) {
	c, _ := start(t, s)
	ctx := t.Context()
	table := newTable(t, &c)
	rows := make([]client.Row, 250)
	for n := range rows {
		rows[n] = client.Row{"a": n, "n": n % 10}
	}
	if _, err := c.Import(ctx, table, rows); err != nil {
		t.Fatal(err)
	}
	seen := map[any]bool{}
	last := ""
	q := client.RecordQuery{Size: 7, Where: client.Gt("n", 1), Sort: []client.Sort{{Field: "n", Order: client.Descending}}, Fields: []string{"a", "n"}}
	for r, err := range c.Records(ctx, table, q) {
		if err != nil {
			t.Fatal(err)
		}
		at := string(r.Value["n"].(json.Number))
		if seen[r.Value["a"]] || last != "" && at > last || len(r.Value) != 2 {
			t.Fatalf("%v after %s", r, last)
		}
		seen[r.Value["a"]], last = true, at
	}
	if len(seen) != 200 || last != "2" {
		t.Errorf("%d records, the last with %s", len(seen), last)
	}
	some := 0
	for _, err := range c.Records(ctx, table, client.RecordQuery{}) {
		if some++; err != nil || some == 3 {
			break
		}
	}
	if some != 3 {
		t.Errorf("%d records before the end", some)
	}
	if all, err := client.Collect(c.Records(ctx, table, client.RecordQuery{Page: 3, Keyword: "24"})); err != nil || len(all) != 13 {
		t.Errorf("%d records, %v", len(all), err)
	}
	var refused *client.Error
	if all, err := client.Collect(c.Records(ctx, table, client.RecordQuery{Where: client.Eq("nothing", 1)})); !errors.As(err, &refused) || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
}
