package stele

import (
	"context"
	"slices"
	"strings"
)

// PageQuery asks for a page of records. The caller has put in the defaults.
type PageQuery struct {
	Page      PageNumber
	Filter    []Cell
	Keyword   string
	Where     *RawWhere // nil: none
	Sort      []RawSort
	Fields    []string // none: all
	Cursor    *string  // nil: the page has a number; "": the first page
	Uncounted bool
}

// Records returns a page of a table's records and the table itself (wire.md 5.5).
func (a *Agent) Records(ctx context.Context, tableID string, q PageQuery) (*Table, RecordPage, error) {
	if err := a.need(ScopeRead); err != nil {
		return nil, RecordPage{}, err
	}
	most := a.svc.Limits.PageSize
	if q.Cursor != nil {
		most = a.svc.Limits.CursorPage
	}
	p, err := a.page(q.Page, most)
	if err != nil {
		return nil, RecordPage{}, err
	}
	var table *Table
	var records RecordPage
	err = a.onTable(ctx, tableID, func(t *Table) error {
		rq, err := t.recordQuery(&q, p)
		if err != nil {
			return err
		}
		fields := rq.Fields
		if rq.Fields != nil && q.Cursor != nil { // the cursor is made of what the order is by
			rq.Fields = t.andSorted(fields, rq.Sort)
		}
		table = t
		if records, err = a.db.Records(ctx, t, rq); err != nil {
			return err
		}
		if records.Fields = fields; q.Cursor == nil {
			return nil
		}
		next := ""
		if records.More {
			next, err = t.cursor(&rq, &records.Records[len(records.Records)-1])
		}
		records.Next = &next
		return err
	})
	return table, records, err
}

// recordQuery types what was asked.
func (t *Table) recordQuery(q *PageQuery, p Page) (rq RecordQuery, err error) {
	rq = RecordQuery{Offset: p.Offset, Limit: p.Limit, Keyword: q.Keyword, Uncounted: q.Uncounted}
	var reason string
	if rq.Equal, reason = t.filter(q.Filter); reason != "" {
		return rq, Errorf(CodeParameter, "%s", reason)
	}
	if q.Where != nil {
		w, err := t.where(q.Where)
		if err != nil {
			return rq, err
		}
		rq.Where = &w
	}
	if rq.Sort, err = t.sort(q.Sort); err != nil {
		return rq, err
	}
	if rq.Fields, err = t.fields(q.Fields); err != nil || q.Cursor == nil {
		return rq, err
	}
	rq.Short = true
	if rq.Sort == nil {
		rq.Sort = t.WholeOrder(nil)
	}
	if *q.Cursor != "" {
		rq.After, err = t.after(&rq, *q.Cursor)
	}
	return rq, err
}

// andSorted adds to fields those that records are sorted by.
func (t *Table) andSorted(fields []int, keys []SortKey) []int {
	fields = slices.Clone(fields)
	for _, k := range keys {
		if k.Column >= 0 {
			fields = append(fields, int(k.Column))
		}
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

// fields finds fields by name, each once, in the order of the table.
func (t *Table) fields(names []string) ([]int, error) {
	if len(names) == 0 {
		return nil, nil
	}
	fields := make([]int, 0, len(names))
	for i, name := range names {
		c, problem := t.column(name)
		if problem == "" && c < 0 {
			problem = "`" + name + "` stands beside the fields and is always answered."
		}
		if problem != "" {
			return nil, Errorf(CodeParameter, "fields[%d]: %s", i, strings.TrimSuffix(problem, "."))
		}
		fields = append(fields, int(c))
	}
	slices.Sort(fields)
	return slices.Compact(fields), nil
}
