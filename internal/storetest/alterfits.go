package storetest

import (
	"fmt"
	"strings"

	"stele"
)

func conversionsThatFit(f *fixture) {
	for i, c := range []struct {
		from, to string
		of, want []any
	}{
		{"TEXT", "INT", []any{"1", "-7", "9223372036854775807", nil, ""}, []any{1, -7, int64(1<<63 - 1), nil, nil}},
		{"TEXT", "FLOAT", []any{"1.50", "1e3", "-0.1", nil}, []any{1.5, 1000.0, -0.1, nil}},
		{"TEXT", "BOOLEAN", []any{"true", "false", nil}, []any{true, false, nil}},
		{"TEXT", "DATETIME", []any{"2026-03-01 08:00:00", "2026-03-01T10:00:00+02:00", nil}, []any{"2026-03-01 08:00:00", "2026-03-01 08:00:00", nil}},
		{"INT", "TEXT", []any{1, int64(-1 << 63), nil}, []any{"1", "-9223372036854775808", nil}},
		{"INT", "FLOAT", []any{1, int64(1 << 53), nil}, []any{1.0, 9007199254740992.0, nil}},
		{"FLOAT", "TEXT", []any{0.1, 1e21, 3.0, nil}, []any{stele.FloatValue(0.1).String(), stele.FloatValue(1e21).String(), stele.FloatValue(3).String(), nil}},
		{"FLOAT", "INT", []any{3.0, -4.0, nil}, []any{3, -4, nil}},
		{"BOOLEAN", "TEXT", []any{true, false, nil}, []any{"true", "false", nil}},
		{"BOOLEAN", "INT", []any{true, false, nil}, []any{1, 0, nil}},
		{"BOOLEAN", "FLOAT", []any{true, false, nil}, []any{1.0, 0.0, nil}},
		{"DATETIME", "TEXT", []any{"2026-03-01 08:00:00", nil}, []any{"2026-03-01 08:00:00", nil}},
	} {
		t := f.table(fmt.Sprint("t", i), "code TEXT unique", "v "+c.from, "other INT")
		var rows, want []row
		for n, v := range c.of {
			rows, want = append(rows, row{fmt.Sprint(n), v, n}), append(want, row{fmt.Sprint(n), c.want[n], n})
		}
		f.add(t, rows...)
		t, done := f.alter(t, retyped("v", c.to))
		if done.Refused() {
			f.Errorf("%s to %s: %s", c.from, c.to, showViolations(done.Violations))
			continue
		}
		f.want(t, want...)
		f.works(t)
	}
}

func conversionsThatDoNot(f *fixture) {
	for i, c := range []struct {
		from, to string
		bad      []any
	}{
		{"TEXT", "INT", []any{"x", "007", "1.5", "9223372036854775808"}},
		{"TEXT", "FLOAT", []any{"x", "0.1000000000000000055", "1e999"}},
		{"TEXT", "BOOLEAN", []any{"x"}},
		{"TEXT", "DATETIME", []any{"x", "2026-02-30 08:00:00", "2026-03-01 08:00:00.5"}},
		{"INT", "FLOAT", []any{int64(1<<53 + 1)}},
		{"FLOAT", "INT", []any{0.5, 1e300}},
		{"INT", "BOOLEAN", []any{7}},
	} {
		t := f.table(fmt.Sprint("t", i), "code TEXT unique", "v "+c.from)
		rows := []row{{"none", nil}}
		for n, v := range c.bad {
			rows = append(rows, row{fmt.Sprint(n), v})
		}
		f.add(t, rows...)
		if _, done := f.alter(t, retyped("v", c.to)); done.Count != int64(len(c.bad)) {
			f.Errorf("%s to %s: %d violations, want %d:\n%s", c.from, c.to, done.Count, len(c.bad), showViolations(done.Violations))
		}
		f.want(t, rows...)
		f.works(t)
	}
}

func manyViolations(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "v TEXT", "w TEXT")
	f.fill(t, 350, func(i int) row {
		v := row{fmt.Sprint(i), fmt.Sprint(i), "1"}
		if i%2 == 1 {
			v[1], v[2] = "odd", nil
		}
		return v
	})
	_, done := f.alter(t, retyped("v", "INT"), on(stele.SetRequired, "w"))
	if done.Count != 350 || len(done.Violations) != stele.MostViolations || done.Records != 350 {
		f.Errorf("%d violations of %d records, %d told", done.Count, done.Records, len(done.Violations))
	}
	f.works(t)
}

func orderOfViolations(f *fixture) {
	t := f.table("parcels", "a TEXT", "b TEXT", "c INT")
	ids := f.add(t, row{"x", nil, 1}, row{"1", "", 2}, row{"2", "ok", 1}, row{"y", "ok", 3}, row{"2", "ok", 2})
	_, done := f.alter(t, on(stele.SetUnique, "c"), retyped("a", "INT"), on(stele.SetRequired, "b"), on(stele.SetUnique, "a"))
	type told struct {
		change int
		id     stele.RecordID
		field  string
	}
	var got []told
	for _, v := range done.Violations {
		got = append(got, told{v.Change, v.ID, v.Field})
	}
	want := []told{{3, ids[0], "a"}, {2, ids[0], "b"}, {2, ids[1], "b"}, {0, ids[2], "c"}, {3, ids[3], "a"}, {3, ids[4], "a"}, {0, ids[4], "c"}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		f.Errorf("the violations are %v, want %v", got, want)
	}
	if len(done.Violations) == len(want) {
		if r := done.Violations[5].Reason; !strings.Contains(r, "'2' is duplicated (first at record `"+ids[2].String()+"`)") {
			f.Errorf("the reason is %s", r)
		}
	}
}

func requiredOfOld(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "s TEXT", "n INT")
	f.add(t, row{"a", "x", 1}, row{"b", "", 2}, row{"c", nil, nil})
	for _, c := range []struct {
		list []stele.RawAlter
		want int64
	}{
		{[]stele.RawAlter{on(stele.SetRequired, "s")}, 2},
		{[]stele.RawAlter{on(stele.SetRequired, "n")}, 1},
		{[]stele.RawAlter{on(stele.SetRequired, "s"), on(stele.SetRequired, "n")}, 3},
		{[]stele.RawAlter{added("new INT required", nil)}, 3},
		{[]stele.RawAlter{added("new TEXT required", "")}, 3},
		{[]stele.RawAlter{on(stele.SetRequired, "n"), on(stele.DropRequired, "n")}, 0},
	} {
		if _, done := f.alter(t, c.list...); done.Count != c.want {
			f.Errorf("%+v: %d violations, want %d", c.list, done.Count, c.want)
		}
	}
	f.update(t, change(t, by(t, "code", "b"), "s", "y"), change(t, by(t, "code", "c"), "s", "z"))
	t, _ = f.alter(t, on(stele.SetRequired, "s"))
	if b := f.accept(t, raws{"code", "d"}); len(b.Records) != 0 {
		f.Errorf("a row without the required field is accepted")
	}
	f.works(t)
	t, _ = f.alter(t, on(stele.DropRequired, "s"))
	f.add(t, row{"d", nil, nil}, row{"e", "", nil})
	f.works(t)
}

func uniqueOfOld(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "s TEXT", "n INT")
	long := strings.Repeat("é", 256)
	ids := f.add(t, row{"a", "x", 1}, row{"b", "X", 2}, row{"c", long, 3}, row{"d", long + "!", 4}, row{"e", "x", 5}, row{"f", "", 6}, row{"g", nil, 7}, row{"h", "x", 8}, row{"i", long + "!", 9})
	_, done := f.alter(t, on(stele.SetUnique, "s"))
	if done.Count != 6 {
		f.Errorf("%d violations, want 6:\n%s", done.Count, showViolations(done.Violations))
	}
	f.delete(t, byID(ids[3]), byID(ids[4]), byID(ids[5]), byID(ids[6]), byID(ids[7]), byID(ids[8]))
	t, done = f.alter(t, on(stele.SetUnique, "s"))
	if done.Refused() {
		f.Fatalf("refused:\n%s", showViolations(done.Violations))
	}
	f.wantRefused(t, row{"j", "x", 1})
	f.outcomes(t, []stele.Change{change(t, by(t, "s", "X"), "s", "x"), change(t, by(t, "s", long), "n", 33)}, stele.ReasonConflict(t, 1, stele.TextValue("x")), "")
	t, _ = f.alter(t, on(stele.SetUnique, "n"), on(stele.DropUnique, "s"))
	f.wantRefused(t, row{"k", "y", 33})
	f.add(t, row{"l", "x", 34}, row{"m", nil, 35})
	if _, done = f.alter(t, added("u INT unique", 1)); done.Count != 4 {
		f.Errorf("a unique field with a default: %d violations, want 4:\n%s", done.Count, showViolations(done.Violations))
	}
	f.works(t)
}

func conversionsThatClash(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "v TEXT unique")
	ids := f.add(t, row{"a", "1"}, row{"b", "1.0"}, row{"c", "2"}, row{"d", "1e0"})
	_, done := f.alter(t, retyped("v", "FLOAT"))
	if done.Count != 2 || len(done.Violations) != 2 || done.Violations[0].ID != ids[1] || done.Violations[0].Value != stele.TextValue("1.0") || done.Violations[1].ID != ids[3] {
		f.Errorf("the violations are\n%s", showViolations(done.Violations))
	}
	f.works(t)
	f.delete(t, byID(ids[1]), byID(ids[3]))
	t, done = f.alter(t, retyped("v", "FLOAT"))
	if done.Refused() {
		f.Fatalf("refused:\n%s", showViolations(done.Violations))
	}
	f.want(t, row{"a", 1.0}, row{"c", 2.0})
	f.wantRefused(t, row{"x", 2.0})
	f.outcomes(t, []stele.Change{change(t, by(t, "v", 2.0), "v", 1.0)}, stele.ReasonConflict(t, 1, stele.FloatValue(1)))
}

func requiredAndUnique(f *fixture) {
	t := f.table("parcels", "code TEXT unique", "r TEXT required", "u TEXT unique")
	f.add(t, row{"a", "x", "1"}, row{"b", "y", "2"})
	t, done := f.alter(t, on(stele.SetUnique, "r"), on(stele.DropRequired, "r"), on(stele.SetRequired, "u"), on(stele.DropUnique, "u"))
	if done.Refused() {
		f.Fatalf("refused:\n%s", showViolations(done.Violations))
	}
	f.wantRefused(t, row{"c", "x", "3"})
	f.add(t, row{"c", "z", "2"})
	if b := f.accept(t, raws{"code", "d", "r", "w"}, raws{"code", "e", "u", "w"}); len(b.Records) != 0 {
		f.Errorf("rows without values are accepted: %+v", b.Records)
	}
	t, _ = f.alter(t, on(stele.DropRequired, "u"), on(stele.DropUnique, "r"))
	f.add(t, row{"f", nil, nil}, row{"g", "x", ""})
	f.works(t)
}
