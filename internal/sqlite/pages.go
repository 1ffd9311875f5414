package sqlite

import (
	"slices"
	"sort"
	"sync"

	"zombiezen.com/go/sqlite"

	"stele"
)

// page reads the records from offset on, of all the table's. Where they begin is computed when the ids have no gaps; else
// looked for from the nearest place whose offset is known: either end of the table or an anchor.
func (t *table) page(c *conn, offset, limit int64) (page stele.RecordPage, err error) {
	head, err := c.stmt(`SELECT record_count, generation FROM _tables WHERE seq=?`)
	if err != nil {
		return page, err
	}
	head.BindInt64(1, t.seq)
	if _, err := head.Step(); err != nil {
		return page, err
	}
	defer head.Reset() // while it stands on its row, all that is read is of one state
	total, generation := head.ColumnInt64(0), head.ColumnInt64(1)
	page.Total = total
	limit = min(limit, total-offset)
	if limit < 1 || offset < 0 {
		page.Records = []stele.Record{}
		return page, nil
	}
	if offset == 0 {
		page.Records, err = t.from(c, 0, 0, limit)
		return page, err
	}
	first, last, err := t.ends(c)
	if err != nil {
		return page, err
	}
	if last-first == total-1 { // no gaps; both are positive, so the difference cannot overflow
		page.Records, err = t.from(c, first+offset, 0, limit)
		return page, err
	}
	page.Records, err = t.seek(c, place{generation, offset, total}, limit)
	if err == nil && len(page.Records) > 0 {
		end := len(page.Records)
		t.anchors.add(generation, anchor{offset + int64(end), int64(page.Records[end-1].ID)})
	}
	return page, err
}

// place is where a page begins.
type place struct{ generation, offset, total int64 }

// seek reads a page of a table with gaps in its ids.
func (t *table) seek(c *conn, p place, limit int64) ([]stele.Record, error) {
	below, above := t.anchors.around(p.generation, p.offset, p.total)
	end := p.offset + limit
	if p.offset-below.offset <= above.offset-end || above.offset < end {
		return t.from(c, below.id+1, p.offset-below.offset, limit)
	}
	return t.upTo(c, above.id, above.offset-end, limit)
}

// ends are the least and the greatest id.
func (t *table) ends(c *conn) (first, last int64, err error) {
	s, err := c.stmt(`SELECT (SELECT min("_id") FROM ` + t.name + `), (SELECT max("_id") FROM ` + t.name + `)`)
	if err != nil {
		return 0, 0, err
	}
	if _, err := s.Step(); err != nil {
		return 0, 0, err
	}
	first, last = s.ColumnInt64(0), s.ColumnInt64(1)
	return first, last, s.Reset()
}

// from reads limit records from id on, after skipping some.
func (t *table) from(c *conn, id, skip, limit int64) ([]stele.Record, error) {
	return t.part(c, t.forward, id, skip, limit)
}

// upTo reads limit records that end with the one of that id, or those before when some are skipped; in ascending order.
func (t *table) upTo(c *conn, id, skip, limit int64) ([]stele.Record, error) {
	records, err := t.part(c, t.backward, id, skip, limit)
	slices.Reverse(records)
	return records, err
}

func (t *table) part(c *conn, sql string, id, skip, limit int64) ([]stele.Record, error) {
	var s *sqlite.Stmt
	s, err := c.stmt(sql)
	if err != nil {
		return nil, err
	}
	s.BindInt64(1, id)
	s.BindInt64(2, limit)
	s.BindInt64(3, skip)
	return t.collect(s, limit)
}

// anchor says that offset records have an id of at most id, which is one of them.
type anchor struct{ offset, id int64 }

// anchors are places in a table that pages have ended at. They hold for one generation of the table: records that come
// after the last one leave them true, all others move them.
type anchors struct {
	mu         sync.Mutex
	generation int64
	at         []anchor // ascending
}

const mostAnchors = 256

// add remembers a place. When there are too many, every second one goes.
func (as *anchors) add(generation int64, a anchor) {
	as.mu.Lock()
	defer as.mu.Unlock()
	if generation < as.generation {
		return
	}
	if generation > as.generation {
		as.generation, as.at = generation, as.at[:0]
	}
	i := sort.Search(len(as.at), func(i int) bool { return as.at[i].offset >= a.offset })
	if i < len(as.at) && as.at[i].offset == a.offset {
		return
	}
	as.at = slices.Insert(as.at, i, a)
	if len(as.at) <= mostAnchors {
		return
	}
	kept := as.at[:0]
	for i, a := range as.at {
		if i%2 == 1 {
			kept = append(kept, a)
		}
	}
	as.at = kept
}

// around returns the nearest anchors at or before offset and after it. The ends of the table are anchors too.
func (as *anchors) around(generation, offset, total int64) (below, above anchor) {
	above = anchor{total, 1<<63 - 1}
	as.mu.Lock()
	defer as.mu.Unlock()
	if generation != as.generation {
		return below, above
	}
	i := sort.Search(len(as.at), func(i int) bool { return as.at[i].offset > offset })
	if i > 0 {
		below = as.at[i-1]
	}
	if i < len(as.at) {
		above = as.at[i]
	}
	return below, above
}
