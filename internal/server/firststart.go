package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"stele"
	"stele/internal/sqlite"
)

// openStore opens the data directory; what a user can mend is said in a line of ours.
func openStore(cfg *Config, log *slog.Logger) (*sqlite.Store, error) {
	store, err := sqlite.Open(cfg.Data, sqlite.Options{MaxOpenAgents: cfg.MaxOpenAgents, Log: log})
	switch {
	case err == nil:
		return store, nil
	case errors.Is(err, sqlite.ErrInUse):
		return nil, fmt.Errorf("the data directory %s is in use by another stele: stop that, or choose another directory with --data", cfg.Data)
	case errors.Is(err, sqlite.ErrNewer):
		return nil, fmt.Errorf("the data directory %s was written by a newer version of stele: start that version, or choose another directory with --data", cfg.Data)
	default:
		return nil, fmt.Errorf("opening the data directory %s: %w", cfg.Data, err)
	}
}

// welcomeOnce makes the agent of a very first start and prints its key, or says what became of agents whose catalog was lost.
func welcomeOnce(ctx context.Context, store *sqlite.Store, svc *stele.Service, url string, out io.Writer) error {
	if n := store.Adopted(); n > 0 {
		_, _ = fmt.Fprintf(out, adopted, n)
	}
	if !store.Fresh() {
		return nil
	}
	agent, err := svc.CreateAgent(ctx, "default")
	if err != nil {
		return fmt.Errorf("making the first agent: %w", err)
	}
	_, secret, err := svc.CreateKey(ctx, string(agent.ID), stele.KeySpec{Scope: stele.ScopeAll})
	if err != nil {
		return fmt.Errorf("making the first API key: %w", err)
	}
	_, _ = fmt.Fprintf(out, welcome, url, secret)
	return nil
}
