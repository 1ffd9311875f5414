package storetest

import (
	"fmt"
	"slices"

	"stele"
)

func agentCases() []testCase {
	return []testCase{
		{"an agent is found by its id and by its name", func(f *fixture) {
			for _, key := range []string{string(f.agent.ID), f.agent.Name} {
				if a, err := f.store.Agent(f.Context(), key); err != nil || a != f.agent {
					f.Errorf("agent %q: %+v, %v; want %+v", key, a, err, f.agent)
				}
			}
		}},
		{"an id or a name that no agent has is not found", func(f *fixture) {
			for _, key := range []string{"ffffffffffffffffffffffff", "no such agent", "", "%", "\xff", "a\x00b", f.agent.Name + " ", "AGENT " + string(f.agent.ID)} {
				_, err := f.store.Agent(f.Context(), key)
				f.wantCode("agent "+key, err, stele.CodeNotFound)
			}
		}},
		{"a second agent of a name is refused and changes nothing", func(f *fixture) {
			second := stele.AgentInfo{ID: stele.NewAgentID(f.now.Time()), Name: f.agent.Name, Created: f.now + 1}
			f.wantCode("the second agent", f.store.CreateAgent(f.Context(), second), stele.CodeExists)
			if a, err := f.store.Agent(f.Context(), f.agent.Name); err != nil || a != f.agent {
				f.Errorf("the name now leads to %+v, %v", a, err)
			}
			_, err := f.store.Agent(f.Context(), string(second.ID))
			f.wantCode("the refused id", err, stele.CodeNotFound)
			_, err = f.store.Database(second.ID).Tables(f.Context(), stele.Page{})
			f.wantCode("the refused agent's tables", err, stele.CodeUnauthenticated)
		}},
		{"names that differ only in case, accent or form are different names", agentsOfLikeNames},
		{"agents are listed in order of creation, page by page, with their number", agentsAreListed},
		{"a deleted agent leaves the list, and its name is free", func(f *fixture) {
			f = f.alone()
			other := f.newAgent()
			f.must("deleting", f.store.DeleteAgent(f.Context(), other.ID))
			if as, n, err := f.store.Agents(f.Context(), stele.Page{}); err != nil || n != 1 || !slices.Equal(as, []stele.AgentInfo{f.agent}) {
				f.Errorf("agents: %v, %d, %v", as, n, err)
			}
			again := stele.AgentInfo{ID: stele.NewAgentID(f.now.Time()), Name: other.Name, Created: f.now}
			f.must("making the name again", f.store.CreateAgent(f.Context(), again))
			if a, err := f.store.Agent(f.Context(), other.Name); err != nil || a.ID != again.ID {
				f.Errorf("the name leads to %v, %v; want the new agent", a, err)
			}
			if ts, err := f.store.Database(again.ID).Tables(f.Context(), stele.Page{}); err != nil || len(ts) > 0 {
				f.Errorf("the new agent's tables: %v, %v", ts, err)
			}
		}},
		{"deleting an agent that is not there is not found", func(f *fixture) {
			f.wantCode("deleting", f.store.DeleteAgent(f.Context(), stele.NewAgentID(f.now.Time())), stele.CodeNotFound)
			f.must("deleting once", f.store.DeleteAgent(f.Context(), f.agent.ID))
			f.wantCode("deleting twice", f.store.DeleteAgent(f.Context(), f.agent.ID), stele.CodeNotFound)
		}},
		{"an open store is ready", func(f *fixture) { f.must("ready", f.store.Ready(f.Context())) }},
	}
}

func agentsOfLikeNames(f *fixture) {
	base := string(f.agent.ID)
	for _, s := range []string{"é", "É", "e", "E", "e\u0301", "é'", `é"`, "é%", "é\\", "日本", "🙂"} {
		a := stele.AgentInfo{ID: stele.NewAgentID(f.now.Time()), Name: base + s, Created: f.now}
		f.must("creating "+a.Name, f.store.CreateAgent(f.Context(), a))
		if got, err := f.store.Agent(f.Context(), a.Name); err != nil || got != a {
			f.Errorf("name %q leads to %+v, %v; want %+v", a.Name, got, err, a)
		}
	}
}

func agentsAreListed(f *fixture) {
	f = f.alone()
	want := []stele.AgentInfo{f.agent}
	for range 11 { // at one moment, with ids in no order: only the order of the calls is left
		want = append(want, f.newAgent())
	}
	for _, p := range []stele.Page{{}, {Limit: 5}, {Offset: 5, Limit: 5}, {Offset: 10, Limit: 5}, {Offset: 7}, {Offset: 12, Limit: 5}, {Offset: 1 << 40, Limit: 100}} {
		as, n, err := f.store.Agents(f.Context(), p)
		if err != nil || n != len(want) || !slices.Equal(as, part(want, p)) {
			f.Errorf("agents %+v: %v of %d, %v; want %v", p, as, n, err, part(want, p))
		}
	}
}

// part is the part of a list that a page asks for.
func part[T any](list []T, p stele.Page) []T {
	list = list[min(p.Offset, int64(len(list))):]
	if p.Limit > 0 {
		list = list[:min(p.Limit, len(list))]
	}
	return list
}

func goneCases() []testCase {
	return []testCase{
		{"a deleted agent's database answers nothing any more", func(f *fixture) {
			t := f.table("parcels", "code TEXT unique")
			f.add(t, row{"PX-1"})
			db := f.store.Database(f.agent.ID)
			f.must("deleting", f.store.DeleteAgent(f.Context(), f.agent.ID))
			f.wantGone(f.db, t)
			f.wantGone(db, t)
			f.wantGone(f.store.Database(f.agent.ID), t)
		}},
		{"the database of an agent that never was answers nothing", func(f *fixture) {
			f = f.alone()
			f.wantGone(f.store.Database(stele.NewAgentID(f.now.Time())), f.define("parcels", "code TEXT unique"))
			if _, n, err := f.store.Agents(f.Context(), stele.Page{}); err != nil || n != 1 {
				f.Errorf("%d agents, %v; want the one that was made", n, err)
			}
		}},
		{"a deleted agent's tables have no owner", func(f *fixture) {
			t, other := f.table("parcels", "code TEXT"), f.neighbour()
			kept := other.table("parcels", "code TEXT")
			f.must("deleting", f.store.DeleteAgent(f.Context(), f.agent.ID))
			_, err := f.store.Owner(f.Context(), t.ID)
			f.wantCode("the owner", err, stele.CodeTableNotFound)
			if owner, err := f.store.Owner(f.Context(), kept.ID); err != nil || owner != other.agent.ID {
				f.Errorf("the other agent's table is owned by %q, %v", owner, err)
			}
		}},
		{"deleting an agent leaves the others' records and keys", func(f *fixture) {
			other := f.neighbour()
			f.table("parcels", "code TEXT unique")
			t := other.table("parcels", "code TEXT unique")
			other.add(t, row{"PX-1"})
			mine, theirs := f.key(), other.key()
			f.must("deleting", f.store.DeleteAgent(f.Context(), f.agent.ID))
			other.want(t, row{"PX-1"})
			if k, err := f.store.Key(f.Context(), theirs.Hash); err != nil || k != theirs {
				f.Errorf("the other's key: %+v, %v", k, err)
			}
			_, err := f.store.Key(f.Context(), mine.Hash)
			f.wantCode("the deleted agent's key", err, stele.CodeUnauthenticated)
			f.wantCode("revoking it", f.store.RevokeKey(f.Context(), mine.ID), stele.CodeNotFound)
		}},
	}
}

// wantGone calls every method of the database of an agent that is not there.
func (f *fixture) wantGone(db stele.Database, t *stele.Table) {
	f.Helper()
	ctx, another := f.Context(), f.define("another", "code TEXT")
	_, tableErr := db.Table(ctx, t.ID)
	_, tablesErr := db.Tables(ctx, stele.Page{})
	_, importErr := db.Import(ctx, t, f.batch(t, row{"PX-2"}), f.now, nil)
	_, tasksErr := db.Tasks(ctx, []stele.TaskID{stele.NewTaskID(f.now.Time())}, 0)
	_, updateErr := db.Update(ctx, t, []stele.Change{upsert(t, by(t, "code", "PX-3"))}, f.now, nil)
	_, deleteErr := db.Delete(ctx, t, []stele.Selector{by(t, "code", "PX-1")}, nil)
	_, recordsErr := db.Records(ctx, t, stele.RecordQuery{Limit: 10})
	_, answeredErr := db.Answered(ctx, "key", stele.Fingerprint{})
	for i, err := range []error{
		db.CreateTable(ctx, another, nil), tableErr, tablesErr, importErr, tasksErr, updateErr, deleteErr, recordsErr, answeredErr,
	} {
		f.wantCode(fmt.Sprintf("method %d of a database that is gone", i), err, stele.CodeUnauthenticated)
	}
}
