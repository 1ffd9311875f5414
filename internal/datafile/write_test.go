package datafile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"stele/internal/datafile"
)

var formats = []datafile.Format{datafile.CSV, datafile.TSV, datafile.JSON, datafile.JSONLines, datafile.XLSX, datafile.Parquet}

// awkward are texts that a careless writer or reader loses or takes for something else.
var awkward = []string{"", "007", "12", "-1.5", "1,5", "true", "FALSE", "=1+1", "+1", "-x", "@a", "_x000D_", "_x005F_", "a\r\nb", "\r", "\n", "NULL", "NaN", "1e5", " x ", "\"", "\"\"",
	"a,b;c\td|e", "ünï", "日本", "\U0001f600", "\x01", "\ufeff", "\ufffe", "\\N", "'", "2026-03-01", "Jun 12 1998", "12345678901234567890"}

// wide is a table of random columns and rows.
type wide struct {
	columns []datafile.Column
	rows    [][]datafile.Cell
}

var types = []datafile.Type{datafile.TypeText, datafile.TypeInt, datafile.TypeFloat, datafile.TypeDateTime, datafile.TypeBoolean}

func drawTable(t *rapid.T) wide {
	w := wide{columns: []datafile.Column{{Name: "id", Declared: datafile.TypeInt}}}
	for i := range rapid.IntRange(0, 5).Draw(t, "columns") {
		w.columns = append(w.columns, datafile.Column{Name: fmt.Sprintf("%c%d", 'z'-i, i), Declared: rapid.SampledFrom(types).Draw(t, "type")})
	}
	for i := range rapid.IntRange(0, 12).Draw(t, "rows") {
		row := []datafile.Cell{{Kind: datafile.Number, Text: strconv.Itoa(i)}}
		for _, c := range w.columns[1:] {
			row = append(row, drawCell(t, c.Declared))
		}
		w.rows = append(w.rows, row)
	}
	return w
}

func drawCell(t *rapid.T, typ datafile.Type) datafile.Cell {
	if rapid.IntRange(0, 4).Draw(t, "null") == 0 {
		return datafile.Cell{Kind: datafile.Null}
	}
	switch typ {
	case datafile.TypeInt:
		return datafile.Cell{Kind: datafile.Number, Text: strconv.FormatInt(rapid.Int64().Draw(t, "int"), 10)}
	case datafile.TypeFloat:
		f := rapid.Float64().Filter(func(f float64) bool { return !math.IsInf(f, 0) && !math.IsNaN(f) }).Draw(t, "float")
		return datafile.Cell{Kind: datafile.Number, Text: strconv.FormatFloat(f, 'g', -1, 64)}
	case datafile.TypeDateTime:
		seconds := rapid.Int64Range(-62135596800, 253402300799).Draw(t, "time") // years 1 to 9999
		return datafile.Cell{Kind: datafile.Text, Text: time.Unix(seconds, 0).UTC().Format(time.DateTime)}
	case datafile.TypeBoolean:
		return datafile.Cell{Kind: rapid.SampledFrom([]datafile.Kind{datafile.True, datafile.False}).Draw(t, "bool")}
	}
	noNUL := func(s string) bool { return !strings.Contains(s, "\x00") }
	return datafile.Cell{Kind: datafile.Text, Text: rapid.OneOf(rapid.SampledFrom(awkward), rapid.String().Filter(noNUL)).Draw(t, "text")}
}

// write writes a table into a file and returns its path.
func write(t testing.TB, dir string, format datafile.Format, packing string, w wide) string {
	var b bytes.Buffer
	out, err := datafile.Create(&b, format, w.columns, datafile.WriteOptions{Packing: packing})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range w.rows {
		if err := out.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "a."+string(format))
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sent is what a row should be sent as, numbers as Go prints them.
func sent(columns []datafile.Column, row []datafile.Cell) string {
	var s []string
	for i, c := range row {
		v := "null"
		switch c.Kind {
		case datafile.Text:
			v = strconv.Quote(c.Text)
		case datafile.True:
			v = "true"
		case datafile.False:
			v = "false"
		case datafile.Number:
			v = c.Text
			if columns[i].Declared == datafile.TypeFloat {
				f, _ := strconv.ParseFloat(c.Text, 64)
				v = fmt.Sprint(f + 0)
			}
		}
		s = append(s, columns[i].Name+"="+v)
	}
	return strings.Join(s, " ")
}

// got reads the JSON of a row the same way.
func got(t testing.TB, columns []datafile.Column, object []byte) string {
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		t.Fatalf("%s: %v", object, err)
	}
	var s []string
	for _, c := range columns {
		v := "null"
		switch x := m[c.Name].(type) {
		case string:
			v = strconv.Quote(x)
		case bool:
			v = strconv.FormatBool(x)
		case json.Number:
			v = x.String()
			if c.Declared == datafile.TypeFloat {
				f, _ := x.Float64()
				v = fmt.Sprint(f + 0)
			}
		}
		s = append(s, c.Name+"="+v)
	}
	return strings.Join(s, " ")
}

// TestRoundTrip: what is written is read again, in every format and packing, for every type.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, format := range formats {
		for _, packing := range []string{"", "gzip", "zstd"} {
			t.Run(string(format)+packing, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				rapid.Check(t, func(rt *rapid.T) {
					w := drawTable(rt)
					if len(w.rows) == 0 && (format == datafile.JSON || format == datafile.JSONLines) {
						return // has no columns either
					}
					again(t, rt, write(t, dir, format, packing, w), w)
				})
			})
		}
	}
}

// again reads a file and compares it with the table that it was written of.
func again(t testing.TB, rt *rapid.T, path string, w wide) {
	r, err := datafile.Open(context.Background(), path, datafile.Options{})
	if err != nil {
		rt.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	plan, err := datafile.Infer(r)
	if err != nil {
		rt.Fatal(err)
	}
	if len(plan.Columns) != len(w.columns) || plan.Rows != int64(len(w.rows)) {
		rt.Fatalf("%d columns and %d rows, want %d and %d", len(plan.Columns), plan.Rows, len(w.columns), len(w.rows))
	}
	for i, c := range w.columns {
		p := &plan.Columns[i]
		if p.Name != c.Name {
			rt.Errorf("column %d is %q, want %q", i, p.Name, c.Name)
		}
		if p.Type != c.Declared && p.Empty < p.Rows && !mayDiffer(r.Format(), c.Declared, w, i) {
			rt.Errorf("%s is %s (%s), want %s", c.Name, p.Type, p.Reason, c.Declared)
		}
		p.Type = c.Declared
	}
	if err := r.Rewind(); err != nil {
		rt.Fatal(err)
	}
	for i := range w.rows {
		row, err := r.Next()
		if err != nil {
			rt.Fatal(err)
		}
		if a, b := got(t, w.columns, plan.Encoder().Append(nil, row)), sent(w.columns, w.rows[i]); a != b {
			rt.Fatalf("row %d\ngot  %s\nwant %s", i, a, b)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		rt.Fatal(err)
	}
}

// mayDiffer is the list of what Create says.
func mayDiffer(format datafile.Format, typ datafile.Type, w wide, column int) bool {
	for _, row := range w.rows {
		c := row[column]
		text := c.Text
		switch {
		case c.Kind == datafile.Null, c.Kind == datafile.Text && text == "":
		case typ == datafile.TypeText && text != "2026-03-01" && text != "Jun 12 1998" && text != "1,5":
			return false
		case typ == datafile.TypeInt && format != datafile.JSON && format != datafile.JSONLines && len(strings.Trim(text, "-")) > 15:
			return true
		case typ == datafile.TypeFloat:
			if f, _ := strconv.ParseFloat(text, 64); f != math.Trunc(f) {
				return false
			}
		}
	}
	switch typ {
	case datafile.TypeText:
		return format != datafile.Parquet
	case datafile.TypeFloat:
		return format == datafile.XLSX
	}
	return false
}

// TestWorkbookElsewhere reads what is written with another library.
func TestWorkbookElsewhere(t *testing.T) {
	t.Parallel()
	columns := []datafile.Column{{Name: "n", Declared: datafile.TypeInt}, {Name: "t"}, {Name: "at", Declared: datafile.TypeDateTime}, {Name: "f", Declared: datafile.TypeFloat}, {Name: "b", Declared: datafile.TypeBoolean}}
	text := func(s string) datafile.Cell { return datafile.Cell{Kind: datafile.Text, Text: s} }
	num := func(s string) datafile.Cell { return datafile.Cell{Kind: datafile.Number, Text: s} }
	path := write(t, t.TempDir(), datafile.XLSX, "", wide{columns, [][]datafile.Cell{
		{num("12345"), text("=1+1"), text("2026-03-01 08:30:15"), num("0.1"), {Kind: datafile.True}},
		{num("1234567890123456"), text("00501"), text("0001-01-01 00:00:00"), {Kind: datafile.Null}, {Kind: datafile.False}},
		{{Kind: datafile.Null}, text("<&> _x000D_ \r\n"), {Kind: datafile.Null}, num("1e+300"), {Kind: datafile.Null}},
	}})
	x, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = x.Close() }()
	want := map[string]string{"A1": "n", "E1": "b", "A2": "12345", "B2": "=1+1", "C2": "2026-03-01 08:30:15", "D2": "0.1", "E2": "TRUE",
		"A3": "1234567890123456", "B3": "00501", "C3": "0001-01-01 00:00:00", "D3": "", "E3": "FALSE", "A4": "", "D4": "1E+300"}
	for cell, w := range want {
		if v, err := x.GetCellValue("Sheet1", cell); v != w || err != nil {
			t.Errorf("%s is %q (%v), want %q", cell, v, err, w)
		}
		if f, err := x.GetCellFormula("Sheet1", cell); f != "" || err != nil {
			t.Errorf("%s is the formula %q (%v)", cell, f, err)
		}
	}
	for _, cell := range []string{"A3", "B2", "B3"} {
		if k, err := x.GetCellType("Sheet1", cell); k != excelize.CellTypeInlineString || err != nil {
			t.Errorf("%s is of type %d (%v), want a text", cell, k, err)
		}
	}
}

// TestWriteText shows how null, the empty text and texts like numbers are written.
func TestWriteText(t *testing.T) {
	t.Parallel()
	columns := []datafile.Column{{Name: "2019"}, {Name: "n", Declared: datafile.TypeInt}, {Name: "f", Declared: datafile.TypeFloat}, {Name: "b", Declared: datafile.TypeBoolean}, {Name: "at", Declared: datafile.TypeDateTime}}
	rows := [][]datafile.Cell{
		{{Kind: datafile.Null}, {Kind: datafile.Number, Text: "7"}, {Kind: datafile.Number, Text: "7"}, {Kind: datafile.True}, {Kind: datafile.Text, Text: "2026-03-01 00:00:00"}},
		{{Kind: datafile.Text}, {}, {Kind: datafile.Number, Text: "0.5"}, {Kind: datafile.False}, {}},
		{{Kind: datafile.Text, Text: "12"}, {}, {}, {}, {}},
		{{Kind: datafile.Text, Text: "a\"b,c\td\n"}, {}, {}, {}, {}},
	}
	cases := []struct {
		format datafile.Format
		bom    bool
		want   string
	}{
		{datafile.CSV, false, "\"2019\",n,f,b,at\n,7,7.0,true,2026-03-01 00:00:00\n\"\",,0.5,false,\n\"12\",,,,\n\"a\"\"b,c\td\n\",,,,\n"},
		{datafile.TSV, true, "\ufeff\"2019\"\tn\tf\tb\tat\n\t7\t7.0\ttrue\t2026-03-01 00:00:00\n\"\"\t\t0.5\tfalse\t\n\"12\"\t\t\t\t\n\"a\"\"b,c\td\n\"\t\t\t\t\n"},
		{datafile.JSON, false, "[\n{\"2019\":null,\"n\":7,\"f\":7.0,\"b\":true,\"at\":\"2026-03-01 00:00:00\"},\n{\"2019\":\"\",\"n\":null,\"f\":0.5,\"b\":false,\"at\":null},\n" +
			"{\"2019\":\"12\",\"n\":null,\"f\":null,\"b\":null,\"at\":null},\n{\"2019\":\"a\\\"b,c\\td\\n\",\"n\":null,\"f\":null,\"b\":null,\"at\":null}\n]\n"},
	}
	for _, c := range cases {
		var b bytes.Buffer
		w, err := datafile.Create(&b, c.format, columns, datafile.WriteOptions{BOM: c.bom})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil || b.String() != c.want {
			t.Errorf("%s: %v\ngot\n%s\nwant\n%s", c.format, err, b.String(), c.want)
		}
	}
}

// TestOneColumn: rows of nothing but null are rows where there is one column, and the file is not of quoted numbers alone.
func TestOneColumn(t *testing.T) {
	t.Parallel()
	for _, format := range []datafile.Format{datafile.CSV, datafile.TSV, datafile.JSONLines, datafile.Parquet} {
		path := write(t, t.TempDir(), format, "", wide{[]datafile.Column{{Name: "a"}}, [][]datafile.Cell{{{Kind: datafile.Null}}, {{Kind: datafile.Text, Text: "12"}}, {{Kind: datafile.Text}}, {{Kind: datafile.Null}}}})
		p, rows := infer(t, path, datafile.Options{})
		if s := strings.Join(rows, " "); s != `{"a":null} {"a":"12"} {"a":""} {"a":null}` || p.Columns[0].Type != datafile.TypeText {
			t.Errorf("%s: %s %v", format, s, p.Columns)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	text := []datafile.Cell{{Kind: datafile.Text, Text: strings.Repeat("é", 32768)}}
	cases := []struct {
		format datafile.Format
		typ    datafile.Type
		opts   datafile.WriteOptions
		row    []datafile.Cell
		want   string
	}{
		{datafile.XLSX, "", datafile.WriteOptions{}, text, `row 1, column "a": the text has 32768 characters; a cell of a workbook holds at most 32767`},
		{datafile.Parquet, datafile.TypeInt, datafile.WriteOptions{}, []datafile.Cell{{Kind: datafile.Number, Text: "1.5"}}, `row 1, column "a": "1.5" is no INT`},
		{datafile.Parquet, datafile.TypeDateTime, datafile.WriteOptions{}, []datafile.Cell{{Kind: datafile.Text, Text: "today"}}, `row 1, column "a": "today" is no DATETIME`},
		{datafile.CSV, "", datafile.WriteOptions{}, nil, "row 1 has 0 cells; there are 1 columns"},
		{datafile.JSON, "", datafile.WriteOptions{BOM: true}, nil, "json has no byte order mark; csv and tsv have"},
		{datafile.CSV, "", datafile.WriteOptions{Packing: "rar"}, nil, `there is no packing "rar"; there are gzip and zstd`},
		{"xls", "", datafile.WriteOptions{}, nil, `there is no format "xls"`},
	}
	for _, c := range cases {
		w, err := datafile.Create(io.Discard, c.format, []datafile.Column{{Name: "a", Declared: c.typ}}, c.opts)
		if err == nil {
			err = w.Write(c.row)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.format, err, c.want)
		}
	}
}

// TestSheetEnds: one row more than a sheet has is refused, and the file is whole without it.
func TestSheetEnds(t *testing.T) {
	t.Parallel()
	w, err := datafile.Create(io.Discard, datafile.XLSX, []datafile.Column{{Name: "a", Declared: datafile.TypeInt}}, datafile.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	row := []datafile.Cell{{Kind: datafile.Number, Text: "1"}}
	for range 1<<20 - 1 {
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Write(row); err == nil || !strings.Contains(err.Error(), "a sheet has at most 1048576 rows") {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}
