package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"stele"
	"stele/internal/postgres"
	"stele/internal/sqlite"
)

// store is an installation's, of either kind.
type store interface {
	stele.Movable
	// Fresh reports whether this process has made the installation.
	Fresh() bool
}

// openedStore is the store that the configuration names, with all that differs from kind to kind.
type openedStore struct {
	store
	place   string // for people: where the data is, without a secret
	where   string // the same for the welcome
	open    gauge
	adopted int // agents that the catalog did not know
	// adminKey is the admin key that is kept with the data, for whoever was given none; it is made where there is none.
	// shown is its secret if nobody has seen it yet and nobody will again.
	adminKey func(context.Context) (key stele.KeyHash, shown string, err error)
}

// openStore chooses the kind of store. It is the one place that does.
func openStore(ctx context.Context, cfg *Config, log *slog.Logger) (*openedStore, error) {
	if cfg.Database != "" {
		return openDatabase(ctx, cfg, log)
	}
	return openDirectory(cfg, log)
}

// QueryWorker answers questions in place of the server that started this process, until in ends; it returns the exit status.
func QueryWorker(in io.Reader, out io.Writer) int { return sqlite.ServeWorker(in, out) }

// openDirectory opens the data directory; what a user can mend is said in a line of ours.
func openDirectory(cfg *Config, log *slog.Logger) (*openedStore, error) {
	s, err := sqlite.Open(cfg.Data, sqlite.Options{MaxOpenAgents: cfg.MaxOpenAgents, Log: log})
	switch {
	case errors.Is(err, sqlite.ErrInUse):
		return nil, fmt.Errorf("the data directory %s is in use by another stele: stop that, or choose another directory with --data", cfg.Data)
	case errors.Is(err, sqlite.ErrNewer):
		return nil, fmt.Errorf("the data directory %s was written by a newer version of stele: start that version, or choose another directory with --data", cfg.Data)
	case err != nil:
		return nil, fmt.Errorf("opening the data directory %s: %w", cfg.Data, err)
	}
	return &openedStore{
		store: s, place: cfg.Data, where: "in this data directory", adopted: s.Adopted(),
		open: gauge{"stele_open_agents", "Agents whose files are open.", s.OpenAgents},
		adminKey: func(context.Context) (stele.KeyHash, string, error) {
			key, err := adminKeyIn(cfg.Data)
			return stele.HashKey(key), "", err
		},
	}, nil
}

// openDatabase opens the database, whose errors are lines for a user already. The admin key of a new installation is
// handed in, so that it is kept from the moment at which the catalog is there: of replicas that start together, the one
// that made the catalog shows both keys.
func openDatabase(ctx context.Context, cfg *Config, log *slog.Logger) (*openedStore, error) {
	opt := postgres.Options{Pool: cfg.Pool, Timeout: cfg.Timeout, Log: log}
	secret := stele.NewSecret("adm-")
	if cfg.AdminKey == "" && cfg.AdminKeyFile == "" {
		opt.AdminKey = stele.HashKey(secret)
	}
	s, err := postgres.Open(ctx, cfg.Database, opt)
	if err != nil {
		return nil, err
	}
	return &openedStore{
		store: s, place: postgres.Place(cfg.Database), where: "on this database",
		open: gauge{"stele_database_connections", "Connections to the database that are open.", s.Connections},
		adminKey: func(ctx context.Context) (stele.KeyHash, string, error) {
			kept, err := s.AdminKey(ctx, stele.HashKey(secret))
			if err != nil {
				return kept, "", fmt.Errorf("reading the admin key: %w", err)
			}
			if kept != stele.HashKey(secret) {
				secret = ""
			}
			return kept, secret, nil
		},
	}, nil
}
