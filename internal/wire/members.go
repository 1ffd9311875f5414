package wire

import (
	"fmt"
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

// list reads the array that is next and calls entry before each of its objects, which entry must read; of the objects
// after the first most ones it only counts how many there are. err is what is wrong with the list apart from its
// length. Null is an empty list.
func (r *reader) list(name string, most int, entry func()) (n int, err error) {
	switch r.next() {
	case '[':
		r.open()
	case 'n':
		r.skip()
		return 0, nil
	default:
		r.skip()
		return 0, stele.Errorf(stele.CodeParameter, "%s must be an array of objects", name)
	}
	for ; r.more(); n++ {
		isObject := r.next() == '{'
		switch {
		case isObject && n < most:
			entry()
			continue
		case !isObject && err == nil:
			err = stele.Errorf(stele.CodeParameter, "%s[%d] must be an object", name, n)
		}
		r.skip()
	}
	return n, err
}

// checkCount refuses a list of more entries than were stored. An empty list is left to the verb.
func checkCount(name string, n, most int) error {
	if n <= most {
		return nil
	}
	return stele.CheckEntries(name, n, most)
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
