package stele

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// SortKey is a column that records are sorted by. Text is compared by its bytes, false comes before true, and in ascending
// order what has no value comes first.
type SortKey struct {
	Column RecordColumn
	Desc   bool
}

// RawSort is an entry of sort as a request has it. Stray is the name of a member that no entry has, "" for none.
type RawSort struct {
	Field, Order Raw
	Stray        string
}

// MostSortKeys bounds the entries of one sort.
const MostSortKeys = 16

// WholeOrder completes keys to an order in which no two records are equal: ties go by ascending record id. What comes after
// a key that tells all records apart is left out.
func (t *Table) WholeOrder(keys []SortKey) []SortKey {
	for i, k := range keys {
		if k.Column == ColumnID || k.Column >= 0 && t.Fields[k.Column].Unique {
			return keys[:i+1]
		}
	}
	return append(slices.Clip(keys), SortKey{Column: ColumnID})
}

// sort reads the entries of a sort. No entries are no order.
func (t *Table) sort(raw []RawSort) (keys []SortKey, err error) {
	for i, r := range raw {
		if r.Stray != "" { // a misspelt order would be the other one
			return nil, Errorf(CodeParameter, "sort[%d] has the member `%s`, which no entry of a sort has: it has field and order", i, Shorten(r.Stray))
		}
		if r.Field.Kind != KindString {
			return nil, Errorf(CodeParameter, "sort[%d].field must be the name of a field, or $id, $created_at or $updated_at", i)
		}
		c, problem := t.column(r.Field.Text)
		if problem != "" {
			return nil, Errorf(CodeParameter, "sort[%d].field: %s", i, strings.TrimSuffix(problem, "."))
		}
		if j := slices.IndexFunc(keys, func(k SortKey) bool { return k.Column == c }); j >= 0 {
			return nil, Errorf(CodeParameter, "sort[%d].field is that of sort[%d]: name each field once", i, j)
		}
		desc := r.Order.Kind == KindString && strings.EqualFold(r.Order.Text, "desc")
		if asc := r.Order.Kind == KindString && strings.EqualFold(r.Order.Text, "asc"); !desc && !asc && !r.Order.Empty() {
			return nil, Errorf(CodeParameter, "sort[%d].order must be asc or desc", i)
		}
		keys = append(keys, SortKey{c, desc})
	}
	if keys == nil {
		return nil, nil
	}
	return t.WholeOrder(keys), nil
}

// A cursor is the place of a record in an order: the seal of the request that it belongs to, and the record's value for
// each key of the order. It holds nothing that the caller could not read, and needs no secret: whoever makes one up gets
// to another place in what the request may read anyway.
const (
	cursorVersion = 1
	sealBytes     = 16
	// maxCursorText bounds the text in a cursor, in bytes: it comes back in a request.
	maxCursorText = 64 << 10
)

// cursor makes the cursor behind a record in the order of q.
func (t *Table) cursor(q *RecordQuery, r *Record) (string, error) {
	seal := t.seal(q)
	b, text := append([]byte{cursorVersion}, seal[:]...), 0
	for _, k := range q.Sort {
		v := r.Column(k.Column)
		text += len(v.Text())
		b = appendCursorValue(b, v)
	}
	if text > maxCursorText {
		return "", Errorf(CodeParameter, "record %s has more than %d bytes in the fields of sort, too many for a cursor: sort by other fields, or ask by page", r.ID, maxCursorText)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// after reads a cursor that belongs to q: the values behind which its records are.
func (t *Table) after(q *RecordQuery, cursor string) ([]Value, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(b) < 1+sealBytes || b[0] != cursorVersion {
		return nil, Errorf(CodeParameter, "cursor must be \"\" to begin with, and then the next_cursor of the answer before, as it was")
	}
	if seal := t.seal(q); string(b[1:1+sealBytes]) != string(seal[:]) {
		return nil, Errorf(CodeParameter, "cursor belongs to another request: table_id, sort, filter, where and keyword must stay as they were; begin again with \"\"")
	}
	b = b[1+sealBytes:]
	values := make([]Value, len(q.Sort))
	ok := true
	for i, k := range q.Sort {
		if values[i], b, ok = readCursorValue(b, t.ColumnType(k.Column)); !ok {
			break
		}
	}
	if !ok || len(b) > 0 {
		return nil, Errorf(CodeParameter, "cursor is damaged: send next_cursor as it was answered, or begin again with \"\"")
	}
	return values, nil
}

// seal is a digest of what a cursor must come back with: the table and all that decides which records there are and in which
// order. Fields count by name and type.
func (t *Table) seal(q *RecordQuery) [sealBytes]byte {
	var b []byte
	text := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	column := func(c RecordColumn) { text(t.columnName(c)); b = append(b, byte(t.ColumnType(c))) }
	var where func(*Where)
	where = func(w *Where) {
		b = append(b, byte(w.Op))
		b = binary.AppendUvarint(b, uint64(len(w.Of)))
		for i := range w.Of {
			where(&w.Of[i])
		}
		if w.Op > OpNot {
			column(w.Column)
			b = binary.AppendUvarint(b, uint64(len(w.Values)))
			for _, v := range w.Values {
				b = appendCursorValue(b, v)
			}
		}
	}
	text(string(t.ID))
	b = binary.AppendUvarint(b, uint64(len(q.Sort)))
	for _, k := range q.Sort {
		column(k.Column)
		b = fmt.Appendf(b, "%t", k.Desc)
	}
	b = binary.AppendUvarint(b, uint64(len(q.Equal)))
	for _, p := range q.Equal {
		column(RecordColumn(p.Field))
		b = appendCursorValue(b, p.Value)
	}
	text(q.Keyword)
	if q.Where != nil {
		where(q.Where)
	}
	sum := sha256.Sum256(b)
	return [sealBytes]byte(sum[:])
}

// appendCursorValue appends a value: its type, and its text with its length or its number.
func appendCursorValue(b []byte, v Value) []byte {
	b = append(b, byte(v.typ))
	switch v.typ {
	case 0:
		return b
	case Text, DateTime:
		return append(binary.AppendUvarint(b, uint64(len(v.text))), v.text...)
	}
	return binary.BigEndian.AppendUint64(b, v.num)
}

// readCursorValue reads a value of a type, or none, and returns what comes behind it. Anybody may have made it.
func readCursorValue(b []byte, typ Type) (v Value, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != 0 && b[0] != byte(typ) {
		return v, nil, false
	}
	if b[0] == 0 {
		return v, b[1:], true
	}
	b = b[1:]
	if typ == Text || typ == DateTime {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) {
			return v, nil, false
		}
		v, rest = Value{typ: typ, text: string(b[size : size+int(n)])}, b[size+int(n):]
		ok = utf8.ValidString(v.text)
	} else {
		if len(b) < 8 {
			return v, nil, false
		}
		v, rest, ok = Value{typ: typ, num: binary.BigEndian.Uint64(b)}, b[8:], true
	}
	again, _, readable := typ.Read(Raw{Kind: KindString, Text: v.String()}) // a value that no record can have is refused
	return v, rest, ok && readable && again == v
}
