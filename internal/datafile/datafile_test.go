package datafile_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/charmap"

	"stele/internal/datafile"
)

// file writes a file of that name and returns its path.
func file(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// readAll returns the columns' names and the rows of a file as text: kinds other than text in angle brackets.
func readAll(path string, opts datafile.Options) (lines, notes []string, err error) {
	r, err := datafile.Open(context.Background(), path, opts)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = r.Close() }()
	for {
		row, err := r.Next()
		if err == io.EOF {
			var names []string
			for _, c := range r.Columns() {
				names = append(names, c.Name)
			}
			return append([]string{strings.Join(names, "|")}, lines...), r.Notes(), nil
		}
		if err != nil {
			return lines, r.Notes(), err
		}
		cells := []string{}
		for _, c := range row.Cells {
			cells = append(cells, shown(c))
		}
		lines = append(lines, fmt.Sprintf("%d/%d: %s", row.Number, row.Line, strings.Join(cells, "|")))
	}
}

func shown(c datafile.Cell) string {
	switch c.Kind {
	case datafile.Missing:
		return "<missing>"
	case datafile.Null:
		return "<null>"
	case datafile.True:
		return "<true>"
	case datafile.False:
		return "<false>"
	case datafile.Number:
		return "<" + c.Text + ">"
	case datafile.JSONValue:
		return "<json " + c.Text + ">"
	}
	return c.Text
}

func gzipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.String()
}

func zstandard(text string) string {
	e, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return string(e.EncodeAll([]byte(text), nil))
}

func utf16le(text string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func latin(text string) string {
	s, err := charmap.Windows1252.NewEncoder().String(text)
	if err != nil {
		panic(err)
	}
	return s
}

// french is long enough for a detector.
const french = "nom,ville\nAndré,Besançon\nZoé,Orléans\nHélène,Nîmes\nFrançois,Châlons\nGaëlle,Angoulême\n"

func TestReadText(t *testing.T) {
	t.Parallel()
	people := []string{"id|name", "2/2: 1|Ann", "3/3: 2|<null>", "4/4: 3|"}
	frenchRows := []string{"nom|ville", "2/2: André|Besançon", "3/3: Zoé|Orléans", "4/4: Hélène|Nîmes", "5/5: François|Châlons", "6/6: Gaëlle|Angoulême"}
	cases := []struct {
		name, text string
		opts       datafile.Options
		want       []string
		note       string // that is among the notes
	}{
		{"a.csv", "id,name\n1,Ann\n2,\n3,\"\"\n", datafile.Options{}, people, "delimiter: comma"},
		{"a.csv", "id;name\r\n1;Ann\r\n2;\r\n3;\"\"", datafile.Options{}, people, "delimiter: semicolon"},
		{"a.csv", "id,name\r1,Ann\r2,\r3,\"\"\r", datafile.Options{}, people, ""},
		{"a.tsv", "id\tname\n1\tAnn\n2\t\n3\t\"\"\n", datafile.Options{}, people, ""},
		{"a.csv", "id|name\n1|Ann\n2|\n3|\"\"\n", datafile.Options{}, people, "delimiter: |"},
		{"a.csv", "id_name\n1_Ann\n2_\n3_\"\"\n", datafile.Options{Delimiter: '_'}, people, ""},
		{"a.csv.gz", gzipped("id,name\n1,Ann\n2,\n3,\"\"\n"), datafile.Options{}, people, "unpacked: gzip"},
		{"a.csv", zstandard("id,name\n1,Ann\n2,\n3,\"\"\n"), datafile.Options{}, people, "unpacked: zstd"},
		{"data", "id,name\n1,Ann\n2,\n3,\"\"\n", datafile.Options{}, people, "format: csv, by how"},
		{"a.csv", "\xef\xbb\xbfid,name\n1,Ann\n2,\n3,\"\"\n", datafile.Options{}, people, "utf-8, by its byte order mark"},
		{"a.csv", "\xff\xfe" + utf16le("id,name\n1,Ann\n2,\n3,\"\"\n"), datafile.Options{}, people, "utf-16le, by its byte order mark"},
		{"a.csv", utf16le("id,name\n1,Ann\n2,\n3,\"\"\n"), datafile.Options{}, people, "utf-16le, by where its NULs are"},
		{"a.csv", french, datafile.Options{}, frenchRows, "charset: utf-8, all"},
		{"a.csv", latin(french), datafile.Options{}, frenchRows, "line 2 reads \"André\""},
		{"a.csv", latin(french), datafile.Options{Charset: "latin1"}, frenchRows, ""},
		{"a.csv", "a,b,,\n1,2,,\n3,4,,\n", datafile.Options{}, []string{"a|b", "2/2: 1|2", "3/3: 3|4"}, ""},
		{"a.csv", "a,b\n\"x\ny\",1\n\nz,\"2\"\n", datafile.Options{}, []string{"a|b", "2/2: x\ny|1", "4/5: z|2"}, ""},
		{"a.csv", "a,b\n\"x\r\n\"\"y\"\"\",1\n", datafile.Options{}, []string{"a|b", "2/2: x\r\n\"y\"|1"}, ""},
		{"a.csv", "a\n\n1\n\"\"\n", datafile.Options{}, []string{"a", "2/2: <null>", "3/3: 1", "4/4: "}, ""},
		{"a.csv", "1,2\n3,4\n", datafile.Options{Header: datafile.HeaderNo}, []string{"|", "1/1: 1|2", "2/2: 3|4"}, ""},
		{"a.csv", "2019,2020\n3,4\n", datafile.Options{Header: datafile.HeaderYes}, []string{"2019|2020", "2/2: 3|4"}, ""},
		{"a.csv", "name,2020\n3,4\n", datafile.Options{}, []string{"name|2020", "2/2: 3|4"}, ""},
		{"a.csv", "a,b\n", datafile.Options{}, []string{"a|b"}, ""},
		{"a.json", "[]", datafile.Options{}, []string{""}, ""},
		{"a.jsonl", "{\"a\":1.50,\"b\":\"x\"}\n{\"b\":null,\"c\":{\"d\": [1, 2]}}\n{\"a\":true}\n", datafile.Options{},
			[]string{"a|b|c", "1/1: <1.50>|x", "2/2: <missing>|<null>|<json {\"d\":[1,2]}>", "3/3: <true>|<missing>|<missing>"}, ""},
		{"a.json", "[\n  {\"a\": 1,\n   \"b\": \"ü\"},\n  {\"a\": 2}\n]\n", datafile.Options{}, []string{"a|b", "1/2: <1>|ü", "2/4: <2>|<missing>"}, ""},
		{"data", " [{\"a\": 12345678901234567890}]", datafile.Options{}, []string{"a", "1/1: <12345678901234567890>"}, "format: json"},
		{"a.json", "\xff\xfe" + utf16le("[{\"a\":\"ü\"}]"), datafile.Options{}, []string{"a", "1/1: ü"}, "utf-16le"},
	}
	for i, c := range cases {
		t.Run(fmt.Sprintf("%d_%s", i, c.name), func(t *testing.T) {
			t.Parallel()
			got, notes, err := readAll(file(t, c.name, c.text), c.opts)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			if !strings.Contains(strings.Join(notes, "\n"), c.note) {
				t.Errorf("notes %q do not say %q", notes, c.note)
			}
		})
	}
}

// TestStdin reads a stream twice, and leaves no file behind.
func TestStdin(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	r, err := datafile.Open(t.Context(), "-", datafile.Options{Stdin: strings.NewReader(gzipped("a,b\n1,2\n"))})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		row, err := r.Next()
		if err != nil || row.Cells[1].Text != "2" {
			t.Fatal(row, err)
		}
		for range 2 {
			if _, err := r.Next(); err != io.EOF {
				t.Fatal(err)
			}
		}
		if read, size := r.Progress(); read != size || size == 0 {
			t.Errorf("%d of %d bytes were read", read, size)
		}
		if err := r.Rewind(); err != nil {
			t.Fatal(err)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left in the temporary directory: %v %v", left, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// TestCancel: a reader stops when its context ends.
func TestCancel(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := datafile.Open(ctx, file(t, "a.csv.gz", gzipped("a\n"+strings.Repeat("x\n", 1<<20))), datafile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	cancel()
	for err == nil {
		_, err = r.Next()
	}
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestBadText(t *testing.T) {
	t.Parallel()
	packed := gzipped("a,b\n" + strings.Repeat("1,2\n", 100))
	mixed := "name\n" + "André\n" + latin("Zoé\n")
	cases := []struct {
		name, text string
		opts       datafile.Options
		want       string
	}{
		{"a.csv", "", datafile.Options{}, "the file is empty"},
		{"a.csv.gz", gzipped(""), datafile.Options{}, "the file is empty"},
		{"a.csv", "\n\n", datafile.Options{}, "the file holds no row"},
		{"a.csv.gz", packed[:len(packed)-12], datafile.Options{}, "the gzip data breaks off: the file is cut short"},
		{"a.csv.gz", packed + "garb", datafile.Options{}, "behind the gzip data, which is whole, stands something else"},
		{"a.csv.gz", packed + "garbage behind it", datafile.Options{}, "behind the gzip data, which is whole, stands something else"},
		{"a.csv.gz", packed + packed[:20], datafile.Options{}, "the gzip data breaks off: the file is cut short"},
		{"a.csv.zst", zstandard(strings.Repeat("a,b\n1,2\n", 1000))[:20], datafile.Options{}, "the zstd data breaks off: the file is cut short"},
		{"a.csv", "a,b,c\n1,2,3\n4,5\n", datafile.Options{}, "row 3, column 3 (\"c\"): the row ends after 2 of 3 cells"},
		{"a.csv", "a,b\n\"x\ny\",2\n4,5,6\n", datafile.Options{}, "row 3 (line 4), column 3: \"6\" is one cell too many: there are 2 columns"},
		{"a.csv", "a,b\n1,x\x00y\n", datafile.Options{}, "row 2, column 2 (\"b\"): the character NUL, which no text can have"},
		{"a.json", "[{\"a\":\"x\\u0000\"}]", datafile.Options{}, "row 1, column 1 (\"a\"): the character NUL, which no text can have"},
		{"a.csv", mixed, datafile.Options{}, "row 3, column 1 (\"name\"): byte E9 is not UTF-8, but line 2 is (\"André\"): two charsets in one file; mend it, or give the charset by --charset"},
		{"a.csv", mixed, datafile.Options{Charset: "utf-8"}, "row 3, column 1 (\"name\"): byte E9 after \"Zo\" is not valid UTF-8"},
		{"a.csv", "name\nx\x81y\n", datafile.Options{Charset: "euc-jp"}, "cannot be read as euc-jp"},
		{"a.csv", "a,b\n", datafile.Options{Charset: "klingon"}, "there is no charset \"klingon\" that can be read"},
		{"a.csv", "id,name,id\n", datafile.Options{}, "row 1, column 3: the name \"id\" is that of column 1 as well"},
		{"a.csv", "1,2.5\n2,3.5\n", datafile.Options{}, "row 1: the first row should be the columns' names, but begins \"1\": give --no-header if it has none, or --header if these are the names"},
		{"a.csv", "a,b\n1,\"x\n2,y\n", datafile.Options{}, "row 2, column 2 (\"b\"): the quote that opens here is never closed"},
		{"a.csv", "a,b\n1,x \"y\" z\n", datafile.Options{}, "row 2, column 2 (\"b\"): a quote within \"x \\\"y\\\" z\", which is not in quotes"},
		{"a.csv", "a,b\n\"x\" y,1\n", datafile.Options{}, "row 2, column 1 (\"a\"): \" y\" stands behind the closing quote"},
		{"a.csv", "a\n" + strings.Repeat("x", 17<<20), datafile.Options{}, "row 2: the line is longer than 16 MiB"},
		{"a.json", "[\n{\"a\":1},\n{\"a\":1,\"a\":2}]", datafile.Options{}, "row 2 (line 3), column \"a\": duplicate object member name"},
		{"a.json", "[\n{\"a\":1},\n{\"b\":", datafile.Options{}, "row 2 (line 3), column \"b\": the JSON breaks off: the file is cut short"},
		{"a.json", "[\n{\"a\":1}\n", datafile.Options{}, "the JSON breaks off: the file is cut short"},
		{"a.json", "[{\"a\":1}] x", datafile.Options{}, "invalid character"},
		{"a.json", "[{\"a\":1},\n[1]]", datafile.Options{}, "row 2: the row is an array, not an object"},
		{"a.jsonl", "{\"a\":1}\n{\"a\":01}\n", datafile.Options{}, "row 2: invalid character '1' after object value"},
		{"a.json", "[{\"a\":\"" + strings.Repeat("x", 17<<20) + "\"}]", datafile.Options{}, "the row is longer than 16 MiB"},
		{"a.csv", "\xd0\xcf\x11\xe0\xa1\xb1", datafile.Options{}, "save it as .xlsx"},
		{"a.csv", "a,b\n1,2\n", datafile.Options{Sheet: "S"}, "the file is csv, which has no sheets; leave --sheet out"},
		{"a.json", "[{\"a\":1}]", datafile.Options{Delimiter: ';'}, "the file is json, which has no delimiter"},
		{"a.doc", "a,b\n", datafile.Options{Format: "doc"}, "there is no format \"doc\""},
	}
	for i, c := range cases {
		t.Run(fmt.Sprintf("%d_%s", i, c.name), func(t *testing.T) {
			t.Parallel()
			_, _, err := readAll(file(t, c.name, c.text), c.opts)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			var e *datafile.Error
			if err != nil && !errors.As(err, &e) {
				t.Errorf("%T is no *Error", err)
			}
		})
	}
}

// TestReading: whoever waits while a file is read to find its charset is told how far that is, up to its end and no longer.
func TestReading(t *testing.T) {
	t.Parallel()
	text := "a,b\n" + strings.Repeat("1,2\n", 1<<16)
	var told []int64
	r, err := datafile.Open(t.Context(), file(t, "a.csv", text), datafile.Options{Reading: func(read, size int64) {
		if size != int64(len(text)) {
			t.Errorf("a size of %d, want %d", size, len(text))
		}
		told = append(told, read)
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if n := len(told); n < 4 || !slices.Contains(told, int64(len(text))) {
		t.Errorf("told %d", told)
	}
	before := len(told)
	if _, err := datafile.Infer(r); err != nil || len(told) != before {
		t.Errorf("%v; told %d times, then %d", err, before, len(told))
	}
}
