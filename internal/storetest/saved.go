package storetest

import (
	"fmt"
	"slices"
	"strings"

	"stele"
)

func savedCases() []testCase {
	return []testCase{
		{"saved queries are kept to the character, by the bytes of their names", func(f *fixture) {
			f.wantSaved()
			b, a, c := f.save("b", "SELECT 'é'\n;"), f.save("B 🙂 \"'\\", strings.Repeat("x", stele.MostQuerySQL)), f.save("\u00e4", " no question ")
			f.wantSaved(a, b, c)
			f.neighbour().wantSaved()
		}},
		{"a saved query is changed, and takes another name", func(f *fixture) {
			a, b := f.save("a", "SELECT 1"), f.save("b", "SELECT 2")
			f.now++
			a.Name, a.SQL, a.Updated = "c", "SELECT 3", f.now
			f.must("changing", f.db.SaveQuery(f.Context(), a, false, nil))
			f.wantSaved(b, a)
			a.SQL = "SELECT 4" // under its own name
			f.must("changing", f.db.SaveQuery(f.Context(), a, false, nil))
			f.wantSaved(b, a)
			f.wantSaved(b, a, f.save("d", "SELECT 5"))
		}},
		{"a name is taken once, byte by byte, by each agent", func(f *fixture) {
			a, b := f.save("a", "SELECT 1"), f.save("b", "SELECT 2")
			fresh := f.saved("a", "SELECT 3")
			f.wantCode("a second of the name", f.db.SaveQuery(f.Context(), fresh, true, nil), stele.CodeExists)
			renamed := b
			renamed.Name = "a"
			f.wantCode("another's name", f.db.SaveQuery(f.Context(), renamed, false, nil), stele.CodeExists)
			f.wantSaved(a, b)
			other := f.neighbour()
			theirs := other.save("a", "SELECT 4")
			f.wantSaved(f.save("A", "SELECT 5"), a, b)
			other.wantSaved(theirs)
		}},
		{"a saved query that is not there is not changed", func(f *fixture) {
			other := f.neighbour()
			theirs := other.save("a", "SELECT 1")
			for _, q := range []stele.SavedQuery{f.saved("a", "SELECT 2"), theirs} {
				f.wantCode("changing", f.db.SaveQuery(f.Context(), q, false, nil), stele.CodeNotFound)
				if there, err := f.db.DeleteSavedQuery(f.Context(), q.ID, nil); err != nil || there {
					f.Errorf("deleting: %v, %v", there, err)
				}
			}
			f.wantSaved()
			other.wantSaved(theirs)
		}},
		{"a saved query goes once", func(f *fixture) {
			a, b := f.save("a", "SELECT 1"), f.save("b", "SELECT 2")
			for _, want := range []bool{true, false} {
				if there, err := f.db.DeleteSavedQuery(f.Context(), a.ID, nil); err != nil || there != want {
					f.Errorf("deleting: %v, %v; want %v", there, err, want)
				}
			}
			f.wantSaved(b)
			f.wantSaved(f.save("a", "SELECT 3"), b)
		}},
		{"so many queries are saved and no more", func(f *fixture) {
			var last stele.SavedQuery
			for i := range stele.MostSavedQueries {
				last = f.save(fmt.Sprint(i), "SELECT 1")
			}
			more := f.saved("more", "SELECT 1")
			f.wantCode("one more", f.db.SaveQuery(f.Context(), more, true, nil), stele.CodeParameter)
			last.SQL = "SELECT 2"
			f.must("changing one", f.db.SaveQuery(f.Context(), last, false, nil))
			_, err := f.db.DeleteSavedQuery(f.Context(), last.ID, nil)
			f.must("deleting one", err)
			f.must("saving one", f.db.SaveQuery(f.Context(), more, true, nil))
		}},
		{"of queries that are saved under one name at once, one is", func(f *fixture) {
			_, errs := race(8, func(i int) (int, error) {
				return 0, f.db.SaveQuery(f.Context(), f.saved("a", fmt.Sprint("SELECT ", i)), true, nil)
			})
			f.oneWins(errs, stele.CodeExists)
		}},
		{"a write of a saved query that is repeated is applied once", savedOnce},
		{"saved queries are kept and moved", func(f *fixture) {
			var all []stele.SavedQuery
			for i := range 7 {
				all = append(all, f.save(fmt.Sprint(i), strings.Repeat("SELECT 1\n", i)))
			}
			if _, ok := f.store.(stele.Movable); !ok {
				return
			}
			ids := slices.SortedFunc(slices.Values(all), func(a, b stele.SavedQuery) int { return strings.Compare(string(a.ID), string(b.ID)) })
			for _, limit := range []int{1, 3, 100} {
				if got := f.savedParts().all(f, "", limit); !slices.Equal(got, ids) {
					f.Errorf("in parts of %d: %v, want %v", limit, got, ids)
				}
			}
			k := f.moved(3)
			for range 2 {
				k.wantSaved(all...)
				k.reopen()
			}
			k.wantCode("a second of the name", k.db.SaveQuery(k.Context(), k.saved("3", "SELECT 1"), true, nil), stele.CodeExists)
		}},
	}
}

// savedOnce repeats what saves and what deletes.
func savedOnce(f *fixture) {
	q := f.saved("a", "SELECT 1")
	f.must("saving", f.db.SaveQuery(f.Context(), q, true, once[stele.SavedQuery](f, "key", "request")))
	f.wantAnswered("key", "request", fmt.Sprintf("%+v", q))
	f.wantReplay("a repeat", f.db.SaveQuery(f.Context(), f.saved("a", "SELECT 1"), true, once[stele.SavedQuery](f, "key", "request")), fmt.Sprintf("%+v", q))
	f.wantCode("another request", f.db.SaveQuery(f.Context(), f.saved("b", ""), true, once[stele.SavedQuery](f, "key", "other")), stele.CodeKeyReused)
	f.wantCode("a refusal", f.db.SaveQuery(f.Context(), f.saved("a", "SELECT 1"), true, once[stele.SavedQuery](f, "second", "request")), stele.CodeExists)
	f.wantAnswered("second", "request", "")
	f.wantSaved(q)
	_, err := f.db.DeleteSavedQuery(f.Context(), q.ID, once[bool](f, "delete", "request"))
	f.must("deleting", err)
	f.wantSaved()
	q = f.save("a", "SELECT 2")
	_, err = f.db.DeleteSavedQuery(f.Context(), q.ID, once[bool](f, "delete", "request"))
	f.wantReplay("a repeat", err, "true")
	f.wantSaved(q)
}

// saved makes a query that is not kept yet.
func (f *fixture) saved(name, sql string) stele.SavedQuery {
	return stele.SavedQuery{ID: stele.NewSavedID(f.now.Time()), Name: name, SQL: sql, Updated: f.now}
}

// save keeps one.
func (f *fixture) save(name, sql string) stele.SavedQuery {
	f.Helper()
	q := f.saved(name, sql)
	f.must("saving a query", f.db.SaveQuery(f.Context(), q, true, nil))
	return q
}

func (f *fixture) wantSaved(want ...stele.SavedQuery) {
	f.Helper()
	got, err := f.db.SavedQueries(f.Context())
	f.must("listing saved queries", err)
	if !slices.Equal(got, want) {
		f.Errorf("saved queries %+v, want %+v", got, want)
	}
}

func (f *fixture) savedParts() partOf[stele.SavedID, stele.SavedQuery] {
	return partOf[stele.SavedID, stele.SavedQuery]{
		read: f.mover().SavedQueriesAfter, key: func(q stele.SavedQuery) stele.SavedID { return q.ID },
		text: func(q stele.SavedQuery) int { return len(q.SQL) },
	}
}
