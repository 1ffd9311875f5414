package storetest

import (
	"context"
	"fmt"
	"math"
	"slices"

	"stele"
)

func movedIsTheSame(f *fixture) {
	t := f.gappy()
	made := []*stele.Table{t, f.table("a", "n INT unique"), f.table("empty", "code TEXT required")}
	f.fill(made[1], 3, func(i int) row { return row{i} })
	o := once[stele.Task](f, "key", "request")
	b := f.batch(t, row{"new"}, row{"first"})
	refused, err := f.db.Import(f.Context(), t, b, f.now, o)
	f.must("importing", err)
	f.now += 10
	k := f.moved(7)
	for range 2 {
		if as, _, err := k.store.Agents(k.Context(), stele.Page{}); err != nil || !slices.Equal(as, []stele.AgentInfo{f.agent}) {
			k.Errorf("agents: %v, %v", as, err)
		}
		k.wantTables(made...)
		for _, t := range made {
			k.wantTable(t)
			if owner, err := k.store.Owner(k.Context(), t.ID); err != nil || owner != f.agent.ID {
				k.Errorf("owner: %q, %v", owner, err)
			}
			if got, want := k.records(t), f.records(t); !slices.EqualFunc(got, want, sameRecord) || k.count(t) != int64(len(want)) {
				k.Fatalf("%d records:\n%s want\n%s", k.count(t), show(got), show(want))
			}
			k.sameNext(f, t)
		}
		k.wantTask(refused)
		k.wantAnswered("key", "request", fmt.Sprintf("%+v", refused))
		_, err := k.db.Import(k.Context(), t, b, k.now, o)
		k.wantReplay("a repeat", err, fmt.Sprintf("%+v", refused))
		k.everyPage(t)
		k.reopen()
	}
	k.wantRefused(t, row{"last"})
	k.wantRefused(made[1], row{2})
	k.wantCode("a second of the name", k.db.CreateTable(k.Context(), k.define("a", "n INT"), nil), stele.CodeTableExists)
}

// sameNext holds the next id of a table that was moved against that of its source.
func (f *fixture) sameNext(source *fixture, t *stele.Table) {
	f.Helper()
	want, err := source.mover().NextRecordID(f.Context(), t)
	f.must("asking for the next id", err)
	got, err := f.mover().NextRecordID(f.Context(), t)
	f.must("asking for the next id", err)
	if got != want || got < 1 {
		f.Errorf("the next id of %s is %d, want %d", t.Name, got, want)
	}
}

// idsGoOnAfterMove adds the same records to a table and to what was moved of it.
func idsGoOnAfterMove(f *fixture) {
	empty, emptied, ahead := f.table("empty", "n INT"), f.table("emptied", "n INT"), f.table("ahead", "n INT")
	f.delete(emptied, byID(f.add(emptied, row{1}, row{2})[0]), byID(f.records(emptied)[1].ID))
	ids := f.add(ahead, row{1}, row{2}, row{3})
	f.outcomes(ahead, []stele.Change{upsert(ahead, byID(ids[2]+1), "n", 4), upsert(ahead, byID(ids[2]+3), "n", 5), upsert(ahead, byID(math.MaxInt64), "n", 6)}, "", "", "")
	f.delete(ahead, byID(ids[2]))
	k := f.moved(2)
	for _, t := range []*stele.Table{empty, emptied, ahead} {
		k.sameNext(f, t)
		want, got := f.add(t, row{10}, row{11}, row{12}), k.add(t, row{10}, row{11}, row{12})
		if !slices.Equal(got, want) {
			f.Errorf("%s goes on with %d, want %d", t.Name, got, want)
		}
		k.sameNext(f, t)
	}
}

func shapesAreMoved(f *fixture) {
	for i, s := range shapes() {
		t := f.table(fmt.Sprint("shape_", i), "n INT unique")
		s.make(f, t, f.fill(t, shapeRecords, func(i int) row { return row{i} }))
	}
	k := f.moved(5)
	tables, err := k.db.Tables(k.Context(), stele.Page{})
	k.must("listing tables", err)
	if len(tables) != len(shapes()) {
		k.Errorf("%d tables, want %d", len(tables), len(shapes()))
	}
	for i, t := range tables {
		if got, want := k.records(t.Table), f.records(t.Table); !slices.EqualFunc(got, want, sameRecord) {
			k.Errorf("%s: %s want %s", shapes()[i].name, show(got), show(want))
		}
		k.sameNext(f, t.Table)
	}
}

func movedIsServed(f *fixture) {
	t := f.table("codes", "code INT unique", "s TEXT")
	for part := range 4 {
		f.fill(t, 700, func(i int) row { return row{part*700 + i, "x"} })
	}
	var ss []stele.Selector
	for i := range 60 {
		ss = append(ss, by(t, "code", i*37))
	}
	f.delete(t, ss...)
	k := f.moved(1000)
	check := func() {
		k.Helper()
		all := k.records(t)
		for _, offset := range []int{0, 1, 99, 100, 1371, len(all) - 101, len(all) - 1, len(all)} {
			q := stele.RecordQuery{Offset: int64(offset), Limit: 100}
			want := stele.RecordPage{Records: part(all, stele.Page{Offset: q.Offset, Limit: q.Limit}), Total: int64(len(all))}
			k.samePage(q, k.page(t, q), want)
		}
	}
	check()
	k.now++
	k.outcomes(t, []stele.Change{change(t, by(t, "code", 38), "s", "changed"), upsert(t, by(t, "code", 37), "s", "again"), upsert(t, byID(2), "code", -1)}, "", "", "")
	k.delete(t, by(t, "code", 1001), by(t, "code", 2799))
	check()
	k.add(t, row{5000}, row{5001})
	check()
	k.reopen()
	check()
}

func putAllOrNone(f *fixture) {
	t := f.table("codes", "code TEXT unique", "n INT")
	ids := f.add(t, row{"a", 1}, row{"b", 2})
	before, m := f.records(t), f.mover()
	record := func(id stele.RecordID, code string) stele.Record {
		return stele.Record{ID: id, Values: values(t, row{code, nil}), Created: 1, Updated: 2}
	}
	for what, rs := range map[string][]stele.Record{
		"an id that is there":   {record(ids[1], "c")},
		"a value that is there": {record(ids[1]+1, "c"), record(ids[1]+2, "a")},
		"a value twice":         {record(ids[1]+1, "c"), record(ids[1]+2, "c")},
		"an id twice":           {record(ids[1]+1, "c"), record(ids[1]+1, "d")},
	} {
		if err := m.PutRecords(f.Context(), t, rs); err == nil {
			f.Errorf("%s was put", what)
		}
		if got := f.records(t); !slices.EqualFunc(got, before, sameRecord) || f.count(t) != 2 {
			f.Fatalf("after %s there are %d:\n%s", what, f.count(t), show(got))
		}
	}
	f.must("putting", m.PutRecords(f.Context(), t, []stele.Record{record(ids[1]+5, "c"), record(math.MaxInt64, "d")}))
	f.want(t, row{"a", 1}, row{"b", 2}, row{"c", nil}, row{"d", nil})
	f.must("putting none", m.PutRecords(f.Context(), t, nil))
	second := *t
	if err := m.PutTable(f.Context(), &second, 7); err == nil {
		f.Errorf("a table was put twice")
	}
	f.want(t, row{"a", 1}, row{"b", 2}, row{"c", nil}, row{"d", nil})
}

func moveOfNothing(f *fixture) {
	t, m := f.define("nowhere", "n INT"), f.mover()
	r := stele.Record{ID: 1, Values: values(t, row{1})}
	_, err := m.RecordsAfter(f.Context(), t, 0, 10)
	f.wantCode("reading records", err, stele.CodeTableNotFound)
	_, err = m.NextRecordID(f.Context(), t)
	f.wantCode("asking for the next id", err, stele.CodeTableNotFound)
	f.wantCode("putting records", m.PutRecords(f.Context(), t, []stele.Record{r}), stele.CodeTableNotFound)
	gone := f.movable().Mover(stele.NewAgentID(f.now.Time()))
	for what, call := range map[string]func() error{
		"reading records":     func() error { _, err := gone.RecordsAfter(f.Context(), t, 0, 10); return err },
		"reading tasks":       func() error { _, err := gone.TasksAfter(f.Context(), "", 10); return err },
		"reading answers":     func() error { _, err := gone.AnswersAfter(f.Context(), "", 10); return err },
		"reading saved":       func() error { _, err := gone.SavedQueriesAfter(f.Context(), "", 10); return err },
		"asking for next":     func() error { _, err := gone.NextRecordID(f.Context(), t); return err },
		"putting a table":     func() error { return gone.PutTable(f.Context(), t, 1) },
		"putting records":     func() error { return gone.PutRecords(f.Context(), t, []stele.Record{r}) },
		"putting tasks":       func() error { return gone.PutTasks(f.Context(), []stele.Task{f.task(t, 1)}) },
		"putting kept answer": func() error { return gone.PutAnswers(f.Context(), []stele.KeptAnswer{{Key: "k"}}) },
		"putting saved":       func() error { return gone.PutSavedQueries(f.Context(), []stele.SavedQuery{f.saved("a", "b")}) },
	} {
		f.wantCode(what+" of an agent that is not there", call(), stele.CodeUnauthenticated)
	}
}

func endedMove(f *fixture) {
	t, m := f.table("codes", "n INT"), f.mover()
	f.add(t, row{1})
	ctx, cancel := context.WithCancel(f.Context())
	cancel()
	fresh := f.define("fresh", "n INT")
	task := f.task(t, 1)
	for what, err := range map[string]error{
		"putting a table": m.PutTable(ctx, fresh, 1),
		"putting records": m.PutRecords(ctx, t, []stele.Record{{ID: math.MaxInt64, Values: values(t, row{2})}}),
		"putting tasks":   m.PutTasks(ctx, []stele.Task{task}),
		"putting answers": m.PutAnswers(ctx, []stele.KeptAnswer{{Key: "k", Answer: []byte("x")}}),
	} {
		if err == nil {
			f.Errorf("%s after the end of its context succeeds", what)
		}
	}
	f.want(t, row{1})
	_, err := f.db.Table(f.Context(), fresh.ID)
	f.wantCode("the table", err, stele.CodeTableNotFound)
	if tasks, err := f.db.Tasks(f.Context(), []stele.TaskID{task.ID}, 0); err != nil || len(tasks) > 0 {
		f.Errorf("tasks: %v, %v", tasks, err)
	}
	if a, err := f.db.Answered(f.Context(), "k", stele.Fingerprint{}); err != nil || a != nil {
		f.Errorf("answer: %q, %v", a, err)
	}
}

func stateOfMoveIsKept(f *fixture) {
	k := f.kept()
	set := func(was, state string) error { return k.movable().SetMoveState(k.Context(), was, state) }
	want := func(state string) {
		k.Helper()
		if got, err := k.movable().MoveState(k.Context()); err != nil || got != state {
			k.Fatalf("the state is %q, %v; want %q", got, err, state)
		}
	}
	want("")
	k.must("ending what has not begun", set("", ""))
	k.must("setting", set("", "out:1 to \u65e5 'x'"))
	want("out:1 to \u65e5 'x'")
	for _, was := range []string{"", "out:1", "in:1"} {
		if err := set(was, "out:2"); err == nil {
			k.Errorf("the state was changed from %q, which it was not", was)
		}
	}
	k.reopen()
	want("out:1 to \u65e5 'x'")
	k.must("changing", set("out:1 to \u65e5 'x'", "in:3"))
	k.reopen()
	want("in:3")
	k.must("ending", set("in:3", ""))
	want("")
	k.reopen()
	want("")
}
