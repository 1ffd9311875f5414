package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"stele/client"
)

// TestDifference reads what is told of a change.
func TestDifference(t *testing.T) {
	t.Parallel()
	name := func(s string) *string { return &s }
	a := client.Altered{
		Table: "66f0a1b2c3d4e5f601234567", Applied: true, Records: 1234567,
		Before: client.Definition{Name: "parcels", Description: "a", Fields: []client.Field{
			{Name: "a", Type: "TEXT", Unique: true}, {Name: "b", Type: "INT"}, {Name: "code", Type: "TEXT", Description: "old"},
			{Name: "same", Type: "INT"}, {Name: "note", Type: "TEXT", Required: true},
		}},
		After: client.Definition{Name: "shipments", Description: "b", KeywordIndex: true, Fields: []client.Field{
			{Name: "b", Type: "TEXT"}, {Name: "a", Type: "INT"}, {Name: "code", Type: "INT", Required: true, Unique: true, Description: "new"},
			{Name: "same", Type: "INT"}, {Name: "weight", Type: "FLOAT", Required: true}, {Name: "extra", Type: "TEXT"},
		}},
		Fields: []client.FieldMove{
			{From: name("a"), To: name("b")}, {From: name("b"), To: name("a")}, {From: name("code"), To: name("code")},
			{From: name("same"), To: name("same")}, {To: name("weight"), Default: json.Number("0")}, {To: name("extra")}, {From: name("note")},
		},
	}
	want := `changed table parcels (66f0a1b2c3d4e5f601234567), 1,234,567 records
~ table parcels -> shipments
~ description "a" -> "b"
+ keyword index
~ a -> b, no longer unique
~ b -> a
~ code TEXT -> INT, now required, now unique, description "old" -> "new"
+ weight FLOAT required (0 in 1,234,567 records)
+ extra TEXT (no value in 1,234,567 records)
- note TEXT required
`
	if got := difference(a); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	a.Applied, a.After, a.Records = false, a.Before, 0
	a.Fields = []client.FieldMove{{From: name("a"), To: name("a")}}
	if got := difference(a); got != "nothing to change in table parcels (66f0a1b2c3d4e5f601234567), 0 records\n" {
		t.Errorf("got %s", got)
	}
}

// TestViolationTable reads which records do not fit, and that no value takes the terminal over.
func TestViolationTable(t *testing.T) {
	t.Parallel()
	e := &client.Error{ViolationCount: 1002, Violations: []client.Violation{
		{Change: 0, RecordID: "7", Field: "code", Value: json.RawMessage(`"007"`), Reason: "Its leading zeros would be lost."},
		{Change: 12, RecordID: "8", Field: "code", Value: json.RawMessage(`"\u001b[2Jx` + strings.Repeat("y", 60) + `"`), Reason: "r"},
		{Change: 0, RecordID: "9", Field: "n", Value: json.RawMessage(`null`), Reason: "r"},
		{Change: 0, RecordID: "10", Field: "n", Value: json.RawMessage(`""`), Reason: "r"},
		{Change: 0, RecordID: "11", Field: "n", Value: json.RawMessage(`1.5`), Reason: "r"},
	}}
	want := `CHANGE  RECORD  FIELD  VALUE                                     WHY NOT
     0  7       code   007                                       Its leading zeros would be lost.
    12  8       code   \x1b[2Jxyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…  r
     0  9       n      (none)                                    r
     0  10      n      ""                                        r
     0  11      n      1.5                                       r
and 997 more
`
	if got := violationTable(e, true, 0); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := violationTable(e, false, 0); strings.Contains(got, "CHANGE") {
		t.Errorf("of one change it is told which:\n%s", got)
	}
}

func TestGrouped(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 123456: "123,456", 1234567: "1,234,567", -999: "-999", -1000: "-1,000"} {
		if got := grouped(n); got != want {
			t.Errorf("%d is written %s", n, got)
		}
	}
}
