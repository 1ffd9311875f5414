package wire_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"stele"
	"stele/internal/wire"
)

// answer is one golden answer: in the first three dialects and hybrid, or in all of them alike.
type answer struct {
	gptbots, altatech, legacy, hybrid string
}

func alike(s string) answer { return answer{s, s, s, s} }

// wantAnswer holds what write appends to the golden bytes in every dialect, and to appending only.
func wantAnswer(t *testing.T, what string, want answer, write func(d wire.Dialect, b []byte) []byte) {
	t.Helper()
	for d, golden := range map[wire.Dialect]string{
		wire.GPTBots: want.gptbots, wire.AltaTech: want.altatech, wire.Legacy: want.legacy, wire.Hybrid: want.hybrid,
	} {
		const before = "before"
		got, ok := strings.CutPrefix(string(write(d, []byte(before))), before)
		if !ok || got != golden {
			t.Errorf("%s under %s is\n%s\nwant\n%s", what, d, got, golden)
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("%s under %s is no JSON: %s", what, d, got)
		}
	}
}

// parcels is the example table of wire.md 5.
func parcels() *stele.Table {
	return &stele.Table{
		ID: "66f0a1b2c3d4e5f601234567", Name: "parcels", Description: "parcels on their way",
		Fields: []stele.Field{
			{Name: "code", Description: "tracking code", Type: stele.Text, Required: true, Unique: true},
			{Name: "weight_g", Type: stele.Int}, {Name: "price", Type: stele.Float},
			{Name: "fragile", Type: stele.Boolean}, {Name: "shipped_at", Type: stele.DateTime},
		},
	}
}

func TestAppendTableID(t *testing.T) {
	t.Parallel()
	wantAnswer(t, "create-table", alike(`{"code":0,"message":"OK","data":"66f0a1b2c3d4e5f601234567"}`),
		func(d wire.Dialect, b []byte) []byte { return d.AppendTableID(b, "66f0a1b2c3d4e5f601234567") })
}

func TestAppendImport(t *testing.T) {
	t.Parallel()
	const wrapped = `{"code":0,"message":"OK","data":["66f0a1b9000000000000abcd"]}`
	want := answer{`"66f0a1b9000000000000abcd"`, wrapped, wrapped, wrapped}
	wantAnswer(t, "import", want, func(d wire.Dialect, b []byte) []byte {
		return d.AppendImport(b, wire.Import{}, stele.Task{ID: "66f0a1b9000000000000abcd", Total: 2, Success: 1})
	})
}

func TestAppendTasks(t *testing.T) {
	t.Parallel()
	const example = `{"id":"66f0a1b9000000000000abcd","progress":100,"status":"AVAILABLE","total_count":4,"success_count":2,"fail_count":2,` +
		`"fail_detail":[` +
		`{"row":2,"row_number_start":0,"row_number_end":0,"fail_reason":"` + "`code` must be unique, but the value 'PX-1' is duplicated (first at row `1`)." + `"},` +
		`{"row":4,"row_number_start":0,"row_number_end":0,"fail_reason":"` + "`code` is required and must have a value; the current value is invalid or the property is missing. `code` must be unique, but the value is empty or the property is missing." + `"}]}`
	const refused = `{"id":"66f0a1b9000000000000abce","progress":100,"status":"FAIL","total_count":3,"success_count":0,"fail_count":3,` +
		`"fail_detail":[{"row":null,"row_number_start":3,"row_number_end":3,"fail_reason":"Duplicate entry 'PX-9' for key 'parcels.code'"}]}`
	const whole = `{"id":"66f0a1b9000000000000abcf","progress":100,"status":"AVAILABLE","total_count":1,"success_count":1,"fail_count":0,"fail_detail":[]}`
	tasks := []stele.Task{
		{ID: "66f0a1b9000000000000abcd", Total: 4, Success: 2, Rejections: []stele.Rejection{
			{Row: 2, Reason: "`code` must be unique, but the value 'PX-1' is duplicated (first at row `1`)."},
			{Row: 4, Reason: "`code` is required and must have a value; the current value is invalid or the property is missing. `code` must be unique, but the value is empty or the property is missing."},
		}},
		{ID: "66f0a1b9000000000000abce", Total: 3, Rejections: []stele.Rejection{
			{From: 3, To: 3, Reason: "Duplicate entry 'PX-9' for key 'parcels.code'"},
		}},
		{ID: "66f0a1b9000000000000abcf", Total: 1, Success: 1},
	}
	for _, c := range []struct {
		tasks []stele.Task
		want  string
	}{
		{nil, `[]`},
		{tasks[:1], `[` + example + `]`},
		{tasks, `[` + example + `,` + refused + `,` + whole + `]`},
	} {
		want := answer{c.want, c.want, `{"code":0,"message":"OK","progress":100,"data":` + c.want + `}`, c.want}
		wantAnswer(t, "import-results", want, func(d wire.Dialect, b []byte) []byte { return d.AppendTasks(b, wire.Results{}, c.tasks) })
	}
}

func TestAppendRecords(t *testing.T) {
	t.Parallel()
	const info = `"table_info":{"id":"66f0a1b2c3d4e5f601234567","name":"parcels","description":"parcels on their way","field_count":5,` +
		`"fields":[{"name":"code","description":"tracking code","type":"TEXT","required":true,"unique":true},` +
		`{"name":"weight_g","description":"","type":"INT","required":false,"unique":false},` +
		`{"name":"price","description":"","type":"FLOAT","required":false,"unique":false},` +
		`{"name":"fragile","description":"","type":"BOOLEAN","required":false,"unique":false},` +
		`{"name":"shipped_at","description":"","type":"DATETIME","required":false,"unique":false}],` +
		`"bot_id":"66e000000000000000000001","project_id":"","owner_id":""},`
	const first = `{"id":"541278230707963208","value":{"code":"PX-1","weight_g":1200,"price":9.5,"fragile":true,"shipped_at":"2026-03-01 08:00:00"},` +
		`"created_at":1772352000123,"updated_at":1772352000124}`
	const second = `{"id":"9223372036854775807","value":{"code":null,"weight_g":null,"price":null,"fragile":null,"shipped_at":null},` +
		`"created_at":1,"updated_at":2}`
	for _, c := range []struct {
		page stele.RecordPage
		want string
	}{
		{stele.RecordPage{Total: 2}, info + `"records":[],"total_count":2`},
		{stele.RecordPage{Total: 1 << 40, Records: []stele.Record{
			{ID: 541278230707963208, Created: 1772352000123, Updated: 1772352000124, Values: []stele.Value{
				stele.TextValue("PX-1"), stele.IntValue(1200), stele.FloatValue(9.5), stele.BoolValue(true), stele.DateTimeValue("2026-03-01 08:00:00"),
			}},
			{ID: math.MaxInt64, Created: 1, Updated: 2, Values: make([]stele.Value, 5)},
		}}, info + `"records":[` + first + `,` + second + `],"total_count":1099511627776`},
	} {
		wrapped := `{"code":0,"message":"OK","data":{` + c.want + `}}`
		want := answer{`{` + c.want + `}`, wrapped, wrapped, `{"code":0,"message":"OK",` + c.want + `}`}
		wantAnswer(t, "records/page", want, func(d wire.Dialect, b []byte) []byte {
			return d.AppendRecords(b, "66e000000000000000000001", parcels(), c.page)
		})
	}
}

func TestAppendTables(t *testing.T) {
	t.Parallel()
	const one = `{"table_id":"66f0a1b2c3d4e5f601234567","name":"parcels","description":"parcels on their way","field_number":5,"record_count":2}`
	for _, c := range []struct {
		tables []stele.TableCount
		want   string
	}{
		{nil, `"tables":[]`},
		{[]stele.TableCount{{Table: parcels(), Records: 2}}, `"tables":[` + one + `]`},
		{[]stele.TableCount{{Table: parcels(), Records: 2}, {Table: &stele.Table{ID: "x", Name: "y", Description: "\"z\""}}},
			`"tables":[` + one + `,{"table_id":"x","name":"y","description":"\"z\"","field_number":0,"record_count":0}]`},
	} {
		wrapped := `{"code":0,"message":"OK","data":{` + c.want + `}}`
		want := answer{`{` + c.want + `}`, wrapped, wrapped, `{"code":0,"message":"OK",` + c.want + `}`}
		wantAnswer(t, "tables/page", want, func(d wire.Dialect, b []byte) []byte { return d.AppendTables(b, c.tables) })
	}
}

func TestAppendUpdate(t *testing.T) {
	t.Parallel()
	decode := func(body string) wire.Update {
		u, err := wire.DecodeUpdate(input(body))
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	published := decode(`{"update_data":[{"record_id":"1","updated_fields":{}},
		{"filter":{"code":"PX-7"},"updated_fields":{"price":"12"}},
		{"record_id":"541278230707963208","filter":{"code":"PX-8"},"updated_fields":{"weight_g":"heavy"}}]}`)
	wantAnswer(t, "update", alike(`{"totalCount":3,"success_count":1,"fail_count":2,"fail_detail":[`+
		`{"upsert_data":{"filter":{"code":"PX-7"},"value":{"price":"12"}},"fail_reason":"record not found"},`+
		`{"upsert_data":{"record_id":"541278230707963208","value":{"weight_g":"heavy"}},"fail_reason":"`+"`weight_g` has an invalid value for type INT."+`"}]}`),
		func(d wire.Dialect, b []byte) []byte {
			return d.AppendUpdate(b, published, []stele.Outcome{{}, {Reason: "record not found"}, {Reason: "`weight_g` has an invalid value for type INT."}})
		})
	wantAnswer(t, "update without failures", alike(`{"totalCount":2,"success_count":2,"fail_count":0,"fail_detail":[]}`),
		func(d wire.Dialect, b []byte) []byte { return d.AppendUpdate(b, published, make([]stele.Outcome, 2)) })

	// What was sent comes back as it was received, the id as a string.
	for _, c := range []struct{ entry, want string }{
		{`{}`, `{"value":null}`},
		{`{"record_id":null,"filter":"","updated_fields":{ "a" : 1.50 }}`, `{"value":{ "a" : 1.50 }}`},
		{`{"record_id":"","filter":{ "a":"\u00e4" },"updated_fields":[1]}`, `{"filter":{ "a":"\u00e4" },"value":[1]}`},
		{`{"filter":[1],"updated_fields":"\ud800"}`, `{"filter":[1],"value":"\ud800"}`},
		{`{"filter":{},"updated_fields":null}`, `{"filter":{},"value":null}`},
		{`{"record_id":541278230707963208}`, `{"record_id":"541278230707963208","value":null}`},
		{`{"record_id":" 7\n\u0022"}`, `{"record_id":" 7\n\"","value":null}`},
		{`{"record_id":"\ud800"}`, `{"record_id":"\ud800","value":null}`},
		{`{"record_id":true}`, `{"record_id":"true","value":null}`},
		{`{"record_id":false}`, `{"record_id":"false","value":null}`},
		{`{"record_id":["7"]}`, `{"record_id":"[\"7\"]","value":null}`},
	} {
		u := decode(`{"update_data":[` + c.entry + `]}`)
		wantAnswer(t, c.entry, alike(`{"totalCount":1,"success_count":0,"fail_count":1,"fail_detail":[{"upsert_data":`+c.want+`,"fail_reason":"no"}]}`),
			func(d wire.Dialect, b []byte) []byte { return d.AppendUpdate(b, u, []stele.Outcome{{Reason: "no"}}) })
	}
}

func TestAppendSmallAnswers(t *testing.T) {
	t.Parallel()
	wantAnswer(t, "delete", alike(`{"code":0,"message":"OK"}`),
		func(d wire.Dialect, b []byte) []byte { return d.AppendDeleted(b, wire.Delete{}, 0) })
	wantAnswer(t, "verify", alike(`{"code":0,"message":"OK","data":{"type":"agent","id":"66e000000000000000000001"},"type":"agent","id":"66e000000000000000000001"}`),
		func(d wire.Dialect, b []byte) []byte { return d.AppendVerify(b, "66e000000000000000000001") })
}

func TestAppendError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err        *stele.Error
		bare, with string
	}{
		{stele.Errorf(stele.CodeParameter, "page_size must be between 1 and 100"),
			`{"code":40000,"message":"Parameter error: page_size must be between 1 and 100"}`,
			`{"code":40000,"message":"Parameter error: page_size must be between 1 and 100","error":{"code":"40000","message":"Parameter error: page_size must be between 1 and 100","status":400}}`},
		{&stele.Error{Code: stele.CodeTableNotFound},
			`{"code":403106,"message":"Table not found"}`,
			`{"code":403106,"message":"Table not found","error":{"code":"403106","message":"Table not found","status":404}}`},
		{stele.Errorf(stele.CodeTooLarge, "'\"\n\x00<é"),
			`{"code":40000,"message":"Parameter error: '\"\n\u0000<é"}`,
			`{"code":40000,"message":"Parameter error: '\"\n\u0000<é","error":{"code":"40000","message":"Parameter error: '\"\n\u0000<é","status":413}}`},
		{&stele.Error{},
			`{"code":50000,"message":"Internal system error"}`,
			`{"code":50000,"message":"Internal system error","error":{"code":"50000","message":"Internal system error","status":500}}`},
	} {
		wantAnswer(t, c.bare, answer{c.bare, c.with, c.bare, c.bare},
			func(d wire.Dialect, b []byte) []byte { return d.AppendError(b, c.err) })
	}
}

// TestPageMemory: one long record does not make room for a page of such.
func TestPageMemory(t *testing.T) {
	t.Parallel()
	table := &stele.Table{Fields: []stele.Field{{Name: "f", Type: stele.Text}}}
	page := stele.RecordPage{Records: make([]stele.Record, 100)}
	for i := range page.Records {
		page.Records[i].Values = []stele.Value{stele.TextValue("short")}
	}
	page.Records[0].Values[0] = stele.TextValue(strings.Repeat("x", 4<<20))
	if b := wire.Hybrid.AppendRecords(nil, "", table, page); cap(b) > 3*len(b) {
		t.Errorf("%d bytes hold an answer of %d", cap(b), len(b))
	}
}

// TestAppendedValues is how values are answered (wire.md 4.1).
func TestAppendedValues(t *testing.T) {
	t.Parallel()
	const exact = 1<<53 - 1
	for _, c := range []struct {
		value stele.Value
		want  string
	}{
		{stele.Value{}, `null`},
		{stele.TextValue(""), `""`},
		{stele.TextValue("ä😀 </script> & 'x'"), `"ä😀 </script> & 'x'"`},
		{stele.TextValue("\"\\\b\f\n\r\t\x01\x1f\x7f"), `"\"\\\u0008\u000c\n\r\t\u0001\u001f` + "\x7f" + `"`},
		{stele.TextValue("null"), `"null"`},
		{stele.IntValue(0), `0`},
		{stele.IntValue(-7), `-7`},
		{stele.IntValue(exact), `9007199254740991`},
		{stele.IntValue(exact + 1), `"9007199254740992"`},
		{stele.IntValue(-exact), `-9007199254740991`},
		{stele.IntValue(-exact - 1), `"-9007199254740992"`},
		{stele.IntValue(math.MaxInt64), `"9223372036854775807"`},
		{stele.IntValue(math.MinInt64), `"-9223372036854775808"`},
		{stele.FloatValue(0), `0`},
		{stele.FloatValue(0.1), `0.1`},
		{stele.FloatValue(30), `30`},
		{stele.FloatValue(1e300), `1e+300`},
		{stele.FloatValue(-5e-324), `-5e-324`},
		{stele.FloatValue(9007199254740993), `9007199254740992`},
		{stele.BoolValue(true), `true`},
		{stele.BoolValue(false), `false`},
		{stele.DateTimeValue("2026-03-01 08:00:00"), `"2026-03-01 08:00:00"`},
	} {
		table := &stele.Table{Fields: []stele.Field{{Name: "f"}}}
		got := string(wire.GPTBots.AppendRecords(nil, "", table, stele.RecordPage{Records: []stele.Record{{ID: 1, Values: []stele.Value{c.value}}}}))
		if !strings.Contains(got, `"value":{"f":`+c.want+`},`) || !json.Valid([]byte(got)) {
			t.Errorf("%v is answered in %s; want %s", c.value, got, c.want)
		}
	}
}

func TestAppendString(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"", `""`},
		{"plain", `"plain"`},
		{"\u2028\u2029\ufeff\ufffd\U0010ffff", "\"\u2028\u2029\ufeff\ufffd\U0010ffff\""},
		{"a\xffb\xc3", `"a` + "\ufffd" + `b` + "\ufffd" + `"`},
		{"\xed\xa0\x80", `"` + strings.Repeat("\ufffd", 3) + `"`},
		{`\u0041"`, `"\\u0041\""`},
	} {
		if got := string(wire.AppendString(nil, c.text)); got != c.want {
			t.Errorf("%q is %s, want %s", c.text, got, c.want)
		}
	}
	for c := range rune(0x500) {
		var back string
		got := wire.AppendString([]byte(nil), string([]rune{'x', c, 'y'}))
		if err := json.Unmarshal(got, &back); err != nil || back != "x"+string(c)+"y" {
			t.Errorf("%q is written as %s: %v", c, got, err)
		}
	}
}
