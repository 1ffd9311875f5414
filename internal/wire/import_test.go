package wire_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"stele"
	"stele/internal/wire"
)

// TestImportRecords is about one record: its JSON and what it is read as.
func TestImportRecords(t *testing.T) {
	t.Parallel()
	beside := func(name string) string {
		return " ! `" + name + "` stands beside `values`; a record has its fields either directly or all in `values`."
	}
	for _, c := range []struct{ record, want string }{
		{`{}`, ``},
		{`{"code":"PX-1","weight_g":"1200","price":9.5,"fragile":true,"other":false,"shipped_at":null}`,
			`code: text PX-1 | weight_g: text 1200 | price: number 9.5 | fragile: true | other: false | shipped_at: null`},
		{`{"values":{"code":"PX-2","weight_g":800}}`, `code: text PX-2 | weight_g: number 800`},
		{`{"values":{}}`, ``},
		// Numbers as they are written, never through a double.
		{`{"a":1.50,"b":9007199254740993,"c":-0,"d":1E+400,"e":0.1e-7}`,
			`a: number 1.50 | b: number 9007199254740993 | c: number -0 | d: number 1E+400 | e: number 0.1e-7`},
		// Text to the character.
		{`{"a":"","b":" x ","c":"\"\\\/\b\f\n\r\t","d":"\u00e4\u0000\ud83d\uDE00","e":"ä😀","f":"\ufffd"}`,
			"a: text  | b: text  x  | c: text \"\\/\b\f\n\r\t | d: text ä\x00😀 | e: text ä😀 | f: text \ufffd"},
		{`{"a":"x","b":"\\","c":"y","d":"z\n","e":"w"}`, "a: text x | b: text \\ | c: text y | d: text z\n | e: text w"},
		// Objects and arrays as they are written.
		{`{"a": [1, "x\u00e4", {"b" : null}] ,"c":{ },"d":[]}`, `a: json [1, "x\u00e4", {"b" : null}] | c: json { } | d: json []`},
		// Half a surrogate pair is a fault of its value alone; inside an object it is kept as its escape.
		{`{"a":"\ud800","b":"x\udc00y","c":"\ud800\ud800","d":"\ud800x","e":"\ud83d\ude00","f":["\ud800"]}`,
			`a: broken "\ud800" | b: broken "x\udc00y" | c: broken "\ud800\ud800" | d: broken "\ud800x" | e: text 😀 | f: json ["\ud800"]`},
		// Names are exact; escaped ones are decoded, one with half a pair stays as written and so is no field's.
		{`{"Code":1,"code ":2,"":3,"c\u006fde":4,"\ud800":5,"a\tb":6}`,
			"Code: number 1 | code : number 2 | : number 3 | code: number 4 | \\ud800: number 5 | a\tb: number 6"},
		// Repeated names stay in order: the last one holds.
		{`{"a":1,"b":2,"a":3}`, `a: number 1 | b: number 2 | a: number 3`},
		{`{"values":{"a":1,"a":2}}`, `a: number 1 | a: number 2`},
		// Only an object wraps: a field may be called values.
		{`{"values":5}`, `values: number 5`},
		{`{"values":null,"a":1}`, `values: null | a: number 1`},
		{`{"values":[{"a":1}]}`, `values: json [{"a":1}]`},
		{`{"values":"x"}`, `values: text x`},
		{`{"VALUES":{"a":1}}`, `VALUES: json {"a":1}`},
		{`{"v\u0061lues":{"a":1}}`, `a: number 1`},
		{`{"values":{"values":{"a":1}}}`, `values: json {"a":1}`},
		// Of two members called values the last one holds.
		{`{"values":{"a":1},"values":{"b":2}}`, `b: number 2`},
		{`{"values":{"a":1},"values":null}`, `values: null`},
		{`{"x":1,"values":{"a":1},"y":2,"values":3,"z":4}`, `x: number 1 | y: number 2 | values: number 3 | z: number 4`},
		{`{"values":3,"values":{"a":1}}`, `a: number 1`},
		{`{"values":{"a":1},"values":3,"values":{"b":2}}`, `b: number 2`},
		// What stands beside a wrapper and has a value would be lost.
		{`{"x":null,"values":{"a":1},"y":""}`, `a: number 1`},
		{`{"x":1,"values":{"a":1}}`, `a: number 1` + beside("x")},
		{`{"values":{"a":1},"y":false}`, `a: number 1` + beside("y")},
		{`{"values":{"a":1},"y":" "}`, `a: number 1` + beside("y")},
		{`{"values":{"a":1},"y":{}}`, `a: number 1` + beside("y")},
		{`{"values":{"a":1},"y":"\ud800"}`, `a: number 1` + beside("y")},
		{`{"a":2,"values":{"a":1}}`, `a: number 1` + beside("a")},
		{`{"x":1,"values":{"a":1},"x":null}`, `a: number 1`},
		{`{"x":null,"values":{"a":1},"x":1}`, `a: number 1` + beside("x")},
		{`{"` + strings.Repeat("n", 200) + `":1,"values":{}}`, beside(strings.Repeat("n", 80) + "…")},
	} {
		im, err := wire.DecodeImport(input(`{"table_id":"t","records":[{"first":1}, ` + c.record + ` ,{"last":2}]}`))
		if err != nil || len(im.Rows) != 3 || im.TableID != "t" {
			t.Errorf("%s: %d rows, table %q, %v", c.record, len(im.Rows), im.TableID, err)
			continue
		}
		if got := row(im.Rows[1]); strings.TrimPrefix(got, " ") != strings.TrimPrefix(c.want, " ") {
			t.Errorf("%s\nis   %s\nwant %s", c.record, got, c.want)
		}
		equal(t, "neighbours of "+c.record, row(im.Rows[0])+", "+row(im.Rows[2]), "first: number 1, last: number 2")
	}
}

// TestImportList is about records as a whole.
func TestImportList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body    string
		rows    int
		refused string
	}{
		{`{"records":[]}`, 0, ""}, // the verb says that there must be one
		{`{"records":null}`, 0, ""},
		{`{"table_id":"x"}`, 0, ""},
		{`{"records":[{}]}`, 1, ""},
		{`{"records":[{},{}],"records":[{}]}`, 1, ""},
		{`{"records":[{}],"records":null}`, 0, ""},
		{`{"records":[1],"records":[{}]}`, 1, ""},
		{`{"records":{},"records":[{}]}`, 1, ""},
		{`{"records":{}}`, 0, "records must be an array of objects"},
		{`{"records":"[]"}`, 0, "records must be an array of objects"},
		{`{"records":""}`, 0, "records must be an array of objects"},
		{`{"records":[{}],"records":0}`, 0, "records must be an array of objects"},
		{`{"records":[1]}`, 0, "records[0] must be an object"},
		{`{"records":[{},{},null,3]}`, 0, "records[2] must be an object"},
		{`{"records":[{},[{}]]}`, 0, "records[1] must be an object"},
		{`{"records":[{},"{}"]}`, 0, "records[1] must be an object"},
	} {
		im, err := wire.DecodeImport(input(c.body))
		if c.refused != "" {
			wantError(t, err, stele.CodeParameter, c.refused)
		} else if err != nil || len(im.Rows) != c.rows {
			t.Errorf("%s: %d rows, %v; want %d", c.body, len(im.Rows), err, c.rows)
		}
	}
}

// TestImportCount: a thousand rows are read, of more the count is told in the verb's words.
func TestImportCount(t *testing.T) {
	t.Parallel()
	body := func(n int) string {
		return `{"records":[` + strings.TrimSuffix(strings.Repeat(`{"a":1},`, n), ",") + `]}`
	}
	im, err := wire.DecodeImport(input(body(1000)))
	if err != nil || len(im.Rows) != 1000 || row(im.Rows[999]) != "a: number 1" {
		t.Errorf("1000 rows: %d, %v", len(im.Rows), err)
	}
	_, err = wire.DecodeImport(input(body(1001)))
	wantError(t, err, stele.CodeParameter, "records has 1001 entries; at most 1000 are allowed")
	_, err = wire.DecodeImport(input(body(5000)[:20000] + "!"))
	wantError(t, err, stele.CodeParameter,
		"the body is not valid JSON at line 1, column 20001 (byte offset 20000): the character '!' is not expected here")
	_, err = wire.DecodeImport(input(strings.Replace(body(1500), `1}]`, `1},7]`, 1)))
	wantError(t, err, stele.CodeParameter, "records[1500] must be an object")
}

// TestImportMembers: a record's members are read up to the limit, wrapped or not; one more fails the row alone.
func TestImportMembers(t *testing.T) {
	t.Parallel()
	members := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"f%d":%d,`, i, i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	const over = "The record has more than 400 members; no table has as many fields."
	for _, c := range []struct {
		record  string
		problem string
		cells   int
	}{
		{`{` + members(400) + `}`, "", 400},
		{`{` + members(401) + `}`, over, 400},
		{`{"values":{` + members(400) + `}}`, "", 400},
		{`{"values":{` + members(401) + `}}`, over, 400},
		{`{"values":{` + members(401) + `},"values":{"a":1}}`, "", 1},
		{`{"values":{` + members(401) + `},"values":5}`, "", 1},
		{`{"values":{` + members(300) + `},"values":{` + members(300) + `}}`, "", 300},
		{`{` + members(100000) + `}`, over, 400},
	} {
		im, err := wire.DecodeImport(input(`{"records":[{"a":1},` + c.record + `,{"b":2}]}`))
		if err != nil || len(im.Rows) != 3 {
			t.Fatalf("%.60s: %d rows, %v", c.record, len(im.Rows), err)
		}
		got := im.Rows[1]
		if got.Problem != c.problem || len(got.Cells) != c.cells {
			t.Errorf("%.60s: %d cells, problem %q; want %d, %q", c.record, len(got.Cells), got.Problem, c.cells, c.problem)
		}
		equal(t, "neighbours", row(im.Rows[0])+", "+row(im.Rows[2]), "a: number 1, b: number 2")
	}
}

// TestImportMemory: what is kept of a body does not grow with the number of its records and members.
func TestImportMemory(t *testing.T) {
	// Not parallel: it looks at what the whole process allocates.
	member := strings.Repeat(`"a":1,`, 200_000) + `"a":1`
	for name, body := range map[string]string{
		"records":  `{"records":[` + strings.Repeat(`{},`, 400_000) + `{}]}`,
		"members":  `{"records":[{` + member + `}]}`,
		"wrapped":  `{"records":[{"values":{` + member + `}}]}`,
		"wrappers": `{"records":[{` + strings.Repeat(`"values":{"a":1},`, 80_000) + `"a":null}]}`,
		"twice":    `{` + strings.Repeat(`"records":[{"a":1}],`, 60_000) + `"x":1}`,
	} {
		in := input(body)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := wire.DecodeImport(in)
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
			t.Errorf("%s: %d bytes allocated for a body of %d (%v)", name, grown, len(body), err)
		}
	}
}

// TestImportAliasesBody: text without escapes, numbers and names are not copied.
func TestImportAliasesBody(t *testing.T) {
	in := input(`{"records":[{"code":"\n","long":"` + strings.Repeat("x", 1<<20) + `","last":"\n"}]}`)
	n := testing.AllocsPerRun(10, func() {
		if _, err := wire.DecodeImport(in); err != nil {
			t.Error(err)
		}
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	im, _ := wire.DecodeImport(in)
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; n > 20 || grown > 30_000 {
		t.Errorf("%v allocations, %d bytes", n, grown)
	}
	if got := im.Rows[0].Cells[1].Raw.Text; len(got) != 1<<20 {
		t.Errorf("text of %d bytes", len(got))
	}
}

// TestRowsAreApart: appending to one row's cells does not reach into the next one's.
func TestRowsAreApart(t *testing.T) {
	t.Parallel()
	im, err := wire.DecodeImport(input(`{"records":[{"a":1},{"values":{"b":2},"c":null},{"d":3}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range im.Rows {
		_ = append(r.Cells, stele.Cell{Name: "intruder"})
	}
	equal(t, "rows", row(im.Rows[0])+", "+row(im.Rows[1])+", "+row(im.Rows[2]), "a: number 1, b: number 2, d: number 3")
}

// TestRowsOfAnySize: whatever the sizes of rows, wherever their memory ends, each keeps its own cells.
func TestRowsOfAnySize(t *testing.T) {
	t.Parallel()
	var body strings.Builder
	var want []string
	for i := range 1000 {
		var record, shown []string
		for j := range i * 7 % 53 {
			record = append(record, fmt.Sprintf(`"f%d":%d`, j, i*100+j))
			shown = append(shown, fmt.Sprintf("f%d: number %d", j, i*100+j))
		}
		fmt.Fprintf(&body, ",{%s}", strings.Join(record, ","))
		want = append(want, strings.Join(shown, " | "))
	}
	im, err := wire.DecodeImport(input(`{"records":[` + body.String()[1:] + `]}`))
	if err != nil || len(im.Rows) != len(want) {
		t.Fatalf("%d rows, %v", len(im.Rows), err)
	}
	for i, r := range im.Rows {
		equal(t, fmt.Sprintf("row %d", i), row(r), want[i])
	}
}
