package storetest

import (
	"fmt"
	"slices"
	"time"

	"stele"
)

func queryLogCases() []testCase {
	return []testCase{
		{"the log of questions keeps every part of an entry", func(f *fixture) {
			es := []stele.QueryEntry{
				{ID: stele.QueryID(stele.NewTaskID(f.now.Time())), At: f.now, Key: "key_1", Client: "mcp 🙂", SQL: "SELECT 'é'\n;", Rows: 3, Bytes: 1 << 40, Took: 1500 * time.Microsecond},
				{ID: stele.QueryID(stele.NewTaskID(f.now.Time().Add(time.Second))), At: f.now + 1000, Refused: "no such table 'x'"},
			}
			f.must("logging", f.db.LogQueries(f.Context(), es))
			f.must("logging", f.db.LogQueries(f.Context(), nil))
			slices.Reverse(es)
			f.wantLog(10, es)
			f.wantLog(1, es[:1])
			f.neighbour().wantLog(10, nil)
		}},
		{"the log of questions keeps the latest entries", func(f *fixture) {
			var all []stele.QueryEntry
			for i := range stele.KeptQueries + 50 {
				all = append(all, stele.QueryEntry{ID: stele.QueryID(fmt.Sprintf("%024x", i)), SQL: fmt.Sprint(i)})
			}
			f.must("logging", f.db.LogQueries(f.Context(), all[:700]))
			f.must("logging", f.db.LogQueries(f.Context(), all[700:]))
			slices.Reverse(all)
			f.wantLog(2*stele.KeptQueries, all[:stele.KeptQueries])
		}},
	}
}

func (f *fixture) wantLog(limit int, want []stele.QueryEntry) {
	f.Helper()
	got, err := f.db.Queries(f.Context(), limit)
	f.must("reading the log", err)
	if len(got) != len(want) {
		f.Fatalf("the log has %d entries, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			f.Errorf("entry %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}
