package wire

import (
	"fmt"
	"slices"
	"strings"

	"stele"
)

// textMember reads a member that must be a string. Null and absence are "".
func textMember(name string, code stele.Code, v stele.Raw) (string, error) {
	switch v.Kind {
	case stele.KindNull, stele.KindString:
		return v.Text, nil
	case stele.KindBroken:
		return "", stele.Errorf(code, "%s holds half of a surrogate pair", name)
	}
	return "", stele.Errorf(code, "%s must be a string", name)
}

// tableID reads table_id. The verbs say that it is required.
func tableID(v stele.Raw) (string, error) { return textMember("table_id", stele.CodeParameter, v) }

// truthMember reads a member that must be true or false, as text too. Null and absence are false.
func truthMember(name string, v stele.Raw) (bool, error) {
	switch {
	case v.Kind == stele.KindTrue, v.Kind == stele.KindString && strings.EqualFold(v.Text, "true"):
		return true, nil
	case v.Kind == stele.KindNull, v.Kind == stele.KindFalse, v.Kind == stele.KindString && strings.EqualFold(v.Text, "false"):
		return false, nil
	}
	return false, stele.Errorf(stele.CodeParameter, "%s must be true or false", name)
}

// pageMembers reads page and page_size: whole numbers, as text too; null, "" and absence stand for the default.
// sent reports whether either was given.
func pageMembers(page, size stele.Raw, defaultSize int) (p stele.PageNumber, sent bool, err error) {
	read := func(name string, v stele.Raw, otherwise int64) int64 {
		n, _, ok := stele.Int.Read(v)
		if !ok && err == nil {
			err = stele.Errorf(stele.CodeParameter, "%s must be a whole number", name)
		}
		if n.IsNull() {
			return otherwise
		}
		sent = true
		return n.Int()
	}
	p.Page = read("page", page, 1)
	p.Size = read("page_size", size, int64(defaultSize))
	return p, sent, err
}

// array steps into the array that is next. It is false, and the value was passed over, if that is null, or anything else,
// which is an error that says what name must be.
func (r *reader) array(name, what string) (bool, error) {
	switch r.next() {
	case '[':
		r.open()
		return true, nil
	case 'n':
		r.skip()
		return false, nil
	}
	r.skip()
	return false, stele.Errorf(stele.CodeParameter, "%s must be %s", name, what)
}

// list reads the array that is next over the entries of an earlier member of its name: of the two the last one holds, and
// a body with very many must not cost very much. Each object is read by read; those after the first most ones are only
// counted. err is what is wrong with the list apart from its length, n. Null is an empty list.
func list[T any](r *reader, name string, most int, entries []T, read func() T) (_ []T, n int, err error) {
	entries = entries[:0]
	if there, err := r.array(name, "an array of objects"); !there {
		return entries, 0, err
	}
	for ; r.more(); n++ {
		isObject := r.next() == '{'
		switch {
		case isObject && n < most:
			from, cells := r.dec.InputOffset(), r.cells.taken
			entries = append(entries, read())
			if len(entries) == 1 { // the others are likely to be much the same
				size := max(r.dec.InputOffset()-from, 1)
				more := min((len(r.body)-int(from))/int(size)+1, most)
				entries = slices.Grow(entries, more)
				r.cells.next = more * (r.cells.taken - cells)
			}
			continue
		case !isObject && err == nil:
			err = stele.Errorf(stele.CodeParameter, "%s[%d] must be an object", name, n)
		}
		r.skip()
	}
	return entries, n, err
}

// shortList is a list that is refused where it has more than most entries. An empty one is left to the verb.
func shortList[T any](r *reader, name string, most int, entries []T, read func() T) ([]T, error) {
	entries, n, err := list(r, name, most, entries, read)
	if err == nil && n > most {
		err = stele.CheckEntries(name, n, most)
	}
	return entries, err
}

// members reads the members of the object that the reader has stepped into as cells of the list that grows. Once that
// has most cells, over is true and the rest is only passed over.
func (r *reader) members(most int) (over bool) {
	for r.member() {
		if over = len(r.cells.growing()) >= most; over {
			r.skip()
			continue
		}
		name := r.name
		r.cells.add(stele.Cell{Name: name, Raw: r.raw()})
	}
	return over
}

// fields reads a member that must be an object of field names and values: a filter, or updated fields. sent is its JSON
// as received. A problem is a sentence about the member; then there are no cells.
func (r *reader) fields(name string, most int) (cells []stele.Cell, sent, problem string) {
	if r.next() != '{' {
		return nil, alias(r.value()), "`" + name + "` must be an object."
	}
	r.open()
	start := int(r.dec.InputOffset()) - len("{")
	over := r.members(most)
	cells = r.cells.take(0, len(r.cells.growing()))
	sent = alias(r.body[start:r.dec.InputOffset()])
	if over {
		return nil, sent, tooManyMembers("`"+name+"`", most)
	}
	return cells, sent, ""
}

// tooManyMembers is the problem of an object with more members than are looked at.
func tooManyMembers(what string, most int) string {
	return fmt.Sprintf("%s has more than %d members; no table has as many fields.", what, most)
}
