package datafile

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// sheetRows is a pass over the rows of a sheet.
type sheetRows struct {
	w      *workbook
	part   io.ReadCloser
	budget *budget
	d      *xml.Decoder
	cols   []Column
	wide   int
	number int64
	cells  []Cell
	text   strings.Builder
}

func (s *sheetRows) begin(part string) error {
	var err error
	if s.part, s.budget, err = s.w.part(part); err != nil {
		return err
	}
	s.d = xml.NewDecoder(s.budget)
	return nil
}

func (s *sheetRows) columns() []Column { return s.cols }

func (s *sheetRows) at() (row, line int64) { return s.number, 0 }

// next returns the next row that has a value. Rows without one are not told from those that are not there.
func (s *sheetRows) next() (Row, error) {
	for {
		token, err := s.d.RawToken()
		if err == io.EOF {
			return Row{}, io.EOF
		}
		if err != nil {
			return Row{}, s.fault(0, err)
		}
		s.budget.renew()
		switch e := token.(type) {
		case xml.EndElement:
			if e.Name.Local == "sheetData" {
				return Row{}, io.EOF
			}
		case xml.StartElement:
			if e.Name.Local != "row" {
				continue
			}
			s.number++
			if n, err := strconv.ParseInt(attr(e, "r"), 10, 64); err == nil && n > s.number { // numbers ascend, whatever stands there
				s.number = n
			}
			if err := s.row(); err != nil {
				return Row{}, err
			}
			if len(s.cells) == 0 {
				continue
			}
			for s.cols != nil && len(s.cells) < s.wide {
				s.cells = append(s.cells, Cell{Kind: Null})
			}
			return Row{Number: s.number, Cells: s.cells}, nil
		}
	}
}

// fault places an error in the row, and in a column if that is one.
func (s *sheetRows) fault(column int, err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = errors.New("the sheet breaks off")
	}
	e := &Error{Row: s.number, Column: column, Err: err}
	if column > 0 && column <= len(s.cols) {
		e.Name = s.cols[column-1].Name
	}
	return e
}

// row reads the cells to the end of a row's element, up to the last with a value.
func (s *sheetRows) row() error {
	s.cells = s.cells[:0]
	column, left := 0, maxRow
	for {
		token, err := s.d.RawToken()
		if err != nil {
			return s.fault(0, err)
		}
		switch e := token.(type) {
		case xml.EndElement:
			if e.Name.Local == "row" {
				return nil
			}
		case xml.StartElement:
			if e.Name.Local != "c" {
				continue
			}
			column++
			if n := columnOf(attr(e, "r")); n > 0 {
				column = n
			}
			cell, err := s.cell(e)
			if err != nil {
				return s.fault(column, err)
			}
			if left -= len(cell.Text); left < 0 { // a text may be in many cells and once in the workbook
				return s.fault(column, errRowTooLong)
			}
			if cell.Kind == Null {
				continue
			}
			if column > s.wide || column <= len(s.cells) {
				return s.fault(column, tooMany(cell, s.wide))
			}
			for len(s.cells) < column-1 {
				s.cells = append(s.cells, Cell{Kind: Null})
			}
			s.cells = append(s.cells, cell)
		}
	}
}

// columnOf is the number, from 1, that the letters of a reference such as AB12 stand for.
func columnOf(ref string) int {
	n := 0
	for i := 0; i < len(ref) && i < 4 && ref[i] >= 'A' && ref[i] <= 'Z'; i++ {
		n = n*26 + int(ref[i]-'A') + 1
	}
	return n
}

// cell reads to the end of a cell's element.
func (s *sheetRows) cell(e xml.StartElement) (Cell, error) {
	kind, style := attr(e, "t"), attr(e, "s")
	value, inline, seen := "", "", false
	formula, valued := false, false
	for {
		token, err := s.d.RawToken()
		if err != nil {
			return Cell{}, err
		}
		switch e := token.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "f":
				formula = true
			case "v":
				valued = true
				if value, err = s.characters("v"); err != nil {
					return Cell{}, err
				}
			case "is":
				seen = true
				if inline, err = richText(s.d, &s.text, "is"); err != nil {
					return Cell{}, err
				}
			}
		case xml.EndElement:
			if e.Name.Local == "c" {
				switch {
				case kind == "inlineStr" && seen:
					return text(inline), nil
				case formula && !valued:
					return Cell{}, errors.New("the formula has no value in the file: open the workbook in a spreadsheet program and save it there, so that it is worked out")
				}
				return s.meaning(kind, style, value)
			}
		}
	}
}

// meaning makes a cell of its value, its type and its style.
func (s *sheetRows) meaning(kind, style, value string) (Cell, error) {
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || s.w.texts == nil {
			return Cell{}, fmt.Errorf("the cell's text %s is not in the workbook", shown(value))
		}
		t, err := s.w.texts.at(i)
		return text(t), err
	case "str":
		return text(unescape(value)), nil
	case "inlineStr":
		return Cell{Kind: Null}, nil
	case "e":
		return text(value), nil
	case "d":
		return text(value), nil
	case "b":
		if strings.TrimSpace(value) == "1" {
			return Cell{Kind: True}, nil
		}
		return Cell{Kind: False}, nil
	}
	value = strings.TrimSpace(value)
	if value == "" {
		return Cell{Kind: Null}, nil
	}
	f, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return Cell{}, fmt.Errorf("%s is no number", shown(value))
	}
	if i, err := strconv.Atoi(style); err == nil && i >= 0 && i < len(s.w.formats) {
		if t, ok := s.w.shown(f, s.w.formats[i]); ok {
			return text(t), nil
		}
	}
	if whole := strings.TrimPrefix(value, "-"); len(whole) > 15 && allDigits(whole) && !exact(value) {
		return number(value), nil // no spreadsheet has written it, for they keep 15 digits: it is meant
	}
	return double(f, 64), nil // the workbook may have 17 digits of it, 6.0999999999999996 for 6.1
}

// characters reads the text up to the end of an element without children.
func (s *sheetRows) characters(name string) (string, error) {
	s.text.Reset()
	for {
		token, err := s.d.RawToken()
		if err != nil {
			return "", err
		}
		switch e := token.(type) {
		case xml.CharData:
			s.text.Write(e)
		case xml.EndElement:
			if e.Name.Local == name {
				return s.text.String(), nil
			}
		}
	}
}

// richText reads a text in one piece or in many, to the end of the element name; how it is spoken in Japanese is left out.
func richText(d *xml.Decoder, b *strings.Builder, name string) (string, error) {
	b.Reset()
	inText, spoken := false, false
	for {
		token, err := d.RawToken()
		if err != nil {
			return "", err
		}
		switch e := token.(type) {
		case xml.StartElement:
			inText = e.Name.Local == "t"
			spoken = spoken || e.Name.Local == "rPh"
		case xml.CharData:
			if inText && !spoken {
				b.Write(e)
			}
		case xml.EndElement:
			inText = false
			switch e.Name.Local {
			case "rPh":
				spoken = false
			case name:
				return unescape(b.String()), nil
			}
		}
	}
}

// unescape reads _x000D_ and the like, by which a workbook writes what XML cannot.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if i+7 <= len(s) && s[i] == '_' && s[i+1] == 'x' && s[i+6] == '_' {
			if n, err := strconv.ParseUint(s[i+2:i+6], 16, 16); err == nil && (n < 0xd800 || n > 0xdfff) {
				b.WriteRune(rune(n))
				i += 6
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// shown writes a number as its format shows it, where that says more than the number: 501 in a column of postal codes is 00501.
func (w *workbook) shown(f float64, as numberFormat) (string, bool) {
	switch {
	case as.date:
		return w.time(f)
	case as.mask != "" && f >= 0 && f < 1e15 && f == math.Trunc(f):
		return masked(strconv.FormatFloat(f, 'f', 0, 64), as.mask), true
	}
	return "", false
}

// time writes a number of days as a date with its time, or as a time of day where it is less than one. It is rounded to milliseconds, which is what a double of it keeps.
func (w *workbook) time(f float64) (string, bool) {
	if f < 0 || f >= 2958466 {
		return "", false
	}
	days := math.Floor(f)
	clock := time.Duration(math.Round((f-days)*86400e3)) * time.Millisecond
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case w.from1904:
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case f < 1:
		return base.Add(clock).Format("15:04:05.999"), true
	case f < 60: // before the 29 February 1900, which spreadsheets count and the calendar lacks
		days++
	case f < 61:
		return "", false
	}
	return written(base.AddDate(0, 0, int(days)).Add(clock)), true
}
