package storetest

import (
	"fmt"

	"stele"
)

func apartCases() []testCase {
	return []testCase{
		{"another agent's table is not found, and its owner is named", func(f *fixture) {
			other := f.neighbour()
			t := other.table("parcels", "code TEXT")
			_, err := f.db.Table(f.Context(), t.ID)
			f.wantCode("the other's table", err, stele.CodeTableNotFound)
			if owner, err := f.store.Owner(f.Context(), t.ID); err != nil || owner != other.agent.ID {
				f.Errorf("owner: %q, %v; want %q", owner, err, other.agent.ID)
			}
			f.wantTables()
		}},
		{"two agents may have tables of one name and records of one id", func(f *fixture) {
			other := f.neighbour()
			mine, theirs := f.table("parcels", "code TEXT unique", "n INT"), other.table("parcels", "code TEXT unique", "n INT")
			f.add(mine, row{"a", 1}, row{"b", 2})
			other.add(theirs, row{"a", 10})
			f.outcomes(mine, []stele.Change{upsert(mine, byID(77), "code", "c", "n", 3)}, "")
			other.outcomes(theirs, []stele.Change{upsert(theirs, byID(77), "code", "c", "n", 30), change(theirs, by(theirs, "code", "a"), "n", 11)}, "", "")
			f.wantDeleted(mine, 1, by(mine, "code", "a"))
			f.want(mine, row{"c", 3}, row{"b", 2})
			other.want(theirs, row{"c", 30}, row{"a", 11})
			f.wantTables(mine)
			other.wantTables(theirs)
		}},
		{"tables of one name and other fields stay what they are", func(f *fixture) {
			other := f.neighbour()
			mine, theirs := f.table("parcels", "code TEXT unique"), other.table("parcels", "n INT", "code FLOAT", "z BOOLEAN unique")
			f.add(mine, row{"a"})
			other.add(theirs, row{1, 0.5, true})
			f.wantTable(mine)
			other.wantTable(theirs)
			f.want(mine, row{"a"})
			other.want(theirs, row{1, 0.5, true})
		}},
		{"many agents, used in turn, keep what is theirs", manyAgentsInTurn},
		{"two databases of one agent are one", func(f *fixture) {
			t := f.table("parcels", "code TEXT unique")
			again := *f
			again.db = f.store.Database(f.agent.ID)
			again.add(t, row{"a"})
			f.want(t, row{"a"})
			f.wantRefused(t, row{"a"})
			made := again.table("second", "code TEXT")
			f.wantTables(t, made)
		}},
	}
}

func manyAgentsInTurn(f *fixture) {
	const agents, rounds = 24, 4
	var all []*fixture
	var tables []*stele.Table
	for range agents {
		a := f.neighbour()
		all, tables = append(all, a), append(tables, a.table("parcels", "code TEXT unique", "n INT"))
	}
	for r := range rounds {
		for i, a := range all {
			a.importBatch(tables[i], a.batch(tables[i], row{fmt.Sprint(r), i}))
		}
	}
	for i, a := range all {
		var want []row
		for r := range rounds {
			want = append(want, row{fmt.Sprint(r), i})
		}
		a.want(tables[i], want...)
	}
}
