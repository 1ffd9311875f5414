package stele

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// csvOf writes rows as CSV, word by word as wire.md 6 says it: the oracle for the sizes that Accept computes.
func csvOf(table *Table, rows []Row) []byte {
	var out bytes.Buffer
	line := func(values []string) {
		for i, v := range values {
			if i > 0 {
				out.WriteByte(',')
			}
			if strings.ContainsAny(v, ",\"\r\n") {
				v = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
			}
			out.WriteString(v)
		}
		out.WriteByte('\n')
	}
	var names []string
	for _, f := range table.Fields {
		names = append(names, f.Name)
	}
	line(names)
	for _, r := range rows {
		last := map[string]Raw{}
		for _, c := range r.Cells {
			last[c.Name] = c.Raw
		}
		var values []string
		for _, name := range names {
			values = append(values, csvValue(last[name]))
		}
		line(values)
	}
	return out.Bytes()
}

func csvValue(r Raw) string {
	switch r.Kind {
	case KindNull:
		return ""
	case KindTrue:
		return "true"
	case KindFalse:
		return "false"
	case KindJSON:
		var b bytes.Buffer
		if err := json.Compact(&b, []byte(r.Text)); err != nil {
			return r.Text
		}
		return b.String()
	default:
		return r.Text
	}
}

// checkSize holds the size that is told to the oracle's, on both sides of the limit.
func checkSize(t interface {
	Helper()
	Errorf(string, ...any)
}, table *Table, rows []Row) {
	t.Helper()
	limits := DefaultLimits()
	size := len(csvOf(table, rows))
	limits.ImportCSVBytes = size
	if _, err := table.Accept(rows, limits); err != nil {
		t.Errorf("%d bytes are refused where as many are allowed: %v", size, err)
	}
	limits.ImportCSVBytes = size - 1
	want := fmt.Sprintf("records are %d bytes as CSV; at most %d are allowed.", size, size-1)
	if b, err := table.Accept(rows, limits); b != nil || ErrorCode(err) != CodeTooLarge || !strings.Contains(err.Error(), want) {
		t.Errorf("%d bytes, one too many: %v; want %q", size, err, want)
	}
}

func TestCSVSize(t *testing.T) {
	t.Parallel()
	table := parcels(t)
	const header = len("code,weight_g,price,fragile,shipped_at\n")
	const bare = len(",,,,\n") // a record without values
	for _, c := range []struct {
		name string
		rows []Row
		want int
	}{
		{"no records", nil, header},
		{"nothing in it", []Row{row()}, header + bare},
		{"nulls and empty text", []Row{row("code", null, "weight_g", str("")), row("price", null)}, header + 2*bare},
		{"a number as it was written", []Row{row("price", num("1.50e+00"))}, header + bare + 8},
		{"booleans", []Row{row("fragile", yes), row("fragile", no)}, header + 2*bare + 4 + 5},
		{"bytes, not characters", []Row{row("code", str("数据😀"))}, header + bare + 10},
		{"blanks stand as they are", []Row{row("code", str(" a\tb "))}, header + bare + 5},
		{"comma", []Row{row("code", str("a,b"))}, header + bare + 5},
		{"quotes", []Row{row("code", str(`"a"`))}, header + bare + 7},
		{"CR and LF", []Row{row("code", str("\r")), row("code", str("\n"))}, header + 2*bare + 6},
		{"compact JSON", []Row{row("code", jsonRaw("{ \"a\" : 1 }")), row("code", jsonRaw("[ ]"))}, header + 2*bare + 7 + 4 + 2},
		{"the last one holds", []Row{row("code", str("long text"), "code", str("a"))}, header + bare + 1},
		{"unknown fields do not count", []Row{row("colour", str("red"), "code", str("a"))}, header + bare + 1},
		{"left-out rows do", []Row{row("code", str("a"), "weight_g", str("heavy")), row("code", str("a"))}, header + 2*bare + 7},
		{"also unread ones", []Row{{Problem: "odd", Cells: []Cell{{"code", str("abc")}}}}, header + bare + 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if n := len(csvOf(table, c.rows)); n != c.want {
				t.Errorf("the oracle says %d; want %d", n, c.want)
			}
			checkSize(t, table, c.rows)
		})
	}
}

// TestCSVSizeDefault: the published limit is 10 MB of 2^20 bytes, inclusive.
func TestCSVSizeDefault(t *testing.T) {
	t.Parallel()
	table := newTable(t, "a TEXT")
	const most = 10 << 20
	text := strings.Repeat("x", most-len("a\n\n"))
	if _, err := table.Accept([]Row{row("a", str(text))}, DefaultLimits()); err != nil {
		t.Errorf("10 MB: %v", err)
	}
	if _, err := table.Accept([]Row{row("a", str(text+"x"))}, DefaultLimits()); ErrorCode(err) != CodeTooLarge {
		t.Errorf("10 MB and a byte: %v; want CodeTooLarge", err)
	}
}

// drawRaw makes raw values of every kind, with the characters that CSV is about.
func drawRaw() *rapid.Generator[Raw] {
	text := rapid.StringMatching(`[a",\r\n é😀\\]{0,12}`)
	return rapid.Custom(func(t *rapid.T) Raw {
		switch kind := rapid.SampledFrom([]Kind{KindNull, KindString, KindNumber, KindTrue, KindFalse, KindJSON, KindBroken}).Draw(t, "kind"); kind {
		case KindString:
			return str(text.Draw(t, "text"))
		case KindNumber:
			return num(drawNumber(t))
		case KindJSON:
			b, _ := json.MarshalIndent(map[string][]string{text.Draw(t, "key"): {text.Draw(t, "text")}}, "", " ")
			return jsonRaw(string(b))
		case KindBroken:
			return half
		default:
			return Raw{Kind: kind}
		}
	})
}

// TestCSVSizeAgainstOracle also shows that the bound, which spares most imports the count, never changes the verdict.
func TestCSVSizeAgainstOracle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-c]{1,3}`), 1, 5, rapid.ID[string]).Draw(t, "names")
		draft := Draft{Name: "t", Description: "d"}
		for _, n := range names {
			draft.Fields = append(draft.Fields, DraftField{Name: n, Type: "TEXT"})
		}
		table, err := NewTable("66f0a1b2c3d4e5f601234567", draft, DefaultLimits(), 0)
		if err != nil {
			t.Fatal(err)
		}
		name := rapid.OneOf(rapid.SampledFrom(names), rapid.StringMatching(`[a-c]{1,3}`))
		var rows []Row
		for range rapid.IntRange(0, 6).Draw(t, "rows") {
			var r Row
			for range rapid.IntRange(0, 6).Draw(t, "cells") {
				r.Cells = append(r.Cells, Cell{name.Draw(t, "name"), drawRaw().Draw(t, "raw")})
			}
			rows = append(rows, r)
		}
		checkSize(t, table, rows)
	})
}
