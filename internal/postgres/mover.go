package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
)

var _ stele.Movable = (*Store)(nil)

// mover reads and writes an agent's schema as it is kept. Nothing is purged on the way: a copy is compared with its source.
type mover struct{ *database }

// Mover opens nothing yet.
func (s *Store) Mover(id stele.AgentID) stele.Mover { return mover{s.database(id)} }

// NextRecordID reads the number.
func (m mover) NextRecordID(ctx context.Context, def *stele.Table) (next stele.RecordID, err error) {
	t, err := m.table(ctx, def)
	if err != nil {
		return 0, err
	}
	err = m.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		return c.QueryRow(ctx, `SELECT t.next_id FROM `+t.schema+`._tables t WHERE `+guard, string(t.ID), t.version).Scan((*int64)(&next))
	})
	return next, err
}

// part is a statement for rows of table r that come after $1, up to $2 of them, until they have as much text as a part
// holds: text is the length of one's. The server adds it up, because what has been asked for is sent, wanted or not.
func part(columns, table, key, text string) string {
	if text == "" {
		return `SELECT ` + columns + ` FROM ` + table + ` r WHERE r.` + key + `>$1 ORDER BY r.` + key + ` LIMIT $2`
	}
	return fmt.Sprintf(`SELECT %[1]s FROM (SELECT q.*, sum(q."text$") OVER (ORDER BY q.%[3]s ROWS UNBOUNDED PRECEDING) - q."text$" AS "before$"
		FROM (SELECT r.*, %[4]s AS "text$" FROM %[2]s r WHERE r.%[3]s>$1 ORDER BY r.%[3]s LIMIT $2) q) r
		WHERE r."before$"<%[5]d ORDER BY r.%[3]s`, columns, table, key, text, stele.PartText)
}

// RecordsAfter reads a part of a table.
func (m mover) RecordsAfter(ctx context.Context, def *stele.Table, after stele.RecordID, limit int) (records []stele.Record, err error) {
	t, err := m.table(ctx, def)
	if err != nil {
		return nil, err
	}
	var text []string
	for i, f := range t.Fields {
		switch f.Type {
		case stele.Text:
			text = append(text, `coalesce(octet_length(r.`+t.column(i)+`), 0)`)
		case stele.DateTime:
			text = append(text, fmt.Sprintf(`CASE WHEN r.%s IS NULL THEN 0 ELSE %d END`, t.column(i), len(dateTimeForm)))
		}
	}
	sql := part(t.columns, t.name, `"_id"`, strings.Join(text, "+"))
	err = m.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		rows, err := c.Query(ctx, sql, int64(after), limit)
		if err != nil {
			return err
		}
		records, err = t.scanPart(rows)
		return err
	})
	return records, err
}

// scanPart reads records. Their values stand together in memory.
func (t *table) scanPart(rows pgx.Rows) (records []stele.Record, err error) {
	defer rows.Close()
	n := len(t.Fields)
	var r stele.Record
	var slab []stele.Value
	dest := make([]any, n+3)
	dest[0], dest[n+1], dest[n+2] = (*int64)(&r.ID), (*int64)(&r.Created), (*int64)(&r.Updated)
	for rows.Next() {
		if len(slab) < n {
			slab = make([]stele.Value, 64*n)
		}
		r.Values, slab = slab[:n:n], slab[n:]
		for i := range r.Values {
			dest[i+1] = cellOf(t.Fields[i].Type, &r.Values[i])
		}
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, rows.Err()
}

// TasksAfter reads a part of the tasks.
func (m mover) TasksAfter(ctx context.Context, after stele.TaskID, limit int) (tasks []stele.Task, err error) {
	sql := part(strings.ReplaceAll(taskColumns, "t.", "r."), m.schema+"._tasks", "id", "coalesce(octet_length(r.rejections), 0)")
	err = m.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		rows, err := c.Query(ctx, sql, string(after), limit)
		if err != nil {
			return err
		}
		tasks, err = pgx.CollectRows(rows, scanTask)
		return err
	})
	return tasks, err
}

// AnswersAfter reads a part of the answers.
func (m mover) AnswersAfter(ctx context.Context, after string, limit int) (answers []stele.KeptAnswer, err error) {
	sql := part("r.key, r.fingerprint, r.created_at, r.answer", m.schema+"._answers", "key", "octet_length(r.key)+octet_length(r.answer)")
	err = m.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		rows, err := c.Query(ctx, sql, after, limit)
		if err != nil {
			return err
		}
		answers, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (a stele.KeptAnswer, err error) {
			var print []byte
			err = r.Scan(&a.Key, &print, (*int64)(&a.At), &a.Answer)
			if err == nil && copy(a.Fingerprint[:], print) != len(a.Fingerprint) {
				err = fmt.Errorf("the fingerprint of the idempotency key %q is cut", a.Key)
			}
			return a, err
		})
		return err
	})
	return answers, err
}

// PutTable makes a table as CreateTable does.
func (m mover) PutTable(ctx context.Context, def *stele.Table, next stele.RecordID) error {
	return m.write(ctx, func(t *tx) error { return m.makeTable(t, def, next, nil) })
}

// PutRecords copies records into the table and counts them.
func (m mover) PutRecords(ctx context.Context, def *stele.Table, records []stele.Record) error {
	t, err := m.table(ctx, def)
	if err != nil || len(records) == 0 {
		return err
	}
	columns := []string{"_id"}
	for _, f := range t.Fields {
		columns = append(columns, f.Stored)
	}
	columns = append(columns, "_created_at", "_updated_at")
	return m.writeTable(ctx, t, func(x *tx) error {
		there := false
		q := &pgx.Batch{}
		q.Queue(`UPDATE `+t.schema+`._tables t SET record_count=record_count+$3 WHERE `+guard, string(t.ID), t.version, len(records)).
			Exec(func(tag pgconn.CommandTag) error {
				there = tag.RowsAffected() == 1
				return nil
			})
		if err := x.send(q); err != nil {
			return err
		}
		if !there {
			return stele.ErrTableChanged
		}
		_, err := x.conn.CopyFrom(x.ctx, pgx.Identifier{"agent_" + string(m.id), t.Stored}, columns, &copied{t: t, records: records, at: -1})
		if err != nil {
			return x.note(fmt.Errorf("copying records: %w", err))
		}
		return x.commit(&pgx.Batch{})
	})
}

// copied hands records to the driver, whose values it makes anew for each.
type copied struct {
	t       *table
	records []stele.Record
	at      int
	values  []any
}

// Next moves to the next record.
func (c *copied) Next() bool {
	c.at++
	return c.at < len(c.records)
}

// Values are the record's, in the order of columns.
func (c *copied) Values() ([]any, error) {
	r := &c.records[c.at]
	c.values = append(c.values[:0], int64(r.ID))
	for i := range r.Values {
		c.values = append(c.values, cellOf(c.t.Fields[i].Type, &r.Values[i]))
	}
	c.values = append(c.values, int64(r.Created), int64(r.Updated))
	return c.values, nil
}

// Err is never one.
func (c *copied) Err() error { return nil }

// PutTasks adds tasks. A row of the agent's own tables in FROM lets Citus send the whole statement to the agent's node.
func (m mover) PutTasks(ctx context.Context, tasks []stele.Task) error {
	var ids, tables []string
	var created []int64
	var totals, successes []int32
	var rejections []*string
	for _, t := range tasks {
		text, err := t.EncodeRejections()
		if err != nil {
			return err
		}
		ids, tables, created = append(ids, string(t.ID)), append(tables, string(t.Table)), append(created, int64(t.Created))
		totals, successes = append(totals, int32(t.Total)), append(successes, int32(t.Success))
		rejections = append(rejections, text)
	}
	return m.put(ctx, `INSERT INTO `+m.schema+`._tasks (id, table_id, created_at, total_count, success_count, rejections)
		SELECT u.id, u.t, u.at, u.n, u.ok, u.r FROM `+m.schema+`._agent a,
		unnest($1::text[], $2::text[], $3::bigint[], $4::integer[], $5::integer[], $6::text[]) AS u(id, t, at, n, ok, r)`,
		ids, tables, created, totals, successes, rejections)
}

// PutAnswers adds answers.
func (m mover) PutAnswers(ctx context.Context, answers []stele.KeptAnswer) error {
	var keys []string
	var prints, texts [][]byte
	var at []int64
	for i := range answers {
		a := &answers[i]
		keys, prints, at, texts = append(keys, a.Key), append(prints, a.Fingerprint[:]), append(at, int64(a.At)), append(texts, a.Answer)
	}
	return m.put(ctx, `INSERT INTO `+m.schema+`._answers (key, fingerprint, created_at, answer)
		SELECT u.key, u.print, u.at, u.answer FROM `+m.schema+`._agent a,
		unnest($1::text[], $2::bytea[], $3::bigint[], $4::bytea[]) AS u(key, print, at, answer)`, keys, prints, at, texts)
}

// put runs one statement as a transaction.
func (m mover) put(ctx context.Context, sql string, args ...any) error {
	return m.write(ctx, func(t *tx) error {
		q := &pgx.Batch{}
		q.Queue(sql, args...)
		return t.commit(q)
	})
}
