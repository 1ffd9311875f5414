package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"stele/internal/pgtest"
)

// store is what a server keeps its data in.
type store struct {
	name string
	flag string                         // of stele serve, which names the place
	make func(t *testing.T) (at keeper) // a place for an installation, with nothing in it
}

// keeper is the place of one installation, looked at from beside the server.
type keeper interface {
	// place is what the flag is given.
	place() string
	// secrets are words of the place that no caller may read.
	secrets() []string
	// agents are the ids of the agents that have data here.
	agents(ctx context.Context) ([]string, error)
	// left is what is here of an agent.
	left(ctx context.Context, agent string) ([]string, error)
	// spoil damages what is here of an agent, all of it or a part.
	spoil(ctx context.Context, agent string, all bool) error
	// sessions are those whom the place has open, if it is one that works by itself.
	sessions(ctx context.Context) ([]string, error)
}

var (
	directory = &store{"sqlite", "--data", func(t *testing.T) keeper {
		return dataDir(filepath.Join(t.TempDir(), "stele-data-kept-secret"))
	}}
	database = &store{"postgres", "--database", func(t *testing.T) keeper {
		url := pgtest.Database(t)
		conn, err := pgx.Connect(t.Context(), pgtest.Superuser(t, url))
		no(t, err)
		t.Cleanup(func() { _ = conn.Close(context.Background()) })
		return &serverSide{url, conn}
	}}
)

// eachStore runs a test on each store: what it expects is the same. Under -short it is the one that needs no server.
func eachStore(t *testing.T, test func(*testing.T, *store)) {
	t.Parallel()
	for _, s := range []*store{directory, database} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			if s == database {
				long(t)
			}
			test(t, s)
		})
	}
}

// rounds is how often a test is to kill the server. PostgreSQL is not killed with it: half of the rounds do there.
func (s *store) rounds(t *testing.T, usual int64) int {
	switch {
	case testing.Short():
		usual = 2
	case s == database:
		usual /= 2
	}
	return int(setting(t, "E2E_ROUNDS", usual))
}

// dataDir is a data directory.
type dataDir string

func (d dataDir) place() string     { return string(d) }
func (d dataDir) secrets() []string { return []string{string(d), filepath.Base(string(d))} }

func (d dataDir) agents(context.Context) (ids []string, err error) {
	files, err := os.ReadDir(filepath.Join(string(d), "agents"))
	for _, f := range files {
		if id, isFile := strings.CutSuffix(f.Name(), ".db"); isFile {
			ids = append(ids, id)
		}
	}
	return ids, err
}

func (d dataDir) left(_ context.Context, agent string) ([]string, error) {
	return filepath.Glob(filepath.Join(string(d), "agents", agent+"*"))
}

func (d dataDir) sessions(context.Context) ([]string, error) { return nil, nil }

// serverSide is a database as its superuser sees it.
type serverSide struct {
	url  string
	conn *pgx.Conn
}

func (d *serverSide) place() string { return d.url }

func (d *serverSide) secrets() []string {
	_, address, _ := strings.Cut(d.url, "@") // with the port and the name of the database
	address, _, _ = strings.Cut(address, "/")
	return []string{d.url, address}
}

func (d *serverSide) agents(ctx context.Context) ([]string, error) {
	return d.texts(ctx, `SELECT substr(nspname, 7) FROM pg_namespace WHERE nspname LIKE 'agent\_%'`)
}

func (d *serverSide) left(ctx context.Context, agent string) ([]string, error) {
	return d.texts(ctx, `SELECT nspname FROM pg_namespace WHERE nspname LIKE '%' || $1 || '%'`, agent)
}

func (d *serverSide) sessions(ctx context.Context) ([]string, error) {
	return d.texts(ctx, `SELECT concat(pid, ' since ', backend_start) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`)
}

func (d *serverSide) texts(ctx context.Context, sql string, args ...any) ([]string, error) {
	rows, err := d.conn.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
