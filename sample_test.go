package stele

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestAirports imports real rows of text: every value is what the file has, to the character and to the last digit.
func TestAirports(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("testdata/airports-sample.csv")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil || len(lines) != 301 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	table := newTable(t, "iata TEXT required unique", "name TEXT required", "city TEXT", "state TEXT", "country TEXT",
		"latitude FLOAT required", "longitude FLOAT required")
	var rows []Row
	for _, line := range lines[1:] {
		var r Row
		for i, name := range lines[0] {
			r.Cells = append(r.Cells, Cell{name, str(line[i])})
		}
		rows = append(rows, r)
	}
	b := accept(t, table, rows...)
	if b.Task.Success != 300 {
		t.Fatalf("rows left out: %v", b.Task.Rejections)
	}
	for i, rec := range b.Records {
		for at, v := range rec.Values {
			want := lines[i+1][at]
			if table.Fields[at].Type == Float { // the file pads some coordinates with zeros
				want = strings.TrimSuffix(strings.TrimRight(want, "0"), ".")
			}
			if v.String() != want {
				t.Errorf("row %d: %s is %q; want %q", i+1, table.Fields[at].Name, v, want)
			}
		}
	}
	checkSize(t, table, rows)
	if size := len(csvOf(table, rows)); size != len(file) {
		t.Errorf("the rows are %d bytes as CSV; the file they come from has %d", size, len(file))
	}
	again := append(rows, rows...)
	if b := accept(t, table, again...); b.Task.Success != 300 || len(b.Task.Rejections) != 300 {
		t.Errorf("the rows given twice: %d are kept", b.Task.Success)
	}
}

// TestMovies imports real rows of mixed types and many nulls.
func TestMovies(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("testdata/movies-sample.json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(file))
	d.UseNumber()
	var movies []map[string]any
	if err := d.Decode(&movies); err != nil || len(movies) != 190 {
		t.Fatalf("%d records, %v", len(movies), err)
	}
	fields := map[string]string{
		"Title": "TEXT", "US Gross": "INT", "Worldwide Gross": "INT", "US DVD Sales": "INT", "Production Budget": "INT",
		"Release Date": "TEXT", "MPAA Rating": "TEXT", "Running Time min": "INT", "Distributor": "TEXT", "Source": "TEXT",
		"Major Genre": "TEXT", "Creative Type": "TEXT", "Director": "TEXT", "Rotten Tomatoes Rating": "INT", "IMDB Rating": "FLOAT",
		"IMDB Votes": "INT",
	}
	var written []string
	for name, typ := range fields {
		written = append(written, fieldName(name)+" "+typ)
	}
	table := newTable(t, written...)
	var rows []Row
	nulls := 0
	for _, m := range movies {
		var r Row
		for name, v := range m {
			if v == nil {
				nulls++
			}
			r.Cells = append(r.Cells, Cell{fieldName(name), rawOf(v)})
		}
		rows = append(rows, r)
	}
	b := accept(t, table, rows...)
	if b.Task.Success != 190 || nulls < 300 {
		t.Fatalf("%d nulls, rows left out: %v", nulls, b.Task.Rejections)
	}
	for i, rec := range b.Records {
		for name, v := range movies[i] {
			got := rec.Values[table.FieldIndex(fieldName(name))]
			if v == nil && !got.IsNull() || v != nil && (got.IsNull() || got.String() != fmt.Sprint(v)) {
				t.Errorf("row %d: %s is %#v; want %v", i+1, name, got, v)
			}
		}
	}
}

func fieldName(name string) string { return strings.ReplaceAll(strings.ToLower(name), " ", "_") }

func rawOf(v any) Raw {
	switch v := v.(type) {
	case nil:
		return null
	case json.Number:
		return num(v.String())
	default:
		return str(v.(string))
	}
}
