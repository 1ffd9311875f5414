package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
)

// transact runs a transaction of the catalog: rare, so it takes a round trip for each statement. f may run several times.
func (s *Store) transact(ctx context.Context, f func(context.Context, pgx.Tx) error) error {
	return s.write(ctx, nil, func(t *tx) error {
		t.begun = true
		x, err := t.conn.Begin(t.ctx)
		if err != nil {
			return err
		}
		if err := f(t.ctx, x); err != nil {
			return t.note(err)
		}
		t.last, t.final = true, true
		return t.note(x.Commit(t.ctx))
	})
}

// order takes the lock under which agents and keys come, get their numbers, and go, if this program may still change the
// catalog and no move is under way that is not its own.
func (s *Store) order(ctx context.Context, tx pgx.Tx) error {
	var oldest int
	var moving string
	if err := tx.QueryRow(ctx, `SELECT oldest, moving FROM stele_catalog.installation FOR UPDATE`).Scan(&oldest, &moving); err != nil {
		return err
	}
	if moving != "" && !s.opt.Moving {
		return errMoving()
	}
	return s.serves(oldest)
}

// CreateAgent enters the agent in the catalog and makes its schema, in one transaction.
func (s *Store) CreateAgent(ctx context.Context, a stele.AgentInfo) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.order(ctx, tx); err != nil {
			return err
		}
		var taken bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM stele_catalog.agents WHERE name=$1 OR id=$2)`, a.Name, string(a.ID)).Scan(&taken)
		if err != nil {
			return err
		}
		if taken {
			return stele.Errorf(stele.CodeExists, "an agent of the name %q exists already", a.Name)
		}
		_, err = tx.Exec(ctx, `INSERT INTO stele_catalog.agents (id, seq, name, created_at)
			SELECT $1, coalesce(max(seq), 0)+1, $2, $3 FROM stele_catalog.agents`, string(a.ID), a.Name, int64(a.Created))
		if err != nil {
			return err
		}
		if err := s.makeAgentSchema(ctx, tx, a); err != nil {
			return s.rights("making an agent's schema", err)
		}
		return nil
	})
}

// isText reports whether the server takes a string as text; no text of its own is one that it does not.
func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

const selectAgents = `SELECT id, name, created_at FROM stele_catalog.agents `

func scanAgent(r pgx.CollectableRow) (a stele.AgentInfo, err error) {
	err = r.Scan((*string)(&a.ID), &a.Name, (*int64)(&a.Created))
	return a, err
}

// Agents lists agents.
func (s *Store) Agents(ctx context.Context, p stele.Page) (list []stele.AgentInfo, n int, err error) {
	var limit *int64
	if p.Limit > 0 {
		l := int64(p.Limit)
		limit = &l
	}
	err = s.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		b := &pgx.Batch{}
		b.Queue(`SELECT count(*) FROM stele_catalog.agents`).QueryRow(func(r pgx.Row) error { return r.Scan(&n) })
		b.Queue(selectAgents+`ORDER BY seq LIMIT $1 OFFSET $2`, limit, p.Offset).Query(func(rows pgx.Rows) (err error) {
			list, err = pgx.CollectRows(rows, scanAgent)
			return err
		})
		return c.SendBatch(ctx, b).Close()
	})
	return list, n, err
}

// Agent finds one.
func (s *Store) Agent(ctx context.Context, idOrName string) (a stele.AgentInfo, err error) {
	none := stele.Errorf(stele.CodeNotFound, "no agent has the id or name %q", stele.Shorten(idOrName))
	if !isText(idOrName) {
		return a, none
	}
	id, _ := stele.ParseID[stele.AgentID](idOrName)
	err = s.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		rows, err := c.Query(ctx, selectAgents+`WHERE id=$1 OR name=$2`, string(id), idOrName)
		if err != nil {
			return err
		}
		a, err = pgx.CollectOneRow(rows, scanAgent)
		if errors.Is(err, pgx.ErrNoRows) {
			return none
		}
		return err
	})
	return a, err
}

// exists reports whether an agent is in the catalog.
func (s *Store) exists(ctx context.Context, id stele.AgentID) (there bool, err error) {
	err = s.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		return c.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM stele_catalog.agents WHERE id=$1)`, string(id)).Scan(&there)
	})
	return there, err
}

// DeleteAgent takes the agent and its keys out of the catalog and leaves a tombstone; then its schema goes, and then the
// tombstone. What a crash leaves of it, the next Open finishes.
func (s *Store) DeleteAgent(ctx context.Context, id stele.AgentID) error {
	err := s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.order(ctx, tx); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `DELETE FROM stele_catalog.agents WHERE id=$1`, string(id))
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return stele.Errorf(stele.CodeNotFound, "no agent has the id %s", id)
		}
		for _, sql := range []string{
			`DELETE FROM stele_catalog.keys WHERE agent_id=$1`,
			`DELETE FROM stele_catalog.tables WHERE agent_id=$1`,
			`INSERT INTO stele_catalog.tombstones (agent_id) VALUES ($1) ON CONFLICT DO NOTHING`,
		} {
			if _, err := tx.Exec(ctx, sql, string(id)); err != nil {
				return err
			}
		}
		return withdraw(ctx, tx)
	})
	s.keys.clear() // whatever became of it: they are read again
	if err != nil {
		return err
	}
	s.known.forget(id)
	s.ask.forget(id)
	ctx, cancel := s.carryOn(ctx)
	defer cancel()
	if err := s.buryOne(ctx, id); err != nil { // it is deleted all the same: nothing leads to its schema any more
		s.opt.Log.Warn("an agent that was deleted could not be cleared away yet; the next start tries again", "agent", id, "error", err)
	}
	return nil
}

// bury finishes the deletions that were decided. What cannot be finished now is left for the next start.
func (s *Store) bury(ctx context.Context) error {
	var dead []string
	err := s.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		rows, err := c.Query(ctx, `SELECT agent_id FROM stele_catalog.tombstones`)
		if err != nil {
			return err
		}
		dead, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		return fmt.Errorf("reading the catalog: %w", err)
	}
	for _, id := range dead {
		if err := s.buryOne(ctx, stele.AgentID(id)); err != nil {
			s.opt.Log.Warn("an agent that was deleted could not be cleared away yet", "agent", id, "error", err)
		}
	}
	return nil
}

// dropAtOnce is how many tables go in one transaction: the locks of a server are bounded.
const dropAtOnce = 50

// buryOne drops a deleted agent's schema and then its tombstone, whose lock keeps others from doing the same.
func (s *Store) buryOne(ctx context.Context, id stele.AgentID) error {
	schema := schemaOf(id)
	for more := true; more; {
		err := s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
			tag, err := tx.Exec(ctx, `SELECT 1 FROM stele_catalog.tombstones WHERE agent_id=$1 FOR UPDATE`, string(id))
			if err != nil || tag.RowsAffected() == 0 {
				more = false
				return err
			}
			rows, err := tx.Query(ctx, `SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname=$1 ORDER BY tablename LIMIT $2`,
				"agent_"+string(id), dropAtOnce)
			if err != nil {
				return err
			}
			names, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				return err
			}
			if more = len(names) == dropAtOnce; more {
				for i, n := range names {
					names[i] = schema + "." + quote(n)
				}
				_, err = tx.Exec(ctx, `DROP TABLE IF EXISTS `+strings.Join(names, ", "))
			} else {
				_, err = tx.Exec(ctx, `DROP SCHEMA IF EXISTS `+schema+` CASCADE`)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		// A table that was made while the agent was being deleted has left its entry.
		if _, err := tx.Exec(ctx, `DELETE FROM stele_catalog.tables WHERE agent_id=$1`, string(id)); err != nil {
			return err
		}
		if err := s.dropRole(ctx, tx, id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM stele_catalog.tombstones WHERE agent_id=$1`, string(id))
		return err
	})
}

// Owner says whose a table is.
func (s *Store) Owner(ctx context.Context, id stele.TableID) (owner stele.AgentID, err error) {
	err = s.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		err := c.QueryRow(ctx, `SELECT agent_id FROM stele_catalog.tables WHERE id=$1`, string(id)).Scan((*string)(&owner))
		if errors.Is(err, pgx.ErrNoRows) {
			return stele.Errorf(stele.CodeTableNotFound, "no table has the id %s", id)
		}
		return err
	})
	return owner, err
}
