package storetest

import (
	"errors"
	"fmt"

	"stele"
)

func droppedTables(f *fixture) {
	t, second := f.table("parcels", "code TEXT unique", "n INT"), f.table("second", "code TEXT unique")
	task := f.importBatch(t, f.batch(t, row{"a", 1}, row{"b", 2}, row{"c", 3}))
	f.add(second, row{"a"})
	f.delete(t, by(t, "code", "b"))
	if n, err := f.db.DropTable(f.Context(), t, nil); n != 2 || err != nil {
		f.Errorf("dropping: %d, %v; want 2", n, err)
	}
	f.wantTables(second)
	f.wantTask(task)
	_, err := f.db.Table(f.Context(), t.ID)
	f.wantCode("the table", err, stele.CodeTableNotFound)
	_, err = f.store.Owner(f.Context(), t.ID)
	f.wantCode("its owner", err, stele.CodeTableNotFound)
	_, dropErr := f.db.DropTable(f.Context(), t, nil)
	errs := f.usedBy(t)
	errs["a drop"] = dropErr
	for what, err := range errs {
		if !errors.Is(err, stele.ErrTableChanged) && stele.ErrorCode(err) != stele.CodeTableNotFound {
			f.Errorf("%s on a dropped table: error %v", what, err)
		}
	}
	again := f.table("parcels", "code INT unique", "other TEXT")
	f.want(again)
	f.wantTables(second, again)
	f.add(again, row{1, "x"})
	f.want(again, row{1, "x"})
	f.want(second, row{"a"})
	if id, err := f.store.Owner(f.Context(), again.ID); err != nil || id != f.agent.ID {
		f.Errorf("owner of the new one: %q, %v", id, err)
	}
}

func droppedOnce(f *fixture) {
	t := f.table("parcels", "code TEXT unique")
	f.add(t, row{"a"}, row{"b"})
	before := f.state()
	if n, err := f.db.With(stele.How{Dry: true}).DropTable(f.Context(), t, once[int64](f, "key", "request")); n != 2 || err != nil {
		f.Errorf("a trial: %d, %v", n, err)
	}
	if after := f.state(); after != before {
		f.Errorf("a trial changed\n%s to\n%s", before, after)
	}
	f.wantAnswered("key", "request", "")
	f.works(t)
	if n, err := f.db.DropTable(f.Context(), t, once[int64](f, "key", "request")); n != 2 || err != nil {
		f.Errorf("dropping: %d, %v", n, err)
	}
	f.wantAnswered("key", "request", "2")
	f.wantTables()
	second := f.table("parcels", "code TEXT unique")
	_, err := f.db.DropTable(f.Context(), second, once[int64](f, "key", "request"))
	f.wantReplay("a repeat", err, "2")
	f.wantTables(second)
}

func wideTables(f *fixture) {
	types := []string{"TEXT", "INT", "FLOAT", "BOOLEAN", "DATETIME"}
	var fields []string
	full := row{"a"}
	for i := range 198 {
		fields = append(fields, fmt.Sprintf("%d_field %s", i, types[i%5]))
		full = append(full, []any{"text", 1 << 60, 0.1, true, "2026-03-01 08:00:00"}[i%5])
	}
	t := f.table("wide", append([]string{"code TEXT unique"}, fields...)...)
	f.add(t, full)
	t, _ = f.alter(t, added("last INT required", "5"))
	t, _ = f.alter(t, retyped("1_field", "TEXT"), on(stele.DropField, "197_field"), added("197_field BOOLEAN", nil), renamed("0_field", "197"), on(stele.SetUnique, "6_field"))
	f.works(t)
}

func edgesStay(f *fixture) {
	for i, typ := range []stele.Type{stele.Text, stele.Int, stele.Float, stele.DateTime, stele.Boolean} {
		t := f.table(fmt.Sprint("edges", i), "code TEXT unique", "v "+typ.String(), "gone INT")
		var rows []row
		for n, v := range edges(typ) {
			rows = append(rows, row{fmt.Sprint(n), v, n})
		}
		f.add(t, rows...)
		t, _ = f.alter(t, on(stele.DropField, "gone"))
		t, _ = f.alter(t, added("n INT", "1"))
		t, _ = f.alter(t, retyped("n", "TEXT")) // alter compares all values
		f.works(t)
	}
}

// queryChanged asks the same questions, and profiles, before and after changes: none is answered by an old definition.
func queryChanged(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n INT", "ok BOOLEAN", "a TEXT")
	f.add(t, row{"x", 1, true, "p"}, row{"y", 2, false, "q"})
	all := question("SELECT * FROM parcels ORDER BY code")
	ask := func(q stele.Question, want string) {
		f.Helper()
		for range 2 {
			a := f.ask(q)
			var names []string
			for _, c := range a.Columns {
				names = append(names, c.Name)
			}
			if got := fmt.Sprintf("%s %s %s", written(a.Rows[0][1]), written(a.Rows[0][2]), a.Rows[0][2].Type()); got != want {
				f.Errorf("%s: %s of the columns %q, want %s", q.SQL, got, names, want)
			}
		}
	}
	fields := question("SELECT code, n, ok FROM parcels ORDER BY code")
	profiled := func(field int, least stele.Value) {
		f.Helper()
		p, err := f.db.Profile(f.Context(), t)
		f.must("profiling", err)
		if len(p.Fields) != len(t.Fields) || p.Fields[field].Least != least {
			f.Errorf("the least of %s is %s of %d fields, want %s", t.Fields[field].Name, written(p.Fields[field].Least), len(p.Fields), written(least))
		}
	}
	ask(fields, "1 true BOOLEAN")
	profiled(1, stele.IntValue(1))
	t, _ = f.alter(t, retyped("n", "TEXT"), retyped("ok", "INT"))
	ask(fields, "'1' 1 INT")
	profiled(1, stele.TextValue("1"))
	t, _ = f.alter(t, renamed("n", "tmp"), renamed("a", "n"), renamed("tmp", "a"))
	ask(fields, "'p' 1 INT")
	profiled(1, stele.TextValue("1"))
	profiled(3, stele.TextValue("p"))
	t, _ = f.alter(t, added("extra FLOAT required", "0.5"))
	if n := len(f.ask(all).Columns); n != len(f.ask(question("SELECT _id, code, a, ok, n, extra, _created_at, _updated_at FROM parcels")).Columns) {
		f.Errorf("* has %d columns", n)
	}
	t, _ = f.alter(t, renamedTable("shipments"))
	if _, err := f.db.Query(f.Context(), all); err == nil {
		f.Errorf("the old name is answered")
	}
	f.ask(question("SELECT code, extra FROM shipments"))
	other := f.table("parcels", "code INT unique")
	f.add(other, row{7})
	if a := f.ask(question("SELECT code FROM parcels")); written(a.Rows[0][0]) != "7" {
		f.Errorf("the new table of the name is answered with %v", a.Rows)
	}
	if _, err := f.db.DropTable(f.Context(), t, nil); err != nil {
		f.Errorf("dropping: %v", err)
	}
	if _, err := f.db.Query(f.Context(), question("SELECT code, extra FROM shipments")); err == nil {
		f.Errorf("a dropped table is answered")
	}
}
