package storetest

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"stele"
)

// moveCases are for stores that can be moved: all are, but what stands between a caller and several of them need not be.
func moveCases(s stele.Store) []testCase {
	if _, ok := s.(stele.Movable); !ok {
		return nil
	}
	return []testCase{
		{"records are read part by part, whatever gaps their ids have", recordsByParts},
		{"tasks are read part by part", tasksByParts},
		{"answers are read part by part in the order of their keys' bytes", answersByParts},
		{"a part ends where it has much text", partsOfMuchText},
		{"an agent that is moved is the same, and stays so after the store was closed", movedIsTheSame},
		{"ids go on after a move as they would have without it", idsGoOnAfterMove},
		{"a table is moved whatever form its ids have", shapesAreMoved},
		{"pages of a table that is moved are right, and stay so when it is written to", movedIsServed},
		{"a table with an index for keywords is moved with it", indexIsMoved},
		{"a table of 200 fields is moved", func(f *fixture) {
			fields := make([]string, 200)
			r := make(row, 200)
			for i := range fields {
				fields[i] = fmt.Sprintf("field_%d INT", i)
				r[i] = i
			}
			t := f.table("wide", fields...)
			f.add(t, r, make(row, 200), r)
			f.moved(2).want(t, r, make(row, 200), r)
		}},
		{"names that are stored otherwise are moved", func(f *fixture) {
			f.table("order", "rowid TEXT unique", "ctid INT", "_id TEXT", strings.Repeat("x", 64)+" TEXT")
			t := f.table("select", "xmin TEXT required unique")
			f.add(t, row{"a"}, row{"b"})
			m := f.moved(1)
			m.want(t, row{"a"}, row{"b"})
			m.wantRefused(t, row{"b"})
		}},
		{"an agent without tables is moved", func(f *fixture) {
			if names := f.moved(10).tableNames(); len(names) > 0 {
				f.Errorf("tables: %v", names)
			}
		}},
		{"records are put all or none", putAllOrNone},
		{"what is put for an agent or a table that is not there is refused", moveOfNothing},
		{"a move whose context has ended does nothing", endedMove},
		{"the state of a move is kept", stateOfMoveIsKept},
		{"of two moves that begin at once one goes on", func(f *fixture) {
			m := f.alone().movable()
			_, errs := race(8, func(i int) (int, error) { return 0, m.SetMoveState(f.Context(), "", fmt.Sprint("move ", i)) })
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
				}
			}
			if state, err := m.MoveState(f.Context()); won != 1 || err != nil || !strings.HasPrefix(state, "move ") {
				f.Errorf("%d have begun; the state is %q, %v", won, state, err)
			}
		}},
	}
}

func (f *fixture) movable() stele.Movable {
	f.Helper()
	m, ok := f.store.(stele.Movable)
	if !ok {
		f.Fatalf("a %T cannot be moved", f.store)
	}
	return m
}

func (f *fixture) mover() stele.Mover {
	f.Helper()
	return f.movable().Mover(f.agent.ID)
}

// part is what a mover is asked for: those that come after, so many at most.
type partOf[K cmp.Ordered, T any] struct {
	read func(ctx context.Context, after K, limit int) ([]T, error)
	key  func(T) K
	text func(T) int
}

func (f *fixture) recordParts(t *stele.Table) partOf[stele.RecordID, stele.Record] {
	m := f.mover()
	return partOf[stele.RecordID, stele.Record]{
		read: func(ctx context.Context, after stele.RecordID, limit int) ([]stele.Record, error) {
			return m.RecordsAfter(ctx, t, after, limit)
		},
		key: func(r stele.Record) stele.RecordID { return r.ID },
		text: func(r stele.Record) (n int) {
			for _, v := range r.Values {
				n += len(v.Text())
			}
			return n
		},
	}
}

func (f *fixture) taskParts() partOf[stele.TaskID, stele.Task] {
	return partOf[stele.TaskID, stele.Task]{
		read: f.mover().TasksAfter, key: func(t stele.Task) stele.TaskID { return t.ID },
		text: func(t stele.Task) (n int) {
			for _, r := range t.Rejections {
				n += len(r.Reason)
			}
			return n
		},
	}
}

func (f *fixture) answerParts() partOf[string, stele.KeptAnswer] {
	return partOf[string, stele.KeptAnswer]{
		read: f.mover().AnswersAfter, key: func(a stele.KeptAnswer) string { return a.Key },
		text: func(a stele.KeptAnswer) int { return len(a.Answer) },
	}
}

// all reads all parts from after on and holds each against what is promised of it.
func (p partOf[K, T]) all(f *fixture, after K, limit int) (all []T) {
	f.Helper()
	for {
		part, err := p.read(f.Context(), after, limit)
		if err != nil {
			f.Fatalf("a part of %d after %v: %v", limit, after, err)
		}
		if len(part) > limit {
			f.Fatalf("a part of %d has %d", limit, len(part))
		}
		text := 0
		for _, item := range part {
			if p.key(item) <= after {
				f.Fatalf("%v comes after %v", p.key(item), after)
			}
			if stele.PartFull(text) {
				f.Fatalf("a part goes on after %d bytes", text)
			}
			after, text = p.key(item), text+p.text(item)
		}
		if len(part) == 0 {
			return all
		}
		if len(part) < limit && !stele.PartFull(text) {
			if more, err := p.read(f.Context(), after, limit); err != nil || len(more) > 0 {
				f.Errorf("a part of %d had %d with %d bytes, and after it came %d, %v", limit, len(part), text, len(more), err)
			}
		}
		all = append(all, part...)
	}
}

// moved copies all that the agent has into a store of its own, in parts of so many, and returns a fixture for it there.
func (f *fixture) moved(limit int) *reopened {
	f.Helper()
	k := f.elsewhere()
	from, to := f.mover(), k.mover()
	tables, err := f.db.Tables(f.Context(), stele.Page{})
	f.must("listing tables", err)
	for _, t := range tables {
		next, err := from.NextRecordID(f.Context(), t.Table)
		f.must("asking for the next id", err)
		own := *t.Table
		k.must("putting a table", to.PutTable(f.Context(), &own, next))
		put(f, limit, f.recordParts(t.Table).all(f, 0, limit), func(rs []stele.Record) error { return to.PutRecords(f.Context(), t.Table, rs) })
	}
	put(f, limit, f.taskParts().all(f, "", limit), func(ts []stele.Task) error { return to.PutTasks(f.Context(), ts) })
	put(f, limit, f.answerParts().all(f, "", limit), func(as []stele.KeptAnswer) error { return to.PutAnswers(f.Context(), as) })
	put(f, limit, f.savedParts().all(f, "", limit), func(qs []stele.SavedQuery) error { return to.PutSavedQueries(f.Context(), qs) })
	return k
}

// put writes in parts of so many.
func put[T any](f *fixture, limit int, all []T, write func([]T) error) {
	f.Helper()
	for part := range slices.Chunk(all, limit) {
		f.must("putting", write(part))
	}
}

// elsewhere returns a fixture for the same agent, with nothing in it, of a store that no other case uses.
func (f *fixture) elsewhere() *reopened {
	f.Helper()
	k := f.kept()
	k.must("deleting", k.store.DeleteAgent(k.Context(), k.agent.ID))
	k.agent, k.now = f.agent, f.now
	k.must("creating", k.store.CreateAgent(k.Context(), k.agent))
	k.db = k.store.Database(k.agent.ID)
	return k
}

// gappy makes a table of all types whose ids have gaps, and records before and far behind the others.
func (f *fixture) gappy() *stele.Table {
	f.Helper()
	t := f.table("gappy", "code TEXT unique", "s TEXT", "i INT", "f FLOAT", "b BOOLEAN", "d DATETIME")
	ids := f.fill(t, 40, func(i int) row {
		r := row{fmt.Sprint("code ", i), "text \u65e5 '\"\\\n", int64(math.MinInt64) + int64(i), float64(i) / 7, i%2 == 0, "0001-01-01 00:00:00"}
		for at := 1; at < len(r); at++ {
			if i>>at&1 == 1 {
				r[at] = nil
			}
		}
		return r
	})
	f.now += 5
	f.outcomes(t, []stele.Change{
		upsert(t, byID(1), "code", "first", "s", "", "f", math.MaxFloat64, "i", int64(math.MaxInt64)),
		upsert(t, byID(ids[39]+1000), "code", "ahead", "f", 5e-324), upsert(t, byID(math.MaxInt64), "code", "last", "d", "9999-12-31 23:59:59"),
		change(t, byID(ids[20]), "s", "changed"),
	}, "", "", "", "")
	f.delete(t, byID(ids[0]), byID(ids[7]), byID(ids[8]), byID(ids[9]), byID(ids[39]))
	return t
}

func recordsByParts(f *fixture) {
	t := f.gappy()
	parts, want := f.recordParts(t), f.records(t)
	for _, limit := range []int{1, 2, 7, 38, 1000} {
		if got := parts.all(f, 0, limit); !slices.EqualFunc(got, want, sameRecord) {
			f.Fatalf("in parts of %d:\n%s want\n%s", limit, show(got), show(want))
		}
	}
	for i, r := range want {
		if got := parts.all(f, r.ID-1, 10); !slices.EqualFunc(got, want[i:], sameRecord) {
			f.Fatalf("after %d come\n%s want\n%s", r.ID-1, show(got), show(want[i:]))
		}
		if got := parts.all(f, r.ID, 10); !slices.EqualFunc(got, want[i+1:], sameRecord) {
			f.Fatalf("after %d come\n%s want\n%s", r.ID, show(got), show(want[i+1:]))
		}
	}
	if empty := f.recordParts(f.table("empty", "n INT")).all(f, 0, 10); len(empty) > 0 {
		f.Errorf("an empty table has\n%s", show(empty))
	}
}

func tasksByParts(f *fixture) {
	t := f.table("log", "line TEXT")
	ids := f.imports(t, 7)
	other := f.neighbour()
	other.imports(other.table("log", "line TEXT"), 2)
	b := &stele.Batch{Task: f.task(t, 5)}
	b.Task.Rejections = []stele.Rejection{{Row: 1, Reason: "one \u65e5 'quoted' \"twice\""}, {From: 2, To: 3}, {Row: 5, Reason: strings.Repeat("long ", 5000)}}
	f.importBatch(t, b)
	ids = append(ids, b.Task.ID)
	slices.Sort(ids)
	for _, limit := range []int{1, 3, 8, 100} {
		got := f.taskParts().all(f, "", limit)
		if len(got) != len(ids) {
			f.Fatalf("in parts of %d there are %d tasks, want %d", limit, len(got), len(ids))
		}
		for i, task := range got {
			want, err := f.db.Tasks(f.Context(), ids[i:i+1], 0)
			f.must("finding a task", err)
			f.sameTask("a task", task, want[0])
		}
	}
	if got := f.taskParts().all(f, ids[4], 2); len(got) != len(ids)-5 {
		f.Errorf("after the fifth come %d, want %d", len(got), len(ids)-5)
	}
}

func answersByParts(f *fixture) {
	keys := []string{"b", "B", "a", "ab", "a b", "a-b", "10", "9", "\u00e9", "e", "\U0001F642", "\uffff", " ", "~", strings.Repeat("k", 255)}
	t := f.table("log", "line TEXT")
	for i, key := range keys {
		f.now++
		_, err := f.db.Import(f.Context(), t, f.batch(t, row{"x"}), f.now, once[stele.Task](f, key, fmt.Sprint("request ", i)))
		f.must("importing", err)
	}
	other := f.neighbour()
	_, err := other.db.Delete(f.Context(), other.table("log", "line TEXT"), nil, once[int](other, "another's", "request"))
	f.must("deleting", err)
	at := func(key string) stele.Millis { return f.now - stele.Millis(len(keys)-1-slices.Index(keys, key)) }
	sorted := slices.Sorted(slices.Values(keys))
	for _, limit := range []int{1, 4, 100} {
		got := f.answerParts().all(f, "", limit)
		if len(got) != len(sorted) {
			f.Fatalf("in parts of %d there are %d answers, want %d", limit, len(got), len(sorted))
		}
		for i, a := range got {
			if kept, err := f.db.Answered(f.Context(), sorted[i], a.Fingerprint); a.Key != sorted[i] || err != nil || string(kept) != string(a.Answer) || a.At != at(a.Key) {
				f.Errorf("answer %q of %q at %d, want that of %q at %d: %v", a.Answer, a.Key, a.At, sorted[i], at(sorted[i]), err)
			}
		}
	}
}

// partsOfMuchText reads what is too large to be held in memory at once.
func partsOfMuchText(f *fixture) {
	t := f.table("texts", "s TEXT", "n INT")
	large := strings.Repeat("0123456789abcdef", 3<<16) // 3 MiB
	f.add(t, row{large, 1}, row{large, 2}, row{"", 3}, row{large, 4})
	f.add(t, row{large, 5}, row{"x", 6})
	for i := range 3 {
		b := &stele.Batch{Task: f.task(t, 1)}
		b.Task.Rejections = []stele.Rejection{{Row: 1, Reason: large}}
		o := once[stele.Task](f, fmt.Sprint("key ", i), "request")
		o.Answer = func(stele.Task) []byte { return []byte(large) }
		_, err := f.db.Import(f.Context(), t, b, f.now, o)
		f.must("importing", err)
	}
	if n := len(f.recordParts(t).all(f, 0, 1000)); n != 6 {
		f.Errorf("%d records, want 6", n)
	}
	if n, m := len(f.taskParts().all(f, "", 1000)), len(f.answerParts().all(f, "", 1000)); n != 3+2 || m != 3 {
		f.Errorf("%d tasks and %d answers, want 5 and 3", n, m)
	}
}
