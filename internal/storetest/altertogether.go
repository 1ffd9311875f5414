package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"stele"
)

// writersBesideChanges changes a table of some thousand records again and again while others write to it and read it. Every record
// says the same twice, in n as a number, which changes its type, and in s as a text.
func writersBesideChanges(f *fixture) {
	const start, writers, rounds = 3000, 3, 6
	t := f.table("parcels", "code TEXT unique", "n INT unique", "s TEXT", "note TEXT")
	for from := 0; from < start; from += 500 {
		f.importBatch(t, f.batch(t, rowsFrom(from, from+500)...))
	}
	var changing atomic.Bool
	changing.Store(true)
	written := make([]map[string]string, writers)
	_, errs := race(2+writers, func(i int) (n int, err error) {
		switch {
		case i == 0:
			defer changing.Store(false)
			return 0, f.changeTypes(t.ID, rounds)
		case i == 1:
			for changing.Load() && err == nil {
				err = f.readTwins(t.ID)
			}
			return 0, err
		}
		w := twinWriter{f, t.ID, i, map[string]string{}}
		for n = 0; (changing.Load() || n < 20) && err == nil; n++ {
			err = w.round(n)
		}
		written[i-2] = w.has
		return n, err
	})
	f.all(errs)
	t, err := f.db.Table(f.Context(), t.ID)
	f.must("finding the table", err)
	has := map[string]string{}
	for _, r := range f.records(t) {
		code := r.Values[0].Text()
		if _, twice := has[code]; twice {
			f.Errorf("the record %s is there twice", code)
		}
		has[code] = r.Values[1].String()
		if err := twins(t, r); err != nil {
			f.Errorf("%v", err)
		}
	}
	for _, w := range written {
		for code, n := range w {
			if has[code] != n {
				f.Errorf("the record %s has the number %q, want %q", code, has[code], n)
			}
			delete(has, code)
		}
	}
	for i := range start {
		if has[fmt.Sprint("old", i)] != fmt.Sprint(i) {
			f.Errorf("the record old%d has the number %q", i, has[fmt.Sprint("old", i)])
		}
		delete(has, fmt.Sprint("old", i))
	}
	if len(has) > 0 {
		f.Errorf("there are records that were deleted, or never written: %v", has)
	}
}

func rowsFrom(from, to int) (rows []row) {
	for i := from; i < to; i++ {
		rows = append(rows, row{fmt.Sprint("old", i), i, fmt.Sprint(i), "x"})
	}
	return rows
}

// onTable does what an agent does: it tries again where the definition has changed.
func (f *fixture) onTable(id stele.TableID, do func(t *stele.Table) error) error {
	for {
		t, err := f.db.Table(f.Context(), id)
		if err != nil {
			return err
		}
		if err = do(t); !errors.Is(err, stele.ErrTableChanged) {
			return err
		}
	}
}

// changeTypes makes the number a text and a number again, and moves other fields meanwhile.
func (f *fixture) changeTypes(id stele.TableID, rounds int) error {
	for n := range rounds {
		lists := [][]stele.RawAlter{
			{retyped("n", "TEXT")}, {on(stele.DropField, "note")}, {retyped("n", "INT"), added("note TEXT", "y")}, {renamed("s", "tmp"), renamed("note", "s"), renamed("tmp", "note")},
			{renamed("s", "tmp"), renamed("note", "s"), renamed("tmp", "note")},
		}
		for _, list := range lists {
			err := f.onTable(id, func(t *stele.Table) error {
				a, err := t.Alter(list, stele.DefaultLimits())
				if err != nil {
					return err
				}
				done, err := f.db.Alter(f.Context(), a, nil)
				if err == nil && done.Refused() {
					return fmt.Errorf("round %d: refused:\n%s", n, showViolations(done.Violations))
				}
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// twins checks that a record says the same twice. The text is in s, or in note while those names are swapped.
func twins(t *stele.Table, r stele.Record) error {
	n := r.Values[t.FieldIndex("n")].String()
	s, note := r.Values[t.FieldIndex("s")].Text(), ""
	if at := t.FieldIndex("note"); at >= 0 {
		note = r.Values[at].Text()
	}
	if n != s && n != note || r.Values[0].Text() == n {
		return fmt.Errorf("a mixed record: %s of %+v", showValues(r.Values), t.Fields)
	}
	return nil
}

func (f *fixture) readTwins(id stele.TableID) error {
	return f.onTable(id, func(t *stele.Table) error {
		for _, q := range []stele.RecordQuery{{Limit: 50}, {Offset: 2900, Limit: 200}, {Limit: 50, Keyword: "77"}, {Limit: 1, Equal: pairs(t, "code", "old77")}} {
			p, err := f.db.Records(f.Context(), t, q)
			if err != nil {
				return err
			}
			for _, r := range p.Records {
				if err := twins(t, r); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// twinWriter writes records of its own, and remembers what was acknowledged.
type twinWriter struct {
	*fixture
	id  stele.TableID
	who int
	has map[string]string
}

func (w *twinWriter) round(n int) error {
	number := func(t *stele.Table, n int) stele.Value {
		if t.Fields[1].Type == stele.Text {
			return stele.TextValue(fmt.Sprint(n))
		}
		return stele.IntValue(int64(n))
	}
	// The text is the third field always: it keeps its place, whatever it is called.
	pair := func(t *stele.Table, n int) []stele.Pair {
		return []stele.Pair{{Field: 1, Value: number(t, n)}, {Field: 2, Value: stele.TextValue(fmt.Sprint(n))}}
	}
	base := w.who*1000000 + n*10
	code := func(i int) string { return fmt.Sprintf("new %d %d %d", w.who, n, i) }
	err := w.onTable(w.id, func(t *stele.Table) error {
		b := &stele.Batch{Task: w.task(t, 4)}
		for i := range 4 {
			values := make([]stele.Value, len(t.Fields))
			values[0] = stele.TextValue(code(i))
			for _, p := range pair(t, base+i) {
				values[p.Field] = p.Value
			}
			b.Records, b.Rows = append(b.Records, stele.Record{Values: values}), append(b.Rows, i+1)
		}
		b.Task.Success = 4
		task, err := w.db.Import(w.Context(), t, b, w.now, nil)
		if err == nil && task.Success != 4 {
			return fmt.Errorf("an import was refused: %+v", task)
		}
		return err
	})
	if err != nil {
		return err
	}
	err = w.onTable(w.id, func(t *stele.Table) error {
		outcomes, err := w.db.Update(w.Context(), t, []stele.Change{
			{Selector: by(t, "code", code(0)), Set: pair(t, base+5)},
			{Selector: stele.Selector{Pairs: pair(t, base+1)[:1]}, Set: pair(t, base+6)},
		}, w.now, nil)
		if err == nil && (outcomes[0].Reason != "" || outcomes[1].Reason != "") {
			return fmt.Errorf("updates failed: %v", outcomes)
		}
		return err
	})
	if err != nil {
		return err
	}
	w.has[code(0)], w.has[code(1)], w.has[code(3)] = fmt.Sprint(base+5), fmt.Sprint(base+6), fmt.Sprint(base+3)
	return w.onTable(w.id, func(t *stele.Table) error {
		gone, err := w.db.Delete(w.Context(), t, []stele.Selector{by(t, "code", code(2))}, nil)
		if err == nil && gone != 1 {
			return fmt.Errorf("a delete removed %d records", gone)
		}
		return err
	})
}

func changesTogether(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n INT")
	f.fill(t, 500, func(i int) row { return row{fmt.Sprint(i), i} })
	_, errs := race(6, func(i int) (int, error) {
		return 0, f.onTable(t.ID, func(t *stele.Table) error {
			list := []stele.RawAlter{added(fmt.Sprintf("f%d INT", i), "7"), retyped("n", []string{"TEXT", "INT"}[i%2])}
			a, err := t.Alter(list, stele.DefaultLimits())
			if err != nil {
				return err
			}
			done, err := f.db.Alter(f.Context(), a, nil)
			if err == nil && done.Refused() {
				return errors.New(showViolations(done.Violations))
			}
			return err
		})
	})
	f.all(errs)
	t, err := f.db.Table(f.Context(), t.ID)
	f.must("finding the table", err)
	if len(t.Fields) != 8 {
		f.Fatalf("the table has %d fields, want 8", len(t.Fields))
	}
	f.works(t)
	for i, r := range f.records(t) {
		if r.Values[1].String() != fmt.Sprint(i) || r.Values[7] != stele.IntValue(7) {
			f.Fatalf("record %d is %s", i, showValues(r.Values))
		}
	}
}

func droppedWhileItChanges(f *fixture) {
	for n := range 3 {
		t := f.table("parcels", "code TEXT unique", "n INT")
		f.fill(t, 1000, func(i int) row { return row{fmt.Sprint(i), i} })
		a := f.planned(t, retyped("n", "TEXT"))
		_, errs := race(3, func(i int) (int, error) {
			if i == 0 {
				return 0, f.onTable(t.ID, func(t *stele.Table) error {
					_, err := f.db.DropTable(f.Context(), t, nil)
					return err
				})
			}
			_, err := f.db.Alter(f.Context(), a, nil)
			if errors.Is(err, stele.ErrTableChanged) || stele.ErrorCode(err) == stele.CodeTableNotFound {
				return 0, nil
			}
			return 0, err
		})
		f.all(errs)
		f.wantTables()
		if _, err := f.db.Table(f.Context(), t.ID); stele.ErrorCode(err) != stele.CodeTableNotFound {
			f.Errorf("round %d: the table is there: %v", n, err)
		}
	}
}

func cancelledChange(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n INT")
	f.fill(t, 1000, func(i int) row { return row{fmt.Sprint(i), i} })
	a := f.planned(t, retyped("n", "TEXT"), on(stele.DropUnique, "code"))
	before := f.state()
	ctx, cancel := context.WithCancel(f.Context())
	cancel()
	_, err := f.db.Alter(ctx, a, nil)
	_, dropErr := f.db.DropTable(ctx, t, nil)
	if !errors.Is(err, context.Canceled) || !errors.Is(dropErr, context.Canceled) {
		f.Errorf("a change ended with %v and a drop with %v, want the context's error", err, dropErr)
	}
	if after := f.state(); after != before {
		f.Errorf("a change that was cancelled changed\n%s to\n%s", before, after)
	}
	// One that is cancelled on its way is made whole or not at all.
	for n := range 5 {
		ctx, cancel := context.WithCancel(f.Context())
		_, errs := race(2, func(i int) (int, error) {
			if i == 0 {
				for range n * 3 {
					if _, err := f.db.Tables(f.Context(), stele.Page{}); err != nil {
						return 0, err
					}
				}
				cancel()
				return 0, nil
			}
			_, err := f.db.Alter(ctx, a, nil)
			return 0, err
		})
		cancel()
		f.must("listing tables", errs[0])
		if errs[1] == nil {
			break
		}
		if !errors.Is(errs[1], context.Canceled) {
			f.Errorf("a change that was cancelled ended with %v", errs[1])
		}
		if after := f.state(); after != before {
			f.Fatalf("a change that was cancelled changed\n%s to\n%s", before, after)
		}
	}
	t, err = f.db.Table(f.Context(), t.ID)
	f.must("finding the table", err)
	if t.Fields[1].Type == stele.Int {
		t, _ = f.alter(t, retyped("n", "TEXT"))
	}
	f.add(t, row{"new", "x"})
}
