package datafile_test

import (
	"archive/zip"
	"bytes"
	"context"
	"hash/crc32"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"stele/internal/datafile"
)

// book writes a workbook with what f puts into it.
func book(t testing.TB, f func(*excelize.File)) string {
	t.Helper()
	x := excelize.NewFile()
	f(x)
	path := filepath.Join(t.TempDir(), "a.xlsx")
	if err := x.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func set(x *excelize.File, sheet string, cells ...any) {
	for i := 0; i < len(cells); i += 2 {
		if err := x.SetCellValue(sheet, cells[i].(string), cells[i+1]); err != nil {
			panic(err)
		}
	}
}

func TestReadWorkbook(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 8, 30, 15, 0, time.UTC)
	path := book(t, func(x *excelize.File) {
		set(x, "Sheet1", "A2", "id", "B2", "name", "C2", "at", "D2", "ok", "E2", "x",
			"A3", 1, "B3", "007", "C3", at, "D3", true, "E3", 6.1,
			"B5", "a\r\nb <&>", "D5", false, "E5", 1e300, "A6", 9007199254740991)
		set(x, "Sheet1", "C7", "", "B7", "=1+1")
		_, err := x.NewSheet("Other")
		if err != nil {
			t.Fatal(err)
		}
		set(x, "Other", "A1", "n", "A2", 5)
		style, err := x.NewStyle(&excelize.Style{CustomNumFmt: ptr(`[h]:mm`)})
		if err != nil {
			t.Fatal(err)
		}
		set(x, "Sheet1", "E8", 1.5)
		if err := x.SetCellStyle("Sheet1", "E8", "E8", style); err != nil {
			t.Fatal(err)
		}
	})
	got, notes, err := readAll(path, datafile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"id|name|at|ok|x",
		"3/0: <1>|007|2026-03-01 08:30:15|<true>|<6.1>",
		"5/0: <null>|a\r\nb <&>|<null>|<false>|<1e+300>",
		"6/0: <9007199254740991>|<null>|<null>|<null>|<null>",
		"7/0: <null>|=1+1||<null>|<null>",
		"8/0: <null>|<null>|<null>|<null>|<1.5>",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	if s := strings.Join(notes, "\n"); !strings.Contains(s, `sheet: "Sheet1" of "Sheet1", "Other"`) {
		t.Errorf("notes: %s", s)
	}
	got, _, err = readAll(path, datafile.Options{Sheet: "Other"})
	if err != nil || strings.Join(got, "\n") != "n\n2/0: <5>" {
		t.Errorf("%q %v", got, err)
	}
	if _, _, err = readAll(path, datafile.Options{Sheet: "None"}); err == nil || !strings.Contains(err.Error(), `there is no sheet "None"; there are "Sheet1", "Other"`) {
		t.Error(err)
	}
}

func ptr(s string) *string { return &s }

// TestManySharedTexts has more texts than are kept in memory.
func TestManySharedTexts(t *testing.T) {
	t.Parallel()
	const n = 3000
	long := strings.Repeat("long ", 1200)
	path := book(t, func(x *excelize.File) {
		set(x, "Sheet1", "A1", "t")
		for i := range n {
			cell, _ := excelize.CoordinatesToCellName(1, 2+(i*7)%n)
			set(x, "Sheet1", cell, strings.Repeat("é", i%5)+long[:i*2]+cell)
		}
	})
	r, err := datafile.Open(context.Background(), path, datafile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for k := range n {
		row, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		i := 0
		for (i*7)%n != k {
			i++
		}
		cell, _ := excelize.CoordinatesToCellName(1, 2+k)
		if want := strings.Repeat("é", i%5) + long[:i*2] + cell; row.Cells[0].Text != want {
			t.Fatalf("row %d: %q, want %q", row.Number, row.Cells[0].Text, want)
		}
	}
}

// part is a part of a workbook made by hand.
type part struct{ name, text string }

const (
	topRels  = `<Relationships><Relationship Id="r1" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	bookRels = `<Relationships><Relationship Id="s1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`
	bookXML  = `<workbook xmlns:r="x"><sheets><sheet name="S" sheetId="1" r:id="s1"/></sheets></workbook>`
)

func sheetOf(rows string) []part {
	return []part{{"_rels/.rels", topRels}, {"xl/_rels/workbook.xml.rels", bookRels}, {"xl/workbook.xml", bookXML},
		{"xl/worksheets/sheet1.xml", "<worksheet><sheetData>" + rows + "</sheetData></worksheet>"}}
}

func zipped(parts ...part) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		w, err := z.Create(p.name)
		if err != nil {
			panic(err)
		}
		if _, err := io.WriteString(w, p.text); err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// bomb is a workbook whose sheet says that it unpacks to 100 GiB.
func bomb() string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	parts := sheetOf("")
	for _, p := range parts[:3] {
		w, _ := z.Create(p.name)
		_, _ = io.WriteString(w, p.text)
	}
	w, err := z.CreateRaw(&zip.FileHeader{Name: parts[3].name, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(nil), CompressedSize64: 4, UncompressedSize64: 100 << 30})
	if err != nil {
		panic(err)
	}
	_, _ = w.Write([]byte{1, 2, 3, 4})
	_ = z.Close()
	return b.String()
}

func TestBadWorkbooks(t *testing.T) {
	t.Parallel()
	head := `<row r="1"><c t="str"><v>a</v></c><c t="str"><v>b</v></c></row>`
	good := zipped(sheetOf(head)...)
	cases := []struct{ name, text, want string }{
		{"empty", zipped(sheetOf("")...), `the sheet "S" is empty`},
		{"bomb", bomb(), "xl/worksheets/sheet1.xml would unpack to 100 GiB; at most 8 are read"},
		{"one cell of 20 MiB", zipped(sheetOf(head + `<row r="2"><c t="inlineStr"><is><t>` + strings.Repeat("x", 20<<20) + `</t></is></c></row>`)...), "row 2, column A (\"a\"): the row is longer than 16 MiB"},
		{"cut", good[:len(good)-30], "this is no whole workbook: it is cut short, or damaged"},
		{"zip", zipped(part{"a.txt", "x"}), "this is a zip archive that holds no XLSX workbook"},
		{"broken xml", zipped(sheetOf(head + `<row r="2"><c r="A2"><v>1</c>`)...), "row 2, column A (\"a\"): the sheet breaks off"},
		{"too wide", zipped(sheetOf(head + `<row r="2"><c r="D2"><v>1</v></c></row>`)...), `row 2, column D: "1" is one cell too many: there are 2 columns`},
		{"no number", zipped(sheetOf(head + `<row r="2"><c r="A2"><v>x</v></c></row>`)...), `row 2, column A ("a"): "x" is no number`},
		{"no text", zipped(sheetOf(head + `<row r="2"><c r="A2" t="s"><v>7</v></c></row>`)...), `row 2, column A ("a"): the cell's text "7" is not in the workbook`},
		{"duplicate", zipped(sheetOf(`<row r="3"><c t="str"><v>a</v></c><c t="str"><v>a </v></c></row>`)...), `row 3, column B: the name "a" is that of column A as well`},
		{"no header", zipped(sheetOf(`<row r="1"><c><v>1</v></c></row>`)...), "row 1: the first row should be the columns' names"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := readAll(file(t, "a.xlsx", c.text), datafile.Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}
