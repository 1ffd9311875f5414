package server

import (
	"context"
	"fmt"
	"io"

	"stele"
	"stele/internal/console"
)

// greeting is what the welcome needs beside the first agent's key.
type greeting struct {
	out      io.Writer
	url      string
	console  bool   // is there
	adminKey string // "" unless it was made for a database just now: then nobody has seen it yet
}

// welcomeOnce makes the agent of a very first start and prints its key, or says what became of agents whose catalog was lost.
func welcomeOnce(ctx context.Context, store *openedStore, svc *stele.Service, g greeting) error {
	if store.adopted > 0 {
		_, _ = fmt.Fprintf(g.out, adopted, store.adopted)
	}
	admin := ""
	if g.adminKey != "" {
		admin = fmt.Sprintf(shownAdminKey, g.adminKey)
	}
	if !store.Fresh() {
		_, _ = io.WriteString(g.out, admin)
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
	pages := ""
	if g.console {
		pages = fmt.Sprintf(shownConsole, g.url+console.Prefix)
	}
	_, _ = fmt.Fprintf(g.out, welcome, g.url, secret, store.where, admin, pages)
	return nil
}
