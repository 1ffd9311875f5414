package storetest

import (
	"cmp"
	"slices"
	"strings"

	"stele"
)

// model is a table by the letter of the contract in its simplest form: a list of records in order of id. It is what the
// property test believes; how ids are made is the store's own business, so the model learns them from it.
type model struct {
	table   *stele.Table
	records []stele.Record
	made    stele.RecordID // the last id that the store made
	tasks   []stele.Task
}

// copy is the model as it is now.
func (m *model) copy() model {
	own := *m
	own.records = slices.Clone(m.records) // values are never changed in place
	return own
}

// find returns the place of the selected record, -1 without one.
func (m *model) find(s stele.Selector) int {
	return slices.IndexFunc(m.records, func(r stele.Record) bool {
		if s.ID != 0 {
			return r.ID == s.ID
		}
		return equal(r, s.Pairs)
	})
}

func equal(r stele.Record, pairs []stele.Pair) bool {
	return !slices.ContainsFunc(pairs, func(p stele.Pair) bool { return r.Values[p.Field] != p.Value })
}

// clashes lists the unique fields in which values are those of a record other than the one at place own.
func (m *model) clashes(values []stele.Value, own int) []int {
	var fields []int
	for i, fd := range m.table.Fields {
		for at, r := range m.records {
			if fd.Unique && at != own && r.Values[i] == values[i] {
				fields = append(fields, i)
				break
			}
		}
	}
	return fields
}

// imported takes the batch in and returns its task. In a receipt a record that is new has the id -n if it is the n-th.
func (m *model) imported(b *stele.Batch, now stele.Millis) stele.Task {
	if b.Changes != nil {
		task := m.placed(b, now)
		m.tasks = append(m.tasks, task)
		return task
	}
	var conflicts []stele.Conflict
	for i, r := range b.Records {
		for _, field := range m.clashes(r.Values, -1) {
			conflicts = append(conflicts, stele.Conflict{Record: i, Field: field})
		}
	}
	var task stele.Task
	if len(conflicts) > 0 || b.Doomed() {
		task = b.Refused(m.table, conflicts)
	} else {
		own := *b
		own.Records = slices.Clone(b.Records)
		for i, r := range own.Records {
			m.insert(0, r.Values, now)
			own.Records[i].ID = stele.RecordID(-1 - i)
		}
		task = own.Added()
	}
	m.tasks = append(m.tasks, task)
	return task
}

// placed takes in a batch whose rows are on their own.
func (m *model) placed(b *stele.Batch, now stele.Millis) stele.Task {
	rows := make([]stele.Placed, len(b.Changes))
	made := map[int]int{} // by place of the record, the number of its row
	ids := map[int]stele.RecordID{}
	for i, c := range b.Changes {
		at := -1
		if len(c.Selector.Pairs) > 0 {
			at = m.find(c.Selector)
		}
		values := c.NewValues
		if at >= 0 {
			if rows[i].ID = m.records[at].ID; rows[i].ID == 0 {
				rows[i].ID = ids[at]
			}
			values = slices.Clone(m.records[at].Values)
			for _, p := range c.Set {
				values[p.Field] = p.Value
			}
		}
		clashes := m.clashes(values, at)
		switch {
		case at >= 0 && slices.Equal(values, m.records[at].Values):
			rows[i].Status = stele.RowUnchanged
		case at < 0 && c.NewProblem != "":
			rows[i].Status = stele.RowFailed
		case len(clashes) > 0:
			rows[i] = stele.Placed{Status: stele.RowFailed}
			for _, f := range clashes {
				holder := m.find(stele.Selector{Pairs: []stele.Pair{{Field: f, Value: values[f]}}})
				rows[i].Clashes = append(rows[i].Clashes, stele.Clash{Field: f, Row: made[holder]})
			}
		case at >= 0:
			m.records[at].Values, m.records[at].Updated = values, now
			rows[i].Status = stele.RowUpdated
		default:
			m.insert(0, values, now)
			at = len(m.records) - 1
			made[at], ids[at] = b.Rows[i], stele.RecordID(-1-len(ids))
			rows[i] = stele.Placed{Status: stele.RowCreated, ID: ids[at]}
		}
	}
	return b.Done(m.table, rows)
}

// insert adds a record at the end. With id 0 it is one whose id the store makes and learn fills in.
func (m *model) insert(id stele.RecordID, values []stele.Value, now stele.Millis) {
	m.records = append(m.records, stele.Record{ID: id, Values: slices.Clone(values), Created: now, Updated: now})
}

// updated applies changes and returns, for each, the reasons that it may end with.
func (m *model) updated(cs []stele.Change, now stele.Millis) [][]string {
	reasons := make([][]string, len(cs))
	for i, c := range cs {
		reasons[i] = m.change(c, now)
	}
	return reasons
}

func (m *model) change(c stele.Change, now stele.Millis) []string {
	at := m.find(c.Selector)
	values := c.NewValues
	switch {
	case at < 0 && !c.Create:
		return []string{stele.ReasonNotFound}
	case at < 0 && c.NewProblem != "":
		return []string{c.NewProblem}
	case at >= 0 && len(c.Set) == 0:
		return []string{""}
	case at >= 0:
		values = slices.Clone(m.records[at].Values)
		for _, p := range c.Set {
			values[p.Field] = p.Value
		}
	}
	var reasons []string
	for _, field := range m.clashes(values, at) { // which of several is named is the store's choice
		reasons = append(reasons, stele.ReasonConflict(m.table, field, values[field]))
	}
	switch {
	case len(reasons) > 0:
		return reasons
	case at < 0:
		m.insert(c.NewID, values, now)
	default:
		m.records[at].Values, m.records[at].Updated = values, now
	}
	return []string{""}
}

// deleted removes what is selected and counts it.
func (m *model) deleted(ss []stele.Selector) int {
	n := 0
	for _, s := range ss {
		if at := m.find(s); at >= 0 {
			m.records = slices.Delete(m.records, at, at+1)
			n++
		}
	}
	return n
}

// learn gives the records without an id, in order, the ids that the model does not know yet, and sorts. It says what
// is wrong with them.
func (m *model) learn(stored []stele.Record) (problem string) {
	known := map[stele.RecordID]bool{}
	for _, r := range m.records {
		known[r.ID] = true
	}
	var fresh []stele.RecordID
	for _, r := range stored {
		if !known[r.ID] {
			fresh = append(fresh, r.ID)
		}
	}
	for i := range m.records {
		if m.records[i].ID != 0 {
			continue
		}
		if len(fresh) == 0 {
			return "a new record is missing"
		}
		if fresh[0] <= m.made {
			return "an id was made that is not past the one made before: " + fresh[0].String()
		}
		m.records[i].ID, m.made, fresh = fresh[0], fresh[0], fresh[1:]
	}
	if len(fresh) > 0 {
		return "there is a record too many: " + fresh[0].String()
	}
	slices.SortFunc(m.records, func(a, b stele.Record) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return ""
}

// page answers a query.
func (m *model) page(q stele.RecordQuery) stele.RecordPage {
	var left []stele.Record
	for _, r := range m.records {
		if equal(r, q.Equal) && (q.Where == nil || holds(*q.Where, r)) && (q.Keyword == "" || slices.ContainsFunc(r.Values, func(v stele.Value) bool {
			return !v.IsNull() && strings.Contains(lowerASCII(v.String()), lowerASCII(q.Keyword))
		})) {
			left = append(left, r)
		}
	}
	p := stele.RecordPage{Total: int64(len(left))}
	if q.Uncounted {
		p.Total = -1
	}
	slices.SortStableFunc(left, func(a, b stele.Record) int { return compareBy(q.Sort, a, place(q.Sort, b)) })
	if q.After != nil {
		left = slices.DeleteFunc(left, func(r stele.Record) bool { return compareBy(q.Sort, r, q.After) <= 0 })
	}
	for _, r := range part(left, stele.Page{Offset: q.Offset, Limit: q.Limit}) {
		if q.Fields != nil {
			r.Values = slices.Clone(r.Values)
			for i := range r.Values {
				if !slices.Contains(q.Fields, i) {
					r.Values[i] = stele.Value{}
				}
			}
		}
		p.Records = append(p.Records, r)
	}
	p.More = q.Sort != nil && q.Offset+int64(len(p.Records)) < int64(len(left))
	return p
}

// place is where a record is in an order.
func place(keys []stele.SortKey, r stele.Record) []stele.Value {
	vs := make([]stele.Value, len(keys))
	for i, k := range keys {
		vs[i] = r.Column(k.Column)
	}
	return vs
}

// compareBy compares a record with a place in an order.
func compareBy(keys []stele.SortKey, r stele.Record, at []stele.Value) int {
	for i, k := range keys {
		if c := compareValues(r.Column(k.Column), at[i]); c != 0 && k.Desc {
			return -c
		} else if c != 0 {
			return c
		}
	}
	return 0
}

// compareValues compares two values of one type. None comes first.
func compareValues(a, b stele.Value) int {
	switch {
	case a.IsNull() || b.IsNull():
		return compareBools(!a.IsNull(), !b.IsNull())
	case a.Type() == stele.Int:
		return cmp.Compare(a.Int(), b.Int())
	case a.Type() == stele.Float:
		return cmp.Compare(a.Float(), b.Float())
	case a.Type() == stele.Boolean:
		return compareBools(a.Bool(), b.Bool())
	}
	return strings.Compare(a.Text(), b.Text())
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// holds reports whether a record meets a condition.
func holds(w stele.Where, r stele.Record) bool {
	each := func(c stele.Where) bool { return holds(c, r) }
	switch w.Op {
	case stele.OpAnd:
		return !slices.ContainsFunc(w.Of, func(c stele.Where) bool { return !each(c) })
	case stele.OpOr:
		return slices.ContainsFunc(w.Of, each)
	case stele.OpNot:
		return !each(w.Of[0])
	}
	v := r.Column(w.Column)
	if v.IsNull() || w.Op == stele.OpIsNull {
		return v.IsNull() && w.Op == stele.OpIsNull
	}
	compare := func(i int) int { return compareValues(v, w.Values[i]) }
	text := func() (has, part string) { return lowerASCII(v.String()), lowerASCII(w.Values[0].Text()) }
	switch w.Op {
	case stele.OpEq:
		return compare(0) == 0
	case stele.OpNe:
		return compare(0) != 0
	case stele.OpLt:
		return compare(0) < 0
	case stele.OpLe:
		return compare(0) <= 0
	case stele.OpGt:
		return compare(0) > 0
	case stele.OpGe:
		return compare(0) >= 0
	case stele.OpBetween:
		return compare(0) >= 0 && compare(1) <= 0
	case stele.OpIn:
		return slices.Contains(w.Values, v)
	case stele.OpContains:
		return strings.Contains(text())
	}
	return strings.HasPrefix(text())
}

func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
