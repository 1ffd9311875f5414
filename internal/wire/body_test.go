package wire_test

import (
	"fmt"
	"strings"
	"testing"

	"stele"
	"stele/internal/wire"
)

// decoders are all that read a body.
func decoders() map[string]func(wire.Input) error {
	return map[string]func(wire.Input) error{
		"create-table":  func(in wire.Input) error { _, err := wire.DecodeCreateTable(in); return err },
		"tables":        func(in wire.Input) error { _, err := wire.DecodeTables(in); return err },
		"import":        func(in wire.Input) error { _, err := wire.DecodeImport(in); return err },
		"task ids":      func(in wire.Input) error { _, err := wire.DecodeTaskIDs(in); return err },
		"records":       func(in wire.Input) error { _, err := wire.DecodeRecords(in); return err },
		"update":        func(in wire.Input) error { _, err := wire.DecodeUpdate(in); return err },
		"legacy update": func(in wire.Input) error { _, err := wire.DecodeLegacyUpdate(in); return err },
		"delete":        func(in wire.Input) error { _, err := wire.DecodeDelete(in); return err },
	}
}

// TestMalformedBody holds every decoder to the strict reading of wire.md 3: position and cause.
func TestMalformedBody(t *testing.T) {
	t.Parallel()
	at := func(line, column, offset int, cause string) string {
		return fmt.Sprintf("the body is not valid JSON at line %d, column %d (byte offset %d): %s", line, column, offset, cause)
	}
	unexpected := func(c, hint string) string { return "the character '" + c + "' is not expected here" + hint }
	const (
		early   = "it ends too early; a closing quote, bracket or brace is missing"
		member  = ": a name in double quotes, a colon and a value make a member"
		missing = ": a comma or a colon is missing before it"
		comma   = ": no comma stands before a closing bracket"
		quotes  = `: text is put in double quotes, "`
		words   = ": without quotes there are only numbers, true, false and null"
		after   = "there is text after the end of the object"
		deep    = "objects and arrays are nested more than 64 deep here"
	)
	for _, c := range []struct{ body, want string }{
		{`[`, "the body must be one JSON object"},
		{`[{}]`, "the body must be one JSON object"},
		{`"text"`, "the body must be one JSON object"},
		{`-1`, "the body must be one JSON object"},
		{` null`, "the body must be one JSON object"},
		{`true`, "the body must be one JSON object"},
		{`x`, at(1, 1, 0, unexpected("x", words))},
		{`}`, at(1, 1, 0, unexpected("}", ""))},
		{`,{}`, at(1, 1, 0, unexpected(",", ""))},
		{`{`, at(1, 2, 1, early)},
		{`{"a":1`, at(1, 7, 6, early)},
		{`{"a":[1,`, at(1, 9, 8, early)},
		{`{"a":"x`, at(1, 8, 7, early)},
		{`{"a":tru`, at(1, 9, 8, early)},
		{`{"a":"\u00`, at(1, 11, 10, early)},
		{`{"a" 1}`, at(1, 6, 5, unexpected("1", missing))},
		{`{"a":1 "b":2}`, at(1, 8, 7, unexpected(`"`, missing))},
		{`{"a":{} {}}`, at(1, 9, 8, unexpected("{", missing))},
		{`{"a":[true false]}`, at(1, 12, 11, unexpected("f", missing))},
		{"{\n \"ä\": 1,\r\n  \"b\" : 'x'}", at(3, 9, 21, unexpected(`\'`, quotes))},
		{`{"ä":x}`, at(1, 6, 6, unexpected("x", words))},
		{`{"a\"b":x}`, at(1, 9, 8, unexpected("x", words))},
		{`{“a”:1}`, at(1, 2, 1, unexpected("“", quotes))},
		{`{"a":1,}`, at(1, 7, 6, unexpected(",", comma))},
		{`{"a":[1,2 , ]}`, at(1, 11, 10, unexpected(",", comma))},
		{`{"records":[{"a":1},]}`, at(1, 20, 19, unexpected(",", comma))},
		{`{"records":[{"a":1,}]}`, at(1, 19, 18, unexpected(",", comma))},
		{`{"a":,"b":1}`, at(1, 6, 5, unexpected(",", member))},
		{`{"a":}`, at(1, 6, 5, unexpected("}", member))},
		{`{"a"}`, at(1, 5, 4, unexpected("}", member))},
		{`{"a","b"}`, at(1, 5, 4, unexpected(",", member))},
		{`{1:2}`, at(1, 2, 1, unexpected("1", ""))},
		{`{"a":[1}`, at(1, 8, 7, unexpected("}", ""))},
		{`{"a":1]`, at(1, 7, 6, unexpected("]", ""))},
		{`{"a":1, // price` + "\n" + `"b":2}`, at(1, 9, 8, unexpected("/", ": JSON has no comments"))},
		{`{"a":1 # price`, at(1, 8, 7, unexpected("#", ": JSON has no comments"))},
		{`{"a":NaN}`, at(1, 6, 5, unexpected("N", words))},
		{`{"a":undefined}`, at(1, 6, 5, unexpected("u", words))},
		{`{"a":nil}`, at(1, 7, 6, unexpected("i", words))},
		{`{"a":01}`, at(1, 7, 6, unexpected("1", ""))},
		{`{"a":+1}`, at(1, 6, 5, unexpected("+", ""))},
		{`{"a":1.}`, at(1, 8, 7, unexpected("}", ""))},
		{`{"a":-}`, at(1, 7, 6, unexpected("}", ""))},
		{`{"a":"\x41"}`, at(1, 7, 6, "JSON has no such escape sequence")},
		{`{"a":"\u12G4"}`, at(1, 7, 6, "JSON has no such escape sequence")},
		{"{\"a\":\"x\ty\"}", at(1, 8, 7, `the control character '\t' in a string must be written as an escape`)},
		{"{\"a\x00\":1}", at(1, 4, 3, `the control character '\x00' in a string must be written as an escape`)},
		{"{\x00}", at(1, 2, 1, unexpected(`\x00`, ""))},
		{`{}{}`, at(1, 3, 2, after)},
		{`{} ` + "\n" + `,`, at(2, 1, 4, after)},
		{`{"a":1}}`, at(1, 8, 7, after)},
		{"{} \x00", at(1, 4, 3, after)},
		{"\ufeff{\"a\":}", at(1, 6, 8, unexpected("}", member))},
		{"\ufeff\ufeff{}", at(1, 1, 3, unexpected(`\ufeff`, ""))},
		{"{\"a\":\"\xff\"}", "the body is not UTF-8 at byte offset 6"},
		{"\ufeff{\"\xc3\":1}", "the body is not UTF-8 at byte offset 5"},
		{"{\"a\":\"\xed\xa0\x80\"}", "the body is not UTF-8 at byte offset 6"}, // half a surrogate pair in UTF-8's clothes
		{nested(65), at(1, 321, 320, deep)},
		{nested(20000), at(1, 321, 320, deep)},
		{strings.Repeat(`{"a":`, 200), at(1, 321, 320, deep)},
		{`{"a":` + strings.Repeat(`[`, 64), at(1, 69, 68, deep)},
		{`{"a":"]]]\"",` + "\n" + `"b":[` + strings.Repeat(`[`, 63) + strings.Repeat(`]`, 64) + `}`, at(2, 68, 81, deep)},
	} {
		for name, decode := range decoders() {
			err := decode(input(c.body))
			if wantError(t, err, stele.CodeParameter, c.want); t.Failed() {
				t.Errorf("%s of %.80q", name, c.body)
			}
		}
	}
}

// nested is an object in an object and so on, that deep.
func nested(depth int) string {
	return strings.Repeat(`{"a":`, depth-1) + `{}` + strings.Repeat(`}`, depth-1)
}

// TestDeepestMembers holds every place where a value is read to the depth of 64, by members that are known and unknown.
func TestDeepestMembers(t *testing.T) {
	t.Parallel()
	arrays := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, c := range []struct {
		decoder, before, after string
		depth                  int // of what stands around the value
	}{
		{"import", `{"other":`, `}`, 1},
		{"import", `{"table_id":`, `}`, 1},
		{"import", `{"records":`, `}`, 1},
		{"import", `{"records":[`, `]}`, 2},
		{"import", `{"records":[{"a":`, `}]}`, 3},
		{"import", `{"records":[{"values":`, `}]}`, 3},
		{"import", `{"records":[{"values":{"a":`, `}}]}`, 4},
		{"import", `{"records":[{"a":{"b":`, `}}]}`, 4},
		{"import", `{"records":[{"a":{"b":"[{\"","c":`, `}}]}`, 4},
		{"update", `{"update_data":[{"filter":{"a":`, `}}]}`, 4},
		{"update", `{"update_data":[{"updated_fields":`, `}]}`, 3},
		{"update", `{"update_data":[{"record_id":`, `}]}`, 3},
		{"legacy update", `{"filter":{"a":`, `}}`, 2},
		{"delete", `{"delete_data":[{"filter":{"a":`, `}}]}`, 4},
		{"delete", `{"delete_data":[{"other":`, `}]}`, 3},
		{"create-table", `{"fields":[{"name":`, `}]}`, 3},
		{"create-table", `{"fields":[{"other":`, `}]}`, 3},
		{"records", `{"filter":{"a":`, `}}`, 2},
		{"tables", `{"agent_id":`, `}`, 1},
		{"task ids", `{"ids":`, `}`, 1},
	} {
		const deep = "objects and arrays are nested more than 64 deep here"
		decode := decoders()[c.decoder]
		if err := decode(input(c.before + arrays(64-c.depth) + c.after)); err != nil && strings.Contains(err.Error(), "nested") {
			t.Errorf("%s %s: 64 deep: %v", c.decoder, c.before, err)
		}
		at := len(c.before) + 64 - c.depth
		wantError(t, decode(input(c.before+arrays(65-c.depth)+c.after)), stele.CodeParameter,
			fmt.Sprintf("the body is not valid JSON at line 1, column %d (byte offset %d): %s", at+1, at, deep))
	}
}

// TestDeepUncountedEntries holds entries beyond the allowed number to the depth too.
func TestDeepUncountedEntries(t *testing.T) {
	t.Parallel()
	in := input(`{"records":[{},{},{"a":` + strings.Repeat("[", 62) + strings.Repeat("]", 62) + `}]}`)
	in.Limits.ImportRecords = 2
	_, err := wire.DecodeImport(in)
	wantError(t, err, stele.CodeParameter,
		"the body is not valid JSON at line 1, column 85 (byte offset 84): objects and arrays are nested more than 64 deep here")
}

func TestEmptyBody(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", " \r\n\t", "\ufeff", "\ufeff\n"} {
		for name, decode := range decoders() {
			err := decode(input(body))
			if name == "tables" || name == "task ids" {
				if err != nil {
					t.Errorf("%s of %q: %v", name, body, err)
				}
				continue
			}
			wantError(t, err, stele.CodeParameter, "the body is empty; a JSON object is expected")
		}
	}
}

// TestHarmlessBody: a byte order mark, blanks anywhere, unknown members, repeated members and escaped names are all
// right everywhere, and a body without members leaves refusing to the verb.
func TestHarmlessBody(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"{}", "\ufeff{}", " \t\r\n{ } \t\r\n", nested(64),
		`{"x":1,"x":[{"table_id":5}],"":{},"Table_ID":5,"RECORDS":1,"\ud800":"\udfff"}`,
		`{"t\u0061ble_id":null,"table_id" : "" }`,
		`{"table_id":5,"table_id":"x","records":7,"records":[],"fields":1,"fields":[],"update_data":{},"update_data":[],"delete_data":2,"delete_data":null,"ids":1,"ids":[]}`,
	} {
		for name, decode := range decoders() {
			if err := decode(input(body)); err != nil {
				t.Errorf("%s of %s: %v", name, body, err)
			}
		}
	}
}

// TestTableID is about the member that most requests have.
func TestTableID(t *testing.T) {
	t.Parallel()
	read := map[string]func(wire.Input) (string, error){
		"import":        func(in wire.Input) (string, error) { v, err := wire.DecodeImport(in); return v.TableID, err },
		"records":       func(in wire.Input) (string, error) { v, err := wire.DecodeRecords(in); return v.TableID, err },
		"update":        func(in wire.Input) (string, error) { v, err := wire.DecodeUpdate(in); return v.TableID, err },
		"legacy update": func(in wire.Input) (string, error) { v, err := wire.DecodeLegacyUpdate(in); return v.TableID, err },
		"delete":        func(in wire.Input) (string, error) { v, err := wire.DecodeDelete(in); return v.TableID, err },
	}
	const half, other = "table_id holds half of a surrogate pair", "table_id must be a string"
	for _, c := range []struct{ body, want, refused string }{
		{`{}`, "", ""},
		{`{"table_id":null}`, "", ""},
		{`{"table_id":""}`, "", ""},
		{`{"table_id":"66F0a1"}`, "66F0a1", ""},
		{`{"table_id":"\u0036\u00e4\ud83d\ude00"}`, "6ä😀", ""},
		{`{"table_id":"1","table_id":"2"}`, "2", ""},
		{`{"table_id":"1","table_id":null}`, "", ""},
		{`{"TABLE_ID":"1"}`, "", ""},
		{`{"table_id":5}`, "", other},
		{`{"table_id":true}`, "", other},
		{`{"table_id":["1"]}`, "", other},
		{`{"table_id":{}}`, "", other},
		{`{"table_id":"1","table_id":5}`, "", other},
		{`{"table_id":"\ud83d"}`, "", half},
		{`{"table_id":"\ude00\ud83d"}`, "", half},
	} {
		for name, f := range read {
			got, err := f(input(c.body))
			if c.refused != "" {
				wantError(t, err, stele.CodeParameter, c.refused)
			} else if err != nil || got != c.want {
				t.Errorf("%s of %s: %q, %v; want %q", name, c.body, got, err, c.want)
			}
		}
	}
}
