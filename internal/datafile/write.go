package datafile

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// WriteOptions say how a file is written.
type WriteOptions struct {
	BOM     bool   // begin CSV and TSV with a byte order mark, by which some spreadsheets know UTF-8
	Packing string // gzip, zstd, or none
}

// A Writer writes rows into a file of some format, in the order they come.
type Writer struct {
	columns []Column
	rows    rowWriter
	buf     *bufio.Writer
	packer  io.Closer
	row     int64
}

// rowWriter writes one format.
type rowWriter interface {
	write(cells []Cell) error
	close() error
}

// A CellError is why a format cannot hold a value.
type CellError struct {
	Row    int64 // of those written, from 1
	Column string
	Err    error
}

func (e *CellError) Error() string {
	return fmt.Sprintf("row %d, column %s: %v", e.Row, shown(e.Column), e.Err)
}

func (e *CellError) Unwrap() error { return e.Err }

// Create begins a file on w. Declared of each column is the type of its values; without one they are TEXT. Reading the file gives the values
// again, and null and the empty text apart. What comes back as another type by Infer alone: in all but Parquet a TEXT of nothing but dates, in CSV one of decimal commas,
// whole numbers of more than 15 digits in CSV and XLSX, and in XLSX a FLOAT of nothing but whole numbers. A row without any value is lost in XLSX.
func Create(w io.Writer, format Format, columns []Column, opts WriteOptions) (*Writer, error) {
	out := &Writer{columns: columns}
	switch opts.Packing {
	case "":
	case "gzip":
		z := gzip.NewWriter(w)
		w, out.packer = z, z
	case "zstd":
		z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
		if err != nil {
			return nil, fmt.Errorf("beginning to pack: %w", err)
		}
		w, out.packer = z, z
	default:
		return nil, fmt.Errorf("there is no packing %q; there are gzip and zstd", opts.Packing)
	}
	if len(columns) == 0 {
		return nil, errors.New("a file needs a column")
	}
	if opts.BOM && format != CSV && format != TSV {
		return nil, fmt.Errorf("%s has no byte order mark; csv and tsv have", format)
	}
	out.buf = bufio.NewWriterSize(w, 64<<10)
	var err error
	switch format {
	case CSV:
		out.rows, err = newCSVWriter(out.buf, ',', columns, opts.BOM)
	case TSV:
		out.rows, err = newCSVWriter(out.buf, '\t', columns, opts.BOM)
	case JSON, JSONLines:
		out.rows = &jsonWriter{w: out.buf, columns: columns, array: format == JSON}
	case XLSX:
		out.rows, err = newBookWriter(out.buf, columns)
	case Parquet:
		out.rows, err = newParquetWriter(out.buf, columns)
	default:
		err = fmt.Errorf("there is no format %q; there are csv, tsv, json, jsonl, xlsx and parquet", format)
	}
	return out, err
}

// Write writes a row: a cell for each column. Numbers and true and false may be in any column; a DATETIME is a text YYYY-MM-DD hh:mm:ss. The
// error is a *CellError if the format cannot hold a value.
func (w *Writer) Write(cells []Cell) error {
	w.row++
	if len(cells) != len(w.columns) {
		return fmt.Errorf("row %d has %d cells; there are %d columns", w.row, len(cells), len(w.columns))
	}
	err := w.rows.write(cells)
	var e *CellError
	if errors.As(err, &e) {
		e.Row = w.row
	}
	return err
}

// Close ends the file. It does not close what the file is written to.
func (w *Writer) Close() error {
	err := w.rows.close()
	if err == nil {
		err = w.buf.Flush()
	}
	if w.packer != nil {
		if e := w.packer.Close(); err == nil {
			err = e
		}
	}
	return err
}

// csvWriter writes delimited text. Null is nothing, the empty text is "". Texts that look like numbers or truth values are in quotes, by which
// Infer knows them for texts.
type csvWriter struct {
	w       *bufio.Writer
	delim   byte
	columns []Column
}

func newCSVWriter(w *bufio.Writer, delim byte, columns []Column, bom bool) (*csvWriter, error) {
	c := &csvWriter{w: w, delim: delim, columns: columns}
	if bom {
		_, _ = w.WriteString("\ufeff") // a bufio.Writer keeps its error for the next call
	}
	for i, col := range columns {
		c.delimit(i)
		c.text(col.Name, looksLikeData(Cell{Kind: Text, Text: col.Name}))
	}
	return c, w.WriteByte('\n')
}

func (c *csvWriter) delimit(i int) {
	if i > 0 {
		_ = c.w.WriteByte(c.delim)
	}
}

func (c *csvWriter) write(cells []Cell) error {
	for i, cell := range cells {
		c.delimit(i)
		switch cell.Kind {
		case Missing, Null:
		case Text:
			class := classify(cell)
			c.text(cell.Text, cell.Text == "" || class >= classInt && class <= classBool && c.columns[i].Declared != TypeDateTime)
		default:
			c.text(plain(cell, c.columns[i].Declared), false)
		}
	}
	return c.w.WriteByte('\n')
}

func (c *csvWriter) text(s string, quoted bool) {
	if !quoted && strings.IndexByte(s, c.delim) < 0 && !strings.ContainsAny(s, "\"\r\n") {
		_, _ = c.w.WriteString(s)
		return
	}
	_ = c.w.WriteByte('"')
	_, _ = c.w.WriteString(strings.ReplaceAll(s, `"`, `""`))
	_ = c.w.WriteByte('"')
}

func (c *csvWriter) close() error { return nil }

// plain writes what is no text. A FLOAT keeps a point, so that it is known again.
func plain(cell Cell, declared Type) string {
	switch cell.Kind {
	case True:
		return "true"
	case False:
		return "false"
	case Number:
		if declared == TypeFloat && !strings.ContainsAny(cell.Text, ".eE") {
			return cell.Text + ".0"
		}
	}
	return cell.Text
}

// jsonWriter writes objects with all columns, one to a line, in an array or not.
type jsonWriter struct {
	w       *bufio.Writer
	columns []Column
	array   bool
	n       int
	line    []byte
}

func (j *jsonWriter) write(cells []Cell) error {
	j.line = j.line[:0]
	switch {
	case j.array && j.n == 0:
		j.line = append(j.line, "[\n"...)
	case j.array:
		j.line = append(j.line, ",\n"...)
	}
	j.n++
	j.line = append(j.line, '{')
	for i, cell := range cells {
		if i > 0 {
			j.line = append(j.line, ',')
		}
		j.line = appendText(j.line, j.columns[i].Name)
		j.line = append(j.line, ':')
		switch cell.Kind {
		case Missing, Null:
			j.line = append(j.line, "null"...)
		case Text:
			j.line = appendText(j.line, cell.Text)
		default:
			j.line = append(j.line, plain(cell, j.columns[i].Declared)...)
		}
	}
	j.line = append(j.line, '}')
	if !j.array {
		j.line = append(j.line, '\n')
	}
	_, err := j.w.Write(j.line)
	return err
}

func (j *jsonWriter) close() error {
	end := ""
	switch {
	case j.array && j.n == 0:
		end = "[]\n"
	case j.array:
		end = "\n]\n"
	}
	_, err := j.w.WriteString(end)
	return err
}
