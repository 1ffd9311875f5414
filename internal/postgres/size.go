package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
)

// DataBytes is the size of the database; of a Citus cluster's that of its coordinator.
func (s *Store) DataBytes(ctx context.Context) (n int64, err error) {
	err = s.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		return c.QueryRow(ctx, `SELECT pg_database_size(current_database())`).Scan(&n)
	})
	return n, err
}

// Size asks the server for the size of each table, with its indexes and what is stored beside it. On Citus they are on other nodes, which
// are not asked.
func (d *database) Size(ctx context.Context) (size stele.Size, err error) {
	err = d.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		size = stele.Size{Bytes: -1, Tables: []stele.TableSize{}}
		at := map[string]int{}
		rows, err := c.Query(ctx, `SELECT id, name, record_count, stored_name FROM `+d.schema+`._tables ORDER BY seq`)
		if err != nil {
			return err
		}
		t, stored := stele.TableSize{Bytes: -1}, ""
		_, err = pgx.ForEachRow(rows, []any{(*string)(&t.ID), &t.Name, &t.Records, &stored}, func() error {
			at[stored], size.Tables = len(size.Tables), append(size.Tables, t)
			return nil
		})
		if err != nil || d.store.citus {
			return err
		}
		rows, err = c.Query(ctx, `SELECT c.relname, coalesce(pg_total_relation_size(c.oid), 0) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n
			ON n.oid=c.relnamespace WHERE n.nspname=$1 AND c.relkind='r'`, "agent_"+string(d.id))
		if err != nil {
			return err
		}
		var name string
		var bytes int64
		size.Bytes = 0
		_, err = pgx.ForEachRow(rows, []any{&name, &bytes}, func() error {
			size.Bytes += bytes
			if i, ok := at[name]; ok {
				size.Tables[i].Bytes = bytes
			}
			return nil
		})
		return err
	})
	return size, err
}
