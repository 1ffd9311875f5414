package stele

import (
	"fmt"
	"strconv"
	"testing"
)

// BenchmarkAccept types and checks an import of the largest size: 1000 rows of 6 fields, two of them unique, one TEXT and
// one INT. The rows are prepared; decoding JSON is not measured here.
func BenchmarkAccept(b *testing.B) {
	t := benchTable(b)
	rows := benchRows(1000)
	b.ReportAllocs()
	for b.Loop() {
		batch, err := t.Accept(rows, DefaultLimits())
		if err != nil || batch.Task.Success != len(rows) {
			b.Fatalf("Accept: %v, %d accepted, %v", err, batch.Task.Success, batch.Task.Rejections)
		}
	}
}

// BenchmarkAcceptRejected has a finding in every row: the price of saying no.
func BenchmarkAcceptRejected(b *testing.B) {
	t := benchTable(b)
	rows := benchRows(1000)
	for i := range rows {
		rows[i].Cells[2].Raw = Raw{KindString, "heavy"}
	}
	b.ReportAllocs()
	for b.Loop() {
		batch, err := t.Accept(rows, DefaultLimits())
		if err != nil || batch.Task.Success != 0 {
			b.Fatalf("Accept: %v, %d accepted", err, batch.Task.Success)
		}
	}
}

func benchTable(b *testing.B) *Table {
	b.Helper()
	t, err := NewTable("66f0a1b2c3d4e5f601234567", Draft{Name: "parcels", Description: "parcels on their way", Fields: []DraftField{
		{Name: "code", Type: "TEXT", Required: true, Unique: true},
		{Name: "serial", Type: "INT", Unique: true},
		{Name: "weight_g", Type: "INT"},
		{Name: "price", Type: "FLOAT"},
		{Name: "fragile", Type: "BOOLEAN"},
		{Name: "shipped_at", Type: "DATETIME"},
	}}, DefaultLimits(), 0)
	if err != nil {
		b.Fatal(err)
	}
	return t
}

func benchRows(n int) []Row {
	rows := make([]Row, n)
	for i := range rows {
		fragile := KindFalse
		if i%3 == 0 {
			fragile = KindTrue
		}
		rows[i].Cells = []Cell{
			{"code", Raw{KindString, fmt.Sprintf("PX-%08d", i*7919%100003)}},
			{"serial", Raw{KindNumber, strconv.Itoa(1_000_000 + i*7919%100003)}},
			{"weight_g", Raw{KindString, strconv.Itoa(100 + i)}},
			{"price", Raw{KindNumber, strconv.FormatFloat(float64(i)*1.37+0.01, 'f', 2, 64)}},
			{"fragile", Raw{Kind: fragile}},
			{"shipped_at", Raw{KindString, fmt.Sprintf("2026-%02d-%02d 08:%02d:00", i%12+1, i%28+1, i%60)}},
		}
	}
	return rows
}
