package stele

import (
	"math"
	"reflect"
	"strings"
	"testing"
)

// change puts one entry through Agent.Update: the change that reached the store, or the reason why none did.
func change(t *testing.T, table *Table, rc RawChange, create bool) (Change, string) {
	t.Helper()
	a, db := newAgent(t, table, ScopeAll)
	os, err := a.Update(t.Context(), string(table.ID), []RawChange{rc}, create, nil)
	if err != nil || len(os) != 1 {
		t.Fatalf("Update: %v, %v", os, err)
	}
	if len(db.changes) == 1 {
		return db.changes[0], ""
	}
	if os[0].Reason == "" {
		t.Fatal("an entry got lost")
	}
	return Change{}, os[0].Reason
}

func byID(raw Raw, filter ...any) RawAddress {
	return RawAddress{RecordID: raw, Filter: row(filter...).Cells}
}

func byFilter(filter ...any) RawAddress { return RawAddress{Filter: row(filter...).Cells} }

// TestAddresses holds wire.md 4.2.
func TestAddresses(t *testing.T) {
	t.Parallel()
	table := newTable(t, "code TEXT required unique", "serial INT unique", "price FLOAT")
	const (
		noID      = "`record_id` must be a whole number from 1 to 9223372036854775807 in plain digits."
		noAddress = "`record_id` or `filter` is required: it says which record is meant."
		noUnique  = "`filter` must name at least one unique field."
		noField   = "`filter`: `colour` is not a field of table `parcels`."
	)
	for _, c := range []struct {
		address RawAddress
		want    Selector
		reason  string
	}{
		{byID(str("541278230707963208")), Selector{ID: 541278230707963208}, ""},
		{byID(num("541278230707963208")), Selector{ID: 541278230707963208}, ""}, // a number is taken as its digits
		{byID(str("1")), Selector{ID: 1}, ""},
		{byID(str(" 7\n")), Selector{ID: 7}, ""},
		{byID(str(maxInt)), Selector{ID: math.MaxInt64}, ""},
		{byID(str("0")), Selector{}, noID},
		{byID(num("0")), Selector{}, noID},
		{byID(str("-1")), Selector{}, noID},
		{byID(str("+1")), Selector{}, noID},
		{byID(str("007")), Selector{}, noID},
		{byID(str("9223372036854775808")), Selector{}, noID},
		{byID(num("1.0")), Selector{}, noID},
		{byID(num("1e3")), Selector{}, noID},
		{byID(str("PX-1")), Selector{}, noID},
		{byID(str(" ")), Selector{}, noID},
		{byID(yes), Selector{}, noID},
		{byID(jsonRaw(`["1"]`)), Selector{}, noID},
		{byID(half), Selector{}, noID},

		// With both given the filter is not looked at, whatever it is.
		{byID(str("7"), "code", str("PX-1")), Selector{ID: 7}, ""},
		{byID(str("7"), "colour", str("red")), Selector{ID: 7}, ""},
		{RawAddress{RecordID: str("7"), Problem: "`filter` must be an object."}, Selector{ID: 7}, ""},
		{byID(str("x"), "code", str("PX-1")), Selector{}, noID},

		// null and "" count as not given.
		{byID(null, "code", str("PX-1")), Selector{Pairs: []Pair{{0, TextValue("PX-1")}}}, ""},
		{byID(str(""), "code", str("PX-1")), Selector{Pairs: []Pair{{0, TextValue("PX-1")}}}, ""},
		{byID(null), Selector{}, noAddress},
		{byID(str("")), Selector{}, noAddress},
		{byFilter(), Selector{}, noAddress},
		{RawAddress{Problem: "`filter` must be an object."}, Selector{}, "`filter` must be an object."},

		{byFilter("serial", str("+30.0")), Selector{Pairs: []Pair{{1, IntValue(30)}}}, ""},
		{byFilter("price", str("9.50"), "serial", num("3")), Selector{Pairs: []Pair{{2, FloatValue(9.5)}, {1, IntValue(3)}}}, ""},
		{byFilter("serial", num("3"), "code", yes), Selector{Pairs: []Pair{{1, IntValue(3)}, {0, TextValue("true")}}}, ""},
		{byFilter("code", str("a"), "code", str("b")), Selector{Pairs: []Pair{{0, TextValue("b")}}}, ""},
		{byFilter("serial", str("odd"), "serial", num("3")), Selector{Pairs: []Pair{{1, IntValue(3)}}}, ""},
		{byFilter("code", str(strings.Repeat("x", 300))), Selector{Pairs: []Pair{{0, TextValue(strings.Repeat("x", 300))}}}, ""},
		{byFilter("price", num("1")), Selector{}, noUnique},
		{byFilter("colour", str("red")), Selector{}, noField},
		{byFilter("code", str("PX-1"), "colour", null), Selector{}, noField},
		{byFilter("Code", str("PX-1")), Selector{}, "`filter`: `Code` is not a field of table `parcels`."},
		{byFilter("serial", str("x")), Selector{}, "`filter`: `serial` has an invalid value for type INT."},
		{byFilter("serial", num("3"), "price", str("x")), Selector{}, "`filter`: `price` has an invalid value for type FLOAT."},
		{byFilter("serial", null), Selector{}, "`filter`: `serial` must have a value."},
		{byFilter("serial", str(" ")), Selector{}, "`filter`: `serial` must have a value."},
		{byFilter("code", str("")), Selector{}, "`filter`: `code` must have a value."},
		{byFilter("code", str("PX-1"), "price", null), Selector{}, "`filter`: `price` must have a value."},
	} {
		got, reason := change(t, table, RawChange{Address: c.address}, false)
		if reason != c.reason || !reflect.DeepEqual(got.Selector, c.want) {
			t.Errorf("address %+v selects %+v, %q; want %+v, %q", c.address, got.Selector, reason, c.want, c.reason)
		}
	}
}

// TestUpdatedFields holds the fields of wire.md 5.6: which are set, and which findings fail the entry.
func TestUpdatedFields(t *testing.T) {
	t.Parallel()
	const (
		emptied = "`code` is required and must have a value; the current value is invalid or the property is missing. `code` must be unique, but the value is empty or the property is missing."
		odd     = "`weight_g` has an invalid value for type INT."
	)
	for _, c := range []struct {
		fields Row
		want   []Pair
		reason string
	}{
		{row(), nil, ""},
		{row("price", str("12")), []Pair{{2, FloatValue(12)}}, ""},
		{row("price", null, "weight_g", str("")), []Pair{{2, Value{}}, {1, Value{}}}, ""},
		{row("weight_g", str("odd"), "weight_g", num("2")), []Pair{{1, IntValue(2)}}, ""},
		{row("colour", null, "color", str(""), "price", num("1")), []Pair{{2, FloatValue(1)}}, ""},
		{row("weight_g", str("heavy")), nil, odd},
		{row("colour", str("red")), nil, "`colour` is not a field of table `parcels`."},
		{row("weight_g", str("heavy"), "colour", yes), nil, odd + " `colour` is not a field of table `parcels`."},
		{row("code", null), nil, emptied},
		{row("code", str("")), nil, emptied},
		{row("code", str(strings.Repeat("é", 257))), nil, "`code` must be unique, and its value is longer than 256 characters."},
		{row("code", str(strings.Repeat("é", 256))), []Pair{{0, TextValue(strings.Repeat("é", 256))}}, ""},
	} {
		for _, create := range []bool{false, true} {
			got, reason := change(t, parcels(t), RawChange{Address: byFilter("code", str("PX-7")), Fields: c.fields.Cells}, create)
			if reason != c.reason || c.reason == "" && (!reflect.DeepEqual(got.Set, c.want) || got.Create != create) {
				t.Errorf("fields %v set %v, %q; want %v, %q", c.fields, got.Set, reason, c.want, c.reason)
			}
			if !create && (got.NewValues != nil || got.NewID != 0 || got.NewProblem != "") {
				t.Errorf("fields %v prepare a record that is not asked for: %+v", c.fields, got)
			}
		}
	}
	rc := RawChange{Problem: "`updated_fields` must be an object.", Address: byFilter("colour", yes)}
	if _, reason := change(t, parcels(t), rc, true); reason != rc.Problem {
		t.Errorf("an entry with a problem fails with %q", reason)
	}
}

// TestCreation holds the creation of wire.md 5.6: which record is made when nothing is selected, or why none can be.
func TestCreation(t *testing.T) {
	t.Parallel()
	table := newTable(t, "code TEXT required unique", "serial INT unique", "price FLOAT")
	const (
		noCode   = "`code` is required and must have a value; the current value is invalid or the property is missing. `code` must be unique, but the value is empty or the property is missing."
		noSerial = "`serial` must be unique, but the value is empty or the property is missing."
	)
	for _, c := range []struct {
		name    string
		address RawAddress
		fields  Row
		id      RecordID
		values  []Value
		problem string
	}{
		{"the filter's pairs, then the fields", byFilter("code", str("PX-7"), "price", num("1")), row("serial", num("3")),
			0, []Value{TextValue("PX-7"), IntValue(3), FloatValue(1)}, ""},
		{"the fields win", byFilter("code", str("PX-7"), "price", num("1")), row("serial", num("3"), "code", str("PX-8"), "price", null),
			0, []Value{TextValue("PX-8"), IntValue(3), {}}, ""},
		{"the given id", byID(str("42")), row("code", str("PX-7"), "serial", num("3")),
			42, []Value{TextValue("PX-7"), IntValue(3), {}}, ""},
		{"the largest id", byID(num(maxInt)), row("code", str("PX-7"), "serial", num("3")),
			math.MaxInt64, []Value{TextValue("PX-7"), IntValue(3), {}}, ""},
		{"a filter beside it fills", byID(str("42"), "code", str("PX-7"), "serial", num("3"), "price", null), row("serial", num("4")),
			42, []Value{TextValue("PX-7"), IntValue(4), {}}, ""},
		{"what fills need not be unique", byID(str("42"), "price", num("2")), row("code", str("PX-7"), "serial", num("3")),
			42, []Value{TextValue("PX-7"), IntValue(3), FloatValue(2)}, ""},
		{"required is missing", byFilter("serial", num("3")), row(), 0, []Value{{}, IntValue(3), {}}, noCode},
		{"unique is missing", byFilter("code", str("PX-7")), row(), 0, []Value{TextValue("PX-7"), {}, {}}, noSerial},
		{"both are", byID(str("42")), row("price", num("1")), 42, []Value{{}, {}, FloatValue(1)}, noCode + " " + noSerial},
		{"the filter's value is too long", byFilter("code", str(strings.Repeat("x", 257)), "serial", num("3")), row(),
			0, []Value{TextValue(strings.Repeat("x", 257)), IntValue(3), {}}, "`code` must be unique, and its value is longer than 256 characters."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, reason := change(t, table, RawChange{Address: c.address, Fields: c.fields.Cells}, true)
			if reason != "" || got.NewID != c.id || !reflect.DeepEqual(got.NewValues, c.values) || got.NewProblem != c.problem {
				t.Errorf("prepared %d %v, %q, %q; want %d %v, %q", got.NewID, got.NewValues, got.NewProblem, reason, c.id, c.values, c.problem)
			}
		})
	}
	// What is wrong with a filter beside record_id is no matter while the record is there: only a creation looks at it.
	for problem, address := range map[string]RawAddress{
		"`filter`: `colour` is not a field of table `parcels`.":      byID(str("42"), "colour", str("red")),
		"`filter`: `serial` has an invalid value for type INT.":      byID(str("42"), "serial", str("x")),
		"`filter` must be an object of fields and the values meant.": {RecordID: str("42"), Problem: "`filter` must be an object of fields and the values meant."},
	} {
		rc := RawChange{Address: address, Fields: row("code", str("PX-7"), "serial", num("3")).Cells}
		if got, reason := change(t, table, rc, true); reason != "" || got.Selector.ID != 42 || len(got.Set) != 2 || got.NewProblem != problem {
			t.Errorf("address %+v: %q, prepared %+v; want the problem %q", address, reason, got, problem)
		}
	}
}

func TestReasonConflict(t *testing.T) {
	t.Parallel()
	table := newTable(t, "code TEXT unique", "at DATETIME unique")
	if got := ReasonConflict(table, 0, TextValue("PX-9")); got != "Duplicate entry 'PX-9' for key 'parcels.code'" {
		t.Error(got)
	}
	if got := ReasonConflict(table, 1, DateTimeValue("2026-03-01 08:00:00")); got != "Duplicate entry '2026-03-01 08:00:00' for key 'parcels.at'" {
		t.Error(got)
	}
}
