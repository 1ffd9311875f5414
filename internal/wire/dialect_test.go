package wire_test

import (
	"encoding/json"
	"testing"

	"stele"
	"stele/internal/wire"
)

func TestDialectNames(t *testing.T) {
	t.Parallel()
	for d, name := range map[wire.Dialect]string{
		wire.GPTBots: "gptbots", wire.AltaTech: "altatech", wire.Legacy: "legacy", wire.Hybrid: "hybrid",
	} {
		if got, ok := wire.ParseDialect(name); !ok || got != d || d.String() != name {
			t.Errorf("%s: %v, %v; written %s", name, got, ok, d)
		}
	}
	for _, name := range []string{"", "GPTBots", "hybrid ", "/legacy", "v1"} {
		if got, ok := wire.ParseDialect(name); ok {
			t.Errorf("%q is taken for %s", name, got)
		}
	}
}

func TestHostDialect(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"gptbots.ai": "gptbots", "api-sg.gptbots.ai": "gptbots", "a.b.gptbots.ai": "gptbots", "API.GPTBots.AI:8443": "gptbots", "api.gptbots.ai.": "gptbots", "api.gptbots.ai.:80": "gptbots",
		"altatech.ai": "altatech", "api.altatech.ai": "altatech", "ALTATECH.AI:443": "altatech",
		"": "", "localhost:8080": "", "127.0.0.1": "", "[::1]:8080": "", "[::1]": "",
		"notgptbots.ai": "", "gptbots.ai.example.org": "", "gptbots.aix": "", "gptbots": "", "xaltatech.ai": "", "gptbots.ai:80:80": "",
	} {
		got := ""
		if d, ok := wire.HostDialect(host); ok {
			got = d.String()
		}
		if got != want {
			t.Errorf("host %q speaks %q, want %q", host, got, want)
		}
	}
}

// TestStatus is the table of wire.md 3; every code has a row.
func TestStatus(t *testing.T) {
	t.Parallel()
	want := map[stele.Code][2]int{
		stele.CodeInternal: {50000, 500}, stele.CodeOverloaded: {50000, 503}, stele.CodeUnavailable: {50000, 503},
		stele.CodeParameter: {40000, 400}, stele.CodeMethod: {40000, 405}, stele.CodeTooLarge: {40000, 413},
		stele.CodeMediaType: {40000, 415}, stele.CodeKeyReused: {40000, 409}, stele.CodeExists: {40000, 409},
		stele.CodeRateLimited: {40008, 429}, stele.CodeExpired: {40107, 401}, stele.CodeForeignAgent: {40113, 403},
		stele.CodeUnauthenticated: {40127, 401}, stele.CodePlan: {40353, 403},
		stele.CodeTableName: {403100, 400}, stele.CodeTableDescription: {403101, 400}, stele.CodeNoFields: {403102, 400},
		stele.CodeFieldName: {403103, 400}, stele.CodeFieldDescription: {403104, 400}, stele.CodeFieldType: {403105, 400},
		stele.CodeTableNotFound: {403106, 404}, stele.CodeTableExists: {403108, 409}, stele.CodeTooManyFields: {403111, 400},
		stele.CodeForbidden: {403131, 403}, stele.CodeNotFound: {40400, 404},
	}
	for _, c := range stele.Codes() {
		w, ok := want[c]
		if got := [2]int{wire.Number(c), wire.Status(c)}; !ok || got != w {
			t.Errorf("code %d (%v) has number and status %v, want %v", c, &stele.Error{Code: c}, got, w)
		}
	}
}

// TestAdminShapes holds the JSON of the admin API.
func TestAdminShapes(t *testing.T) {
	t.Parallel()
	at := int64(1772352000123)
	for _, c := range []struct {
		value any
		want  string
	}{
		{wire.AgentList{Agents: []wire.Agent{{ID: "66e000000000000000000001", Name: "default", CreatedAt: at}}, TotalCount: 1},
			`{"agents":[{"id":"66e000000000000000000001","name":"default","created_at":1772352000123}],"total_count":1}`},
		{wire.KeyList{Keys: []wire.Key{{ID: "key_1", AgentID: "a", Scopes: []string{"read"}, CreatedAt: at, RPM: 60}}},
			`{"keys":[{"id":"key_1","agent_id":"a","scopes":["read"],"created_at":1772352000123,"expires_at":null,"rpm":60,"last_used_at":null}]}`},
		{wire.Key{ID: "key_1", AgentID: "a", Scopes: []string{"read", "write"}, CreatedAt: at, ExpiresAt: &at, Secret: "app-x"},
			`{"id":"key_1","agent_id":"a","scopes":["read","write"],"created_at":1772352000123,"expires_at":1772352000123,"rpm":0,"last_used_at":null,"key":"app-x"}`},
		{wire.NewAgent{Name: "x"}, `{"name":"x"}`},
		{wire.NewKey{Scopes: []string{"schema"}, ExpiresIn: 3600, RPM: 5}, `{"scopes":["schema"],"expires_in":3600,"rpm":5}`},
		{wire.ErrorBody{Code: 40000, Message: "m"}, `{"code":40000,"message":"m"}`},
	} {
		if got, err := json.Marshal(c.value); err != nil || string(got) != c.want {
			t.Errorf("%s, %v\nwant %s", got, err, c.want)
		}
	}
}
