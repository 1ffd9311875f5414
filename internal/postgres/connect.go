package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// oldestServer is the first version that is supported, as server_version_num.
const oldestServer = 140000

// errStandby is why a connection is not taken into use.
var errStandby = errors.New("the server is a read-only standby")

// config makes the pool's configuration of a URL (or of libpq's key=value form) and the PG* environment variables.
func config(address string, opt Options) (*pgxpool.Config, error) {
	if err := checkURL(address); err != nil {
		return nil, err
	}
	cfg, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, unreadable(reasonOf(err))
	}
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.MaxConnLifetime = time.Hour // a server's memory for what one connection has met grows
	cfg.MaxConnLifetimeJitter = 10 * time.Minute
	cc := cfg.ConnConfig
	if cc.ConnectTimeout == 0 {
		cc.ConnectTimeout = 5 * time.Second
	}
	settings := map[string]string{
		"application_name": "stele",
		// Whoever is cut off in the middle of a transaction holds a table's lock for so long at most. Between the statements
		// of one round trip neither of the first two counts: there the server must notice itself that nobody is there.
		"idle_in_transaction_session_timeout": "20s",
		"statement_timeout":                   strconv.FormatInt((opt.Timeout + 10*time.Second).Milliseconds(), 10),
		"tcp_keepalives_idle":                 "10",
		"tcp_keepalives_interval":             "5",
		"tcp_keepalives_count":                "3",
		"tcp_user_timeout":                    "25s",
	}
	for name, value := range settings {
		if cc.RuntimeParams[name] == "" {
			cc.RuntimeParams[name] = value
		}
	}
	// What statements are written for, whatever the URL, the environment or the role's settings say.
	cc.RuntimeParams["timezone"] = "UTC"
	cc.RuntimeParams["extra_float_digits"] = "1" // all the digits: a keyword is looked for in them
	cc.RuntimeParams["client_encoding"] = "UTF8"
	cc.RuntimeParams["default_transaction_isolation"] = "read committed"
	for name, value := range stable {
		cc.RuntimeParams[name] = value
	}
	cc.StatementCacheCapacity = 1024 // DESIGN.md, on homes
	cc.ValidateConnect = writable    // with several hosts in the URL: the one that can be written to
	cfg.AfterConnect = durable
	return cfg, nil
}

// stable keeps plans good. A connection keeps the plan of a statement it has met, and one that was made while a table was
// small, by reading it whole, would read it whole when it is large. Every statement but a search goes by an index, row by row.
var stable = map[string]string{
	"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
	"jit": "off", // to compile a statement takes longer than to run it
}

// searching lets the rest of a transaction read tables whole.
const searching = `SELECT set_config('enable_seqscan', 'on', true)`

// writable refuses a server that cannot be written to.
func writable(ctx context.Context, c *pgconn.PgConn) error {
	r := c.ExecParams(ctx, `SELECT pg_is_in_recovery()`, nil, nil, nil, nil).Read()
	if r.Err != nil {
		return r.Err
	}
	if len(r.Rows) == 1 && string(r.Rows[0][0]) == "t" {
		return errStandby
	}
	return nil
}

// durable makes sure that a commit is on disk when it is acknowledged, whatever the server's default is.
func durable(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit')='off'`)
	return err
}

// inspect refuses a server that is too old and learns what it has.
func (s *Store) inspect(ctx context.Context, c *pgx.Conn) error {
	var number, citus int
	var version, fsync, encoding string
	err := c.QueryRow(ctx, `SELECT current_setting('server_version_num')::int, current_setting('server_version'),
		current_setting('fsync'), current_setting('server_encoding'), coalesce((SELECT split_part(extversion, '.', 1)::int FROM pg_extension WHERE extname='citus'), 0)`).
		Scan(&number, &version, &fsync, &encoding, &citus)
	if err != nil {
		return fmt.Errorf("asking the database for its version: %w", err)
	}
	if number < oldestServer {
		return fmt.Errorf("the database server is PostgreSQL %s; Stele needs 14 or later: upgrade it, or name another server", version)
	}
	if encoding != "UTF8" { // in some others not every text can be kept, in all of them other programs read something else
		return fmt.Errorf("the database %q keeps text as %s, and Stele needs UTF8: make another one with CREATE DATABASE NAME ENCODING 'UTF8' TEMPLATE template0, and name that",
			databaseOf(s.server), encoding)
	}
	if fsync != "on" {
		s.opt.Log.Warn("the database server runs with fsync off: what was acknowledged may be lost when its machine stops")
	}
	if s.citus = citus > 0; s.citus {
		return s.inspectCitus(ctx, c, citus)
	}
	return nil
}
