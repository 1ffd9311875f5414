package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
)

// While the catalog holds the state of a move, nobody serves: a replica that runs already learns of it with its next
// question about a key, as it learns of a newer program, and with every change of agents and keys. So no lock has to be
// held, which a pooler between would lose, and a replica that was asleep is kept out too.
func errMoving() error {
	return &stele.Error{Code: stele.CodeUnavailable, Detail: "what this server keeps is being moved, or has moved, to another place; nothing was applied", RetryAfter: retryAfter}
}

// MoveState reads it.
func (s *Store) MoveState(ctx context.Context) (state string, err error) {
	err = s.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		return c.QueryRow(ctx, `SELECT moving FROM stele_catalog.installation`).Scan(&state)
	})
	return state, err
}

// SetMoveState changes it. Where agents are, it returns only once no replica can take a key for valid that it found before:
// a run that goes on cannot know whether the one before it, which was killed, has waited for that.
func (s *Store) SetMoveState(ctx context.Context, was, state string) error {
	var now string
	var agents bool
	err := s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `SELECT moving FROM stele_catalog.installation FOR UPDATE`).Scan(&now)
		if err != nil || now != was {
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM stele_catalog.agents)`).Scan(&agents); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE stele_catalog.installation SET moving=$1`, state)
		return err
	})
	switch {
	case err != nil:
		return err
	case now != was:
		return fmt.Errorf("writing the state of a move: it is %q, not %q", now, was)
	case state == "" || !agents:
		s.still.Store(false)
		return nil
	case s.still.Load():
		return nil
	}
	select {
	case <-time.After(2 * s.opt.KeyTTL): // once for the keys, once for what was let in with them
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := s.quiet(ctx); err != nil {
		return err
	}
	s.still.Store(true)
	return nil
}

// quiet waits until no other session of Stele is in the middle of something: of a replica that runs, or of a process that
// was killed, whose last words the server may carry out when the next process is there already.
func (s *Store) quiet(ctx context.Context) error {
	late := time.After(s.opt.Timeout + retryAfter)
	for {
		busy := 0
		err := s.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
			return c.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity WHERE datname=current_database() AND usename=current_user
				AND application_name=current_setting('application_name') AND pid<>pg_backend_pid() AND state<>'idle'`).Scan(&busy)
		})
		if err != nil || busy == 0 {
			return err
		}
		select {
		case <-time.After(firstPause):
		case <-ctx.Done():
			return ctx.Err()
		case <-late:
			return fmt.Errorf("%d other sessions of stele are still at work in the database: stop those servers first", busy)
		}
	}
}

// Holds reports whether there is an installation in the database at url, which Open would make.
func Holds(ctx context.Context, url string) (bool, error) {
	cfg, err := config(url, Options{}.withDefaults())
	if err != nil {
		return false, err
	}
	c, err := pgx.ConnectConfig(ctx, cfg.ConnConfig)
	if err != nil {
		return false, explainConnect(cfg.ConnConfig, err)
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	state, err := inspectCatalog(ctx, c)
	return state.version > 0, err
}
