package postgres_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"stele"
	"stele/internal/pgtest"
	"stele/internal/postgres"
)

// Replicas that run serve nobody any more once a move has begun, without being told, and serve again when it is given up.
func TestReplicasStandStillWhileMoved(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	h := newHouse(t, postgres.Options{Pool: 2, KeyTTL: 50 * time.Millisecond})
	_, secret, err := h.svc.CreateKey(ctx, "shipping", stele.KeySpec{Scope: stele.ScopeAll})
	h.no(err)
	calls := map[string]func() error{
		"a key":          func() error { _, err := h.svc.Authenticate(ctx, secret); return err },
		"an unknown key": func() error { _, err := h.svc.Authenticate(ctx, "app-unknown"); return err },
		"readiness":      func() error { return h.store.Ready(ctx) },
		"a new agent":    func() error { _, err := h.svc.CreateAgent(ctx, "other"); return err },
		"a new key": func() error {
			_, _, err := h.svc.CreateKey(ctx, "shipping", stele.KeySpec{Scope: stele.ScopeAll})
			return err
		},
		"a key to revoke":  func() error { return h.store.RevokeKey(ctx, h.key.ID) },
		"an agent to drop": func() error { return h.store.DeleteAgent(ctx, h.agent.ID()) },
	}
	h.no(calls["a key"]()) // it is remembered
	m := h.open(postgres.Options{Pool: 2, KeyTTL: 50 * time.Millisecond, Moving: true})
	h.no(m.SetMoveState(ctx, "", "out:1 elsewhere"))
	for what, call := range calls {
		if err := call(); stele.ErrorCode(err) != stele.CodeUnavailable && (what != "an unknown key" || err == nil) {
			t.Errorf("%s meets %v while the installation is moved", what, err)
		}
	}
	k := stele.Key{ID: stele.NewKeyID(), Hash: stele.HashKey("x"), Agent: h.agent.ID(), Scope: stele.ScopeRead}
	h.no(m.CreateKey(ctx, k))
	h.no(m.RevokeKey(ctx, k.ID))
	h.no(m.SetMoveState(ctx, "out:1 elsewhere", ""))
	for _, what := range []string{"a key", "readiness", "a new agent", "a new key", "a key to revoke", "an agent to drop"} {
		if err := calls[what](); err != nil {
			t.Errorf("%s meets %v after the move was given up", what, err)
		}
	}
}

// A move that begins waits until no replica takes a key for valid that it found before, and can be stopped meanwhile.
func TestMoveWaitsForKeys(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{Pool: 2})
	m := h.open(postgres.Options{Pool: 2, KeyTTL: time.Hour, Moving: true})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- m.SetMoveState(ctx, "", "out:1 elsewhere") }()
	for state := ""; state == ""; {
		var err error
		state, err = h.store.MoveState(t.Context())
		h.no(err)
	}
	select {
	case err := <-done:
		t.Errorf("it did not wait: %v", err)
	default:
	}
	cancel()
	if err := <-done; err != context.Canceled {
		t.Errorf("stopped, it ends with %v", err)
	}
}

// A run that goes on where one was killed waits for the keys as that one had to: it may have been killed before it did.
func TestMoveThatGoesOnWaitsForKeys(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{Pool: 2})
	killed := h.open(postgres.Options{Pool: 2, KeyTTL: time.Hour, Moving: true})
	ctx, kill := context.WithCancel(t.Context())
	done := make(chan error)
	set := func(s *postgres.Store, was, state string) {
		go func() { done <- s.SetMoveState(ctx, was, state) }()
		for now := ""; now != state; {
			var err error
			now, err = h.store.MoveState(t.Context())
			h.no(err)
		}
	}
	set(killed, "", "out:1 elsewhere")
	kill()
	if err := <-done; err != context.Canceled {
		t.Errorf("killed, it ends with %v", err)
	}
	ctx, kill = context.WithCancel(t.Context())
	set(h.open(postgres.Options{Pool: 2, KeyTTL: time.Hour, Moving: true}), "out:1 elsewhere", "out:2 elsewhere")
	select {
	case err := <-done:
		t.Fatalf("it did not wait: %v", err)
	default:
	}
	kill()
	if err := <-done; err != context.Canceled {
		t.Errorf("stopped, it ends with %v", err)
	}
}

// A move waits for what is under way in other sessions of Stele, when it is opened and when it begins.
func TestMoveWaitsForOthers(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	h := newHouse(t, postgres.Options{Pool: 2})
	for what, act := range map[string]func(*postgres.Store) error{
		"opening":   func(*postgres.Store) error { return h.open(postgres.Options{Pool: 2, Moving: true}).Close() },
		"beginning": func(s *postgres.Store) error { return s.SetMoveState(ctx, "", "out:1 elsewhere") },
	} {
		m := h.open(postgres.Options{Pool: 2, KeyTTL: time.Millisecond, Moving: true})
		other, err := pgx.Connect(ctx, h.url+"&application_name=stele")
		h.no(err)
		tx, err := other.Begin(ctx)
		h.no(err)
		var ended atomic.Bool
		done := make(chan error, 1)
		go func() {
			err := act(m)
			if err == nil && !ended.Load() {
				err = errors.New("it did not wait")
			}
			done <- err
		}()
		for range 200 { // about ten times as long as it takes
			_, err := tx.Exec(ctx, `SELECT 1`)
			h.no(err)
		}
		ended.Store(true)
		h.no(tx.Rollback(ctx))
		if err := <-done; err != nil {
			t.Errorf("%s: %v", what, err)
		}
		h.no(other.Close(ctx))
	}
}

func TestHolds(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	for _, want := range []bool{false, true} {
		if holds, err := postgres.Holds(t.Context(), url); err != nil || holds != want {
			t.Errorf("%t, %v; want %t", holds, err, want)
		}
		s, err := postgres.Open(t.Context(), url, postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := postgres.Holds(t.Context(), "postgres://stele:secret@127.0.0.1:1/stele"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a database that is not there: %v", err)
	}
}
