package storetest

import (
	"strings"

	"stele"
)

func sizeCases() []testCase {
	return []testCase{
		{"what a database takes is told, table by table", func(f *fixture) {
			other := f.neighbour()
			other.table("theirs", "s TEXT")
			f.wantSizes(f.sizes())
			empty := f.table("empty", "n INT")
			f.indexed = true
			full := f.table("pg_class", "s TEXT unique", "n INT") // whose name in SQL is another one
			for i := range 400 {
				f.importBatch(full, f.batch(full, row{strings.Repeat(string(rune('a'+i%26)), 200) + f.unique(), i}))
			}
			size := f.sizes()
			f.wantSizes(size, stele.TableSize{ID: empty.ID, Name: "empty"}, stele.TableSize{ID: full.ID, Name: "pg_class", Records: 400})
			if s := size.Tables; len(s) == 2 && s[1].Bytes >= 0 && (s[1].Bytes <= s[0].Bytes || s[1].Bytes > size.Bytes) {
				f.Errorf("400 records take %d bytes, none %d, all %d", s[1].Bytes, s[0].Bytes, size.Bytes)
			}
			f.wantSizes(other.sizes(), stele.TableSize{ID: other.sizes().Tables[0].ID, Name: "theirs"})
		}},
		{"what an installation takes is told", func(f *fixture) {
			if n, err := f.store.DataBytes(f.Context()); err != nil || n <= 0 {
				f.Errorf("%d bytes, %v", n, err)
			}
		}},
	}
}

// unique is a text that comes once.
func (f *fixture) unique() string { return string(stele.NewTaskID(f.now.Time())) }

func (f *fixture) sizes() stele.Size {
	f.Helper()
	size, err := f.db.Size(f.Context())
	f.must("asking for sizes", err)
	return size
}

// wantSizes holds sizes against what is known of the tables.
func (f *fixture) wantSizes(got stele.Size, want ...stele.TableSize) {
	f.Helper()
	if got.Bytes == 0 || len(got.Tables) != len(want) {
		f.Fatalf("sizes %+v, want those of %+v", got, want)
	}
	for i, t := range got.Tables {
		t.Bytes = 0
		if t != want[i] {
			f.Errorf("size %+v, want that of %+v", got.Tables[i], want[i])
		}
	}
}
