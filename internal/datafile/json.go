package datafile

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxLongName is how many bytes the name of a member may have, and maxRowLines how many lines a row.
const (
	maxLongName = 4 << 10
	maxRowLines = 1 << 20
)

// jsonRows is a pass over a JSON array of objects, or over objects one after another, as JSON Lines are.
type jsonRows struct {
	dec    *jsontext.Decoder
	text   *lineCounter
	budget *budget
	names  []Column
	index  map[string]int
	array  bool
	begun  bool
	number int64
	line   int64
	cells  []Cell
}

func (r *Reader) openJSON() (rows, error) {
	text, err := r.text()
	if err != nil {
		return nil, err
	}
	j := &jsonRows{index: map[string]int{}}
	j.budget = &budget{r: text, left: maxRow}
	j.text = &lineCounter{r: j.budget}
	j.dec = jsontext.NewDecoder(j.text)
	if r.rows != nil { // what an earlier pass has seen stays known, in its order
		for _, c := range r.rows.columns() {
			if _, err := j.column(c.Name); err != nil {
				return nil, err
			}
		}
	}
	return j, nil
}

func (j *jsonRows) columns() []Column { return j.names }

func (j *jsonRows) at() (row, line int64) { return j.number, max(j.line, 1) }

func (j *jsonRows) next() (Row, error) {
	j.budget.renew()
	j.number++
	j.line = 0
	row, err := j.read()
	if err != nil && err != io.EOF {
		err = j.placed(err)
	}
	return row, err
}

func (j *jsonRows) read() (Row, error) {
	kind := j.dec.PeekKind()
	if !j.begun {
		j.begun = true
		if kind == '[' {
			j.array = true
			if _, err := j.dec.ReadToken(); err != nil {
				return Row{}, err
			}
			kind = j.dec.PeekKind()
		}
	}
	if j.array && kind == ']' {
		if _, err := j.dec.ReadToken(); err != nil {
			return Row{}, err
		}
		if _, err := j.dec.ReadToken(); err != io.EOF {
			if err == nil {
				err = errors.New("something stands behind the end of the array")
			}
			return Row{}, err
		}
		return Row{}, io.EOF
	}
	open, err := j.dec.ReadToken()
	if err == io.EOF && j.array {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return Row{}, err
	}
	j.line = j.text.lineAt(j.dec.InputOffset() - 1)
	if open.Kind() != '{' {
		return Row{}, fmt.Errorf("the row is %s, not an object", kindName(open.Kind()))
	}
	return j.object()
}

// object reads the members of a row.
func (j *jsonRows) object() (Row, error) {
	j.cells = j.cells[:0]
	for range j.names {
		j.cells = append(j.cells, Cell{})
	}
	for place := 0; ; place++ {
		token, err := j.dec.ReadToken()
		if err != nil {
			return Row{}, err
		}
		if token.Kind() == '}' {
			return Row{Number: j.number, Line: j.line, Cells: j.cells}, nil
		}
		name := token.String()
		i := place // mostly each row has all members, in one order
		if i >= len(j.names) || j.names[i].Name != name {
			if i, err = j.column(name); err != nil {
				return Row{}, err
			}
		}
		for len(j.cells) <= i {
			j.cells = append(j.cells, Cell{})
		}
		if j.cells[i], err = j.value(); err != nil {
			return Row{}, err
		}
	}
}

// column finds the column of that name, a new one if need be.
func (j *jsonRows) column(name string) (int, error) {
	i, ok := j.index[name]
	if ok {
		return i, nil
	}
	if len(j.names) == maxColumns {
		return 0, fmt.Errorf("the member %s is one too many: at most %d columns can be read", shown(name), maxColumns)
	}
	if len(name) > maxLongName {
		return 0, fmt.Errorf("the member %s has a name of %d bytes; at most %d can be read", shown(name), len(name), maxLongName)
	}
	i = len(j.names)
	j.names = append(j.names, Column{Name: strings.Clone(name)})
	j.index[j.names[i].Name] = i
	return i, nil
}

func (j *jsonRows) value() (Cell, error) {
	switch kind := j.dec.PeekKind(); kind {
	case '{', '[':
		v, err := j.dec.ReadValue()
		if err != nil {
			return Cell{}, err
		}
		if err := v.Compact(); err != nil {
			return Cell{}, err
		}
		return Cell{Kind: JSONValue, Text: string(v)}, nil
	case '0':
		v, err := j.dec.ReadValue()
		return Cell{Kind: Number, Text: string(v)}, err
	}
	token, err := j.dec.ReadToken()
	if err != nil {
		return Cell{}, err
	}
	switch token.Kind() {
	case '"':
		return Cell{Kind: Text, Text: token.String()}, nil
	case 't':
		return Cell{Kind: True}, nil
	case 'f':
		return Cell{Kind: False}, nil
	}
	return Cell{Kind: Null}, nil
}

// placed says where in the file JSON is wrong.
func (j *jsonRows) placed(err error) error {
	e := &Error{Row: j.number, Err: err}
	var syntax *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntax):
		if e.Line = j.text.lineAt(syntax.ByteOffset); !j.array && j.line > 0 {
			e.Line = j.line // a line each: where one lacks its end the next one shows it
		}
		e.Err = syntax.Err
		if errors.Is(syntax.Err, io.ErrUnexpectedEOF) {
			e.Err = errors.New("the JSON breaks off: the file is cut short")
		}
		e.Name = memberOf(syntax.JSONPointer, j.array)
	case errors.Is(err, io.ErrUnexpectedEOF):
		e.Line, e.Err = j.text.lineAt(j.dec.InputOffset()), errors.New("the JSON breaks off: the file is cut short")
	default:
		e.Line = max(j.line, 1)
		if inner := errors.Unwrap(err); inner != nil && strings.HasPrefix(err.Error(), "jsontext: ") {
			e.Err = inner // what could not be read is no matter of JSON
		}
	}
	return e
}

// memberOf is the first name of a pointer into a row.
func memberOf(p jsontext.Pointer, array bool) string {
	for token := range p.Tokens() {
		if !array {
			return token
		}
		array = false
	}
	return ""
}

func kindName(k jsontext.Kind) string {
	switch k {
	case '[':
		return "an array"
	case '"':
		return "a text"
	case '0':
		return "a number"
	case 'n':
		return "null"
	}
	return "true or false"
}

// lineCounter remembers where lines end in what has been read of a text and not yet asked for.
type lineCounter struct {
	r     io.Reader
	read  int64
	lines int64   // before the ends that are kept
	ends  []int64 // offsets of line ends, in ascending order
	first int
}

func (l *lineCounter) Read(b []byte) (int, error) {
	n, err := l.r.Read(b)
	for i, c := range b[:n] {
		if c == '\n' {
			l.ends = append(l.ends, l.read+int64(i))
		}
	}
	l.read += int64(n)
	if len(l.ends)-l.first > maxRowLines {
		return 0, fmt.Errorf("the row has more than %d lines", maxRowLines)
	}
	return n, err
}

// lineAt is the line, from 1, that an offset is in. Offsets are asked for in ascending order.
func (l *lineCounter) lineAt(offset int64) int64 {
	for l.first < len(l.ends) && l.ends[l.first] < offset {
		l.first++
		l.lines++
	}
	if l.first > 1000 && l.first*2 > len(l.ends) {
		l.ends = append(l.ends[:0], l.ends[l.first:]...)
		l.first = 0
	}
	return l.lines + 1
}
