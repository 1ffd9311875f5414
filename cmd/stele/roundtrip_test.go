package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"stele/client"
	"stele/internal/cli"
	"stele/internal/pgtest"
)

// TestExportAndImport is the promise of docs/import.md: a table of any fields and values, written in any format and packing and imported again, is the
// same table, in the same order; and where --create finds the types out anew, the same but for what the page lists.
func TestExportAndImport(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		url, key := serving(t)
		rapid.Check(t, func(rt *rapid.T) { (&exchange{t: rt, url: url, key: key, c: client.New(url, key)}).run() })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		if testing.Short() {
			t.Skip("needs a server: left out under -short")
		}
		url, key := serving(t, "STELE_DATABASE_URL="+pgtest.Database(t))
		for seed := range 6 {
			g := rapid.Custom(func(rt *rapid.T) int {
				(&exchange{t: rt, url: url, key: key, c: client.New(url, key), format: portable[seed]}).run()
				return 0
			})
			g.Example(seed)
		}
	})
}

// portable is the formats.
var portable = []string{"csv", "tsv", "json", "jsonl", "xlsx", "parquet"}

// exchange is one table on its way into a file and back.
type exchange struct {
	t        *rapid.T
	url, key string
	c        *client.Client
	format   string
	fields   []client.Field
	rows     [][]any
}

// odd are texts that are easily lost or taken for something else, and dates that are taken for dates.
var odd = []string{"", "007", "12", "-1.5", "1,5", "1,234", "true", "FALSE", "=1+1", "+1", "-x", "@a", "_x000D_", "a\r\nb", "\r", "\n", "NULL", "null", "NaN", "1e5", " x ", "\"", "\"\"",
	"a,b;c\td|e", "ünï", "日本語", "\U0001f600", "\x01", "\ufeff", "\ufeffbom", "\ufffd", "\ufffe", "\\N", "'", "12345678901234567890", "#N/A", "{}", "[1]", "2024-02-30", "13:05:00"}

// dates are texts that say a time, and which.
var dates = map[string]string{"2026-03-01": "2026-03-01 00:00:00", "Jun 12 1998": "1998-06-12 00:00:00", "13/04/2026": "2026-04-13 00:00:00", "2026-03-01T08:00:00+02:00": "2026-03-01 06:00:00"}

// commas are texts that may be numbers with a decimal comma, and which.
var commas = map[string]string{"1,5": "1.5", "2,25": "2.25", "1,234": "1.234"}

func (e *exchange) draw() {
	names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"id", "name", "a_1", "select", "values", "2019", "null", "true", "reason", "zz", "x"}), 1, 6, rapid.ID[string]).Draw(e.t, "names")
	kinds := []string{client.Text, client.Int, client.Float, client.DateTime, client.Boolean}
	for _, name := range names {
		e.fields = append(e.fields, client.Field{Name: name, Type: rapid.SampledFrom(kinds).Draw(e.t, "type")})
	}
	shape := make([]int, len(names)) // that columns of one kind of text, or of number, come up at all
	for i := range shape {
		shape[i] = rapid.IntRange(0, 5).Draw(e.t, "shape")
	}
	for range rapid.IntRange(1, 12).Draw(e.t, "rows") {
		row := make([]any, len(names))
		for i, f := range e.fields {
			if rapid.IntRange(0, 5).Draw(e.t, "null") > 0 {
				row[i] = e.value(f.Type, shape[i])
			}
		}
		e.rows = append(e.rows, row)
	}
}

func (e *exchange) value(kind string, shape int) any {
	t := e.t
	switch kind {
	case client.Int:
		if shape < 2 {
			return json.Number(strconv.Itoa(rapid.IntRange(-1000, 1000).Draw(t, "small")))
		}
		return json.Number(strconv.FormatInt(rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, math.MaxInt64, math.MinInt64, 1 << 53, 1<<53 + 1, 999999999999999, 1000000000000000})).Draw(t, "int"), 10))
	case client.Float:
		if shape < 2 {
			return float64(rapid.IntRange(-1000, 1000).Draw(t, "whole"))
		}
		return rapid.OneOf(rapid.Float64().Filter(func(f float64) bool { return !math.IsInf(f, 0) && !math.IsNaN(f) }),
			rapid.SampledFrom([]float64{0.1, 1e15, 1e16, 123456789012345680, math.MaxFloat64, math.SmallestNonzeroFloat64, 1e-7})).Draw(t, "float") + 0
	case client.DateTime:
		seconds := rapid.OneOf(rapid.Int64Range(-62135596800, 253402300799), rapid.SampledFrom([]int64{-62135596800, 253402300799, -2208988800, -2203891200, 0})).Draw(t, "time")
		return time.Unix(seconds, 0).UTC().Format(time.DateTime)
	case client.Boolean:
		return rapid.Bool().Draw(t, "bool")
	}
	switch shape {
	case 0:
		return rapid.SampledFrom(append(sortedKeys(dates), "")).Draw(t, "date")
	case 1:
		return rapid.SampledFrom([]string{"1,5", "2,25", "1,234", ""}).Draw(t, "comma")
	case 2:
		return rapid.SampledFrom([]string{"1", "02", "-3.5", "true"}).Draw(t, "number")
	}
	noNUL := func(s string) bool { return !strings.Contains(s, "\x00") }
	return rapid.OneOf(rapid.SampledFrom(odd), rapid.String().Filter(noNUL)).Draw(t, "text")
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (e *exchange) run() {
	e.draw()
	ctx := context.Background()
	if e.format == "" {
		e.format = rapid.SampledFrom(portable).Draw(e.t, "format")
	}
	name := "a." + e.format + rapid.SampledFrom([]string{"", ".gz", ".zst"}).Draw(e.t, "packing")
	dir, err := os.MkdirTemp("", "stele-exchange")
	no(e.t, err)
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, name)
	e.clear()
	source := e.make("source", e.fields)
	rows := make([]client.Row, len(e.rows))
	for i, row := range e.rows {
		rows[i] = client.Row{}
		for j, f := range e.fields {
			rows[i][f.Name] = row[j]
		}
	}
	_, err = e.c.Import(ctx, source, rows)
	no(e.t, err)
	e.command("export", "source", "-o", path)
	same := e.make("same", e.fields)
	e.command("import", path, "--table", "same", "--in-flight", "1")
	e.equal("the same fields", e.read(same, e.fields), e.expected(e.fields))
	e.command("import", path, "--table", "anew", "--create", "--yes", "--in-flight", "1")
	schema, err := e.c.Schema(ctx)
	no(e.t, err)
	var anew string
	for _, table := range schema.Tables {
		if table.Name == "anew" {
			anew = table.ID
		}
	}
	fields := e.foundOut()
	page, err := e.c.RecordsPage(ctx, anew, client.RecordQuery{Size: 1})
	no(e.t, err)
	for i, f := range page.Table.Fields {
		if f.Name != fields[i].Name || f.Type != fields[i].Type {
			e.t.Fatalf("%s: the field %s is %s, want %s %s", name, f.Name, f.Type, fields[i].Name, fields[i].Type)
		}
	}
	e.equal("--create", e.read(anew, fields), e.expected(fields))
}

// clear drops the tables of the draw before, which may have failed.
func (e *exchange) clear() {
	for table, err := range e.c.Tables(context.Background()) {
		no(e.t, err)
		_, err = e.c.DropTable(context.Background(), table.ID, table.Name, false)
		no(e.t, err)
	}
}

func no(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (e *exchange) make(name string, fields []client.Field) string {
	id, err := e.c.CreateTable(context.Background(), client.NewTable{Name: name, Description: "d", Fields: fields})
	no(e.t, err)
	return id
}

// command runs a command, which must end with status 0.
func (e *exchange) command(args ...string) {
	var out bytes.Buffer
	if status := cli.Main(context.Background(), append(args, "--url", e.url), cli.Process{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Environ: []string{"STELE_API_KEY=" + e.key}}); status != 0 {
		e.t.Fatalf("stele %s ends with %d:\n%s", strings.Join(args, " "), status, &out)
	}
}

// foundOut is the types that --create finds out, by the list in docs/import.md.
func (e *exchange) foundOut() []client.Field {
	fields := slices.Clone(e.fields)
	for i := range fields {
		var values []any
		for _, row := range e.rows {
			if row[i] != nil && row[i] != "" {
				values = append(values, row[i])
			}
		}
		all := func(ok func(any) bool) bool { return !slices.ContainsFunc(values, func(v any) bool { return !ok(v) }) }
		text := e.format == "csv" || e.format == "tsv"
		switch f := &fields[i]; {
		case e.format == "parquet":
		case len(values) == 0:
			f.Type = client.Text
		case f.Type == client.Text && all(func(v any) bool { return dates[v.(string)] != "" }):
			f.Type = client.DateTime
		case f.Type == client.Text && e.format == "csv" && (slices.Contains(values, any("1,5")) || slices.Contains(values, any("2,25"))) && all(func(v any) bool { return commas[v.(string)] != "" }):
			f.Type = client.Float
		case f.Type == client.Int && (text || e.format == "xlsx") && !all(func(v any) bool { return len(strings.TrimPrefix(string(v.(json.Number)), "-")) <= 15 }):
			f.Type = client.Text
		case f.Type == client.Float && e.format == "xlsx" && all(func(v any) bool { return v.(float64) == math.Trunc(v.(float64)) && math.Abs(v.(float64)) < 1<<53 }):
			f.Type = client.Int
		}
	}
	return fields
}

// expected is the rows as they should be in a table of these fields.
func (e *exchange) expected(fields []client.Field) (lines []string) {
	for _, row := range e.rows {
		var cells []string
		empty := true
		for i, f := range fields {
			v := row[i]
			empty = empty && v == nil
			if s, ok := v.(string); ok && f.Type != e.fields[i].Type && e.fields[i].Type == client.Text {
				v = nil // an empty text is no date and no number
				switch {
				case s != "" && f.Type == client.DateTime:
					v = dates[s]
				case s != "":
					v = json.Number(commas[s])
				}
			}
			cells = append(cells, said(f, v))
		}
		if !empty || e.format != "xlsx" {
			lines = append(lines, strings.Join(cells, " "))
		}
	}
	return lines
}

// said writes a value of a field so that equal ones are equal.
func said(f client.Field, v any) string {
	switch x := v.(type) {
	case nil:
		return f.Name + "=null"
	case float64:
		if f.Type == client.Int {
			return f.Name + "=" + strconv.FormatFloat(x, 'f', -1, 64)
		}
		return f.Name + "=" + strconv.FormatFloat(x+0, 'g', -1, 64)
	case json.Number:
		switch f.Type {
		case client.Float:
			n, _ := x.Float64()
			return f.Name + "=" + strconv.FormatFloat(n+0, 'g', -1, 64)
		case client.Text:
			return fmt.Sprintf("%s=%q", f.Name, x.String())
		}
		return f.Name + "=" + x.String()
	case string:
		if f.Type == client.Int { // beyond what a double holds
			return f.Name + "=" + x
		}
		return fmt.Sprintf("%s=%q", f.Name, x)
	}
	return fmt.Sprintf("%s=%v", f.Name, v)
}

func (e *exchange) read(table string, fields []client.Field) (lines []string) {
	for r, err := range e.c.Records(context.Background(), table, client.RecordQuery{}) {
		no(e.t, err)
		var cells []string
		for _, f := range fields {
			cells = append(cells, said(f, r.Value[f.Name]))
		}
		lines = append(lines, strings.Join(cells, " "))
	}
	return lines
}

func (e *exchange) equal(what string, got, want []string) {
	if !slices.Equal(got, want) {
		e.t.Fatalf("%s by %s:\ngot\n%s\nwant\n%s", what, e.format, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
