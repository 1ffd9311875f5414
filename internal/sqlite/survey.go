package sqlite

import (
	"context"
	"errors"
	"fmt"

	"zombiezen.com/go/sqlite"

	"stele"
)

// survey holds all records of one state against the new definition, on a connection that only reads.
func (al *alterer) survey(ctx context.Context) error {
	al.done = stele.Altered{Alteration: al.Alteration}
	return al.file.read(ctx, true, func(c *conn) (err error) {
		if err := checkName(c, al.After); err != nil {
			return err
		}
		if al.exact, err = al.exactDefaults(c); err != nil {
			return err
		}
		head, err := c.stmt(`SELECT record_count FROM _tables WHERE seq=?`)
		if err != nil {
			return err
		}
		head.BindInt64(1, al.t.seq)
		if _, err := head.Step(); err != nil {
			return err
		}
		defer head.Reset() // while it stands on its row, all that is read is of one state
		al.done.Records = head.ColumnInt64(0)
		if err := al.look(c); err != nil {
			return fmt.Errorf("looking at the records: %w", err)
		}
		return nil
	})
}

// asks lists the places of the fields that records may violate, and those of the old fields that they come from.
func (al *alterer) asks() (places, from []int) {
	from = []int{}
	for i, f := range al.Fields {
		if !al.Converts(i) && !al.MustHave(i) && !al.MustDiffer(i) {
			continue
		}
		if places = append(places, i); f.From >= 0 {
			from = append(from, f.From)
		}
	}
	return places, from
}

// look goes through the records in the order of their ids and notes the violations.
func (al *alterer) look(c *conn) (err error) {
	places, from := al.asks()
	if places == nil || al.done.Records == 0 {
		return nil
	}
	var seen *firsts
	for _, i := range places {
		if al.MustDiffer(i) && seen == nil {
			if seen, err = openFirsts(); err != nil {
				return err
			}
			defer func() { err = errors.Join(err, seen.conn.close()) }()
		}
	}
	t := al.t.of(from)
	take := newTaker(t, 64)
	return c.query("SELECT "+t.columns+" FROM "+t.name+` ORDER BY "_id"`, func(s *sqlite.Stmt) error {
		take.slab = take.slab[:0] // a record is looked at and let go
		r := take.record(s)
		for _, i := range places {
			old, v, reason := al.value(i, r.Values)
			if reason == "" && al.MustDiffer(i) {
				first, err := seen.add(i, v, r.ID)
				if err != nil {
					return err
				}
				if first != r.ID {
					reason = al.After.Fields[i].ViolatesUnique(v, first)
				}
			}
			if reason == "" {
				continue
			}
			if al.done.Count++; al.done.Count <= stele.MostViolations {
				al.done.Violations = append(al.done.Violations, stele.Violation{
					Change: al.Fields[i].Change, ID: r.ID, Field: al.After.Fields[i].Name, Value: old, Reason: reason,
				})
			}
		}
		return nil
	})
}

// value is what a record has in the field at place i, before and after the change. reason says why it does not do.
func (al *alterer) value(i int, values []stele.Value) (old, v stele.Value, reason string) {
	f, to := al.Fields[i], &al.After.Fields[i]
	if f.From < 0 {
		old = f.Fill
	} else {
		old = values[f.From]
	}
	if v = old; al.Converts(i) {
		v, reason = to.Convert(old)
	}
	if reason == "" && (al.MustHave(i) || al.MustDiffer(i)) {
		reason = to.Violates(v)
	}
	return old, v, reason
}

// firsts are the first records of the values that must differ. They may be as many as the records, so they are in a database of
// their own, which SQLite keeps in a temporary file where they are many.
type firsts struct {
	conn *conn
}

func openFirsts() (*firsts, error) {
	c, err := openConn("", sqlite.OpenReadWrite|sqlite.OpenCreate, readerStmts, "PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-16384")
	if err != nil {
		return nil, err
	}
	err = c.script(`CREATE TABLE firsts (place, value, id, PRIMARY KEY (place, value)) WITHOUT ROWID; BEGIN`)
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return &firsts{c}, nil
}

// add returns the first record that has the value in that field.
func (f *firsts) add(place int, v stele.Value, id stele.RecordID) (stele.RecordID, error) {
	if err := f.conn.exec(`INSERT OR IGNORE INTO firsts VALUES (?,?,?)`, place, v, id); err != nil || f.conn.Changes() == 1 {
		return id, err
	}
	first, err := f.conn.single(`SELECT id FROM firsts WHERE place=? AND value=?`, place, v)
	return stele.RecordID(first), err
}
