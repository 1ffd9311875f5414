package storetest

import (
	"fmt"
	"slices"

	"stele"
)

func taskListCases() []testCase {
	return []testCase{
		{"tasks are listed from the latest on, part by part", func(f *fixture) {
			t, other := f.table("log", "line TEXT"), f.table("other", "line TEXT")
			ids := append(f.imports(t, 6), f.imports(other, 3)...)
			slices.Sort(ids)
			slices.Reverse(ids)
			f.wantTaskList(stele.TaskQuery{Limit: 20}, ids)
			f.wantTaskList(stele.TaskQuery{Limit: 4}, ids[:4])
			f.wantTaskList(stele.TaskQuery{Limit: 4, Before: ids[3]}, ids[4:8])
			f.wantTaskList(stele.TaskQuery{Limit: 4, Before: ids[8]}, nil)
			f.wantTaskList(stele.TaskQuery{Limit: 20, From: ids[5]}, ids[:6])
			f.wantTaskList(stele.TaskQuery{Limit: 20, From: ids[5], Before: ids[2]}, ids[3:6])
		}},
		{"tasks of one table are listed alone", func(f *fixture) {
			t, other := f.table("log", "line TEXT"), f.table("other", "line TEXT")
			var mine []stele.TaskID
			for range 3 {
				f.now++
				mine = append(mine, f.imports(t, 2)...)
				f.imports(other, 2)
			}
			slices.Sort(mine)
			slices.Reverse(mine)
			f.wantTaskList(stele.TaskQuery{Table: t.ID, Limit: 20}, mine)
			f.wantTaskList(stele.TaskQuery{Table: t.ID, Limit: 2, Before: mine[1]}, mine[2:4])
			f.wantTaskList(stele.TaskQuery{Table: t.ID, Limit: 20, From: mine[3], Before: mine[0]}, mine[1:4])
			f.wantTaskList(stele.TaskQuery{Table: stele.NewTableID(f.now.Time()), Limit: 20}, nil)
		}},
		{"a task in a list has its counts, and the name that its table has now", taskEntries},
		{"another agent's tasks are in no list", func(f *fixture) {
			other := f.neighbour()
			t := other.table("log", "line TEXT")
			theirs := other.imports(t, 1)
			f.wantTaskList(stele.TaskQuery{Limit: 20}, nil)
			f.wantTaskList(stele.TaskQuery{Table: t.ID, Limit: 20}, nil)
			mine := f.imports(f.table("log", "line TEXT"), 1)
			f.wantTaskList(stele.TaskQuery{Limit: 20}, mine)
			other.wantTaskList(stele.TaskQuery{Limit: 20}, theirs)
		}},
		{"the agent's verb lists the tasks of 30 days", func(f *fixture) {
			t := f.table("log", "line TEXT")
			now := f.now
			f.now = now - stele.TaskRetention - 3600*1000
			f.imports(t, 1)
			f.now = now - stele.TaskRetention + 3600*1000
			kept := f.imports(t, 1)
			f.now = now
			list, more, err := f.verb().TaskList(f.Context(), stele.TaskListQuery{Limit: 20})
			if err != nil || more || len(list) != 1 || list[0].ID != kept[0] {
				f.Errorf("%v, %v, %v; want %v", list, more, err, kept)
			}
		}},
	}
}

// taskEntries renames a table and then drops it.
func taskEntries(f *fixture) {
	t := f.table("log", "line TEXT unique")
	task := f.importBatch(t, f.batch(t, row{"a"}, row{"b"}))
	f.now++
	refused := f.importBatch(t, f.batch(t, row{"c"}, row{"a"}))
	list := func(name string) []stele.TaskEntry {
		return []stele.TaskEntry{
			{ID: refused.ID, Table: t.ID, TableName: name, Created: f.now, Total: 2},
			{ID: task.ID, Table: t.ID, TableName: name, Created: f.now - 1, Total: 2, Success: 2},
		}
	}
	want := func(name string) {
		f.Helper()
		got, err := f.db.TaskList(f.Context(), stele.TaskQuery{Table: t.ID, Before: "g", Limit: 5})
		if err != nil || !slices.Equal(got, list(name)) {
			f.Errorf("%+v, %v; want %+v", got, err, list(name))
		}
	}
	want("log")
	t, _ = f.alter(t, stele.RawAlter{Op: stele.RenameTable, To: "renamed"})
	want("renamed")
	_, err := f.db.DropTable(f.Context(), t, nil)
	f.must("dropping", err)
	want("")
}

func (f *fixture) wantTaskList(q stele.TaskQuery, want []stele.TaskID) {
	f.Helper()
	if q.Before == "" {
		q.Before = "g"
	}
	list, err := f.db.TaskList(f.Context(), q)
	f.must("listing tasks", err)
	got := []stele.TaskID{}
	for _, t := range list {
		got = append(got, t.ID)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		f.Errorf("%+v: %v, want %v", q, got, want)
	}
}
