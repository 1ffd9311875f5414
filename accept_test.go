package stele

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// row makes a row of names and raw values.
func row(members ...any) Row {
	var r Row
	for i := 0; i < len(members); i += 2 {
		r.Cells = append(r.Cells, Cell{members[i].(string), members[i+1].(Raw)})
	}
	return r
}

func accept(t testing.TB, table *Table, rows ...Row) *Batch {
	t.Helper()
	b, err := table.Accept(rows, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if b.Task.Table != table.ID || b.Task.Total != len(rows) || b.Task.Success != len(b.Records) || len(b.Rows) != len(b.Records) ||
		b.Task.Failed() != len(rows)-len(b.Records) {
		t.Errorf("the counts disagree: %d rows, %d records of %d, task %+v", len(rows), len(b.Records), len(b.Rows), b.Task)
	}
	return b
}

// left is what is expected of a batch: the reasons by row of those left out.
type left map[int]string

func (want left) check(t *testing.T, b *Batch) {
	t.Helper()
	got := left{}
	for _, r := range b.Task.Rejections {
		if r.From != 0 || r.To != 0 || got[r.Row] != "" {
			t.Errorf("rejection %+v; want one for each row, without a range", r)
		}
		got[r.Row] = r.Reason
	}
	if !maps.Equal(got, want) {
		t.Errorf("left out\n%v\nwant\n%v", got, want)
	}
	var rows []int
	for n := 1; n <= b.Task.Total; n++ {
		if want[n] == "" {
			rows = append(rows, n)
		}
	}
	if !slices.Equal(b.Rows, rows) {
		t.Errorf("accepted rows %v; want %v", b.Rows, rows)
	}
}

const (
	codeMissing  = "`code` is required and must have a value; the current value is invalid or the property is missing. `code` must be unique, but the value is empty or the property is missing."
	codeRepeated = "`code` must be unique, but the value 'PX-1' is duplicated (first at row `1`)."
)

// TestAcceptExample is the import that the example result of wire.md 5.4 tells of.
func TestAcceptExample(t *testing.T) {
	t.Parallel()
	b := accept(t, parcels(t),
		row("code", str("PX-1"), "weight_g", str("1200"), "price", num("9.5"), "fragile", yes, "shipped_at", str("2026-03-01 08:00:00")),
		row("code", str("PX-1")),
		row("code", str("PX-2"), "weight_g", num("800")),
		row("weight_g", num("1")),
	)
	left{2: codeRepeated, 4: codeMissing}.check(t, b)
	want := []Record{
		{Values: []Value{TextValue("PX-1"), IntValue(1200), FloatValue(9.5), BoolValue(true), DateTimeValue("2026-03-01 08:00:00")}},
		{Values: []Value{TextValue("PX-2"), IntValue(800), {}, {}, {}}},
	}
	if !reflect.DeepEqual(b.Records, want) {
		t.Errorf("records %+v\nwant %+v", b.Records, want)
	}
}

// TestAcceptReasons goes through the findings that leave a row out (wire.md 5.3, 1), to the character.
func TestAcceptReasons(t *testing.T) {
	t.Parallel()
	const (
		required = "`a` is required and must have a value; the current value is invalid or the property is missing."
		unique   = "`a` must be unique, but the value is empty or the property is missing."
		long     = "`a` must be unique, and its value is longer than 256 characters."
		unknown  = "`b` is not a field of table `parcels`."
	)
	for _, c := range []struct {
		field  string
		row    Row
		reason string
	}{
		{"a TEXT required", row(), required},
		{"a TEXT required", row("a", null), required},
		{"a TEXT required", row("a", str("")), required},
		{"a TEXT required", row("a", str(" ")), ""},
		{"a INT required", row("a", str(" \t")), required},
		{"a INT required", row("a", num("0")), ""},
		{"a FLOAT required", row("a", num("-0.0")), ""},
		{"a BOOLEAN required", row("a", no), ""},
		{"a TEXT unique", row(), unique},
		{"a TEXT unique", row("a", str("")), unique},
		{"a DATETIME unique", row("a", null), unique},
		{"a INT required unique", row(), required + " " + unique},
		{"a TEXT", row(), ""},
		{"a TEXT", row("a", str("")), ""},
		{"a INT", row("a", str("")), ""},

		{"a INT", row("a", str("heavy")), "`a` has an invalid value for type INT."},
		{"a INT required unique", row("a", str("heavy")), "`a` has an invalid value for type INT."},
		{"a FLOAT", row("a", yes), "`a` has an invalid value for type FLOAT."},
		{"a BOOLEAN", row("a", num("2")), "`a` has an invalid value for type BOOLEAN."},
		{"a INT", row("a", num("1e999999999")), "`a` has an invalid value for type INT. Whole numbers go from -9223372036854775808 to 9223372036854775807."},
		{"a INT", row("a", num("1.5")), "`a` has an invalid value for type INT. It has a fraction; use a FLOAT field for it."},
		{"a DATETIME", row("a", str("soon")), "`a` has an invalid value for type DATETIME. Write it as YYYY-MM-DD hh:mm:ss."},
		{"a TEXT", row("a", str("\x00")), "`a` has an invalid value for type TEXT. Text cannot hold the character NUL (\\u0000)."},
		{"a TEXT", row("a", half), "`a` has an invalid value for type TEXT. Text cannot hold half of a surrogate pair."},

		{"a TEXT unique", row("a", str(strings.Repeat("😀", 256))), ""},
		{"a TEXT unique", row("a", str(strings.Repeat("😀", 257))), long},
		{"a TEXT unique", row("a", str(strings.Repeat("x", 257))), long},
		{"a TEXT unique", row("a", str(strings.Repeat("e\u0301", 128))), ""},
		{"a TEXT unique", row("a", num(strings.Repeat("1", 257))), long},
		{"a TEXT required", row("a", str(strings.Repeat("x", 257))), ""},
		{"a INT unique", row("a", str(strings.Repeat("0", 300)+"1")), ""},

		{"a TEXT", row("b", str("x")), unknown},
		{"a TEXT", row("b", no), unknown},
		{"a TEXT", row("b", half), unknown},
		{"a TEXT", row("b", str(" ")), unknown},
		{"a TEXT", row("b", jsonRaw("{}")), unknown},
		{"a TEXT", row("b", null), ""},
		{"a TEXT", row("b", str("")), ""},
		{"a TEXT", row("A", str("x")), "`A` is not a field of table `parcels`."}, // names are exact
		{"a TEXT", row("b", str("x"), "b", null), ""},                            // of two with one name the last one holds
		{"a TEXT", row("b", null, "b", str("x")), unknown},
		{"a TEXT", row("b", str("x"), "b", str("y")), unknown},
		{"a INT", row("a", str("heavy"), "a", num("1")), ""},
		{"a INT", row("a", num("1"), "a", str("heavy")), "`a` has an invalid value for type INT."},
		{"a TEXT required", row("a", str("x"), "a", null), required},
		{"a INT", row("a", str("heavy"), "b", num("1")), unknown + " `a` has an invalid value for type INT."},
		{"a TEXT", Row{Problem: "The record is no object."}, "The record is no object."},
		{"a INT", Row{Problem: "Too many.", Cells: []Cell{{"a", str("heavy")}}}, "Too many."},
	} {
		b := accept(t, newTable(t, c.field), c.row)
		want := left{}
		if c.reason != "" {
			want[1] = c.reason
		}
		want.check(t, b)
	}
}

// TestAcceptLastHolds: the value that is stored is the last one too, wherever the two stand.
func TestAcceptLastHolds(t *testing.T) {
	t.Parallel()
	table := newTable(t, "a INT", "b INT")
	for _, r := range []Row{
		row("a", num("1"), "b", num("2"), "a", num("3")),
		row("b", num("7"), "a", num("3"), "b", num("2")),
		row("a", num("1"), "a", num("3"), "b", num("2")),
		row("b", num("2"), "x", null, "a", num("3")),
	} {
		if b := accept(t, table, r); !slices.Equal(b.Records[0].Values, []Value{IntValue(3), IntValue(2)}) {
			t.Errorf("%v became %v", r, b.Records[0].Values)
		}
	}
}

// TestAcceptDuplicates: the second of wire.md 5.3, and what a row that was left out does not reserve.
func TestAcceptDuplicates(t *testing.T) {
	t.Parallel()
	repeated := func(field, value string, first int) string {
		return fmt.Sprintf("`%s` must be unique, but the value '%s' is duplicated (first at row `%d`).", field, value, first)
	}
	for _, c := range []struct {
		name string
		typ  string
		raws []Raw
		want left
	}{
		{"by typed value", "INT", []Raw{str("30"), num("30"), num("3e1"), str(" +30.0 "), num("31")},
			left{2: repeated("a", "30", 1), 3: repeated("a", "30", 1), 4: repeated("a", "30", 1)}},
		{"both ends of the integers", "INT", []Raw{num(minInt), num(maxInt), num("-1"), num("0"), str(maxInt)}, left{5: repeated("a", maxInt, 2)}},
		{"text exactly", "TEXT", []Raw{str("a"), str("A"), str("á"), str("a\u0301"), str("a "), str(" a"), str("a")}, left{7: repeated("a", "a", 1)}},
		{"text of a number", "TEXT", []Raw{str("30"), num("30"), num("30.0"), str("true"), yes}, left{2: repeated("a", "30", 1), 5: repeated("a", "true", 4)}},
		{"zero", "FLOAT", []Raw{num("0"), num("-0.0"), num("0e5"), num("1e-400"), num("5e-324")},
			left{2: repeated("a", "0", 1), 3: repeated("a", "0", 1), 4: repeated("a", "0", 1)}},
		{"one moment", "DATETIME", []Raw{str("2026-01-01"), str("2025-12-31T23:00:00-01:00"), num("1767225600999"), str("2026-01-01 00:00:01")},
			left{2: repeated("a", "2026-01-01 00:00:00", 1), 3: repeated("a", "2026-01-01 00:00:00", 1)}},
		{"booleans", "BOOLEAN", []Raw{yes, no, num("1"), str("FALSE")}, left{3: repeated("a", "true", 1), 4: repeated("a", "false", 2)}},
		{"an odd row first", "INT", []Raw{str("x"), num("1"), num("1")},
			left{1: "`a` has an invalid value for type INT.", 3: repeated("a", "1", 2)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var rows []Row
			for _, raw := range c.raws {
				rows = append(rows, row("a", raw))
			}
			c.want.check(t, accept(t, newTable(t, "a "+c.typ+" unique"), rows...))
		})
	}
	t.Run("rows left out reserve nothing", func(t *testing.T) {
		t.Parallel()
		b := accept(t, newTable(t, "a TEXT unique", "b INT unique", "c INT"),
			row("a", str("x"), "b", num("1"), "c", str("odd")), // left out: c
			row("a", str("x"), "b", num("2")),
			row("a", str("x"), "b", num("3")), // left out: a; does not reserve 3
			row("a", str("y"), "b", num("3")),
			row("a", str("z"), "b", num("3")), // left out: b; does not reserve z
			row("a", str("z"), "b", num("1")),
			row("a", str("y"), "b", num("2")), // left out twice over
		)
		left{
			1: "`c` has an invalid value for type INT.",
			3: repeated("a", "x", 2),
			5: repeated("b", "3", 4),
			7: repeated("a", "y", 4) + " " + repeated("b", "2", 2),
		}.check(t, b)
		if got := b.Records[2].Values; !slices.Equal(got, []Value{TextValue("z"), IntValue(1), {}}) {
			t.Errorf("the record of row 6 is %v", got)
		}
	})
}

// TestAcceptManyFindings: a row with hundreds of odd values gets a reason that stays readable and small.
func TestAcceptManyFindings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ odd, shown, more int }{{20, 20, 0}, {21, 20, 1}, {200, 20, 180}} {
		var fields []string
		var r Row
		for i := range c.odd {
			fields = append(fields, "f"+strconv.Itoa(i)+" INT")
			r.Cells = append(r.Cells, Cell{"f" + strconv.Itoa(i), str("odd")})
		}
		reason := accept(t, newTable(t, fields...), r).Task.Rejections[0].Reason
		if n := strings.Count(reason, "has an invalid value"); n != c.shown || !strings.HasPrefix(reason, "`f0` has") {
			t.Errorf("%d odd values: %d findings shown", c.odd, n)
		}
		if rest := fmt.Sprintf(" There are %d more findings on this row.", c.more); strings.HasSuffix(reason, rest) != (c.more > 0) {
			t.Errorf("%d odd values: the reason ends %q", c.odd, reason[len(reason)-60:])
		}
	}
	reason := accept(t, newTable(t, "a TEXT"), row(strings.Repeat("é", 1_000_000), str("x"))).Task.Rejections[0].Reason
	if want := "`" + strings.Repeat("é", 80) + "…` is not a field of table `parcels`."; reason != want {
		t.Errorf("an endless name is said as %.300q", reason)
	}
}

// TestAcceptAgainstSets: over random batches, exactly those rows are kept whose values no kept row has, by a plain search.
func TestAcceptAgainstSets(t *testing.T) {
	t.Parallel()
	table := newTable(t, "a TEXT unique", "b INT unique", "c INT")
	rapid.Check(t, func(t *rapid.T) {
		var rows []Row
		want := []int(nil)
		a, b := []string{}, []string{}
		for i := range rapid.IntRange(0, 60).Draw(t, "rows") {
			text, number := rapid.StringMatching(`[ab]{1,4}`).Draw(t, "a"), strconv.Itoa(rapid.IntRange(-20, 20).Draw(t, "b"))
			odd := rapid.IntRange(0, 9).Draw(t, "odd") == 0
			r := row("a", str(text), "b", num(number))
			if odd {
				r.Cells = append(r.Cells, Cell{"c", str("odd")})
			}
			rows = append(rows, r)
			if !odd && !slices.Contains(a, text) && !slices.Contains(b, number) {
				want, a, b = append(want, i+1), append(a, text), append(b, number)
			}
		}
		batch, err := table.Accept(rows, DefaultLimits())
		if err != nil || !slices.Equal(batch.Rows, want) || len(batch.Task.Rejections) != len(rows)-len(want) {
			t.Fatalf("kept %v, %v; want %v", batch.Rows, err, want)
		}
		for i, rec := range batch.Records {
			if rec.Values[0].Text() != a[i] || rec.Values[1].String() != b[i] || !rec.Values[2].IsNull() {
				t.Fatalf("record %d is %v; want %s, %s", i, rec.Values, a[i], b[i])
			}
		}
	})
}
