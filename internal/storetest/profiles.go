package storetest

import "stele"

func queryProfile(f *fixture) {
	t := f.table("seen", "name TEXT", "n INT", "ok BOOLEAN", "at DATETIME", "none FLOAT", "code INT unique")
	f.profiled(t, 0, stele.FieldProfile{})
	f.fill(t, 40, func(i int) row {
		names := []any{"a", "a", "b", nil}
		return row{names[i%4], i % 10, i%2 == 0, "2026-03-01 08:00:00", nil, i}
	})
	p := f.profiled(t, 40, stele.FieldProfile{
		Nulls: 10, Distinct: 2, Least: stele.TextValue("a"), Greatest: stele.TextValue("b"),
		Frequent: []stele.Frequency{{Value: stele.TextValue("a"), Count: 20}, {Value: stele.TextValue("b"), Count: 10}},
	})
	if len(p.Fields) != len(t.Fields) {
		return
	}
	for i, want := range []stele.FieldProfile{
		{},
		{Distinct: 10, Least: stele.IntValue(0), Greatest: stele.IntValue(9)},
		{Distinct: 2, Least: stele.BoolValue(false), Greatest: stele.BoolValue(true)},
		{Distinct: 1, Least: stele.DateTimeValue("2026-03-01 08:00:00"), Greatest: stele.DateTimeValue("2026-03-01 08:00:00")},
		{Nulls: 40},
		{Distinct: 40, Least: stele.IntValue(0), Greatest: stele.IntValue(39)},
	} {
		got := p.Fields[i]
		if i > 0 && (got.Nulls != want.Nulls || got.Distinct != want.Distinct || got.Least != want.Least || got.Greatest != want.Greatest) {
			f.Errorf("field %d is %+v, want %+v", i, got, want)
		}
	}
	if n := len(p.Fields[1].Frequent); n != 5 {
		f.Errorf("%d frequent values of ten, want 5", n)
	}
	if n := len(p.Fields[5].Frequent); n != 0 {
		f.Errorf("%d frequent values of a unique field, want none", n)
	}
	f.add(t, row{"c", 100, true, nil, 0.5, 1000})
	f.profiled(t, 41, stele.FieldProfile{
		Nulls: 10, Distinct: 3, Least: stele.TextValue("a"), Greatest: stele.TextValue("c"),
		Frequent: []stele.Frequency{{Value: stele.TextValue("a"), Count: 20}, {Value: stele.TextValue("b"), Count: 10}},
	})
}

// profiled holds a profile's first field against what it must be.
func (f *fixture) profiled(t *stele.Table, records int, first stele.FieldProfile) *stele.Profile {
	f.Helper()
	p, err := f.db.Profile(f.Context(), t)
	if err != nil {
		f.Fatalf("a profile of %s: %v", t.Name, err)
	}
	if p.Records != records || p.Seen != records || len(p.Fields) != len(t.Fields) {
		f.Fatalf("a profile of %d records: %+v", records, p)
	}
	got := p.Fields[0]
	same := got.Nulls == first.Nulls && got.Distinct == first.Distinct && got.Least == first.Least && got.Greatest == first.Greatest && len(got.Frequent) == len(first.Frequent)
	for i := range first.Frequent {
		same = same && got.Frequent[i] == first.Frequent[i]
	}
	if !same {
		f.Errorf("the field is %+v, want %+v", got, first)
	}
	return p
}

// queryLargeProfile: of a table that is looked at in part, what is not seen is reckoned with.
func queryLargeProfile(f *fixture) {
	const records = 2*stele.ProfileSeen + 500
	t := f.table("large", "code INT unique", "kind TEXT", "half INT")
	f.fill(t, records, func(i int) row {
		half := any(i)
		if i%2 == 0 {
			half = nil
		}
		return row{i, []string{"a", "b", "c"}[i%3], half}
	})
	p, err := f.db.Profile(f.Context(), t)
	if err != nil || p.Records != records || p.Seen >= records {
		f.Fatalf("a profile of %d records: %+v, %v", records, p, err)
	}
	for i, want := range []int{records, 3, records / 2} {
		if got := p.Fields[i].Distinct; got < want*95/100 || got > want*105/100 {
			f.Errorf("field %d: %d distinct, want about %d", i, got, want)
		}
	}
}
