package datafile

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// beginText prepares a text format: charset first, then what is the format's own.
func (r *Reader) beginText() error {
	if err := r.findCharset(); err != nil {
		return r.placedByte(err)
	}
	if r.opts.Format == JSON || r.opts.Format == JSONLines {
		r.open = r.openJSON
		return nil
	}
	delim := r.opts.Delimiter
	switch {
	case delim != 0 && (delim == '"' || delim == '\n' || delim == '\r' || delim >= utf8.RuneSelf):
		return fmt.Errorf("%q cannot be a delimiter", rune(delim))
	case delim != 0:
	case r.opts.Format == TSV:
		delim = '\t'
	default:
		var err error
		if delim, err = r.findDelimiter(); err != nil {
			return err
		}
		r.note("delimiter: %s", delimiterName(delim))
	}
	r.delim = delim
	head, err := r.readHeader(delim)
	if err != nil {
		return err
	}
	r.open = func() (rows, error) { return r.openCSV(delim, head) }
	return nil
}

func delimiterName(delim byte) string {
	switch delim {
	case ',':
		return "comma"
	case ';':
		return "semicolon"
	case '\t':
		return "tab"
	}
	return string(rune(delim))
}

// findDelimiter takes the one of comma, semicolon, tab and bar with which most of the first records have as many cells as the first one, and
// of equals that with the most cells.
func (r *Reader) findDelimiter() (byte, error) {
	const records, bytes = 100, 256 << 10
	best, bestSame, bestCells := byte(','), 0.0, 1
	for _, delim := range []byte{',', ';', '\t', '|'} {
		text, err := r.text()
		if err != nil {
			return 0, err
		}
		s := newSplitter(io.LimitReader(text, bytes), delim)
		cells, same, all := 0, 0, 0
		for all < records {
			_, err := s.next()
			if err != nil {
				break // a fault is told by the pass that reads all, with its place
			}
			if len(s.ends) == 1 && s.ends[0] == 0 {
				continue
			}
			if all++; cells == 0 {
				cells = len(s.ends)
			}
			if len(s.ends) == cells {
				same++
			}
		}
		if share := float64(same) / float64(max(all, 1)); cells > 1 && (share > bestSame || share == bestSame && cells > bestCells) {
			best, bestSame, bestCells = delim, share, cells
		}
	}
	return best, nil
}

// header is what the first row says.
type header struct {
	columns []Column
	inFile  bool // the first record is the header and no data
}

// readHeader reads the names of the columns.
func (r *Reader) readHeader(delim byte) (header, error) {
	text, err := r.text()
	if err != nil {
		return header{}, err
	}
	c := &csvRows{s: newSplitter(&budget{r: text, left: 2 * maxRow}, delim), wide: 1 << 30}
	row, err := c.next()
	switch {
	case err == io.EOF:
		return header{}, errors.New("the file holds no row")
	case err != nil:
		return header{}, err
	}
	return r.headerOf(row)
}

// headerOf makes columns of a first row.
func (r *Reader) headerOf(row Row) (header, error) {
	cells := row.Cells
	for len(cells) > 1 && r.opts.Header != HeaderNo && cells[len(cells)-1].Kind == Null {
		cells = cells[:len(cells)-1] // delimiters at the end of each line
	}
	if len(cells) > maxColumns {
		return header{}, &Error{Row: row.Number, Line: row.Line, Err: fmt.Errorf("%d columns; at most %d can be read", len(cells), maxColumns)}
	}
	if r.opts.Header == HeaderNo {
		return header{columns: make([]Column, len(cells))}, nil
	}
	h := header{columns: make([]Column, len(cells)), inFile: true}
	seen := map[string]int{}
	doubt := 0
	for i, c := range cells {
		name := strings.TrimSpace(c.Text)
		h.columns[i].Name = name
		if j, ok := seen[name]; ok && name != "" {
			return h, &Error{Row: row.Number, Line: row.Line, Column: i + 1, Err: fmt.Errorf("the name %s is that of column %s as well", shown(name), columnLabel(j+1, r.opts.Format == XLSX))}
		}
		seen[name] = i
		r.bareHeader = r.bareHeader || c.Kind == Text && !c.Quoted
		if name == "" || !c.Quoted && looksLikeData(c) {
			doubt++
		}
	}
	if doubt == len(cells) && r.opts.Header == HeaderFound {
		return h, &Error{Row: row.Number, Line: row.Line, Err: fmt.Errorf(
			"the first row should be the columns' names, but begins %s: give --no-header if it has none, or --header if these are the names", shown(h.columns[0].Name))}
	}
	return h, nil
}

// tooMany says that a row has a value behind its last column.
func tooMany(c Cell, columns int) error {
	if columns == 1 {
		return fmt.Errorf("%s is one cell too many: there is 1 column", shown(c.Text))
	}
	return fmt.Errorf("%s is one cell too many: there are %d columns", shown(c.Text), columns)
}

// looksLikeData says whether a cell of a first row is no name.
func looksLikeData(c Cell) bool {
	if c.Kind != Text {
		return c.Kind != Null
	}
	switch class := classify(c); class {
	case classText, classOther, classMonth:
		return false
	default:
		return true
	}
}

// csvRows is a pass over delimited text.
type csvRows struct {
	s      *splitter
	cols   []Column
	wide   int   // cells of a record, the most of them
	gap    int64 // rows counted less lines read: lines within quotes are no rows
	rowNow int64
	line   int64
	cells  []Cell
	texts  rowTexts
}

// rowTexts are many short texts in few long ones: making one costs more than keeping it.
type rowTexts struct{ b strings.Builder }

// keep returns b as a text.
func (t *rowTexts) keep(b []byte) string {
	const block = 16 << 10
	if len(b) > block/4 {
		return string(b)
	}
	from := t.b.Len()
	if from+len(b) > t.b.Cap() { // what was there stays as it is, for those who have texts of it
		t.b.Reset()
		t.b.Grow(block)
		from = 0
	}
	_, _ = t.b.Write(b) // it has room
	return t.b.String()[from:]
}

func (r *Reader) openCSV(delim byte, h header) (rows, error) {
	text, err := r.text()
	if err != nil {
		return nil, err
	}
	c := &csvRows{s: newSplitter(text, delim), cols: h.columns, wide: len(h.columns)}
	if h.inFile {
		wide := c.wide
		c.wide = 1 << 30
		if _, err := c.next(); err != nil {
			return nil, err
		}
		c.wide = wide
	}
	return c, nil
}

func (c *csvRows) columns() []Column { return c.cols }

func (c *csvRows) at() (row, line int64) { return c.rowNow, c.line }

func (c *csvRows) next() (Row, error) {
	for {
		from := c.s.lines
		line, err := c.s.next()
		c.line, c.rowNow = line, line-c.gap
		if err != nil {
			var e *Error
			if errors.As(err, &e) {
				e.Row = c.rowNow
				if e.Column > 0 && e.Column <= len(c.cols) {
					e.Name = c.cols[e.Column-1].Name
				}
			}
			return Row{}, err
		}
		c.gap += c.s.lines - from - 1
		if c.wide != 1 && len(c.s.ends) == 1 && c.s.ends[0] == 0 && c.s.marks[0] == bare {
			continue // an empty line, which is a row only where there is one column
		}
		return c.row()
	}
}

// row makes a row of the splitter's record.
func (c *csvRows) row() (Row, error) {
	text := c.texts.keep(c.s.text)
	c.cells = c.cells[:0]
	from := 0
	for i, end := range c.s.ends {
		cell := Cell{Kind: Text, Text: text[from:end], Quoted: c.s.marks[i] == needless}
		if from == end && c.s.marks[i] == bare {
			cell.Kind = Null
		}
		if i >= c.wide {
			if cell.Kind != Null {
				return Row{}, &Error{Row: c.rowNow, Line: c.line, Column: i + 1, Err: tooMany(cell, c.wide)}
			}
			continue
		}
		c.cells = append(c.cells, cell)
		from = end
	}
	if n := len(c.cells); c.wide < 1<<30 && n < c.wide {
		return Row{}, &Error{Row: c.rowNow, Line: c.line, Column: n + 1, Name: c.cols[n].Name, Err: fmt.Errorf("the row ends after %d of %d cells", n, c.wide)}
	}
	return Row{Number: c.rowNow, Line: c.line, Cells: c.cells}, nil
}
