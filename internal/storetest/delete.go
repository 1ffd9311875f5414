package storetest

import (
	"fmt"

	"stele"
)

func deleteCases() []testCase {
	return []testCase{
		{"records go by id and by unique value, and are counted", func(f *fixture) {
			t, ids := numbered(f, 6)
			f.wantDeleted(t, 4, byID(ids[0]), by(t, "code", "2"), byID(ids[5]), by(t, "code", "3", "n", 3))
			f.want(t, row{"1", 1}, row{"4", 4})
		}},
		{"a record selected twice goes once and counts once", func(f *fixture) {
			t, ids := numbered(f, 4)
			f.wantDeleted(t, 2, byID(ids[1]), byID(ids[1]), by(t, "code", "1"), by(t, "code", "2"), by(t, "code", "2", "n", 2))
			f.want(t, row{"0", 0}, row{"3", 3})
		}},
		{"what is not there is no error and counts nothing", func(f *fixture) {
			t, ids := numbered(f, 2)
			f.wantDeleted(t, 0, byID(1), byID(ids[1]+1), byID(9223372036854775807), by(t, "code", "x"), by(t, "n", 1, "code", "x"))
			f.wantDeleted(t, 1, byID(ids[0]), byID(1))
			f.wantDeleted(t, 0, byID(ids[0]), by(t, "code", "0"))
			f.want(t, row{"1", 1})
		}},
		{"all pairs must be equal", func(f *fixture) {
			t, _ := numbered(f, 3)
			f.add(t, row{"3", nil})
			f.wantDeleted(t, 0, by(t, "code", "1", "n", 2), by(t, "n", 1, "code", "2"), by(t, "code", "3", "n", 0))
			f.wantDeleted(t, 1, by(t, "n", 1, "code", "1"))
			f.want(t, row{"0", 0}, row{"2", 2}, row{"3", nil})
		}},
		{"a unique value is compared exactly", func(f *fixture) {
			t := f.table("exact", "code TEXT unique")
			f.add(t, row{"a"}, row{"A"}, row{"a "}, row{"\u00e1"}, row{"a\u0301"}, row{"%"}, row{"1"})
			f.wantDeleted(t, 1, by(t, "code", "A"))
			f.wantDeleted(t, 1, by(t, "code", "%"))
			f.wantDeleted(t, 1, by(t, "code", "a\u0301"))
			f.wantDeleted(t, 0, by(t, "code", " a"), by(t, "code", "\u00c1"), by(t, "code", "01"), by(t, "code", "_"))
			f.want(t, row{"a"}, row{"a "}, row{"\u00e1"}, row{"1"})
		}},
		{"a thousand records go at once", thousandGo},
		{"deleting from one table leaves another alone", func(f *fixture) {
			t, ids := numbered(f, 2)
			other := f.table("other", "code TEXT unique", "n INT")
			f.outcomes(other, []stele.Change{upsert(other, byID(ids[0]), "code", "0", "n", 0)}, "")
			f.wantDeleted(t, 1, byID(ids[0]))
			f.want(other, row{"0", 0})
			f.wantDeleted(other, 1, by(other, "code", "0"))
			f.want(t, row{"1", 1})
		}},
	}
}

func (f *fixture) wantDeleted(t *stele.Table, want int, ss ...stele.Selector) {
	f.Helper()
	if n := f.delete(t, ss...); n != want {
		f.Errorf("deleted %d, want %d", n, want)
	}
}

func thousandGo(f *fixture) {
	t, ids := numbered(f, 1000)
	var ss []stele.Selector
	for i, id := range ids {
		if i%2 == 0 {
			ss = append(ss, byID(id))
		} else {
			ss = append(ss, by(t, "code", fmt.Sprint(i)))
		}
	}
	f.wantDeleted(t, 1000, ss...)
	f.want(t)
	f.add(t, row{"0", 0})
	f.want(t, row{"0", 0})
}

// numbered makes a table of so many records with their numbers.
func numbered(f *fixture, n int) (*stele.Table, []stele.RecordID) {
	f.Helper()
	t := f.table("parcels", "code TEXT unique", "n INT")
	return t, f.fill(t, n, func(i int) row { return row{fmt.Sprint(i), i} })
}
