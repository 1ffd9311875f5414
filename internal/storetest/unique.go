package storetest

import (
	"slices"
	"strings"
	"unicode/utf8"

	"stele"
)

func uniqueCases() []testCase {
	cases := []testCase{
		{"unique text of 256 characters is compared to the last one", func(f *fixture) {
			t := f.table("long", "code TEXT unique")
			for _, s := range []string{"x", "é", "🙂"} {
				long := strings.Repeat(s, 255)
				f.add(t, row{long + "a"}, row{long + "b"}, row{long})
				f.wantRefused(t, row{long + "b"})
				f.wantRefused(t, row{long})
			}
		}},
		{"several unique fields are unique each on its own", func(f *fixture) {
			t := f.table("pairs", "a INT unique", "b INT unique")
			f.add(t, row{1, 2}, row{2, 1}, row{3, 3})
			f.wantRefused(t, row{1, 4})
			f.wantRefused(t, row{4, 1})
			f.add(t, row{4, 4})
			f.want(t, row{1, 2}, row{2, 1}, row{3, 3}, row{4, 4})
		}},
		{"a value is unique in its field and in its table only", func(f *fixture) {
			a, b := f.table("a", "code TEXT unique", "other TEXT unique", "free TEXT"), f.table("b", "code TEXT unique")
			f.add(a, row{"x", "y", "z"}, row{"y", "x", "z"})
			f.add(b, row{"x"})
			f.want(a, row{"x", "y", "z"}, row{"y", "x", "z"})
			f.want(b, row{"x"})
		}},
		{"a deleted value is free again, also in the next import", func(f *fixture) {
			t := f.table("parcels", "code TEXT unique", "n INT unique")
			f.add(t, row{"PX-1", 1}, row{"PX-2", 2})
			f.wantRefused(t, row{"PX-1", 3})
			f.delete(t, by(t, "code", "PX-1"))
			f.add(t, row{"PX-1", 1})
			f.want(t, row{"PX-2", 2}, row{"PX-1", 1})
		}},
		{"a value that an update gave up is free, the one it took is not", func(f *fixture) {
			t := f.table("parcels", "code TEXT unique")
			f.add(t, row{"PX-1"})
			f.outcomes(t, []stele.Change{change(t, by(t, "code", "PX-1"), "code", "PX-2")}, "")
			f.wantRefused(t, row{"PX-2"})
			f.add(t, row{"PX-1"})
			f.want(t, row{"PX-2"}, row{"PX-1"})
		}},
	}
	for typ := stele.Text; typ <= stele.Boolean; typ++ {
		cases = append(cases, testCase{
			typ.String() + " values are unique exactly when they are equal",
			func(f *fixture) { uniqueByType(f, typ) },
		})
	}
	return cases
}

// wantRefused imports a row that must clash.
func (f *fixture) wantRefused(t *stele.Table, r row) {
	f.Helper()
	if task := f.importBatch(t, f.batch(t, r)); task.Success != 0 || len(task.Rejections) == 0 {
		f.Errorf("the import of %s was not refused: %+v", showValues(values(t, r)), task)
	}
}

// uniqueByType keeps all edges of a type side by side in a unique field, and none of them twice.
func uniqueByType(f *fixture, typ stele.Type) {
	t := f.table("edges", "v "+typ.String()+" unique", "n INT")
	var rows []row
	for _, v := range edges(typ) {
		s, isText := v.(string)
		if isText && (s == "" || utf8.RuneCountInString(s) > 256) {
			continue // no value, or one that unique fields do not take
		}
		if !slices.ContainsFunc(rows, func(r row) bool { return r[0] == v }) {
			rows = append(rows, row{v, len(rows)})
		}
	}
	f.add(t, rows...)
	f.want(t, rows...)
	again := f.importBatch(t, f.batch(t, rows...))
	if again.Success != 0 || len(again.Rejections) != len(rows) {
		f.Fatalf("the second import of %d values: %d added, %d rejections", len(rows), again.Success, len(again.Rejections))
	}
	for i, r := range rows {
		v := value(t.Fields[0], r[0])
		if want := (stele.Rejection{From: i + 1, To: i + 1, Reason: stele.ReasonConflict(t, 0, v)}); again.Rejections[i] != want {
			f.Errorf("rejection %d: %+v, want %+v", i, again.Rejections[i], want)
		}
	}
	for i, r := range rows { // each is found by its own value, and no other
		f.now++
		f.outcomes(t, []stele.Change{change(t, by(t, "v", r[0]), "n", i+1000)}, "")
		rows[i][1] = i + 1000
	}
	f.want(t, rows...)
	for i, r := range rows {
		if n := f.delete(t, by(t, "v", r[0])); n != 1 {
			f.Errorf("deleted %d records by value %d, want 1", n, i)
		}
	}
	f.want(t)
}
