package datafile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// splitter takes delimited text apart into records: RFC 4180, with line ends of \n, \r\n or \r, and any line end within quotes kept as it is.
// It is here, and not encoding/csv, because that does not tell "" from nothing.
type splitter struct {
	r        io.Reader
	delim    byte
	buf      []byte
	pos, end int
	err      error
	lines    int64 // that were read
	line     []byte
	text     []byte // of the record's cells, without quotes
	ends     []int  // where each cell ends in text
	marks    []mark
}

// maxCells is how many cells a record may have. Those beyond the columns are empty, or the row is refused.
const maxCells = 100_000

// mark is how a cell was written.
type mark uint8

const (
	bare     mark = iota
	needed        // in quotes that it needs, or that are empty
	needless      // in quotes that it could do without
)

func newSplitter(r io.Reader, delim byte) *splitter {
	return &splitter{r: r, delim: delim, buf: make([]byte, 64<<10)}
}

// next reads a record into s.text, s.ends and s.marks, and returns the line that it begins in. An empty line is a record of one empty cell.
func (s *splitter) next() (int64, error) {
	s.text, s.ends, s.marks = s.text[:0], s.ends[:0], s.marks[:0]
	if err := s.readLine(); err != nil {
		return s.lines + 1, err
	}
	first := s.lines
	if bytes.IndexByte(s.line, '"') < 0 {
		return first, s.splitBare(chomp(s.line))
	}
	return first, s.splitQuoted()
}

func (s *splitter) splitBare(line []byte) error {
	for {
		i := bytes.IndexByte(line, s.delim)
		if i < 0 {
			s.text = append(s.text, line...)
			s.endCell(bare)
			return nil
		}
		if len(s.ends) == maxCells {
			return s.fault(s.lines, 0, errManyCells)
		}
		s.text = append(s.text, line[:i]...)
		s.endCell(bare)
		line = line[i+1:]
	}
}

var errManyCells = fmt.Errorf("the row has more than %d cells", maxCells)

func (s *splitter) endCell(m mark) {
	s.ends = append(s.ends, len(s.text))
	s.marks = append(s.marks, m)
}

// splitQuoted splits a record that has quotes, and reads more lines where one is within them.
func (s *splitter) splitQuoted() error {
	rest := s.line
	for {
		if len(s.ends) == maxCells {
			return s.fault(s.lines, 0, errManyCells)
		}
		if len(rest) > 0 && rest[0] == '"' {
			from := len(s.text)
			after, err := s.quoted(rest[1:])
			if err != nil {
				return err
			}
			m := needed
			if cell := s.text[from:]; len(cell) > 0 && bytes.IndexByte(cell, s.delim) < 0 && !bytes.ContainsAny(cell, "\"\r\n") {
				m = needless
			}
			s.endCell(m)
			switch {
			case len(chomp(after)) == 0:
				return nil
			case after[0] == s.delim:
				rest = after[1:]
				continue
			}
			return s.fault(s.lines, len(s.ends), fmt.Errorf("%s stands behind the closing quote; a quote within quotes is written twice", shown(string(firstCell(chomp(after), s.delim)))))
		}
		i := bytes.IndexByte(rest, s.delim)
		cell := chomp(rest)
		if i >= 0 {
			cell = rest[:i]
		}
		if bytes.IndexByte(cell, '"') >= 0 {
			return s.fault(s.lines, len(s.ends)+1, fmt.Errorf("a quote within %s, which is not in quotes; such a cell is put in quotes, and its own quotes are written twice", shown(string(cell))))
		}
		s.text = append(s.text, cell...)
		s.endCell(bare)
		if i < 0 {
			return nil
		}
		rest = rest[i+1:]
	}
}

// quoted reads to the closing quote and returns what of the line is behind it.
func (s *splitter) quoted(rest []byte) ([]byte, error) {
	opened, column := s.lines, len(s.ends)+1
	for {
		i := bytes.IndexByte(rest, '"')
		switch {
		case i < 0:
			s.text = append(s.text, rest...)
			err := s.readLine()
			switch {
			case err == io.EOF:
				return nil, s.fault(opened, column, errors.New("the quote that opens here is never closed"))
			case err != nil:
				return nil, err
			case len(s.text)+len(s.line) > maxRow:
				return nil, s.fault(opened, column, errors.New("the quote that opens here is not closed within 16 MiB"))
			}
			rest = s.line
		case i+1 < len(rest) && rest[i+1] == '"':
			s.text = append(s.text, rest[:i+1]...)
			rest = rest[i+2:]
		default:
			s.text = append(s.text, rest[:i]...)
			return rest[i+1:], nil
		}
	}
}

func (s *splitter) fault(line int64, column int, err error) error {
	return &Error{Line: line, Column: column, Err: err}
}

// readLine reads a line with its end into s.line.
func (s *splitter) readLine() error {
	s.line = s.line[:0]
	for {
		b := s.buf[s.pos:s.end]
		n := lineEnd(b, s.err != nil)
		if n > 0 {
			s.line = append(s.line, b[:n]...)
			s.pos += n
			s.lines++
			return nil
		}
		keep := 0
		if len(b) > 0 && b[len(b)-1] == '\r' {
			keep = 1 // what follows it decides
		}
		s.line = append(s.line, b[:len(b)-keep]...)
		if len(s.line) > maxRow {
			return s.fault(s.lines+1, 0, errors.New("the line is longer than 16 MiB"))
		}
		switch {
		case s.err == io.EOF && len(s.line) > 0:
			s.pos = s.end
			s.lines++
			return nil
		case s.err != nil:
			return s.err
		}
		copy(s.buf, b[len(b)-keep:])
		s.pos = 0
		n, s.err = s.r.Read(s.buf[keep:])
		s.end = keep + n
	}
}

// lineEnd is how long the line is that b begins with, its end included; 0 if b does not hold all of it.
func lineEnd(b []byte, last bool) int {
	n := bytes.IndexByte(b, '\n') + 1
	head := b
	if n > 0 {
		head = b[:n]
	}
	r := bytes.IndexByte(head, '\r') + 1
	switch {
	case r == 0, r+1 == n:
		return n
	case r < len(b) || last:
		return r
	}
	return 0
}

func chomp(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}

func firstCell(line []byte, delim byte) []byte {
	if i := bytes.IndexByte(line, delim); i >= 0 {
		return line[:i]
	}
	return line
}
