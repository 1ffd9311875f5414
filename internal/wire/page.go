package wire

import (
	"strings"

	"stele"
)

// defaultPageSize is the size of a page of records that names none (wire.md 5.5).
const defaultPageSize = 10

// DecodeRecords reads a request of wire.md 5.5, and what is ours beyond it.
func DecodeRecords(in Input) (Records, error) {
	r := newReader(in.Body)
	var (
		id, page, size, keyword stele.Raw
		filter                  []stele.Cell
		problem                 string
		ours                    reads
	)
	for r.member() {
		switch r.name {
		case "table_id":
			id = r.raw()
		case "page":
			page = r.raw()
		case "page_size":
			size = r.raw()
		case "keyword":
			keyword = r.raw()
		case "filter":
			var sent string
			if filter, sent, problem = r.fields(r.name, in.Limits.RowMembers); sent == "null" {
				problem = ""
			}
		default:
			if !ours.member(r, in.Limits) {
				r.skip()
			}
		}
	}
	if err := r.close(); err != nil {
		return Records{}, err
	}
	table, err := tableID(id)
	if err != nil {
		return Records{}, err
	}
	p, _, err := pageMembers(page, size, min(defaultPageSize, in.Limits.PageSize))
	if err != nil {
		return Records{}, err
	}
	if problem != "" {
		return Records{}, stele.Errorf(stele.CodeParameter, "%s", strings.TrimSuffix(problem, "."))
	}
	k, err := keywordMember(keyword)
	if err != nil {
		return Records{}, err
	}
	q := stele.PageQuery{Page: p, Filter: filter, Keyword: k}
	if err := ours.into(&q, page); err != nil {
		return Records{}, err
	}
	return Records{table, q}, nil
}

// keywordMember reads keyword: a string, or a number, true or false, which stand for their text.
func keywordMember(v stele.Raw) (string, error) {
	switch v.Kind {
	case stele.KindNumber:
		return v.Text, nil
	case stele.KindTrue:
		return "true", nil
	case stele.KindFalse:
		return "false", nil
	}
	return textMember("keyword", stele.CodeParameter, v)
}
