package datafile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"stele/internal/datafile"
)

// TestEncoder: the bytes of a row are those that encoding/json makes of a map of its values.
func TestEncoder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", ".", "-.", "1e5", "-.5", "5.", "1.5E+3", "007", "1,5", "true", "<&>\u2028\x01\x7f\"\\\b\f\n\ufffd", "2026-03-01 08:00", "1e", "1e++5", "1.2.3", "-"}))
		var p datafile.Plan
		var row datafile.Row
		for i := range rapid.IntRange(0, 6).Draw(rt, "columns") {
			typ := rapid.SampledFrom([]datafile.Type{datafile.TypeText, datafile.TypeInt, datafile.TypeFloat, datafile.TypeDateTime, datafile.TypeBoolean}).Draw(rt, "type")
			p.Columns = append(p.Columns, datafile.PlanColumn{Name: fmt.Sprintf("%c%d", 'f'-i, i), Type: typ, DecimalComma: rapid.Bool().Draw(rt, "comma")})
			c := datafile.Cell{Kind: rapid.SampledFrom([]datafile.Kind{datafile.Missing, datafile.Null, datafile.Text, datafile.True, datafile.False}).Draw(rt, "kind")}
			if c.Kind == datafile.Text {
				c.Text = strings.ToValidUTF8(text.Draw(rt, "text"), "")
			}
			row.Cells = append(row.Cells, c)
		}
		got := p.Encoder().Append([]byte("before"), row)[len("before"):]
		var m map[string]any
		d := json.NewDecoder(bytes.NewReader(got))
		d.UseNumber()
		if err := d.Decode(&m); err != nil {
			rt.Fatalf("%s: %v", got, err)
		}
		for i, c := range row.Cells {
			v, there := m[p.Columns[i].Name]
			if there != (c.Kind != datafile.Missing) || there && c.Kind == datafile.Text && p.Columns[i].Type == datafile.TypeText && v != c.Text {
				rt.Fatalf("%+v is sent as %v (%t)", c, v, there)
			}
		}
		want, err := json.Marshal(m)
		if err != nil || !bytes.Equal(got, want) {
			rt.Fatalf("sent %s, want %s (%v)", got, want, err)
		}
	})
}

// TestEncoderNumbers has texts in a column of numbers: those that are numbers go as such, and nothing else does.
func TestEncoderNumbers(t *testing.T) {
	t.Parallel()
	p := datafile.Plan{Columns: []datafile.PlanColumn{{Name: "f", Type: datafile.TypeFloat}}}
	for text, want := range map[string]string{
		"1": "1", "-0": "-0", "0.5": "0.5", ".5": "0.5", "-.5": "-0.5", "5.": "5.0", "5.e3": "5.0e3", ".5E-3": "0.5E-3", "1e5": "1e5", "1E+05": "1E+05", " 7 ": "7", "123456789012345678901": "123456789012345678901",
		".": `"."`, "-.": `"-."`, "-": `"-"`, ".e5": `".e5"`, "e5": `"e5"`, "01": `"01"`, "-01.5": `"-01.5"`, "1e": `"1e"`, "1e+": `"1e+"`, "1e++5": `"1e++5"`, "1.2.3": `"1.2.3"`, "1.5e2.5": `"1.5e2.5"`, "+1": `"+1"`, "0x1": `"0x1"`, "NaN": `"NaN"`, "١": `"١"`,
	} {
		row := datafile.Row{Cells: []datafile.Cell{{Kind: datafile.Text, Text: text}}}
		if got := string(p.Encoder().Append(nil, row)); got != `{"f":`+want+`}` {
			t.Errorf("%q is sent as %s, want %s", text, got, want)
		}
	}
}

// TestTextsStay: the texts of a row stay what they are while the rows behind it are read.
func TestTextsStay(t *testing.T) {
	t.Parallel()
	r := benchFile(t, 20_000)
	var kept []string
	for {
		row, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, row.Cells[3].Text+row.Cells[0].Text, row.Cells[3].Text)
	}
	for i := range 20_000 {
		if want := fmt.Sprintf("Town of %d", i/3); kept[2*i+1] != want || kept[2*i] != want+fmt.Sprintf("%05d", i) {
			t.Fatalf("row %d: %q", i, kept[2*i:2*i+2])
		}
	}
}

func benchFile(tb testing.TB, rows int) *datafile.Reader {
	tb.Helper()
	var b strings.Builder
	b.WriteString("code,latitude,longitude,city,state,county\n")
	for i := range rows {
		fmt.Fprintf(&b, "%05d,%d.%06d,-%d.%06d,Town of %d,S%d,County %d\n", i, 20+i%50, i*7919%1_000_000, 60+i%70, i*104_729%1_000_000, i/3, i%50, i/25)
	}
	path := filepath.Join(tb.TempDir(), "places.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	r, err := datafile.Open(context.Background(), path, datafile.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = r.Close() })
	return r
}

// BenchmarkInfer plans a table of a file of 42,000 rows, BenchmarkEncoder reads its rows and makes the JSON of them.
func BenchmarkInfer(b *testing.B) {
	r := benchFile(b, 42_000)
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Rewind(); err != nil {
			b.Fatal(err)
		}
		if p, err := datafile.Infer(r); err != nil || p.Rows != 42_000 {
			b.Fatal(p, err)
		}
	}
}

func BenchmarkEncoder(b *testing.B) {
	r := benchFile(b, 42_000)
	p, err := datafile.Infer(r)
	if err != nil {
		b.Fatal(err)
	}
	e := p.Encoder()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Rewind(); err != nil {
			b.Fatal(err)
		}
		for range p.Rows {
			row, err := r.Next()
			if err != nil {
				b.Fatal(err)
			}
			buf = e.Append(buf[:0], row)
		}
	}
}
