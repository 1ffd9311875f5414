package e2e

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// equal compares a value that was read with the one expected: int64 and float64 by number, everything else as it is.
func equal(got, want any) bool {
	n, isNumber := got.(json.Number)
	switch w := want.(type) {
	case int64:
		return isNumber && string(n) == strconv.FormatInt(w, 10)
	case float64:
		f, err := strconv.ParseFloat(string(n), 64)
		return isNumber && err == nil && f == w
	default:
		return got == want
	}
}

// csvRows reads a CSV file with a header line.
func csvRows(path string) (header []string, rows [][]string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = f.Close() }()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil || len(all) == 0 {
		return nil, nil, fmt.Errorf("%s: %d lines, %v", path, len(all), err)
	}
	return all[0], all[1:], nil
}

// fromCSV sends every value as the text that it is in the file, as clients do. Columns named in floats become FLOAT,
// the first one is the key.
func fromCSV(path string, floats ...string) (dataset, error) {
	header, lines, err := csvRows(path)
	if err != nil {
		return dataset{}, err
	}
	var d dataset
	isFloat := make([]bool, len(header))
	for i, name := range header {
		f := field{Name: name, Type: "TEXT", Required: i == 0, Unique: i == 0}
		for _, n := range floats {
			if n == name {
				f.Type, isFloat[i] = "FLOAT", true
			}
		}
		d.fields = append(d.fields, f)
	}
	for _, line := range lines {
		sent, want := row{}, make([]any, len(header))
		for i, text := range line {
			sent[header[i]] = text
			want[i] = text
			if isFloat[i] {
				if want[i], err = strconv.ParseFloat(text, 64); err != nil {
					return d, err
				}
			}
		}
		d.rows, d.want = append(d.rows, sent), append(d.want, want)
	}
	return d, nil
}

func airports(path string) (dataset, error) {
	d, err := fromCSV(path, "latitude", "longitude")
	return d, firstOf(err, leadingZeros(d))
}

func zipcodes(path string) (dataset, error) {
	d, err := fromCSV(path, "latitude", "longitude")
	return d, firstOf(err, leadingZeros(d))
}

// leadingZeros wants keys that a number would shorten, else the file proves nothing about them.
func leadingZeros(d dataset) error {
	for _, values := range d.want {
		if s, _ := values[0].(string); strings.HasPrefix(s, "0") {
			return nil
		}
	}
	return fmt.Errorf("no key of %d has a leading zero", len(d.want))
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// jsonRows reads an array of objects with their numbers as written.
func jsonRows(path string) ([]map[string]any, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	d := json.NewDecoder(f)
	d.UseNumber()
	var rows []map[string]any
	return rows, d.Decode(&rows)
}

func flights(path string) (dataset, error) {
	rows, err := jsonRows(path)
	d := dataset{fields: append(fields("INT", "delay", "distance"), fields("FLOAT", "time")...)}
	for _, r := range rows {
		want := make([]any, 3)
		for i, f := range d.fields {
			if want[i], err = number(f.Type, r[f.Name]); err != nil {
				return d, err
			}
		}
		d.rows, d.want = append(d.rows, r), append(d.want, want)
	}
	return d, err
}

// number is the value that an INT or a FLOAT field has of a JSON number.
func number(typ string, v any) (any, error) {
	n, ok := v.(json.Number)
	switch {
	case !ok:
		return nil, fmt.Errorf("%v is no number", v)
	case typ == "INT":
		return n.Int64()
	default:
		return n.Float64()
	}
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// legal makes a field name: "US Gross" becomes us_gross.
func legal(name string) string { return notInNames.ReplaceAllString(strings.ToLower(name), "_") }

// movies has blanks in its names, nulls in every column, titles that are numbers, and dates such as "Jun 12 1998", which
// a client has to write in a form that a DATETIME reads.
func movies(path string) (dataset, error) {
	rows, err := jsonRows(path)
	if err != nil {
		return dataset{}, err
	}
	types := []struct{ name, typ string }{
		{"Title", "TEXT"}, {"US Gross", "INT"}, {"Worldwide Gross", "INT"}, {"US DVD Sales", "INT"}, {"Production Budget", "INT"},
		{"Release Date", "DATETIME"}, {"MPAA Rating", "TEXT"}, {"Running Time min", "INT"}, {"Distributor", "TEXT"}, {"Source", "TEXT"},
		{"Major Genre", "TEXT"}, {"Creative Type", "TEXT"}, {"Director", "TEXT"}, {"Rotten Tomatoes Rating", "INT"},
		{"IMDB Rating", "FLOAT"}, {"IMDB Votes", "INT"},
	}
	var d dataset
	for _, c := range types {
		d.fields = append(d.fields, field{Name: legal(c.name), Type: c.typ})
	}
	for _, r := range rows {
		if len(r) != len(types) {
			return d, fmt.Errorf("a movie of %d fields: %v", len(r), r)
		}
		sent, want := row{}, make([]any, len(types))
		for i, c := range types {
			name := d.fields[i].Name
			if sent[name], want[i], err = movieValue(c.typ, r[c.name]); err != nil {
				return d, fmt.Errorf("%s of %v: %w", c.name, r["Title"], err)
			}
		}
		d.rows, d.want = append(d.rows, sent), append(d.want, want)
	}
	return d, nil
}

// movieValue is what a client sends for a value of the file, and what must come back.
func movieValue(typ string, v any) (sent, want any, err error) {
	n, isNumber := v.(json.Number)
	switch {
	case v == nil:
		return nil, nil, nil
	case typ == "TEXT" && isNumber: // a title such as 300: the digits as written
		return n, string(n), nil
	case typ == "TEXT":
		return v, v, nil
	case typ == "DATETIME":
		day, err := time.Parse("Jan 02 2006", fmt.Sprint(v))
		return day.Format("2006-01-02"), day.Format("2006-01-02 15:04:05"), err
	default:
		want, err = number(typ, v)
		return v, want, err
	}
}
