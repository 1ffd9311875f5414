package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
)

const savedColumns = `r.id, r.name, r.question, r.updated_at`

func scanSaved(r pgx.CollectableRow) (q stele.SavedQuery, err error) {
	err = r.Scan((*string)(&q.ID), &q.Name, &q.SQL, (*int64)(&q.Updated))
	return q, err
}

// SavedQueries lists them.
func (d *database) SavedQueries(ctx context.Context) ([]stele.SavedQuery, error) {
	return d.saved(ctx, `SELECT `+savedColumns+` FROM `+d.schema+`._saved_queries r ORDER BY r.name`)
}

func (d *database) saved(ctx context.Context, sql string, args ...any) (list []stele.SavedQuery, err error) {
	err = d.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		rows, err := c.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, scanSaved)
		return err
	})
	return list, err
}

// SaveQuery keeps a query, under the lock of the agent's row: so no two come to one name, or beyond the most there may be.
func (d *database) SaveQuery(ctx context.Context, q stele.SavedQuery, fresh bool, once *stele.Once[stele.SavedQuery]) error {
	kept := keep(once)
	return d.write(ctx, func(t *tx) error {
		answered(kept, once, q)
		b := &pgx.Batch{}
		b.Queue(`SELECT 1 FROM ` + d.schema + `._agent FOR UPDATE`)
		kept.look(b, d.schema)
		var n, there, taken int
		b.Queue(`SELECT count(*), count(*) FILTER (WHERE id=$1), count(*) FILTER (WHERE id<>$1 AND name=$2) FROM `+d.schema+`._saved_queries`,
			string(q.ID), q.Name).QueryRow(func(r pgx.Row) error { return r.Scan(&n, &there, &taken) })
		if err := t.send(b); err != nil {
			return err
		}
		if err := kept.known(); err != nil {
			return err
		}
		if err := q.CheckSaved(n, fresh, there > 0, taken > 0); err != nil {
			return err
		}
		b = &pgx.Batch{}
		b.Queue(`INSERT INTO `+d.schema+`._saved_queries (id, name, question, updated_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (id) DO UPDATE SET name=excluded.name, question=excluded.question, updated_at=excluded.updated_at`,
			string(q.ID), q.Name, q.SQL, int64(q.Updated))
		kept.queueAlone(b, d.schema)
		return again(t.commit(b))
	})
}

// DeleteSavedQuery removes one, under the same lock.
func (d *database) DeleteSavedQuery(ctx context.Context, id stele.SavedID, once *stele.Once[bool]) (there bool, err error) {
	kept := keep(once)
	err = d.write(ctx, func(t *tx) error {
		b := &pgx.Batch{}
		b.Queue(`SELECT 1 FROM ` + d.schema + `._agent FOR UPDATE`)
		kept.look(b, d.schema)
		b.Queue(`SELECT EXISTS (SELECT 1 FROM `+d.schema+`._saved_queries WHERE id=$1)`, string(id)).
			QueryRow(func(r pgx.Row) error { return r.Scan(&there) })
		if err := t.send(b); err != nil {
			return err
		}
		if err := kept.known(); err != nil {
			return err
		}
		answered(kept, once, there)
		b = &pgx.Batch{}
		b.Queue(`DELETE FROM `+d.schema+`._saved_queries WHERE id=$1`, string(id))
		kept.queueAlone(b, d.schema)
		return again(t.commit(b))
	})
	return there, err
}

// SavedQueriesAfter reads a part of them.
func (m mover) SavedQueriesAfter(ctx context.Context, after stele.SavedID, limit int) ([]stele.SavedQuery, error) {
	return m.saved(ctx, part(savedColumns, m.schema+"._saved_queries", "id", "octet_length(r.question)"), string(after), limit)
}

// PutSavedQueries adds them.
func (m mover) PutSavedQueries(ctx context.Context, queries []stele.SavedQuery) error {
	var ids, names, texts []string
	var updated []int64
	for _, q := range queries {
		ids, names, texts, updated = append(ids, string(q.ID)), append(names, q.Name), append(texts, q.SQL), append(updated, int64(q.Updated))
	}
	return m.put(ctx, `INSERT INTO `+m.schema+`._saved_queries (id, name, question, updated_at)
		SELECT u.id, u.name, u.question, u.at FROM `+m.schema+`._agent a,
		unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS u(id, name, question, at)`, ids, names, texts, updated)
}
