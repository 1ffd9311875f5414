package storetest

import (
	"math"
	"strings"

	"stele"
)

// shape is a way to bring a table of so many records into a form that pages must cope with.
type shape struct {
	name string
	make func(f *fixture, t *stele.Table, ids []stele.RecordID)
}

const shapeRecords = 64

func shapes() []shape {
	const n = shapeRecords
	del := func(which func(i int) bool) func(*fixture, *stele.Table, []stele.RecordID) {
		return func(f *fixture, t *stele.Table, ids []stele.RecordID) {
			var ss []stele.Selector
			for i, id := range ids {
				if which(i) {
					ss = append(ss, byID(id))
				}
			}
			f.delete(t, ss...)
		}
	}
	more := func(f *fixture, t *stele.Table) {
		f.add(t, row{1000}, row{1001}, row{1002})
	}
	return []shape{
		{"without holes", func(*fixture, *stele.Table, []stele.RecordID) {}},
		{"after deletes at its head", del(func(i int) bool { return i < 10 })},
		{"after deletes in its middle", del(func(i int) bool { return i > 20 && i < 40 })},
		{"after deletes at its tail", del(func(i int) bool { return i > 50 })},
		{"after deleting every second record", del(func(i int) bool { return i%2 == 1 })},
		{"after deleting all but one", del(func(i int) bool { return i != 31 })},
		{"after deleting all", del(func(int) bool { return true })},
		{"grown again after deletes at its tail", func(f *fixture, t *stele.Table, ids []stele.RecordID) {
			del(func(i int) bool { return i > 50 })(f, t, ids)
			more(f, t)
		}},
		{"grown again after deleting all", func(f *fixture, t *stele.Table, ids []stele.RecordID) {
			del(func(int) bool { return true })(f, t, ids)
			more(f, t)
		}},
		{"with a hole that was filled by id", func(f *fixture, t *stele.Table, ids []stele.RecordID) {
			f.delete(t, byID(ids[7]), byID(ids[8]))
			f.outcomes(t, []stele.Change{upsert(t, byID(ids[8]), "n", 2000), upsert(t, byID(ids[7]), "n", 2001)}, "", "")
		}},
		{"with records before its first and far behind its last", func(f *fixture, t *stele.Table, ids []stele.RecordID) {
			f.outcomes(t, []stele.Change{
				upsert(t, byID(1), "n", 2000), upsert(t, byID(ids[0]-1), "n", 2001), upsert(t, byID(ids[n-1]+2), "n", 2002), upsert(t, byID(math.MaxInt64), "n", 2003),
			}, "", "", "", "")
			more(f, t)
		}},
		{"with as many records ahead as holes", func(f *fixture, t *stele.Table, ids []stele.RecordID) { // the number alone looks right
			f.delete(t, byID(ids[10]))
			f.outcomes(t, []stele.Change{upsert(t, byID(ids[n-1]+1000), "n", 2000)}, "")
		}},
		{"with as many records before its first as holes", func(f *fixture, t *stele.Table, ids []stele.RecordID) {
			f.delete(t, byID(ids[10]), byID(ids[11]))
			f.outcomes(t, []stele.Change{upsert(t, byID(1), "n", 2000), upsert(t, byID(ids[0]-1), "n", 2001)}, "", "")
		}},
	}
}

func pageCases() []testCase {
	cases := []testCase{
		{"a page behind the last is empty and has the right total", pageBehindTheLast},
		{"a page of too much text is refused, and smaller ones have all of it", pageOfMuchText},
		{"an empty table has an empty first page", func(f *fixture) {
			t := f.table("numbers", "n INT")
			if p := f.page(t, stele.RecordQuery{Limit: 10}); len(p.Records) != 0 || p.Total != 0 {
				f.Errorf("%d records, total %d", len(p.Records), p.Total)
			}
		}},
		{"every page is right after each of many writes", everyPageBetweenWrites},
		{"every page is right after pages that were read beside writes", pagesBesideWrites},
		{"pages stay where they are while records are appended", pagesStay},
	}
	for _, s := range shapes() {
		cases = append(cases, testCase{"every page of a table " + s.name + " is right", func(f *fixture) {
			t := f.table("numbers", "n INT unique")
			s.make(f, t, f.fill(t, shapeRecords, func(i int) row { return row{i} }))
			f.everyPage(t)
		}})
	}
	return cases
}

// everyPage reads pages of several sizes from every offset.
func (f *fixture) everyPage(t *stele.Table) {
	f.Helper()
	all := f.records(t)
	for offset := range len(all) + 2 {
		for _, limit := range []int{1, 3, 10, 100} {
			q := stele.RecordQuery{Offset: int64(offset), Limit: limit}
			want := stele.RecordPage{Records: part(all, stele.Page{Offset: q.Offset, Limit: limit}), Total: int64(len(all))}
			f.samePage(q, f.page(t, q), want)
		}
	}
}

// samePage holds a page against what it must be.
func (f *fixture) samePage(what any, got, want stele.RecordPage) {
	f.Helper()
	same := got.Total == want.Total && len(got.Records) == len(want.Records)
	for i := range got.Records {
		same = same && sameRecord(got.Records[i], want.Records[i])
	}
	if !same {
		f.Fatalf("%+v: total %d:\n%s want total %d:\n%s", what, got.Total, show(got.Records), want.Total, show(want.Records))
	}
}

// everyPageBetweenWrites reads all pages before and after each way of making and filling a hole, so that what a store
// remembers of places in a table is put to the test.
func everyPageBetweenWrites(f *fixture) {
	t := f.table("numbers", "n INT unique")
	ids := f.fill(t, 40, func(i int) row { return row{i} })
	n := 1000
	put := func(id stele.RecordID) func() {
		return func() { n++; f.outcomes(t, []stele.Change{upsert(t, byID(id), "n", n)}, "") }
	}
	del := func(at ...int) func() {
		return func() {
			for _, i := range at {
				f.wantDeleted(t, 1, byID(ids[i]))
			}
		}
	}
	grow := func() { n += 3; f.importBatch(t, f.batch(t, row{n - 2}, row{n - 1}, row{n})) }
	for _, step := range []func(){
		grow, del(20), grow, put(ids[20]), del(10, 11), put(ids[11]), put(ids[39] + 50), grow, put(1), del(0, 1), put(ids[1]), put(ids[0] - 7),
		del(30, 39), grow, put(ids[39]), put(math.MaxInt64), grow, del(2, 3, 4, 5), put(ids[4]), grow, del(11), put(ids[10]), del(20), del(1), put(ids[3]),
	} {
		step()
		f.everyPage(t)
	}
}

// pagesBesideWrites reads pages while a record comes or goes, and then again when nothing moves: what a store learned of a
// table in between must not mislead it.
func pagesBesideWrites(f *fixture) {
	t := f.table("numbers", "n INT unique")
	ids := f.fill(t, 40, func(i int) row { return row{i} })
	for round := range 40 {
		at := round * 7 % 20
		_, errs := race(5, func(i int) (int, error) {
			var err error
			switch {
			case i > 0:
				for offset := i; offset < 40 && err == nil; offset += 4 {
					_, err = f.db.Records(f.Context(), t, stele.RecordQuery{Offset: int64(offset), Limit: 3})
				}
			case round/20 == 0:
				_, err = f.db.Delete(f.Context(), t, []stele.Selector{byID(ids[at])}, nil)
			default:
				_, err = f.db.Update(f.Context(), t, []stele.Change{upsert(t, byID(ids[at]), "n", at)}, f.now, nil)
			}
			return 0, err
		})
		f.all(errs)
		all := f.records(t)
		for offset := range all {
			q := stele.RecordQuery{Offset: int64(offset), Limit: 3}
			f.samePage(q, f.page(t, q), stele.RecordPage{Records: part(all, stele.Page{Offset: q.Offset, Limit: 3}), Total: int64(len(all))})
		}
	}
}

func pageBehindTheLast(f *fixture) {
	t := f.table("numbers", "n INT unique")
	f.fill(t, 3, func(i int) row { return row{i} })
	for _, offset := range []int64{3, 4, 100, 1 << 31, 1 << 40, 100 << 40} {
		for _, q := range []stele.RecordQuery{{}, {Equal: pairs(t, "n", 1)}, {Keyword: "2"}} {
			q.Offset, q.Limit = offset, 100
			total := int64(1)
			if len(q.Equal) == 0 && q.Keyword == "" {
				total = 3
			}
			if p := f.page(t, q); len(p.Records) > 0 || p.Total != total {
				f.Errorf("offset %d: %d records, total %d; want 0 and %d", offset, len(p.Records), p.Total, total)
			}
		}
	}
}

func pagesStay(f *fixture) {
	t := f.table("numbers", "n INT")
	f.fill(t, 30, func(i int) row { return row{i} })
	before := f.page(t, stele.RecordQuery{Offset: 10, Limit: 10})
	f.fill(t, 30, func(i int) row { return row{i} })
	after := f.page(t, stele.RecordQuery{Offset: 10, Limit: 10})
	f.samePage("after more rows", after, stele.RecordPage{Records: before.Records, Total: 60})
}

// pageOfMuchText has records of 9 MiB, of which three fit a page and four do not (stele.CheckPageText).
func pageOfMuchText(f *fixture) {
	t := f.table("long", "n INT unique", "text TEXT")
	for i := range 5 {
		f.importBatch(t, f.batch(t, row{i, strings.Repeat("x", 9<<20)}))
	}
	for _, q := range []stele.RecordQuery{{Limit: 4}, {Limit: 100, Keyword: "XX"}} {
		_, err := f.db.Records(f.Context(), t, q)
		if code := stele.ErrorCode(err); err == nil || code != stele.CodeParameter {
			f.Errorf("a page of 36 MiB: %v", err)
		}
	}
	short := stele.RecordQuery{Limit: 5, Sort: t.WholeOrder(nil), Short: true}
	for n := range 5 {
		p := f.page(t, short)
		if len(p.Records) != 1 || p.Total != 5 || p.More != (n < 4) {
			f.Errorf("a page that may be short, after %v: %d records of %d, more: %t", short.After, len(p.Records), p.Total, p.More)
			break
		}
		short.After = []stele.Value{stele.IntValue(int64(p.Records[len(p.Records)-1].ID))}
	}
	for offset, want := range []int{3, 3, 3, 2, 1} {
		if p := f.page(t, stele.RecordQuery{Offset: int64(offset), Limit: 3}); len(p.Records) != want || p.Total != 5 {
			f.Errorf("from %d on: %d records of %d, want %d of 5", offset, len(p.Records), p.Total, want)
		}
	}
	f.delete(t, by(t, "n", 0), by(t, "n", 1), by(t, "n", 2), by(t, "n", 3)) // what follows reads the table in one page
}
