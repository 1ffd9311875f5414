package datafile

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// Bounds of a workbook, as spreadsheets have them.
const (
	maxSheetRows    = 1 << 20
	maxSheetColumns = 1 << 14
	maxCellUnits    = 32767 // of UTF-16, in one cell
)

// bookParts are what a workbook of one sheet needs beside the sheet (ECMA-376 part 1). Style 1 is that of dates.
var bookParts = []struct{ name, text string }{
	{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`},
	{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
	{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ` +
		`xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`},
	{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`},
	{"xl/styles.xml", `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
		`<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts>` +
		`<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		`<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
		`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>`},
}

// bookWriter writes a workbook of one sheet, straight to where it goes. Whole numbers of more than 15 digits are texts, for spreadsheets would
// round them; texts are never formulas. It is here, and not excelize, because that writes by way of a temporary file and loses control characters.
type bookWriter struct {
	zip     *zip.Writer
	sheet   *bufio.Writer
	columns []Column
	letters []string // of each column
	row     int
	line    []byte
	escaped strings.Builder
}

func newBookWriter(w io.Writer, columns []Column) (*bookWriter, error) {
	if len(columns) > maxSheetColumns {
		return nil, fmt.Errorf("%d columns; a sheet has at most %d", len(columns), maxSheetColumns)
	}
	b := &bookWriter{zip: zip.NewWriter(w), columns: columns}
	for _, p := range bookParts {
		if err := b.part(p.name, xml.Header+p.text); err != nil {
			return nil, err
		}
	}
	if err := b.part("xl/worksheets/sheet1.xml", xml.Header+`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`); err != nil {
		return nil, err
	}
	var names []Cell
	for i, c := range columns {
		b.letters = append(b.letters, lettersOf(i+1))
		names = append(names, Cell{Kind: Text, Text: c.Name})
	}
	return b, b.put(names, true)
}

// part begins a part of the workbook. It ends with the next one.
func (b *bookWriter) part(name, text string) error {
	w, err := b.zip.Create(name)
	if err == nil {
		b.sheet = bufio.NewWriterSize(w, 64<<10)
		_, _ = b.sheet.WriteString(text)
		err = b.sheet.Flush()
	}
	if err != nil {
		return fmt.Errorf("beginning a workbook: %w", err)
	}
	return nil
}

// lettersOf is what spreadsheets call a column.
func lettersOf(n int) string {
	s := ""
	for ; n > 0; n = (n - 1) / 26 {
		s = string(rune('A'+(n-1)%26)) + s
	}
	return s
}

func (b *bookWriter) write(cells []Cell) error { return b.put(cells, false) }

func (b *bookWriter) put(cells []Cell, header bool) error {
	if b.row == maxSheetRows {
		return fmt.Errorf("a sheet has at most %d rows, its header among them; csv, jsonl and parquet have no such bound", maxSheetRows)
	}
	b.row++
	b.line = append(b.line[:0], `<row r="`...)
	b.line = strconv.AppendInt(b.line, int64(b.row), 10)
	b.line = append(b.line, `">`...)
	for i, c := range cells {
		declared := b.columns[i].Declared
		if header {
			declared = TypeText
		}
		if err := b.cell(i, c, declared); err != nil {
			b.row--
			return &CellError{Column: b.columns[i].Name, Err: err}
		}
	}
	b.line = append(b.line, "</row>"...)
	_, err := b.sheet.Write(b.line)
	return err
}

// cell appends a cell to the line.
func (b *bookWriter) cell(i int, c Cell, declared Type) error {
	switch c.Kind {
	case Missing, Null:
		return nil
	case True:
		b.value(i, ` t="b"`, "1")
		return nil
	case False:
		b.value(i, ` t="b"`, "0")
		return nil
	case Number:
		if s := plain(c, declared); sheetNumber(c.Text) {
			b.value(i, "", c.Text)
			return nil
		} else if declared == TypeFloat && sheetNumber(s) { // a double, however many digits it is written with
			b.value(i, "", s)
			return nil
		}
	case Text:
		if declared == TypeDateTime {
			if days, ok := serial(c.Text); ok {
				b.value(i, ` s="1"`, days)
				return nil
			}
		}
	}
	if n := units(c.Text); n > maxCellUnits {
		return fmt.Errorf("the text has %d characters; a cell of a workbook holds at most %d", n, maxCellUnits)
	}
	b.begin(i, ` t="inlineStr"`)
	b.line = append(b.line, `<is><t xml:space="preserve">`...)
	b.escaped.Reset()
	if err := xml.EscapeText(&b.escaped, []byte(escape(c.Text))); err != nil {
		return err
	}
	b.line = append(b.line, b.escaped.String()...)
	b.line = append(b.line, "</t></is></c>"...)
	return nil
}

func (b *bookWriter) begin(i int, attributes string) {
	b.line = append(b.line, `<c r="`...)
	b.line = append(b.line, b.letters[i]...)
	b.line = strconv.AppendInt(b.line, int64(b.row), 10)
	b.line = append(b.line, '"')
	b.line = append(b.line, attributes...)
	b.line = append(b.line, '>')
}

func (b *bookWriter) value(i int, attributes, v string) {
	b.begin(i, attributes)
	b.line = append(b.line, "<v>"...)
	b.line = append(b.line, v...)
	b.line = append(b.line, "</v></c>"...)
}

// units counts a text as spreadsheets do.
func units(s string) int {
	if len(s) <= maxCellUnits {
		return len(s)
	}
	return len(utf16.Encode([]rune(s)))
}

// sheetNumber reports whether a spreadsheet keeps a number: of at most 15 digits if it is whole, else if a double means it.
func sheetNumber(s string) bool {
	if strings.ContainsAny(s, ".eE") {
		return exact(s)
	}
	return len(strings.TrimLeft(s, "-0")) <= 15
}

// serial is a time as days since the end of 1899, from when spreadsheets and the calendar agree.
func serial(s string) (string, bool) {
	iso, fraction, ok := readISO(s)
	if !ok || fraction {
		return "", false
	}
	t, err := time.Parse(time.DateTime, iso)
	if err != nil || t.Before(time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)) {
		return "", false
	}
	seconds := t.Unix() - time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Unix()
	return strconv.FormatFloat(float64(seconds)/86400, 'f', -1, 64), true
}

// escape writes what XML cannot hold or keep, and what would be taken for that, as _x000D_ and the like.
func escape(s string) string {
	bad := func(c rune) bool { return c < ' ' && c != '\t' && c != '\n' || c == 0xfffe || c == 0xffff }
	if strings.IndexFunc(s, bad) < 0 && !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for i, c := range s {
		switch {
		case bad(c):
			fmt.Fprintf(&b, "_x%04X_", c)
		case c == '_' && strings.HasPrefix(s[i:], "_x"):
			b.WriteString("_x005F_")
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

func (b *bookWriter) close() error {
	_, err := b.sheet.WriteString("</sheetData></worksheet>")
	if err = errors.Join(err, b.sheet.Flush()); err == nil {
		err = b.zip.Close()
	}
	if err != nil {
		return fmt.Errorf("ending the workbook: %w", err)
	}
	return nil
}
