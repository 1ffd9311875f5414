package storetest

import (
	"fmt"

	"stele"
)

func filterCases() []testCase {
	return []testCase{
		{"a filter on any type keeps exactly the equal values", filterByType},
		{"a filter on a unique field finds one record or none", func(f *fixture) {
			t := f.table("codes", "code TEXT unique", "n INT unique")
			f.add(t, row{"a", 1}, row{"A", 2}, row{"a ", 3}, row{"a\u0301", 4}, row{"\u00e1", 5})
			f.wantFound(t, stele.RecordQuery{Equal: pairs(t, "code", "A")}, 1)
			f.wantFound(t, stele.RecordQuery{Equal: pairs(t, "code", "\u00e1")}, 4)
			f.wantFound(t, stele.RecordQuery{Equal: pairs(t, "n", 3)}, 2)
			f.wantFound(t, stele.RecordQuery{Equal: pairs(t, "code", nil)})
			f.wantFound(t, stele.RecordQuery{Equal: pairs(t, "code", "b")})
		}},
		{"all pairs of a filter must hold", func(f *fixture) {
			t := f.table("codes", "code TEXT unique", "kind TEXT", "n INT")
			f.add(t, row{"a", "x", 1}, row{"b", "x", 2}, row{"c", "y", 1}, row{"d", nil, 1}, row{"e", "x", nil})
			f.wantFound(t, stele.RecordQuery{Equal: pairs(t, "kind", "x", "n", 1)}, 0)
			f.wantFound(t, stele.RecordQuery{Equal: pairs(t, "n", 1, "kind", nil)}, 3)
			f.wantFound(t, stele.RecordQuery{Equal: pairs(t, "kind", "x", "n", nil)}, 4)
			f.wantFound(t, stele.RecordQuery{Equal: pairs(t, "code", "a", "kind", "y")})
			f.wantFound(t, stele.RecordQuery{Equal: pairs(t, "code", "c", "kind", "y", "n", 1)}, 2)
		}},
		{"filtered pages have the order, the limits and the total of what the filter leaves", func(f *fixture) {
			t := f.table("kinds", "kind TEXT", "n INT")
			f.fill(t, 90, func(i int) row { return row{fmt.Sprint(i % 3), i} })
			all := f.page(t, stele.RecordQuery{Limit: 100}).Records
			var ones []stele.Record
			for i, r := range all {
				if i%3 == 1 {
					ones = append(ones, r)
				}
			}
			for offset := range int64(33) {
				for _, limit := range []int{1, 7, 100} {
					for _, q := range []stele.RecordQuery{{Equal: pairs(t, "kind", "1")}, {Equal: pairs(t, "kind", "1"), Keyword: "1"}} {
						q.Offset, q.Limit = offset, limit
						want := stele.RecordPage{Records: part(ones, stele.Page{Offset: offset, Limit: limit}), Total: 30}
						f.samePage(q, f.page(t, q), want)
					}
				}
			}
		}},
		{"a filter sees updates and deletes", func(f *fixture) {
			t := f.table("kinds", "code TEXT unique", "kind TEXT")
			f.add(t, row{"a", "x"}, row{"b", "x"}, row{"c", "y"}, row{"d", "x"})
			f.outcomes(t, []stele.Change{change(t, by(t, "code", "a"), "kind", "y"), change(t, by(t, "code", "c"), "kind", "x")}, "", "")
			f.delete(t, by(t, "code", "d"))
			f.wantFound(t, stele.RecordQuery{Equal: pairs(t, "kind", "x")}, 1, 2)
			f.wantFound(t, stele.RecordQuery{Equal: pairs(t, "kind", "y")}, 0)
		}},
	}
}

// wantFound holds what a query finds against records by their place in the table.
func (f *fixture) wantFound(t *stele.Table, q stele.RecordQuery, places ...int) {
	f.Helper()
	all := f.records(t)
	q.Limit = 100
	want := stele.RecordPage{Total: int64(len(places))}
	for _, i := range places {
		want.Records = append(want.Records, all[i])
	}
	got := f.page(t, q)
	ok := got.Total == want.Total && len(got.Records) == len(want.Records)
	for i := range got.Records {
		ok = ok && sameRecord(got.Records[i], want.Records[i])
	}
	if !ok {
		f.Errorf("keyword %q, equal %v: total %d:\n%s want places %v", q.Keyword, q.Equal, got.Total, show(got.Records), places)
	}
}

func filterByType(f *fixture) {
	t := f.table("all", "s TEXT", "i INT", "f FLOAT", "b BOOLEAN", "d DATETIME")
	f.add(t,
		row{"a", 1, 1.0, true, "2026-03-01 08:00:00"}, row{"A", -1, 0.1, false, "2026-03-01 08:00:01"},
		row{"a ", 0, 0.0, nil, "2026-03-01 00:00:00"}, row{"", 10, 10.0, true, nil}, row{nil, nil, nil, false, "0001-01-01 00:00:00"},
		row{"1", int64(9007199254740993), 9007199254740992.0, nil, "9999-12-31 23:59:59"}, row{"%", int64(9007199254740992), 1e308, nil, nil})
	for _, c := range []struct {
		field string
		v     any
		want  []int
	}{
		{"s", "a", []int{0}}, {"s", "A", []int{1}}, {"s", "a ", []int{2}}, {"s", "", []int{3}}, {"s", nil, []int{4}}, {"s", "1", []int{5}},
		{"s", "%", []int{6}}, {"s", "_", nil}, {"s", "null", nil}, {"s", "\u00e1", nil},
		{"i", 1, []int{0}}, {"i", -1, []int{1}}, {"i", 0, []int{2}}, {"i", 2, nil}, {"i", nil, []int{4}},
		{"i", int64(9007199254740993), []int{5}}, {"i", int64(9007199254740992), []int{6}}, {"i", int64(9007199254740994), nil},
		{"f", 1.0, []int{0}}, {"f", 0.1, []int{1}}, {"f", 0.10000000000000002, nil}, {"f", 0.0, []int{2}}, {"f", nil, []int{4}}, {"f", 1e308, []int{6}},
		{"b", true, []int{0, 3}}, {"b", false, []int{1, 4}}, {"b", nil, []int{2, 5, 6}},
		{"d", "2026-03-01 08:00:00", []int{0}}, {"d", "2026-03-01 00:00:00", []int{2}}, {"d", "2026-03-02 00:00:00", nil},
		{"d", nil, []int{3, 6}}, {"d", "0001-01-01 00:00:00", []int{4}}, {"d", "9999-12-31 23:59:59", []int{5}},
	} {
		f.wantFound(t, stele.RecordQuery{Equal: pairs(t, c.field, c.v)}, c.want...)
	}
}
