package postgres_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"stele"
	"stele/internal/pgtest/cutter"
)

// reading is a kind of read, with the answer that it must have.
type reading struct {
	name string
	run  func(ctx context.Context) (any, error)
}

// readings reads all that can be read, from a store and the database that leads to.
func (f *faulty) readings(id stele.TableID, hash stele.KeyHash) []reading {
	kept := once(true, 1, func(stele.Task) string { return "" })
	equal := []stele.Pair{{Field: 1, Value: stele.IntValue(1)}}
	return []reading{
		{"a page of records", func(ctx context.Context) (any, error) {
			return f.db.Records(ctx, f.table, stele.RecordQuery{Offset: 3, Limit: 4})
		}},
		{"records by a filter", func(ctx context.Context) (any, error) {
			return f.db.Records(ctx, f.table, stele.RecordQuery{Limit: 2, Equal: equal})
		}},
		{"records by a keyword", func(ctx context.Context) (any, error) {
			return f.db.Records(ctx, f.table, stele.RecordQuery{Limit: 2, Keyword: "1-"})
		}},
		{"a table", func(ctx context.Context) (any, error) { // one that is not in memory
			t := f.draft(fmt.Sprintf("fresh_%d", time.Now().UnixNano()))
			f.must(f.sight.CreateTable(f.Context(), t, nil))
			got, err := f.db.Table(ctx, t.ID)
			return err != nil || reflect.DeepEqual(got, t), err
		}},
		{"a table that is not there", func(ctx context.Context) (any, error) {
			_, err := f.db.Table(ctx, stele.NewTableID(time.Now()))
			if code := stele.ErrorCode(err); code == stele.CodeTableNotFound {
				return code, nil
			}
			return nil, err
		}},
		{"tables", func(ctx context.Context) (any, error) { return f.db.Tables(ctx, stele.Page{Limit: 1}) }},
		{"tasks", func(ctx context.Context) (any, error) {
			return f.db.Tasks(ctx, []stele.TaskID{stele.TaskID(f.tries[2][0]), stele.TaskID(f.tries[1][0])}, 0)
		}},
		{"a kept answer", func(ctx context.Context) (any, error) { return f.db.Answered(ctx, kept.Key, kept.Fingerprint) }},
		{"what an agent had that is gone", func(ctx context.Context) (any, error) {
			_, err := f.store.Database(f.gone.ID).Tables(ctx, stele.Page{})
			if code := stele.ErrorCode(err); code == stele.CodeUnauthenticated {
				return code, nil
			}
			return nil, err
		}},
		{"agents", func(ctx context.Context) (any, error) {
			as, n, err := f.store.Agents(ctx, stele.Page{})
			return []any{as, n}, err
		}},
		{"an agent", func(ctx context.Context) (any, error) { return f.store.Agent(ctx, f.agent.Name) }},
		{"keys", func(ctx context.Context) (any, error) { return f.store.Keys(ctx, f.agent.ID) }},
		{"a key", func(ctx context.Context) (any, error) { return f.store.Key(ctx, hash) }},
		{"an owner", func(ctx context.Context) (any, error) { return f.store.Owner(ctx, id) }},
		{"ready", func(ctx context.Context) (any, error) { return nil, f.store.Ready(ctx) }},
	}
}

// TestReadsThatAreCut cuts each kind of read at its messages in every way: it has its answer or an error that its caller may
// see, and never another answer.
func TestReadsThatAreCut(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	for n := 1; n <= 2; n++ {
		f.must(acts[0].run(t.Context(), f, n, true))
	}
	key := stele.Key{ID: stele.NewKeyID(), Hash: stele.HashKey("key"), Agent: f.agent.ID, Scope: stele.ScopeRead, Created: f.agent.Created}
	f.must(f.store.CreateKey(t.Context(), key))
	pick := newPicker(t)
	for i, r := range f.readings(f.table.ID, key.Hash) {
		for _, cold := range []bool{false, true} {
			if cold && i%5 > 0 && !pick.all {
				continue // how a connection is made does not depend on what it is for
			}
			var want any
			for range 2 {
				f.chill(cold)
				f.cut.Record()
				var err error
				want, err = r.run(t.Context())
				f.must(err)
			}
			trace := f.cut.Trace()
			for _, cut := range pick.some(cutter.Cuts(trace, cutter.Close, cutter.Reset, cutter.Silence)) {
				f.chill(cold)
				f.readCut(r, cut, want)
			}
		}
	}
}

// readCut makes a read that is cut, and then one that is not.
func (f *faulty) readCut(r reading, cut cutter.Cut, want any) {
	f.Helper()
	f.cut.Arm(cut)
	what := r.name + ", " + cut.String()
	err := f.within(what, deadline(cut), func(ctx context.Context) error {
		got, err := r.run(ctx)
		if err == nil && !reflect.DeepEqual(got, want) {
			f.Errorf("%s: %+v, want %+v", what, got, want)
		}
		return err
	})
	if err != nil {
		f.readable(what, err)
	}
	f.cut.Heal()
	if got, err := r.run(f.Context()); err != nil || !reflect.DeepEqual(got, want) {
		f.Errorf("after %s: %+v, %v; want %+v", what, got, err, want)
	}
}
