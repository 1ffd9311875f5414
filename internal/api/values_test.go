package api

import (
	"strings"
	"testing"

	"stele/internal/wire"
)

// Values keep what they are from the request through the file to the answer.
func TestValuesRoundTrip(t *testing.T) { eachStore(t, testValuesRoundTrip) }

func testValuesRoundTrip(t *testing.T, s *store) {
	c := s.rig(t).agent("values").in(wire.GPTBots)
	id := c.table(`{"name":"v","description":"d","fields":[{"name":"t","type":"TEXT"},{"name":"i","type":"INT"},
		{"name":"f","type":"FLOAT"},{"name":"b","type":"BOOLEAN"},{"name":"d","type":"DATETIME"}]}`)
	cases := []struct{ sent, want string }{
		{`{"t":"00501"}`, `"t":"00501"`},
		{`{"t":1.50}`, `"t":"1.50"`},
		{`{"t":" Žluťoučký 文字 😀 \"\\\n "}`, `"t":" Žluťoučký 文字 😀 \"\\\n "`},
		{`{"t":{"a": [1, 2]}}`, `"t":"{\"a\":[1,2]}"`},
		{`{"t":""}`, `"t":""`},
		{`{"t":null,"i":"","f":" "}`, `"t":null,"i":null,"f":null,"b":null,"d":null`},
		{`{"i":9007199254740991}`, `"i":9007199254740991,`},
		{`{"i":9007199254740993}`, `"i":"9007199254740993"`},
		{`{"i":"-9223372036854775808"}`, `"i":"-9223372036854775808"`},
		{`{"i":3e1}`, `"i":30,`},
		{`{"f":0.1}`, `"f":0.1,`},
		{`{"f":"1e300"}`, `"f":1e+300,`},
		{`{"b":"TRUE"}`, `"b":true,`},
		{`{"b":0}`, `"b":false,`},
		{`{"d":"2026-02-28T23:30:00-01:00"}`, `"d":"2026-03-01 00:30:00"`},
		{`{"d":1772352000123}`, `"d":"2026-03-01 08:00:00"`},
	}
	for _, tc := range cases {
		before := c.records(id, "").Total
		c.importAll(id, "["+tc.sent+"]")
		r := c.want(c.post(pathPage, `{"table_id":"`+id+`","page_size":100}`), 200, 0)
		at := strings.LastIndex(r.body, `"value":`)
		if c.records(id, "").Total != before+1 || at < 0 || !strings.Contains(r.body[at:], tc.want) {
			t.Errorf("sent %s, answered %s, want %s", tc.sent, shorten(r.body[max(at, 0):]), tc.want)
		}
	}
}

// A GET that says it carries JSON and carries none is what one client sends all the time.
func TestGetWithContentType(t *testing.T) { eachStore(t, testGetWithContentType) }

func testGetWithContentType(t *testing.T, s *store) {
	c := s.rig(t).agent("get")
	for _, path := range []string{pathVerify, pathTables, pathResults + "?ids=0"} {
		c.want(c.get(path, "Content-Type: application/json"), 200, 0)
	}
}
