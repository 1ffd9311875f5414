package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"stele/client"
	"stele/internal/datafile"
)

// The most that an answer in SQL may have (docs/sql.md).
const (
	mostAnswerRows  = 10_000
	mostAnswerBytes = 8 << 20
)

type exportCmd struct {
	agentConnection
	Table  string `arg:"" optional:"" help:"Table to export, by its name or id; all of its records, in ascending order of their ids." complete:"table"`
	Query  string `help:"Export the answer to this SELECT instead, of at most 10,000 rows and 8 MiB." placeholder:"SQL"`
	Output string `short:"o" help:"File to write. It is there once it is whole. Default: standard output, as -." placeholder:"FILE" complete:"file"`
	Format string `help:"csv, tsv, json, jsonl, xlsx or parquet. Default: as the file's name ends, else csv." enum:"csv,tsv,json,jsonl,xlsx,parquet," default:"" placeholder:"FORMAT"`
	BOM    bool   `name:"bom" help:"Begin CSV and TSV with a byte order mark, by which Excel knows UTF-8."`
	Pack   string `help:"gzip or zstd. Default: as the file's name ends." enum:"gzip,zstd," default:"" placeholder:"PACKING"`
	jsonFlag

	total int64 // rows that will come
}

// Help is the rest of `stele help export`.
func (*exportCmd) Help() string {
	return `For example:

  stele export films -o films.parquet
  stele export films --format jsonl | gzip > films.jsonl.gz
  stele export --query "SELECT title, us_gross FROM films" -o gross.csv --bom

A table is written whole, whatever its size. An answer in SQL has at most 10,000 rows and 8 MiB, and a larger one is refused: parts of it would be of
different moments. Ask for the parts yourself, each over a range of a key that no part has twice:

  stele export --query "SELECT _id, title FROM films WHERE _id > 0 ORDER BY _id LIMIT 10000" -o films-1.csv

With --json standard output is JSON: what was written where there is --output, else the records themselves, as with --format json.`
}

// Run writes a file page by page.
func (c *exportCmd) Run(ctx context.Context, p *Process) error {
	if c.Output == "-" {
		c.Output = ""
	}
	if (c.Table == "") == (c.Query == "") {
		return usageError{errors.New("give the table to export, or --query with a SELECT")}
	}
	defer frugal(p)()
	format, packing, err := c.form()
	if err != nil {
		return err
	}
	s, err := c.open(p)
	if err != nil {
		return err
	}
	columns, rows, err := c.rows(ctx, s)
	if err != nil {
		return s.explain(err)
	}
	show := p.newMeter("exporting", c.total, "rows")
	defer show.end()
	write := func(w io.Writer) (n int64, err error) {
		f, err := datafile.Create(w, format, columns, datafile.WriteOptions{BOM: c.BOM, Packing: packing})
		if err != nil {
			return 0, err
		}
		for cells, err := range rows {
			if err == nil {
				err = f.Write(cells)
			}
			if err != nil {
				return n, s.explain(err)
			}
			if n++; c.Output != "" || !onTerminal(p.Stdout) { // there the rows themselves are seen
				show.add(1)
			}
		}
		show.end()
		return n, f.Close()
	}
	if c.Output == "" {
		to := p.plainOutput()
		if to != p.Stdout && (packing != "" || format == datafile.XLSX || format == datafile.Parquet) {
			return usageError{errors.New("such a file is not to be read on a terminal: name a file for it with --output")}
		}
		n, err := write(to)
		if err != nil {
			return fmt.Errorf("%w; what was written ends after %s", err, rowsOf(n))
		}
		return nil
	}
	n, err := whole(c.Output, write)
	if err != nil {
		return fmt.Errorf("%w; %s was not written", err, c.Output)
	}
	if c.JSON {
		return printJSON(p, struct {
			File   string          `json:"file"`
			Format datafile.Format `json:"format"`
			Packed string          `json:"packed"` // "" if it is not
			Rows   int64           `json:"rows"`
		}{c.Output, format, packing, n})
	}
	_, err = fmt.Fprintf(p.Stderr, "%s: %s\n", c.Output, rowsOf(n))
	return err
}

// form is the format and the packing: those asked for, else those that the file's name says.
func (c *exportCmd) form() (format datafile.Format, packing string, err error) {
	format, packing = datafile.FormatOf(c.Output)
	if c.JSON && c.Output == "" {
		if c.Format != "" && c.Format != string(datafile.JSON) || c.Pack != "" {
			return "", "", usageError{errors.New("with --json standard output is JSON, and the records go there: name a file for them with --output")}
		}
		format = datafile.JSON
	}
	if c.Format != "" {
		format = datafile.Format(c.Format)
	}
	if c.Pack != "" {
		packing = c.Pack
	}
	if ending := filepath.Ext(c.Output); format == "" && ending != "" {
		return "", "", usageError{fmt.Errorf("%s: no format is known by the ending %s: give --format, or name the file .csv, .tsv, .json, .jsonl, .xlsx or .parquet", c.Output, ending)}
	}
	return datafile.Format(first(string(format), string(datafile.CSV))), packing, nil
}

// whole writes a file beside its place and puts it there once it is whole.
func whole(path string, write func(io.Writer) (int64, error)) (n int64, err error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0) // a device or a pipe has no place to be put into
		if err != nil {
			return 0, unwritable(path, err)
		}
		n, err = write(f)
		return n, errors.Join(err, f.Close())
	}
	f, err := os.OpenFile(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".part"), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return 0, unwritable(path, err)
	}
	n, err = write(f)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error says what matters
	}
	return n, err
}

// rows finds the columns, what comes in them, and counts that.
func (c *exportCmd) rows(ctx context.Context, s session) ([]datafile.Column, iter.Seq2[[]datafile.Cell, error], error) {
	if c.Query != "" {
		return c.answer(ctx, s)
	}
	t, err := s.table(ctx, c.Table)
	if err != nil {
		return nil, nil, err
	}
	page, err := s.RecordsPage(ctx, t.ID, client.RecordQuery{Size: 1})
	if err != nil {
		return nil, nil, err
	}
	c.total = page.Total
	var columns []datafile.Column
	var names []string
	for _, f := range page.Table.Fields {
		names = append(names, f.Name)
		columns = append(columns, datafile.Column{Name: f.Name, Declared: datafile.Type(f.Type)})
	}
	return columns, func(yield func([]datafile.Cell, error) bool) {
		row := rawRow{columns: columns, cells: make([]datafile.Cell, len(columns))}
		for values, err := range manyRequests(s, 1).Values(ctx, t.ID, names, client.RecordQuery{}) {
			if err == nil {
				err = row.take(values)
			}
			if !yield(row.cells, err) || err != nil {
				return
			}
		}
	}, nil
}

// answer has a question answered, and refuses an answer of which a part is missing.
func (c *exportCmd) answer(ctx context.Context, s session) ([]datafile.Column, iter.Seq2[[]datafile.Cell, error], error) {
	a, err := s.Ask(ctx, client.Question{SQL: c.Query, MaxRows: mostAnswerRows, MaxBytes: mostAnswerBytes})
	switch {
	case err != nil:
		return nil, nil, err
	case a.Truncated:
		bound := "10,000 rows"
		if len(a.Rows) < mostAnswerRows {
			bound = "8 MiB"
		}
		return nil, nil, fmt.Errorf("the answer has more than the %s that a server gives to one question, and nothing was written: ask for it in parts, as WHERE _id > N ORDER BY _id LIMIT 10000; a whole table is exported by its name, without --query", bound)
	}
	columns := columnsOf(a)
	if err := namedApart(columns); err != nil {
		return nil, nil, err
	}
	c.total = int64(len(a.Rows))
	return columns, func(yield func([]datafile.Cell, error) bool) {
		for _, row := range a.Rows {
			if !yield(cellsOf(row, columns), nil) {
				return
			}
		}
	}, nil
}

// namedApart refuses columns of one name: a file of them cannot be imported, and most readers of JSON lose one.
func namedApart(columns []datafile.Column) error {
	taken := map[string]int{}
	for i, c := range columns {
		if before := taken[c.Name]; before > 0 {
			return fmt.Errorf("the columns %d and %d of the answer are both called %q, and nothing was written: give one another name by AS", before, i+1, oneLine(c.Name, 60))
		}
		taken[c.Name] = i + 1
	}
	return nil
}

// columnsOf is an answer's columns.
func columnsOf(a client.Answer) []datafile.Column {
	columns := make([]datafile.Column, len(a.Columns))
	for i, c := range a.Columns {
		columns[i].Name = c.Name
		if c.Type != nil {
			columns[i].Declared = datafile.Type(*c.Type)
		}
	}
	return columns
}

func cellsOf(row []any, columns []datafile.Column) []datafile.Cell {
	cells := make([]datafile.Cell, len(columns))
	for i := range columns {
		cells[i] = cellOf(row[i], columns[i].Declared)
	}
	return cells
}

// rawRow makes cells of values as JSON. All texts of a row are cut from one.
type rawRow struct {
	columns []datafile.Column
	cells   []datafile.Cell
	text    []byte
	ends    []int
}

func (r *rawRow) take(values []json.RawMessage) error {
	r.text, r.ends = r.text[:0], r.ends[:0]
	for i, v := range values {
		c := &r.cells[i]
		switch *c = (datafile.Cell{}); v[0] {
		case 'n':
			c.Kind = datafile.Null
		case 't':
			c.Kind = datafile.True
		case 'f':
			c.Kind = datafile.False
		case '"':
			c.Kind = datafile.Text
			if r.columns[i].Declared == datafile.TypeInt { // one that a double cannot hold
				c.Kind = datafile.Number
			}
			if v = v[1 : len(v)-1]; bytes.IndexByte(v, '\\') >= 0 {
				var text string
				if err := json.Unmarshal(values[i], &text); err != nil {
					return err
				}
				v = []byte(text)
			}
			r.text = append(r.text, v...)
		case '[', '{':
			return fmt.Errorf("the field %s has %s, which is no value of a field", r.columns[i].Name, v)
		default:
			c.Kind = datafile.Number
			r.text = append(r.text, v...)
		}
		r.ends = append(r.ends, len(r.text))
	}
	text, from := string(r.text), 0
	for i, end := range r.ends {
		r.cells[i].Text = text[from:end]
		from = end
	}
	return nil
}

// cellOf makes a cell of a value as the API gives it: an INT that a double cannot hold comes as a text.
func cellOf(v any, t datafile.Type) datafile.Cell {
	switch v := v.(type) {
	case nil:
		return datafile.Cell{Kind: datafile.Null}
	case bool:
		if v {
			return datafile.Cell{Kind: datafile.True}
		}
		return datafile.Cell{Kind: datafile.False}
	case json.Number:
		return datafile.Cell{Kind: datafile.Number, Text: v.String()}
	case string:
		if t == datafile.TypeInt {
			return datafile.Cell{Kind: datafile.Number, Text: v}
		}
		return datafile.Cell{Kind: datafile.Text, Text: v}
	}
	return datafile.Cell{Kind: datafile.Text, Text: fmt.Sprint(v)}
}
