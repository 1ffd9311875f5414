package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math"

	"zombiezen.com/go/sqlite"

	"stele"
)

var _ stele.Movable = (*Store)(nil)

// mover reads and writes an agent's database as it is kept. Its writes go the way of all others, so counts,
// generations and the catalog stay what they must be, but nothing is purged: a copy is to be compared with its source.
type mover struct{ db *database }

// Mover opens nothing yet.
func (s *Store) Mover(id stele.AgentID) stele.Mover { return mover{&database{store: s, id: id}} }

// read runs f on a connection that only reads, with what is known of the table.
func (m mover) read(ctx context.Context, id stele.TableID, f func(*conn, *table) error) error {
	return m.db.use(ctx, func(file *agentFile) error {
		t, err := file.table(ctx, id)
		if err != nil {
			return err
		}
		return file.read(ctx, false, func(c *conn) error { return f(c, t) })
	})
}

// write runs f in a transaction.
func (m mover) write(ctx context.Context, what string, rows int, f func(*conn) error) error {
	return m.db.use(ctx, func(file *agentFile) error {
		return file.writer.write(ctx, &op{rows: rows, do: func(c *conn) error {
			if err := f(c); err != nil {
				return fmt.Errorf("moving %s: %w", what, err)
			}
			return nil
		}})
	})
}

// NextRecordID reads the number.
func (m mover) NextRecordID(ctx context.Context, def *stele.Table) (next stele.RecordID, err error) {
	err = m.read(ctx, def.ID, func(c *conn, t *table) error {
		n, err := c.single(`SELECT next_id FROM _tables WHERE seq=?`, t.seq)
		next = stele.RecordID(n)
		return err
	})
	return next, err
}

// RecordsAfter reads a part of a table.
func (m mover) RecordsAfter(ctx context.Context, def *stele.Table, after stele.RecordID, limit int) (records []stele.Record, err error) {
	if after == math.MaxInt64 {
		return nil, nil
	}
	err = m.read(ctx, def.ID, func(c *conn, t *table) error {
		s, err := c.stmt(t.forward)
		if err != nil {
			return err
		}
		s.BindInt64(1, int64(after)+1)
		s.BindInt64(2, int64(limit))
		s.BindInt64(3, 0)
		records, err = t.collectPart(s, limit)
		return err
	})
	return records, err
}

// collectPart steps s and reads its rows until the part is full.
func (t *table) collectPart(s *sqlite.Stmt, limit int) ([]stele.Record, error) {
	take := newTaker(t, int64(min(limit, 1000)))
	var records []stele.Record
	for !stele.PartFull(take.text) {
		more, err := s.Step()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		records = append(records, take.record(s))
	}
	return records, s.Reset()
}

// errFull ends a query whose part is full.
var errFull = errors.New("the part is full")

// part runs a query until its rows have as much text as a part holds; row returns how much it has taken.
func (m mover) part(ctx context.Context, sql string, row func(*sqlite.Stmt) (text int, err error), args ...any) error {
	return m.db.read(ctx, false, func(_ *agentFile, c *conn) error {
		text := 0
		err := c.query(sql, func(s *sqlite.Stmt) error {
			n, err := row(s)
			if text += n; err == nil && stele.PartFull(text) {
				return errFull
			}
			return err
		}, args...)
		if errors.Is(err, errFull) {
			return nil
		}
		return err
	})
}

// TasksAfter reads a part of the tasks.
func (m mover) TasksAfter(ctx context.Context, after stele.TaskID, limit int) (tasks []stele.Task, err error) {
	err = m.part(ctx, selectTask+`id>? ORDER BY id LIMIT ?`, func(s *sqlite.Stmt) (int, error) {
		task, err := readTask(s)
		tasks = append(tasks, task)
		return s.ColumnLen(5), err
	}, after, limit)
	return tasks, err
}

// AnswersAfter reads a part of the answers.
func (m mover) AnswersAfter(ctx context.Context, after string, limit int) (answers []stele.KeptAnswer, err error) {
	err = m.part(ctx, `SELECT key, fingerprint, created_at, answer FROM _answers WHERE key>? ORDER BY key LIMIT ?`,
		func(s *sqlite.Stmt) (int, error) {
			a := stele.KeptAnswer{Key: s.ColumnText(0), At: stele.Millis(s.ColumnInt64(2)), Answer: columnBytes(s, 3)}
			if s.ColumnBytes(1, a.Fingerprint[:]) != len(a.Fingerprint) {
				return 0, fmt.Errorf("the fingerprint of the idempotency key %q is cut", a.Key)
			}
			answers = append(answers, a)
			return len(a.Key) + len(a.Answer), nil
		}, after, limit)
	return answers, err
}

// PutTable makes a table as CreateTable does.
func (m mover) PutTable(ctx context.Context, def *stele.Table, next stele.RecordID) error {
	err := m.write(ctx, "a table", 1, func(c *conn) error { return createTable(c, def, next) })
	if err != nil {
		return err
	}
	return m.db.enter(def.ID)
}

// PutRecords adds records and counts them.
func (m mover) PutRecords(ctx context.Context, def *stele.Table, records []stele.Record) error {
	return m.db.use(ctx, func(file *agentFile) error {
		t, err := file.table(ctx, def.ID)
		if err != nil {
			return err
		}
		return m.write(ctx, "records", len(records), func(c *conn) error {
			ins, err := newInserter(c, t, 0)
			if err != nil {
				return err
			}
			for i := range records {
				if err := ins.put(records[i]); err != nil {
					return fmt.Errorf("record %d of table %q: %w", records[i].ID, t.Name, err)
				}
			}
			return ins.finish()
		})
	})
}

// PutTasks adds tasks.
func (m mover) PutTasks(ctx context.Context, tasks []stele.Task) error {
	return m.write(ctx, "import tasks", len(tasks), func(c *conn) error {
		for _, t := range tasks {
			if err := saveTask(c, t); err != nil {
				return err
			}
		}
		return nil
	})
}

// PutAnswers adds answers. They come in order of keys, where others stand in order of time: until these are past their
// time, some of them may be purged late.
func (m mover) PutAnswers(ctx context.Context, answers []stele.KeptAnswer) error {
	return m.write(ctx, "answers", len(answers), func(c *conn) error {
		for _, a := range answers {
			if err := saveAnswer(c, a); err != nil {
				return err
			}
		}
		return nil
	})
}
