package api

import (
	"fmt"
	"strings"
	"testing"
)

const mib = 1 << 20

// entries is the JSON of a list of n copies of an entry.
func entries(n int, entry string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(entry+",", n), ",") + "]"
}

// padded is a body made as long as it should be by blanks before its end.
func padded(body string, size int) string {
	return body[:len(body)-1] + strings.Repeat(" ", size-len(body)) + "}"
}

// What is counted: at the limit it is taken, one over it is refused, and nothing of it is applied.
func TestCounts(t *testing.T) { eachStore(t, testCounts) }

func testCounts(t *testing.T, s *store) {
	c := s.rig(t).agent("counts")
	id := c.table(`{"name":"t","description":"d","fields":[{"name":"n","type":"INT"},{"name":"u","type":"INT","unique":true}]}`)
	codes := func(n, from int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, ","+format, from+i)
		}
		return "[" + b.String()[1:] + "]"
	}
	head := `{"table_id":"` + id + `",`
	cases := []struct {
		name, path, body string
		status, total    int
	}{
		{"1001 records", pathImport, head + `"records":` + codes(1001, 5000, `{"u":%d}`) + `}`, 400, 0},
		{"1000 records", pathImport, head + `"records":` + codes(1000, 1, `{"u":%d}`) + `}`, 200, 1000},
		{"no records", pathImport, head + `"records":[]}`, 400, 1000},
		{"101 entries", pathUpdate, head + `"is_create":true,"update_data":` + codes(101, 2000, `{"filter":{"u":%d},"updated_fields":{"n":1}}`) + `}`, 400, 1000},
		{"100 entries", pathUpdate, head + `"is_create":true,"update_data":` + codes(100, 2000, `{"filter":{"u":%d},"updated_fields":{"n":1}}`) + `}`, 200, 1100},
		{"no entries", pathUpdate, head + `"update_data":[]}`, 400, 1100},
		{"1001 to delete", pathDelete, head + `"delete_data":` + codes(1001, 1, `{"filter":{"u":%d}}`) + `}`, 400, 1100},
		{"1000 to delete", pathDelete, head + `"delete_data":` + codes(1000, 1, `{"filter":{"u":%d}}`) + `}`, 200, 100},
		{"none to delete", pathDelete, head + `"delete_data":[]}`, 400, 100},
		{"page 0", pathPage, head + `"page":0}`, 400, 100},
		{"page as text", pathPage, head + `"page":"1","page_size":"100"}`, 200, 100},
		{"page far out", pathPage, head + `"page":9223372036854775807,"page_size":100}`, 200, 100},
		{"page beyond 64 bits", pathPage, head + `"page":9223372036854775808}`, 400, 100},
		{"half a page", pathPage, head + `"page":1.5}`, 400, 100},
		{"pages of 0", pathPage, head + `"page_size":0}`, 400, 100},
		{"pages of 100", pathPage, head + `"page_size":100}`, 200, 100},
		{"pages of 101", pathPage, head + `"page_size":101}`, 400, 100},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := c.on(t)
			r := c.post(tc.path, tc.body)
			if code := map[int]int{200: 0, 400: 40000}[tc.status]; r.status != tc.status || r.code() != code {
				t.Errorf("answered %d %s, want %d", r.status, shorten(r.body), tc.status)
			}
			if p := c.records(id, ""); p.Total != tc.total {
				t.Errorf("%d records are there, want %d", p.Total, tc.total)
			}
		})
	}
}

// The size of bodies: to the byte, with nothing applied beyond it.
func TestBodySizes(t *testing.T) { eachStore(t, testBodySizes) }

func testBodySizes(t *testing.T, s *store) {
	c := s.rig(t).agent("sizes")
	id := c.table(`{"name":"t","description":"d","fields":[{"name":"u","type":"INT","unique":true},{"name":"s","type":"TEXT"}]}`)
	head := `{"table_id":"` + id + `",`
	cases := []struct {
		name, path, body string
		limit            int
	}{
		{"import", pathImport, head + `"records":[{"u":1}]}`, 64 * mib},
		{"update", pathUpdate, head + `"is_create":true,"update_data":[{"filter":{"u":2},"updated_fields":{}}]}`, 5 * mib},
		{"legacy update", pathLegacy, head + `"is_add":true,"filter":{"u":3},"updated_fields":{}}`, 5 * mib},
		{"delete", pathDelete, head + `"delete_data":[{"filter":{"u":4}}]}`, 8 * mib},
		{"page", pathPage, head + `"page":1}`, 8 * mib},
		{"tables", pathTables, `{"page":1}`, 8 * mib},
		{"create", pathCreate, `{"name":"big","description":"d","fields":[{"name":"n","type":"INT"}]}`, 8 * mib},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := c.on(t)
			before := c.records(id, "").Total
			c.want(c.post(tc.path, padded(tc.body, tc.limit+1)), 413, 40000)
			c.want(c.post(tc.path, zip(padded(tc.body, tc.limit+1)), "Content-Encoding: gzip"), 413, 40000)
			if n := c.records(id, "").Total; n != before {
				t.Errorf("%d records, %d before the requests that were too large", n, before)
			}
			c.want(c.post(tc.path, padded(tc.body, tc.limit)), 200, 0)
		})
	}
	if n := c.records(id, "").Total; n != 3 {
		t.Errorf("%d records, want 3", n)
	}
}

// An import may have 10 MiB as CSV, counted to the byte (wire.md 6).
func TestCSVSize(t *testing.T) { eachStore(t, testCSVSize) }

func testCSVSize(t *testing.T, s *store) {
	c := s.rig(t).agent("csv")
	id := c.table(`{"name":"t","description":"d","fields":[{"name":"s","type":"TEXT"}]}`)
	// the header is "s\n"; a record is its text and "\n"
	const each = mib - 1
	record := `{"s":"` + strings.Repeat("x", each) + `"}`
	first := func(n int) string { return `{"s":"` + strings.Repeat("x", n) + `"},` }
	rest := strings.Trim(entries(9, record), "[]")
	c.want(c.post(pathImport, `{"table_id":"`+id+`","records":[`+first(each-1)+rest+`]}`), 413, 40000)
	if n := c.records(id, `,"page_size":1`).Total; n != 0 {
		t.Fatalf("%d records of an import that is too large", n)
	}
	task := c.importAll(id, `[`+first(each-2)+rest+`]`)
	if got := c.result(task); got.Success != 10 {
		t.Errorf("result %+v", got)
	}
}

// What comes out of a gzip is bounded, not what goes in; and a gzip that never yields anything has an end too.
func TestBombs(t *testing.T) { eachStore(t, testBombs) }

func testBombs(t *testing.T, s *store) {
	c := s.rig(t).agent("bombs")
	bomb := zip(strings.Repeat(" ", 64*mib))
	c.want(c.post(pathPage, bomb, "Content-Encoding: gzip"), 413, 40000)
	empty := zip("")
	r := c.send(ask{method: "POST", path: pathPage, key: c.key, chunked: true,
		body: strings.Repeat(empty, 9*mib/len(empty)), header: []string{"Content-Encoding: gzip"}})
	c.want(r, 413, 40000)
}
