package storetest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"stele"
)

// race runs functions that start at one moment and returns what became of each.
func race[T any](n int, run func(i int) (T, error)) ([]T, []error) {
	results, errs := make([]T, n), make([]error, n)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			results[i], errs[i] = run(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return results, errs
}

// all ends the case unless every function of a race succeeded.
func (f *fixture) all(errs []error) {
	f.Helper()
	f.must("of the racing calls", errors.Join(errs...))
}

func togetherCases() []testCase {
	return []testCase{
		{"of importers racing for one unique value exactly one gets it", importersRace},
		{"importers of different rows all get them in, each in its order", importersAllArrive},
		{"readers see imports, updates and deletes whole or not at all", readersSeeWholeWrites},
		{"upserts racing for one new record make it once", upsertsRace},
		{"of changes racing for one unique value exactly one gets it", changesRace},
		{"deletes racing for the same records count each record once", deletesRace},
		{"of tables racing for one name exactly one is made", func(f *fixture) {
			tables, errs := race(12, func(int) (*stele.Table, error) {
				t := f.define("parcels", "code TEXT unique")
				return t, f.db.CreateTable(f.Context(), t, nil)
			})
			f.wantTables(tables[f.oneWins(errs, stele.CodeTableExists)])
		}},
		{"of agents racing for one name exactly one is made", func(f *fixture) {
			name := "racing " + string(f.agent.ID)
			agents, errs := race(12, func(int) (stele.AgentInfo, error) {
				a := stele.AgentInfo{ID: stele.NewAgentID(f.now.Time()), Name: name, Created: f.now}
				return a, f.store.CreateAgent(f.Context(), a)
			})
			won := agents[f.oneWins(errs, stele.CodeExists)]
			if a, err := f.store.Agent(f.Context(), name); err != nil || a != won {
				f.Errorf("the name leads to %v, %v; want %v", a, err, won)
			}
		}},
		{"writes with one idempotency key at one moment apply once", oneKeyAtOneMoment},
		{"a new agent's first calls may come at one moment", firstCallsRace},
		{"a revoked key is gone for every call that begins afterwards", revokedForLaterCalls},
		{"an agent that is deleted while it works is gone, and nothing else breaks", deletedWhileItWorks},
	}
}

// oneWins returns the place of the one call that succeeded; the others must have failed with the code.
func (f *fixture) oneWins(errs []error, code stele.Code) int {
	f.Helper()
	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner < 0:
			winner = i
		case err == nil:
			f.Fatalf("calls %d and %d both succeeded", winner, i)
		default:
			f.wantCode(fmt.Sprint("call ", i), err, code)
		}
	}
	if winner < 0 {
		f.Fatalf("no call succeeded: %v", errors.Join(errs...))
	}
	return winner
}

func importersRace(f *fixture) {
	t := f.table("codes", "code INT unique", "who INT")
	var want []row
	for round := range 8 {
		batches := make([]*stele.Batch, 12)
		for i := range batches {
			batches[i] = f.batch(t, row{-1 - round*100 - i, i}, row{round, i})
		}
		tasks, errs := race(len(batches), func(i int) (stele.Task, error) {
			return f.db.Import(f.Context(), t, batches[i], f.now, nil)
		})
		f.all(errs)
		winner := -1
		for i, task := range tasks {
			f.wantTask(task)
			if task.Success == 2 && winner < 0 {
				winner = i
				continue
			}
			f.sameTask(fmt.Sprint("importer ", i), task, batches[i].Refused(t, []stele.Conflict{{Record: 1}}))
		}
		want = append(want, row{-1 - round*100 - winner, winner}, row{round, winner})
		f.want(t, want...)
	}
}

func importersAllArrive(f *fixture) {
	const importers, batches, size = 8, 10, 10
	t := f.table("codes", "code INT unique", "who INT", "n INT")
	_, errs := race(importers, func(i int) (int, error) {
		for b := range batches {
			rows := []row{}
			for n := range size {
				at := b*size + n
				rows = append(rows, row{i*1000 + at, i, at})
			}
			task, err := f.db.Import(f.Context(), t, f.batch(t, rows...), f.now, nil)
			if err != nil || task.Success != size {
				return b, fmt.Errorf("batch %d: %+v, %v", b, task, err)
			}
		}
		return 0, nil
	})
	f.all(errs)
	next := make([]int64, importers)
	for _, r := range f.records(t) {
		who, n := r.Values[1].Int(), r.Values[2].Int()
		if n != next[who] {
			f.Fatalf("importer %d: row %d where row %d was due", who, n, next[who])
		}
		next[who]++
	}
	if i := slices.IndexFunc(next, func(n int64) bool { return n != batches*size }); i >= 0 {
		f.Errorf("importer %d has %d records, want %d", i, next[i], batches*size)
	}
}

// readersSeeWholeWrites keeps pairs of records equal and their number even, and looks from aside.
func readersSeeWholeWrites(f *fixture) {
	t := f.table("twins", "code INT unique", "n INT")
	f.add(t, row{1, 0}, row{-1, 0})
	var writing atomic.Int32
	const writers, rounds = 3, 40
	writing.Store(writers)
	_, errs := race(writers+3, func(i int) (int, error) {
		if i >= writers {
			return 0, f.watchTwins(t, &writing)
		}
		defer writing.Add(-1)
		for n := range rounds {
			code := 2 + i*rounds + n
			cs := []stele.Change{change(t, by(t, "code", 1), "n", code), change(t, by(t, "code", -1), "n", code)}
			_, err1 := f.db.Import(f.Context(), t, f.batch(t, row{code, code}, row{-code, code}), f.now, nil)
			_, err2 := f.db.Update(f.Context(), t, cs, f.now, nil)
			var err3 error
			if n%2 == 0 {
				_, err3 = f.db.Delete(f.Context(), t, []stele.Selector{by(t, "code", code), by(t, "code", -code)}, nil)
			}
			if err := errors.Join(err1, err2, err3); err != nil {
				return n, err
			}
		}
		return rounds, nil
	})
	f.all(errs)
	if n := f.count(t); n != 2+writers*rounds {
		f.Errorf("the table counts %d, want %d", n, 2+writers*rounds)
	}
}

func (f *fixture) watchTwins(t *stele.Table, writing *atomic.Int32) error {
	for writing.Load() > 0 {
		p, err := f.db.Records(f.Context(), t, stele.RecordQuery{Limit: 1000})
		if err != nil {
			return err
		}
		sum := int64(0)
		for _, r := range p.Records {
			sum += r.Values[0].Int()
		}
		switch {
		case int64(len(p.Records)) != p.Total || p.Total%2 != 0 || sum != 0:
			return fmt.Errorf("a page of %d records, total %d, codes' sum %d: half a write was seen", len(p.Records), p.Total, sum)
		case p.Records[0].Values[1] != p.Records[1].Values[1]:
			return fmt.Errorf("half an update was seen: %s", show(p.Records[:2]))
		}
		counts, err := f.db.Tables(f.Context(), stele.Page{})
		if err != nil {
			return err
		}
		if counts[0].Records%2 != 0 {
			return fmt.Errorf("the list of tables counts %d records: half a write was seen", counts[0].Records)
		}
	}
	return nil
}

func oneKeyAtOneMoment(f *fixture) {
	const rounds, racers = 4, 12
	t, codes := f.table("log", "line TEXT"), f.table("codes", "code INT unique")
	ids := f.fill(codes, rounds*racers, func(i int) row { return row{i} })
	writes := map[string]func(key string, at int) error{
		"create-table": func(key string, at int) error {
			return f.db.CreateTable(f.Context(), f.define(fmt.Sprint("made_", at), "code TEXT"), once[stele.TableID](f, key, "request"))
		},
		"import": func(key string, _ int) error {
			_, err := f.db.Import(f.Context(), t, f.batch(t, row{key}), f.now, once[stele.Task](f, key, "request"))
			return err
		},
		"update": func(key string, at int) error {
			_, err := f.db.Update(f.Context(), codes, []stele.Change{upsert(codes, by(codes, "code", -1-at))}, f.now, once[[]stele.Outcome](f, key, "request"))
			return err
		},
		"delete": func(key string, at int) error {
			_, err := f.db.Delete(f.Context(), codes, []stele.Selector{byID(ids[at])}, once[int](f, key, "request"))
			return err
		},
	}
	for round := range rounds {
		for name, write := range writes {
			key := fmt.Sprint(name, round)
			_, errs := race(racers, func(i int) (int, error) { return 0, write(key, round*racers+i) })
			f.oneIsFirst(key, errs)
		}
	}
	made, left := 0, 0
	for _, r := range f.records(codes) {
		if r.Values[0].Int() < 0 {
			made++
		} else {
			left++
		}
	}
	if n, tables := f.count(t), len(f.tableNames()); n != rounds || tables != 2+rounds || made != rounds || left != rounds*(racers-1) {
		f.Errorf("of %d rounds: %d imports, %d tables, %d upserts, %d deletes", rounds, n, tables-2, made, rounds*racers-left)
	}
}

// oneIsFirst checks that of calls with one key one was applied and all others got its answer.
func (f *fixture) oneIsFirst(key string, errs []error) {
	f.Helper()
	applied := 0
	answer, err := f.db.Answered(f.Context(), key, sha256.Sum256([]byte("request")))
	f.must("the kept answer", err)
	for _, err := range errs {
		if err == nil {
			applied++
		} else {
			f.wantReplay(key, err, string(answer))
		}
	}
	if applied != 1 {
		f.Errorf("%s: %d calls were applied, want 1", key, applied)
	}
}

func upsertsRace(f *fixture) {
	t := f.table("codes", "code TEXT unique", "n INT")
	for round := range 8 {
		code := fmt.Sprint(round)
		outcomes, errs := race(12, func(i int) ([]stele.Outcome, error) {
			return f.db.Update(f.Context(), t, []stele.Change{upsert(t, by(t, "code", code), "n", i)}, f.now, nil)
		})
		f.all(errs)
		for _, o := range outcomes {
			if len(o) != 1 || o[0].Reason != "" {
				f.Errorf("outcomes %v", o)
			}
		}
		if n := f.count(t); n != int64(round+1) {
			f.Fatalf("round %d: the table counts %d", round, n)
		}
	}
}

func changesRace(f *fixture) {
	t := f.table("codes", "code INT unique", "n INT unique")
	f.fill(t, 12, func(i int) row { return row{i, i} })
	outcomes, errs := race(12, func(i int) ([]stele.Outcome, error) {
		return f.db.Update(f.Context(), t, []stele.Change{change(t, by(t, "code", i), "n", 100)}, f.now, nil)
	})
	f.all(errs)
	won := 0
	for _, o := range outcomes {
		if o[0].Reason == "" {
			won++
		} else if want := stele.ReasonConflict(t, 1, stele.IntValue(100)); o[0].Reason != want {
			f.Errorf("reason %q, want %q", o[0].Reason, want)
		}
	}
	if p := f.page(t, stele.RecordQuery{Limit: 100, Equal: pairs(t, "n", 100)}); won != 1 || p.Total != 1 {
		f.Errorf("%d changes won and %d records have the value, want 1", won, p.Total)
	}
}

func deletesRace(f *fixture) {
	t := f.table("codes", "code INT unique")
	ids := f.fill(t, 200, func(i int) row { return row{i} })
	counts, errs := race(8, func(i int) (int, error) {
		var ss []stele.Selector
		for at := range ids {
			if (at+i)%2 == 0 {
				ss = append(ss, byID(ids[at]))
			} else {
				ss = append(ss, by(t, "code", at))
			}
		}
		return f.db.Delete(f.Context(), t, ss, nil)
	})
	f.all(errs)
	sum := 0
	for _, n := range counts {
		sum += n
	}
	if sum != len(ids) {
		f.Errorf("the deletes count %d records together, want %d", sum, len(ids))
	}
	f.want(t)
}

func firstCallsRace(f *fixture) {
	for range 4 {
		a := f.neighbour()
		tables, errs := race(12, func(i int) (*stele.Table, error) {
			t := a.define(fmt.Sprint("t", i), "code TEXT unique")
			if err := f.store.Database(a.agent.ID).CreateTable(a.Context(), t, nil); err != nil {
				return t, err
			}
			_, err := f.store.Database(a.agent.ID).Import(a.Context(), t, a.batch(t, row{"x"}), a.now, nil)
			return t, err
		})
		a.all(errs)
		for _, t := range tables {
			a.want(t, row{"x"})
		}
	}
}

func revokedForLaterCalls(f *fixture) {
	k := f.key()
	var revoked atomic.Bool
	_, errs := race(6, func(i int) (int, error) {
		if i == 0 {
			err := f.store.RevokeKey(f.Context(), k.ID)
			revoked.Store(true)
			return 0, err
		}
		for n := 0; ; n++ {
			late := revoked.Load()
			_, err := f.store.Key(f.Context(), k.Hash)
			switch {
			case stele.ErrorCode(err) == stele.CodeUnauthenticated:
				return n, nil
			case err != nil:
				return n, err
			case late:
				return n, errors.New("the key was found after it was revoked")
			}
		}
	})
	f.all(errs)
}

func deletedWhileItWorks(f *fixture) {
	other := f.neighbour()
	mine, theirs := f.table("codes", "code TEXT unique"), other.table("codes", "code INT unique")
	_, errs := race(7, func(i int) (int, error) {
		if i == 0 {
			return 0, f.store.DeleteAgent(f.Context(), f.agent.ID)
		}
		for n := range 20 {
			if _, err := other.db.Import(f.Context(), theirs, other.batch(theirs, row{i*100 + n}), f.now, nil); err != nil {
				return n, err
			}
			_, err := f.db.Import(f.Context(), mine, f.batch(mine, row{fmt.Sprint(i*100 + n)}), f.now, nil)
			if err != nil && stele.ErrorCode(err) != stele.CodeUnauthenticated {
				return n, err
			}
		}
		return 0, nil
	})
	f.all(errs)
	f.wantGone(f.db, mine)
	if n := other.count(theirs); n != 120 {
		f.Errorf("the other agent has %d records, want 120", n)
	}
}
