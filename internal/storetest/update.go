package storetest

import (
	"fmt"

	"stele"
)

func updateCases() []testCase {
	return []testCase{
		{"only the fields that are given change, with the time of the update", updateChangesOnlyWhatIsGiven},
		{"a record is selected by id, by a unique value, or by several values with a unique one", recordIsSelected},
		{"changes that set alike may select by different fields in turn", selectorsInTurn},
		{"changes that select alike may set different fields in turn", func(f *fixture) {
			t := f.table("sets", "a INT unique", "b INT", "c INT")
			f.add(t, row{1, 0, 0})
			f.outcomes(t, []stele.Change{
				change(t, by(t, "a", 1), "b", 1), change(t, by(t, "a", 1), "c", 2), change(t, by(t, "a", 1), "b", 3, "c", 4), change(t, by(t, "a", 1), "c", 5, "b", 6),
			}, "", "", "", "")
			f.want(t, row{1, 6, 5})
		}},
		{"a record that is not there fails its change alone", notThereFailsAlone},
		{"no value clears a field", func(f *fixture) {
			t := parcels(f, row{"a", 1, "x"})
			f.outcomes(t, []stele.Change{change(t, by(t, "code", "a"), "note", nil)}, "")
			f.want(t, row{"a", 1, nil})
			f.outcomes(t, []stele.Change{change(t, by(t, "code", "a"), "note", "")}, "")
			f.want(t, row{"a", 1, ""})
		}},
		{"a change without fields succeeds and leaves the record as it was, its time too", changeWithoutFields},
		{"of two changes of one record both apply and the later one stays", twoChangesOfOne},
		{"later changes see what earlier ones did to unique values", laterChangesSee},
		{"a unique value in use fails the change, and names field and value", updateClashes},
		{"a clash names the value that clashes, not one that the record has already", func(f *fixture) {
			t := parcels(f, row{"a", 1, "x"}, row{"b", 2, "y"})
			f.outcomes(t, []stele.Change{
				change(t, by(t, "n", 1), "code", "a", "n", 2), change(t, by(t, "code", "a"), "code", "b", "n", 1), upsert(t, by(t, "code", "b"), "code", "b", "n", 1),
			}, stele.ReasonConflict(t, 1, stele.IntValue(2)), stele.ReasonConflict(t, 0, stele.TextValue("b")), stele.ReasonConflict(t, 1, stele.IntValue(1)))
			f.want(t, row{"a", 1, "x"}, row{"b", 2, "y"})
		}},
		{"a failed change leaves the record's times alone", failedChangeLeavesTimes},
		{"exchanging two unique values in one request fails", func(f *fixture) {
			t := parcels(f, row{"a", 1, "x"}, row{"b", 2, "y"})
			f.outcomes(t, []stele.Change{change(t, by(t, "n", 1), "code", "b"), change(t, by(t, "n", 2), "code", "a")},
				stele.ReasonConflict(t, 0, stele.TextValue("b")), stele.ReasonConflict(t, 0, stele.TextValue("a")))
			f.want(t, row{"a", 1, "x"}, row{"b", 2, "y"})
		}},
		{"a record keeps its own unique value without a clash", func(f *fixture) {
			t := parcels(f, row{"a", 1, "x"})
			f.outcomes(t, []stele.Change{change(t, by(t, "code", "a"), "code", "a", "n", 1), upsert(t, by(t, "n", 1), "code", "a")}, "", "")
			f.want(t, row{"a", 1, "x"})
		}},
		{"a hundred changes apply in order", hundredChanges},
		{"changes of a hundred different sets of fields apply in one request", changesOfManySets},
		{"an update without changes has no outcomes", func(f *fixture) {
			t := parcels(f, row{"a", 1, "x"})
			f.update(t)
			f.want(t, row{"a", 1, "x"})
		}},
		{"updating one table leaves another alone", func(f *fixture) {
			t, other := parcels(f, row{"a", 1, "x"}), f.table("other", "code TEXT unique")
			f.add(other, row{"a"}, row{"b"})
			f.outcomes(t, []stele.Change{change(t, by(t, "code", "a"), "code", "b")}, "")
			f.want(other, row{"a"}, row{"b"})
		}},
	}
}

func updateChangesOnlyWhatIsGiven(f *fixture) {
	t := f.table("all", "code TEXT unique", "s TEXT", "i INT", "f FLOAT", "b BOOLEAN", "d DATETIME")
	full := row{"a", "text", 1, 0.5, true, "2026-03-01 08:00:00"}
	f.add(t, full, row{"b", "text", 1, 0.5, true, "2026-03-01 08:00:00"})
	before := f.records(t)
	others := row{nil, "other", 2, 1.5, false, "2027-03-01 08:00:00"}
	for i, v := range others {
		if i == 0 {
			continue
		}
		f.now += 1000
		f.outcomes(t, []stele.Change{change(t, by(t, "code", "a"), t.Fields[i].Name, v)}, "")
		full[i] = v
		f.want(t, full, row{"b", "text", 1, 0.5, true, "2026-03-01 08:00:00"})
		after := f.records(t)
		if a := after[0]; a.ID != before[0].ID || a.Created != before[0].Created || a.Updated != f.now {
			f.Errorf("after %s: %s want id %d, created %d, updated %d", t.Fields[i].Name, show(after[:1]), before[0].ID, before[0].Created, f.now)
		}
		if !sameRecord(after[1], before[1]) {
			f.Errorf("the other record changed: %s", show(after[1:]))
		}
	}
	f.now += 1000
	f.outcomes(t, []stele.Change{change(t, by(t, "code", "a"), "s", "other")}, "")
	if a := f.records(t)[0]; a.Updated != f.now {
		f.Errorf("writing the same value again: updated at %d, want %d", a.Updated, f.now)
	}
}

// changesOfManySets sets every combination of seven fields, with creations and failures in between.
func changesOfManySets(f *fixture) {
	t := f.table("sets", "code INT unique", "a INT", "b INT", "c TEXT", "d FLOAT", "e BOOLEAN", "g DATETIME", "h INT unique")
	f.add(t, row{0, nil, nil, nil, nil, nil, nil, 0})
	one := row{0, nil, nil, nil, nil, nil, nil, 0}
	want := []row{one}
	for from := 1; from < 128; from += 25 {
		var cs []stele.Change
		var reasons []string
		for set := from; set < min(from+25, 128); set++ {
			cells := row{nil, set, -set, fmt.Sprint(set), float64(set) / 2, set%3 == 0, fmt.Sprintf("2026-03-01 08:%02d:00", set%60), set}
			var kv []any
			for i := 1; i < 8; i++ {
				if set>>(i-1)&1 == 1 {
					kv = append(kv, t.Fields[i].Name, cells[i])
					one[i] = cells[i]
				}
			}
			cs = append(cs, change(t, by(t, "code", 0), kv...), upsert(t, by(t, "code", set), "h", -set), change(t, by(t, "code", set), "h", one[7]))
			reasons = append(reasons, "", "", stele.ReasonConflict(t, 7, value(t.Fields[7], one[7])))
			want = append(want, row{set, nil, nil, nil, nil, nil, nil, -set})
		}
		f.outcomes(t, cs, reasons...)
	}
	f.want(t, want...)
}

func recordIsSelected(f *fixture) {
	t := parcels(f, row{"a", 1, "x"}, row{"b", 2, "y"}, row{"c", 3, nil})
	id := f.records(t)[0].ID
	f.outcomes(t, []stele.Change{
		change(t, byID(id), "note", "by id"), change(t, by(t, "n", 2), "note", "by n"), change(t, by(t, "note", "by n", "code", "b"), "note", "by both"),
	}, "", "", "")
	f.want(t, row{"a", 1, "by id"}, row{"b", 2, "by both"}, row{"c", 3, nil})
}

func selectorsInTurn(f *fixture) {
	t := f.table("pairs", "a INT unique", "b INT unique", "c INT unique", "note TEXT")
	f.add(t, row{1, 2, 3, nil}, row{2, 3, 1, nil}, row{3, 1, 2, nil})
	f.outcomes(t, []stele.Change{
		change(t, by(t, "a", 1), "note", "a1"), change(t, by(t, "b", 1), "note", "b1"), change(t, by(t, "c", 1), "note", "c1"),
	}, "", "", "")
	f.want(t, row{1, 2, 3, "a1"}, row{2, 3, 1, "c1"}, row{3, 1, 2, "b1"})
	f.outcomes(t, []stele.Change{
		change(t, by(t, "a", 1, "b", 2), "note", "x"), change(t, by(t, "b", 1, "a", 3), "note", "y"), change(t, by(t, "c", 1, "b", 3), "note", "z"),
		change(t, by(t, "a", 1, "c", 2), "note", "no"), change(t, by(t, "b", 2, "a", 2), "note", "no"),
	}, "", "", "", stele.ReasonNotFound, stele.ReasonNotFound)
	f.want(t, row{1, 2, 3, "x"}, row{2, 3, 1, "z"}, row{3, 1, 2, "y"})
}

func notThereFailsAlone(f *fixture) {
	t := parcels(f, row{"a", 1, "x"}, row{"b", 2, "y"})
	f.outcomes(t, []stele.Change{
		change(t, byID(1), "note", "no"), change(t, by(t, "code", "z"), "note", "no"), change(t, by(t, "code", "a", "note", "y"), "note", "no"),
		change(t, by(t, "code", "b"), "note", "yes"), change(t, by(t, "code", "A"), "note", "no"), change(t, by(t, "code", "a "), "note", "no"),
	}, stele.ReasonNotFound, stele.ReasonNotFound, stele.ReasonNotFound, "", stele.ReasonNotFound, stele.ReasonNotFound)
	f.want(t, row{"a", 1, "x"}, row{"b", 2, "yes"})
}

func changeWithoutFields(f *fixture) {
	t := parcels(f, row{"a", 1, "x"})
	before := f.records(t)[0]
	f.now += 1000
	f.outcomes(t, []stele.Change{change(t, by(t, "code", "a")), upsert(t, byID(before.ID))}, "", "")
	if after := f.records(t)[0]; !sameRecord(before, after) {
		f.Errorf("the record is\n%s want\n%s", show([]stele.Record{after}), show([]stele.Record{before}))
	}
	f.outcomes(t, []stele.Change{change(t, by(t, "code", "z")), change(t, byID(1))}, stele.ReasonNotFound, stele.ReasonNotFound)
}

func twoChangesOfOne(f *fixture) {
	t := parcels(f, row{"a", 1, "x"})
	f.outcomes(t, []stele.Change{
		change(t, by(t, "code", "a"), "note", "first", "n", 10), change(t, by(t, "n", 10), "note", "second"),
		change(t, by(t, "code", "a", "note", "second"), "note", "third"),
	}, "", "", "")
	f.want(t, row{"a", 10, "third"})
}

func laterChangesSee(f *fixture) {
	t := parcels(f, row{"a", 1, "x"}, row{"b", 2, "y"})
	f.outcomes(t, []stele.Change{
		change(t, by(t, "code", "a"), "code", "c"), change(t, by(t, "code", "a"), "note", "gone"),
		change(t, by(t, "code", "b"), "code", "a"), change(t, by(t, "code", "c"), "code", "b"),
	}, "", stele.ReasonNotFound, "", "")
	f.want(t, row{"b", 1, "x"}, row{"a", 2, "y"})
}

func updateClashes(f *fixture) {
	t := parcels(f, row{"a", 1, "x"}, row{"b", 2, "y"})
	f.outcomes(t, []stele.Change{
		change(t, by(t, "code", "a"), "code", "b", "note", "no"), change(t, by(t, "code", "b"), "note", "yes"),
		change(t, by(t, "code", "a"), "note", "no", "n", 2),
	}, stele.ReasonConflict(t, 0, stele.TextValue("b")), "", stele.ReasonConflict(t, 1, stele.IntValue(2)))
	f.want(t, row{"a", 1, "x"}, row{"b", 2, "yes"})
}

func failedChangeLeavesTimes(f *fixture) {
	t := parcels(f, row{"a", 1, "x"}, row{"b", 2, "y"})
	before := f.records(t)
	f.now += 1000
	f.update(t, change(t, by(t, "code", "a"), "code", "b"), change(t, by(t, "n", 2), "note", "z", "n", 1))
	for i, r := range f.records(t) {
		if !sameRecord(r, before[i]) {
			f.Errorf("record %d is\n%s want\n%s", i, show([]stele.Record{r}), show(before[i:i+1]))
		}
	}
}

func hundredChanges(f *fixture) {
	t := parcels(f)
	f.fill(t, 100, func(i int) row { return row{fmt.Sprint(i), i, nil} })
	var cs []stele.Change
	var want []row
	for i := range 100 {
		cs = append(cs, change(t, by(t, "code", fmt.Sprint(i)), "n", i+100, "note", fmt.Sprint("note ", i)))
		want = append(want, row{fmt.Sprint(i), i + 100, fmt.Sprint("note ", i)})
	}
	for i, o := range f.update(t, cs...) {
		if o.Reason != "" {
			f.Errorf("change %d: %s", i, o.Reason)
		}
	}
	f.want(t, want...)
}
