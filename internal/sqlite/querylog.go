package sqlite

import (
	"context"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"

	"stele"
)

// LogQueries adds entries to the log of questions in one commit.
func (d *database) LogQueries(ctx context.Context, es []stele.QueryEntry) error {
	return d.use(ctx, func(file *agentFile) error {
		return file.writer.write(ctx, &op{rows: len(es), do: func(c *conn) error {
			for _, e := range es {
				if err := c.exec(`INSERT OR IGNORE INTO _queries (id, at, key_id, client, question, row_count, byte_count, micros, refused) VALUES (?,?,?,?,?,?,?,?,?)`,
					string(e.ID), e.At, e.Key, e.Client, e.SQL, e.Rows, e.Bytes, e.Took.Microseconds(), e.Refused); err != nil {
					return fmt.Errorf("logging a question: %w", err)
				}
			}
			return c.exec(`DELETE FROM _queries WHERE id<=(SELECT id FROM _queries ORDER BY id DESC LIMIT 1 OFFSET ?)`, stele.KeptQueries)
		}})
	})
}

// Queries reads the latest entries.
func (d *database) Queries(ctx context.Context, limit int) ([]stele.QueryEntry, error) {
	es := []stele.QueryEntry{}
	err := d.read(ctx, false, func(_ *agentFile, c *conn) error {
		return c.query(`SELECT id, at, key_id, client, question, row_count, byte_count, micros, refused FROM _queries ORDER BY id DESC LIMIT ?`,
			func(s *sqlite.Stmt) error {
				es = append(es, stele.QueryEntry{
					ID: stele.QueryID(s.ColumnText(0)), At: stele.Millis(s.ColumnInt64(1)), Key: stele.KeyID(s.ColumnText(2)),
					Client: s.ColumnText(3), SQL: s.ColumnText(4), Rows: s.ColumnInt(5), Bytes: s.ColumnInt(6),
					Took: time.Duration(s.ColumnInt64(7)) * time.Microsecond, Refused: s.ColumnText(8),
				})
				return nil
			}, limit)
	})
	if err != nil {
		return nil, err
	}
	return es, nil
}
