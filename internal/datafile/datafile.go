// Package datafile reads files of rows, as CSV, TSV, JSON, JSON Lines, XLSX and Parquet, also compressed, finds out what is in them,
// and writes such files. It works in bounded memory whatever the size of a file, and knows nothing of servers or stores.
//
// A CSV cell that is empty and not quoted is null; "" is an empty text. That holds of reading and of writing.
package datafile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of what is read. A file that passes one is refused with a message that names it.
const (
	maxRow     = 16 << 20 // bytes of one row
	maxColumns = 2000
	maxUnpack  = 8 << 30 // bytes that a workbook, or a file that must be unpacked to disk, may become
)

// A Format is a kind of file.
type Format string

// The formats.
const (
	CSV       Format = "csv"
	TSV       Format = "tsv"
	JSON      Format = "json"
	JSONLines Format = "jsonl"
	XLSX      Format = "xlsx"
	Parquet   Format = "parquet"
)

// A Type is one of a table's types of fields.
type Type string

// The types. The empty one stands for none.
const (
	TypeText     Type = "TEXT"
	TypeInt      Type = "INT"
	TypeFloat    Type = "FLOAT"
	TypeDateTime Type = "DATETIME"
	TypeBoolean  Type = "BOOLEAN"
)

// A Kind is what a cell holds.
type Kind uint8

// The kinds. A cell is Missing where its row does not mention the column, which only rows of JSON can do.
const (
	Missing Kind = iota
	Null
	Text
	Number // Text is the number as written
	True
	False
	JSONValue // Text is an array or an object, without blanks
)

// A Cell is one value of a row.
type Cell struct {
	Kind Kind
	Text string
	// Quoted says that a CSV cell stood in quotes that it did not need, as texts do that look like numbers.
	Quoted bool
}

// A Row is a row of a file. Cells is used again for the next row; its texts may be kept. It may be shorter than the columns, or longer than
// those that were known before, for rows of JSON.
type Row struct {
	Number int64 // as a person counts in that file: where there is a header it is row 1, and a spreadsheet's rows have their own numbers
	Line   int64 // where the row begins, 0 if the format has no lines
	Cells  []Cell
}

// A Column is a column of a file.
type Column struct {
	Name     string // as in the file; empty where it has none
	Declared Type   // what the format itself says of it, if it does
}

// HeaderUse says whether a file's first row has the columns' names.
type HeaderUse uint8

// The uses. With HeaderFound, a first row of nothing but numbers and dates is refused: it is doubtful.
const (
	HeaderFound HeaderUse = iota
	HeaderYes
	HeaderNo
)

// DateOrder is the order of day and month in dates such as 03/04/2020.
type DateOrder string

// The orders. None stands for the one that a column's own values prove.
const (
	DayFirst   DateOrder = "dmy"
	MonthFirst DateOrder = "mdy"
)

// Options say what a file does not say itself, or says wrongly. The zero value finds everything out.
type Options struct {
	Format       Format
	Charset      string // such as windows-1252, of text formats
	Delimiter    byte   // of CSV
	Header       HeaderUse
	Sheet        string // of a workbook; its first visible one otherwise
	DecimalComma bool   // 1,5 is a number in every column
	DateOrder    DateOrder
	Stdin        io.Reader // what the path - stands for
	// Reading is told how far Open has come where it reads much of a file to find out what it is: bytes of the file as it is kept, and its size.
	Reading func(read, size int64)
}

// A Reader reads the rows of one file. It is not for several goroutines, Progress aside.
type Reader struct {
	src        *source
	opts       Options
	open       func() (rows, error) // begins another pass
	rows       rows
	notes      []string
	delim      byte   // of CSV and TSV
	sheet      string // of a workbook
	bareHeader bool   // a name in the header of a CSV file stands without quotes
	fault      error  // what a pass ended with
}

// rows is one pass over a file of some format.
type rows interface {
	columns() []Column
	next() (Row, error) // io.EOF at the end
	at() (row, line int64)
}

// An Error is what is wrong with a file, and where.
type Error struct {
	File   string
	Row    int64  // 0 if it is no matter of one row
	Line   int64  // 0 if the format has none, or the row's own number says it
	Column int    // from 1, 0 if it is no matter of one cell
	Name   string // the column's
	Err    error

	letters bool // a column is called as spreadsheets do
	aByte   bool // it is a byte, of which only the line is known yet
}

func (e *Error) Error() string {
	var at []string
	switch {
	case e.Row > 0 && e.Line > 0 && e.Line != e.Row:
		at = append(at, fmt.Sprintf("row %d (line %d)", e.Row, e.Line))
	case e.Row > 0:
		at = append(at, fmt.Sprintf("row %d", e.Row))
	case e.Line > 0:
		at = append(at, fmt.Sprintf("line %d", e.Line))
	}
	column := columnLabel(e.Column, e.letters)
	switch {
	case e.Column > 0 && e.Name != "":
		at = append(at, fmt.Sprintf("column %s (%s)", column, shown(e.Name)))
	case e.Column > 0:
		at = append(at, "column "+column)
	case e.Name != "":
		at = append(at, "column "+shown(e.Name))
	}
	where := ""
	if len(at) > 0 {
		where = strings.Join(at, ", ") + ": "
	}
	return e.File + ": " + where + e.Err.Error()
}

// columnLabel is what a column is called: by its number, or as spreadsheets do.
func columnLabel(n int, letters bool) string {
	if letters {
		return lettersOf(n)
	}
	return strconv.Itoa(n)
}

func (e *Error) Unwrap() error { return e.Err }

// Open opens the file of that path, - for opts.Stdin, and finds out what it is. A stream is copied into a temporary file first: a file
// is read more than once. The errors of what is in a file are *Error. Close must be called.
func Open(ctx context.Context, path string, opts Options) (*Reader, error) {
	src, err := openSource(ctx, path, opts.Stdin)
	if err != nil {
		return nil, err
	}
	r := &Reader{src: src, opts: opts}
	src.reading = opts.Reading
	err = r.begin()
	src.reading = nil // from here on Progress tells
	if err != nil {
		_ = src.close()
		return nil, r.placed(err)
	}
	return r, nil
}

// begin finds the format and starts the first pass.
func (r *Reader) begin() error {
	if err := r.findFormat(); err != nil {
		return err
	}
	if err := r.opts.fit(); err != nil {
		return err
	}
	var err error
	switch r.opts.Format {
	case CSV, TSV, JSON, JSONLines:
		err = r.beginText()
	case XLSX:
		err = r.beginWorkbook()
	case Parquet:
		err = r.beginParquet()
	default:
		return fmt.Errorf("there is no format %q; there are csv, tsv, json, jsonl, xlsx and parquet", r.opts.Format)
	}
	if err != nil {
		return err
	}
	r.rows, err = r.open()
	return err
}

// fit refuses what is said of the file and cannot be of its format.
func (o *Options) fit() error {
	is := func(formats ...Format) bool { return slices.Contains(formats, o.Format) }
	switch {
	case o.Sheet != "" && !is(XLSX):
		return fmt.Errorf("the file is %s, which has no sheets; leave --sheet out", o.Format)
	case o.Charset != "" && is(XLSX, Parquet):
		return fmt.Errorf("the file is %s, which is always UTF-8; leave --charset out", o.Format)
	case o.Delimiter != 0 && !is(CSV, TSV):
		return fmt.Errorf("the file is %s, which has no delimiter; leave --delimiter out", o.Format)
	}
	return nil
}

// Format returns what the file is.
func (r *Reader) Format() Format { return r.opts.Format }

// Columns returns the columns, those of JSON as far as rows have shown them.
func (r *Reader) Columns() []Column { return r.rows.columns() }

// Notes returns what was found out about the file, in sentences for its owner.
func (r *Reader) Notes() []string { return r.notes }

// Progress returns how many bytes of the file this pass has read, and the file's size. Any goroutine may ask.
func (r *Reader) Progress() (read, size int64) { return min(r.src.read.Load(), r.src.size), r.src.size }

// Next returns the next row, io.EOF after the last. What it returned stays returned once it was an error.
func (r *Reader) Next() (Row, error) {
	if r.fault != nil {
		return Row{}, r.fault
	}
	row, err := r.rows.next()
	if err == nil {
		err = r.check(row)
	}
	if err != nil {
		if err != io.EOF {
			err = r.placed(err)
		}
		r.fault = err
		return Row{}, err
	}
	return row, nil
}

// Rewind goes back before the first row.
func (r *Reader) Rewind() error {
	rows, err := r.open()
	if err != nil {
		return r.placed(err)
	}
	r.rows, r.fault = rows, nil
	return nil
}

// Close ends reading and removes temporary files.
func (r *Reader) Close() error { return r.src.close() }

// check refuses what no table can hold, in every format alike.
func (r *Reader) check(row Row) error {
	for i, c := range row.Cells {
		switch {
		case c.Kind != Text:
		case strings.IndexByte(c.Text, 0) >= 0:
			return r.inCell(row, i, errors.New("the character NUL, which no text can have"))
		case !utf8.ValidString(c.Text):
			return r.inCell(row, i, r.notText(c.Text))
		case r.src.replaces && strings.ContainsRune(c.Text, utf8.RuneError):
			return r.inCell(row, i, fmt.Errorf("%s cannot be read as %s; give the right charset by --charset", shown(c.Text), r.src.charset))
		}
	}
	return nil
}

// notText says what is no UTF-8 where it should be.
func (r *Reader) notText(s string) error {
	if r.opts.Format == Parquet {
		return fmt.Errorf("%s is no text: the column holds other bytes, for which there is no type of field", badBytes(s))
	}
	return fmt.Errorf("%s is not valid %s; mend it, or give the right charset by --charset", badBytes(s), strings.ToUpper(r.src.charset))
}

func (r *Reader) inCell(row Row, i int, err error) error {
	e := &Error{Row: row.Number, Line: row.Line, Column: i + 1, Err: err}
	if c := r.Columns(); i < len(c) {
		e.Name = c[i].Name
	}
	return e
}

// placed makes an *Error of what came up, with the file's name and, if it has no place yet, the row that was being read.
func (r *Reader) placed(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Err: err}
		if r.rows != nil {
			e.Row, e.Line = r.rows.at()
		}
	}
	e.File, e.letters = r.src.name, r.opts.Format == XLSX
	return e
}

func (r *Reader) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// badBytes names the first bytes of a text that are no character.
func badBytes(s string) string {
	for i, c := range s {
		if c == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return fmt.Sprintf("byte %02X after %s", s[i], shown(s[:i]))
			}
		}
	}
	return shown(s)
}

// shown quotes a text, cut to what a message has room for.
func shown(s string) string {
	const room = 40
	if utf8.RuneCountInString(s) > room {
		s = string([]rune(s[:min(len(s), 4*room)])[:room]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
