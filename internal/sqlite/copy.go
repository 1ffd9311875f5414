package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"zombiezen.com/go/sqlite"

	"stele"
)

// Bounds of one step of a copy, so that other writers come between.
const (
	copyRows = 1000
	fewRows  = 200 // so many changed records may be left for the last step
	rounds   = 50  // of catching up; then the last step takes all that is left
)

// copier makes a changed table beside the old one, which goes on meanwhile. What changes there is noted by triggers and copied again.
type copier struct {
	*alterer
	to    *table // the copy, under a name that nobody sees
	dirty string // the table of the ids that have changed; it and its triggers are the writer's alone and end with the process
}

// copy changes the table by a copy. errUnfit if a record does not fit.
func (al *alterer) copy(ctx context.Context) (err error) {
	hidden := *al.After
	hidden.Stored = fmt.Sprintf("%s%d", copyPrefix, al.t.seq)
	cp := &copier{alterer: al, to: newTable(al.t.seq, &hidden), dirty: watched(al.t.seq)}
	var old string
	if err = cp.step(ctx, 1, cp.begin); err == nil {
		err = cp.copyAll(ctx)
	}
	for n := 0; err == nil && n < rounds; n++ {
		left := int64(0)
		err = cp.step(ctx, copyRows, func(c *conn) (err error) {
			if err = cp.catchUp(c); err == nil {
				left, err = cp.left(c)
			}
			return err
		})
		if left <= fewRows {
			break
		}
	}
	if err == nil {
		err = al.commit(ctx, func(c *conn) (err error) {
			old, err = cp.finish(c)
			return err
		})
	}
	if err != nil {
		cp.abandon(ctx)
		return err
	}
	al.db.sweep(ctx, al.file, old)
	return nil
}

// watched is the name of the table of changed ids.
func watched(seq int64) string { return quote(fmt.Sprintf("_dirty_%d", seq)) }

// unwatchSQL ends the notes of what changes in a table.
func unwatchSQL(seq int64) string {
	var b strings.Builder
	for _, on := range []string{"INSERT", "UPDATE", "DELETE"} {
		fmt.Fprintf(&b, `DROP TRIGGER IF EXISTS temp."_on_%s_%d"; `, on, seq)
	}
	return b.String() + "DROP TABLE IF EXISTS temp." + watched(seq)
}

// watchSQL has the ids of records that change noted.
func (cp *copier) watchSQL() string {
	sql := unwatchSQL(cp.t.seq) + "; CREATE TEMP TABLE " + cp.dirty + "(id INTEGER PRIMARY KEY)"
	for _, on := range []string{"INSERT", "UPDATE", "DELETE"} {
		row := "NEW"
		if on == "DELETE" {
			row = "OLD"
		}
		sql += fmt.Sprintf(`; CREATE TEMP TRIGGER "_on_%s_%d" AFTER %s ON main.%s BEGIN INSERT OR IGNORE INTO %s VALUES (%s."_id"); END`,
			on, cp.t.seq, on, cp.t.name, cp.dirty, row)
	}
	return sql
}

// step is one operation of the copy, while the table is what it was.
func (cp *copier) step(ctx context.Context, rows int, do func(*conn) error) error {
	if !cp.db.store.catalog.has(cp.db.id) {
		return errGone()
	}
	return cp.file.writer.write(ctx, &op{rows: rows, do: func(c *conn) error {
		if cp.t.gone() {
			return stele.ErrTableChanged
		}
		return do(c)
	}})
}

func (cp *copier) begin(c *conn) error {
	err := c.script(cp.watchSQL() + "; DROP TABLE IF EXISTS " + cp.to.name + "; " + cp.to.createSQL())
	for _, i := range cp.to.uniques {
		if err == nil {
			err = cp.to.makeIndex(c, i)
		}
	}
	if err != nil {
		return fmt.Errorf("beginning a copy: %w", err)
	}
	return nil
}

// copyAll copies the table in the order of ids. Records are read and converted beside the writer. One that changes before it is
// written is noted as changed, as all are that change since begin.
func (cp *copier) copyAll(ctx context.Context) error {
	for after := stele.RecordID(0); ; {
		var records []stele.Record
		err := cp.file.read(ctx, false, func(c *conn) error {
			s, err := c.stmt(cp.t.forward)
			if err != nil {
				return err
			}
			s.BindInt64(1, int64(after)+1)
			s.BindInt64(2, copyRows)
			s.BindInt64(3, 0)
			records, err = cp.t.collectPart(s, copyRows)
			return err
		})
		if cp.t.gone() {
			return stele.ErrTableChanged
		}
		if err != nil || len(records) == 0 {
			return err
		}
		after = records[len(records)-1].ID
		err = cp.convert(records)
		if err == nil {
			err = cp.step(ctx, len(records), func(c *conn) error {
				if err := cp.forgetDirty(c); err != nil {
					return err
				}
				return cp.put(c, records)
			})
		}
		if err != nil || after == lastID {
			return err
		}
	}
}

const lastID = 1<<63 - 1

// convert gives records the values of the new definition.
func (cp *copier) convert(records []stele.Record) error {
	slab := make([]stele.Value, len(records)*len(cp.Fields))
	for k := range records {
		values := slab[k*len(cp.Fields) : (k+1)*len(cp.Fields) : (k+1)*len(cp.Fields)]
		for i := range values {
			reason := ""
			if _, values[i], reason = cp.value(i, records[k].Values); reason != "" {
				return errUnfit
			}
		}
		records[k].Values = values
	}
	return nil
}

// forgetDirty takes records that have changed since they were copied out of the copy: their unique values may be others' by now.
func (cp *copier) forgetDirty(c *conn) error {
	return c.exec("DELETE FROM " + cp.to.name + ` WHERE "_id" IN (SELECT id FROM temp.` + cp.dirty + ")")
}

// put writes records to the copy.
func (cp *copier) put(c *conn, records []stele.Record) error {
	s, err := c.stmt(cp.to.insert)
	if err != nil {
		return err
	}
	ins := &inserter{conn: c, table: cp.to, stmt: s}
	for _, r := range records {
		err := ins.put(r)
		if isClash(err) {
			return errUnfit
		}
		if err != nil {
			return fmt.Errorf("copying record %d: %w", r.ID, err)
		}
	}
	return nil
}

// catchUp copies some of the records that have changed.
func (cp *copier) catchUp(c *conn) error {
	if err := cp.forgetDirty(c); err != nil {
		return err
	}
	last := int64(0)
	err := c.query("SELECT max(id) FROM (SELECT id FROM temp."+cp.dirty+" ORDER BY id LIMIT ?)", func(s *sqlite.Stmt) error {
		last = s.ColumnInt64(0)
		return nil
	}, copyRows)
	if err != nil || last == 0 {
		return err
	}
	s, err := c.stmt("SELECT " + cp.t.columns + " FROM " + cp.t.name + ` WHERE "_id" IN (SELECT id FROM temp.` + cp.dirty + " WHERE id<=?) ORDER BY \"_id\"")
	if err != nil {
		return err
	}
	s.BindInt64(1, last)
	var records []stele.Record
	take := newTaker(cp.t, 64)
	for {
		more, err := s.Step()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		records = append(records, take.record(s))
		if stele.PartFull(take.text) { // the others have their turn
			last = int64(records[len(records)-1].ID)
			break
		}
	}
	if err = s.Reset(); err == nil {
		err = cp.convert(records)
	}
	if err == nil {
		err = cp.put(c, records)
	}
	if err == nil {
		err = c.exec("DELETE FROM temp."+cp.dirty+" WHERE id<=?", last)
	}
	return err
}

// left is how many changed records are to be copied again.
func (cp *copier) left(c *conn) (int64, error) {
	return c.single("SELECT count(*) FROM temp." + cp.dirty)
}

// finish copies what is left and puts the copy in the place of the table, whose name then is returned.
func (cp *copier) finish(c *conn) (old string, err error) {
	for left := int64(1); left > 0; {
		if err := cp.catchUp(c); err != nil {
			return "", err
		}
		if left, err = cp.left(c); err != nil {
			return "", err
		}
	}
	if err := c.script(unwatchSQL(cp.t.seq)); err != nil {
		return "", err
	}
	if old, err = cp.t.putAside(c); err != nil {
		return "", err
	}
	return old, c.script("ALTER TABLE " + cp.to.name + " RENAME TO " + cp.next.name)
}

// abandon removes what there is of the copy, also where ctx has ended.
func (cp *copier) abandon(ctx context.Context) {
	there := false
	err := cp.file.writer.write(context.WithoutCancel(ctx), &op{do: func(c *conn) error {
		n, err := c.single(`SELECT count(*) FROM sqlite_schema WHERE name=?`, cp.to.Stored)
		there = n > 0
		return errors.Join(err, c.script(unwatchSQL(cp.t.seq)))
	}})
	if err == nil && there {
		cp.db.sweep(ctx, cp.file, cp.to.Stored)
	}
}
