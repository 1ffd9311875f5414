package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"
)

// scanned is an answer that reads itself: one of those that come by the thousand.
type scanned interface{ scan(b []byte) error }

// readBody reads a body into memory that is made at once, where its length is told.
func readBody(resp *http.Response, most int64) ([]byte, error) {
	var b bytes.Buffer
	if n := resp.ContentLength; n > 0 && n <= most {
		b.Grow(int(n) + bytes.MinRead) // a buffer that is full to the byte would grow to find the end
	}
	_, err := b.ReadFrom(io.LimitReader(resp.Body, most+1))
	return b.Bytes(), err
}

// scan reads a task with what became of each row, which is nearly all there is of it.
func (t *Task) scan(b []byte) error {
	s := scan{b: b}
	if s.next() != '{' {
		return json.Unmarshal(b, t)
	}
	var rows []RowResult
	from, to := 0, 0
	s.must('{')
	for first := true; s.entry(&first, '}'); {
		if string(s.name()) != `"rows"` || s.next() != '[' {
			s.skip(1)
			continue
		}
		from = s.at
		var err error
		if rows, err = s.rows(); err != nil {
			return err
		}
		to = s.at
	}
	if !s.end() {
		return errScan
	}
	if rows == nil {
		return json.Unmarshal(b, t)
	}
	err := json.Unmarshal(slices.Concat(b[:from], []byte("null"), b[to:]), t)
	t.Rows = rows
	return err
}

// rows takes a list of what became of rows. Their ids are cut from one text.
func (s *scan) rows() ([]RowResult, error) {
	text := string(s.b)
	list := make([]RowResult, 0, bytes.Count(s.b[s.at:], []byte(`"row":`)))
	s.must('[')
	for first := true; s.entry(&first, ']'); {
		r, err := s.row(text)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

func (s *scan) row(text string) (r RowResult, err error) {
	s.must('{')
	for first := true; err == nil && s.entry(&first, '}'); {
		switch name, v := s.name(), s.value(); string(name) {
		case `"row"`:
			r.Row, err = strconv.Atoi(string(v))
		case `"status"`:
			r.Status, err = status(v)
		case `"record_id"`:
			if len(v) > 1 && v[0] == '"' && bytes.IndexByte(v, '\\') < 0 {
				r.RecordID = text[s.at-len(v)+1 : s.at-1]
				continue
			}
			r.RecordID, err = textOrNull(v)
		case `"errors"`:
			err = json.Unmarshal(v, &r.Errors)
		}
	}
	if s.bad {
		err = errScan
	}
	return r, err
}

// status is one of a row; those that there are take no memory.
func status(v []byte) (string, error) {
	for _, known := range [...]string{Created, Updated, Unchanged, Failed, Skipped} {
		if len(v) == len(known)+2 && string(v[1:len(v)-1]) == known {
			return known, nil
		}
	}
	return textOrNull(v)
}

func textOrNull(v []byte) (string, error) {
	text, ok := unquote(v)
	if !ok && string(v) != "null" {
		return "", errScan
	}
	return text, nil
}

// valuesPage is a page of records of which nothing but the values is wanted, one record's behind the other's.
type valuesPage struct {
	fields []string
	most   int // records that were asked for
	bytes  int // of the answer
	values []json.RawMessage
	next   *string
	err    error // instead of all the rest
}

// scan reads a page.
func (p *valuesPage) scan(b []byte) error {
	s := scan{b: b}
	p.values, p.next, p.bytes = nil, nil, len(b)
	found := false
	s.must('{')
	for first := true; s.entry(&first, '}'); {
		switch string(s.name()) {
		case `"records"`:
			found = true
			s.must('[')
			for first := true; s.entry(&first, ']'); {
				if err := p.record(&s); err != nil {
					return err
				}
			}
		case `"next_cursor"`:
			if v := s.value(); string(v) != "null" {
				text, ok := unquote(v)
				if !ok {
					return errScan
				}
				p.next = &text
			}
		default:
			s.skip(1)
		}
	}
	if !s.end() || !found || !utf8.Valid(b) {
		return errScan
	}
	return nil
}

// record takes a record.
func (p *valuesPage) record(s *scan) error {
	if len(p.values) == 0 {
		p.values = make([]json.RawMessage, 0, p.most*len(p.fields))
	}
	at := len(p.values)
	p.values = append(p.values, make([]json.RawMessage, len(p.fields))...)
	row := p.values[at:]
	s.must('{')
	for first := true; s.entry(&first, '}'); {
		if string(s.name()) != `"value"` {
			s.skip(2)
			continue
		}
		s.must('{')
		place := 0
		for first := true; s.entry(&first, '}'); {
			i := p.field(s.name(), place)
			v := s.value()
			if i >= 0 {
				row[i] = v
				place = i + 1
			}
		}
	}
	if s.bad {
		return errScan
	}
	for i, v := range row {
		if v == nil {
			return fmt.Errorf("a record comes without the field %s", p.fields[i])
		}
	}
	return nil
}

// field finds the place of a field by its name in quotes, -1 if it is not wanted. Mostly it is the one behind the field before.
func (p *valuesPage) field(quoted []byte, place int) int {
	if len(quoted) < 2 {
		return -1
	}
	name := quoted[1 : len(quoted)-1]
	if place < len(p.fields) && string(name) == p.fields[place] {
		return place
	}
	if bytes.IndexByte(name, '\\') >= 0 {
		text, _ := unquote(quoted)
		return slices.Index(p.fields, text)
	}
	return slices.IndexFunc(p.fields, func(f string) bool { return f == string(name) })
}
