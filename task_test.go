package stele

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestRefused: the third of wire.md 5.3. A batch that clashes with the table ends with no row of it imported; rows left
// out before keep their reasons, each clash names its row by a range.
func TestRefused(t *testing.T) {
	t.Parallel()
	table := newTable(t, "code TEXT required unique", "serial INT unique", "price FLOAT unique")
	b := accept(t, table,
		row("code", str("PX-8"), "serial", num("1"), "price", num("1")),
		row("code", null, "serial", num("2"), "price", num("2")),
		row("code", str("PX-9"), "serial", str("007"), "price", num("0.50")),
		row("code", str("it's"), "serial", num("4"), "price", num("4")),
	)
	before := slices.Clone(b.Task.Rejections)
	got := b.Refused(table, []Conflict{{Record: 1, Field: 0}, {Record: 1, Field: 1}, {Record: 1, Field: 2}, {Record: 2, Field: 0}})
	want := []Rejection{
		{Row: 2, Reason: codeMissing},
		{From: 3, To: 3, Reason: "Duplicate entry 'PX-9' for key 'parcels.code'"},
		{From: 3, To: 3, Reason: "Duplicate entry '7' for key 'parcels.serial'"},
		{From: 3, To: 3, Reason: "Duplicate entry '0.5' for key 'parcels.price'"},
		{From: 4, To: 4, Reason: "Duplicate entry 'it's' for key 'parcels.code'"},
	}
	if got.Success != 0 || got.Total != 4 || got.Failed() != 4 || got.Table != table.ID || !slices.Equal(got.Rejections, want) {
		t.Errorf("the task is %+v\nwant rejections %+v", got, want)
	}
	if again := b.Refused(table, nil); len(again.Rejections) != 1 || b.Task.Success != 3 || !slices.Equal(b.Task.Rejections, before) {
		t.Errorf("the batch itself was changed: %+v", b.Task)
	}
}

// TestRefusedIsBounded: of the clashes of one row the first twenty are told, and that there are more; other rows are not
// touched by it.
func TestRefusedIsBounded(t *testing.T) {
	t.Parallel()
	var fields []string
	var wide []any
	for i := range 22 {
		fields = append(fields, fmt.Sprintf("f%d INT unique", i))
		wide = append(wide, fmt.Sprintf("f%d", i), num("1"))
	}
	table := newTable(t, fields...)
	second := slices.Clone(wide)
	for i := 1; i < len(second); i += 2 {
		second[i] = num("2")
	}
	b := accept(t, table, row(wide...), row(second...))
	var all []Conflict
	for f := range 22 {
		all = append(all, Conflict{Record: 0, Field: f})
	}
	got := b.Refused(table, append(all, Conflict{Record: 1, Field: 3})).Rejections
	if len(got) != 21 || got[18].Reason != "Duplicate entry '1' for key 'parcels.f18'" ||
		got[19].Reason != "Duplicate entry '1' for key 'parcels.f19' More values of this row are in the table already." ||
		got[20] != (Rejection{From: 2, To: 2, Reason: "Duplicate entry '2' for key 'parcels.f3'"}) {
		t.Errorf("rejections: %+v", got)
	}
	if exact := b.Refused(table, all[:20]).Rejections; len(exact) != 20 || exact[19].Reason != "Duplicate entry '1' for key 'parcels.f19'" {
		t.Errorf("of exactly twenty: %+v", exact[len(exact)-1])
	}
}

// TestKeptReceipt: a receipt is read as it was kept, whatever became of which row, and rows that were written one after the other take no
// more room than one.
func TestKeptReceipt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		task := Task{Total: rapid.IntRange(1, 40).Draw(t, "rows"), Receipt: &Receipt{}}
		id := RecordID(rapid.Int64Range(1, 1<<62).Draw(t, "first"))
		for range task.Total {
			r := RowResult{Status: RowStatus(rapid.IntRange(int(RowCreated), int(RowSkipped)).Draw(t, "status"))}
			if r.Left() {
				r.Sent = `{"a":1}`
			} else {
				id += RecordID(rapid.SampledFrom([]int64{1, 1, 1, 0, -1, 7}).Draw(t, "step"))
				r.ID = id
			}
			if r.Status == RowFailed {
				r.Findings = []Finding{{Field: "a", Code: FindingType, Value: Raw{KindJSON, "1"}, Reason: "no"}}
			}
			task.Receipt.Rows = append(task.Receipt.Rows, r)
		}
		kept, err := task.EncodeRejections()
		if err != nil {
			t.Fatal(err)
		}
		var got Task
		if err := got.DecodeRejections(kept); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.Receipt.Rows, task.Receipt.Rows) {
			t.Fatalf("kept as %s\nread %+v\nwant %+v", *kept, got.Receipt.Rows, task.Receipt.Rows)
		}
	})
	task := Task{Total: 1000, Success: 1000, Receipt: &Receipt{}}
	for i := range task.Total {
		task.Receipt.Rows = append(task.Receipt.Rows, RowResult{Status: RowCreated, ID: 541278230707963208 + RecordID(i)})
	}
	kept, err := task.EncodeRejections()
	if err != nil || len(*kept) > 100 {
		t.Errorf("a thousand rows are kept in %d bytes, %v", len(*kept), err)
	}
}
