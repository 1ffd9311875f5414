package api

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// operation is one method of one documented path, with a request of it that succeeds.
type operation struct {
	method, pattern string
	path            string // with parameters put in
	key             string // API key, admin key, or ""
	scope           string // what the key needs; "" for none
	body            string
	broken          []string // bodies, or paths with a query, that are answered by 400
	unknown         ask      // names what is not there; no method if nothing can be missing
	taken           bool     // sent twice it is a conflict
	gone            bool     // sent twice it finds nothing
	ours            bool     // of the Database API, with the codes of the admin API for what is missing or taken
	once            bool     // takes an Idempotency-Key
}

func (o operation) ask() ask { return ask{method: o.method, path: o.path, key: o.key, body: o.body} }

// operations lists all of them, for the sweeps below. A new one in the document fails TestSweepIsComplete.
func operations(c *caller, table, doomed, task string) []operation {
	const gone = "66f0a1b2c3d4e5f601234567"
	on := func(rest string) (body, unknown string) {
		return `{"table_id":"` + table + `",` + rest + `}`, `{"table_id":"` + gone + `",` + rest + `}`
	}
	db := func(method, path, scope, body, unknown string, broken ...string) operation {
		o := operation{method: method, pattern: path, path: path, key: c.key, scope: scope, body: body, broken: broken}
		if unknown != "" {
			o.unknown = ask{method: method, path: path, key: c.key, body: unknown}
		}
		o.once = (scope == "write" || scope == "schema") && method == "POST"
		return o
	}
	im, imx := on(`"records":[{"code":"sweep"}]`)
	pg, pgx := on(`"page":1`)
	up, upx := on(`"update_data":[{"filter":{"code":"none"},"updated_fields":{}}]`)
	de, dex := on(`"delete_data":[{"filter":{"code":"none"}}]`)
	lu, lux := on(`"is_add":true,"filter":{"code":"legacy"},"updated_fields":{}`)
	ad := func(method, pattern, path, body, unknown string, broken ...string) operation {
		o := operation{method: method, pattern: "/admin/v1" + pattern, path: "/admin/v1" + path, key: adminSecret, body: body, broken: broken}
		if unknown != "" {
			o.unknown = ask{method: method, path: "/admin/v1" + unknown, key: adminSecret, body: body}
		}
		return o
	}
	victim := c.rig.agent("victim").id
	key := c.newKey(c.id, `{}`).ID
	create := db("POST", pathCreate, "schema", `{"name":"swept","description":"d","fields":[{"name":"n","type":"INT"}]}`, "", "")
	create.taken = true
	al, alx := on(`"changes":[{"op":"describe_table","description":"swept"}]`)
	alNone, _ := on(`"changes":[]`)
	alOdd, _ := on(`"changes":[{"op":"grow"}]`)
	drop := db("POST", pathDrop, "schema", `{"table_id":"`+doomed+`","name":"doomed"}`, `{"table_id":"`+gone+`","name":"doomed"}`, "", "{}", `{"table_id":"`+doomed+`","name":"parcels"}`)
	drop.gone = true
	save := db("POST", pathSave, "write", `{"name":"swept","sql":"SELECT 1"}`, `{"id":"`+gone+`","name":"x","sql":"SELECT 1"}`,
		"", `{"name":"x"}`, `{"sql":"SELECT 1"}`, `{"id":"x","name":"x","sql":"SELECT 1"}`, `{"name":" x","sql":"SELECT 1"}`, `{"name":1,"sql":"SELECT 1"}`)
	save.taken, save.ours = true, true
	agent := ad("POST", "/agents", "/agents", `{"name":"swept"}`, "", `{"nam":"x"}`, `{"name":""}`, "", "[]")
	agent.taken = true
	public := func(path string) operation { return operation{method: "GET", pattern: path, path: path} }
	return []operation{
		create,
		db("POST", pathAlter, "schema", al, alx, "", "{}", alNone, alOdd),
		drop,
		db("POST", pathTables, "read", "{}", "", `{"page":0}`),
		db("GET", pathTables, "read", "", "", "?page_size=101"),
		db("POST", pathImport, "write", im, imx, "", "{}", `{"records":[{}]}`),
		db("GET", pathResults+"?ids="+task, "read", "", "", "?"),
		db("POST", pathTasks, "read", `{"table_id":"`+table+`"}`, "", `{"limit":0}`, `{"limit":101}`, `{"before":"x"}`, `{"table_id":"x"}`),
		db("POST", pathPage, "read", pg, pgx, "", "{}"),
		db("POST", "/v1/database/query", "read", `{"sql":"SELECT code FROM parcels"}`, "", "", "{}", `{"sql":"SELECT nothing FROM parcels"}`, `{"sql":"DELETE FROM parcels"}`),
		db("POST", "/v1/database/saved-queries/page", "", "{}", "", "[]"),
		save,
		db("POST", "/v1/database/saved-queries/delete", "write", `{"id":"`+gone+`"}`, "", "", "{}", `{"id":"x"}`, `{"id":5}`),
		db("POST", "/v1/database/queries", "read", `{"limit":10}`, "", `{"limit":0}`, `{"limit":1001}`, `{"limit":"x"}`),
		db("POST", "/v1/database/schema", "read", `{"table":"parcels"}`, `{"table":"nothing"}`, `{"table":1}`),
		db("POST", pathUpdate, "write", up, upx, "", "{}"),
		db("POST", pathDelete, "write", de, dex, "", "{}"),
		db("POST", pathLegacy, "write", lu, lux, "", "{}"),
		db("GET", pathVerify, "", "", ""),
		db("GET", pathKey, "", "", ""),
		agent,
		ad("GET", "/agents", "/agents", "", "", "?page=0", "?page_size=101", "?page=x", "?page=%zz"),
		ad("GET", "/agents/{agent}", "/agents/"+c.id, "", "/agents/nobody"),
		ad("POST", "/agents/{agent}/keys", "/agents/"+c.id+"/keys", "{}", "/agents/nobody/keys", `{"rpm":-1}`, `{"scopes":["root"]}`, ""),
		ad("GET", "/agents/{agent}/keys", "/agents/"+c.id+"/keys", "", "/agents/nobody/keys"),
		ad("GET", "/agents/{agent}/queries", "/agents/"+c.id+"/queries", "", "/agents/nobody/queries", "?limit=0", "?limit=1001", "?%zz"),
		ad("GET", "/status", "/status", "", ""),
		ad("GET", "/agents/{agent}/size", "/agents/"+c.id+"/size", "", "/agents/nobody/size"),
		ad("GET", "/agents/{agent}/imports", "/agents/"+c.id+"/imports", "", "/agents/nobody/imports", "?limit=0", "?limit=101", "?before=x", "?%zz"),
		ad("DELETE", "/keys/{key}", "/keys/"+key, "", "/keys/key_0000000000000000"),
		ad("DELETE", "/agents/{agent}", "/agents/"+victim, "", "/agents/nobody"),
		public("/healthz"), public("/readyz"), public("/openapi.yaml"), public("/openapi.json"),
	}
}

// sweep makes an installation and its operations.
func sweep(t *testing.T, s *store, change ...func(*Config)) (*rig, *caller, []operation) {
	t.Helper()
	g := s.rig(t, change...)
	c := g.agent("sweeper")
	table := c.table(parcels)
	doomed := c.table(strings.Replace(plain, `"plain"`, `"doomed"`, 1))
	ops := operations(c, table, doomed, c.importAll(table, `[{"code":"first"}]`))
	for i, o := range ops {
		ops[i].pattern, _, _ = strings.Cut(o.pattern, "?")
	}
	return g, c, ops
}

func TestSweepIsComplete(t *testing.T) { eachStore(t, testSweepIsComplete) }

func testSweepIsComplete(t *testing.T, s *store) {
	_, _, ops := sweep(t, s)
	for path, item := range theSpec.doc.Paths.Map() {
		for method := range item.Operations() {
			found := false
			for _, o := range ops {
				found = found || o.method == method && o.pattern == path
			}
			if !found {
				t.Errorf("operations() lacks %s %s", method, path)
			}
		}
	}
}

// What each operation must refuse, one after the other, and that it works when nothing is wrong.
func TestEveryOperation(t *testing.T) { eachStore(t, testEveryOperation) }

func testEveryOperation(t *testing.T, s *store) {
	g, c, ops := sweep(t, s)
	for _, o := range ops {
		if o.key == "" {
			g.want(g.send(o.ask()), 200, 0)
			continue
		}
		a := o.ask()
		a.key = ""
		g.want(g.send(a), 401, 40127)
		if a.key = c.key; o.key == c.key {
			a.key = adminSecret
		}
		g.want(g.send(a), 401, 40127)
		for _, broken := range o.broken {
			a = o.ask()
			if a.method == "GET" {
				a.path, _, _ = strings.Cut(o.path, "?")
				a.path += broken
			} else {
				a.body = broken
			}
			g.want(g.send(a), 400, 40000)
		}
		if o.unknown.method != "" {
			g.want(g.send(o.unknown), 404, map[bool]int{true: 403106, false: 40400}[o.key == c.key && !o.ours])
		}
		if o.scope != "" {
			others := strings.ReplaceAll(`"read","write","schema"`, `"`+o.scope+`"`, `"`+map[bool]string{true: "write", false: "read"}[o.scope == "read"]+`"`)
			if o.pattern == pathResults || o.pattern == pathTasks { // who may import may see the result
				others = `"schema"`
			}
			a = o.ask()
			a.key = c.newKey(c.id, `{"scopes":[`+others+`]}`).Secret
			g.want(g.send(a), 403, 403131)
		}
		g.want(g.send(o.ask()), 200, 0)
		if o.taken {
			g.want(g.send(o.ask()), 409, map[bool]int{true: 403108, false: 40000}[o.key == c.key && !o.ours])
		}
		if o.gone {
			g.want(g.send(o.ask()), 404, 403106)
		}
	}
}

// A write's Idempotency-Key is one key, of visible characters, and stays with its request.
func TestEveryWriteTakesAKey(t *testing.T) { eachStore(t, testEveryWriteTakesAKey) }

func testEveryWriteTakesAKey(t *testing.T, s *store) {
	g, _, ops := sweep(t, s)
	keyed := slices.DeleteFunc(ops, func(o operation) bool { return !o.once })
	if len(keyed) != 9 {
		t.Errorf("%d operations take a key, want 9", len(keyed))
	}
	for i, o := range keyed {
		a := o.ask()
		a.header = []string{"Idempotency-Key: " + o.path}
		first := g.want(g.send(a), 200, 0)
		if first.header.Get("Idempotency-Replayed") != "" {
			t.Errorf("%s: the first answer claims to be a repeat", o.path)
		}
		if again := g.want(g.send(a), 200, 0); again.body != first.body || again.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("%s: repeated %s, %v; first %s", o.path, again.body, again.header, first.body)
		}
		a.body += " "
		g.want(g.send(a), 409, 40000)
		other := keyed[(i+1)%len(keyed)].ask()
		other.header = a.header
		g.want(g.send(other), 409, 40000)
		a.header = append(a.header, "Idempotency-Key: "+o.path)
		g.want(g.send(a), 400, 40000)
	}
}

// Bodies: sizes, encodings, and memory, for each operation that reads one.
func TestEveryBody(t *testing.T) { eachStore(t, testEveryBody) }

func testEveryBody(t *testing.T, s *store) {
	const limit = 2048
	g, _, ops := sweep(t, s, func(cfg *Config) {
		l := &cfg.Service.Limits
		l.Body, l.ImportBody, l.UpdateBody = limit, limit, limit
	})
	for _, o := range ops {
		if theSpec.doc.Paths.Value(o.pattern).GetOperation(o.method).RequestBody == nil {
			continue
		}
		most := limit
		if o.key == adminSecret {
			most = adminBody
		}
		a := o.ask()
		if a.body == "" {
			a.body = "{}"
		}
		short := a.body
		a.header = []string{"Content-Encoding: br"}
		g.want(g.send(a), 415, 40000)
		a.header = nil
		for _, chunked := range []bool{false, true} {
			a.chunked = chunked
			a.body = short + strings.Repeat(" ", most+1-len(short))
			g.want(g.send(a), 413, 40000)
			if !o.taken && !o.gone || !chunked {
				a.body = a.body[:most]
				g.want(g.send(a), 200, 0)
			}
		}
		all := g.handler.budget
		patience := all.patience
		all.patience = time.Nanosecond
		all.lend(all.size)
		r := g.want(g.send(a), 503, 50000)
		if r.header.Get("Retry-After") != "1" {
			t.Errorf("%s: Retry-After is %q", o.path, r.header.Get("Retry-After"))
		}
		all.lend(-all.size)
		all.patience = patience
	}
}

// A key's requests are counted in every operation.
func TestEveryOperationCounts(t *testing.T) { eachStore(t, testEveryOperationCounts) }

func testEveryOperationCounts(t *testing.T, s *store) {
	g, c, ops := sweep(t, s)
	for _, o := range ops {
		if o.key != c.key {
			continue
		}
		a := o.ask()
		a.key = c.newKey(c.id, `{"rpm":1}`).Secret
		for i, status := range []int{200, 429} {
			r := g.want(g.send(a), status, map[int]int{200: 0, 429: 40008}[status])
			if got := r.header.Get("X-RateLimit-Limit") + " " + r.header.Get("X-RateLimit-Remaining"); got != "1 0" {
				t.Errorf("%s: request %d: limits %q", o.path, i, got)
			}
		}
	}
}

// When the time for the work is over, or the store is broken, nobody is told more than that.
func TestEveryFailure(t *testing.T) { eachStore(t, testEveryFailure) }

func testEveryFailure(t *testing.T, s *store) {
	g, _, ops := sweep(t, s)
	late, patient := g.handler.Timeout, g.handler.patience
	g.handler.Timeout, g.handler.patience = 1, 1
	for _, o := range ops {
		if o.key == "" || s.neverLate[o.method+" "+o.pattern] {
			continue
		}
		if r := g.send(o.ask()); r.status != 503 || r.code() != 50000 || r.header.Get("Retry-After") == "" {
			t.Errorf("%s %s: %d %s", o.method, o.path, r.status, shorten(r.body))
		}
	}
	g.handler.Timeout, g.handler.patience = late, patient
	if err := g.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, o := range ops {
		if o.key == "" || s.neverBroken[o.method+" "+o.pattern] {
			continue
		}
		r := g.send(o.ask())
		if want := `"message":"Internal system error"`; r.status != 500 || r.code() != 50000 || !strings.Contains(r.body, want) {
			t.Errorf("%s %s: %d %s", o.method, o.path, r.status, shorten(r.body))
		}
		found := false
		for line := range strings.Lines(g.log.String()) {
			found = found || strings.Contains(line, `"level":"ERROR"`) && strings.Contains(line, r.header.Get("X-Request-Id"))
		}
		if !found {
			t.Errorf("%s %s: the log has no error under the request's id", o.method, o.path)
		}
	}
	r := g.want(g.send(ask{method: "GET", path: "/readyz"}), 503, 50000)
	if !strings.Contains(r.body, "not ready") {
		t.Error(r.body)
	}
}
