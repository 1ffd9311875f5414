package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
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
	const form = "write it as postgres://USER:PASSWORD@HOST:PORT/DATABASE, with special characters in the password percent-encoded"
	cfg, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("the database URL cannot be read%s: %s", reasonOf(err), form)
	}
	cfg.MaxConns = int32(opt.Pool)
	cfg.MinConns = 0
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.MaxConnLifetime = time.Hour // a server's memory for what one connection has met grows
	cfg.MaxConnLifetimeJitter = 10 * time.Minute
	cfg.PingTimeout = 2 * time.Second // of a connection that was idle, before it is used
	cc := cfg.ConnConfig
	if cc.ConnectTimeout == 0 {
		cc.ConnectTimeout = 5 * time.Second
	}
	settings := map[string]string{
		"application_name": "stele",
		"timezone":         "UTC",
		// Whoever is cut off in the middle of a transaction holds a table's lock for so long at most.
		"idle_in_transaction_session_timeout": "20s",
		"statement_timeout":                   strconv.FormatInt((opt.Timeout + 10*time.Second).Milliseconds(), 10),
		"default_transaction_isolation":       "read committed",
	}
	for name, value := range settings {
		if cc.RuntimeParams[name] == "" {
			cc.RuntimeParams[name] = value
		}
	}
	cc.StatementCacheCapacity = 256
	cc.ValidateConnect = writable // with several hosts in the URL: the one that can be written to
	cfg.AfterConnect = durable
	return cfg, nil
}

// Place is a database for people: without the password and the settings of its URL.
func Place(address string) string {
	cfg, err := pgx.ParseConfig(address)
	if err != nil {
		return "a database"
	}
	return place(cfg)
}

func place(cc *pgx.ConnConfig) string {
	u := url.URL{Scheme: "postgres", User: url.User(cc.User), Path: "/" + cc.Database}
	if cc.Database == "" {
		u.Path = "/" + cc.User // as the server takes it
	}
	var hosts, sockets []string
	add := func(host string, port uint16) {
		list, name := &hosts, net.JoinHostPort(host, strconv.Itoa(int(port)))
		if strings.HasPrefix(host, "/") {
			list, name = &sockets, host
		}
		if !slices.Contains(*list, name) { // each comes twice where TLS is tried first
			*list = append(*list, name)
		}
	}
	add(cc.Host, cc.Port)
	for _, f := range cc.Fallbacks {
		add(f.Host, f.Port)
	}
	u.Host = strings.Join(hosts, ",")
	if len(sockets) > 0 {
		u.RawQuery = "host=" + strings.Join(sockets, ",")
	}
	return u.String()
}

// reasonOf is what can be said of a URL that was not read, without showing it: it may hold a password.
func reasonOf(err error) string {
	if e, ok := errors.AsType[*url.Error](err); ok {
		if _, ok := errors.AsType[url.EscapeError](err); ok {
			return " (a % in it is no percent-encoding)"
		}
		return " (" + strings.SplitN(e.Err.Error(), " \"", 2)[0] + ")"
	}
	return ""
}

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
	var number int
	var version, fsync string
	err := c.QueryRow(ctx, `SELECT current_setting('server_version_num')::int, current_setting('server_version'),
		current_setting('fsync'), EXISTS (SELECT 1 FROM pg_extension WHERE extname='citus')`).Scan(&number, &version, &fsync, &s.citus)
	if err != nil {
		return fmt.Errorf("asking the database for its version: %w", err)
	}
	if number < oldestServer {
		return fmt.Errorf("the database server is PostgreSQL %s; Stele needs 14 or later", version)
	}
	if fsync != "on" {
		s.opt.Log.Warn("the database server runs with fsync off: what was acknowledged may be lost when its machine stops")
	}
	return nil
}

// explainConnect turns a failure to connect into a line for whoever starts the server.
func explainConnect(cc *pgx.ConnConfig, err error) error {
	where := net.JoinHostPort(cc.Host, strconv.Itoa(int(cc.Port)))
	if strings.HasPrefix(cc.Host, "/") {
		where = cc.Host
	}
	if errors.Is(err, errStandby) {
		return fmt.Errorf("the database at %s is a read-only standby: name the primary, or all servers as HOST1:PORT1,HOST2:PORT2", where)
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code {
		case "28P01", "28000":
			return fmt.Errorf("the database at %s refuses the user %q: %s", where, cc.User, e.Message)
		case "3D000":
			return fmt.Errorf("the server at %s has no database %q: create it, or correct the URL", where, cc.Database)
		}
		return fmt.Errorf("the database at %s refuses connections: %s (SQLSTATE %s)", where, e.Message, e.Code)
	}
	reason := "no connection"
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		reason = "the host name is not known"
	case errors.As(err, &op):
		reason = op.Err.Error()
	case errors.Is(err, context.DeadlineExceeded):
		reason = "no answer in time"
	case strings.Contains(err.Error(), "tls"), strings.Contains(err.Error(), "TLS"):
		reason = "TLS: " + lastPart(err)
	}
	return fmt.Errorf("the database at %s cannot be reached: %s", where, reason)
}

// lastPart is the innermost error's text.
func lastPart(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
