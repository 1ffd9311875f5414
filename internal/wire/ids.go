package wire

import (
	"net/url"
	"strings"

	"stele"
)

// eachParameter calls f with each parameter of a query string, in their order.
func eachParameter(query string, f func(name, value string)) error {
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		name, err1 := url.QueryUnescape(name)
		value, err2 := url.QueryUnescape(value)
		if err1 != nil || err2 != nil {
			return stele.Errorf(stele.CodeParameter, "the query string is malformed: a %% must be followed by two hexadecimal digits")
		}
		f(name, value)
	}
	return nil
}

// DecodeTaskIDs reads the ids of a request of wire.md 5.4, from the query or, when that has none, from the body. They
// keep their order; one that is repeated, in whatever letter case, is returned once.
func DecodeTaskIDs(in Input) ([]string, error) {
	ids := idList{most: in.Limits.TaskIDs}
	err := eachParameter(in.Query, func(name, value string) {
		if isIDs(name) {
			ids.add(value)
		}
	})
	if err == nil && len(ids.list) == 0 && !blank(in.Body) {
		ids, err = idsInBody(in)
	}
	if err != nil {
		return nil, err
	}
	if ids.over {
		return nil, stele.Errorf(stele.CodeParameter, "ids has more than %d entries; at most %d are allowed", ids.most, ids.most)
	}
	return ids.list, nil
}

// isIDs reports whether a parameter's name is ids followed by any number of [] and [digits].
func isIDs(name string) bool {
	rest, ok := strings.CutPrefix(name, "ids")
	for ok && rest != "" {
		if rest, ok = strings.CutPrefix(rest, "["); ok {
			rest, ok = strings.CutPrefix(strings.TrimLeft(rest, "0123456789"), "]")
		}
	}
	return ok
}

// idList collects ids, no more than allowed.
type idList struct {
	list []string
	seen map[string]bool
	most int
	over bool
}

// add takes the ids of a value, which stand between commas.
func (l *idList) add(value string) {
	for id := range strings.SplitSeq(value, ",") {
		if l.over {
			return
		}
		id = strings.TrimSpace(id)
		key := strings.ToLower(id)
		if id == "" || l.seen[key] {
			continue
		}
		if l.over = len(l.list) == l.most; l.over {
			return
		}
		if l.seen == nil {
			l.seen = make(map[string]bool)
		}
		l.seen[key] = true
		l.list = append(l.list, id)
	}
}

// idsInBody reads {"ids": ["a", "b"]} or {"ids": "a,b"}: some tools turn the parameters of a GET into a body.
func idsInBody(in Input) (idList, error) {
	r := newReader(in.Body)
	ids, ok := idList{}, true
	for r.member() {
		if r.name == "ids" {
			ids = idList{most: in.Limits.TaskIDs}
			ok = r.ids(&ids)
			continue
		}
		r.skip()
	}
	if err := r.close(); err != nil {
		return ids, err
	}
	if !ok {
		return ids, stele.Errorf(stele.CodeParameter, "ids must be an array of strings, or a string with commas")
	}
	return ids, nil
}

// ids reads the value that is next: ids, or an array of such values. It is false if something else stands there.
func (r *reader) ids(l *idList) bool {
	if r.next() != '[' {
		v := r.raw()
		l.add(v.Text)
		return v.Kind == stele.KindString || v.Kind == stele.KindNull
	}
	ok := true
	for r.open(); r.more(); {
		ok = r.ids(l) && ok
	}
	return ok
}
