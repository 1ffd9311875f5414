package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"zombiezen.com/go/sqlite"

	"stele"
)

// Records reads a page and how many records there are in all, both of one state of the file.
func (d *database) Records(ctx context.Context, def *stele.Table, q stele.RecordQuery) (page stele.RecordPage, err error) {
	search := len(q.Equal) > 0 || q.Keyword != ""
	err = d.use(ctx, func(file *agentFile) error {
		t, err := file.table(ctx, def.ID)
		if err != nil {
			return err
		}
		return file.read(ctx, search, func(c *conn) error {
			if search {
				page, err = t.search(c, q)
			} else {
				page, err = t.page(ctx, c, q.Offset, int64(q.Limit))
			}
			if err != nil {
				return fmt.Errorf("reading records: %w", err)
			}
			return nil
		})
	})
	return page, err
}

// yieldRows is how many rows a reader takes before it lets others run.
const yieldRows = 256

// taker makes records of rows that are a table's columns. Their values stand together in memory.
type taker struct {
	table *table
	slab  []stele.Value
	text  int // bytes of text in what was taken
}

// newTaker prepares for so many records.
func newTaker(t *table, room int64) taker {
	return taker{table: t, slab: make([]stele.Value, 0, room*int64(len(t.Fields)))}
}

// record takes the row that s stands on.
func (k *taker) record(s *sqlite.Stmt) stele.Record {
	n := len(k.table.Fields)
	if cap(k.slab)-len(k.slab) < n {
		k.slab = make([]stele.Value, 0, 64*n)
	}
	at := len(k.slab)
	for i := range n {
		v := columnValue(s, i+1, k.table.Fields[i].Type)
		k.slab, k.text = append(k.slab, v), k.text+len(v.Text())
	}
	return stele.Record{
		ID: stele.RecordID(s.ColumnInt64(0)), Values: k.slab[at:len(k.slab):len(k.slab)],
		Created: stele.Millis(s.ColumnInt64(n + 1)), Updated: stele.Millis(s.ColumnInt64(n + 2)),
	}
}

// collect steps s and reads its rows.
func (t *table) collect(s *sqlite.Stmt, room int64) ([]stele.Record, error) {
	room = min(room, 1000)
	records := make([]stele.Record, 0, room)
	take := newTaker(t, room)
	for {
		more, err := s.Step()
		if err != nil {
			return nil, err
		}
		if !more {
			return records, s.Reset()
		}
		r := take.record(s)
		if err := stele.CheckPageText(len(records), take.text); err != nil {
			return nil, errors.Join(err, s.Reset())
		}
		records = append(records, r)
		if len(records)%yieldRows == 0 {
			runtime.Gosched()
		}
	}
}

// search reads a page of the records that a filter and a keyword leave, and counts them.
func (t *table) search(c *conn, q stele.RecordQuery) (page stele.RecordPage, err error) {
	cond := t.condition(q)
	unique := false
	for _, p := range q.Equal {
		unique = unique || t.Fields[p.Field].Unique
	}
	limit, offset := int64(q.Limit), q.Offset
	if unique { // one record at most: it is its own count
		limit, offset = 1, 0
	}
	s, err := c.stmt("SELECT " + t.columns + " FROM " + t.name + cond.sql + fmt.Sprintf(
		` ORDER BY "_id" LIMIT ?%d OFFSET ?%d`, cond.next, cond.next+1))
	if err != nil {
		return page, err
	}
	if unique {
		cond.bind(s)
		s.BindInt64(cond.next, limit)
		s.BindInt64(cond.next+1, offset)
		if page.Records, err = t.collect(s, limit); err != nil {
			return page, err
		}
		page.Total = int64(len(page.Records))
		if q.Offset > 0 || q.Limit < 1 {
			page.Records = page.Records[:0]
		}
		return page, nil
	}
	count, err := c.stmt("SELECT count(*) FROM " + t.name + cond.sql)
	if err != nil {
		return page, err
	}
	cond.bind(count)
	if _, err := count.Step(); err != nil {
		return page, err
	}
	defer count.Reset() // while it stands on its row, the page is of the same state
	page.Total = count.ColumnInt64(0)
	runtime.Gosched()
	if offset >= page.Total || limit < 1 {
		page.Records = []stele.Record{}
		return page, nil
	}
	cond.bind(s)
	s.BindInt64(cond.next, limit)
	s.BindInt64(cond.next+1, offset)
	page.Records, err = t.collect(s, limit)
	return page, err
}

// condition is a WHERE clause and what it is to be bound to.
type condition struct {
	sql     string
	equal   []stele.Pair
	keyword string
	byText  bool // the keyword is bound
	next    int  // the number of the next parameter
}

func (cond *condition) bind(s *sqlite.Stmt) {
	at := bindPairs(s, cond.equal, 1)
	if cond.byText {
		s.BindText(at, cond.keyword)
	}
}

// condition writes filter and keyword as SQL.
func (t *table) condition(q stele.RecordQuery) condition {
	cond := condition{equal: q.Equal, keyword: lower(q.Keyword), next: 1}
	var b strings.Builder
	b.WriteString(" WHERE ")
	t.where(&b, q.Equal, 1)
	for _, p := range q.Equal {
		if !p.Value.IsNull() {
			cond.next++
		}
	}
	if q.Keyword != "" {
		if len(q.Equal) > 0 {
			b.WriteString(" AND ")
		}
		alternatives := t.contains(cond.keyword, cond.next, &cond.byText)
		b.WriteString("(0" + strings.Join(alternatives, "") + ")")
		if cond.byText {
			cond.next++
		}
	}
	cond.sql = b.String()
	return cond
}

// contains lists, for each field whose text form may hold the keyword, the condition that it does. Parameter n is the
// keyword in lower case, used where bound says so. instr compares letter by letter: nothing in a keyword is special.
func (t *table) contains(keyword string, n int, bound *bool) (ors []string) {
	in := func(text string) {
		*bound = true
		ors = append(ors, fmt.Sprintf(" OR instr(%s,?%d)", text, n))
	}
	only := func(letters string) bool { return strings.Trim(keyword, letters) == "" }
	for i, f := range t.Fields {
		col := t.column(i)
		switch {
		case f.Type == stele.Text:
			in("lower(" + col + ")")
		case f.Type == stele.Int && only("0123456789-"), f.Type == stele.DateTime && only("0123456789-: "):
			in(col)
		case f.Type == stele.Float && only("0123456789-+.e"):
			in("_float_text(" + col + ")")
		case f.Type == stele.Boolean:
			if strings.Contains("true", keyword) {
				ors = append(ors, " OR "+col+"=1")
			}
			if strings.Contains("false", keyword) {
				ors = append(ors, " OR "+col+"=0")
			}
		}
	}
	return ors
}

// lower turns ASCII letters to lower case, as SQLite's lower does.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
