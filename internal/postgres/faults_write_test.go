package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"stele"
	"stele/internal/pgtest/cutter"
)

// act is a kind of write that can be made any number of times, each on records of its own.
type act struct {
	name    string
	prepare func(f *faulty, n int)
	run     func(ctx context.Context, f *faulty, n int, keyed bool) error
	// SQL over `p`: how much of the n-th is there, in pieces, and the answer that its key must have then.
	pieces, answer string
	all            int  // pieces
	keyless        bool // of the catalog: it takes no idempotency key
}

var acts = []act{
	{
		"import", func(*faulty, int) {}, func(ctx context.Context, f *faulty, n int, keyed bool) error {
			b := f.batch(n, n)
			f.tries[n] = append(f.tries[n], string(b.Task.ID))
			task, err := f.db.Import(ctx, f.table, b, b.Task.Created, once(keyed, n, func(t stele.Task) string { return string(t.ID) }))
			if err == nil && (task.ID != b.Task.ID || task.Success != rows) {
				f.Errorf("the task is %+v", task)
			}
			return err
		},
		`(SELECT count(*) FROM {agent}.faults WHERE code LIKE p.codes AND v=p.n) + (SELECT count(*) FROM {agent}._tasks WHERE id=ANY(p.tries))`,
		`(SELECT id FROM {agent}._tasks WHERE id=ANY(p.tries))`, rows + 1, false,
	},
	{
		"update", fill, func(ctx context.Context, f *faulty, n int, keyed bool) error {
			return update(ctx, f, n, keyed, rows, false)
		},
		`(SELECT count(*) FROM {agent}.faults WHERE code LIKE p.codes AND v=p.n)`, `'[{} {} {}]'`, rows, false,
	},
	{
		"update that creates", fill, func(ctx context.Context, f *faulty, n int, keyed bool) error {
			return update(ctx, f, n, keyed, rows+1, true)
		},
		`(SELECT count(*) FROM {agent}.faults WHERE code LIKE p.codes AND v=p.n)`, `'[{} {} {} {}]'`, rows + 1, false,
	},
	{
		"delete", fill, func(ctx context.Context, f *faulty, n int, keyed bool) error {
			var ss []stele.Selector
			for i := range rows {
				ss = append(ss, stele.Selector{Pairs: []stele.Pair{{Field: 0, Value: code(n, i)}}})
			}
			gone, err := f.db.Delete(ctx, f.table, ss, once(keyed, n, func(gone int) string { return fmt.Sprint(gone) }))
			if err == nil && gone != rows {
				f.Errorf("%d records are deleted", gone)
			}
			return err
		},
		`3 - (SELECT count(*) FROM {agent}.faults WHERE code LIKE p.codes)`, `'3'`, rows, false,
	},
	{
		"create-table", func(*faulty, int) {}, func(ctx context.Context, f *faulty, n int, keyed bool) error {
			t := f.draft(made(n))
			return f.db.CreateTable(ctx, t, once(keyed, n, func(id stele.TableID) string { return string(id) }))
		},
		`(SELECT count(*) FROM {agent}._tables WHERE name=p.made) + (SELECT count(*) FROM pg_class WHERE relname=p.made)
			+ (SELECT count(*) FROM {agent}._fields WHERE table_id IN (SELECT id FROM {agent}._tables WHERE name=p.made))
			+ (SELECT count(*) FROM stele_catalog.tables WHERE id IN (SELECT id FROM {agent}._tables WHERE name=p.made))`,
		`(SELECT id FROM {agent}._tables WHERE name=p.made)`, 5, false,
	},
	{
		"alter", other, func(ctx context.Context, f *faulty, n int, keyed bool) error {
			a, err := f.others[n].Alter([]stele.RawAlter{
				{Op: stele.ChangeType, Field: "v", Draft: stele.DraftField{Type: "TEXT"}}, {Op: stele.RenameField, Field: "code", To: "key"},
				{Op: stele.AddField, Draft: stele.DraftField{Name: "more", Type: "INT"}},
			}, stele.DefaultLimits())
			f.must(err)
			done, err := f.db.Alter(ctx, a, once(keyed, n, func(done stele.Altered) string { return fmt.Sprint(done.Records) }))
			if err == nil && (done.Refused() || done.Records != rows) {
				f.Errorf("the change of %d records is refused: %v", done.Records, done.Violations)
			}
			return err
		},
		`(SELECT count(*) FROM {agent}._tables WHERE name=p.made AND version=2)
			+ (SELECT count(*) FROM {agent}._fields WHERE name IN ('key', 'more') AND table_id IN (SELECT id FROM {agent}._tables WHERE name=p.made))
			+ (SELECT count(*) FROM {agent}._fields WHERE name='v' AND type='TEXT' AND table_id IN (SELECT id FROM {agent}._tables WHERE name=p.made))
			+ (SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid=a.attrelid WHERE c.relname=p.made AND (a.attname IN ('key', 'more') OR a.attname='v' AND a.atttypid='text'::regtype))`,
		`'3'`, 7, false,
	},
	{
		"drop-table", other, func(ctx context.Context, f *faulty, n int, keyed bool) error {
			gone, err := f.db.DropTable(ctx, f.others[n], once(keyed, n, func(gone int64) string { return fmt.Sprint(gone) }))
			if err == nil && gone != rows {
				f.Errorf("%d records went with the table", gone)
			}
			return err
		},
		`4 - (SELECT count(*) FROM {agent}._tables WHERE name=p.made) - (SELECT count(*) FROM pg_class WHERE relname=p.made)
			- (SELECT count(*) FROM {agent}._fields WHERE table_id IN (SELECT id FROM {agent}._tables WHERE name=p.made))`,
		`'3'`, 4, false,
	},
	{
		"create-agent", func(*faulty, int) {}, func(ctx context.Context, f *faulty, n int, _ bool) error {
			return f.store.CreateAgent(ctx, newAgent(made(n)))
		},
		`(SELECT count(*) FROM stele_catalog.agents WHERE name=p.made)
			+ (SELECT count(*) FROM stele_catalog.agents a JOIN pg_namespace ON nspname='agent_'||a.id WHERE a.name=p.made)`, `NULL`, 2, true,
	},
	{
		"delete-agent", func(f *faulty, n int) { f.must(f.direct.CreateAgent(f.Context(), newAgent(made(n)))) },
		func(ctx context.Context, f *faulty, n int, _ bool) error {
			a, err := f.direct.Agent(f.Context(), made(n))
			f.must(err)
			return f.store.DeleteAgent(ctx, a.ID)
		},
		`1 - (SELECT count(*) FROM stele_catalog.agents WHERE name=p.made)`, `NULL`, 1, true,
	},
	{
		"create-key", func(*faulty, int) {}, func(ctx context.Context, f *faulty, n int, _ bool) error { return f.store.CreateKey(ctx, f.key(n)) },
		`(SELECT count(*) FROM stele_catalog.keys WHERE id=p.made)`, `NULL`, 1, true,
	},
	{
		"revoke-key", func(f *faulty, n int) { f.must(f.direct.CreateKey(f.Context(), f.key(n))) },
		func(ctx context.Context, f *faulty, n int, _ bool) error { return f.store.RevokeKey(ctx, f.key(n).ID) },
		`1 - (SELECT count(*) FROM stele_catalog.keys WHERE id=p.made)`, `NULL`, 1, true,
	},
}

// made is the name of what the n-th write makes.
func made(n int) string { return fmt.Sprintf("made_%d", n) }

func (f *faulty) key(n int) stele.Key {
	return stele.Key{ID: stele.KeyID(made(n)), Hash: stele.HashKey(made(n)), Agent: f.agent.ID, Scope: stele.ScopeRead, Created: f.agent.Created}
}

// other makes a table of three records that the n-th write is about.
func other(f *faulty, n int) {
	if f.others == nil {
		f.others = map[int]*stele.Table{}
		f.store.RebuildsAll()
	}
	t := f.draft(made(n))
	f.must(f.sight.CreateTable(f.Context(), t, nil))
	b := f.batch(n, n)
	b.Task.Table = t.ID
	_, err := f.sight.Import(f.Context(), t, b, t.Created, nil)
	f.must(err)
	f.others[n] = t
}

// fill imports the records that the n-th write is about.
func fill(f *faulty, n int) {
	_, err := f.sight.Import(f.Context(), f.table, f.batch(n, -1), f.table.Created, nil)
	f.must(err)
}

func update(ctx context.Context, f *faulty, n int, keyed bool, most int, create bool) error {
	cs := make([]stele.Change, most)
	for i := range cs {
		c, v := stele.Pair{Field: 0, Value: code(n, i)}, stele.Pair{Field: 1, Value: stele.IntValue(int64(n))}
		cs[i] = stele.Change{
			Selector: stele.Selector{Pairs: []stele.Pair{c}}, Set: []stele.Pair{v},
			Create: create, NewValues: []stele.Value{c.Value, v.Value},
		}
	}
	outcomes, err := f.db.Update(ctx, f.table, cs, f.table.Created, once(keyed, n, func(o []stele.Outcome) string { return fmt.Sprint(o) }))
	if err == nil && !slices.Equal(outcomes, make([]stele.Outcome, most)) {
		f.Errorf("the outcomes are %v", outcomes)
	}
	return err
}

// there says how much of the n-th write there is, by one snapshot: false for nothing, true for all of it. Anything
// between, and an answer or a count that is of another mind, is what must never be.
func (f *faulty) there(a *act, n int, keyed bool) bool {
	f.Helper()
	var pieces, miscounted int
	var answer, want *string
	f.must(f.sql.QueryRow(f.Context(), f.names(`SELECT `+a.pieces+`, (SELECT convert_from(answer, 'UTF8') FROM {agent}._answers WHERE key=p.key), `+a.answer+`,
		(SELECT record_count FROM {agent}._tables WHERE name='faults') - (SELECT count(*) FROM {agent}.faults)
		FROM (VALUES ($1::int, $2::text, $3::text, $4::text[], $5::text)) AS p(n, codes, key, tries, made)`),
		n, fmt.Sprintf("%d-%%", n), fmt.Sprint("key ", n), f.tries[n], made(n)).Scan(&pieces, &answer, &want, &miscounted))
	switch {
	case miscounted != 0:
		f.Errorf("%s %d: record_count is wrong by %d", a.name, n, miscounted)
	case pieces == 0 && answer == nil:
		return false
	case pieces == a.all && !keyed && answer == nil, pieces == a.all && keyed && answer != nil && want != nil && *answer == *want:
		return true
	}
	show := func(s *string) string {
		if s == nil {
			return "none"
		}
		return *s
	}
	f.Errorf("%s %d: %d pieces of %d, kept answer %s, want %s", a.name, n, pieces, a.all, show(answer), show(want))
	return pieces > 0
}

// writeCuts makes writes again and again, each time cut at another place.
type writeCuts struct {
	*faulty
	*act
	keyed bool // with an idempotency key
	cold  bool // on a connection that has to be made first
	n     int  // the write that is being made
	made  map[int]write
	met   int
}

// write is what is known of one that was made.
type write struct {
	act   *act
	keyed bool
	says  claim // what its caller was told last
}

// TestWritesThatAreCut cuts each kind of write at its messages in every way. Whatever its caller is told is true, it is
// applied whole or not at all, its repeat is applied once, and the store goes on.
//
// An import is cut at every place, in one of the ways; of other writes, and of imports on new connections, a few cuts are made.
func TestWritesThatAreCut(t *testing.T) {
	t.Parallel()
	for _, kinds := range [][]act{acts[:1], acts[1:5], acts[5:7], acts[7:]} {
		t.Run(kinds[0].name, func(t *testing.T) {
			t.Parallel()
			w := &writeCuts{faulty: newFaulty(t), made: map[int]write{}}
			pick, total := newPicker(t), 0
			for i := range kinds {
				w.act = &kinds[i]
				for _, w.keyed = range []bool{true, false} {
					if w.keyed && w.keyless {
						continue
					}
					for _, w.cold = range []bool{false, true} {
						total += w.cutSome(pick)
					}
				}
			}
			w.settle()
			if w.met < total/2 {
				t.Errorf("only %d of %d cuts were met", w.met, total)
			}
		})
	}
}

// cutSome makes some of all cuts.
func (w *writeCuts) cutSome(pick *picker) (n int) {
	w.Helper()
	trace := w.record()
	cuts := cutter.Cuts(trace, cutter.Close, cutter.Reset, cutter.Silence)
	if w.act == &acts[0] && w.keyed && !w.cold {
		cuts = pick.oneWay(cuts)
	} else {
		cuts = pick.some(cuts)
	}
	w.Logf("%s, keyed %t, cold %t: %d messages, %d cuts", w.name, w.keyed, w.cold, len(trace), len(cuts))
	for _, cut := range cuts {
		w.cutAt(cut)
	}
	return len(cuts)
}

// record returns the messages of the write when nothing goes wrong.
func (w *writeCuts) record() []cutter.Message {
	w.Helper()
	for range 3 { // the first ones prepare statements
		w.begin()
		w.cut.Record()
		if err := w.try("whole", stuck); err != nil {
			w.Fatal(err)
		}
	}
	trace := w.cut.Trace()
	if cold := slices.ContainsFunc(trace, func(m cutter.Message) bool { return m.Name == "startup" }); cold != w.cold {
		w.Fatalf("cold %t, but the messages are %v", w.cold, trace)
	}
	return trace
}

// begin begins another write: prepares it, and sees to the store's connections.
func (w *writeCuts) begin() {
	w.Helper()
	w.n++
	w.prepare(w.faulty, w.n)
	w.chill(w.cold)
}

// try makes the write under a deadline, and holds what its caller is told against what is there.
func (w *writeCuts) try(what string, d time.Duration) error {
	w.Helper()
	what = fmt.Sprintf("%s %d, %s", w.name, w.n, what)
	err := w.within(what, d, func(ctx context.Context) error { return w.run(ctx, w.faulty, w.n, w.keyed) })
	is := w.there(w.act, w.n, w.keyed)
	before, again := w.made[w.n]
	if r, ok := errors.AsType[*stele.Replay](err); ok {
		if !again || before.says == notApplied || !is {
			w.Errorf("%s: answered by replay (%s), was there an earlier try: %t, did it say that nothing was applied: %t, is it there: %t",
				what, r.Answer, again, before.says == notApplied, is)
		}
		w.made[w.n] = write{w.act, w.keyed, applied}
		return err
	}
	says := w.claimed(what, err)
	earlier := again && before.says != notApplied // a try before this one may have applied it, and this one says nothing of that
	if says == applied && !is || says == notApplied && is && !earlier {
		w.Errorf("%s: the caller is told %v, and it is there: %t", what, err, is)
	}
	if says == notApplied && earlier {
		says = notKnown
	}
	w.made[w.n] = write{w.act, w.keyed, says}
	return err
}

// cutAt makes a write that is cut, and sees that the store goes on.
func (w *writeCuts) cutAt(cut cutter.Cut) {
	w.Helper()
	w.begin()
	hit := w.cut.Arm(cut)
	err := w.try(cut.String(), deadline(cut))
	select {
	case <-hit:
		w.met++
	default:
	}
	w.cut.Heal()
	if w.Failed() {
		w.Fatalf("at %v; it ended with %v", w.cut.Trace(), err)
	}
	for range 3 { // a connection that broke behind the answer fails one more call
		if !w.keyed {
			w.begin() // without a key it cannot be repeated
		}
		_ = w.try("then, "+cut.String(), stuck)
		if w.made[w.n].says == applied {
			return
		}
	}
	w.Errorf("%s %d: the store does not go on after the cut %s", w.name, w.n, cut)
}

// settle holds every write that was made against what its caller was told last, when nothing is under way any more.
func (w *writeCuts) settle() {
	w.Helper()
	w.rest()
	for n, m := range w.made {
		if is := w.there(m.act, n, m.keyed); m.says == applied && !is || m.says == notApplied && is {
			w.Errorf("%s %d: its caller was told %d, and in the end it is there: %t", m.act.name, n, m.says, is)
		}
	}
}
