package wire_test

import (
	"strings"
	"testing"

	"stele"
	"stele/internal/wire"
)

func TestDecodeCreateTable(t *testing.T) {
	t.Parallel()
	parcels, err := wire.DecodeCreateTable(input(`{"name":"parcels","description":"parcels on their way","fields":[
 {"name":"code","description":"tracking code","type":"TEXT","required":true,"unique":true},
 {"name":"weight_g","description":"","type":"INT"},{"name":"price","description":"","type":"FLOAT"},
 {"name":"fragile","description":"","type":"BOOLEAN"},{"name":"shipped_at","description":"","type":"DATETIME"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "draft", parcels, stele.Draft{Name: "parcels", Description: "parcels on their way", Fields: []stele.DraftField{
		{Name: "code", Description: "tracking code", Type: "TEXT", Required: true, Unique: true},
		{Name: "weight_g", Type: "INT"}, {Name: "price", Type: "FLOAT"}, {Name: "fragile", Type: "BOOLEAN"}, {Name: "shipped_at", Type: "DATETIME"},
	}})
	for _, c := range []struct {
		body string
		want stele.Draft
	}{
		{`{}`, stele.Draft{}},
		{`{"name":null,"description":null,"fields":null}`, stele.Draft{}},
		{`{"fields":[]}`, stele.Draft{}},
		{`{"name":"","description":"","fields":[{}]}`, stele.Draft{Fields: []stele.DraftField{{}}}},
		{`{"name":"a","name":"b","description":5,"description":"\u00e4"}`, stele.Draft{Name: "b", Description: "ä"}},
		{`{"fields":[{"name":"a"}],"fields":[{"name":"b"},{"name":"c"}]}`, stele.Draft{Fields: []stele.DraftField{{Name: "b"}, {Name: "c"}}}},
		{`{"fields":[{"name":"a"}],"fields":null}`, stele.Draft{}},
		{`{"fields":[3],"fields":[{"name":5,"name":"b","type":null,"required":null,"unique":"TRUE","other":[{}]}]}`,
			stele.Draft{Fields: []stele.DraftField{{Name: "b", Unique: true}}}},
		{`{"fields":[{"required":"true","unique":false},{"required":"False","unique":true}]}`,
			stele.Draft{Fields: []stele.DraftField{{Required: true}, {Unique: true}}}},
	} {
		got, err := wire.DecodeCreateTable(input(c.body))
		if err != nil {
			t.Errorf("%s: %v", c.body, err)
		}
		equal(t, c.body, got, c.want)
	}
}

func TestCreateTableRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body string
		code stele.Code
		want string
	}{
		{`{"name":5}`, stele.CodeTableName, "name must be a string"},
		{`{"name":["parcels"]}`, stele.CodeTableName, "name must be a string"},
		{`{"name":"a\ud800"}`, stele.CodeTableName, "name holds half of a surrogate pair"},
		{`{"description":true}`, stele.CodeTableDescription, "description must be a string"},
		{`{"description":"\udc00"}`, stele.CodeTableDescription, "description holds half of a surrogate pair"},
		{`{"fields":{}}`, stele.CodeParameter, "fields must be an array of objects"},
		{`{"fields":"code"}`, stele.CodeParameter, "fields must be an array of objects"},
		{`{"fields":["code"]}`, stele.CodeParameter, "fields[0] must be an object"},
		{`{"fields":[{},{},null]}`, stele.CodeParameter, "fields[2] must be an object"},
		{`{"fields":[{},{"name":5}]}`, stele.CodeFieldName, "fields[1].name must be a string"},
		{`{"fields":[{"name":"\ud800"}]}`, stele.CodeFieldName, "fields[0].name holds half of a surrogate pair"},
		{`{"fields":[{"description":{}}]}`, stele.CodeFieldDescription, "fields[0].description must be a string"},
		{`{"fields":[{"description":"\ud800"}]}`, stele.CodeFieldDescription, "fields[0].description holds half of a surrogate pair"},
		{`{"fields":[{"type":1}]}`, stele.CodeFieldType, "fields[0].type must be a string"},
		{`{"fields":[{"type":"\ud800"}]}`, stele.CodeFieldType, "fields[0].type holds half of a surrogate pair"},
		{`{"fields":[{"required":1}]}`, stele.CodeParameter, "fields[0].required must be true or false"},
		{`{"fields":[{"required":"yes"}]}`, stele.CodeParameter, "fields[0].required must be true or false"},
		{`{"fields":[{"required":""}]}`, stele.CodeParameter, "fields[0].required must be true or false"},
		{`{"fields":[{},{"unique":[]}]}`, stele.CodeParameter, "fields[1].unique must be true or false"},
	} {
		_, err := wire.DecodeCreateTable(input(c.body))
		if wantError(t, err, c.code, c.want); t.Failed() {
			t.Fatal(c.body)
		}
	}
}

// TestManyFields: fields beyond the limit are counted, not kept.
func TestManyFields(t *testing.T) {
	t.Parallel()
	for _, n := range []int{200, 201, 40_000} {
		d, err := wire.DecodeCreateTable(input(`{"fields":[` + strings.TrimSuffix(strings.Repeat(`{"name":"a"},`, n), ",") + `]}`))
		if err != nil || len(d.Fields) != 200 || d.More != n-200 {
			t.Errorf("%d fields: %d kept, %d more, %v", n, len(d.Fields), d.More, err)
		}
	}
	d, err := wire.DecodeCreateTable(input(`{"name":"n","description":"d","fields":[` + strings.Repeat(`{},`, 300) + `{}]}`))
	if err != nil {
		t.Fatal(err)
	}
	_, err = stele.NewTable("", d, stele.DefaultLimits(), 0)
	wantError(t, err, stele.CodeTooManyFields, "fields has 301 entries; at most 200 are allowed")
}

// TestDecodeTables reads the body of a POST and the query of a GET alike (wire.md 5.2).
func TestDecodeTables(t *testing.T) {
	t.Parallel()
	page := func(number, size int64) *stele.PageNumber { return &stele.PageNumber{Page: number, Size: size} }
	check := func(sent string, got wire.Tables, err error, agent string, want *stele.PageNumber, refused string) {
		t.Helper()
		switch {
		case refused != "":
			wantError(t, err, stele.CodeParameter, refused)
		case err != nil || got.AgentID != agent || (got.Page == nil) != (want == nil) || want != nil && *got.Page != *want:
			t.Errorf("%s: %+v (page %+v), %v; want agent %q, page %+v", sent, got, got.Page, err, agent, want)
		}
	}
	for _, c := range []struct {
		body, query string // alike; one may be missing
		agent       string
		page        *stele.PageNumber
		refused     string
	}{
		{`{}`, ``, "", nil, ""},
		{`{"agent_id":"a1"}`, `agent_id=a1`, "a1", nil, ""},
		{`{"agent_id":null,"page":null,"page_size":""}`, `agent_id=&page=&page_size=`, "", nil, ""},
		{`{"page":2}`, `page=2`, "", page(2, 100), ""},
		{`{"page_size":" 30 "}`, `page_size=+30%20`, "", page(1, 30), ""},
		{`{"page":"2","page_size":7}`, `page=2&page_size=7`, "", page(2, 7), ""},
		{`{"page":1,"page":3}`, `page=1&page=3`, "", page(3, 100), ""},
		{`{"page":0}`, `page=0`, "", page(0, 100), ""}, // the verb refuses it
		{`{"page":"one"}`, `page=one`, "", nil, "page must be a whole number"},
		{`{"page":1.5}`, `page=1.5`, "", nil, "page must be a whole number"},
		{`{"page_size":true}`, ``, "", nil, "page_size must be a whole number"},
		{`{"page_size":[1]}`, ``, "", nil, "page_size must be a whole number"},
		{`{"page":"\ud800"}`, ``, "", nil, "page must be a whole number"},
		{`{"page":1e30}`, `page=1000000000000000000000000000000`, "", nil, "page must be a whole number"},
		{`{"agent_id":5}`, ``, "", nil, "agent_id must be a string"},
		{`{"agent_id":"\ud800"}`, ``, "", nil, "agent_id holds half of a surrogate pair"},
		{``, `x=%zz`, "", nil, "the query string is malformed: a % must be followed by two hexadecimal digits"},
		{``, `page=%2`, "", nil, "the query string is malformed: a % must be followed by two hexadecimal digits"},
		{``, `%=1`, "", nil, "the query string is malformed: a % must be followed by two hexadecimal digits"},
		{``, `&&agent%5fid=a%31&x&=&Agent_ID=5`, "a1", nil, ""},
	} {
		if c.body != "" {
			got, err := wire.DecodeTables(input(c.body))
			check(c.body, got, err, c.agent, c.page, c.refused)
		}
		if c.query != "" {
			got, err := wire.DecodeTablesQuery(query(c.query))
			check(c.query, got, err, c.agent, c.page, c.refused)
		}
	}
	in := query("page=4")
	in.Limits.PageSize = 50
	got, err := wire.DecodeTablesQuery(in)
	check("page=4 of 50 at most", got, err, "", page(4, 50), "")
}
