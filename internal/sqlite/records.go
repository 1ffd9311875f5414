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
	// What may walk far can be interrupted; in the order of ids, from a place on, nothing does.
	far := q.Filtered() || q.Sort != nil && (q.Sort[0].Column != stele.ColumnID || q.Offset > 0)
	err = d.readTable(ctx, far, def, func(c *conn, t *table) (err error) {
		t = t.of(q.Fields)
		if q.Plain() {
			page, err = t.page(ctx, c, q.Offset, int64(q.Limit))
		} else {
			page, err = t.search(c, q)
		}
		if err != nil {
			return fmt.Errorf("reading records: %w", err)
		}
		return nil
	})
	if q.Uncounted {
		page.Total = -1
	}
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

// collect steps s and reads its rows, the first most of them, or those that a page may have where it may be short, and says whether there
// are more.
func (t *table) collect(s *sqlite.Stmt, most int64, short bool) (_ []stele.Record, more bool, err error) {
	room := min(most, 1000)
	records := make([]stele.Record, 0, room)
	take := newTaker(t, room)
	for {
		row, err := s.Step()
		if err != nil {
			return nil, false, err
		}
		if !row || int64(len(records)) == most {
			return records, row, s.Reset()
		}
		r := take.record(s)
		if short && stele.PageEnds(len(records), take.text) {
			return records, true, s.Reset()
		}
		if err := stele.CheckPageText(len(records), take.text); err != nil {
			return nil, false, errors.Join(err, s.Reset())
		}
		records = append(records, r)
		if len(records)%yieldRows == 0 {
			runtime.Gosched()
		}
	}
}

// search reads a page of the records that a query leaves, in its order, and counts them.
func (t *table) search(c *conn, q stele.RecordQuery) (page stele.RecordPage, err error) {
	cond := t.condition(q)
	t = cond.table
	single := t.finds(q.Equal) && q.After == nil // one record at most: it is its own count
	limit, offset := int64(q.Limit), q.Offset
	switch {
	case single:
		limit, offset = 1, 0
	case !q.Uncounted:
		count, err := t.count(c, cond)
		if err != nil {
			return page, err
		}
		defer count.Reset() // while it stands on its row, the page is of the same state
		page.Total = count.ColumnInt64(0)
		runtime.Gosched()
		if offset >= page.Total {
			limit = 0
		}
	}
	if limit < 1 {
		page.Records = []stele.Record{}
		return page, nil
	}
	cond.after(q)
	sql, next := "SELECT "+t.columns+" FROM "+t.source+cond.sql()+t.order(q.Sort), len(cond.args)+1
	s, err := c.stmt(sql + fmt.Sprintf(` LIMIT ?%d OFFSET ?%d`, next, next+1))
	if err != nil {
		return page, err
	}
	most := limit
	if q.Sort != nil {
		most++ // to see whether there are more
	}
	cond.bind(s)
	s.BindInt64(next, most)
	s.BindInt64(next+1, offset)
	if page.Records, page.More, err = t.collect(s, limit, q.Short); err != nil || !single {
		return page, err
	}
	page.Total = int64(len(page.Records))
	if q.Offset > 0 || q.Limit < 1 {
		page.Records = page.Records[:0]
	}
	return page, nil
}

// count returns a statement that stands on the number of records that a condition leaves.
func (t *table) count(c *conn, cond *condition) (*sqlite.Stmt, error) {
	sql := "SELECT count(*) FROM " + t.source + cond.sql()
	if len(cond.all) == 0 {
		sql = fmt.Sprintf(`SELECT record_count FROM _tables WHERE seq=%d`, t.seq)
	}
	count, err := c.stmt(sql)
	if err != nil {
		return nil, err
	}
	cond.bind(count)
	_, err = count.Step()
	return count, err
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
