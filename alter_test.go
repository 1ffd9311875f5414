package stele

import (
	"strings"
	"testing"
)

// Conversions lose nothing: what an import would round or cut is refused here.
func TestConvert(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from Value
		to   Type
		want string // as text; of a refusal a part of the reason, behind "!"
	}{
		{TextValue("007"), Int, "!leading zeros"}, {TextValue("-007"), Int, "!leading zeros"}, {TextValue("00.5"), Float, "!leading zeros"},
		{TextValue("7"), Int, "7"}, {TextValue(" 7 "), Int, "7"}, {TextValue("1e3"), Int, "1000"}, {TextValue("0"), Int, "0"},
		{TextValue("-0.5"), Float, "-0.5"}, {TextValue("0.10"), Float, "0.1"}, {TextValue("9007199254740993"), Float, "!rounded"},
		{TextValue("12345678901234567.5"), Float, "!rounded"}, {TextValue("seven"), Int, "!invalid value for type INT"},
		{IntValue(9007199254740992), Float, "9007199254740992"}, {IntValue(9007199254740993), Float, "!rounded"},
		{FloatValue(3), Int, "3"}, {FloatValue(3.5), Int, "!fraction"}, {FloatValue(1e21), Int, "!Whole numbers"},
		{TextValue(""), Int, ""}, {TextValue(" "), DateTime, ""}, {Value{}, Boolean, ""},
		{BoolValue(true), Int, "1"}, {BoolValue(false), Float, "0"}, {BoolValue(false), Text, "false"}, {IntValue(1), Boolean, "true"},
		{IntValue(2), Boolean, "!invalid"}, {TextValue("TRUE"), Boolean, "true"}, {BoolValue(true), DateTime, "!invalid"},
		{TextValue("2026-03-01"), DateTime, "2026-03-01 00:00:00"}, {TextValue("2026-03-01 08:00:00.000"), DateTime, "2026-03-01 08:00:00"},
		{TextValue("2026-03-01 08:00:00.25"), DateTime, "!fraction of a second"}, {TextValue("2026-03-01T08:00:00.5Z"), DateTime, "!fraction of a second"},
		{TextValue("2026-03-01T08:00:00.000+02:00"), DateTime, "2026-03-01 06:00:00"},
		{IntValue(1700000000000), DateTime, "2023-11-14 22:13:20"}, {IntValue(1700000000001), DateTime, "!fraction of a second"}, {IntValue(0), DateTime, "1970-01-01 00:00:00"},
		{DateTimeValue("2026-03-01 00:00:00"), Text, "2026-03-01 00:00:00"}, {DateTimeValue("2026-03-01 00:00:00"), Int, "!invalid"},
		{FloatValue(1e-7), Text, "1e-07"}, {IntValue(-5), Text, "-5"},
	} {
		f := Field{Name: "x", Type: c.to}
		got, reason := f.Convert(c.from)
		want, refused := strings.CutPrefix(c.want, "!")
		switch {
		case refused && !strings.Contains(reason, want):
			t.Errorf("%s %q to %s: %q, %q; want a reason with %q", c.from.Type(), c.from, c.to, got, reason, want)
		case !refused && (reason != "" || got.String() != want || got.Type() != c.to && !got.IsNull()):
			t.Errorf("%s %q to %s: %s %q, %q; want %q", c.from.Type(), c.from, c.to, got.Type(), got, reason, want)
		}
	}
}

// TestAlter goes through what a list of changes comes to.
func TestAlter(t *testing.T) {
	t.Parallel()
	table, err := NewTable("0123456789abcdef01234567", Draft{Name: "parcels", Description: "d", Fields: []DraftField{
		{Name: "code", Type: "TEXT", Unique: true}, {Name: "weight", Type: "INT"}, {Name: "note", Type: "TEXT"},
	}}, DefaultLimits(), 1)
	if err != nil {
		t.Fatal(err)
	}
	a, err := table.Alter([]RawAlter{
		{Op: RenameField, Field: "code", To: "old"},
		{Op: AddField, Draft: DraftField{Name: "code", Type: "INT", Required: true}, Default: Raw{Kind: KindNumber, Text: "7"}},
		{Op: ChangeType, Field: "weight", Draft: DraftField{Type: "text"}},
		{Op: SetRequired, Field: "weight"},
		{Op: DropUnique, Field: "old"},
		{Op: DropField, Field: "note"},
		{Op: RenameTable, To: "parcels2"},
	}, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if a.Before != table || len(table.Fields) != 3 || table.Fields[0].Name != "code" || table.Name != "parcels" || !table.Fields[0].Unique {
		t.Errorf("the definition before was changed: %+v", table)
	}
	want := []Field{{Name: "old", Stored: "old", Type: Text}, {Name: "weight", Stored: "weight", Type: Text, Required: true}, {Name: "code", Stored: "code", Type: Int, Required: true}}
	for i, f := range a.After.Fields {
		if i >= len(want) || f != want[i] || a.After.FieldIndex(f.Name) != i {
			t.Errorf("field %d is %+v", i, f)
		}
	}
	if got := []int{a.Fields[0].From, a.Fields[1].From, a.Fields[2].From}; len(a.Fields) != 3 || got[0] != 0 || got[1] != 1 || got[2] != -1 {
		t.Errorf("the fields come from %v", got)
	}
	if a.Fields[2].Fill != IntValue(7) || a.After.Name != "parcels2" || a.After.Stored != "parcels2" || len(a.Drops()) != 1 || a.Drops()[0] != 2 {
		t.Errorf("%+v, %s, %v", a.Fields[2], a.After.Name, a.Drops())
	}
	if a.Converts(0) || !a.Converts(1) || a.Converts(2) || a.MustHave(0) || !a.MustHave(1) || a.MustHave(2) || a.MustDiffer(0) {
		t.Error("what is asked of the records is not what the changes ask")
	}
}

// TestAlterRefuses checks that what is wrong with a list is told with its place.
func TestAlterRefuses(t *testing.T) {
	t.Parallel()
	table, err := NewTable("0123456789abcdef01234567", Draft{Name: "t", Description: "d", Fields: []DraftField{
		{Name: "a", Type: "TEXT", Unique: true}, {Name: "b", Type: "INT"},
	}}, DefaultLimits(), 1)
	if err != nil {
		t.Fatal(err)
	}
	limits := DefaultLimits()
	limits.Fields = 3
	for _, c := range []struct {
		list []RawAlter
		code Code
		want string
	}{
		{[]RawAlter{{Op: "explode"}}, CodeParameter, "changes[0]: op must be one of add_field, "},
		{[]RawAlter{{Op: SetUnique, Field: "b"}, {Op: DropField, Field: "c"}}, CodeParameter, "changes[1]: `c` is not a field of table `t`."},
		{[]RawAlter{{Op: RenameField, Field: "a", To: "b"}}, CodeFieldName, `changes[0]: the table has a field "b" already`},
		{[]RawAlter{{Op: RenameField, Field: "a", To: "B"}}, CodeFieldName, "changes[0]: the new name must be"},
		{[]RawAlter{{Op: RenameTable, To: "1t"}}, CodeTableName, "changes[0]: the new name must be"},
		{[]RawAlter{{Op: DescribeTable}}, CodeTableDescription, "changes[0]: description must have 1 to"},
		{[]RawAlter{{Op: DescribeField, Field: "a", Draft: DraftField{Description: strings.Repeat("x", 129)}}}, CodeFieldDescription, "changes[0]: "},
		{[]RawAlter{{Op: ChangeType, Field: "a", Draft: DraftField{Type: "DATE"}}}, CodeFieldType, "changes[0]: type must be"},
		{[]RawAlter{{Op: ChangeType, Field: "b", Draft: DraftField{Type: "TEXT"}}, {Op: ChangeType, Field: "b", Draft: DraftField{Type: "FLOAT"}}}, CodeParameter, "changes[1]: the type of field \"b\" is changed twice"},
		{[]RawAlter{{Op: AddField, Draft: DraftField{Name: "a", Type: "INT"}}}, CodeFieldName, `changes[0]: the table has a field "a" already`},
		{[]RawAlter{{Op: AddField, Draft: DraftField{Name: "c", Type: "INT"}, Default: Raw{Kind: KindString, Text: "x"}}}, CodeParameter, "changes[0]: default: `c` has an invalid value for type INT."},
		{[]RawAlter{{Op: AddField, Draft: DraftField{Name: "c", Type: "INT"}}, {Op: AddField, Draft: DraftField{Name: "d", Type: "INT"}}}, CodeTooManyFields, "changes[1]: the table has 3 fields"},
		{[]RawAlter{{Op: DropField, Field: "a"}, {Op: DropField, Field: "b"}}, CodeNoFields, "a table has one field at least"},
	} {
		_, err := table.Alter(c.list, limits)
		if err == nil || ErrorCode(err) != c.code || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.list, err, c.want)
		}
	}
}

// TestRefusal reads how records that do not fit are told.
func TestRefusal(t *testing.T) {
	t.Parallel()
	table, err := NewTable("0123456789abcdef01234567", Draft{Name: "parcels", Description: "d", Fields: []DraftField{
		{Name: "code", Type: "TEXT"}, {Name: "weight", Type: "INT"},
	}}, DefaultLimits(), 1)
	if err != nil {
		t.Fatal(err)
	}
	one := []RawAlter{{Op: DescribeTable, Draft: DraftField{Description: "d"}}, {Op: SetUnique, Field: "code"}}
	two := append(one, RawAlter{Op: SetRequired, Field: "weight"})
	added := append(one, RawAlter{Op: AddField, Draft: DraftField{Name: "n", Type: "INT", Required: true}})
	code, weight := Violation{1, 7, "code", TextValue("a"), "Code."}, Violation{2, 8, "weight", Value{}, "Weight."}
	for _, c := range []struct {
		list  []RawAlter
		count int64
		told  []Violation
		want  string
	}{
		{one, 0, nil, ""},
		{one, 1, []Violation{code}, "Parameter error: changes[1]: record 7 does not fit: Code. Nothing was changed."},
		{one, 200, []Violation{code, code}, "Parameter error: changes[1]: 200 records do not fit; the first is record 7: Code. Nothing was changed."},
		{two, 2, []Violation{weight, weight}, "Parameter error: changes[2]: 2 records do not fit; the first is record 8: Weight. Nothing was changed."},
		{two, 2, []Violation{code, weight}, "Parameter error: 2 values do not fit; the first is of record 7, by changes[1]: Code. Nothing was changed."},
		{two, 200, []Violation{code, code}, "Parameter error: 200 values do not fit; the first is of record 7, by changes[1]: Code. Nothing was changed."},
		{added, 1, []Violation{{2, 7, "n", Value{}, "N."}}, "Parameter error: changes[2]: record 7 does not fit: N. Nothing was changed. Give the new field a default for the records that are there."},
	} {
		a, err := table.Alter(c.list, DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		done := Altered{Alteration: a, Violations: c.told, Count: c.count}
		err = done.Refusal()
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || err.Error() != c.want || ErrorCode(err) != CodeParameter {
			t.Errorf("%d: %v\nwant %s", c.count, err, c.want)
		}
	}
	long := Violation{Value: TextValue(strings.Repeat("é", 257))}
	if shown := long.Shown(); shown.Text() != strings.Repeat("é", 256)+"…" || shown.Type() != Text {
		t.Errorf("a long value is shown as %q", shown)
	}
}
