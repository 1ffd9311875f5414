package stele

import (
	"encoding/base64"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// leaf is a condition as a request has it.
func leaf(path, field, op string, vs ...Raw) RawWhere {
	w := RawWhere{Path: path, Field: field, Op: op}
	if len(vs) == 1 {
		w.Value = vs[0]
	} else if len(vs) > 1 {
		w.List, w.IsList = vs, true
	}
	return w
}

func TestWhereIsTyped(t *testing.T) {
	t.Parallel()
	oneOf := leaf("where", "weight_g", "in")
	oneOf.IsList, oneOf.List = true, []Raw{num("1"), str(" 2 ")}
	for _, c := range []struct {
		raw  RawWhere
		want Where
	}{
		{leaf("where", "price", "ge", str("9.50")), Where{Op: OpGe, Column: 2, Values: []Value{FloatValue(9.5)}}},
		{leaf("where", "code", "eq", str("")), Where{Op: OpEq, Values: []Value{TextValue("")}}},
		{leaf("where", "shipped_at", "lt", str("2026-03-01")), Where{Op: OpLt, Column: 4, Values: []Value{DateTimeValue("2026-03-01 00:00:00")}}},
		{leaf("where", "weight_g", "starts_with", num("12")), Where{Op: OpStartsWith, Column: 1, Values: []Value{TextValue("12")}}},
		{leaf("where", "weight_g", "between", num("1"), num("2")), Where{Op: OpBetween, Column: 1, Values: []Value{IntValue(1), IntValue(2)}}},
		{oneOf, Where{Op: OpIn, Column: 1, Values: []Value{IntValue(1), IntValue(2)}}},
		{leaf("where", "price", "is_null"), Where{Op: OpIsNull, Column: 2}},
		{leaf("where", "price", "is_null", yes), Where{Op: OpIsNull, Column: 2}},
		{leaf("where", "price", "is_null", Raw{Kind: KindFalse}), Where{Op: OpNot, Of: []Where{{Op: OpIsNull, Column: 2}}}},
		{leaf("where", "$created_at", "gt", num("5")), Where{Op: OpGt, Column: ColumnCreated, Values: []Value{IntValue(5)}}},
		{RawWhere{Path: "where", Join: OpOr, Of: []RawWhere{leaf("where.or[0]", "$id", "eq", str("7"))}},
			Where{Op: OpOr, Of: []Where{{Op: OpEq, Column: ColumnID, Values: []Value{IntValue(7)}}}}},
	} {
		a, db := newAgent(t, parcels(t), ScopeRead)
		_, _, err := a.Records(t.Context(), string(parcels(t).ID), PageQuery{Page: PageNumber{1, 10}, Where: &c.raw})
		if err != nil || !reflect.DeepEqual(*db.query.Where, c.want) {
			t.Errorf("%+v: %v, %+v; want %+v", c.raw, err, db.query.Where, c.want)
		}
	}
}

func TestReadsRefused(t *testing.T) {
	t.Parallel()
	where := func(field, op string, vs ...Raw) PageQuery {
		w := RawWhere{Path: "where", Join: OpAnd, Of: []RawWhere{leaf("where.and[0]", "code", "is_null"), leaf("where.and[1]", field, op, vs...)}}
		return PageQuery{Where: &w}
	}
	sort := func(field, order Raw) PageQuery {
		return PageQuery{Sort: []RawSort{{Field: str("code")}, {Field: field, Order: order}}}
	}
	cursor := func(s string) PageQuery { return PageQuery{Cursor: &s} }
	for _, c := range []struct {
		q    PageQuery
		says string
	}{
		{where("prize", "eq", num("1")), "where.and[1].field: `prize` is not a field of table `parcels`. Near it: `price`"},
		{where("created_at", "eq", num("1")), "where.and[1].field: `created_at` is not a field of table `parcels`. Near it: `$created_at`, `$updated_at`"},
		{where("price", ">=", num("1")), "where.and[1].op must be one of eq, ne, lt, le, gt, ge, in, between, contains, starts_with, is_null; got '>='"},
		{where("price", "not", num("1")), "where.and[1].op must be one of eq, ne, lt, le, gt, ge, in, between, contains, starts_with, is_null; got 'not'"},
		{where("price", "ge", str("cheap")), "where.and[1].value: `price` is compared with values of type FLOAT, and this is none."},
		{where("weight_g", "eq", num("1.5")), "where.and[1].value: `weight_g` is compared with values of type INT, and this is none. It has a fraction; use a FLOAT field for it."},
		{where("$updated_at", "ge", str("2026-01-01")), "where.and[1].value: `$updated_at` is compared with values of type INT, and this is none."},
		{where("price", "eq", null), "where.and[1].value has no value; ask with the op is_null for records without one"},
		{where("price", "eq", str(" ")), "where.and[1].value has no value; ask with the op is_null for records without one"},
		{where("code", "contains", null), "where.and[1].value has no value; ask with the op is_null for records without one"},
		{where("price", "eq", num("1"), num("2")), "where.and[1].value must be one value: only in and between take a list"},
		{where("price", "in", num("1")), "where.and[1].value must be a list of values: in asks whether the field has one of them"},
		{where("price", "between", num("1")), "where.and[1].value must be a list of two values, the least and the greatest, which both belong to it"},
		{where("price", "between", num("1"), num("2"), num("3")), "where.and[1].value must be a list of two values, the least and the greatest, which both belong to it"},
		{where("price", "in", num("1"), str("x")), "where.and[1].value[1]: `price` is compared with values of type FLOAT, and this is none."},
		{where("price", "is_null", num("3")), "where.and[1].value must be true or false, or be left out: is_null compares with nothing"},
		{sort(str("colour"), null), "sort[1].field: `colour` is not a field of table `parcels`."},
		{sort(num("1"), null), "sort[1].field must be the name of a field, or $id, $created_at or $updated_at"},
		{sort(str("price"), str("down")), "sort[1].order must be asc or desc"},
		{PageQuery{Sort: []RawSort{{Field: str("code"), Stray: "direction"}}}, "sort[0] has the member `direction`, which no entry of a sort has: it has field and order"},
		{sort(str("code"), null), "sort[1].field is that of sort[0]: name each field once"},
		{PageQuery{Fields: []string{"code", "colour"}}, "fields[1]: `colour` is not a field of table `parcels`."},
		{PageQuery{Fields: []string{"$id"}}, "fields[0]: `$id` stands beside the fields and is always answered"},
		{cursor("?"), `cursor must be "" to begin with, and then the next_cursor of the answer before, as it was`},
		{cursor("AQ"), `cursor must be "" to begin with, and then the next_cursor of the answer before, as it was`},
		{cursor("AQAAAAAAAAAAAAAAAAAAAAA"), `cursor belongs to another request: table_id, sort, filter, where and keyword must stay as they were; begin again with ""`},
	} {
		a, db := newAgent(t, parcels(t), ScopeRead)
		c.q.Page = PageNumber{1, 10}
		_, _, err := a.Records(t.Context(), string(parcels(t).ID), c.q)
		if err == nil || strings.TrimSuffix(err.Error(), ".") != "Parameter error: "+strings.TrimSuffix(c.says, ".") || db.calls != 0 {
			t.Errorf("%v; want %q", err, c.says)
		}
	}
}

// TestCursor: what comes back is where the last record stood, for every kind of value, and only to the request it was made for.
func TestCursor(t *testing.T) {
	t.Parallel()
	table := parcels(t)
	price := leaf("where", "price", "ge", num("1"))
	q := PageQuery{
		Page: PageNumber{1, 2}, Keyword: "k", Filter: row("fragile", yes).Cells, Where: &price,
		Sort: []RawSort{{Field: str("price"), Order: str("desc")}, {Field: str("fragile")}, {Field: str("shipped_at")}, {Field: str("weight_g")}, {Field: str("$updated_at")}},
	}
	for _, values := range [][]Value{
		{TextValue("a"), IntValue(-5), FloatValue(1e21), BoolValue(true), DateTimeValue("2026-03-01 08:00:00")},
		{TextValue("b"), {}, {}, {}, {}},
		{TextValue("c"), IntValue(1 << 62), FloatValue(-0.1), BoolValue(false), DateTimeValue("0001-01-01 00:00:00")},
	} {
		a, db := newAgent(t, table, ScopeRead)
		db.answer = &RecordPage{More: true, Records: []Record{{ID: 1, Values: values}, {ID: 9, Updated: 77, Values: values}}}
		begin := ""
		q.Cursor = &begin
		_, p, err := a.Records(t.Context(), string(table.ID), q)
		if err != nil || p.Next == nil || db.query.After != nil || len(db.query.Sort) != 6 {
			t.Fatalf("the first page: %v, %+v, asked for %+v", err, p, db.query)
		}
		next := q
		next.Cursor, next.Page, next.Fields, next.Uncounted = p.Next, PageNumber{1, 5}, []string{"code"}, true // these may change
		db.answer = &RecordPage{}
		_, p, err = a.Records(t.Context(), string(table.ID), next)
		want := []Value{values[2], values[3], values[4], values[1], IntValue(77), IntValue(9)}
		if err != nil || p.Next == nil || *p.Next != "" || !reflect.DeepEqual(db.query.After, want) {
			t.Fatalf("the next page: %v, %+v, behind %v, want %v", err, p, db.query.After, want)
		}
		if !slices.Equal(db.query.Fields, []int{0, 1, 2, 3, 4}) || !slices.Equal(p.Fields, []int{0}) {
			t.Errorf("fields %v were read, which a cursor is made of, and %v are answered", db.query.Fields, p.Fields)
		}
		other := leaf("where", "price", "gt", num("1"))
		for what, change := range map[string]func(*PageQuery){
			"keyword": func(q *PageQuery) { q.Keyword = "K" }, "filter": func(q *PageQuery) { q.Filter = nil }, "where": func(q *PageQuery) { q.Where = &other },
			"no where": func(q *PageQuery) { q.Where = nil }, "order": func(q *PageQuery) { q.Sort = q.Sort[1:] },
			"direction": func(q *PageQuery) { q.Sort = append([]RawSort{{Field: str("price")}}, q.Sort[1:]...) },
		} {
			q := next
			change(&q)
			if _, _, err := a.Records(t.Context(), string(table.ID), q); err == nil || !strings.Contains(err.Error(), "cursor belongs to another request") {
				t.Errorf("with another %s: %v", what, err)
			}
		}
		whole, _ := base64.RawURLEncoding.DecodeString(*next.Cursor)
		for n := 1 + sealBytes; n < len(whole); n++ {
			short := base64.RawURLEncoding.EncodeToString(whole[:n])
			q := next
			q.Cursor = &short
			if _, _, err := a.Records(t.Context(), string(table.ID), q); err == nil || !strings.Contains(err.Error(), "cursor is damaged") {
				t.Errorf("cut at %d: %v", n, err)
			}
		}
	}
	long := Record{Values: []Value{TextValue(strings.Repeat("x", maxCursorText+1)), {}, {}, {}, {}}}
	if _, err := table.cursor(&RecordQuery{Sort: table.WholeOrder([]SortKey{{Column: 0}})}, &long); ErrorCode(err) != CodeParameter || err == nil {
		t.Errorf("a cursor of much text: %v", err)
	}
}

// TestWholeOrder: nothing stands behind what tells all records apart.
func TestWholeOrder(t *testing.T) {
	t.Parallel()
	for _, c := range [][2][]SortKey{
		{nil, {{Column: ColumnID}}},
		{{{Column: 1, Desc: true}}, {{Column: 1, Desc: true}, {Column: ColumnID}}},
		{{{Column: 0, Desc: true}, {Column: 1}}, {{Column: 0, Desc: true}}},
		{{{Column: 1}, {Column: ColumnID, Desc: true}, {Column: 2}}, {{Column: 1}, {Column: ColumnID, Desc: true}}},
	} {
		if got := parcels(t).WholeOrder(c[0]); !reflect.DeepEqual(got, c[1]) {
			t.Errorf("%v is completed to %v, want %v", c[0], got, c[1])
		}
	}
}

// FuzzCursor: whatever is sent as a cursor is refused or leads to a place that a record could have.
func FuzzCursor(f *testing.F) {
	table := newTable(f, "a TEXT", "b FLOAT", "c BOOLEAN", "d DATETIME")
	q := &RecordQuery{Sort: table.WholeOrder([]SortKey{{Column: 0}, {Column: 1, Desc: true}, {Column: 2}, {Column: 3}})}
	seal := table.seal(q)
	s, _ := table.cursor(q, &Record{ID: 5, Values: []Value{TextValue("x"), FloatValue(1), BoolValue(true), DateTimeValue("2026-03-01 08:00:00")}})
	b, _ := base64.RawURLEncoding.DecodeString(s)
	f.Add(b[1+sealBytes:])
	f.Fuzz(func(t *testing.T, tail []byte) {
		s := base64.RawURLEncoding.EncodeToString(append(append([]byte{cursorVersion}, seal[:]...), tail...))
		values, err := table.after(q, s)
		if err != nil {
			return
		}
		again, err := table.cursor(q, &Record{ID: RecordID(values[4].Int()), Values: values[:4]})
		if err != nil || values[4].IsNull() {
			return
		}
		if back, err := table.after(q, again); err != nil || !reflect.DeepEqual(back, values) {
			t.Errorf("%v comes back as %v, %v", values, back, err)
		}
	})
}
