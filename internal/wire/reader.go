package wire

import (
	"bytes"
	"slices"
	"unicode/utf8"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"

	"stele"
)

// byteOrderMark may stand before a body; it is no part of the JSON.
const byteOrderMark = "\xef\xbb\xbf"

// blanks are the characters that JSON lets stand between values.
const blanks = " \t\r\n"

// maxDepth is how deep objects and arrays may be nested, the body's own object counted (wire.md 3).
const maxDepth = 64

// reader walks once over the JSON object that a body is. Its methods do nothing once the body has turned out to be no
// JSON; close says so in the end.
type reader struct {
	dec    jsontext.Decoder
	body   []byte // without its byte order mark
	mark   int    // length of that mark
	escape int    // place of a backslash, with none between it and what was read last; see escaped
	name   string // of the member whose value is next
	cells  slab   // of all lists of cells in the body
	err    error  // first fault of the JSON
}

// newReader begins to read an object: its members are next.
func newReader(body []byte) *reader {
	r := &reader{body: body, escape: -1}
	if rest, ok := bytes.CutPrefix(body, []byte(byteOrderMark)); ok {
		r.body, r.mark = rest, len(body)-len(rest)
	}
	if !utf8.Valid(r.body) {
		r.err = r.notUTF8()
		return r
	}
	// Half a surrogate pair is no fault of the body but of one value (wire.md 4.1): to the decoder it is "invalid UTF-8",
	// which is allowed here because real invalid UTF-8 has just been ruled out, and text looks for it.
	r.dec.Reset(bytes.NewBuffer(r.body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	switch r.next() {
	case '{':
		r.open()
	case '[', '"', '0', 't', 'f', 'n':
		r.err = stele.Errorf(stele.CodeParameter, "the body must be one JSON object")
	default:
		r.skip()
	}
	return r
}

// close returns the first fault of the body as JSON, text after its object included. It is called when the last member
// was read.
func (r *reader) close() error {
	if r.err != nil {
		return r.err
	}
	at := int(r.dec.InputOffset())
	if rest := bytes.TrimLeft(r.body[at:], blanks); len(rest) > 0 {
		return r.malformed(len(r.body)-len(rest), "there is text after the end of the object")
	}
	return nil
}

// next is the kind of the value or the bracket that comes next, 0 if the JSON is at fault there.
func (r *reader) next() jsontext.Kind {
	if r.err != nil {
		return 0
	}
	return r.dec.PeekKind()
}

// open steps into the object or array that is next.
func (r *reader) open() {
	if r.err != nil {
		return
	}
	if _, err := r.dec.ReadToken(); err != nil {
		r.err = r.fault(err)
	} else if r.dec.StackDepth() > maxDepth {
		r.err = r.malformed(int(r.dec.InputOffset())-1, deepNesting)
	}
}

// member reads the name of the next member of the object that the reader is in, or steps out of it and is false. Then
// name is that name until the next call. One with half of a surrogate pair is kept as it is written: with its backslash
// it can be no known member and no field.
func (r *reader) member() bool {
	if r.err != nil {
		return false
	}
	start := int(r.dec.InputOffset())
	t, err := r.dec.ReadToken()
	if err != nil {
		r.err = r.fault(err)
		return false
	}
	if t.Kind() == '}' {
		return false
	}
	for r.body[start] != '"' { // a token does not show its bytes
		start++
	}
	quoted := r.body[start:r.dec.InputOffset()]
	var ok bool
	if r.name, ok = r.text(quoted); !ok {
		r.name = alias(quoted[1 : len(quoted)-1])
	}
	return true
}

// more reports whether the array that the reader is in has another value, and steps out of it if not.
func (r *reader) more() bool {
	switch r.next() {
	case ']', jsontext.KindInvalid:
		r.open() // the decoder steps out, or finds the fault
		return false
	}
	return true
}

// value reads the whole value that is next. It returns nil at a fault.
func (r *reader) value() []byte {
	if r.err != nil {
		return nil
	}
	v, err := r.dec.ReadValue()
	if err != nil {
		r.err = r.fault(err)
		return nil
	}
	if v[0] == '{' || v[0] == '[' {
		if at := tooDeep(v, maxDepth-r.dec.StackDepth()); at >= 0 {
			r.err = r.malformed(int(r.dec.InputOffset())-len(v)+at, deepNesting)
			return nil
		}
	}
	return v
}

// skip passes over the value that is next.
func (r *reader) skip() { r.value() }

// raw reads the value that is next.
func (r *reader) raw() stele.Raw {
	v := r.value()
	if v == nil {
		return stele.Raw{}
	}
	switch kind := KindOf(v); kind {
	case stele.KindString:
		s, ok := r.text(v)
		if !ok {
			return stele.Raw{Kind: stele.KindBroken, Text: alias(v)}
		}
		return stele.Raw{Kind: kind, Text: s}
	case stele.KindNumber, stele.KindJSON:
		return stele.Raw{Kind: kind, Text: alias(v)}
	default:
		return stele.Raw{Kind: kind}
	}
}

// KindOf is how a value of valid JSON stands there; whether a string holds half of a surrogate pair is not looked at.
func KindOf(v []byte) stele.Kind {
	switch v[0] {
	case '"':
		return stele.KindString
	case 'n':
		return stele.KindNull
	case 't':
		return stele.KindTrue
	case 'f':
		return stele.KindFalse
	case '{', '[':
		return stele.KindJSON
	}
	return stele.KindNumber
}

// text decodes the string that was read last. It is false if that holds half of a surrogate pair.
func (r *reader) text(v []byte) (string, bool) {
	end := int(r.dec.InputOffset())
	if !r.escaped(end-len(v), end) {
		return alias(v[1 : len(v)-1]), true
	}
	b, err := jsontext.AppendUnquote(nil, v)
	return alias(b), err == nil // valid JSON and valid UTF-8 leave no other error
}

// escaped reports whether body[start:end], what was read last, holds a backslash. One search runs ahead of the reading:
// a body without escapes is searched once, not string by string.
func (r *reader) escaped(start, end int) bool {
	if r.escape < start {
		r.escape = len(r.body)
		if i := bytes.IndexByte(r.body[start:], '\\'); i >= 0 {
			r.escape = start + i
		}
	}
	return r.escape < end
}

// alias is b as a string without a copy. It is used on bodies, which nobody changes (see Input) and which live as long
// as anything that was read from them, and on bytes made for the purpose.
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// slab hands out lists of cells from few allocations. Lists grow one at a time.
type slab struct {
	cells []stele.Cell // the chunk in use; its end is the list that grows
	start int          // where that list begins
	next  int          // size of the next chunk, at least
	taken int          // cells of all lists that have ended
}

// add appends a cell to the list that grows. A full chunk is left to the lists it holds.
func (s *slab) add(c stele.Cell) {
	if len(s.cells) == cap(s.cells) {
		n := len(s.cells) - s.start
		chunk := make([]stele.Cell, n, max(s.next, 2*n, 64))
		copy(chunk, s.cells[s.start:])
		s.cells, s.start = chunk, 0
		s.next = min(2*cap(chunk), 1024)
	}
	s.cells = append(s.cells, c)
}

// growing is the list that grows.
func (s *slab) growing() []stele.Cell { return s.cells[s.start:] }

// drop removes the cells from..to of the list that grows.
func (s *slab) drop(from, to int) { s.cells = slices.Delete(s.cells, s.start+from, s.start+to) }

// take ends the list that grows and returns it, cut down to its cells from..to; the rest is given up.
func (s *slab) take(from, to int) []stele.Cell {
	list := s.growing()[from:to:to]
	s.start = len(s.cells)
	s.taken += len(list)
	return list
}
