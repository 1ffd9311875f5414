// Package postgres is the store for many replicas: a PostgreSQL database with one schema for each agent, and a catalog
// schema of agents and keys beside them. Replicas keep nothing that another needs. DESIGN.md says why it is built as it is.
package postgres

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
)

// Options are the settings of a store; the zero value of each means its default.
type Options struct {
	Pool         int           // connections at most; 16
	Timeout      time.Duration // a write that has begun is carried on for so long at most, also when its caller set no deadline; 30 seconds
	KeyTTL       time.Duration // how long a key that was found is taken to be valid here; 1 second
	QueryConns   int           // connections for questions in SQL, at most; 4
	QueryTimeout time.Duration // how long a question may take where its caller sets no deadline; 5 seconds

	Moving bool             // it is opened by a move: agents and keys may be changed although one is under way
	Log    *slog.Logger     // discards
	Now    func() time.Time // time.Now

	// AdminKey is the hash of the admin key that an installation keeps which is made by this Open; of one that was there it
	// changes nothing. Zero: none yet.
	AdminKey stele.KeyHash
}

const (
	defaultPool    = 16
	leastPool      = 2
	defaultTimeout = 30 * time.Second
	defaultKeyTTL  = time.Second
)

func (o Options) withDefaults() Options {
	if o.Pool <= 0 {
		o.Pool = defaultPool
	}
	o.Pool = max(o.Pool, leastPool)
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.KeyTTL <= 0 {
		o.KeyTTL = defaultKeyTTL
	}
	if o.QueryConns <= 0 {
		o.QueryConns = defaultQueryConns
	}
	if o.QueryTimeout <= 0 {
		o.QueryTimeout = defaultQueryTimeout
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Store is an installation in a database. Any number of them, in any number of processes, may have one database open.
type Store struct {
	lanes    *lanes
	server   *pgx.ConnConfig // where it is
	opt      Options
	citus    bool // the database has the extension
	fresh    bool
	keys     keyCache
	known    agentCache
	silent   chan struct{} // places for calls of silent agents
	away     outage
	full     seldom // lines on questions that the server has no connection for
	ask      askers
	profiles profiles
	small    int64 // a table of so many records is rewritten at once; for tests it may be -1

	closed atomic.Bool
	still  atomic.Bool // no replica serves: the move under way has waited for that
}

var _ stele.Store = (*Store)(nil)

// Open opens the installation that is in the database at url, and makes it where there is none yet. The error is one
// line that says what is wrong with url, the server, the rights or the catalog, without a secret.
func Open(ctx context.Context, url string, opt Options) (*Store, error) {
	opt = opt.withDefaults()
	cfg, err := config(url, opt)
	if err != nil {
		return nil, err
	}
	all, err := openLanes(ctx, cfg, opt.Pool)
	if err != nil {
		return nil, err
	}
	s := &Store{lanes: all, server: cfg.ConnConfig, opt: opt, silent: make(chan struct{}, max(1, opt.Pool/silentShare)), small: smallTable}
	s.keys.init(opt.KeyTTL)
	s.known.init()
	s.ask.init(opt.QueryConns)
	if err := s.open(ctx); err != nil {
		all.close()
		return nil, err
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if s.opt.Moving {
		if err := s.quiet(ctx); err != nil {
			return err
		}
	}
	return s.bury(ctx)
}

// prepare inspects the server and makes the catalog fit. It holds the only connection there is by then, so that a server
// with none left says so here.
func (s *Store) prepare(ctx context.Context) error {
	ln, err := s.lanes.acquire(ctx, nil)
	if err != nil {
		return explainConnect(s.server, err)
	}
	defer s.lanes.release(ln)
	if err := s.inspect(ctx, ln.conn.Conn()); err != nil {
		return err
	}
	s.fresh, err = s.migrate(ctx, ln.conn.Conn())
	return err
}

// Fresh reports whether Open made this installation. Of any number that open an empty database at one moment, one did.
func (s *Store) Fresh() bool { return s.fresh }

// Connections is the number of connections that are open now.
func (s *Store) Connections() int { return s.lanes.count() }

// Close waits for what is under way and closes all connections.
func (s *Store) Close() error {
	s.closed.Store(true)
	s.ask.close()
	s.lanes.close()
	return nil
}

// Ready asks the database whether it can be written to, and the catalog whether this program may serve it.
func (s *Store) Ready(ctx context.Context) error {
	var standby bool
	var oldest int
	var moving string
	err := s.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		return c.QueryRow(ctx, `SELECT current_setting('transaction_read_only')::boolean, oldest, moving FROM stele_catalog.installation`).Scan(&standby, &oldest, &moving)
	})
	switch {
	case err != nil:
		return err
	case standby:
		return errors.New("the database can only be read: it is a standby, or was made read-only")
	case moving != "":
		return errMoving()
	}
	return s.allowed(oldest)
}

// AdminKey returns the hash of the admin key that the catalog keeps. Where it keeps none, it keeps fresh from now on: of
// replicas that ask at one moment, one gets its own back.
func (s *Store) AdminKey(ctx context.Context, fresh stele.KeyHash) (kept stele.KeyHash, err error) {
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var hash []byte
		if err := tx.QueryRow(ctx, `SELECT admin_key FROM stele_catalog.installation FOR UPDATE`).Scan(&hash); err != nil {
			return err
		}
		if len(hash) == len(kept) {
			kept = stele.KeyHash(hash)
			return nil
		}
		kept = fresh
		_, err := tx.Exec(ctx, `UPDATE stele_catalog.installation SET admin_key=$1`, fresh[:])
		return err
	})
	return kept, err
}
