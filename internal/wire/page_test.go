package wire_test

import (
	"testing"

	"stele"
	"stele/internal/wire"
)

// TestDecodeRecords is wire.md 5.5.
func TestDecodeRecords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body       string
		page, size int64
		filter     string
		keyword    string
	}{
		{`{"table_id":"t"}`, 1, 10, "", ""},
		{`{"page":3,"page_size":50}`, 3, 50, "", ""},
		{`{"page":"3","page_size":" 50 "}`, 3, 50, "", ""},
		{`{"page":2.0,"page_size":1e1}`, 2, 10, "", ""},
		{`{"page":null,"page_size":""}`, 1, 10, "", ""},
		{`{"page":" ","page_size":null}`, 1, 10, "", ""},
		{`{"page":0,"page_size":1000}`, 0, 1000, "", ""}, // the verb refuses them
		{`{"page":-1,"page_size":-7}`, -1, -7, "", ""},
		{`{"page":"x","page":4}`, 4, 10, "", ""},
		{`{"filter":{},"keyword":""}`, 1, 10, "", ""},
		{`{"filter":null,"keyword":null}`, 1, 10, "", ""},
		{`{"filter":{"code":"PX-1","n":7,"b":true,"x":null,"y":""},"keyword":"100%_"}`, 1, 10,
			"code: text PX-1 | n: number 7 | b: true | x: null | y: text ", "100%_"},
		{`{"filter":{"a":"\ud800"}}`, 1, 10, `a: broken "\ud800"`, ""},
		{`{"filter":5,"filter":{"a":1}}`, 1, 10, "a: number 1", ""},
		{`{"filter":{"a":1},"filter":null}`, 1, 10, "", ""},
		{`{"filter":{"a":1},"filter":{"b":2}}`, 1, 10, "b: number 2", ""},
		{`{"keyword":7.50}`, 1, 10, "", "7.50"},
		{`{"keyword":true}`, 1, 10, "", "true"},
		{`{"keyword":false}`, 1, 10, "", "false"},
		{`{"keyword":" \u00e4\n"}`, 1, 10, "", " ä\n"},
		{`{"keyword":[],"keyword":"x"}`, 1, 10, "", "x"},
	} {
		r, err := wire.DecodeRecords(input(c.body))
		if err != nil {
			t.Errorf("%s: %v", c.body, err)
			continue
		}
		if r.Page != (stele.PageNumber{Page: c.page, Size: c.size}) || cells(r.Filter) != c.filter || r.Keyword != c.keyword {
			t.Errorf("%s: page %+v, filter %s, keyword %q", c.body, r.Page, cells(r.Filter), r.Keyword)
		}
	}
	in := input(`{}`)
	in.Limits.PageSize = 5
	if r, err := wire.DecodeRecords(in); err != nil || r.Page.Size != 5 {
		t.Errorf("default size where 5 is allowed: %d, %v", r.Page.Size, err)
	}
}

func TestRecordsRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ body, want string }{
		{`{"page":1.5}`, "page must be a whole number"},
		{`{"page":"first"}`, "page must be a whole number"},
		{`{"page":true}`, "page must be a whole number"},
		{`{"page":{}}`, "page must be a whole number"},
		{`{"page":9223372036854775808}`, "page must be a whole number"},
		{`{"page":1,"page_size":"all"}`, "page_size must be a whole number"},
		{`{"page":"x","page_size":"y"}`, "page must be a whole number"},
		{`{"page_size":1e999999999}`, "page_size must be a whole number"},
		{`{"filter":[]}`, "`filter` must be an object"},
		{`{"filter":""}`, "`filter` must be an object"},
		{`{"filter":"code=1"}`, "`filter` must be an object"},
		{`{"filter":{},"filter":7}`, "`filter` must be an object"},
		{`{"filter":` + many(401) + `}`, "`filter` has more than 400 members; no table has as many fields"},
		{`{"keyword":[]}`, "keyword must be a string"},
		{`{"keyword":{"a":1}}`, "keyword must be a string"},
		{`{"keyword":"\ud800"}`, "keyword holds half of a surrogate pair"},
	} {
		_, err := wire.DecodeRecords(input(c.body))
		if wantError(t, err, stele.CodeParameter, c.want); t.Failed() {
			t.Fatal(c.body)
		}
	}
}
