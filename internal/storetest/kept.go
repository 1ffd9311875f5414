package storetest

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"stele"
)

// reopened is a fixture whose store can be closed and opened again.
type reopened struct {
	*fixture
	place string
}

// kept returns a fixture for an agent of a store that no other case uses.
func (f *fixture) kept() *reopened {
	f.Helper()
	place := f.tb.TempDir()
	k := &reopened{place: place, fixture: &fixture{store: f.open(f.tb, place)}}
	f.tb.Cleanup(func() { // after all else, and whichever store it is by then
		if err := k.store.Close(); err != nil {
			f.Errorf("closing the store: %v", err)
		}
	})
	k.fixture = newFixture(f.tb, f.open, k.store)
	return k
}

func (k *reopened) reopen() {
	k.Helper()
	k.must("closing the store", k.store.Close())
	k.store = k.open(k.tb, k.place)
	k.db = k.store.Database(k.agent.ID)
}

func keptCases() []testCase {
	return []testCase{
		{"agents, keys and tables are there after the store was closed", func(f *fixture) {
			k := f.kept()
			key, second := k.keep(stele.Key{Scope: stele.ScopeRead, Expires: k.now + 1000, RPM: 60}), k.newAgent()
			revoked := k.key()
			k.must("revoking", k.store.RevokeKey(k.Context(), revoked.ID))
			gone := k.newAgent()
			k.must("deleting", k.store.DeleteAgent(k.Context(), gone.ID))
			made := []*stele.Table{k.table("z", "rowid TEXT required unique", "n INT"), k.table("order", "b BOOLEAN", "d DATETIME", "f FLOAT")}
			for range 2 {
				k.reopen()
				if as, n, err := k.store.Agents(k.Context(), stele.Page{}); err != nil || n != 2 || !slices.Equal(as, []stele.AgentInfo{k.agent, second}) {
					k.Errorf("agents: %v of %d, %v", as, n, err)
				}
				if ks, err := k.store.Keys(k.Context(), k.agent.ID); err != nil || !slices.Equal(ks, []stele.Key{key}) {
					k.Errorf("keys: %v, %v; want %v", ks, err, key)
				}
				_, err := k.store.Key(k.Context(), revoked.Hash)
				k.wantCode("the revoked key", err, stele.CodeUnauthenticated)
				_, err = k.store.Database(gone.ID).Tables(k.Context(), stele.Page{})
				k.wantCode("the deleted agent", err, stele.CodeUnauthenticated)
				k.wantTables(made...)
				for _, t := range made {
					k.wantTable(t)
					if owner, err := k.store.Owner(k.Context(), t.ID); err != nil || owner != k.agent.ID {
						k.Errorf("owner: %q, %v", owner, err)
					}
				}
			}
		}},
		{"records, counts, tasks and answers are there after the store was closed", recordsAreKept},
		{"ids go on where they were after the store was closed", func(f *fixture) {
			k := f.kept()
			t := k.table("codes", "code TEXT unique")
			k.outcomes(t, []stele.Change{upsert(t, byID(math.MaxInt64), "code", "last")}, "")
			last := k.add(t, row{"a"}, row{"b"}, row{"c"})[2]
			k.outcomes(t, []stele.Change{upsert(t, byID(last+2), "code", "ahead")}, "")
			k.delete(t, byID(last), byID(last-1))
			k.reopen()
			if ids := k.add(t, row{"d"}, row{"e"}, row{"f"}); ids[0] <= last {
				k.Errorf("ids %d after %d", ids, last)
			}
			k.wantSet(t, row{"a"}, row{"ahead"}, row{"d"}, row{"e"}, row{"f"}, row{"last"})
		}},
		{"a table that another process of the store made is found", func(f *fixture) {
			k := f.kept()
			t := k.table("codes", "code TEXT unique")
			k.reopen()
			k.add(t, row{"a"}) // the definition from before still serves
			k.want(t, row{"a"})
			k.wantCode("a second of the name", k.db.CreateTable(k.Context(), k.define("codes", "n INT"), nil), stele.CodeTableExists)
		}},
		{"a call after Close fails, and not as if its caller were at fault", closedFails},
	}
}

func closedFails(f *fixture) {
	k := f.kept()
	t := k.table("codes", "code TEXT unique")
	k.add(t, row{"a"})
	k.must("closing the store", k.store.Close())
	_, importErr := k.db.Import(k.Context(), t, k.batch(t, row{"b"}), k.now, once[stele.Task](k.fixture, "key", "request"))
	_, updateErr := k.db.Update(k.Context(), t, []stele.Change{upsert(t, by(t, "code", "c"))}, k.now, nil)
	_, deleteErr := k.db.Delete(k.Context(), t, []stele.Selector{by(t, "code", "a")}, nil)
	_, recordsErr := k.db.Records(k.Context(), t, stele.RecordQuery{Limit: 10})
	_, tablesErr := k.db.Tables(k.Context(), stele.Page{})
	for name, err := range map[string]error{
		"Ready": k.store.Ready(k.Context()), "CreateTable": k.db.CreateTable(k.Context(), k.define("made", "n INT"), nil),
		"CreateAgent": k.store.CreateAgent(k.Context(), stele.AgentInfo{ID: stele.NewAgentID(k.now.Time()), Name: "late", Created: k.now}),
		"Import":      importErr, "Update": updateErr, "Delete": deleteErr, "Records": recordsErr, "Tables": tablesErr,
	} {
		if _, told := errors.AsType[*stele.Error](err); err == nil || told {
			k.Errorf("%s: %v", name, err)
		}
	}
	k.store = k.open(k.tb, k.place)
	k.db = k.store.Database(k.agent.ID)
	k.want(t, row{"a"})
	k.wantTables(t)
}

func recordsAreKept(f *fixture) {
	k := f.kept()
	t := k.table("all", "code TEXT unique", "s TEXT", "i INT", "f FLOAT", "b BOOLEAN", "d DATETIME")
	k.fill(t, 120, func(i int) row {
		return row{fmt.Sprint(i), "text \u65e5", math.MinInt64 + int64(i), float64(i) / 10, i%2 == 0, "0001-01-01 00:00:00"}
	})
	k.now++
	k.update(t, change(t, by(t, "code", "7"), "s", nil, "code", "seven"), upsert(t, byID(77), "code", "77"))
	k.delete(t, by(t, "code", "0"), by(t, "code", "119"), by(t, "code", "50"))
	b := k.batch(t, row{"new"}, row{"seven"})
	o := once[stele.Task](k.fixture, "key", "request")
	task, err := k.db.Import(k.Context(), t, b, k.now, o)
	k.must("importing", err)
	before := k.records(t)
	for range 2 {
		k.reopen()
		after := k.records(t)
		if !slices.EqualFunc(before, after, sameRecord) {
			k.Fatalf("records are\n%s want\n%s", show(after), show(before))
		}
		if n := k.count(t); n != int64(len(before)) {
			k.Errorf("the table counts %d, want %d", n, len(before))
		}
		k.everyPage(t)
		k.wantTask(task)
		k.wantAnswered("key", "request", fmt.Sprintf("%+v", task))
		_, err := k.db.Import(k.Context(), t, b, k.now, o)
		k.wantReplay("a repeat", err, fmt.Sprintf("%+v", task))
		k.wantRefused(t, row{"seven"})
	}
}
