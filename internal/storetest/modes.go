package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"stele"
)

func modeCases() []testCase {
	return []testCase{
		{"partial: rows that clash with the table or an earlier row are left out, the others are added", partialRows},
		{"partial: a row that was left out does not reserve its unique values", partialReserves},
		{"atomic: one bad row of any kind and nothing is added; every finding is told", atomicRows},
		{"atomic: a batch without a bad row is added", func(f *fixture) {
			t := f.table("parcels", "code TEXT unique", "n INT")
			task := f.importAs(t, stele.How{Mode: stele.Atomic}, raws{"code", "a"}, raws{"code", "b"})
			if task.Success != 2 || len(task.Rejections) != 0 {
				f.Errorf("the task is %+v", task)
			}
			f.want(t, row{"a", nil}, row{"b", nil})
		}},
		{"upsert: records are changed by their key, others made; what a row lacks stays, null clears", upsertRows},
		{"upsert: two rows of one key are two changes of one record", upsertRepeats},
		{"upsert: another unique field may clash, and values may pass from record to record in order", upsertClashes},
		{"upsert: a row that says what is there already leaves the record as it is", upsertUnchanged},
		{"upsert: 1000 rows, half of them there", upsertMany},
		{"a receipt says what became of each row, and is kept with the task", receipts},
		{"a receipt is kept only where it was asked for", func(f *fixture) {
			t := f.table("parcels", "code TEXT unique")
			f.wantTask(f.importAs(t, stele.How{Mode: stele.Partial}, raws{"code", "a"}, raws{"code", "a"}))
		}},
		{"a trial tells what would be, and leaves nothing: no record, no task, no key, no id", trials},
		{"an atomic update applies all its changes or none, and tells each that fails", atomicUpdate},
		{"an atomic update that failed keeps its answer", func(f *fixture) {
			t := f.table("parcels", "code TEXT unique")
			db := f.db.With(stele.How{Mode: stele.Atomic})
			cs := []stele.Change{upsert(t, by(t, "code", "a")), change(t, by(t, "code", "x"), "code", "y")}
			outcomes, err := db.Update(f.Context(), t, cs, f.now, once[[]stele.Outcome](f, "k", "request"))
			f.must("updating", err)
			f.want(t)
			f.wantAnswered("k", "request", fmt.Sprintf("%+v", outcomes))
		}},
		{"mending the repair file and importing it gives the table of a clean import", func(f *fixture) {
			rapid.Check(f.tb.(*testing.T), func(rt *rapid.T) { mending(f, rt) })
		}},
	}
}

// importAs imports rows in a way of their own.
func (f *fixture) importAs(t *stele.Table, h stele.How, list ...raws) stele.Task {
	f.Helper()
	b := f.acceptAs(t, h, rowsOf(list))
	task, err := f.db.With(h).Import(f.Context(), t, b, f.now, nil)
	f.must("importing", err)
	return task
}

// reasons holds a task's rejections, each of a row, against the rows and reasons given.
func (f *fixture) reasons(task stele.Task, want ...any) {
	f.Helper()
	var got []any
	for _, r := range task.Rejections {
		if r.From != 0 || r.To != 0 {
			f.Errorf("rejection %+v has a range", r)
		}
		got = append(got, r.Row, r.Reason)
	}
	if !slices.Equal(got, want) {
		f.Errorf("the rejections are\n%q, want\n%q", got, want)
	}
}

const (
	codeEmpty  = "`code` must be unique, but the value is empty or the property is missing."
	badN       = "`n` has an invalid value for type INT."
	conflictOf = "Duplicate entry '%v' for key 'parcels.%s'"
	repeatOf   = "`%s` must be unique, but the value '%v' is duplicated (first at row `%d`)."
)

func partialRows(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n INT unique", "note TEXT")
	f.add(t, row{"a", 1, "old"})
	f.now += 1000
	task := f.importAs(t, stele.How{Mode: stele.Partial},
		raws{"code", "b", "n", "2"}, raws{"code", "a", "n", "1"}, raws{"code", "", "n", "4"}, raws{"code", "b", "n", "5"}, raws{"code", "c", "n", "6"})
	if task.Success != 2 || task.Total != 5 {
		f.Errorf("the task is %+v", task)
	}
	f.reasons(task, 2, fmt.Sprintf(conflictOf, "a", "code")+" "+fmt.Sprintf(conflictOf, 1, "n"), 3, codeEmpty, 4, fmt.Sprintf(repeatOf, "code", "b", 1))
	f.want(t, row{"a", 1, "old"}, row{"b", 2, nil}, row{"c", 6, nil})
	f.wantTask(task)
}

func partialReserves(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n INT unique")
	f.add(t, row{"a", 1})
	task := f.importAs(t, stele.How{Mode: stele.Partial}, raws{"code", "b", "n", "1"}, raws{"code", "b", "n", "2"})
	f.reasons(task, 1, fmt.Sprintf(conflictOf, 1, "n"))
	f.want(t, row{"a", 1}, row{"b", 2})
}

func atomicRows(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n INT")
	f.add(t, row{"a", 1})
	for _, bad := range []struct {
		row    raws
		reason string
	}{
		{raws{"code", "c", "n", "x"}, badN},
		{raws{"code", "b"}, fmt.Sprintf(repeatOf, "code", "b", 1)},
		{raws{"code", "a"}, fmt.Sprintf(conflictOf, "a", "code")},
	} {
		task := f.importAs(t, stele.How{Mode: stele.Atomic}, raws{"code", "b"}, bad.row, raws{"code", "d"})
		if task.Success != 0 {
			f.Errorf("with %v %d rows were added", bad.row, task.Success)
		}
		f.reasons(task, 2, bad.reason)
		f.wantTask(task)
	}
	task := f.importAs(t, stele.How{Mode: stele.Atomic}, raws{"code", "a"}, raws{"code", "c", "n", "x"}, raws{"code", "d"}, raws{"code", "d"})
	f.reasons(task, 1, fmt.Sprintf(conflictOf, "a", "code"), 2, badN, 4, fmt.Sprintf(repeatOf, "code", "d", 3))
	f.want(t, row{"a", 1})
}

func upsertRows(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n INT required", "note TEXT", "sent DATETIME")
	ids := f.add(t, row{"a", 1, "old", "2026-03-01 08:00:00"}, row{"b", 2, "old", "2026-03-01 08:00:00"})
	f.now += 1000
	h := stele.How{Mode: stele.Upsert, Key: "code", Receipt: true}
	task := f.importAs(t, h, raws{"code", "a", "note", nil, "sent", ""}, raws{"code", "b", "n", nil}, raws{"code", "c", "n", "3"},
		raws{"code", "d", "note", "new"}, raws{"code", nil, "n", "4"}, raws{"n", "5"}, raws{"code", "b", "note", ""}, raws{"code", "b", "odd", "x"})
	nRequired := "`n` is required and must have a value; the current value is invalid or the property is missing."
	f.reasons(task, 2, nRequired, 4, nRequired, 5, codeEmpty, 6, codeEmpty, 8, "`odd` is not a field of table `parcels`.")
	f.want(t, row{"a", 1, nil, nil}, row{"b", 2, "", "2026-03-01 08:00:00"}, row{"c", 3, nil, nil})
	records := f.records(t)
	if r := records[0]; r.ID != ids[0] || r.Created != f.now-1000 || r.Updated != f.now {
		f.Errorf("an updated record is %+v", r)
	}
	rows := task.Receipt.Rows
	if rows[0].ID != ids[0] || rows[0].Status != stele.RowUpdated || rows[2].ID != records[2].ID || rows[2].Status != stele.RowCreated {
		f.Errorf("the receipt is %+v", rows)
	}
	f.wantTask(task)
}

func upsertRepeats(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n INT", "note TEXT")
	h := stele.How{Mode: stele.Upsert, Key: "code", Receipt: true}
	task := f.importAs(t, h, raws{"code", "a", "n", "1"}, raws{"code", "a", "note", "x"}, raws{"code", "a", "n", "2"}, raws{"code", "a", "n", "2"})
	f.want(t, row{"a", 2, "x"})
	want := []stele.RowStatus{stele.RowCreated, stele.RowUpdated, stele.RowUpdated, stele.RowUnchanged}
	for i, r := range task.Receipt.Rows {
		if r.Status != want[i] || r.ID != f.records(t)[0].ID {
			f.Errorf("row %d: %+v, want %v", i+1, r, want[i])
		}
	}
}

func upsertClashes(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n INT unique")
	f.add(t, row{"a", 1}, row{"b", 2})
	h := stele.How{Mode: stele.Upsert, Key: "code"}
	task := f.importAs(t, h, raws{"code", "a", "n", "2"}, raws{"code", "b", "n", "3"}, raws{"code", "a", "n", "2"}, raws{"code", "c", "n", "1"}, raws{"code", "d", "n", "1"})
	f.reasons(task, 1, fmt.Sprintf(conflictOf, 2, "n"), 5, fmt.Sprintf(conflictOf, 1, "n"))
	f.want(t, row{"a", 2}, row{"b", 3}, row{"c", 1})
	f.wantTask(task)
}

func upsertUnchanged(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n FLOAT", "ok BOOLEAN")
	f.add(t, row{"a", 0.1, true})
	before := f.records(t)[0]
	f.now += 1000
	task := f.importAs(t, stele.How{Mode: stele.Upsert, Key: "code"}, raws{"code", "a"}, raws{"code", "a", "n", "0.10", "ok", "1"})
	if after := f.records(t)[0]; !sameRecord(before, after) || task.Success != 2 {
		f.Errorf("the record is %+v, was %+v; the task is %+v", after, before, task)
	}
}

func upsertMany(f *fixture) {
	t := f.table("parcels", "code INT unique", "n INT unique", "note TEXT")
	f.fill(t, 500, func(i int) row { return row{2 * i, -2 * i, "old"} })
	var list []raws
	for i := range 1000 {
		r := raws{"code", fmt.Sprint(i), "n", fmt.Sprint(-i)}
		if i%3 == 0 {
			r = append(r, "note", "new")
		}
		list = append(list, r)
	}
	task := f.importAs(t, stele.How{Mode: stele.Upsert, Key: "code", Receipt: true}, list...)
	r := task.Receipt
	if r.Count(stele.RowCreated) != 500 || r.Count(stele.RowUpdated) != 167 || r.Count(stele.RowUnchanged) != 333 {
		f.Errorf("%d created, %d updated, %d unchanged", r.Count(stele.RowCreated), r.Count(stele.RowUpdated), r.Count(stele.RowUnchanged))
	}
	if n := f.count(t); n != 1000 {
		f.Errorf("the table counts %d", n)
	}
}

func receipts(f *fixture) {
	t := f.table("parcels", "code TEXT required unique", "n INT")
	f.add(t, row{"a", 1})
	long := strings.Repeat("\u65e5", 300)
	batch := []raws{{"code", "b"}, {"code", nil, "n", long}, {"code", long}, {"code", "b"}, {"odd", "x", "code", "c"}}
	task := f.importAs(t, stele.How{Receipt: true}, batch...)
	f.wantTask(task)
	if r := task.Receipt.Rows[0]; r.Status != stele.RowCreated || r.ID != f.records(t)[1].ID || r.Sent != "" {
		f.Errorf("the first row is %+v", r)
	}
	var codes []string
	for _, r := range task.Receipt.Rows[1:] {
		for _, found := range r.Findings {
			codes = append(codes, found.Field+" "+string(found.Code))
			if n := utf8.RuneCountInString(found.Value.Text); n > 257 {
				f.Errorf("a value of %d characters is shown", n)
			}
		}
		if r.Status != stele.RowFailed || r.ID != 0 || r.Sent == "" {
			f.Errorf("a row that failed is %+v", r)
		}
	}
	if want := []string{"code required", "code unique_empty", "n type", "code too_long", "code duplicate_in_batch", "odd unknown_field"}; !slices.Equal(codes, want) {
		f.Errorf("found %q, want %q", codes, want)
	}
	task = f.importAs(t, stele.How{Receipt: true}, raws{"code", "a"}, raws{"code", "d"})
	f.wantTask(task)
	if rows := task.Receipt.Rows; rows[0].Status != stele.RowFailed || rows[0].Findings[0].Code != stele.FindingConflict ||
		rows[0].Findings[0].Value.Text != "a" || rows[1].Status != stele.RowSkipped || rows[1].Sent == "" {
		f.Errorf("a refused batch has the receipt %+v", rows)
	}
}

func trials(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n INT")
	ids := f.add(t, row{"a", 1})
	dry := stele.How{Mode: stele.Upsert, Key: "code", Receipt: true, Dry: true}
	b := f.acceptAs(t, dry, rowsOf([]raws{{"code", "a", "n", "2"}, {"code", "b"}}))
	key := once[stele.Task](f, "k", "request")
	tried, err := f.db.With(dry).Import(f.Context(), t, b, f.now, key)
	f.must("a trial", err)
	kept, err := f.db.Tasks(f.Context(), []stele.TaskID{tried.ID}, 0)
	f.must("asking for its task", err)
	answer, err := f.db.Answered(f.Context(), "k", key.Fingerprint)
	f.must("asking for its answer", err)
	if len(kept) != 0 || answer != nil {
		f.Errorf("a trial left the tasks %+v and the answer %q", kept, answer)
	}
	f.want(t, row{"a", 1})
	real, err := f.db.Import(f.Context(), t, b, f.now, key)
	f.must("the import", err)
	f.sameTask("after a trial", real, tried)
	f.want(t, row{"a", 2}, row{"b", nil})
	gone := f.db.With(stele.How{Dry: true})
	if n, err := gone.Delete(f.Context(), t, []stele.Selector{byID(ids[0]), byID(ids[0] + 77)}, nil); n != 1 || err != nil {
		f.Errorf("a trial deleted %d, %v", n, err)
	}
	outcomes, err := gone.Update(f.Context(), t, []stele.Change{change(t, byID(ids[0]), "n", 3), change(t, byID(77), "n", 3)}, f.now, nil)
	if err != nil || !slices.Equal(outcomes, []stele.Outcome{{}, {Reason: stele.ReasonNotFound}}) {
		f.Errorf("a trial updated %+v, %v", outcomes, err)
	}
	f.want(t, row{"a", 2}, row{"b", nil})
}

func atomicUpdate(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n INT")
	f.add(t, row{"a", 1}, row{"b", 2})
	db := f.db.With(stele.How{Mode: stele.Atomic})
	update := func(want []stele.Outcome, cs ...stele.Change) {
		f.Helper()
		outcomes, err := db.Update(f.Context(), t, cs, f.now, nil)
		if f.must("updating", err); !slices.Equal(outcomes, want) {
			f.Errorf("the outcomes are %q, want %q", outcomes, want)
		}
	}
	n := func(code string, n int) stele.Change { return change(t, by(t, "code", code), "n", n) }
	update([]stele.Outcome{{}, {Reason: stele.ReasonNotFound}, {}}, n("a", 5), n("x", 5), n("b", 5))
	update([]stele.Outcome{{}, {Reason: fmt.Sprintf(conflictOf, "a", "code")}}, upsert(t, by(t, "code", "c")), change(t, by(t, "code", "b"), "code", "a"))
	update([]stele.Outcome{{Reason: "odd"}, {}}, stele.Change{Problem: "odd"}, n("a", 5))
	f.want(t, row{"a", 1}, row{"b", 2})
	update([]stele.Outcome{{}, {}}, n("a", 6), upsert(t, by(t, "code", "c"), "n", 7))
	f.want(t, row{"a", 6}, row{"b", 2}, row{"c", 7})
}

// mending imports rows of which some are bad, mends those that were left out, imports them, and compares with a table into
// which all rows went as mended.
func mending(f *fixture, rt *rapid.T) {
	own := *f
	own.reporter = rt
	mode := pick(rt, "mode", []stele.Mode{stele.Published, stele.Partial, stele.Atomic, stele.Upsert})
	name := func(n string) string { return n + strings.ToLower(string(stele.NewTableID(f.now.Time()))) }
	a, b := own.table(name("a"), "code INT unique", "n INT unique"), own.table(name("b"), "code INT unique", "n INT unique")
	seed := row{1000, 1000}
	own.add(a, seed)
	own.add(b, seed)
	h := stele.How{Mode: mode, Receipt: true}
	if mode == stele.Upsert {
		h.Key = "code"
	}
	var sent, clean []raws
	for i := range rapid.IntRange(1, 8).Draw(rt, "rows") {
		good := raws{"code", fmt.Sprint(i), "n", fmt.Sprint(i)}
		clean = append(clean, good)
		sent = append(sent, pick(rt, "row", []raws{good, {"code", fmt.Sprint(i), "n", "x"}, {"code", "", "n", "1"}, {"code", fmt.Sprint(i), "n", "1000"}}))
	}
	task := own.importAs(a, h, sent...)
	var again []raws
	for i, r := range task.Receipt.Rows {
		if r.Left() {
			again = append(again, clean[i])
		}
	}
	if len(again) != task.Failed() {
		own.Fatalf("%d rows to repair, %d failed", len(again), task.Failed())
	}
	if len(again) > 0 {
		if task := own.importAs(a, h, again...); task.Failed() != 0 {
			own.Fatalf("the mended rows were not all taken: %+v", task)
		}
	}
	own.importAs(b, stele.How{}, clean...)
	values := func(t *stele.Table) (list []string) {
		for _, r := range own.records(t) {
			list = append(list, showValues(r.Values))
		}
		slices.Sort(list)
		return list
	}
	if x, y := values(a), values(b); !slices.Equal(x, y) {
		own.Fatalf("after mending the table holds\n%q, a clean import\n%q", x, y)
	}
}

// try makes a write only to see what it would do, one time in four; that must change nothing.
func try[T any](p *play, rt *rapid.T, run func(stele.Database) (T, error)) *T {
	if !oneIn(rt, 4, "trial") {
		return nil
	}
	v, err := run(p.db.With(stele.How{Dry: true}))
	p.must("a trial", err)
	p.check(rt)
	return &v
}

// how draws the way of an import: one in two is as published.
func (p *play) how(rt *rapid.T, m *model) stele.How {
	h := stele.How{Receipt: oneIn(rt, 2, "receipt")}
	if oneIn(rt, 2, "published") {
		return h
	}
	h.Mode = pick(rt, "mode", []stele.Mode{stele.Partial, stele.Atomic, stele.Upsert, stele.Upsert})
	if h.Mode == stele.Upsert {
		var unique []string
		for _, fd := range m.table.Fields {
			if fd.Unique {
				unique = append(unique, fd.Name)
			}
		}
		if unique == nil {
			h.Mode = stele.Partial
		} else {
			h.Key = pick(rt, "key", unique)
		}
	}
	return h
}

// addsUp holds the counts of a task against each other.
func (p *play) addsUp(task stele.Task, b *stele.Batch) {
	if task.Success < 0 || task.Success > task.Total || task.Total != b.Task.Total {
		p.Fatalf("the counts of %+v do not add up", task)
	}
	r := task.Receipt
	if r == nil {
		return
	}
	good := r.Count(stele.RowCreated) + r.Count(stele.RowUpdated) + r.Count(stele.RowUnchanged)
	bad := r.Count(stele.RowFailed) + r.Count(stele.RowSkipped)
	if len(r.Rows) != task.Total || good != task.Success || good+bad != task.Total {
		p.Fatalf("the rows of %+v do not add up", r)
	}
	if b.Mode == stele.Atomic && good > 0 && bad > 0 {
		p.Fatalf("an atomic import was done by half: %+v", r)
	}
}
