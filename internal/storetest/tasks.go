package storetest

import (
	"fmt"
	"slices"
	"strings"

	"stele"
)

func taskCases() []testCase {
	return []testCase{
		{"tasks are answered in the order asked for", func(f *fixture) {
			t := f.table("log", "line TEXT")
			ids := f.imports(t, 6)
			f.wantTasks(ids, 0, ids)
			slices.Reverse(ids)
			f.wantTasks(ids, 0, ids)
			f.wantTasks([]stele.TaskID{ids[3], ids[0], ids[5]}, 0, []stele.TaskID{ids[3], ids[0], ids[5]})
		}},
		{"a task asked for twice is answered once, where it was asked for first", func(f *fixture) {
			ids := f.imports(f.table("log", "line TEXT"), 3)
			f.wantTasks([]stele.TaskID{ids[2], ids[0], ids[2], ids[0], ids[1], ids[1]}, 0, []stele.TaskID{ids[2], ids[0], ids[1]})
		}},
		{"tasks that are not there are left out", func(f *fixture) {
			ids := f.imports(f.table("log", "line TEXT"), 2)
			unknown := stele.NewTaskID(f.now.Time())
			f.wantTasks([]stele.TaskID{unknown, ids[1], unknown, ids[0]}, 0, []stele.TaskID{ids[1], ids[0]})
			f.wantTasks([]stele.TaskID{unknown}, 0, nil)
			f.wantTasks(nil, 0, nil)
		}},
		{"tasks from before the time asked for are left out", tasksSince},
		{"tasks are kept for 30 days, whatever comes after", func(f *fixture) {
			t := f.table("log", "line TEXT")
			now := f.now
			f.now = now - stele.TaskRetention + 3600*1000
			old := f.imports(t, 2)
			f.now = now
			recent := f.imports(t, 3)
			f.wantTasks(append(old, recent...), now-stele.TaskRetention, append(old, recent...))
		}},
		{"five hundred tasks are answered at once", fiveHundredTasks},
		{"another agent's task is not there", func(f *fixture) {
			other := f.neighbour()
			mine, theirs := f.imports(f.table("log", "line TEXT"), 1), other.imports(other.table("log", "line TEXT"), 1)
			f.wantTasks(append(theirs, mine...), 0, mine)
			other.wantTasks(append(theirs, mine...), 0, theirs)
		}},
		{"a task keeps its reasons to the character", func(f *fixture) {
			t := f.table("log", "line TEXT")
			b := &stele.Batch{Task: f.task(t, 4)}
			b.Task.Rejections = []stele.Rejection{
				{Row: 1, Reason: "`code` is required; 'quoted' \"twice\" \\ back \n new line \t 日本 🙂 \u2028"},
				{Row: 2, Reason: strings.Repeat("long ", 50000)},
				{Row: 2, Reason: "a second one for the same row"},
				{From: 3, To: 4, Reason: ""},
			}
			f.sameTask("the answer", f.importBatch(t, b), b.Task)
			f.wantTask(b.Task)
		}},
		{"a task without reasons has none", func(f *fixture) {
			t := f.table("log", "line TEXT")
			b := f.batch(t, row{"x"})
			f.importBatch(t, b)
			f.wantTask(b.Task)
		}},
	}
}

// imports runs so many imports of a row each and returns their tasks.
func (f *fixture) imports(t *stele.Table, n int) []stele.TaskID {
	f.Helper()
	var ids []stele.TaskID
	for i := range n {
		b := f.batch(t, row{fmt.Sprint(i)})
		f.importBatch(t, b)
		ids = append(ids, b.Task.ID)
	}
	return ids
}

func (f *fixture) wantTasks(asked []stele.TaskID, since stele.Millis, want []stele.TaskID) {
	f.Helper()
	tasks, err := f.db.Tasks(f.Context(), asked, since)
	f.must("asking for tasks", err)
	var got []stele.TaskID
	for _, t := range tasks {
		got = append(got, t.ID)
	}
	if !slices.Equal(got, want) {
		f.Errorf("tasks %v since %d: %v, want %v", asked, since, got, want)
	}
}

func tasksSince(f *fixture) {
	t := f.table("log", "line TEXT")
	now := f.now
	var ids []stele.TaskID
	for _, age := range []stele.Millis{20000, 10001, 10000, 9999, 0} {
		f.now = now - age
		ids = append(ids, f.imports(t, 1)...)
	}
	f.wantTasks(ids, now-10000, ids[2:])
	f.wantTasks(ids, now+1, nil)
	f.wantTasks(ids, 0, ids)
}

func fiveHundredTasks(f *fixture) {
	ids := f.imports(f.table("log", "line TEXT"), 25)
	asked := []stele.TaskID{}
	for i := range 500 {
		if i%20 == 7 {
			asked = append(asked, ids[24-i/20])
		} else {
			asked = append(asked, stele.NewTaskID(f.now.Time()))
		}
	}
	slices.Reverse(ids)
	f.wantTasks(asked, 0, ids)
}
