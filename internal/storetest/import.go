package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"stele"
)

func importCases() []testCase {
	return []testCase{
		{"rows become records in their order, with ascending ids and the time of the import", rowsBecomeRecords},
		{"an import of 1000 rows is one task and 1000 records", func(f *fixture) {
			t := f.table("parcels", "code TEXT unique", "n INT unique")
			f.fill(t, 1000, func(i int) row { return row{fmt.Sprint(i), -i} })
			if n := f.count(t); n != 1000 {
				f.Errorf("the table counts %d", n)
			}
		}},
		{"unique values may come in any order", func(f *fixture) {
			t := f.table("parcels", "code INT unique")
			var want []row
			for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(500) {
				want = append(want, row{i})
			}
			f.add(t, want[:250]...)
			f.add(t, want[250:]...)
			f.want(t, want...)
		}},
		{"a table without unique fields takes equal rows again", func(f *fixture) {
			t := f.table("log", "line TEXT")
			f.add(t, row{"a"}, row{"a"})
			f.add(t, row{"a"}, row{"a"})
			f.want(t, row{"a"}, row{"a"}, row{"a"}, row{"a"})
		}},
		{"rows that were left out stay out, and the task says why", rowsLeftOut},
		{"an import without a valid row adds nothing and keeps its task", func(f *fixture) {
			t := f.table("parcels", "code TEXT required unique")
			b := f.accept(t, raws{"code", nil}, raws{"code", ""}, raws{"other", "x"})
			if len(b.Records) != 0 || len(b.Task.Rejections) != 3 {
				f.Fatalf("the batch is not as the case needs it: %+v", b.Task)
			}
			f.sameTask("the answer", f.importBatch(t, b), b.Task)
			f.wantTask(b.Task)
			f.want(t)
		}},
		{"a row that was left out does not reserve its unique values", func(f *fixture) {
			t := f.table("parcels", "code TEXT unique", "n INT unique")
			f.importBatch(t, f.accept(t, raws{"code", "a", "n", "x"}, raws{"code", "a", "n", "1"}))
			f.want(t, row{"a", 1})
			f.add(t, row{"b", 2})
		}},
		{"imports into one table leave another alone", func(f *fixture) {
			a, b := f.table("a", "code TEXT unique"), f.table("b", "code TEXT unique")
			f.add(a, row{"x"})
			f.add(b, row{"x"}, row{"y"})
			f.add(a, row{"z"})
			f.want(a, row{"x"}, row{"z"})
			f.want(b, row{"x"}, row{"y"})
		}},
	}
}

// raws are a row's cells as a request has them: name, text, name, text; nil is null.
type raws []any

// accept makes a batch the way that a request does.
func (f *fixture) accept(t *stele.Table, list ...raws) *stele.Batch {
	f.Helper()
	return f.acceptAs(t, stele.How{}, rowsOf(list))
}

// rowsOf makes rows the way that a request does.
func rowsOf(list []raws) (rows []stele.Row) {
	for _, r := range list {
		var cells []stele.Cell
		for i := 0; i < len(r); i += 2 {
			c := stele.Cell{Name: r[i].(string)}
			if s, ok := r[i+1].(string); ok {
				c.Raw = stele.Raw{Kind: stele.KindString, Text: s}
			}
			cells = append(cells, c)
		}
		rows = append(rows, stele.Row{Cells: cells, Sent: fmt.Sprintf("%q", r)})
	}
	return rows
}

// acceptAs is accept for an import with a mode of its own.
func (f *fixture) acceptAs(t *stele.Table, h stele.How, rows []stele.Row) *stele.Batch {
	f.Helper()
	b, err := t.AcceptAs(rows, stele.DefaultLimits(), h)
	f.must("accepting rows", err)
	b.Task.ID, b.Task.Created = stele.NewTaskID(f.now.Time()), f.now
	return b
}

func (f *fixture) sameTask(what string, got, want stele.Task) {
	f.Helper()
	if got.ID != want.ID || got.Table != want.Table || got.Created != want.Created ||
		got.Total != want.Total || got.Success != want.Success || !slices.Equal(got.Rejections, want.Rejections) {
		f.Errorf("%s: task is\n%+v, want\n%+v", what, got, want)
	}
	if (got.Receipt == nil) != (want.Receipt == nil) {
		f.Fatalf("%s: the task has a receipt: %t, want %t", what, got.Receipt != nil, want.Receipt != nil)
	}
	if got.Receipt == nil {
		return
	}
	if len(got.Receipt.Rows) != len(want.Receipt.Rows) {
		f.Fatalf("%s: the receipt has %d rows, want %d", what, len(got.Receipt.Rows), len(want.Receipt.Rows))
	}
	for i, w := range want.Receipt.Rows {
		g := got.Receipt.Rows[i]
		if w.ID < 0 && g.ID > 0 { // the store's choice
			w.ID = g.ID
		}
		if g.Status != w.Status || g.ID != w.ID || g.Sent != w.Sent || !slices.Equal(g.Findings, w.Findings) {
			f.Errorf("%s: row %d is\n%+v, want\n%+v", what, i+1, g, w)
		}
	}
}

// wantTask holds the kept task against what it must be.
func (f *fixture) wantTask(want stele.Task) {
	f.Helper()
	tasks, err := f.db.Tasks(f.Context(), []stele.TaskID{want.ID}, want.Created)
	f.must("asking for a task", err)
	if len(tasks) != 1 {
		f.Fatalf("%d tasks are kept, want 1", len(tasks))
	}
	f.sameTask("kept", tasks[0], want)
}

func rowsBecomeRecords(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n INT")
	first := f.fill(t, 250, func(i int) row { return row{fmt.Sprintf("PX-%03d", (i*97)%250), i} })
	then := f.now
	f.now += 5000
	second := f.fill(t, 250, func(i int) row { return row{fmt.Sprintf("PY-%03d", (i*89)%250), i} })
	if !slices.IsSorted(append(first, second...)) || second[0] <= first[249] {
		f.Errorf("ids do not ascend from import to import")
	}
	for i, r := range f.records(t) {
		want := then
		if i >= 250 {
			want = f.now
		}
		if r.Values[1].Int() != int64(i%250) || r.Created != want || r.Updated != want {
			f.Fatalf("record %d is %s, want number %d at %d", i, show([]stele.Record{r}), i%250, want)
		}
	}
}

func rowsLeftOut(f *fixture) {
	t := f.table("parcels", "code TEXT required unique", "n INT")
	b := f.accept(t, raws{"code", "a", "n", "1"}, raws{"code", "", "n", "2"}, raws{"code", "c", "n", "x"}, raws{"code", "a", "n", "4"}, raws{"code", "e"})
	if b.Task.Success != 2 || len(b.Task.Rejections) != 3 {
		f.Fatalf("the batch is not as the case needs it: %+v", b.Task)
	}
	task := f.importBatch(t, b)
	f.sameTask("the answer", task, b.Task)
	f.wantTask(b.Task)
	f.want(t, row{"a", 1}, row{"e", nil})
}
