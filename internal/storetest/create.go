package storetest

import (
	"math"
	"slices"

	"stele"
)

func createCases() []testCase {
	return []testCase{
		{"an upsert by filter makes the record of filter and fields, the fields winning", upsertByFilter},
		{"an upsert of a record that is there updates it", func(f *fixture) {
			t := parcels(f, row{"a", 1, "x"})
			before := f.records(t)[0]
			f.now += 1000
			f.outcomes(t, []stele.Change{upsert(t, by(t, "code", "a"), "n", 2), upsert(t, byID(before.ID), "note", "y")}, "", "")
			f.want(t, row{"a", 2, "y"})
			if r := f.records(t)[0]; r.ID != before.ID || r.Created != before.Created || r.Updated != f.now {
				f.Errorf("the record is %s", show([]stele.Record{r}))
			}
		}},
		{"an upsert of a record that is there needs no whole record", func(f *fixture) {
			t := parcels(f, row{"a", 1, "x"})
			c := upsert(t, by(t, "n", 1), "note", "y")
			if c.NewProblem == "" {
				f.Fatalf("the change is not as the case needs it")
			}
			f.outcomes(t, []stele.Change{c}, "")
			f.want(t, row{"a", 1, "y"})
		}},
		{"a record that cannot be made fails with its problem and leaves nothing", cannotBeMade},
		{"of two upserts of one record in a request the first creates and the second updates", upsertTwice},
		{"a unique value in use fails the creation, and names field and value", creationClashes},
		{"a change that may not create does not", func(f *fixture) {
			t := parcels(f)
			c := upsert(t, by(t, "code", "a"), "n", 1)
			c.Create = false
			f.outcomes(t, []stele.Change{c}, stele.ReasonNotFound)
			f.want(t)
		}},
		{"an upsert with nothing to set makes a record of its filter", func(f *fixture) {
			t := f.table("codes", "code TEXT unique", "note TEXT")
			f.outcomes(t, []stele.Change{upsert(t, by(t, "code", "a"))}, "")
			f.outcomes(t, []stele.Change{upsert(t, by(t, "code", "a"))}, "")
			f.want(t, row{"a", nil})
		}},
		{"what an update gave up can be created in the same request", func(f *fixture) {
			t := parcels(f, row{"a", 1, "x"})
			f.outcomes(t, []stele.Change{change(t, by(t, "code", "a"), "code", "b"), upsert(t, by(t, "code", "a"), "n", 2)}, "", "")
			f.want(t, row{"b", 1, "x"}, row{"a", 2, nil})
		}},
		{"a hundred upserts of new records are a hundred records", hundredUpserts},
	}
}

func idCases() []testCase {
	return []testCase{
		{"the first record of a table has the id of the table's time", func(f *fixture) {
			t := f.table("codes", "code TEXT")
			if ids, want := f.add(t, row{"a"}), stele.FirstRecordID(t.Created.Time()); ids[0] != want {
				f.Errorf("the first id is %d, want %d", ids[0], want)
			}
		}},
		{"an upsert by id makes the record under that id", upsertByID},
		{"imports go on after a record took the largest id", largestIDTaken},
		{"ids ahead that an upsert took are skipped by an import", func(f *fixture) { idsAheadAreSkipped(f, 0, 1, 3, 4, 8) }},
		{"ids ahead that an upsert took are skipped by an import into an empty table", func(f *fixture) {
			t := f.table("codes", "code TEXT unique")
			first := stele.FirstRecordID(t.Created.Time())
			f.outcomes(t, []stele.Change{upsert(t, byID(first), "code", "taken"), upsert(t, byID(first+2), "code", "too")}, "", "")
			f.add(t, row{"a"}, row{"b"}, row{"c"})
			f.wantSet(t, row{"taken"}, row{"too"}, row{"a"}, row{"b"}, row{"c"})
		}},
		{"ids ahead that an upsert took are skipped by upserts of the same request", func(f *fixture) {
			t := f.table("codes", "code TEXT unique")
			last := f.add(t, row{"first"})[0]
			f.outcomes(t, []stele.Change{
				upsert(t, byID(last+1), "code", "a"), upsert(t, by(t, "code", "b")), upsert(t, byID(last+3), "code", "c"),
				upsert(t, by(t, "code", "d")), upsert(t, by(t, "code", "e")),
			}, "", "", "", "", "")
			f.wantSet(t, row{"first"}, row{"a"}, row{"b"}, row{"c"}, row{"d"}, row{"e"})
		}},
		{"a thousand ids ahead are skipped", thousandIDsAhead},
		{"the id of a deleted record is not given to another", func(f *fixture) {
			t := f.table("codes", "code TEXT unique")
			ids := f.add(t, row{"a"}, row{"b"}, row{"c"})
			f.delete(t, byID(ids[2]))
			next := f.add(t, row{"d"})
			f.delete(t, byID(ids[0]), byID(ids[1]), byID(next[0]))
			last := f.add(t, row{"e"})
			if next[0] <= ids[2] || last[0] <= next[0] {
				f.Errorf("ids %d, then after deletes %d, then %d", ids, next, last)
			}
		}},
		{"the id of a deleted record can be asked for again", func(f *fixture) {
			t := f.table("codes", "code TEXT unique")
			ids := f.add(t, row{"a"}, row{"b"})
			f.delete(t, byID(ids[0]), byID(ids[1]))
			f.outcomes(t, []stele.Change{upsert(t, byID(ids[0]), "code", "c")}, "")
			f.add(t, row{"a"})
			f.want(t, row{"c"}, row{"a"})
		}},
	}
}

// idsAheadAreSkipped takes ids at distances past the last one and then imports across them.
func idsAheadAreSkipped(f *fixture, distances ...stele.RecordID) {
	t := f.table("codes", "code TEXT unique")
	last := f.add(t, row{"a"}, row{"b"})[1]
	want := []row{{"a"}, {"b"}}
	for _, d := range distances {
		id := last + 1 + d
		f.outcomes(t, []stele.Change{upsert(t, byID(id), "code", id.String())}, "")
		want = append(want, row{id.String()})
	}
	ids := f.add(t, row{"c"}, row{"d"}, row{"e"}, row{"f"}, row{"g"}, row{"h"})
	f.wantSet(t, append(want, row{"c"}, row{"d"}, row{"e"}, row{"f"}, row{"g"}, row{"h"})...)
	letters := "cdefgh"
	for _, r := range f.records(t) { // the imported ones ascend among themselves
		if at := slices.Index(ids, r.ID); at >= 0 && r.Values[0].Text() != letters[at:at+1] {
			f.Errorf("the import's record %d is %s", at, showValues(r.Values))
		}
	}
}

// wantSet holds the table's rows in any order against what they must be.
func (f *fixture) wantSet(t *stele.Table, rows ...row) {
	f.Helper()
	var got, want []string
	for _, r := range f.records(t) {
		got = append(got, showValues(r.Values))
	}
	for _, r := range rows {
		want = append(want, showValues(values(t, r)))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		f.Errorf("%s holds\n%q, want\n%q", t.Name, got, want)
	}
	if n := f.count(t); n != int64(len(rows)) {
		f.Errorf("%s counts %d records, want %d", t.Name, n, len(rows))
	}
}

func upsertByFilter(f *fixture) {
	t := parcels(f, row{"a", 1, "x"})
	f.now += 1000
	f.outcomes(t, []stele.Change{
		upsert(t, by(t, "code", "b"), "n", 2, "note", "y"), upsert(t, by(t, "code", "c", "note", "filter"), "n", 3),
		upsert(t, by(t, "code", "d", "n", 4), "code", "e", "note", "won"),
	}, "", "", "")
	f.want(t, row{"a", 1, "x"}, row{"b", 2, "y"}, row{"c", 3, "filter"}, row{"e", 4, "won"})
	for i, r := range f.records(t)[1:] {
		if r.Created != f.now || r.Updated != f.now {
			f.Errorf("record %d was created at %d and updated at %d, want %d", i+1, r.Created, r.Updated, f.now)
		}
	}
}

func cannotBeMade(f *fixture) {
	t := parcels(f, row{"a", 1, "x"})
	problem := upsert(t, by(t, "n", 2), "note", "y")
	problem.NewProblem = "`code` is required, and 'quoted' 日本"
	f.outcomes(t, []stele.Change{problem, upsert(t, by(t, "n", 2), "code", "b"), problem}, problem.NewProblem, "", "")
	f.want(t, row{"a", 1, "x"}, row{"b", 2, "y"})
	noID := upsert(t, byID(5), "note", "z")
	f.outcomes(t, []stele.Change{noID}, noID.NewProblem)
}

func upsertTwice(f *fixture) {
	t := parcels(f)
	f.outcomes(t, []stele.Change{
		upsert(t, by(t, "code", "a"), "n", 1, "note", "first"), upsert(t, by(t, "code", "a"), "n", 2),
		upsert(t, byID(77), "code", "b", "n", 3), upsert(t, byID(77), "code", "c", "n", 4), change(t, by(t, "code", "c"), "note", "third"),
	}, "", "", "", "", "")
	f.wantSet(t, row{"a", 2, "first"}, row{"c", 4, "third"})
}

func creationClashes(f *fixture) {
	t := parcels(f, row{"a", 1, "x"}, row{"b", 2, "y"})
	f.outcomes(t, []stele.Change{
		upsert(t, by(t, "code", "c"), "n", 2), upsert(t, byID(77), "code", "a", "n", 3), upsert(t, by(t, "code", "a", "note", "other"), "n", 4),
		upsert(t, by(t, "code", "d"), "n", 5),
	}, stele.ReasonConflict(t, 1, stele.IntValue(2)), stele.ReasonConflict(t, 0, stele.TextValue("a")), stele.ReasonConflict(t, 0, stele.TextValue("a")), "")
	f.want(t, row{"a", 1, "x"}, row{"b", 2, "y"}, row{"d", 5, nil})
}

func hundredUpserts(f *fixture) {
	t := f.table("numbers", "n INT unique")
	var cs []stele.Change
	var want []row
	for i := range 100 {
		cs, want = append(cs, upsert(t, by(t, "n", i))), append(want, row{i})
	}
	for range 2 {
		for i, o := range f.update(t, cs...) {
			if o.Reason != "" {
				f.Errorf("change %d: %s", i, o.Reason)
			}
		}
		f.want(t, want...)
	}
}

func upsertByID(f *fixture) {
	t := f.table("codes", "code TEXT unique")
	ids := []stele.RecordID{math.MaxInt64, 1, 2, 1 << 53, 1<<53 + 1, 900000000000000000}
	for range 2 { // the second time they are updates
		for _, id := range ids {
			f.outcomes(t, []stele.Change{upsert(t, byID(id), "code", id.String())}, "")
		}
	}
	slices.Sort(ids)
	for i, r := range f.records(t) {
		if r.ID != ids[i] || r.Values[0].Text() != ids[i].String() {
			f.Errorf("record %d is %s want id %d", i, show([]stele.Record{r}), ids[i])
		}
	}
	if n := f.count(t); n != int64(len(ids)) {
		f.Errorf("the table counts %d, want %d", n, len(ids))
	}
}

func largestIDTaken(f *fixture) {
	t := f.table("codes", "code TEXT unique")
	f.outcomes(t, []stele.Change{upsert(t, byID(math.MaxInt64), "code", "last")}, "")
	a := f.add(t, row{"a"}, row{"b"})
	b := f.add(t, row{"c"}, row{"d"})
	f.outcomes(t, []stele.Change{upsert(t, by(t, "code", "e"))}, "")
	f.want(t, row{"a"}, row{"b"}, row{"c"}, row{"d"}, row{"e"}, row{"last"})
	if b[0] <= a[1] {
		f.Errorf("ids %d then %d do not ascend", a, b)
	}
}

func thousandIDsAhead(f *fixture) {
	t := f.table("codes", "n INT unique")
	last := f.add(t, row{-1})[0]
	var cs []stele.Change
	for i := range 1000 {
		cs = append(cs, upsert(t, byID(last+1+stele.RecordID(i)), "n", i))
	}
	for part := range slices.Chunk(cs, 100) {
		f.update(t, part...)
	}
	f.fill(t, 1000, func(i int) row { return row{1000 + i} })
	if n := f.count(t); n != 2001 {
		f.Errorf("the table counts %d, want 2001", n)
	}
}

// parcels makes a table with two unique fields, one of them required, and fills it.
func parcels(f *fixture, rows ...row) *stele.Table {
	f.Helper()
	t := f.table("parcels", "code TEXT required unique", "n INT unique", "note TEXT")
	if len(rows) > 0 {
		f.add(t, rows...)
	}
	return t
}
