package storetest

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"

	"stele"
)

func cancelledCases() []testCase {
	return []testCase{
		{"a write whose context has ended is not applied and leaves no key", endedBeforeItBegan},
		{"a write whose context ends while it waits is applied exactly when it reports success", cancelledWhileWaiting},
		{"a write whose context ends once it has begun is carried to its end", begunIsCarriedOn},
		{"writes whose contexts end once they have begun are carried to their end among others", begunAmongOthers},
		{"a waiting write that is cancelled leaves the others alone", func(f *fixture) {
			t := f.table("codes", "code INT unique")
			const writers = 24
			ctx, cancel := context.WithCancel(f.Context())
			defer cancel()
			_, errs := race(writers, func(i int) (int, error) {
				if i == 0 {
					cancel()
				}
				own := f.Context()
				if i%2 == 0 {
					own = ctx
				}
				_, err := f.db.Import(own, t, f.batch(t, row{i}), f.now, nil)
				return 0, err
			})
			for i, err := range errs {
				if i%2 == 1 {
					f.must(fmt.Sprint("writer ", i), err)
				}
			}
			f.wantWritten(t, errs)
		}},
		{"readers that give up in the middle leave the others their answers", readersGiveUp},
		{"a reader whose context has ended gets an error and nothing breaks", func(f *fixture) {
			t := f.table("codes", "code INT unique")
			f.add(t, row{1})
			ctx, cancel := context.WithCancel(f.Context())
			cancel()
			for range 8 {
				if p, err := f.db.Records(ctx, t, stele.RecordQuery{Limit: 10}); err == nil && p.Total != 1 {
					f.Errorf("a page of total %d without an error", p.Total)
				}
			}
			f.want(t, row{1})
		}},
	}
}

// cancelling makes a Once that ends a context when the answer is asked for: inside the transaction.
func cancelling[T any](f *fixture, key string, cancel context.CancelFunc) *stele.Once[T] {
	o := once[T](f, key, "request")
	o.Answer = func(T) []byte {
		cancel()
		return []byte("answer")
	}
	return o
}

func begunIsCarriedOn(f *fixture) {
	t := f.table("codes", "code INT unique")
	ids := f.add(t, row{1}, row{2})
	made := f.define("made", "code TEXT")
	for key, write := range map[string]func(ctx context.Context, cancel context.CancelFunc) error{
		"create": func(ctx context.Context, cancel context.CancelFunc) error {
			return f.db.CreateTable(ctx, made, cancelling[stele.TableID](f, "create", cancel))
		},
		"import": func(ctx context.Context, cancel context.CancelFunc) error {
			_, err := f.db.Import(ctx, t, f.batch(t, row{3}), f.now, cancelling[stele.Task](f, "import", cancel))
			return err
		},
		"update": func(ctx context.Context, cancel context.CancelFunc) error {
			_, err := f.db.Update(ctx, t, []stele.Change{upsert(t, by(t, "code", 4))}, f.now, cancelling[[]stele.Outcome](f, "update", cancel))
			return err
		},
		"delete": func(ctx context.Context, cancel context.CancelFunc) error {
			_, err := f.db.Delete(ctx, t, []stele.Selector{byID(ids[0])}, cancelling[int](f, "delete", cancel))
			return err
		},
	} {
		ctx, cancel := context.WithCancel(f.Context())
		f.must(key, write(ctx, cancel))
		f.wantAnswered(key, "request", "answer")
	}
	f.wantSet(t, row{2}, row{3}, row{4})
	f.wantTables(t, made)
}

// begunAmongOthers lets one write, from inside its transaction, set others going, which then wait for it.
func begunAmongOthers(f *fixture) {
	t := f.table("codes", "code INT unique")
	const writers, rounds = 8, 12
	for round := range rounds {
		others, calling := make(chan struct{}), atomic.Int32{}
		_, errs := race(writers, func(i int) (int, error) {
			key := fmt.Sprint(round*writers + i)
			ctx, cancel := context.WithCancel(f.Context())
			defer cancel()
			o := cancelling[stele.Task](f, key, cancel)
			if i == 0 {
				o.Answer = func(stele.Task) []byte {
					close(others)
					for n := 0; n < 200 || calling.Load() < writers-1; n++ {
						runtime.Gosched() // until they wait, or nearly
					}
					return []byte("answer")
				}
			} else {
				<-others
				calling.Add(1)
			}
			_, err := f.db.Import(ctx, t, f.batch(t, row{round*writers + i}), f.now, o)
			return 0, err
		})
		f.all(errs)
	}
	if n := f.count(t); n != writers*rounds {
		f.Errorf("the table counts %d records, want %d", n, writers*rounds)
	}
}

// cancelledWhileWaiting lets half of the writers give up while all of them wait for each other.
func cancelledWhileWaiting(f *fixture) {
	const writers = 16
	for round := range 12 {
		t := f.table(fmt.Sprint("codes_", round), "code INT unique")
		ids := f.fill(t, writers, func(i int) row { return row{-1 - i} })
		cancels, contexts := make([]context.CancelFunc, writers), make([]context.Context, writers)
		for i := range writers {
			contexts[i], cancels[i] = context.WithCancel(f.Context())
			defer cancels[i]()
		}
		_, errs := race(2*writers, func(at int) (int, error) {
			i := at % writers
			if at >= writers {
				if i%2 == 0 {
					cancels[i]()
				}
				return 0, nil
			}
			var err error
			switch i % 3 {
			case 0:
				_, err = f.db.Import(contexts[i], t, f.batch(t, row{i}), f.now, nil)
			case 1:
				_, err = f.db.Update(contexts[i], t, []stele.Change{upsert(t, by(t, "code", i))}, f.now, nil)
			default: // one record goes and one comes, so that this write counts like the others
				_, err = f.db.Update(contexts[i], t, []stele.Change{change(t, byID(ids[i]), "code", 1000+i), upsert(t, by(t, "code", i))}, f.now, nil)
			}
			return 0, err
		})
		f.delete(t, selectors(ids)...)
		f.wantWritten(t, errs[:writers])
	}
}

func selectors(ids []stele.RecordID) []stele.Selector {
	var ss []stele.Selector
	for _, id := range ids {
		ss = append(ss, byID(id))
	}
	return ss
}

// wantWritten holds the records of a table, each of the number of its writer, against what the writers were told.
func (f *fixture) wantWritten(t *stele.Table, errs []error) {
	f.Helper()
	there := map[int64]bool{}
	for _, r := range f.records(t) {
		there[r.Values[0].Int()] = true
	}
	for i, err := range errs {
		if there[int64(i)] != (err == nil) {
			f.Errorf("writer %d was told %v, and its record is there: %v", i, err, there[int64(i)])
		}
	}
	if n := f.count(t); n != int64(len(there)) {
		f.Errorf("the table counts %d records and holds %d", n, len(there))
	}
}

// readersGiveUp cancels half of the readers, some of them while they search.
func readersGiveUp(f *fixture) {
	t := f.table("texts", "code INT unique", "body TEXT")
	f.fill(t, 1000, func(i int) row { return row{i, fmt.Sprint("some text ", i)} })
	const readers = 12
	for range 12 {
		ctx, cancel := context.WithCancel(f.Context())
		pages, errs := race(readers, func(i int) (stele.RecordPage, error) {
			switch {
			case i == 0:
				cancel()
				return f.db.Records(f.Context(), t, stele.RecordQuery{Limit: 100, Keyword: "text 99"})
			case i%3 == 0:
				return f.db.Records(f.Context(), t, stele.RecordQuery{Limit: 100, Keyword: "text 99"})
			default:
				return f.db.Records(ctx, t, stele.RecordQuery{Limit: 100, Keyword: "text 99"})
			}
		})
		for i, p := range pages {
			if i%3 == 0 {
				f.must(fmt.Sprint("reader ", i), errs[i])
			}
			if errs[i] == nil && (p.Total != 11 || len(p.Records) != 11) {
				f.Errorf("reader %d: %d records, total %d; want 11", i, len(p.Records), p.Total)
			}
		}
		cancel()
	}
	f.add(t, row{-1, "text 99"})
	f.wantFound(t, stele.RecordQuery{Keyword: "text 999"}, 999)
}

func endedBeforeItBegan(f *fixture) {
	t := f.table("codes", "code INT unique")
	ids := f.add(t, row{1}, row{2})
	ctx, cancel := context.WithCancel(f.Context())
	cancel()
	made, b := f.define("made", "code TEXT"), f.batch(t, row{3})
	_, importErr := f.db.Import(ctx, t, b, f.now, once[stele.Task](f, "import", "request"))
	_, updateErr := f.db.Update(ctx, t, []stele.Change{upsert(t, by(t, "code", 4))}, f.now, once[[]stele.Outcome](f, "update", "request"))
	_, deleteErr := f.db.Delete(ctx, t, []stele.Selector{byID(ids[0])}, once[int](f, "delete", "request"))
	for i, err := range []error{f.db.CreateTable(ctx, made, once[stele.TableID](f, "create", "request")), importErr, updateErr, deleteErr} {
		if err == nil {
			f.Errorf("write %d reports success", i)
		}
	}
	f.want(t, row{1}, row{2})
	f.wantTables(t)
	f.wantTasks([]stele.TaskID{b.Task.ID}, 0, nil)
	for _, key := range []string{"create", "import", "update", "delete"} {
		f.wantAnswered(key, "request", "")
	}
	_, err := f.store.Owner(f.Context(), made.ID)
	f.wantCode("the owner of the table", err, stele.CodeTableNotFound)
	f.must("the name is still free", f.db.CreateTable(f.Context(), made, once[stele.TableID](f, "create", "request")))
	f.add(t, row{3})
}
