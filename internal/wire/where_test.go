package wire_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"stele"
	"stele/internal/wire"
)

// written is a where in short: its paths, and values as cells write them.
func written(w *stele.RawWhere) string {
	if w == nil {
		return "none"
	}
	if w.Join != 0 {
		parts := make([]string, len(w.Of))
		for i := range w.Of {
			parts[i] = written(&w.Of[i])
		}
		return fmt.Sprintf("%s=%d(%s)", w.Path, w.Join, strings.Join(parts, "; "))
	}
	value := cells([]stele.Cell{{Name: "", Raw: w.Value}})
	if w.IsList {
		value = "list"
		for _, v := range w.List {
			value += cells([]stele.Cell{{Name: "", Raw: v}})
		}
	}
	return fmt.Sprintf("%s %s %s%s", w.Path, w.Field, w.Op, value)
}

func TestDecodeReads(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ body, where string }{
		{`{}`, "none"},
		{`{"where":null}`, "none"},
		{`{"where":{}}`, "none"},
		{`{"where":{"field":"price","op":"ge","value":9.50}}`, "where price ge: number 9.50"},
		{`{"where":{"field":"a","op":"is_null"}}`, "where a is_null: null"},
		{`{"where":{"op":"in","value":["x",1,null,[2]],"field":"a"}}`, `where a in` + "list: text x: number 1: null: json [2]"},
		{`{"where":{"and":[{"or":[{"field":"a","op":"eq","value":"1"}]},{"not":{"field":"b","op":"lt","value":{"c":[]}}}]}}`,
			`where=1(where.and[0]=2(where.and[0].or[0] a eq: text 1); where.and[1]=3(where.and[1].not b lt: json {"c":[]}))`},
		{`{"where":5,"where":{"field":"a","op":"eq","value":"x"}}`, "where a eq: text x"},
		{`{"where":{"field":"a","op":"eq","value":[1],"value":2,"op":"ne"}}`, "where a ne: number 2"},
		{`{"where":{"field":"a","op":"eq","value":1},"where":null}`, "none"},
	} {
		r, err := wire.DecodeRecords(input(c.body))
		if err != nil || written(r.Where) != c.where {
			t.Errorf("%s: %s, %v; want %s", c.body, written(r.Where), err, c.where)
		}
	}
	r, err := wire.DecodeRecords(input(`{"fields":["b","a"],"sort":[{"field":"$id","order":"DESC"},{"field":"a"}],"cursor":"abc","count":"false"}`))
	if err != nil || !slices.Equal(r.Fields, []string{"b", "a"}) || len(r.Sort) != 2 || r.Sort[0].Field.Text != "$id" || r.Sort[0].Order.Text != "DESC" ||
		r.Sort[1].Order.Kind != stele.KindNull || r.Cursor == nil || *r.Cursor != "abc" || !r.Uncounted {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := wire.DecodeRecords(input(`{"sort":[{"field":"a","direction":"desc"}]}`)); err != nil || r.Sort[0].Stray != "direction" {
		t.Errorf("a member that no entry of a sort has: %+v, %v", r, err)
	}
	if r, err := wire.DecodeRecords(input(`{"fields":null,"sort":null,"count":null,"page":"","cursor":""}`)); err != nil ||
		r.Fields != nil || len(r.Sort) != 0 || r.Uncounted || r.Cursor == nil || *r.Cursor != "" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestReadsRefusals(t *testing.T) {
	t.Parallel()
	const form = `must be one condition: {"field":…,"op":…,"value":…}, {"and":[…]}, {"or":[…]} or {"not":{…}}`
	leaf := `{"field":"a","op":"eq","value":1}`
	leaves := func(n int) string { return strings.TrimSuffix(strings.Repeat(leaf+",", n), ",") }
	deep := func(n int) string { return strings.Repeat(`{"not":`, n-1) + leaf + strings.Repeat("}", n-1) }
	values := func(n int) string {
		return `{"field":"a","op":"in","value":[` + strings.TrimSuffix(strings.Repeat("1,", n), ",") + `]}`
	}
	for _, c := range []struct{ member, want string }{
		{`"where":[]`, "where " + form},
		{`"where":"a=1"`, "where " + form},
		{`"where":{"and":[{}]}`, "where.and[0] " + form},
		{`"where":{"or":[` + leaf + `,5]}`, "where.or[1] " + form},
		{`"where":{"not":null}`, "where.not " + form},
		{`"where":{"and":{}}`, "where.and must be a list of conditions"},
		{`"where":{"or":[]}`, "where.or must have at least one condition"},
		{`"where":{"and":[` + leaf + `],"or":[` + leaf + `]}`, "where " + form + "; join several by and"},
		{`"where":{"and":[` + leaf + `],"field":"a"}`, "where " + form + "; join several by and"},
		{`"where":{"field":"a","value":1}`, "where needs both field and op"},
		{`"where":{"not":{"op":"eq","value":1}}`, "where.not needs both field and op"},
		{`"where":{"field":"a","op":5}`, "where.op must be a string"},
		{`"where":{"field":["a"],"op":"eq"}`, "where.field must be a string"},
		{`"where":{"feild":"a","op":"eq"}`, "where has the member `feild`, which no condition has"},
		{`"where":{"price":{"ge":1}}`, "where has the member `price`, which no condition has"},
		{`"where":` + deep(9), "where" + strings.Repeat(".not", 8) + " is nested too deeply: conditions may stand in one another 8 deep"},
		{`"where":{"and":[` + leaves(101) + `]}`, "where has too many conditions; at most 100 are allowed"},
		{`"where":{"or":[` + values(600) + `,` + values(401) + `]}`, "where has too many values in its lists; at most 1000 in all are allowed"},
		{`"fields":"a"`, "fields must be a list of field names"},
		{`"fields":["a",1]`, "fields[1] must be the name of a field"},
		{`"fields":[` + strings.TrimSuffix(strings.Repeat(`"a",`, 401), ",") + `]`, "fields has more than 400 entries; no table has as many fields"},
		{`"sort":"a"`, "sort must be an array of objects"},
		{`"sort":["a"]`, "sort[0] must be an object"},
		{`"sort":[` + strings.TrimSuffix(strings.Repeat(`{},`, 17), ",") + `]`, "sort has 17 entries; at most 16 are allowed"},
		{`"cursor":null`, `cursor must be a string: "" to begin with, then next_cursor of the answer before; null there says that nothing is left`},
		{`"cursor":5`, `cursor must be a string: "" to begin with, then next_cursor of the answer before; null there says that nothing is left`},
		{`"cursor":"","page":1`, "page and cursor exclude each other: leave page out"},
		{`"count":"no"`, "count must be true or false"},
	} {
		_, err := wire.DecodeRecords(input(`{` + c.member + `}`))
		if wantError(t, err, stele.CodeParameter, c.want); t.Failed() {
			t.Fatal(c.member)
		}
	}
	for _, fits := range []string{deep(8), `{"and":[` + leaves(100) + `]}`, `{"or":[` + values(600) + `,` + values(400) + `]}`} {
		if _, err := wire.DecodeRecords(input(`{"where":` + fits + `}`)); err != nil {
			t.Errorf("at its bound: %v", err)
		}
	}
}

// TestAppendReads: what an answer has where the request asked for it, and else lacks.
func TestAppendReads(t *testing.T) {
	t.Parallel()
	end, more := "", "AQab"
	page := stele.RecordPage{Total: -1, Fields: []int{1, 4}, Records: []stele.Record{{ID: 7, Values: []stele.Value{
		{}, stele.IntValue(5), {}, {}, stele.DateTimeValue("2026-03-01 08:00:00"),
	}}}}
	for _, c := range []struct {
		next *string
		tail string
	}{
		{nil, `"updated_at":0}]}`}, {&end, `"updated_at":0}],"next_cursor":null}`}, {&more, `"updated_at":0}],"next_cursor":"AQab"}`},
	} {
		page.Next = c.next
		got := string(wire.GPTBots.AppendRecords(nil, "", parcels(), page))
		if !strings.HasSuffix(got, c.tail) || !strings.Contains(got, `"value":{"weight_g":5,"shipped_at":"2026-03-01 08:00:00"},`) || strings.Contains(got, "total_count") {
			t.Error(got)
		}
	}
}
