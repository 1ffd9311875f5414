package sqlite

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite"

	"stele"
)

const selectSaved = `SELECT id, name, question, updated_at FROM _saved_queries `

func readSaved(s *sqlite.Stmt) stele.SavedQuery {
	return stele.SavedQuery{ID: stele.SavedID(s.ColumnText(0)), Name: s.ColumnText(1), SQL: s.ColumnText(2), Updated: stele.Millis(s.ColumnInt64(3))}
}

// SavedQueries lists them.
func (d *database) SavedQueries(ctx context.Context) ([]stele.SavedQuery, error) {
	list := []stele.SavedQuery{}
	err := d.read(ctx, false, func(_ *agentFile, c *conn) error {
		return c.query(selectSaved+`ORDER BY name`, func(s *sqlite.Stmt) error {
			list = append(list, readSaved(s))
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// writeSaved runs do in a transaction and keeps the answer that it makes.
func writeSaved[T any](ctx context.Context, d *database, once *stele.Once[T], do func(*conn) (T, error)) (result T, err error) {
	err = d.use(ctx, func(file *agentFile) error {
		return file.writer.write(ctx, &op{rows: 1, do: func(c *conn) (err error) {
			if err := before(c, once); err != nil {
				return err
			}
			if result, err = do(c); err != nil {
				return err
			}
			return after(c, once, result)
		}})
	})
	return result, err
}

// SaveQuery keeps a query.
func (d *database) SaveQuery(ctx context.Context, q stele.SavedQuery, fresh bool, once *stele.Once[stele.SavedQuery]) error {
	_, err := writeSaved(ctx, d, once, func(c *conn) (stele.SavedQuery, error) {
		var n, there, taken int
		err := c.query(`SELECT count(*), coalesce(sum(id=?1), 0), coalesce(sum(id<>?1 AND name=?2), 0) FROM _saved_queries`, func(s *sqlite.Stmt) error {
			n, there, taken = s.ColumnInt(0), s.ColumnInt(1), s.ColumnInt(2)
			return nil
		}, q.ID, q.Name)
		if err == nil {
			err = q.CheckSaved(n, fresh, there > 0, taken > 0)
		}
		if err != nil {
			return q, err
		}
		return q, putSaved(c, q)
	})
	return err
}

func putSaved(c *conn, q stele.SavedQuery) error {
	err := c.exec(`INSERT INTO _saved_queries (id, name, question, updated_at) VALUES (?,?,?,?)
		ON CONFLICT (id) DO UPDATE SET name=excluded.name, question=excluded.question, updated_at=excluded.updated_at`, q.ID, q.Name, q.SQL, q.Updated)
	if err != nil {
		return fmt.Errorf("saving a query: %w", err)
	}
	return nil
}

// DeleteSavedQuery removes one.
func (d *database) DeleteSavedQuery(ctx context.Context, id stele.SavedID, once *stele.Once[bool]) (bool, error) {
	return writeSaved(ctx, d, once, func(c *conn) (bool, error) {
		err := c.exec(`DELETE FROM _saved_queries WHERE id=?`, id)
		return c.Changes() > 0, err
	})
}

// SavedQueriesAfter reads a part of them.
func (m mover) SavedQueriesAfter(ctx context.Context, after stele.SavedID, limit int) (list []stele.SavedQuery, err error) {
	err = m.part(ctx, selectSaved+`WHERE id>? ORDER BY id LIMIT ?`, func(s *sqlite.Stmt) (int, error) {
		list = append(list, readSaved(s))
		return s.ColumnLen(2), nil
	}, after, limit)
	return list, err
}

// PutSavedQueries adds them.
func (m mover) PutSavedQueries(ctx context.Context, queries []stele.SavedQuery) error {
	return m.write(ctx, "saved queries", len(queries), func(c *conn) error {
		for _, q := range queries {
			if err := putSaved(c, q); err != nil {
				return err
			}
		}
		return nil
	})
}
