package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"stele"
	"stele/internal/postgres"
)

// Agents that get no answers leave most connections to the others, and are back as soon as they are answered.
func TestSilentAgentsLeaveConnections(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{Pool: 8})
	var hung []stele.Database
	for i := range 4 {
		a, err := h.svc.CreateAgent(t.Context(), fmt.Sprint("hung", i))
		h.no(err)
		hung = append(hung, h.store.Database(a.ID))
	}
	h.sql(`BEGIN`)
	agents, _, err := h.store.Agents(t.Context(), stele.Page{})
	h.no(err)
	for _, a := range agents[1:] {
		h.sql(`LOCK TABLE "agent_` + string(a.ID) + `"._tasks IN ACCESS EXCLUSIVE MODE`)
	}
	ask := func(ctx context.Context, d stele.Database) error {
		_, err := d.Tasks(ctx, []stele.TaskID{"00000000000000000000000a"}, 0)
		return err
	}
	asked := make(chan error)
	ctx, cancel := context.WithCancel(t.Context())
	for _, d := range hung {
		go func() { asked <- ask(ctx, d) }()
	}
	h.blocked(len(hung))
	cancel()
	for range hung {
		if err := <-asked; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	for _, d := range hung {
		for range 2 {
			go func() { asked <- ask(context.Background(), d) }()
		}
	}
	for range 6 {
		if e, ok := errors.AsType[*stele.Error](<-asked); !ok || e.Code != stele.CodeUnavailable || e.RetryAfter <= 0 {
			t.Errorf("a silent agent's call: %v", e)
		}
	}
	h.blocked(2)
	if n := h.imported(h.row("a", "1")); n != 1 {
		t.Errorf("another agent imported %d rows", n)
	}
	h.sql(`ROLLBACK`)
	h.no(errors.Join(<-asked, <-asked))
	for _, d := range hung {
		h.no(ask(t.Context(), d))
	}
}
