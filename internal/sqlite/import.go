package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"zombiezen.com/go/sqlite"

	"stele"
)

// createTable makes a table whose record ids count from next, and enters it. CodeTableExists if the name is taken.
func createTable(c *conn, def *stele.Table, next stele.RecordID) error {
	if err := checkName(c, def); err != nil {
		return err
	}
	err := c.exec(`INSERT INTO _tables (id, name, stored_name, description, created_at, record_count, next_id, generation, keyword_index)
		VALUES (?,?,?,?,?,0,?,0,?)`, def.ID, def.Name, def.Stored, def.Description, def.Created, next, def.KeywordIndex)
	if err != nil {
		return fmt.Errorf("creating a table: %w", err)
	}
	t := newTable(c.LastInsertRowID(), def)
	if err := enterFields(c, t); err != nil {
		return err
	}
	err = c.script(t.createSQL())
	for _, i := range t.uniques {
		if err == nil {
			err = t.makeIndex(c, i)
		}
	}
	if err != nil {
		return fmt.Errorf("creating a table: %w", err)
	}
	return buildKeyword(c, t)
}

// checkName is CodeTableExists if another table has the table's name.
func checkName(c *conn, def *stele.Table) error {
	taken, err := c.single(`SELECT count(*) FROM _tables WHERE name=? AND id<>?`, def.Name, def.ID)
	if err != nil {
		return fmt.Errorf("looking for a table's name: %w", err)
	}
	if taken > 0 {
		return stele.Errorf(stele.CodeTableExists, "the agent has a table named %q already", def.Name)
	}
	return nil
}

// enterFields writes down the fields of a table.
func enterFields(c *conn, t *table) error {
	for i, f := range t.Fields {
		err := c.exec(`INSERT INTO _fields (table_seq, position, name, stored_name, description, type, required, is_unique)
			VALUES (?,?,?,?,?,?,?,?)`, t.seq, i, f.Name, f.Stored, f.Description, f.Type.String(), f.Required, f.Unique)
		if err != nil {
			return fmt.Errorf("entering a table's fields: %w", err)
		}
	}
	return nil
}

// Import adds records and task in one transaction.
func (d *database) Import(ctx context.Context, def *stele.Table, b *stele.Batch, now stele.Millis,
	once *stele.Once[stele.Task],
) (stele.Task, error) {
	return write(ctx, d, def, once, change[stele.Task]{
		rows: len(b.Rows) + 1, now: now,
		do: func(c *conn, t *table) (task stele.Task, err error) {
			switch {
			case b.Changes != nil:
				task, err = placeAll(c, t, b, now)
			case b.Doomed():
				task, err = refuse(c, t, b)
			default:
				err = importAll(c, t, b, now)
				task = b.Added()
			}
			if err != nil {
				return stele.Task{}, err
			}
			return task, saveTask(c, task)
		},
		instead: func(c *conn, t *table) (stele.Task, error) {
			task, err := refuse(c, t, b)
			if err != nil {
				return stele.Task{}, err
			}
			return task, saveTask(c, task)
		},
	})
}

// refuse finds out what the table has against the batch.
func refuse(c *conn, t *table, b *stele.Batch) (stele.Task, error) {
	conflicts, err := findConflicts(c, t, b)
	if err != nil {
		return stele.Task{}, err
	}
	if len(conflicts) == 0 && !b.Doomed() {
		return stele.Task{}, errors.New("a unique index refused a row, but no row has a value that is there")
	}
	return b.Refused(t.Table, conflicts), nil
}

// importAll inserts the batch's records. errInstead as soon as one of them has a unique value that the table holds.
func importAll(c *conn, t *table, b *stele.Batch, now stele.Millis) error {
	if len(b.Records) == 0 {
		return nil
	}
	ins, err := newInserter(c, t, now)
	if err != nil {
		return err
	}
	for i := range b.Records {
		switch err := ins.add(b.Records[i].Values); {
		case isClash(err):
			return errInstead
		case err != nil:
			return fmt.Errorf("importing: %w", err)
		}
		if b.Task.Receipt != nil {
			b.Records[i].ID = ins.made
		}
	}
	return ins.finish()
}

// isClash reports whether a unique index refused a row.
func isClash(err error) bool {
	return err != nil && sqlite.ErrCode(err) == sqlite.ResultConstraintUnique
}

// isTaken reports whether the record id was taken.
func isTaken(err error) bool {
	if err == nil {
		return false
	}
	code := sqlite.ErrCode(err)
	return code == sqlite.ResultConstraintPrimaryKey || code == sqlite.ResultConstraintRowID
}

// inserter adds records to one table within one transaction, and keeps its count, next id and generation.
type inserter struct {
	conn  *conn
	table *table
	stmt  *sqlite.Stmt
	now   stele.Millis
	next  int64          // the next id; 0 when they are used up
	last  int64          // the greatest id before
	made  stele.RecordID // the id of the record that was added last
	added int64
	ids   []int64 // those of the records that were added, where an index must follow
	mid   int64   // 1 when a record came below the last one
}

func newInserter(c *conn, t *table, now stele.Millis) (*inserter, error) {
	in := &inserter{conn: c, table: t, now: now}
	s, err := c.stmt(`SELECT next_id FROM _tables WHERE seq=?`)
	if err != nil {
		return nil, err
	}
	s.BindInt64(1, t.seq)
	ok := false
	if in.next, ok, err = number(s); err != nil || !ok {
		return nil, errors.Join(err, fmt.Errorf("reading the next record id: found %t", ok))
	}
	if s, err = c.stmt(`SELECT max("_id") FROM ` + t.name); err != nil {
		return nil, err
	}
	if in.last, _, err = number(s); err != nil {
		return nil, err
	}
	in.stmt, err = c.stmt(t.insert)
	return in, err
}

// add inserts a record under the next id. A clash on a unique field leaves everything as it was.
func (in *inserter) add(values []stele.Value) error {
	for {
		if in.next <= 0 {
			return errors.New("the table has no record ids left")
		}
		err := in.insert(in.next, values)
		switch {
		case err == nil:
			in.next = after63(in.next)
			return nil
		case !isTaken(err):
			return err
		}
		if in.next, err = in.free(in.next); err != nil {
			return err
		}
	}
}

// after63 is n+1, 0 after the greatest record id.
func after63(n int64) int64 {
	if n == math.MaxInt64 {
		return 0
	}
	return n + 1
}

// insert inserts a new record under an id.
func (in *inserter) insert(id int64, values []stele.Value) error {
	return in.put(stele.Record{ID: stele.RecordID(id), Values: values, Created: in.now, Updated: in.now})
}

// put inserts a record as it is.
func (in *inserter) put(r stele.Record) error {
	s := in.stmt
	s.BindInt64(1, int64(r.ID))
	for i, v := range r.Values {
		bindValue(s, i+2, v)
	}
	n := len(r.Values)
	s.BindInt64(n+2, int64(r.Created))
	s.BindInt64(n+3, int64(r.Updated))
	if err := run(s); err != nil {
		return err
	}
	in.added++
	in.made = r.ID
	if in.table.hasIndex() {
		in.ids = append(in.ids, int64(r.ID))
	}
	if int64(r.ID) < in.last {
		in.mid = 1
	} else {
		in.last = int64(r.ID)
	}
	return nil
}

// free finds the first id after one that is taken: those made with ids of the caller's choice may stand in the way. 0 when
// there is none.
func (in *inserter) free(taken int64) (int64, error) {
	t := in.table.name
	return in.conn.single(`SELECT a."_id"+1 FROM `+t+` a WHERE a."_id">=?1 AND a."_id"<9223372036854775807
		AND NOT EXISTS (SELECT 1 FROM `+t+` b WHERE b."_id"=a."_id"+1) ORDER BY a."_id" LIMIT 1`, taken)
}

// finish writes down what was added, and enters it into the keyword index.
func (in *inserter) finish() error {
	if in.added == 0 {
		return nil
	}
	s, err := in.conn.stmt(`UPDATE _tables SET record_count=record_count+?, next_id=max(next_id,?), generation=generation+?
		WHERE seq=?`)
	if err != nil {
		return err
	}
	next := in.next
	if next == 0 {
		next = math.MaxInt64
	}
	s.BindInt64(1, in.added)
	s.BindInt64(2, next)
	s.BindInt64(3, in.mid)
	s.BindInt64(4, in.table.seq)
	if err := run(s); err != nil {
		return fmt.Errorf("counting records: %w", err)
	}
	return in.table.enter(in.conn, in.ids)
}

// findConflicts looks up every unique value of the batch. It goes field by field, so that one statement is in use at a
// time however many unique fields there are, and answers in order of rows and within a row of fields.
func findConflicts(c *conn, t *table, b *stele.Batch) (conflicts []stele.Conflict, err error) {
	for _, f := range t.uniques {
		look, err := c.stmt(t.lookup(f))
		if err != nil {
			return nil, err
		}
		for i := range b.Records {
			bindValue(look, 1, b.Records[i].Values[f])
			_, there, err := number(look)
			if err != nil {
				return nil, fmt.Errorf("looking for conflicts: %w", err)
			}
			if there {
				conflicts = append(conflicts, stele.Conflict{Record: i, Field: f})
			}
		}
	}
	slices.SortFunc(conflicts, func(x, y stele.Conflict) int {
		return cmp.Or(cmp.Compare(x.Record, y.Record), cmp.Compare(x.Field, y.Field))
	})
	return conflicts, nil
}

// lookup finds the id of the record with a unique value.
func (t *table) lookup(field int) string {
	return `SELECT "_id" FROM ` + t.name + ` WHERE ` + t.column(field) + `=?`
}

// saveTask keeps a finished task.
func saveTask(c *conn, task stele.Task) error {
	text, err := task.EncodeRejections()
	if err != nil {
		return err
	}
	var rejections any
	if text != nil {
		rejections = *text
	}
	err = c.exec(`INSERT INTO _tasks (id, table_id, created_at, total_count, success_count, rejections) VALUES (?,?,?,?,?,?)`,
		task.ID, task.Table, task.Created, task.Total, task.Success, rejections)
	if err != nil {
		return fmt.Errorf("saving a task: %w", err)
	}
	return nil
}
