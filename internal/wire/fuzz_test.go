package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"stele"
	"stele/internal/wire"
)

// small are limits that inputs of a fuzzer's size can pass.
func small() stele.Limits {
	l := stele.DefaultLimits()
	l.ImportRecords, l.UpdateEntries, l.DeleteEntries, l.Fields, l.RowMembers, l.TaskIDs = 4, 3, 3, 3, 5, 3
	return l
}

// seeds are bodies that reach most of the decoders.
func seeds(f *testing.F) {
	for _, s := range []string{
		``, `{}`, "\ufeff{}", `[`, `{"a":1} x`, nested(64), nested(65), `{"table_id":"\ud800"}`, "{\"table_id\":\"\xff\"}",
		`{"table_id":"t","records":[{"a":1,"b":"x\u00e4","c":[{"d":null}],"e":true},{"values":{"a":1.50}},{"values":{"a":""},"b":null}]}`,
		`{"records":[{"values":{"a":1},"x":2},{"a":1,"a":2},{"values":5},{"b":"\ud800\u0041"},{"\udc00":"\ud83d\ude00"},{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}]}`,
		`{"records":[1],"records":[{}]}`, `{"records":[{"values":{"a":1},"values":[],"values":{"b":2}}]}`,
		`{"table_id":"t","is_create":"TRUE","is_creat":0,"update_data":[{"record_id":"7","filter":{"a":1},"updated_fields":{"b":[1, 2]}},{"filter":[],"updated_fields":null}]}`,
		`{"record_id":7,"filter":{"a":"\ud800"},"updated_fields":{"b":2},"is_add":true}`,
		`{"delete_data":[{"record_id":"7"},{"filter":{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}},{"record_id":null,"filter":""}]}`,
		`{"page":"2","page_size":1e1,"filter":{"a":null},"keyword":"x"}`, `{"page":9223372036854775807,"keyword":1.50,"filter":null}`,
		`{"where":{"and":[{"field":"a","op":"in","value":[1,"x",null]},{"not":{"or":[{"field":"b","op":"is_null"}]}}]},"sort":[{"field":"a","order":"desc"}]}`,
		`{"where":{},"fields":["a","b"],"cursor":"","count":false}`, `{"where":{"not":{"field":"a","op":"eq","value":{"x":[1]}}},"cursor":"AQ"}`,
		`{"ids":["a,b",null,["c"]]}`, `{"ids":"a, b,,c"}`, `{"agent_id":"a","page":1}`,
		`{"name":"n","description":"d","fields":[{"name":"a","type":"TEXT","required":"true","unique":false},{"type":5},{},{}]}`,
	} {
		f.Add([]byte(s))
	}
}

// wantRefusal holds an error to what a caller may be shown.
func wantRefusal(t *testing.T, err error) {
	t.Helper()
	e, ok := errors.AsType[*stele.Error](err)
	if !ok || e.Code == stele.CodeInternal || e.Detail == "" {
		t.Fatalf("error is %v (%T)", err, err)
	}
	if m := e.Error(); len(m) > 500 || !utf8.ValidString(m) {
		t.Fatalf("message of %d bytes: %q", len(m), m)
	}
	if b := wire.AltaTech.AppendError(nil, e); !json.Valid(b) {
		t.Fatalf("answer is no JSON: %s", b)
	}
}

// decode runs a decoder under the published limits, of which it returns the outcome, and under small ones. It holds
// both to leaving the body alone.
func decode[T any](t *testing.T, f func(wire.Input) (T, error), body []byte, bounds func(T)) (T, error) {
	t.Helper()
	before := bytes.Clone(body)
	v, err := f(wire.Input{Body: body, Limits: small()})
	if err != nil {
		wantRefusal(t, err)
	} else {
		bounds(v)
	}
	if v, err = f(wire.Input{Body: body, Limits: stele.DefaultLimits()}); err != nil {
		wantRefusal(t, err)
	}
	if !bytes.Equal(body, before) {
		t.Fatal("the body was changed")
	}
	return v, err
}

func FuzzDecodeImport(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		im, err := decode(t, wire.DecodeImport, body, func(im wire.Import) {
			if len(im.Rows) > 4 {
				t.Fatalf("%d rows", len(im.Rows))
			}
			for _, r := range im.Rows {
				if len(r.Cells) > 5 {
					t.Fatalf("%d cells", len(r.Cells))
				}
			}
		})
		m := object(body)
		table, ok := text(m["table_id"])
		rows, rowsOK := objects(m["records"], 1000)
		if want := m != nil && ok && rowsOK; want != (err == nil) {
			t.Fatalf("accepted: %v, want %v (%v)", err == nil, want, err)
		}
		if err != nil {
			return
		}
		if im.TableID != table || len(im.Rows) != len(rows) {
			t.Fatalf("table %q and %d rows, want %q and %d", im.TableID, len(im.Rows), table, len(rows))
		}
		for i, r := range im.Rows {
			if strings.Contains(r.Problem, "more than 400") || ambiguous(body) {
				continue
			}
			want, beside := unwrap(t, rows[i])
			agreeCells(t, r.Cells, want)
			if beside != (r.Problem != "") {
				t.Fatalf("problem %q of %s", r.Problem, rows[i])
			}
		}
	})
}

func FuzzDecodeUpdate(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		bounds := func(u wire.Update) {
			if len(u.Changes) > 3 {
				t.Fatalf("%d changes", len(u.Changes))
			}
			for _, c := range u.Changes {
				if len(c.Fields) > 5 || len(c.Address.Filter) > 5 {
					t.Fatalf("%d fields, %d in the filter", len(c.Fields), len(c.Address.Filter))
				}
			}
		}
		m := object(body)
		_, tableOK := text(m["table_id"])
		create := m["is_create"]
		if isNull(create) {
			create = m["is_creat"]
		}
		u, err := decode(t, wire.DecodeUpdate, body, bounds)
		entries, entriesOK := objects(m["update_data"], 100)
		checkUpdate(t, u, err, m != nil && tableOK && entriesOK, create, entries, ambiguous(body))

		u, err = decode(t, wire.DecodeLegacyUpdate, body, bounds)
		var whole []json.RawMessage
		if m != nil {
			whole = []json.RawMessage{bytes.TrimPrefix(body, []byte("\ufeff"))}
		}
		checkUpdate(t, u, err, m != nil && tableOK, m["is_add"], whole, ambiguous(body))
	})
}

func checkUpdate(t *testing.T, u wire.Update, err error, ok bool, create json.RawMessage, entries []json.RawMessage, ambiguous bool) {
	t.Helper()
	isCreate, createOK := truth(create)
	if want := ok && createOK; want != (err == nil) {
		t.Fatalf("accepted: %v, want %v (%v)", err == nil, want, err)
	}
	if err != nil {
		return
	}
	if u.Create != isCreate || len(u.Changes) != len(entries) {
		t.Fatalf("create %v and %d changes, want %v and %d", u.Create, len(u.Changes), isCreate, len(entries))
	}
	outcomes := make([]stele.Outcome, len(entries))
	for i, c := range u.Changes {
		outcomes[i].Reason = "no"
		if !ambiguous {
			var m map[string]json.RawMessage
			if err := json.Unmarshal(entries[i], &m); err != nil {
				t.Fatal(err)
			}
			agreeChange(t, c, m)
		}
	}
	var answer struct {
		Failed int               `json:"fail_count"`
		Detail []json.RawMessage `json:"fail_detail"`
	}
	if err := json.Unmarshal(wire.Hybrid.AppendUpdate(nil, u, outcomes), &answer); err != nil || answer.Failed != len(entries) || len(answer.Detail) != len(entries) {
		t.Fatalf("answer: %+v, %v", answer, err)
	}
}

func FuzzDecodeDelete(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := decode(t, wire.DecodeDelete, body, func(d wire.Delete) {
			if len(d.Addresses) > 3 {
				t.Fatalf("%d addresses", len(d.Addresses))
			}
			for _, a := range d.Addresses {
				if len(a.Filter) > 5 {
					t.Fatalf("%d in the filter", len(a.Filter))
				}
			}
		})
		m := object(body)
		_, tableOK := text(m["table_id"])
		entries, entriesOK := objects(m["delete_data"], 1000)
		if want := m != nil && tableOK && entriesOK; want != (err == nil) {
			t.Fatalf("accepted: %v, want %v (%v)", err == nil, want, err)
		}
		if len(d.Addresses) != len(entries) && err == nil {
			t.Fatalf("%d addresses, want %d", len(d.Addresses), len(entries))
		}
		for i, a := range d.Addresses {
			var m map[string]json.RawMessage
			if err := json.Unmarshal(entries[i], &m); err != nil {
				t.Fatal(err)
			}
			if !ambiguous(body) {
				agreeAddress(t, a, m)
			}
		}
	})
}

func FuzzDecodeRecords(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := decode(t, wire.DecodeRecords, body, func(r wire.Records) {
			if len(r.Filter) > 5 {
				t.Fatalf("%d in the filter", len(r.Filter))
			}
			if len(r.Fields) > 5 || len(r.Sort) > stele.MostSortKeys {
				t.Fatalf("%d fields, %d in sort", len(r.Fields), len(r.Sort))
			}
			if conditions, values := sizeOf(r.Where, 1); conditions > stele.MostWhereConditions || values > stele.MostWhereValues {
				t.Fatalf("%d conditions and %d values", conditions, values)
			}
		})
		m := object(body)
		if m == nil && err == nil {
			t.Fatal("accepted")
		}
		if err != nil {
			return
		}
		if filter := m["filter"]; !isNull(filter) && !ambiguous(body) {
			agreeCells(t, r.Filter, filter)
		}
		keyword := m["keyword"]
		if s, ok := text(keyword); r.Keyword != s && r.Keyword != string(keyword) || ok && r.Keyword != s {
			t.Fatalf("keyword %q of %s", r.Keyword, keyword)
		}
	})
}

// sizeOf counts a where's conditions and the values of its lists. It panics where the tree is deeper than allowed.
func sizeOf(w *stele.RawWhere, depth int) (conditions, values int) {
	if w == nil {
		return 0, 0
	}
	if depth > stele.MostWhereDepth {
		panic("too deep")
	}
	if w.Join == 0 {
		return 1, len(w.List)
	}
	for i := range w.Of {
		c, v := sizeOf(&w.Of[i], depth+1)
		conditions, values = conditions+c, values+v
	}
	return conditions, values
}

func FuzzDecodeTables(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := decode(t, wire.DecodeCreateTable, body, func(d stele.Draft) {
			if len(d.Fields) > 3 {
				t.Fatalf("%d fields", len(d.Fields))
			}
		})
		m := object(body)
		if err == nil {
			fields, ok := objects(m["fields"], 1<<30)
			name, nameOK := text(m["name"])
			if m == nil || !ok || !nameOK || d.Name != name || len(d.Fields)+d.More != len(fields) {
				t.Fatalf("draft %+v", d)
			}
		}
		tables, err := decode(t, wire.DecodeTables, body, func(wire.Tables) {})
		if agent, ok := text(m["agent_id"]); err == nil && (!ok || tables.AgentID != agent) {
			t.Fatalf("tables %+v", tables)
		}
	})
}

func FuzzDecodeTaskIDs(f *testing.F) {
	for _, q := range []string{"", "ids=a&ids=b", "ids%5B%5D=a,b&ids%5B0%5D%5B0%5D=c", "ids[0]=+a+,,A&x=%zz", "ids=%2C&&=&ids[", "agent_id=x&page=2&page_size=%31"} {
		f.Add(q, []byte(`{"ids":["a",["b,c"],null]}`))
		f.Add(q, []byte(`{"ids":"a"`))
	}
	f.Fuzz(func(t *testing.T, query string, body []byte) {
		ids, err := wire.DecodeTaskIDs(wire.Input{Query: query, Body: body, Limits: small()})
		if err != nil {
			wantRefusal(t, err)
		}
		seen := map[string]bool{}
		for _, id := range ids {
			key := strings.ToLower(id)
			if id == "" || strings.TrimSpace(id) != id || strings.Contains(id, ",") || seen[key] || len(seen) == 3 {
				t.Fatalf("ids %q", ids)
			}
			seen[key] = true
		}
		if _, err := wire.DecodeTablesQuery(wire.Input{Query: query, Limits: small()}); err != nil {
			wantRefusal(t, err)
		}
	})
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "\"\\\x00\x1f\n", "ä😀\u2028\ufffd", "\xff\xc3(\xed\xa0\x80", "</script>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := wire.AppendString([]byte("before"), s)
		b, ok := bytes.CutPrefix(b, []byte("before"))
		var back string
		if err := json.Unmarshal(b, &back); err != nil || !ok || back != string([]rune(s)) || !utf8.Valid(b) {
			t.Fatalf("%q is written as %q, read as %q, %v", s, b, back, err)
		}
	})
}
