package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
)

// LogQueries adds entries to the log of questions, in one transaction.
func (d *database) LogQueries(ctx context.Context, es []stele.QueryEntry) error {
	n := len(es)
	ids, keys, clients, sqls, refused := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	at, rows, bytes, micros := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	for i, e := range es {
		ids[i], keys[i], clients[i], sqls[i], refused[i] = string(e.ID), string(e.Key), e.Client, e.SQL, e.Refused
		at[i], rows[i], bytes[i], micros[i] = int64(e.At), int64(e.Rows), int64(e.Bytes), e.Took.Microseconds()
	}
	return d.write(ctx, func(t *tx) error {
		b := &pgx.Batch{}
		// A row of the agent's own in FROM lets Citus send the whole statement to the agent's node.
		b.Queue(`INSERT INTO `+d.schema+`._queries (id, at, key_id, client, question, row_count, byte_count, micros, refused)
			SELECT u.* FROM `+d.schema+`._agent, unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[]) u
			ON CONFLICT DO NOTHING`, ids, at, keys, clients, sqls, rows, bytes, micros, refused)
		b.Queue(`DELETE FROM `+d.schema+`._queries WHERE id<=(SELECT id FROM `+d.schema+`._queries ORDER BY id DESC LIMIT 1 OFFSET $1)`, stele.KeptQueries)
		return t.commit(b)
	})
}

// Queries reads the latest entries.
func (d *database) Queries(ctx context.Context, limit int) (es []stele.QueryEntry, err error) {
	err = d.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		rows, err := c.Query(ctx, `SELECT id, at, key_id, client, question, row_count, byte_count, micros, refused FROM `+d.schema+
			`._queries ORDER BY id DESC LIMIT $1`, limit)
		if err != nil {
			return err
		}
		es, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (e stele.QueryEntry, err error) {
			var micros int64
			err = r.Scan((*string)(&e.ID), (*int64)(&e.At), (*string)(&e.Key), &e.Client, &e.SQL, &e.Rows, &e.Bytes, &micros, &e.Refused)
			e.Took = time.Duration(micros) * time.Microsecond
			return e, err
		})
		return err
	})
	return es, err
}
