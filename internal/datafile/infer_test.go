package datafile_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"stele/internal/datafile"
)

// infer plans the table of a file, and returns its rows as they are sent.
func infer(t testing.TB, path string, opts datafile.Options) (*datafile.Plan, []string) {
	t.Helper()
	r, err := datafile.Open(t.Context(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	p, err := datafile.Infer(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Rewind(); err != nil {
		t.Fatal(err)
	}
	var rows []string
	for range p.Rows {
		row, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, string(p.Encoder().Append(nil, row)))
	}
	return p, rows
}

// TestInferType has one column each: its cells, its type, the reason, and what is sent of the first.
func TestInferType(t *testing.T) {
	t.Parallel()
	comma, dmy := datafile.Options{DecimalComma: true}, datafile.Options{DateOrder: datafile.DayFirst}
	cases := []struct {
		cells string // one to a line
		opts  datafile.Options
		typ   datafile.Type
		why   string
		sent  string
	}{
		{"1\n-20\n 3 ", datafile.Options{}, datafile.TypeInt, "", "1"},
		{"123456789012345", datafile.Options{}, datafile.TypeInt, "", "123456789012345"},
		{"1\n1234567890123456", datafile.Options{}, datafile.TypeText, `more digits than are kept exactly: row 3 has "1234567890123456"`, `"1"`},
		{"501\n00501", datafile.Options{}, datafile.TypeText, `leading zeros: row 3 has "00501"`, `"501"`},
		{"0.50\n1\n1e+6\n.5", datafile.Options{}, datafile.TypeFloat, "", "0.50"},
		{".5\n5.", datafile.Options{}, datafile.TypeFloat, "", "0.5"},
		{"-5.\n1", datafile.Options{}, datafile.TypeFloat, "", "-5.0"},
		{"0.30000000000000004", datafile.Options{}, datafile.TypeFloat, "", "0.30000000000000004"},
		{"0.12345678901234567890", datafile.Options{}, datafile.TypeText, `more digits than a FLOAT keeps: row 2 has "0.12345678901234567890"`, `"0.12345678901234567890"`},
		{"12E5\n13E2", datafile.Options{}, datafile.TypeText, `codes that look like numbers: row 2 has "12E5"`, `"12E5"`},
		{"+4912345\n+4955", datafile.Options{}, datafile.TypeText, "", `"+4912345"`},
		{"1\n2\n3\nn/a", datafile.Options{}, datafile.TypeText, `mixed: row 5 has "n/a"`, `"1"`},
		{"1\ntrue\n2", datafile.Options{}, datafile.TypeText, `mixed: row 3 has "true"`, `"1"`},
		{"true\nFALSE", datafile.Options{}, datafile.TypeBoolean, "", "true"},
		{"yes\nno", datafile.Options{}, datafile.TypeText, "", `"yes"`},
		{"1,5\n2\n1,234", datafile.Options{Delimiter: ';'}, datafile.TypeFloat, "", "1.5"},
		{"1,234\n2,345", datafile.Options{Delimiter: ';'}, datafile.TypeText, `a decimal comma or thousands: row 2 has "1,234"`, `"1,234"`},
		{"1,234\n2,345", datafile.Options{Delimiter: ';', DecimalComma: true}, datafile.TypeFloat, "", "1.234"},
		{"1,5\n2.5", datafile.Options{Delimiter: ';'}, datafile.TypeText, `mixed: row 3 has "2.5"`, `"1,5"`},
		{"1.5\n2", comma, datafile.TypeText, `row 2 has a decimal point, "1.5"`, `"1.5"`},
		{"2026-03-01\n2026-03-01T08:30:00+02:00\n2026/03/01 08:30", datafile.Options{}, datafile.TypeDateTime, "", `"2026-03-01 00:00:00"`},
		{"2026-03-01T00:30:00+02:00", datafile.Options{}, datafile.TypeDateTime, "", `"2026-02-28 22:30:00"`},
		{"2026-03-01 08:00:00.000", datafile.Options{}, datafile.TypeDateTime, "", `"2026-03-01 08:00:00"`},
		{"2026-03-01 08:00:00.250", datafile.Options{}, datafile.TypeText, "fractions of a second, which DATETIME does not keep: row 2 has \"2026-03-01 08:00:00.250\"", `"2026-03-01 08:00:00.250"`},
		{"2026-02-30", datafile.Options{}, datafile.TypeText, "", `"2026-02-30"`},
		{"Jun 12 1998\n12-Jun-1998\n\"September 3, 2001 4:05 PM\"", datafile.Options{}, datafile.TypeDateTime, "", `"1998-06-12 00:00:00"`},
		{"Jun 12 98", datafile.Options{}, datafile.TypeText, "", `"Jun 12 98"`},
		{"03/04/2020\n13/04/2020", datafile.Options{}, datafile.TypeDateTime, "", `"2020-04-03 00:00:00"`},
		{"03/04/2020 07:05\n03/14/2020", datafile.Options{}, datafile.TypeDateTime, "", `"2020-03-04 07:05:00"`},
		{"03/04/2020\n05/06/2020", datafile.Options{}, datafile.TypeText, `dates whose order of day and month no value proves, as "03/04/2020"; --date-order dmy or mdy gives it`, `"03/04/2020"`},
		{"03/04/2020\n05/06/2020", dmy, datafile.TypeDateTime, "", `"2020-04-03 00:00:00"`},
		{"03/14/2020", dmy, datafile.TypeText, `dates that are not all in one order, as "03/14/2020"`, `"03/14/2020"`},
		{"13/04/2020\n03/14/2020", datafile.Options{}, datafile.TypeText, `dates that are not all in one order, as "13/04/2020"`, `"13/04/2020"`},
		{"1.2.2020\n31.12.2020", datafile.Options{}, datafile.TypeDateTime, "", `"2020-02-01 00:00:00"`},
		{"1704067200000", datafile.Options{}, datafile.TypeInt, "", "1704067200000"},
		{"\"12\"\n\"13\"", datafile.Options{}, datafile.TypeText, `row 2 has "12" in quotes, while others have none`, `"12"`},
		{"\"1,5\"\n2", datafile.Options{}, datafile.TypeFloat, "", "1.5"},
		{"\n\n", datafile.Options{}, datafile.TypeText, "there is no value", "null"},
	}
	for i, c := range cases {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			p, rows := infer(t, file(t, "a.csv", "x\n"+c.cells+"\n"), c.opts)
			if got := p.Columns[0]; got.Type != c.typ || got.Reason != c.why {
				t.Errorf("%q is %s (%s), want %s (%s)", c.cells, got.Type, got.Reason, c.typ, c.why)
			}
			if want := `{"x":` + c.sent + "}"; rows[0] != want {
				t.Errorf("%q is sent as %s, want %s", c.cells, rows[0], want)
			}
		})
	}
}

func TestInferJSON(t *testing.T) {
	t.Parallel()
	p, rows := infer(t, file(t, "a.jsonl", `{"n":1,"zip":"12","mix":1776,"f":1,"big":9007199254740993,"o":{"a": 1}}
{"n":2.5,"zip":"13","mix":"Alien","f":2,"huge":12345678901234567890,"b":true,"d":"2026-03-01T08:00:00Z"}
`), datafile.Options{})
	want := []string{"n FLOAT", "zip TEXT numbers or truth values that are texts in the file: row 1 has \"12\"", "mix TEXT mixed: row 2 has \"Alien\"", "f INT", "big INT",
		"o TEXT arrays or objects: row 1 has \"{\\\"a\\\":1}\"", "huge TEXT more digits than are kept exactly: row 2 has \"12345678901234567890\"", "b BOOLEAN", "d DATETIME"}
	for i, c := range p.Columns {
		if got := strings.TrimSpace(fmt.Sprintf("%s %s %s", c.Name, c.Type, c.Reason)); got != want[i] {
			t.Errorf("got %s, want %s", got, want[i])
		}
	}
	if want := `{"big":9007199254740993,"f":1,"mix":"1776","n":1,"o":"{\"a\":1}","zip":"12"}`; rows[0] != want {
		t.Errorf("sent %s, want %s", rows[0], want)
	}
	if want := `{"b":true,"d":"2026-03-01 08:00:00","f":2,"huge":"12345678901234567890","mix":"Alien","n":2.5,"zip":"13"}`; rows[1] != want {
		t.Errorf("sent %s, want %s", rows[1], want)
	}
}

func TestInferColumns(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 257)
	p, _ := infer(t, file(t, "a.csv", "id,name,at,part,long\n1,Ann,2026-01-01,1.5,a\n2,Ann,2026-01-01 00:00:01,2.5,"+long+"\n3,,2026-01-02,3.5,b\n4,\"\",2026-01-03,4.5,c\n5,Bob,2026-01-04,5.5,d\n"), datafile.Options{})
	got := ""
	for _, c := range p.Columns {
		got += fmt.Sprintf("%s required=%v unique=%v empty=%d longest=%d %q\n", c.Name, c.Required, c.Unique, c.Empty, c.Longest, c.Samples)
	}
	want := `id required=true unique=true empty=0 longest=1 ["1" "2" "3"]
name required=false unique=false empty=2 longest=3 ["Ann" "Bob"]
at required=true unique=true empty=0 longest=19 ["2026-01-01" "2026-01-01 00:00:01" "2026-01-02"]
part required=true unique=false empty=0 longest=3 ["1.5" "2.5" "3.5"]
`
	if !strings.HasPrefix(got, want) || !strings.Contains(got, "long required=true unique=false empty=0 longest=257") {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	p, _ = infer(t, file(t, "a.csv", "at\n2026-01-01\n2026-01-01T01:00:00+01:00\n"), datafile.Options{})
	if p.Columns[0].Unique {
		t.Error("two spellings of one time are taken for different values")
	}
}

// TestManyValues has more than are remembered; the leftmost columns are told apart longest, ascending ones always.
func TestManyValues(t *testing.T) {
	t.Parallel()
	const n = 390_000
	var b strings.Builder
	b.WriteString("a,b,c,d,e\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,%d,%d,%d,%d\n", i*7%n, i*11%n, i*17%n, i, min(i, n-2))
	}
	p, _ := infer(t, file(t, "a.csv", b.String()), datafile.Options{})
	unique := ""
	for _, c := range p.Columns {
		unique += fmt.Sprintf("%s %v ", c.Name, c.Unique)
	}
	if unique != "a true b true c true d true e false " {
		t.Errorf("unique: %s", unique)
	}
	if s := strings.Join(p.Notes, "\n"); s != "e has too many values to tell whether they all differ" {
		t.Errorf("notes: %s", s)
	}
}

// TestOffsets: a time is kept in UTC, and the plan says so where that is another hour than the one that is written.
func TestOffsets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ values, want string }{
		{"2024-01-01T10:00:00Z 2024-01-02T10:00:00+00:00 2024-01-02", ""},
		{"2024-01-01T10:00 2024-01-02", ""},
		{"2024-01-01T10:00:00Z 2024-06-01T23:30:00-05:00", "at is kept in UTC: 2024-06-01T23:30:00-05:00 becomes 2024-06-02 04:30:00"},
		{"2024-01-01T10:00:00+0800 2024-01-01T10:00:00", "at is kept in UTC: 2024-01-01T10:00:00+0800 becomes 2024-01-01 02:00:00\n" +
			"at has times without an offset, too, as 2024-01-01T10:00:00 in row 3: they are taken for UTC"},
		{"13.01.2024_10:00+02:00 01.02.2024", "at has dates in the order day, month, year, as \"13.01.2024 10:00+02:00\"\nat is kept in UTC: 13.01.2024 10:00+02:00 becomes 2024-01-13 08:00:00"},
		{"Jun_12_1998_10:00+02:00 12-Jun-1998", "at is kept in UTC: Jun 12 1998 10:00+02:00 becomes 1998-06-12 08:00:00"},
		{"2024-01-01T10:00:00+08:00 soon", "at is TEXT: mixed: row 3 has \"soon\""},
	} {
		p, _ := infer(t, file(t, "a.csv", "at\n"+strings.NewReplacer(" ", "\n", "_", " ").Replace(c.values)+"\n"), datafile.Options{})
		if got := strings.Join(p.Notes, "\n"); got != c.want {
			t.Errorf("%s: %s; want %s", c.values, got, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 70)
	p, _ := infer(t, file(t, "a.csv", "US Gross,us_gross,Größe,Æble %,Имя,名前,What's new?,__id,us-gross,"+long+","+long+"y,№\n"), datafile.Options{})
	want := []string{"us_gross_2", "us_gross", "grosse", "aeble", "imya", "field_6", "whats_new", "__id", "us_gross_3", long[:64], long[:62] + "_2", "no"}
	for i, c := range p.Columns {
		if c.Name != want[i] {
			t.Errorf("%q becomes %q, want %q", c.Source, c.Name, want[i])
		}
	}
}

// TestTableName: a name that a table may have is left as it is, any other becomes one.
func TestTableName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"films": "films", "a__b": "a__b", "z9_": "z9_", "Films": "films", "seattle-weather": "seattle_weather", "2026 films": "films", "_a": "a", "2026": "", "": "", "_": "", "Überblick": "uberblick", "名前": "",
		strings.Repeat("a", 64): strings.Repeat("a", 64), strings.Repeat("a", 65): strings.Repeat("a", 64),
	} {
		if got := datafile.TableName(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}
