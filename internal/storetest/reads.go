package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"stele"
)

func readCases() []testCase {
	return []testCase{
		{"any where, order, cursor and choice of fields answers what the model does", anyReads},
		{"a condition on a field without a value is false, and not turns it around", conditionsOnNothing},
		{"conditions compare values of every type", conditionsByType},
		{"contains and starts_with are literal and ignore ASCII case", textConditions},
		{"orders put no value first, text by its bytes, and ties by id", ordersByType},
		{"a walk by cursors meets every record once, whatever comes and goes", walkBesideWrites},
		{"fields that were not asked for weigh nothing", fieldsWeighNothing},
		{"the largest where and the longest order are answered", largestReads},
	}
}

// cond is a condition on a field.
func cond(t *stele.Table, field string, op stele.Op, vs ...any) stele.Where {
	at := t.FieldIndex(field)
	w := stele.Where{Op: op, Column: stele.RecordColumn(at)}
	for _, v := range vs {
		fd := t.Fields[at]
		if op == stele.OpContains || op == stele.OpStartsWith {
			fd.Type = stele.Text
		}
		w.Values = append(w.Values, value(fd, v))
	}
	return w
}

func not(w stele.Where) stele.Where { return stele.Where{Op: stele.OpNot, Of: []stele.Where{w}} }

func conditionsOnNothing(f *fixture) {
	t := f.table("gaps", "true TEXT", "n INT", "f FLOAT", "b BOOLEAN", "d DATETIME")
	f.add(t, row{nil, nil, nil, nil, nil}, row{"a", 1, 1.5, true, "2026-03-01 08:00:00"})
	for _, w := range []stele.Where{
		cond(t, "true", stele.OpEq, "a"), cond(t, "true", stele.OpNe, "b"), cond(t, "n", stele.OpLt, 2), cond(t, "n", stele.OpLe, 1), cond(t, "f", stele.OpGt, 1),
		cond(t, "f", stele.OpGe, 1), cond(t, "n", stele.OpIn, 1, 2), cond(t, "d", stele.OpBetween, "2026-01-01 00:00:00", "2027-01-01 00:00:00"),
		cond(t, "true", stele.OpContains, ""), cond(t, "true", stele.OpStartsWith, ""), cond(t, "b", stele.OpContains, "ru"), cond(t, "b", stele.OpEq, true),
	} {
		f.wantFound(t, stele.RecordQuery{Where: &w}, 1)
		n := not(w)
		f.wantFound(t, stele.RecordQuery{Where: &n}, 0)
		nn := not(n)
		f.wantFound(t, stele.RecordQuery{Where: &nn}, 1)
		all := stele.Where{Op: stele.OpOr, Of: []stele.Where{w, n}}
		f.wantFound(t, stele.RecordQuery{Where: &all}, 0, 1)
		none := stele.Where{Op: stele.OpAnd, Of: []stele.Where{w, n}}
		f.wantFound(t, stele.RecordQuery{Where: &none})
	}
	isNull := cond(t, "true", stele.OpIsNull)
	f.wantFound(t, stele.RecordQuery{Where: &isNull}, 0)
	isNull = not(isNull)
	f.wantFound(t, stele.RecordQuery{Where: &isNull}, 1)
	empty := cond(t, "n", stele.OpIn)
	f.wantFound(t, stele.RecordQuery{Where: &empty})
	empty = not(empty)
	f.wantFound(t, stele.RecordQuery{Where: &empty}, 0, 1)
}

func conditionsByType(f *fixture) {
	t := f.table("all", "s TEXT", "i INT", "f FLOAT", "b BOOLEAN", "d DATETIME")
	f.add(t,
		row{"a", 1, 1.0, true, "2026-03-01 08:00:00"}, row{"A", -1, 0.1, false, "2026-03-01 08:00:01"}, row{"é", int64(9007199254740993), 1e308, nil, "0001-01-01 00:00:00"},
		row{"", int64(9007199254740992), -1e308, true, "9999-12-31 23:59:59"}, row{"aa", 0, 0.0, false, nil})
	for _, c := range []struct {
		w    stele.Where
		want []int
	}{
		{cond(t, "s", stele.OpLt, "a"), []int{1, 3}}, {cond(t, "s", stele.OpGe, "aa"), []int{2, 4}}, {cond(t, "s", stele.OpBetween, "A", "a"), []int{0, 1}},
		{cond(t, "s", stele.OpIn, "", "é", "b"), []int{2, 3}}, {cond(t, "s", stele.OpNe, "a"), []int{1, 2, 3, 4}},
		{cond(t, "i", stele.OpGt, int64(9007199254740992)), []int{2}}, {cond(t, "i", stele.OpLe, 0), []int{1, 4}}, {cond(t, "i", stele.OpIn, 0, int64(9007199254740993)), []int{2, 4}},
		{cond(t, "f", stele.OpLt, 0.1), []int{3, 4}}, {cond(t, "f", stele.OpIn, 0.1, 1e308), []int{1, 2}}, {cond(t, "f", stele.OpBetween, 0.0, 1.0), []int{0, 1, 4}},
		{cond(t, "b", stele.OpLt, true), []int{1, 4}}, {cond(t, "b", stele.OpIn, true), []int{0, 3}},
		{cond(t, "d", stele.OpGt, "2026-03-01 08:00:00"), []int{1, 3}}, {cond(t, "d", stele.OpIn, "0001-01-01 00:00:00", "2026-03-01 08:00:00"), []int{0, 2}},
		{cond(t, "s", stele.OpBetween, "b", "a"), nil},
	} {
		f.wantFound(t, stele.RecordQuery{Where: &c.w}, c.want...)
	}
	ids := f.records(t)
	w := stele.Where{Op: stele.OpIn, Column: stele.ColumnID, Values: []stele.Value{stele.IntValue(int64(ids[3].ID)), stele.IntValue(int64(ids[1].ID)), stele.IntValue(1)}}
	f.wantFound(t, stele.RecordQuery{Where: &w}, 1, 3)
}

func textConditions(f *fixture) {
	t := f.table("texts", "s TEXT", "i INT", "f FLOAT", "b BOOLEAN", "d DATETIME")
	f.add(t, row{"100% Sure", 120, 1e21, true, "2026-03-01 08:00:00"}, row{"a_b", -12, 0.5, false, nil}, row{`\d É`, nil, nil, nil, nil})
	for _, c := range []struct {
		field string
		op    stele.Op
		text  string
		want  []int
	}{
		{"s", stele.OpContains, "sUR", []int{0}}, {"s", stele.OpContains, "%", []int{0}}, {"s", stele.OpContains, "_", []int{1}}, {"s", stele.OpContains, `\`, []int{2}},
		{"s", stele.OpContains, "é", nil}, {"s", stele.OpContains, "É", []int{2}}, {"s", stele.OpStartsWith, "100%", []int{0}}, {"s", stele.OpStartsWith, "A_", []int{1}},
		{"s", stele.OpStartsWith, "_", nil}, {"s", stele.OpStartsWith, "00", nil}, {"s", stele.OpStartsWith, "", []int{0, 1, 2}},
		{"i", stele.OpContains, "12", []int{0, 1}}, {"i", stele.OpStartsWith, "12", []int{0}}, {"i", stele.OpStartsWith, "-", []int{1}},
		{"f", stele.OpStartsWith, "1E+", []int{0}}, {"f", stele.OpContains, ".5", []int{1}}, {"b", stele.OpStartsWith, "T", []int{0}}, {"b", stele.OpContains, "als", []int{1}},
		{"d", stele.OpStartsWith, "2026-03", []int{0}}, {"d", stele.OpContains, "08:0", []int{0}}, {"d", stele.OpContains, "T", nil},
	} {
		w := cond(t, c.field, c.op, c.text)
		f.wantFound(t, stele.RecordQuery{Where: &w}, c.want...)
	}
}

func ordersByType(f *fixture) {
	t := f.table("all", "s TEXT", "i INT", "f FLOAT", "b BOOLEAN", "d DATETIME")
	f.add(t,
		row{"a", 2, 1.5, true, "2026-03-01 08:00:00"}, row{nil, nil, nil, nil, nil}, row{"B", -1, -0.5, false, "0001-01-01 00:00:00"},
		row{"é", 10, 1e21, true, "9999-12-31 23:59:59"}, row{"", 2, 1.5, false, nil}, row{nil, nil, nil, nil, nil})
	for field, want := range map[string][]int{
		"s": {1, 5, 4, 2, 0, 3}, "i": {1, 5, 2, 0, 4, 3}, "f": {1, 5, 2, 0, 4, 3}, "b": {1, 5, 2, 4, 0, 3}, "d": {1, 4, 5, 2, 0, 3},
	} {
		f.wantOrder(t, want, stele.SortKey{Column: stele.RecordColumn(t.FieldIndex(field))})
	}
	for field, want := range map[string][]int{
		"s": {3, 0, 2, 4, 1, 5}, "i": {3, 0, 4, 2, 1, 5}, "b": {0, 3, 2, 4, 1, 5},
	} {
		f.wantOrder(t, want, stele.SortKey{Column: stele.RecordColumn(t.FieldIndex(field)), Desc: true})
	}
	f.wantOrder(t, []int{5, 4, 3, 2, 1, 0}, stele.SortKey{Column: stele.ColumnID, Desc: true})
	f.wantOrder(t, []int{5, 1, 2, 4, 3, 0}, stele.SortKey{Column: 3}, stele.SortKey{Column: 4, Desc: true}, stele.SortKey{Column: stele.ColumnID, Desc: true})
}

// wantOrder reads the table in an order, by offset and by cursors, and holds it against records by their place.
func (f *fixture) wantOrder(t *stele.Table, places []int, keys ...stele.SortKey) {
	f.Helper()
	all, q := f.records(t), stele.RecordQuery{Limit: 100, Sort: t.WholeOrder(keys)}
	var want []stele.Record
	for _, i := range places {
		want = append(want, all[i])
	}
	f.samePage(keys, f.page(t, q), stele.RecordPage{Records: want, Total: int64(len(want))})
	for limit := 1; limit <= len(want); limit++ {
		q.Limit = limit
		f.samePage(keys, stele.RecordPage{Records: f.walk(t, q)}, stele.RecordPage{Records: want})
	}
}

// walk reads page after page by what the last record of each is.
func (f *fixture) walk(t *stele.Table, q stele.RecordQuery) (records []stele.Record) {
	f.Helper()
	for {
		p := f.page(t, q)
		records = append(records, p.Records...)
		if !p.More {
			return records
		}
		if len(p.Records) != q.Limit {
			f.Fatalf("there are more, and a page of %d has %d records", q.Limit, len(p.Records))
		}
		q.After = place(q.Sort, p.Records[len(p.Records)-1])
	}
}

// walkBesideWrites walks in several orders while records come and go: those that stay as they are come once, in order.
func walkBesideWrites(f *fixture) {
	t := f.table("numbers", "n INT", "code INT unique")
	for _, keys := range [][]stele.SortKey{nil, {{Column: 0}}, {{Column: 0, Desc: true}}, {{Column: 1}}, {{Column: 1, Desc: true}}, {{Column: stele.ColumnID, Desc: true}}} {
		for _, r := range f.records(t) {
			f.delete(t, byID(r.ID))
		}
		ids := f.fill(t, 40, func(i int) row { return row{i * 7 % 5, 10 * i} })
		q := stele.RecordQuery{Limit: 3, Sort: t.WholeOrder(keys)}
		seen := map[stele.RecordID]int{}
		var last []stele.Record
		for step := 0; ; step++ {
			p := f.page(t, q)
			for _, r := range p.Records {
				seen[r.ID]++
				if len(last) > 0 && compareBy(q.Sort, r, place(q.Sort, last[0])) <= 0 {
					f.Errorf("order %v: record %d does not come behind record %d", keys, r.ID, last[0].ID)
				}
				last = []stele.Record{r}
			}
			if !p.More {
				break
			}
			q.After = place(q.Sort, last[0])
			if step < 10 { // among them the one that the cursor stands on
				f.delete(t, byID(last[0].ID), byID(ids[step*4]))
				f.importBatch(t, f.batch(t, row{step % 5, 10*step + 5}))
			}
		}
		for i, id := range ids {
			if n := seen[id]; n > 1 || n == 0 && i%4 != 0 {
				f.Errorf("order %v: record %d came %d times", keys, i, n)
			}
		}
	}
}

// largestReads asks for what is just within the bounds of a request.
func largestReads(f *fixture) {
	var fields []string
	for i := range stele.MostSortKeys {
		fields = append(fields, fmt.Sprintf("f%d %s", i, []string{"TEXT", "INT", "FLOAT", "BOOLEAN", "DATETIME"}[i%5]))
	}
	t := f.table("wide", fields...)
	f.add(t, row{"a", 1, 1.5, true, "2026-03-01 08:00:00", "b"}, row{}, row{"c", 5000, nil, false})
	w := stele.Where{Op: stele.OpOr}
	for i := range stele.MostWhereConditions - 1 {
		w.Of = append(w.Of, cond(t, "f0", stele.OpContains, fmt.Sprint("none ", i)))
	}
	list := stele.Where{Op: stele.OpIn, Column: 1}
	for i := range stele.MostWhereValues {
		list.Values = append(list.Values, stele.IntValue(int64(i)))
	}
	for range stele.MostWhereDepth/2 - 1 {
		list = not(not(list))
	}
	w.Of = append(w.Of, list)
	f.wantFound(t, stele.RecordQuery{Where: &w}, 0)
	var keys []stele.SortKey
	for i := range t.Fields {
		keys = append(keys, stele.SortKey{Column: stele.RecordColumn(i), Desc: i%2 == 1})
	}
	f.wantOrder(t, []int{1, 0, 2}, keys...)
}

func fieldsWeighNothing(f *fixture) {
	t := f.table("long", "n INT unique", "text TEXT", "more TEXT")
	for i := range 3 {
		f.importBatch(t, f.batch(t, row{i, strings.Repeat("x", 12<<20), "m"}))
	}
	for _, q := range []stele.RecordQuery{{Limit: 3}, {Limit: 3, Sort: t.WholeOrder(nil)}, {Limit: 3, Keyword: "m"}} {
		if _, err := f.db.Records(f.Context(), t, q); stele.ErrorCode(err) != stele.CodeParameter {
			f.Errorf("a page of 36 MiB: %v", err)
		}
		q.Fields = []int{0, 2}
		p := f.page(t, q)
		if len(p.Records) != 3 || p.Records[2].Values[0] != stele.IntValue(2) || !p.Records[2].Values[1].IsNull() || p.Records[2].Values[2] != stele.TextValue("m") {
			f.Errorf("two fields of three: %d records", len(p.Records))
		}
	}
	f.delete(t, by(t, "n", 0), by(t, "n", 1)) // what follows reads the table in one page
}

// anyReads fills a table with values that meet often and asks it whatever comes to mind.
func anyReads(f *fixture) {
	t := f.table("odd", "true TEXT", "_id TEXT", "created_at INT", "select FLOAT", "ctid DATETIME", "order BOOLEAN", "code INT unique", "need TEXT required")
	m := &model{table: t}
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 6 {
		rows := []row{}
		for i := range 12 {
			r := row{}
			for _, fd := range t.Fields {
				v := any(few(fd.Type)[random.IntN(len(few(fd.Type)))])
				switch {
				case fd.Unique:
					v = (n*12+i)*7919%101 - 50
				case fd.Required:
					v = few(fd.Type)[1+random.IntN(5)]
				case random.IntN(4) == 0:
					v = nil
				}
				r = append(r, v)
			}
			rows = append(rows, r)
		}
		f.add(t, rows...)
		f.now += stele.Millis(n % 3)
	}
	m.records = f.records(t)
	for i := 0; i < len(m.records); i += 5 { // updated_at is not created_at
		f.outcomes(t, []stele.Change{change(t, byID(m.records[i].ID), "created_at", i)}, "")
	}
	m.records = f.records(t)
	rapid.Check(f.tb.(*testing.T), func(rt *rapid.T) {
		own := *f
		own.reporter = rt
		p := &play{fixture: &own}
		q := p.query(rt, m)
		got, want := p.fixture.page(t, q), m.page(q)
		p.samePage(q, got, want)
		if got.More != want.More {
			p.Fatalf("%+v: more %t, want %t", q, got.More, want.More)
		}
		if q.Sort != nil && q.After == nil && q.Fields == nil && oneIn(rt, 4, "walk") {
			q.Offset, q.Limit = 0, rapid.IntRange(5, 30).Draw(rt, "size")
			whole := q
			whole.Limit = 1000
			p.samePage(q, stele.RecordPage{Records: p.walk(t, q)}, stele.RecordPage{Records: m.page(whole).Records})
		}
	})
}

// query draws a query of all that there is: where, order, place, fields.
func (p *play) query(rt *rapid.T, m *model) stele.RecordQuery {
	q := stele.RecordQuery{
		Offset: int64(rapid.IntRange(0, len(m.records)+1).Draw(rt, "offset")), Limit: pick(rt, "limit", []int{5, 1, 3, 100}),
		Uncounted: oneIn(rt, 4, "uncounted"),
	}
	if oneIn(rt, 4, "keyword") {
		q.Keyword = pick(rt, "word", []string{"a", "0", "-", "tru", "%"})
	}
	if !oneIn(rt, 4, "no where") {
		w := p.where(rt, m, 3)
		q.Where = &w
	}
	if oneIn(rt, 4, "filter") {
		i := rapid.IntRange(0, len(m.table.Fields)-1).Draw(rt, "on")
		q.Equal = []stele.Pair{{Field: i, Value: p.value(rt, m, i, true)}}
	}
	if oneIn(rt, 4, "fields") {
		q.Fields = rapid.SliceOfNDistinct(rapid.IntRange(0, len(m.table.Fields)-1), 1, -1, rapid.ID[int]).Draw(rt, "which")
		slices.Sort(q.Fields)
	}
	if oneIn(rt, 4, "unsorted") {
		return q
	}
	var keys []stele.SortKey
	for range rapid.IntRange(0, 3).Draw(rt, "keys") {
		k := stele.SortKey{Column: p.column(rt, m), Desc: rapid.Bool().Draw(rt, "desc")}
		if !slices.ContainsFunc(keys, func(o stele.SortKey) bool { return o.Column == k.Column }) {
			keys = append(keys, k)
		}
	}
	q.Sort = m.table.WholeOrder(keys)
	if len(m.records) > 0 && rapid.Bool().Draw(rt, "after") {
		q.Offset, q.After = 0, place(q.Sort, pick(rt, "last", m.records))
	}
	return q
}

func (p *play) column(rt *rapid.T, m *model) stele.RecordColumn {
	return stele.RecordColumn(rapid.IntRange(int(stele.ColumnUpdated), len(m.table.Fields)-1).Draw(rt, "column"))
}

// where draws a condition of at most so many levels.
func (p *play) where(rt *rapid.T, m *model, depth int) stele.Where {
	if depth > 1 && rapid.Bool().Draw(rt, "join") {
		w := stele.Where{Op: pick(rt, "joins", []stele.Op{stele.OpAnd, stele.OpOr, stele.OpNot, stele.OpNot})}
		n := 1
		if w.Op != stele.OpNot {
			n = rapid.IntRange(1, 3).Draw(rt, "of")
		}
		for range n {
			w.Of = append(w.Of, p.where(rt, m, depth-1))
		}
		return w
	}
	w := stele.Where{Op: stele.Op(rapid.IntRange(int(stele.OpEq), int(stele.OpIsNull)).Draw(rt, "op")), Column: p.column(rt, m)}
	n := 1
	switch w.Op {
	case stele.OpIsNull:
		n = 0
	case stele.OpBetween:
		n = 2
	case stele.OpIn:
		n = rapid.IntRange(0, 4).Draw(rt, "values")
	}
	for i := range n {
		v := p.compared(rt, m, w.Column)
		if w.Op == stele.OpContains || w.Op == stele.OpStartsWith {
			s := []rune(v.String())
			from := 0
			if w.Op == stele.OpContains {
				from = rapid.IntRange(0, len(s)).Draw(rt, "from")
			}
			v = stele.TextValue(string(s[from:rapid.IntRange(from, len(s)).Draw(rt, "to")]))
		}
		if w.Values = append(w.Values, v); w.Op == stele.OpBetween && i == 1 && compareValues(w.Values[0], v) > 0 && rapid.Bool().Draw(rt, "swap") {
			w.Values[0], w.Values[1] = w.Values[1], w.Values[0]
		}
	}
	return w
}

// compared draws a value for a column, often one that a record has.
func (p *play) compared(rt *rapid.T, m *model, c stele.RecordColumn) stele.Value {
	if len(m.records) > 0 && (c < 0 || rapid.Bool().Draw(rt, "known")) {
		r := pick(rt, "like", m.records)
		if v := r.Column(c); !v.IsNull() {
			return v
		}
	}
	if c < 0 {
		return stele.IntValue(1)
	}
	fd := m.table.Fields[c]
	return value(fd, pick(rt, fmt.Sprint("value of ", fd.Name), few(fd.Type)))
}
