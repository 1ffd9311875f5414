package storetest

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"stele"
)

func alterCases() []testCase {
	return []testCase{
		{"each change of a definition is made, and the table works on", everyChange},
		{"a new field holds its default in the records that are there, and nothing else later", fillsAreForOldRecords},
		{"names may be swapped, moved on and taken over in one list", namesMove},
		{"a field that is dropped and added again is another field", droppedAndAdded},
		{"values are read as another type where nothing is lost", conversionsThatFit},
		{"values that another type cannot hold are told and stay", conversionsThatDoNot},
		{"violations are counted all and told the first hundred", manyViolations},
		{"violations come by record and then by field, one for each, with the first reason", orderOfViolations},
		{"a required field must have a value in every record", requiredOfOld},
		{"a unique field must have another value in every record", uniqueOfOld},
		{"values that a conversion makes equal clash", conversionsThatClash},
		{"what was unique may be required, and what was required unique", requiredAndUnique},
		{"unique fields, old and new, are kept by every write after a change", uniqueAfterChanges},
		{"ids, times, counts and tasks stay", everythingElseStays},
		{"a change of an empty table asks nothing of its records", emptyTable},
		{"other tables and other agents stay as they are", othersStay},
		{"a table may not take another's name", takenNames},
		{"a change is kept after the store was closed", changesAreKept},
		{"a change with a key is made once, and a refused or tried one keeps no key", changesOnce},
		{"a definition that is not the table's is refused", staleDefinitions},
		{"a table is dropped with its records, and its name is free", droppedTables},
		{"a table may be dropped on trial and with a key", droppedOnce},
		{"tables of 200 fields change", wideTables},
		{"values of every edge stay what they are in a table that is made anew", edgesStay},
		{"any list of changes does what the contract says", func(f *fixture) {
			rapid.Check(f.tb.(*testing.T), func(rt *rapid.T) { alterAtRandom(f, rt) })
		}},
		{"writers and readers go on while a table changes, and nothing is lost", writersBesideChanges},
		{"changes of one table at one moment follow each other", changesTogether},
		{"a table that is dropped while it changes is gone", droppedWhileItChanges},
		{"a change whose caller is gone leaves the table as it was", cancelledChange},
	}
}

// works makes every kind of write and read on a table of a unique field "code" of TEXT, and takes back what it made.
func (f *fixture) works(t *stele.Table) {
	f.Helper()
	before := f.records(t)
	full := f.sample(t)
	at := t.FieldIndex("code")
	full[at] = stele.TextValue("works")
	f.now += 10
	b := &stele.Batch{Task: f.task(t, 1), Rows: []int{1}, Records: []stele.Record{{Values: full}}}
	b.Task.Success = 1
	if task := f.importBatch(t, b); task.Success != 1 {
		f.Fatalf("a record was refused: %+v", task)
	}
	b = &stele.Batch{Task: f.task(t, 1), Rows: []int{1}, Records: []stele.Record{{Values: full}}}
	b.Task.Success = 1
	if task := f.importBatch(t, b); task.Success != 0 {
		f.Errorf("a second record of one unique value was taken: %+v", task)
	}
	f.outcomes(t, []stele.Change{change(t, by(t, "code", "works"), "code", "still"), change(t, by(t, "code", "works"), "code", "x")}, "", stele.ReasonNotFound)
	for i := range t.Fields {
		p := f.page(t, stele.RecordQuery{Limit: 10, Equal: []stele.Pair{{Field: at, Value: stele.TextValue("still")}}, Sort: []stele.SortKey{{Column: stele.RecordColumn(i), Desc: true}, {Column: stele.ColumnID}}})
		if len(p.Records) != 1 || i != at && p.Records[0].Values[i] != full[i] {
			f.Errorf("field %s: found %s", t.Fields[i].Name, show(p.Records))
		}
	}
	if p := f.page(t, stele.RecordQuery{Limit: 10, Keyword: "STILL"}); p.Total != 1 {
		f.Errorf("the keyword finds %d records", p.Total)
	}
	if n := f.delete(t, by(t, "code", "still")); n != 1 {
		f.Errorf("%d records were deleted, want 1", n)
	}
	if after := f.records(t); show(after) != show(before) {
		f.Errorf("after all this the table holds\n%s want\n%s", show(after), show(before))
	}
}

func everyChange(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n INT", "price FLOAT", "at DATETIME", "ok BOOLEAN", "note TEXT")
	f.add(t, row{"a", 1, 0.5, "2026-03-01 08:00:00", true, "x"}, row{"b", 2, 1.5, "2026-03-02 08:00:00", false, nil}, row{"c", nil, nil, nil, nil, ""})
	for _, list := range [][]stele.RawAlter{
		{described(stele.DescribeField, "n", "how many"), described(stele.DescribeTable, "", "on their way")},
		{renamed("n", "number")},
		{renamedTable("shipments")},
		{added("weight FLOAT", nil)},
		{added("height INT required", 7)},
		{retyped("number", "TEXT")},
		{on(stele.DropField, "weight")},
		{added("tag TEXT", "t"), on(stele.SetRequired, "tag")},
		{on(stele.DropRequired, "tag")},
		{renamed("tag", "label"), on(stele.DropField, "height"), retyped("ok", "INT"), renamedTable("parcels")},
		{on(stele.SetUnique, "code"), on(stele.SetRequired, "code")},
		{on(stele.DropRequired, "code")},
		{retyped("number", "FLOAT"), retyped("at", "TEXT"), retyped("price", "TEXT"), renamed("price", "at_first")},
	} {
		var done stele.Altered
		if t, done = f.alter(t, list...); done.Refused() {
			f.Fatalf("%+v was refused:\n%s", list, showViolations(done.Violations))
		}
		f.works(t)
	}
	f.want(t, row{"a", 1.0, "0.5", "2026-03-01 08:00:00", 1, "x", "t"}, row{"b", 2.0, "1.5", "2026-03-02 08:00:00", 0, nil, "t"}, row{"c", nil, nil, nil, nil, "", "t"})
	if t, _ = f.alter(t, on(stele.DropUnique, "code")); t.Fields[0].Unique {
		f.Errorf("the field is unique still")
	}
	f.add(t, row{"a"}, row{"a"})
}

func fillsAreForOldRecords(f *fixture) {
	t := f.table("parcels", "code TEXT unique")
	f.add(t, row{"a"}, row{"b"})
	t, _ = f.alter(t, added("s TEXT", `it's "odd" \ `+"\n日本"), added("i INT", "-9223372036854775808"), added("f FLOAT", "0.1"), added("d DATETIME", "2026-03-01T08:00:00Z"), added("b BOOLEAN", "true"), added("none INT", nil))
	odd := `it's "odd" \ ` + "\n日本"
	old := func(code string) row { return row{code, odd, int64(-1 << 63), 0.1, "2026-03-01 08:00:00", true, nil} }
	f.want(t, old("a"), old("b"))
	f.add(t, row{"c"})
	f.outcomes(t, []stele.Change{upsert(t, by(t, "code", "d")), change(t, by(t, "code", "b"), "i", nil, "none", 5)}, "", "")
	b := old("b")
	b[2], b[6] = nil, 5
	f.want(t, old("a"), b, row{"c", nil, nil, nil, nil, nil, nil}, row{"d", nil, nil, nil, nil, nil, nil})
	for i := 1; i < 6; i++ {
		if p := f.page(t, stele.RecordQuery{Limit: 10, Equal: []stele.Pair{{Field: i, Value: values(t, old("a"))[i]}}}); p.Total == 0 {
			f.Errorf("no record is found by the default of %s", t.Fields[i].Name)
		}
	}
	if p := f.page(t, stele.RecordQuery{Limit: 10, Keyword: "日本"}); p.Total != 2 {
		f.Errorf("the keyword finds %d records, want 2", p.Total)
	}
}

func namesMove(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "a TEXT", "b INT", "c INT unique")
	f.add(t, row{"x", "one", 1, 10}, row{"y", "two", 2, 20})
	t, _ = f.alter(t, renamed("a", "tmp"), renamed("b", "a"), renamed("tmp", "b"))
	f.want(t, row{"x", "one", 1, 10}, row{"y", "two", 2, 20})
	if t.FieldIndex("b") != 1 || t.FieldIndex("a") != 2 {
		f.Errorf("the fields are %+v", t.Fields)
	}
	f.works(t)
	// Two unique fields change names, one of a type that changes as well.
	t, _ = f.alter(t, renamed("c", "tmp"), renamed("code", "c"), renamed("tmp", "code"), retyped("code", "TEXT"))
	f.want(t, row{"x", "one", 1, "10"}, row{"y", "two", 2, "20"})
	f.outcomes(t, []stele.Change{change(t, by(t, "c", "x"), "code", "20"), change(t, by(t, "code", "20"), "c", "x"), change(t, by(t, "code", "20"), "c", "z")},
		stele.ReasonConflict(t, 3, stele.TextValue("20")), stele.ReasonConflict(t, 0, stele.TextValue("x")), "")
	// A new field takes the name of one that was renamed, and that one the name of one that is dropped.
	t, _ = f.alter(t, on(stele.DropField, "b"), renamed("a", "b"), added("a BOOLEAN", "false"))
	f.want(t, row{"x", 1, "10", false}, row{"z", 2, "20", false})
	// Names that engines reserve.
	t, _ = f.alter(t, renamed("a", "oid"), renamed("b", "rowid"), renamedTable("sqlite_master"))
	t, _ = f.alter(t, renamed("oid", "ctid"), renamed("rowid", "_id"), renamedTable("order"))
	f.want(t, row{"x", 1, "10", false}, row{"z", 2, "20", false})
	f.works(t)
}

func droppedAndAdded(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n INT unique")
	f.add(t, row{"a", 1}, row{"b", 2})
	t, _ = f.alter(t, on(stele.DropField, "n"), added("n INT", nil))
	f.want(t, row{"a", nil}, row{"b", nil})
	f.add(t, row{"c", 1}, row{"d", 1})
	t, _ = f.alter(t, on(stele.DropField, "n"), added("n TEXT required", "x"))
	f.want(t, row{"a", "x"}, row{"b", "x"}, row{"c", "x"}, row{"d", "x"})
	t, _ = f.alter(t, on(stele.DropField, "n"))
	t, _ = f.alter(t, added("n INT", nil))
	f.want(t, row{"a", nil}, row{"b", nil}, row{"c", nil}, row{"d", nil})
	f.works(t)
}

func uniqueAfterChanges(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "a INT unique", "b INT", "note TEXT")
	f.fill(t, 20, func(i int) row { return row{fmt.Sprint(i), i, -i, "n"} })
	for _, list := range [][]stele.RawAlter{
		{renamed("a", "c")}, {on(stele.SetUnique, "b")}, {retyped("c", "TEXT")}, {renamed("b", "a")}, {retyped("c", "INT"), renamed("c", "b")}, {on(stele.DropField, "note")}, {renamedTable("shipments")},
	} {
		t, _ = f.alter(t, list...)
		for i, fd := range t.Fields {
			if !fd.Unique {
				continue
			}
			have := f.records(t)
			values := f.sample(t)
			for j := range values {
				if values[j] = value(t.Fields[j], "free"); j > 0 && t.Fields[j].Type == stele.Int {
					values[j] = stele.IntValue(int64(1000 + j))
				}
			}
			values[i] = have[3].Values[i]
			b := &stele.Batch{Task: f.task(t, 1), Rows: []int{1}, Records: []stele.Record{{Values: values}}}
			b.Task.Success = 1
			f.sameTask("a clash on "+fd.Name, f.importBatch(t, b), b.Refused(t, []stele.Conflict{{Record: 0, Field: i}}))
			own := stele.Selector{Pairs: []stele.Pair{{Field: i, Value: have[5].Values[i]}}}
			f.outcomes(t, []stele.Change{{Selector: own, Set: []stele.Pair{{Field: i, Value: have[3].Values[i]}}}}, stele.ReasonConflict(t, i, have[3].Values[i]))
		}
		f.works(t)
	}
}

func everythingElseStays(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n INT")
	b := f.batch(t, row{"a", 1}, row{"b", 2}, row{"c", 3}, row{"d", 4})
	task := f.importBatch(t, b)
	f.now += 1000
	f.update(t, change(t, by(t, "code", "b"), "n", 22), upsert(t, byID(77), "code", "ahead"))
	last := f.records(t)[4].ID
	f.delete(t, byID(last))
	t, _ = f.alter(t, retyped("n", "TEXT"), renamed("code", "key"), renamedTable("shipments")) // alter compares ids and times
	f.now += 1000
	if ids := f.add(t, row{"e", "5"}); ids[0] <= last {
		f.Errorf("the id %d was made after %d", ids[0], last)
	}
	f.want(t, row{"ahead", nil}, row{"a", "1"}, row{"b", "22"}, row{"c", "3"}, row{"e", "5"})
	f.everyPage(t)
	f.wantTask(task)
}

func emptyTable(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n INT")
	t, done := f.alter(t, added("r INT required", nil), added("u TEXT unique", "x"), retyped("n", "DATETIME"), on(stele.SetUnique, "n"))
	if done.Refused() || done.Records != 0 {
		f.Errorf("refused: %+v", done)
	}
	f.works(t)
	f.want(t)
}

func othersStay(f *fixture) {
	other := f.neighbour()
	t, second, theirs := f.table("parcels", "code TEXT unique", "n INT"), f.table("second", "code TEXT unique", "n INT"), other.table("parcels", "code TEXT unique", "n INT")
	f.add(t, row{"a", 1})
	f.add(second, row{"a", 2})
	other.add(theirs, row{"a", 3})
	t, _ = f.alter(t, retyped("n", "TEXT"), renamed("code", "key"), on(stele.DropUnique, "key"), renamedTable("first"))
	f.wantTable(second)
	f.want(second, row{"a", 2})
	other.wantTable(theirs)
	other.want(theirs, row{"a", 3})
	f.works(second)
	other.works(theirs)
	if n, err := f.db.DropTable(f.Context(), t, nil); n != 1 || err != nil {
		f.Errorf("dropping: %d, %v", n, err)
	}
	f.wantTable(second)
	f.want(second, row{"a", 2})
	other.wantTable(theirs)
	f.works(second)
	other.works(theirs)
}

func takenNames(f *fixture) {
	t, second := f.table("first", "code TEXT unique"), f.table("second", "code TEXT unique")
	before := f.state()
	for _, db := range []stele.Database{f.db, f.db.With(stele.How{Dry: true})} {
		_, err := db.Alter(f.Context(), f.planned(t, renamedTable("second")), nil)
		f.wantCode("renaming", err, stele.CodeTableExists)
	}
	if after := f.state(); after != before {
		f.Errorf("a name that is taken changed\n%s to\n%s", before, after)
	}
	t, _ = f.alter(t, renamedTable("third"))
	second, _ = f.alter(second, renamedTable("first"))
	f.wantTables(t, second)
	again := f.table("second", "n INT")
	f.wantTables(t, second, again)
	f.works(t)
	f.works(second)
}

func changesAreKept(f *fixture) {
	k := f.kept()
	t, gone := k.table("parcels", "code TEXT unique", "n TEXT", "note TEXT"), k.table("gone", "code TEXT unique")
	k.fill(t, 20, func(i int) row { return row{fmt.Sprint(i), fmt.Sprint(i), "x"} })
	t, _ = k.alter(t, retyped("n", "INT"), on(stele.SetUnique, "n"), on(stele.DropField, "note"), renamed("code", "n2"), renamed("n", "code"), renamed("n2", "n"), added("w FLOAT required", "0.5"), renamedTable("shipments"))
	t, _ = k.alter(t, renamed("code", "m"), renamed("n", "code"))
	if _, err := k.db.DropTable(k.Context(), gone, nil); err != nil {
		k.Errorf("dropping: %v", err)
	}
	before := k.state()
	for range 2 {
		k.reopen()
		if after := k.state(); after != before {
			k.Errorf("the store holds\n%s want\n%s", after, before)
		}
		k.wantTable(t)
		k.wantTables(t)
		k.works(t)
	}
	k.wantRefused(t, row{"new", 7, 0.5})
}

func changesOnce(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n INT")
	f.add(t, row{"a", nil})
	change := func(db stele.Database, list ...stele.RawAlter) (string, error) {
		return answered(db.Alter(f.Context(), f.planned(t, list...), once[stele.Altered](f, "key", "request")))
	}
	if _, err := change(f.db, on(stele.SetRequired, "n")); err != nil {
		f.Errorf("a refused change: %v", err)
	}
	f.wantAnswered("key", "request", "")
	if _, err := change(f.db.With(stele.How{Dry: true}), renamed("n", "m")); err != nil {
		f.Errorf("a trial: %v", err)
	}
	f.wantAnswered("key", "request", "")
	answer, err := change(f.db, renamed("n", "m"))
	f.must("the change", err)
	f.wantAnswered("key", "request", answer)
	t, err = f.db.Table(f.Context(), t.ID)
	f.must("finding the table", err)
	before := f.state()
	_, err = change(f.db, renamed("m", "n"))
	f.wantReplay("a repeat", err, answer)
	_, err = f.db.Alter(f.Context(), f.planned(t, renamed("m", "n")), once[stele.Altered](f, "key", "another request"))
	f.wantCode("the key with another request", err, stele.CodeKeyReused)
	_, err = f.db.Alter(f.Context(), f.planned(t, retyped("m", "TEXT")), once[stele.Altered](f, "key", "request"))
	f.wantReplay("a repeat that would copy the table", err, answer)
	if after := f.state(); after != before {
		f.Errorf("a repeat changed\n%s to\n%s", before, after)
	}
	answer, err = answered(f.db.Alter(f.Context(), f.planned(t, retyped("m", "TEXT")), once[stele.Altered](f, "second", "request")))
	f.must("the second change", err)
	f.wantAnswered("second", "request", answer)
}

func staleDefinitions(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "n INT")
	f.add(t, row{"a", 1})
	old := t
	for _, list := range [][]stele.RawAlter{{renamed("n", "m")}, {added("k INT", nil)}, {retyped("k", "TEXT")}, {on(stele.SetRequired, "m")}, {on(stele.DropField, "k")}, {on(stele.DropRequired, "m")}, {renamedTable("x")}} {
		a := f.planned(t, list...)
		t, _ = f.alter(t, list...)
		f.wantStale(old, a)
	}
	same := f.planned(t, renamedTable("parcels"), renamed("m", "n"))
	t, _ = f.alter(t, renamedTable("parcels"), renamed("m", "n"))
	f.works(old) // it is the definition again
	_, err := f.db.Alter(f.Context(), same, nil)
	if !errors.Is(err, stele.ErrTableChanged) {
		f.Errorf("the same change again: error %v, want ErrTableChanged", err)
	}
	f.works(t)
}
