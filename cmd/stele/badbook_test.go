package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// book is a workbook with what f puts into it.
func book(t *testing.T, f func(*excelize.File) error) string {
	t.Helper()
	x := excelize.NewFile()
	var b bytes.Buffer
	if err := f(x); err != nil {
		t.Fatal(err)
	}
	if err := x.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// put sets cells of Sheet1: a place, a value, and so on.
func put(x *excelize.File, cells ...any) error {
	for i := 0; i < len(cells); i += 2 {
		if err := x.SetCellValue("Sheet1", cells[i].(string), cells[i+1]); err != nil {
			return err
		}
	}
	return nil
}

type zipPart struct{ name, text string }

// sheet is the parts of a workbook made by hand, with these rows.
func sheet(rows string, more ...zipPart) []zipPart {
	rels := `<Relationship Id="s1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>`
	for _, p := range more {
		kind := strings.TrimSuffix(strings.TrimPrefix(p.name, "xl/"), ".xml")
		rels += `<Relationship Id="` + kind + `" Type="x/` + kind + `" Target="` + kind + `.xml"/>`
	}
	return append(more, zipPart{"_rels/.rels", `<Relationships><Relationship Id="r1" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		zipPart{"xl/_rels/workbook.xml.rels", "<Relationships>" + rels + "</Relationships>"},
		zipPart{"xl/workbook.xml", `<workbook xmlns:r="x"><sheets><sheet name="S" sheetId="1" r:id="s1"/></sheets></workbook>`},
		zipPart{"xl/worksheets/sheet1.xml", "<worksheet><sheetData>" + rows + "</sheetData></worksheet>"})
}

func zipped(parts ...zipPart) string {
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

// bomb is a workbook whose sheet has these rows and then fill, again and again, up to so many bytes, and says that it has said of them.
func bomb(rows, fill string, size, said int64) string {
	var packed bytes.Buffer
	f, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		panic(err)
	}
	_, _ = io.WriteString(f, "<worksheet><sheetData>"+rows)
	block := []byte(strings.Repeat(fill, 1+(1<<20)/len(fill)))
	_, _ = f.Write(block)
	_ = f.Flush()
	from := packed.Len()
	_, _ = f.Write(block)
	_ = f.Flush()
	again := bytes.Clone(packed.Bytes()[from:]) // its matches are within the block before it, which is the same
	for n := int64(2 * len(block)); n < size; n += int64(len(block)) {
		packed.Write(again)
	}
	_ = f.Close()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	parts := sheet("")
	for _, p := range parts[:len(parts)-1] {
		w, _ := z.Create(p.name)
		_, _ = io.WriteString(w, p.text)
	}
	w, err := z.CreateRaw(&zip.FileHeader{Name: parts[len(parts)-1].name, Method: zip.Deflate, CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(said)})
	if err != nil {
		panic(err)
	}
	_, _ = w.Write(packed.Bytes())
	_ = z.Close()
	return b.String()
}

func bookFiles(t *testing.T) []badFile {
	const head = `<row r="1"><c t="str"><v>a</v></c><c t="str"><v>b</v></c></row>`
	at := time.Date(2026, 3, 1, 8, 30, 15, 0, time.UTC)
	small := func(x *excelize.File) error {
		return put(x, "A1", "id", "B1", "name", "A2", 1, "B2", "Ann", "A3", 2, "B3", "Bob")
	}
	good := book(t, small)
	yes := true
	return []badFile{
		{"book_cut", "cut.xlsx", good[:len(good)/2], nil},
		{"book_no_end", "noend.xlsx", good[:len(good)-10], nil},
		{"book_not", "zip.xlsx", zipped(zipPart{"a.txt", "x"}), nil},
		{"book_empty_sheet", "empty.xlsx", zipped(sheet("")...), nil},
		{"book_dates_1900", "dates.xlsx", book(t, func(x *excelize.File) error {
			return put(x, "A1", "id", "B1", "at", "A2", 1, "B2", at, "A3", 2, "B3", time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC))
		}), nil},
		{"book_dates_1904", "dates.xlsx", book(t, func(x *excelize.File) error {
			if err := x.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}); err != nil {
				return err
			}
			return put(x, "A1", "id", "B1", "at", "A2", 1, "B2", at, "A3", 2, "B3", time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC))
		}), nil},
		{"book_dates_1900_february", "dates.xlsx", zipped(sheet(`<row r="1"><c t="str"><v>d</v></c></row><row><c s="0"><v>59</v></c></row><row><c s="0"><v>60</v></c></row><row><c s="0"><v>61</v></c></row>`,
			zipPart{"xl/styles.xml", `<styleSheet><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>`})...), nil},
		{"book_errors", "errors.xlsx", zipped(sheet(head + `<row r="2"><c><v>1</v></c><c t="e"><v>#N/A</v></c></row><row r="3"><c t="e"><v>#DIV/0!</v></c><c><v>2</v></c></row>`)...), nil},
		{"book_formulas", "formulas.xlsx", zipped(sheet(head + `<row r="2"><c><f>1+1</f><v>2</v></c><c t="str"><f>"x"&amp;"y"</f><v>xy</v></c></row><row r="3"><c><f>NOW()</f></c><c><v>5</v></c></row>`)...), nil},
		{"book_formulas_unknown", "formulas.xlsx", zipped(sheet(head + `<row r="2"><c><f>1+1</f></c><c><v>3</v></c></row><row r="3"><c><f>1+2</f></c><c><v>4</v></c></row>`)...), nil},
		{"book_merged", "merged.xlsx", book(t, func(x *excelize.File) error {
			if err := put(x, "A1", "group", "B1", "n", "A2", "g", "B2", 1, "B3", 2); err != nil {
				return err
			}
			return x.MergeCell("Sheet1", "A2", "A3")
		}), nil},
		{"book_merged_header", "merged.xlsx", book(t, func(x *excelize.File) error {
			if err := put(x, "A1", "both", "A2", "x", "B2", 1); err != nil {
				return err
			}
			return x.MergeCell("Sheet1", "A1", "B1")
		}), nil},
		{"book_sheets", "sheets.xlsx", book(t, func(x *excelize.File) error {
			if _, err := x.NewSheet("Other"); err != nil {
				return err
			}
			return small(x)
		}), nil},
		{"book_sheet_missing", "sheets.xlsx", good, []string{"--sheet", "None"}},
		{"book_hidden_first", "hidden.xlsx", book(t, func(x *excelize.File) error {
			if err := small(x); err != nil {
				return err
			}
			if _, err := x.NewSheet("Seen"); err != nil {
				return err
			}
			if err := x.SetCellValue("Seen", "A1", "n"); err != nil {
				return err
			}
			if err := x.SetCellValue("Seen", "A2", 7); err != nil {
				return err
			}
			x.SetActiveSheet(1)
			return x.SetSheetVisible("Sheet1", false)
		}), nil},
		{"book_long_digits", "digits.xlsx", zipped(sheet(head + `<row r="2"><c><v>12345678901234567890</v></c><c><v>0.1</v></c></row>`)...), nil},
		{"book_number_bad", "bad.xlsx", zipped(sheet(head + `<row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>abc</v></c></row>`)...), nil},
		{"book_number_infinite", "bad.xlsx", zipped(sheet(head + `<row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>1e400</v></c></row>`)...), nil},
		{"book_xml_broken", "broken.xlsx", zipped(sheet(head + `<row r="2"><c r="A2"><v>1</c></row>`)...), nil},
		{"book_text_missing", "texts.xlsx", zipped(sheet(head + `<row r="2"><c r="A2" t="s"><v>7</v></c></row>`)...), nil},
		{"book_too_wide", "wide.xlsx", zipped(sheet(head + `<row r="2"><c r="D2"><v>1</v></c></row>`)...), nil},
		{"book_lies_1kb", "bomb.xlsx", bomb(head, "\x00", 1<<30, 1000), nil},
		{"book_lies_100gb", "bomb.xlsx", bomb(head, `<row r="2"><c><v>1</v></c></row>`, 1<<20, 100<<30), nil},
		{"book_zeros_100gb", "bomb.xlsx", bomb(head, "\x00", 8<<30, 8<<30), nil},
		{"book_blanks_100gb", "bomb.xlsx", bomb(head, " ", 8<<30, 8<<30), nil},
		{"book_one_cell", "cell.xlsx", bomb(head+`<row r="2"><c t="inlineStr"><is><t>`, "x", 1<<30, 1<<30), nil},
		{"book_attributes", "attributes.xlsx", zipped(sheet(head + "<row" + strings.Repeat(` a=""`, 3<<20) + "></row>")...), nil},
		{"book_shared_again", "shared.xlsx", zipped(sheet(sharedHead(100)+`<row r="2">`+strings.Repeat(`<c t="s"><v>0</v></c>`, 100)+"</row>",
			zipPart{"xl/sharedStrings.xml", "<sst><si><t>" + strings.Repeat("x", 15<<20) + "</t></si></sst>"})...), nil},
	}
}

func sharedHead(n int) string {
	var b strings.Builder
	b.WriteString(`<row r="1">`)
	for i := range n {
		fmt.Fprintf(&b, `<c t="str"><v>c%d</v></c>`, i)
	}
	return b.String() + "</row>"
}
