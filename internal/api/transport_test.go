package api

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"testing"

	"stele/internal/wire"
)

// Slashes do not matter, dots lead nowhere, nothing is redirected.
func TestPaths(t *testing.T) { eachStore(t, testPaths) }

func testPaths(t *testing.T, s *store) {
	c := s.rig(t).agent("paths")
	cases := []struct {
		path   string
		status int
	}{
		{"/v1/api-key/verify", 200},
		{"//v1/api-key/verify", 200},
		{"/v1//api-key///verify", 200},
		{"/v1/api-key/verify/", 200},
		{"//v1/api-key/verify//", 200},
		{"/v1/api%2Dkey/verify", 200},
		{"//gptbots//v1/api-key/verify/", 200},
		{"/v1/./api-key/verify", 404},
		{"/v1/x/../api-key/verify", 404},
		{"/v1/%2e%2e/v1/api-key/verify", 404},
		{"/v1%2Fapi-key/verify", 404},
		{"/v1/api-key", 404},
		{"/v1/api-key/verify/more", 404},
		{"/V1/api-key/verify", 404},
		{"/v3/api-key/verify", 404},
		{"/", 404},
		{"/v1/bot/knowledge/base/page", 404},
		{"/gptbots", 404},
		{"/gptbots/healthz", 404},
		{"/gptbots/admin/v1/agents", 404},
		{"/gptbots/altatech/v1/api-key/verify", 404},
	}
	for _, tc := range cases {
		t.Run(tc.path, func(t *testing.T) {
			r := c.get(tc.path)
			if code := r.code(); r.status != tc.status || tc.status == 404 && code != 40400 {
				t.Errorf("answered %d, code %d, want %d: %s", r.status, code, tc.status, r.body)
			}
		})
	}
}

// Each documented path refuses the methods it does not have and says which it has; probes may come by HEAD.
func TestMethods(t *testing.T) { eachStore(t, testMethods) }

func testMethods(t *testing.T, s *store) {
	g := s.rig(t)
	c := g.agent("methods")
	for path, item := range theSpec.doc.Paths.Map() {
		path = strings.NewReplacer("{agent}", c.id, "{key}", "key_0").Replace(path)
		allow := strings.Split(g.send(ask{method: "PATCH", path: path}).header.Get("Allow"), ", ")
		want := map[string]bool{}
		for method := range item.Operations() {
			want[method] = true
		}
		want["HEAD"] = strings.HasSuffix(path, "z")
		for method, has := range want {
			if has && !strings.Contains(strings.Join(allow, " "), method) {
				t.Errorf("%s: Allow is %v and lacks %s", path, allow, method)
			}
		}
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "STELE"} {
			if want[method] {
				continue
			}
			if r := g.send(ask{method: method, path: path}); r.status != 405 || len(allow) == 0 {
				t.Errorf("%s %s: answered %d, want 405", method, path, r.status)
			}
		}
	}
	r := c.do("HEAD", "/healthz", "")
	if r.status != 200 || r.body != "" || r.header.Get("Content-Length") == "0" {
		t.Errorf("HEAD: %d, %q, %v", r.status, r.body, r.header)
	}
}

// The key is a bearer key in whatever spelling of the scheme, one key, and nothing else.
func TestAuthorization(t *testing.T) { eachStore(t, testAuthorization) }

func testAuthorization(t *testing.T, s *store) {
	g := s.rig(t)
	c := g.agent("auth")
	revoked := g.newKey(c.id, `{}`)
	g.want(g.admin("DELETE", "/keys/"+revoked.ID, ""), 200, 0)
	cases := []struct {
		name   string
		header []string
		status int
	}{
		{"plain", []string{"Authorization: Bearer " + c.key}, 200},
		{"lower case", []string{"Authorization: bearer " + c.key}, 200},
		{"upper case", []string{"Authorization: BEARER " + c.key}, 200},
		{"blanks", []string{"Authorization:   Bearer \t  " + c.key + "  "}, 200},
		{"a tab", []string{"Authorization: Bearer\t" + c.key}, 200},
		{"none", nil, 401},
		{"empty", []string{"Authorization: "}, 401},
		{"scheme alone", []string{"Authorization: Bearer"}, 401},
		{"scheme and a blank", []string{"Authorization: Bearer "}, 401},
		{"key alone", []string{"Authorization: " + c.key}, 401},
		{"basic", []string{"Authorization: Basic " + c.key}, 401},
		{"two words", []string{"Authorization: Bearer " + c.key + " x"}, 401},
		{"unknown", []string{"Authorization: Bearer app-" + strings.Repeat("x", 43)}, 401},
		{"part of it", []string{"Authorization: Bearer " + c.key[:len(c.key)-1]}, 401},
		{"another case", []string{"Authorization: Bearer " + strings.ToUpper(c.key)}, 401},
		{"twice", []string{"Authorization: Bearer " + c.key, "Authorization: Bearer " + c.key}, 401},
		{"revoked", []string{"Authorization: Bearer " + revoked.Secret}, 401},
		{"the admin key", []string{"Authorization: Bearer " + adminSecret}, 401},
		{"the key's id", []string{"Authorization: Bearer " + revoked.ID}, 401},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			r := g.send(ask{method: "GET", path: pathVerify, header: tc.header})
			code := map[int]int{200: 0, 401: 40127}[tc.status]
			if r.status != tc.status || r.code() != code {
				t.Errorf("answered %d, code %d, want %d, %d", r.status, r.code(), tc.status, code)
			}
		})
	}
}

// What a body may claim to be does not matter; what it is does.
func TestBodies(t *testing.T) { eachStore(t, testBodies) }

func testBodies(t *testing.T, s *store) {
	c := s.rig(t).agent("bodies")
	id := c.table(parcels)
	body := `{"table_id":"` + id + `","page":1,"page_size":10}`
	cases := []struct {
		name, body string
		header     []string
		status     int
	}{
		{"as documented", body, nil, 200},
		{"the form type of curl -d", body, []string{"Content-Type: application/x-www-form-urlencoded"}, 200},
		{"plain text", body, []string{"Content-Type: text/plain"}, 200},
		{"no type", body, []string{"Content-Type: "}, 200},
		{"byte order mark", "\xef\xbb\xbf" + body, nil, 200},
		{"blanks around", " \r\n\t" + body + " \r\n\t", nil, 200},
		{"gzip", zip(body), []string{"Content-Encoding: gzip"}, 200},
		{"x-gzip", zip(body), []string{"Content-Encoding: X-GZIP"}, 200},
		{"two gzip members", zip(body[:9]) + zip(body[9:]), []string{"Content-Encoding: gzip"}, 200},
		{"gzip of a marked body", zip("\xef\xbb\xbf" + body), []string{"Content-Encoding: gzip"}, 200},
		{"identity", body, []string{"Content-Encoding: identity"}, 200},
		{"duplicate keys, the last holds", `{"table_id":"x","page":0,` + body[1:], nil, 200},
		{"unknown members", `{"page_number":7,` + body[1:], nil, 200},
		{"deflate", body, []string{"Content-Encoding: deflate"}, 415},
		{"br", body, []string{"Content-Encoding: br"}, 415},
		{"gzip twice", zip(zip(body)), []string{"Content-Encoding: gzip, gzip"}, 415},
		{"gzip on two lines", zip(zip(body)), []string{"Content-Encoding: gzip", "Content-Encoding: gzip"}, 415},
		{"gzip that is none", body, []string{"Content-Encoding: gzip"}, 400},
		{"gzip cut off", zip(body)[:30], []string{"Content-Encoding: gzip"}, 400},
		{"gzip with a wrong sum", spoil(zip(body)), []string{"Content-Encoding: gzip"}, 400},
		{"gzip not announced", zip(body), nil, 400},
		{"empty", "", nil, 400},
		{"an array", `[` + body + `]`, nil, 400},
		{"text after it", body + "x", nil, 400},
		{"two objects", body + body, nil, 400},
		{"a missing brace", body[:len(body)-1], nil, 400},
		{"a trailing comma", body[:len(body)-1] + ",}", nil, 400},
		{"a comment", body[:len(body)-1] + "// page\n}", nil, 400},
		{"not UTF-8", body[:len(body)-1] + ",\"keyword\":\"\xff\"}", nil, 400},
		{"nested beyond 64", body[:len(body)-1] + `,"x":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + "}", nil, 400},
		{"key names in another case", strings.Replace(body, "table_id", "Table_ID", 1), nil, 400},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := c.on(t)
			r := c.post(pathPage, tc.body, tc.header...)
			if want := map[bool]int{true: 0, false: 40000}[tc.status == 200]; r.status != tc.status || r.code() != want {
				t.Errorf("answered %d, want %d: %s", r.status, tc.status, r.body)
			}
		})
	}
}

// A body without a length, and a body in gzip without one, are read like any other.
func TestChunkedBodies(t *testing.T) { eachStore(t, testChunkedBodies) }

func testChunkedBodies(t *testing.T, s *store) {
	c := s.rig(t).agent("chunks")
	id := c.table(parcels)
	long := `{"table_id":"` + id + `","records":[{"code":"` + strings.Repeat("x", 200) + `"}` +
		strings.Repeat(`,{"weight_g":1,"fragile":"`+strings.Repeat("y", 1000)+`"}`, 900) + `]}`
	for _, body := range []string{`{"table_id":"` + id + `","records":[{"code":"short"}]}`, long} {
		plain := c.send(ask{method: "POST", path: pathImport, key: c.key, body: body, chunked: true})
		c.want(plain, 200, 0)
		zipped := c.send(ask{method: "POST", path: pathImport, key: c.key, body: zip(body), chunked: true, header: []string{"Content-Encoding: gzip"}})
		c.want(zipped, 200, 0)
	}
	if p := c.records(id, ""); p.Total != 2 {
		t.Errorf("%d records, want 2: the repeats clash", p.Total)
	}
}

// The dialect is the path's prefix, else the Host's, else the setting; it shows in how an import is answered.
func TestDialectChoice(t *testing.T) { eachStore(t, testDialectChoice) }

func testDialectChoice(t *testing.T, s *store) {
	type form struct{ importBare, errorObject, resultsWrapped bool }
	forms := map[wire.Dialect]form{
		wire.GPTBots: {true, false, false}, wire.AltaTech: {false, true, false},
		wire.Legacy: {false, false, true}, wire.Hybrid: {false, false, false},
	}
	cases := []struct {
		prefix, host string
		want         wire.Dialect // where it is not the setting
		setting      bool
	}{
		{"", "", 0, true},
		{"/gptbots", "", wire.GPTBots, false},
		{"/altatech", "", wire.AltaTech, false},
		{"/legacy", "", wire.Legacy, false},
		{"/hybrid", "", wire.Hybrid, false},
		{"", "gptbots.ai", wire.GPTBots, false},
		{"", "api-sg.gptbots.ai", wire.GPTBots, false},
		{"", "API-SG.GPTBots.AI:8443", wire.GPTBots, false},
		{"", "altatech.ai:80", wire.AltaTech, false},
		{"", "api.eu.altatech.ai", wire.AltaTech, false},
		{"/legacy", "api.gptbots.ai", wire.Legacy, false},
		{"/gptbots", "altatech.ai", wire.GPTBots, false},
		{"", "notgptbots.ai", 0, true},
		{"", "gptbots.ai.example.org", 0, true},
		{"", "localhost:8080", 0, true},
	}
	for _, setting := range []wire.Dialect{wire.GPTBots, wire.AltaTech, wire.Legacy, wire.Hybrid} {
		c := s.rig(t, func(cfg *Config) { cfg.Dialect = setting }).agent("dialects")
		id := c.table(`{"name":"t","description":"d","fields":[{"name":"n","type":"INT"}]}`)
		for _, tc := range cases {
			t.Run(setting.String()+tc.prefix+"@"+tc.host, func(t *testing.T) {
				want := forms[tc.want]
				if tc.setting {
					want = forms[setting]
				}
				var header []string
				if tc.host != "" {
					header = []string{"Host: " + tc.host}
				}
				imported := c.post(tc.prefix+pathImport, `{"table_id":"`+id+`","records":[{"n":1}]}`, header...)
				failed := c.post(tc.prefix+pathPage, `{}`, header...)
				results := c.get(tc.prefix+pathResults+"?ids=0", header...)
				got := form{
					strings.HasPrefix(imported.body, `"`), strings.Contains(failed.body, `"error":{"code":"40000"`),
					strings.HasPrefix(results.body, "{"),
				}
				if got != want {
					t.Errorf("answered as %+v, want %+v:\n%s\n%s\n%s", got, want, imported.body, failed.body, results.body)
				}
			})
		}
	}
}

// Even an unknown path is answered in the dialect that was asked for, and what is ours has none.
func TestDialectOfErrors(t *testing.T) { eachStore(t, testDialectOfErrors) }

func testDialectOfErrors(t *testing.T, s *store) {
	g := s.rig(t, func(cfg *Config) { cfg.Dialect = wire.AltaTech })
	for path, object := range map[string]bool{
		"/nowhere": true, "/gptbots/nowhere": false, "/altatech/v1/x": true, "/v1/../x": true,
		"/admin/v1/agents": false, "/gptbots/v1/api-key/verify": false, "/v1/api-key/verify": true,
	} {
		r := g.send(ask{method: "GET", path: path})
		if got := strings.Contains(r.body, `"error":{`); got != object {
			t.Errorf("%s: %s", path, r.body)
		}
	}
}

func zip(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

// spoil changes the last bit but some of a gzip: its sum.
func spoil(s string) string {
	b := []byte(s)
	b[len(b)-6] ^= 1
	return string(b)
}

// Every answer names its request for the log, each another name.
func TestRequestIDs(t *testing.T) { eachStore(t, testRequestIDs) }

func testRequestIDs(t *testing.T, s *store) {
	g := s.rig(t)
	seen := map[string]bool{}
	for range 20 {
		r := g.send(ask{method: http.MethodGet, path: "/healthz"})
		id := r.header.Get("X-Request-Id")
		if seen[id] || len(id) != 16 {
			t.Fatalf("X-Request-Id %q", id)
		}
		seen[id] = true
	}
}
