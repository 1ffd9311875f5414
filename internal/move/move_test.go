package move_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"stele"
	"stele/internal/move"
)

// ways are the kinds of places between which a move goes.
func ways() map[string]struct{ from, to func(*testing.T) *place } {
	return map[string]struct{ from, to func(*testing.T) *place }{
		"directory to directory": {open, open},
		"directory to database":  {open, openDatabase},
		"database to directory":  {openDatabase, open},
		"database to database":   {openDatabase, openDatabase},
	}
}

func TestMove(t *testing.T) {
	t.Parallel()
	for name, way := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			moveAll(t, way.from(t), way.to(t))
		})
	}
}

func moveAll(t *testing.T, from, to *place) {
	w := fill(t, from)
	want := w.read(t, from)
	var steps []move.Progress
	opt := options()
	opt.Progress = func(p move.Progress) { steps = append(steps, p) }
	report, err := move.Run(t.Context(), from, to, opt)
	no(t, err)
	if want := (move.Report{Agents: 3, Keys: 5, Tables: 4, Records: 80, Tasks: 9, Answers: 9, Saved: 18}); report != want {
		t.Errorf("the report is %+v, want %+v", report, want)
	}
	for range 2 { // also once both were closed
		if got := w.read(t, to); !reflect.DeepEqual(got, want) {
			t.Errorf("the copy is\n%+v\nwant\n%+v", got, want)
		}
		if got := w.read(t, from); !reflect.DeepEqual(got, want) {
			t.Errorf("the source has changed")
		}
		if servable(t, from) || !servable(t, to) {
			t.Errorf("served may be: the source %t, the copy %t", servable(t, from), servable(t, to))
		}
		from.close()
		to.close()
		from.open()
		to.open()
	}
	checkSteps(t, steps, want)

	_, err = move.Run(t.Context(), from, to, options())
	wantError(t, err, "OLD was moved to NEW: serve that, or run `stele move --undo --from OLD` to serve the old one all the same")
	_, err = move.Run(t.Context(), from, open(t), options())
	wantError(t, err, "OLD was moved to NEW")
}

// checkSteps holds what was told on the way against what there was to do.
func checkSteps(t *testing.T, steps []move.Progress, all installation) {
	t.Helper()
	agent, verifying := 0, false
	done := map[string]int64{}
	for i, p := range steps {
		if p.Verifying && !verifying {
			agent, verifying = 0, true
		}
		if p.Verifying != verifying || p.Agent < agent || p.Agent > agent+1 || p.Agents != len(all.agents) || p.Name != all.agents[p.Agent-1].Name {
			t.Errorf("step %d is %+v", i, p)
		}
		agent = p.Agent
		if p.Done > p.Total || p.Table == "" && p.Total > 0 {
			t.Errorf("step %d is %+v", i, p)
		}
		key := fmt.Sprint(p.Verifying, p.Agent, p.Table)
		if p.Done < done[key] {
			t.Errorf("step %d goes back: %+v", i, p)
		}
		done[key] = p.Done
	}
	for i, tables := range all.tables {
		for _, table := range tables {
			for _, verifying := range []bool{false, true} {
				if n := done[fmt.Sprint(verifying, i+1, table.Name)]; n != table.Records {
					t.Errorf("of table %s %d records were told (verifying: %t), want %d", table.Name, n, verifying, table.Records)
				}
			}
		}
	}
}

func wantError(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("the error is %v, want one with %q", err, text)
	}
}

// TestInterrupted lets each call of a move fail in turn, in several ways, closes everything as a crash would, and goes on.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	before := func(_ func(), _ func() error) error { return errTrap }
	after := func(_ func(), do func() error) error { return errors.Join(do(), errTrap) }
	ends := func(cancel func(), do func() error) error { cancel(); return do() }
	ended := func(cancel func(), do func() error) error { defer cancel(); return do() }
	for name, c := range map[string]struct {
		from, to     func(*testing.T) *place
		first, every int
		snap         func(cancel func(), do func() error) error
	}{
		"a call fails":                            {open, open, 0, 2, before},
		"a call fails that was done":              {open, open, 1, 2, after},
		"the context ends in a call":              {open, open, 1, 4, ends},
		"the context ends after a call":           {open, open, 3, 4, ended},
		"a call fails, to a database":             {open, openDatabase, 4, 11, before},
		"a call fails that was done, to one":      {open, openDatabase, 0, 11, after},
		"the context ends in a call, to one":      {open, openDatabase, 2, 11, ends},
		"a call fails, from a database":           {openDatabase, open, 1, 11, before},
		"a call fails that was done, from one":    {openDatabase, open, 7, 11, after},
		"the context ends after a call, from one": {openDatabase, open, 9, 11, ended},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from := c.from(t)
			w := fillAgents(t, from, 2)
			want := w.read(t, from)
			every := c.every
			if testing.Short() {
				every *= 5
			}
			calls := 0
			for k := c.first; calls == 0; k += every {
				to := c.to(t)
				ctx, cancel := context.WithCancel(t.Context())
				tr := &trap{at: k, snap: func(do func() error) error { return c.snap(cancel, do) }}
				_, err := move.Run(ctx, trapped{from, tr}, trapped{to, tr}, options())
				cancel()
				if tr.calls <= k {
					no(t, err)
					calls = tr.calls
				}
				if err == nil && !servable(t, to) || err != nil && !errors.Is(err, errTrap) && !errors.Is(err, context.Canceled) {
					t.Fatalf("call %d: %v", k, err)
				}
				holdApart(t, from, to)
				from.close()
				to.close()
				from.open()
				to.open()
				holdApart(t, from, to)
				goOn(t, from, to)
				if got := w.read(t, to); !reflect.DeepEqual(got, want) {
					t.Fatalf("after call %d the copy is\n%+v\nwant\n%+v", k, got, want)
				}
				if servable(t, from) || !servable(t, to) {
					t.Fatalf("after call %d served may be: the source %t, the copy %t", k, servable(t, from), servable(t, to))
				}
				no(t, move.Undo(t.Context(), from, nil, options()))
				to.close()
				to.gone = true
			}
			if t.Logf("%d calls", calls); calls < 80 {
				t.Errorf("only %d calls were made", calls)
			}
		})
	}
}

// goOn moves on, unless all has come to its end.
func goOn(t *testing.T, from, to stele.Movable) {
	t.Helper()
	if strings.HasPrefix(stateOf(t, from), "moved:") && stateOf(t, to) == "" {
		return
	}
	report, err := move.Run(t.Context(), from, to, options())
	no(t, err)
	if report.Records != 60 || report.Agents != 2 {
		t.Errorf("%+v", report)
	}
}

// holdApart wants a source that may be served to have no copy, and a copy that may be served to have no such source.
func holdApart(t *testing.T, from, to stele.Movable) {
	t.Helper()
	_, n, err := to.Agents(context.Background(), stele.Page{})
	no(t, err)
	if n > 0 && servable(t, to) == servable(t, from) && servable(t, to) {
		t.Fatalf("both may be served; the copy has %d agents", n)
	}
	if n > 0 && servable(t, from) {
		t.Fatalf("the source may be served, and the copy has %d agents", n)
	}
}

// TestInterruptedOftenTakesUpWhereItStopped lets a move make a few calls at a time; it comes to its end all the same.
func TestInterruptedOftenTakesUpWhereItStopped(t *testing.T) {
	t.Parallel()
	from, to := open(t), open(t)
	w := fill(t, from)
	want := w.read(t, from)
	wrote := map[string]int{}
	runs := 0
	for at := 5; ; at += 5 {
		tr := &trap{at: at, snap: func(func() error) error { return errTrap }}
		opt := options()
		opt.Progress = func(p move.Progress) {
			if !p.Verifying && p.Done > 0 {
				wrote[fmt.Sprint(p.Agent, p.Table)] = max(wrote[fmt.Sprint(p.Agent, p.Table)], int(p.Done))
				if int(p.Done) < wrote[fmt.Sprint(p.Agent, p.Table)] {
					t.Errorf("it went back: %+v", p)
				}
			}
		}
		report, err := move.Run(t.Context(), trapped{from, tr}, trapped{to, tr}, opt)
		runs++
		if err == nil {
			if !report.Resumed {
				t.Error("it was not said that an earlier run had begun")
			}
			break
		}
		if !errors.Is(err, errTrap) {
			t.Fatal(err)
		}
	}
	if got := w.read(t, to); !reflect.DeepEqual(got, want) {
		t.Errorf("after %d runs the copy is\n%+v\nwant\n%+v", runs, got, want)
	}
}

func TestRefusesToOverwrite(t *testing.T) {
	t.Parallel()
	from, to := open(t), open(t)
	fill(t, from)
	no(t, to.CreateAgent(t.Context(), stele.AgentInfo{ID: "0123456789abcdef01234567", Name: "there"}))
	_, err := move.Run(t.Context(), from, to, options())
	wantError(t, err, `NEW has agents already, "there" and 0 more: nothing is overwritten`)
	if !servable(t, from) || !servable(t, to) {
		t.Error("a move that was refused has left its mark")
	}
}

func TestRefusesOneAndTheSame(t *testing.T) {
	t.Parallel()
	for name, empty := range map[string]*place{"directory": open(t), "database": openDatabase(t)} {
		_, err := move.Run(t.Context(), empty, empty, options())
		wantError(t, err, "OLD and NEW are the same")
		if !servable(t, empty) {
			t.Errorf("a move that was refused has left its mark in a %s", name)
		}
	}
}

// TestRefusesWhatIsMoved begins moves between places that take part in another one.
func TestRefusesWhatIsMoved(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	from, half := open(t), open(t)
	fill(t, from)
	tr := &trap{at: 40, snap: func(func() error) error { return errTrap }}
	if _, err := move.Run(ctx, trapped{from, tr}, trapped{half, tr}, move.Options{From: "A", To: "B", Part: 10}); !errors.Is(err, errTrap) {
		t.Fatal(err)
	}
	_, err := move.Run(ctx, half, open(t), move.Options{From: "B", To: "C"})
	wantError(t, err, "B holds a part of what is being moved from A")
	other := open(t)
	_, err = move.Run(ctx, other, half, move.Options{From: "C", To: "B"})
	wantError(t, err, "B holds a part of another move, from A: `stele move --undo --to B` clears it away")
	_, err = move.Run(ctx, other, from, move.Options{From: "C", To: "A"})
	wantError(t, err, "A is being moved to B")
	if !servable(t, other) {
		t.Error("a move that was refused has left its mark")
	}

	// To another empty place it may go, and the half copy then belongs to nothing.
	if _, err = move.Run(ctx, from, other, move.Options{From: "A", To: "C"}); err != nil {
		t.Fatal(err)
	}
	_, err = move.Run(ctx, from, half, move.Options{From: "A", To: "B"})
	wantError(t, err, "A was moved to C")
	if servable(t, half) {
		t.Error("half a copy may be served")
	}
	no(t, half.SetMoveState(ctx, stateOf(t, half), "sideways:1 D"))
	_, err = move.Run(ctx, open(t), half, move.Options{From: "E", To: "B"})
	wantError(t, err, "B is in a state of a move that this version of stele does not know")
}

func stateOf(t *testing.T, s stele.Movable) string {
	t.Helper()
	state, err := s.MoveState(context.Background())
	no(t, err)
	return state
}

// TestTwoMovesAtOnce lets a second move to another place begin while the first is under way.
func TestTwoMovesAtOnce(t *testing.T) {
	t.Parallel()
	from, to, other := open(t), open(t), open(t)
	fill(t, from)
	opt := options()
	opt.Progress = func(p move.Progress) {
		if opt.Progress == nil || p.Agent != 2 || p.Verifying {
			return
		}
		opt.Progress = nil
		if _, err := move.Run(t.Context(), from, other, options()); err != nil {
			t.Errorf("the second one: %v", err)
		}
	}
	first := opt
	first.Progress = func(p move.Progress) {
		if opt.Progress != nil {
			opt.Progress(p)
		}
	}
	_, err := move.Run(t.Context(), from, to, first)
	wantError(t, err, "the move was given up meanwhile, or another one begun")
	if servable(t, to) || servable(t, from) || !servable(t, other) {
		t.Error("not just the second copy may be served")
	}
}

func TestUndo(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	begin := func(t *testing.T, calls int) (from, to *place, w *written) {
		from, to = open(t), open(t)
		w = fill(t, from)
		tr := &trap{at: calls, snap: func(func() error) error { return errTrap }}
		if _, err := move.Run(ctx, trapped{from, tr}, trapped{to, tr}, options()); err != nil && !errors.Is(err, errTrap) {
			t.Fatal(err)
		}
		return from, to, w
	}
	t.Run("a move under way, in both places", func(t *testing.T) {
		t.Parallel()
		from, to, w := begin(t, 60)
		want := w.read(t, from)
		for k := 0; ; k++ { // whatever becomes of it the first time
			tr := &trap{at: k, snap: func(do func() error) error { return errTrap }}
			err := move.Undo(ctx, trapped{from, tr}, trapped{to, tr}, options())
			holdApart(t, from, to)
			if err == nil {
				break
			}
		}
		if !servable(t, from) || !servable(t, to) {
			t.Error("it is not undone")
		}
		_, err := move.Run(ctx, from, to, options())
		no(t, err)
		if got := w.read(t, to); !reflect.DeepEqual(got, want) {
			t.Error("the second move went wrong")
		}
	})
	t.Run("a finished move, in its source", func(t *testing.T) {
		t.Parallel()
		from, to, w := begin(t, 1e9)
		wantError(t, move.Undo(ctx, from, to, options()), "NEW holds no part of a move that is under way: nothing is deleted")
		wantError(t, move.Undo(ctx, nil, to, options()), "NEW holds no part of a move that is under way: nothing is deleted")
		no(t, move.Undo(ctx, from, nil, options()))
		if !servable(t, from) || !servable(t, to) || !reflect.DeepEqual(w.read(t, from), w.read(t, to)) {
			t.Error("it is not undone, or too much is")
		}
	})
	t.Run("what is not moved", func(t *testing.T) {
		t.Parallel()
		from, to := open(t), open(t)
		fill(t, from)
		wantError(t, move.Undo(ctx, from, nil, options()), "OLD was not moved: there is nothing to undo")
		wantError(t, move.Undo(ctx, nil, from, options()), "NEW holds no part of a move that is under way: nothing is deleted")
		wantError(t, move.Undo(ctx, from, to, options()), "OLD was not moved: there is nothing to undo")
		if _, n, _ := from.Agents(ctx, stele.Page{}); n != 3 {
			t.Errorf("%d agents are left", n)
		}
	})
	t.Run("the part of another move", func(t *testing.T) {
		t.Parallel()
		from, _, _ := begin(t, 60)
		_, to, _ := begin(t, 60)
		wantError(t, move.Undo(ctx, from, to, options()), "NEW holds a part of another move, from OLD: nothing is deleted")
		if servable(t, from) || servable(t, to) {
			t.Error("something was undone")
		}
	})
}

// TestDifferences changes something in one of the places between copying and verifying.
func TestDifferences(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	table := func(s stele.Movable, agent, n int) (stele.Mover, stele.Database, *stele.Table) {
		agents, _, _ := s.Agents(ctx, stele.Page{})
		db := s.Database(agents[agent].ID)
		tables, _ := db.Tables(ctx, stele.Page{})
		return s.Mover(agents[agent].ID), db, tables[n].Table
	}
	firstRecord := func(db stele.Database, t *stele.Table) stele.Selector {
		p, _ := db.Records(ctx, t, stele.RecordQuery{Limit: 1})
		return stele.Selector{ID: p.Records[0].ID}
	}
	for name, c := range map[string]struct {
		change func(s stele.Movable) error
		want   string
	}{
		"a record is gone": {func(s stele.Movable) error {
			_, db, t := table(s, 2, 0)
			_, err := db.Delete(ctx, t, []stele.Selector{firstRecord(db, t)}, nil)
			return err
		}, "table \"orders\" of agent \"m\u00fcller & co\" has "},
		"a value is another": {func(s stele.Movable) error {
			_, db, t := table(s, 0, 2)
			_, err := db.Update(ctx, t, []stele.Change{{Selector: firstRecord(db, t), Set: []stele.Pair{{Field: 4, Value: stele.Value{}}}}}, 1, nil)
			return err
		}, "table \"a_last\" of agent \"zeta\" has "},
		"a record is new": {func(s stele.Movable) error {
			m, _, t := table(s, 0, 1)
			return m.PutRecords(ctx, t, []stele.Record{{ID: 5, Values: append([]stele.Value{stele.TextValue("x")}, make([]stele.Value, 5)...)}})
		}, "table \"empty\" of agent \"zeta\" has "},
		"the next id is another": {func(s stele.Movable) error {
			_, db, t := table(s, 0, 1)
			_, err := db.Import(ctx, t, &stele.Batch{Records: []stele.Record{{Values: append([]stele.Value{stele.TextValue("x")}, make([]stele.Value, 5)...)}}, Rows: []int{1}, Task: stele.Task{ID: "1"}}, 0, nil)
			return err
		}, "table \"empty\" of agent \"zeta\" counts its next record id from "},
		"a task is new": {func(s stele.Movable) error {
			m, _, t := table(s, 0, 1)
			return m.PutTasks(ctx, []stele.Task{{ID: "000000000000000000000001", Table: t.ID}})
		}, "of import tasks agent \"zeta\" has "},
		"an answer is new": {func(s stele.Movable) error {
			m, _, _ := table(s, 2, 0)
			return m.PutAnswers(ctx, []stele.KeptAnswer{{Key: "new", Answer: []byte("x")}})
		}, "of answers agent \"m\u00fcller & co\" has "},
		"a key is gone": {func(s stele.Movable) error {
			agents, _, _ := s.Agents(ctx, stele.Page{})
			keys, _ := s.Keys(ctx, agents[1].ID)
			return s.RevokeKey(ctx, keys[0].ID)
		}, "agent \"alpha\" has other keys in NEW"},
		"a table is new": {func(s stele.Movable) error {
			m, _, _ := table(s, 2, 0)
			return m.PutTable(ctx, (&written{}).define(t, 5, "new"), 1)
		}, "\"new\""},
		"an agent is new": {func(s stele.Movable) error {
			return s.CreateAgent(ctx, stele.AgentInfo{ID: "0123456789abcdef01234567", Name: "new"})
		}, "agent \""},
		"an agent is gone": {func(s stele.Movable) error {
			agents, _, _ := s.Agents(ctx, stele.Page{})
			return s.DeleteAgent(ctx, agents[0].ID)
		}, "NEW"},
	} {
		for _, where := range []string{"source", "copy"} {
			t.Run(name+" in the "+where, func(t *testing.T) {
				t.Parallel()
				from, to := open(t), open(t)
				fill(t, from)
				changed := false
				opt := options()
				opt.Progress = func(p move.Progress) {
					when := p.Verifying
					if strings.HasPrefix(name, "an agent is") { // before it is listed again
						when = p.Agent == p.Agents
					}
					if when && !changed {
						changed = true
						s := from
						if where == "copy" {
							s = to
						}
						no(t, c.change(s))
					}
				}
				_, err := move.Run(ctx, from, to, opt)
				wantError(t, err, c.want)
				if !errors.Is(err, move.ErrDiffers) {
					t.Errorf("the error is %v", err)
				}
				if servable(t, from) || servable(t, to) {
					t.Error("it is declared to be moved")
				}
			})
		}
	}
}
