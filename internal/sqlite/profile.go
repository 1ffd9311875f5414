package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"zombiezen.com/go/sqlite"

	"stele"
)

const (
	profilesKept  = 256
	profileLonger = 64 // bytes of a text that tell it from others, with its length
)

// profiles are those made lately.
type profiles struct {
	mu sync.Mutex
	m  map[stele.TableID]profiled
}

// profiled is a profile and what it was made of.
type profiled struct {
	*stele.Profile
	of  profiledState
	def *stele.Table
	at  time.Time
}

type profiledState struct{ records, next, generation int64 }

func (ps *profiles) get(def *stele.Table, of profiledState, now time.Time) *stele.Profile {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if p, ok := ps.m[def.ID]; ok && p.of == of && sameDefinition(p.def, def) && now.Sub(p.at) < stele.ProfileAge {
		return p.Profile
	}
	return nil
}

func (ps *profiles) put(p profiled) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.m == nil || len(ps.m) >= profilesKept {
		ps.m = map[stele.TableID]profiled{}
	}
	ps.m[p.def.ID] = p
}

// Profile says what a table's fields hold. It is read by the store's own reader: the statements are ours. An update moves none of the
// numbers that a profile is remembered under, so that it may not show for as long as one is.
func (d *database) Profile(ctx context.Context, def *stele.Table) (p *stele.Profile, err error) {
	err = d.readTable(ctx, true, def, func(c *conn, t *table) error {
		var of profiledState
		err := c.query(`SELECT record_count, next_id, generation FROM _tables WHERE id=?`, func(s *sqlite.Stmt) error {
			of = profiledState{s.ColumnInt64(0), s.ColumnInt64(1), s.ColumnInt64(2)}
			return nil
		}, def.ID)
		if err != nil {
			return err
		}
		now := d.store.opt.Now()
		if p = d.store.profiles.get(def, of, now); p != nil {
			return nil
		}
		if p, err = t.profile(c, int(of.records)); err == nil {
			d.store.profiles.put(profiled{p, of, def, now})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("profiling a table: %w", err)
	}
	return p, nil
}

// tally counts a field's values.
type tally struct {
	nulls           int
	counts          map[stele.Value]int
	least, greatest stele.Value
}

func (t *table) profile(c *conn, records int) (*stele.Profile, error) {
	p := &stele.Profile{Records: records, Fields: make([]stele.FieldProfile, len(t.Fields))}
	tallies := make([]tally, len(t.Fields))
	for i := range tallies {
		tallies[i].counts = map[stele.Value]int{}
	}
	see := func(s *sqlite.Stmt) error {
		p.Seen++
		for i := range tallies {
			tallies[i].see(columnValue(s, i+1, t.Fields[i].Type))
		}
		return nil
	}
	if err := t.sample(c, records, see); err != nil {
		return nil, err
	}
	for i := range tallies {
		f := tallies[i].profile()
		f.Distinct = p.EstimateDistinct(p.Seen-f.Nulls, f.Distinct, tallies[i].once())
		if t.Fields[i].Unique { // there is an index, so the ends of the whole table cost nothing
			for _, end := range []struct {
				of string
				to *stele.Value
			}{{"min", &f.Least}, {"max", &f.Greatest}} {
				err := c.query("SELECT "+end.of+"("+t.column(i)+") FROM "+t.name, func(s *sqlite.Stmt) error {
					*end.to = shortened(columnValue(s, 0, t.Fields[i].Type))
					return nil
				})
				if err != nil {
					return nil, err
				}
			}
		}
		p.Fields[i] = f
	}
	return p, nil
}

// sample hands over all records of a small table, and runs of a large one that stand at equal distances.
func (t *table) sample(c *conn, records int, see func(*sqlite.Stmt) error) error {
	from := "SELECT " + t.columns + " FROM " + t.name
	if records <= stele.ProfileSeen {
		return c.query(from, see)
	}
	first, err := c.single(`SELECT min("_id") FROM ` + t.name)
	if err != nil {
		return err
	}
	last, err := c.single(`SELECT max("_id") FROM ` + t.name)
	if err != nil {
		return err
	}
	step := max((last-first)/stele.ProfileParts, 1)
	for i, after := int64(0), first-1; i < stele.ProfileParts; i++ { // after keeps runs apart where ids are sparse
		begin := max(first+i*step, after+1)
		err := c.query(from+` WHERE "_id">=?1 ORDER BY "_id" LIMIT ?2`, func(s *sqlite.Stmt) error {
			after = s.ColumnInt64(0)
			return see(s)
		}, begin, stele.ProfileSeen/stele.ProfileParts)
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tally) see(v stele.Value) {
	if v.IsNull() {
		t.nulls++
		return
	}
	if t.least.IsNull() || compareValues(v, t.least) < 0 {
		t.least = v
	}
	if t.greatest.IsNull() || compareValues(v, t.greatest) > 0 {
		t.greatest = v
	}
	t.counts[shortKey(v)]++
}

// shortKey stands for a long text by its beginning and its length, so that ten thousand of them are not kept in memory.
func shortKey(v stele.Value) stele.Value {
	if s := v.Text(); v.Type() == stele.Text && len(s) > 4*stele.LongestFrequent {
		return stele.TextValue(fmt.Sprintf("%s\x00%d\x00%s", s[:profileLonger], len(s), s[len(s)-profileLonger:]))
	}
	return v
}

// shortened is a value to show: of a long text its beginning.
func shortened(v stele.Value) stele.Value {
	if s := v.Text(); v.Type() == stele.Text && len(s) > 4*stele.LongestFrequent {
		return stele.TextValue(strings.ToValidUTF8(s[:4*stele.LongestFrequent], ""))
	}
	return v
}

// once is how many values have come once.
func (t *tally) once() (n int) {
	for _, c := range t.counts {
		if c == 1 {
			n++
		}
	}
	return n
}

func (t *tally) profile() stele.FieldProfile {
	f := stele.FieldProfile{Nulls: t.nulls, Distinct: len(t.counts), Least: shortened(t.least), Greatest: shortened(t.greatest)}
	for v, n := range t.counts {
		if n > 1 && (v.Type() != stele.Text || utf8.RuneCountInString(v.Text()) <= stele.LongestFrequent) {
			f.Frequent = append(f.Frequent, stele.Frequency{Value: v, Count: n})
		}
	}
	slices.SortFunc(f.Frequent, func(a, b stele.Frequency) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), compareValues(a.Value, b.Value))
	})
	f.Frequent = f.Frequent[:min(len(f.Frequent), stele.MostFrequent)]
	return f
}

// compareValues orders values of one type.
func compareValues(a, b stele.Value) int {
	switch a.Type() {
	case stele.Int:
		return cmp.Compare(a.Int(), b.Int())
	case stele.Float:
		return cmp.Compare(a.Float(), b.Float())
	case stele.Boolean:
		return strings.Compare(a.String(), b.String())
	default:
		return strings.Compare(a.Text(), b.Text())
	}
}
