package storetest

import (
	"fmt"
	"slices"

	"stele"
)

func conflictCases() []testCase {
	return []testCase{
		{"a row that clashes with the table keeps the whole batch out", func(f *fixture) {
			t := f.table("parcels", "code TEXT unique", "n INT")
			f.add(t, row{"a", 1})
			f.now++
			b := f.batch(t, row{"b", 2}, row{"a", 3}, row{"c", 4})
			task := f.importBatch(t, b)
			want := b.Refused(t, []stele.Conflict{{Record: 1, Field: 0}})
			f.sameTask("the answer", task, want)
			f.wantTask(want)
			f.want(t, row{"a", 1})
			f.add(t, row{"b", 2}, row{"c", 4})
		}},
		{"every clash is listed, by row and within a row by field", func(f *fixture) {
			t := f.table("wide", "n INT", "z TEXT unique", "a INT unique", "m FLOAT unique")
			f.add(t, row{0, "x", 1, 0.5}, row{0, "y", 2, 1.5}, row{0, "z", 3, 2.5})
			b := f.batch(t,
				row{1, "new", 11, 10.5}, row{2, "y", 1, 2.5}, row{3, "fresh", 3, 11.5}, row{4, "also", 12, 12.5},
				row{5, "z", 13, 0.5}, row{6, "x", 14, 13.5}, row{7, "last", 2, 1.5})
			want := b.Refused(t, clashes([]int{1, 1, 1, 2, 4, 4, 5, 6, 6}, []int{1, 2, 3, 2, 1, 3, 1, 2, 3}))
			f.sameTask("the answer", f.importBatch(t, b), want)
			f.wantTask(want)
			f.want(t, row{0, "x", 1, 0.5}, row{0, "y", 2, 1.5}, row{0, "z", 3, 2.5})
		}},
		{"a thousand clashes are a thousand reasons", thousandClashes},
		{"a refused batch keeps the reasons of the rows that were left out, and their numbers", refusalKeepsRejections},
		{"a value that clashed as a later row is found in a first row too", func(f *fixture) {
			t := f.table("parcels", "code TEXT unique")
			f.add(t, row{"a"})
			for n := range 3 {
				rows := []row{{"b"}, {"c"}, {"d"}}
				rows[n] = row{"a"}
				b := f.batch(t, rows...)
				f.sameTask("the answer", f.importBatch(t, b), b.Refused(t, []stele.Conflict{{Record: n}}))
			}
			f.want(t, row{"a"})
		}},
		{"a refused import uses up no value and stands in nobody's way", func(f *fixture) {
			t := f.table("parcels", "code TEXT unique")
			f.add(t, row{"a"})
			f.wantRefused(t, row{"a"})
			f.delete(t, by(t, "code", "a"))
			f.add(t, row{"a"}, row{"b"})
			f.want(t, row{"a"}, row{"b"})
		}},
		{"200 unique fields may all clash, in an import, an update and an upsert", clashIn200Fields},
		{"a clash with a record that an upsert made is a clash", func(f *fixture) {
			t := f.table("parcels", "code TEXT unique")
			f.outcomes(t, []stele.Change{upsert(t, by(t, "code", "a")), upsert(t, byID(77), "code", "b")}, "", "")
			b := f.batch(t, row{"c"}, row{"b"}, row{"a"})
			f.sameTask("the answer", f.importBatch(t, b), b.Refused(t, []stele.Conflict{{Record: 1}, {Record: 2}}))
		}},
	}
}

// clashes are conflicts, by record and field.
func clashes(records, fields []int) []stele.Conflict {
	var cs []stele.Conflict
	for i := range records {
		cs = append(cs, stele.Conflict{Record: records[i], Field: fields[i]})
	}
	return cs
}

func clashIn200Fields(f *fixture) {
	var fields []string
	var a, b, mixed row
	var all []stele.Conflict
	for i := range 200 {
		fields = append(fields, fmt.Sprintf("f%d INT unique", i))
		a, b, mixed = append(a, i), append(b, i+1000), append(mixed, i+i%2*1000)
		all = append(all, stele.Conflict{Field: i})
	}
	t := f.table("wide", fields...)
	f.add(t, a, b)
	batch := f.batch(t, mixed)
	f.sameTask("the answer", f.importBatch(t, batch), batch.Refused(t, all))
	f.wantTask(batch.Refused(t, all))
	f.outcomes(t, []stele.Change{
		change(t, by(t, "f0", 0), "f199", 1199), change(t, by(t, "f199", 1199), "f0", 0), upsert(t, byID(77), append([]any{"f199", 199}, fresh(199)...)...),
		upsert(t, byID(78), append([]any{"f199", 2199}, fresh(199)...)...),
	}, stele.ReasonConflict(t, 199, stele.IntValue(1199)), stele.ReasonConflict(t, 0, stele.IntValue(0)), stele.ReasonConflict(t, 199, stele.IntValue(199)), "")
	if n := f.count(t); n != 3 {
		f.Errorf("the table counts %d, want 3", n)
	}
}

// fresh are values that no record has for the first n fields of the wide table.
func fresh(n int) []any {
	var kv []any
	for i := range n {
		kv = append(kv, fmt.Sprintf("f%d", i), i+2000)
	}
	return kv
}

func thousandClashes(f *fixture) {
	t := f.table("parcels", "code INT unique", "n INT")
	rows := []row{}
	for i := range 1000 {
		rows = append(rows, row{i, i})
	}
	f.add(t, rows...)
	slices.Reverse(rows)
	b := f.batch(t, rows...)
	var all []stele.Conflict
	for i := range rows {
		all = append(all, stele.Conflict{Record: i})
	}
	f.sameTask("the answer", f.importBatch(t, b), b.Refused(t, all))
	f.wantTask(b.Refused(t, all))
	if n := f.count(t); n != 1000 {
		f.Errorf("the table counts %d", n)
	}
}

func refusalKeepsRejections(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n INT unique")
	f.add(t, row{"taken", 7})
	b := f.accept(t, raws{"code", "", "n", "1"}, raws{"code", "b", "n", "2"}, raws{"code", "b", "n", "3"},
		raws{"code", "taken", "n", "4"}, raws{"code", "e", "n", "?"}, raws{"code", "f", "n", "7"})
	if !slices.Equal(b.Rows, []int{2, 4, 6}) {
		f.Fatalf("the batch is not as the case needs it: rows %v", b.Rows)
	}
	want := b.Refused(t, []stele.Conflict{{Record: 1, Field: 0}, {Record: 2, Field: 1}})
	f.sameTask("the answer", f.importBatch(t, b), want)
	f.wantTask(want)
	f.want(t, row{"taken", 7})
}
