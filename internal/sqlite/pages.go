package sqlite

import (
	"context"
	"errors"
	"math"
	"slices"
	"sort"
	"sync"

	"zombiezen.com/go/sqlite"

	"stele"
)

// page reads the records from offset on, of all the table's. Where they begin is computed when the ids have no gaps; else
// looked for from the nearest place whose offset is known: either end of the table or an anchor.
func (t *table) page(ctx context.Context, c *conn, offset, limit int64) (page stele.RecordPage, err error) {
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
	page.Records, err = t.seek(ctx, c, place{generation, offset, total}, limit)
	if err == nil && len(page.Records) > 0 {
		end := len(page.Records)
		t.anchors.add(generation, anchor{offset + int64(end), int64(page.Records[end-1].ID)})
	}
	return page, err
}

// place is where a page begins.
type place struct{ generation, offset, total int64 }

// stride is how many records are skipped at once on the way to a far page: a millisecond or so. Between two strides ctx is
// looked at, which costs nothing where an interrupt would cost a goroutine, and the place is remembered.
const stride = 10_000

// seek reads a page of a table with gaps in its ids.
func (t *table) seek(ctx context.Context, c *conn, p place, limit int64) (_ []stele.Record, err error) {
	below, above := t.anchors.around(p.generation, p.offset, p.total)
	end := p.offset + limit
	forward := p.offset-below.offset <= above.offset-end || above.offset < end
	for forward && p.offset-below.offset > stride {
		if below.id, err = t.hop(ctx, c, t.hopUp, below.id+1, stride-1); err != nil {
			return nil, err
		}
		below.offset += stride
		t.anchors.add(p.generation, below)
	}
	if forward {
		return t.from(c, below.id+1, p.offset-below.offset, limit)
	}
	for above.offset-end > stride {
		if above.id, err = t.hop(ctx, c, t.hopDown, above.id, stride); err != nil {
			return nil, err
		}
		above.offset -= stride
		t.anchors.add(p.generation, above)
	}
	return t.upTo(c, above.id, above.offset-end, limit)
}

// hop finds the id that comes some records after the first one from id on, in the direction of sql.
func (t *table) hop(ctx context.Context, c *conn, sql string, id, records int64) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s, err := c.stmt(sql)
	if err != nil {
		return 0, err
	}
	s.BindInt64(1, id)
	s.BindInt64(2, records)
	id, ok, err := number(s)
	if err == nil && !ok {
		err = errors.New("the table has fewer records than it counts")
	}
	return id, err
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
	records, _, err := t.collect(s, limit, false)
	return records, err
}

// anchor says that offset records have an id of at most id, which is one of them.
type anchor struct{ offset, id int64 }

// anchors are places in a table that pages have ended at: the last one, for who reads page after page, and some that lie
// at least gap apart. They hold for one generation of the table: records that come after the last one leave them true,
// all others move them.
type anchors struct {
	mu         sync.Mutex
	generation int64
	recent     anchor
	gap        int64
	at         []anchor // ascending
}

const mostAnchors = 1024

// add remembers a place. When there are too many, the gap between them doubles.
func (as *anchors) add(generation int64, a anchor) {
	as.mu.Lock()
	defer as.mu.Unlock()
	if generation < as.generation {
		return
	}
	if generation > as.generation || as.gap == 0 {
		as.generation, as.gap, as.at = generation, 1, as.at[:0]
	}
	as.recent = a
	i := as.after(a.offset)
	if i > 0 && a.offset-as.at[i-1].offset < as.gap || i < len(as.at) && as.at[i].offset-a.offset < as.gap {
		return
	}
	as.at = slices.Insert(as.at, i, a)
	for len(as.at) > mostAnchors {
		as.gap *= 2
		kept := as.at[:1]
		for _, a := range as.at[1:] {
			if a.offset-kept[len(kept)-1].offset >= as.gap {
				kept = append(kept, a)
			}
		}
		as.at = kept
	}
}

// after is where the anchors after offset begin.
func (as *anchors) after(offset int64) int {
	return sort.Search(len(as.at), func(i int) bool { return as.at[i].offset > offset })
}

// around returns the nearest anchors at or before offset and after it. The ends of the table are anchors too. A reader
// may be at an older state than the one that left an anchor: beyond the end of what it sees an anchor counts records
// that are not there for it, and is passed over.
func (as *anchors) around(generation, offset, total int64) (below, above anchor) {
	above = anchor{total, math.MaxInt64}
	as.mu.Lock()
	defer as.mu.Unlock()
	if generation != as.generation {
		return below, above
	}
	i := as.after(offset)
	if i > 0 {
		below = as.at[i-1]
	}
	if i < len(as.at) && as.at[i].offset < total {
		above = as.at[i]
	}
	if r := as.recent; r.offset <= offset && r.offset > below.offset {
		below = r
	} else if r.offset > offset && r.offset < above.offset {
		above = r
	}
	return below, above
}
