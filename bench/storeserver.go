package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"stele"
	"stele/internal/api"
	"stele/internal/sqlite"
	"stele/internal/wire"
)

// serveStore is the child process that shows what shared commits are worth: the API over the embedded store, of whose
// writers at most so many share one commit. It prints its base URL and the API key of an agent that it has made.
// `stele serve` has no such setting, so it is put together here; the server on the other side is the same but for the
// number.
func serveStore(ctx context.Context, dir, writers string, in io.Reader, out io.Writer) (err error) {
	n, err := strconv.Atoi(writers)
	if err != nil {
		return fmt.Errorf("reading the number of writers: %w", err)
	}
	store, err := sqlite.Open(dir, sqlite.Options{CommitWriters: n})
	if err != nil {
		return fmt.Errorf("opening the store: %w", err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	service := &stele.Service{Store: store, Limits: stele.DefaultLimits(), Now: time.Now}
	agent, err := service.CreateAgent(ctx, "bench")
	if err != nil {
		return fmt.Errorf("making an agent: %w", err)
	}
	_, secret, err := service.CreateKey(ctx, string(agent.ID), stele.KeySpec{Scope: stele.ScopeAll})
	if err != nil {
		return fmt.Errorf("making an API key: %w", err)
	}
	return serveChild(ctx, api.New(api.Config{Service: service, Dialect: wire.Hybrid}), secret, in, out)
}
