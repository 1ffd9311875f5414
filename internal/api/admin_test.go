package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"stele"
	"stele/internal/wire"
)

// Agents are made, found by id and by name, listed in order, and deleted with all they have.
func TestAgents(t *testing.T) { eachStore(t, testAgents) }

func testAgents(t *testing.T, s *store) {
	g := s.rig(t)
	a := decode[wire.Agent](g, g.want(g.admin("POST", "/agents", `{"name":"support"}`), 200, 0))
	if a.Name != "support" || a.CreatedAt != clockStart.UnixMilli() || len(a.ID) != 24 {
		t.Errorf("made %+v", a)
	}
	odd := decode[wire.Agent](g, g.want(g.admin("POST", "/agents", `{"name":"R&D + Köln 100%?"}`), 200, 0))
	for ref, want := range map[string]wire.Agent{
		a.ID: a, strings.ToUpper(a.ID): a, "support": a, odd.ID: odd, "R&D%20+%20K%C3%B6ln%20100%25%3F": odd,
	} {
		if got := decode[wire.Agent](g, g.want(g.admin("GET", "/agents/"+ref, ""), 200, 0)); got != want {
			t.Errorf("%s: found %+v, want %+v", ref, got, want)
		}
	}
	g.want(g.admin("POST", "/agents", `{"name":".."}`), 400, 40000)
	g.want(g.admin("GET", "/agents/..", ""), 404, 40400) // who stands between would cut such a path short
	g.want(g.admin("GET", "/agents/%2E%2e", ""), 404, 40400)
	g.want(g.admin("POST", "/agents", `{"name":"support"}`), 409, 40000)
	g.want(g.admin("GET", "/agents/Support", ""), 404, 40400)
	key := g.newKey("support", `{}`)
	c := &caller{rig: g, id: a.ID, key: key.Secret}
	table := c.table(parcels)
	gone := decode[wire.Agent](g, g.want(g.admin("DELETE", "/agents/support", ""), 200, 0))
	if gone != a {
		t.Errorf("deleted %+v", gone)
	}
	g.want(c.get(pathVerify), 401, 40127)
	g.want(g.admin("DELETE", "/keys/"+key.ID, ""), 404, 40400)
	g.want(g.admin("GET", "/agents/"+a.ID+"/keys", ""), 404, 40400)
	g.want(g.agent("next").post(pathPage, `{"table_id":"`+table+`"}`), 404, 403106)
	g.want(g.admin("POST", "/agents", `{"name":"support"}`), 200, 0) // the name is free again
}

func TestAgentPages(t *testing.T) { eachStore(t, testAgentPages) }

func testAgentPages(t *testing.T, s *store) {
	g := s.rig(t)
	for i := range 101 {
		g.clock.move(time.Second)
		g.want(g.admin("POST", "/agents", fmt.Sprintf(`{"name":"agent %03d"}`, i)), 200, 0)
	}
	cases := []struct {
		query, first string
		n            int
	}{
		{"", "agent 000", 100},
		{"?page=2", "agent 100", 1},
		{"?page=3", "", 0},
		{"?page=3&page_size=10", "agent 020", 10},
		{"?page_size=1", "agent 000", 1},
		{"?page=1099511627776", "", 0},
	}
	for _, tc := range cases {
		list := decode[wire.AgentList](g, g.want(g.admin("GET", "/agents"+tc.query, ""), 200, 0))
		if list.TotalCount != 101 || len(list.Agents) != tc.n || tc.n > 0 && list.Agents[0].Name != tc.first {
			t.Errorf("%s: %d of %d agents, want %d from %q", tc.query, len(list.Agents), list.TotalCount, tc.n, tc.first)
		}
	}
	for _, query := range []string{"page=0", "page=-1", "page=x", "page=", "page_size=0", "page_size=101", "page=1.5", "page=%", "page=9223372036854775807"} {
		g.want(g.admin("GET", "/agents?"+query, ""), 400, 40000)
	}
}

// Keys are shown once, do what they are made for, and stop at once when they are revoked.
func TestKeys(t *testing.T) { eachStore(t, testKeys) }

func testKeys(t *testing.T, s *store) {
	g := s.rig(t)
	a := decode[wire.Agent](g, g.want(g.admin("POST", "/agents", `{"name":"keys"}`), 200, 0))
	all := g.newKey("keys", `{}`)
	if fmt.Sprint(all.Scopes) != "[read write schema]" || all.ExpiresAt != nil || all.RPM != 0 || all.AgentID != a.ID {
		t.Errorf("a key of no particular kind: %+v", all)
	}
	some := g.newKey(a.ID, `{"scopes":["schema","read"],"expires_in":90,"rpm":7}`)
	if fmt.Sprint(some.Scopes) != "[read schema]" || *some.ExpiresAt != clockStart.UnixMilli()+90_000 || some.RPM != 7 {
		t.Errorf("a particular key: %+v", some)
	}
	r := g.want(g.admin("GET", "/agents/keys/keys", ""), 200, 0)
	list := decode[wire.KeyList](g, r)
	if len(list.Keys) != 2 || list.Keys[0].ID != all.ID || list.Keys[1].RPM != 7 || *list.Keys[1].ExpiresAt != *some.ExpiresAt {
		t.Errorf("listed %s", r.body)
	}
	if strings.Contains(r.body, "app-") || strings.Contains(r.body, `"key":`) {
		t.Errorf("the list shows secrets: %s", r.body)
	}
	c := &caller{rig: g, id: a.ID, key: all.Secret}
	g.clock.move(time.Hour)
	g.want(c.get(pathVerify), 200, 0)
	g.clock.move(time.Hour)
	for range 2 { // before and after it is written
		used := decode[wire.KeyList](g, g.want(g.admin("GET", "/agents/keys/keys", ""), 200, 0)).Keys
		if at := used[0].LastUsed; at == nil || *at != clockStart.Add(time.Hour).UnixMilli() || used[1].LastUsed != nil {
			t.Errorf("used last: %v, %v", at, used[1].LastUsed)
		}
		g.svc.Uses.Flush(t.Context())
	}
	if kept, err := g.store.Keys(t.Context(), stele.AgentID(a.ID)); err != nil || kept[0].LastUsed != stele.MillisOf(clockStart.Add(time.Hour)) {
		t.Errorf("kept: %v, %v", kept, err)
	}
	if r := g.want(g.admin("DELETE", "/keys/"+all.ID, ""), 200, 0); r.body != `{"id":"`+all.ID+`"}` {
		t.Errorf("revoked: %s", r.body)
	}
	g.want(c.get(pathVerify), 401, 40127)
	g.want(g.admin("DELETE", "/keys/"+all.ID, ""), 404, 40400)
	g.want(g.admin("DELETE", "/keys/"+some.Secret, ""), 404, 40400)
}

// Bodies of the admin API are read strictly, and what is wrong is named.
func TestAdminBodies(t *testing.T) { eachStore(t, testAdminBodies) }

func testAdminBodies(t *testing.T, s *store) {
	g := s.rig(t)
	g.agent("strict")
	cases := []struct{ path, body, message string }{
		{"/agents", `{"name":"x","nam":1}`, `not known here: "nam"`},
		{"/agents", `{"Name":"x"}`, `not known here: "Name"`},
		{"/agents", `{"name":1}`, `"name" cannot be this number`},
		{"/agents", `{"name":["x"]}`, `"name" cannot be this list`},
		{"/agents", `{"name":null}`, `must have 1 to 64 characters`},
		{"/agents", `{}`, `must have 1 to 64 characters`},
		{"/agents", `{"name":"x"`, `not valid JSON`},
		{"/agents", `{"name":"x"} {}`, `not valid JSON`},
		{"/agents", `{"name":"x","name":"y"}`, `not valid JSON`},
		{"/agents", "{\"name\":\"\xff\"}", `not valid JSON`},
		{"/agents", `"x"`, `must be a JSON object`},
		{"/agents", ``, `must be a JSON object`},
		{"/agents", `{"name":"-x"}`, `hyphen`},
		{"/agents", `{"name":"a/b"}`, `slash`},
		{"/agents", `{"name":" x"}`, `blanks`},
		{"/agents", `{"name":"66f0a1b2c3d4e5f601234567"}`, `look like an id`},
		{"/agents", `{"name":"` + strings.Repeat("ü", 65) + `"}`, `1 to 64 characters`},
		{"/agents/strict/keys", `{"scope":["read"]}`, `not known here: "scope"`},
		{"/agents/strict/keys", `{"scopes":[]}`, `no scope given`},
		{"/agents/strict/keys", `{"scopes":["admin"]}`, `\"admin\" is unknown`},
		{"/agents/strict/keys", `{"scopes":"read"}`, `"scopes" cannot be this text`},
		{"/agents/strict/keys", `{"scopes":[1]}`, `cannot be this number`},
		{"/agents/strict/keys", `{"expires_in":-1}`, `expires_in must be between`},
		{"/agents/strict/keys", `{"expires_in":3153600001}`, `expires_in must be between`},
		{"/agents/strict/keys", `{"expires_in":"90d"}`, `"expires_in" cannot be this text`},
		{"/agents/strict/keys", `{"expires_in":1.5}`, `"expires_in" cannot be this number`},
		{"/agents/strict/keys", `{"rpm":1e30}`, `"rpm" cannot be this number`},
		{"/agents/strict/keys", `{"rpm":-1}`, `rpm must be between`},
	}
	for _, tc := range cases {
		r := g.want(g.admin("POST", tc.path, tc.body), 400, 40000)
		var e wire.ErrorBody
		if err := json.Unmarshal([]byte(r.body), &e); err != nil || !strings.Contains(e.Message, strings.ReplaceAll(tc.message, `\"`, `"`)) {
			t.Errorf("%s: %s, want a message with %s", tc.body, r.body, tc.message)
		}
	}
	if list := decode[wire.AgentList](g, g.admin("GET", "/agents", "")); list.TotalCount != 1 {
		t.Errorf("%d agents, want 1", list.TotalCount)
	}
	g.want(g.admin("POST", "/agents", padded(`{"name":"big"}`, adminBody+1)), 413, 40000)
	g.want(g.admin("POST", "/agents", padded(`{"name":"big"}`, adminBody)), 200, 0)
	g.want(g.send(ask{method: "POST", path: "/admin/v1/agents", key: adminSecret, body: zip(`{"name":"zipped"}`),
		header: []string{"Content-Encoding: gzip"}}), 200, 0)
}

// The state of the installation, and what an agent's data takes.
func TestStatus(t *testing.T) { eachStore(t, testStatus) }

func testStatus(t *testing.T, s *store) {
	const metricsURL = "http://127.0.0.1:9090/metrics"
	var stopping error
	g := s.rig(t, func(cfg *Config) {
		cfg.Memory, cfg.Metrics = func() int64 { return 12345 }, metricsURL
		cfg.Ready = func(context.Context) error { return stopping }
	})
	c := g.agent("sized")
	g.agent("empty")
	table := c.table(plain)
	c.importAll(table, `[{"n":1},{"n":2}]`)
	g.clock.move(time.Minute)
	got := decode[wire.ServerStatus](g, g.want(g.admin("GET", "/status", ""), 200, 0))
	want := wire.ServerStatus{Version: "v0.0.0-test", Store: map[string]string{"sqlite": "sqlite", "postgres": "postgresql"}[s.name],
		StartedAt: clockStart.UnixMilli(), Now: clockStart.UnixMilli() + 60_000, Ready: true, Agents: 2, MemoryBytes: 12345, DataBytes: got.DataBytes}
	if got.MetricsURL == nil || *got.MetricsURL != metricsURL {
		t.Errorf("the metrics are not told: %+v", got)
	}
	got.MetricsURL = nil
	if got != want || got.DataBytes < 10_000 {
		t.Errorf("%+v, want %+v", got, want)
	}
	stopping = errors.New("stopping")
	if got := decode[wire.ServerStatus](g, g.want(g.admin("GET", "/status", ""), 200, 0)); got.Ready {
		t.Errorf("%+v", got)
	}
	size := decode[wire.AgentSize](g, g.want(g.admin("GET", "/agents/sized/size", ""), 200, 0))
	if size.ID != c.id || size.Tables != 1 || size.Records != 2 || *size.Bytes <= 0 || size.ByTable[0].ID != table || size.ByTable[0].Name != "plain" ||
		size.ByTable[0].Records != 2 || *size.ByTable[0].Bytes <= 0 || *size.ByTable[0].Bytes >= *size.Bytes {
		t.Errorf("%+v", size)
	}
	if size = decode[wire.AgentSize](g, g.want(g.admin("GET", "/agents/empty/size", ""), 200, 0)); size.Tables != 0 || size.Records != 0 || *size.Bytes <= 0 {
		t.Errorf("%+v", size)
	}
}

// An administrator sees an agent's imports as the agent does.
func TestAgentImports(t *testing.T) { eachStore(t, testAgentImports) }

func testAgentImports(t *testing.T, s *store) {
	g := s.rig(t)
	c := g.agent("busy")
	table := c.table(plain)
	var ids []string
	for range 3 {
		g.clock.move(time.Second)
		ids = append(ids, c.importAll(table, `[{"n":1}]`))
	}
	list := func(query string) wire.TaskList {
		t.Helper()
		return decode[wire.TaskList](g, g.want(g.admin("GET", "/agents/busy/imports"+query, ""), 200, 0))
	}
	first := list("?limit=2")
	if len(first.Tasks) != 2 || !first.More || first.Tasks[0].ID != ids[2] || first.Tasks[1].ID != ids[1] {
		t.Errorf("%+v, want the last two of %v", first, ids)
	}
	if rest := list("?limit=2&before=" + ids[1]); len(rest.Tasks) != 1 || rest.More || rest.Tasks[0].ID != ids[0] {
		t.Errorf("%+v, want the first of %v", rest, ids)
	}
	g.clock.move(30*24*time.Hour - 2*time.Second)
	if kept := list(""); len(kept.Tasks) != 3 {
		t.Errorf("%+v, want all", kept)
	}
	g.clock.move(time.Second)
	if kept := list(""); len(kept.Tasks) != 2 {
		t.Errorf("%+v after 30 days, want the last two", kept)
	}
}
