package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"stele"
	"stele/internal/pgtest"
	"stele/internal/postgres"
)

// blocked waits until n sessions of the store wait for a lock.
func (h *house) blocked(n int) {
	h.Helper()
	h.until(fmt.Sprint(n, " sessions wait for a lock"), `SELECT count(*)>=$1 FROM pg_stat_activity WHERE datname=current_database() AND application_name='stele' AND wait_event_type='Lock'`, n)
}

// until asks until the answer is true.
func (h *house) until(what, sql string, args ...any) {
	h.Helper()
	stuck := time.After(time.Minute)
	side, err := pgx.Connect(context.Background(), h.url)
	h.no(err)
	defer func() { _ = side.Close(context.Background()) }()
	for {
		var yes bool
		h.no(side.QueryRow(context.Background(), sql, args...).Scan(&yes))
		if yes {
			return
		}
		select {
		case <-stuck:
			h.Fatalf("not seen in a minute: %s", what)
		default:
		}
	}
}

func setN(code, n string) stele.RawChange {
	return stele.RawChange{
		Address: stele.RawAddress{Filter: byCode(code)}, Fields: []stele.Cell{{Name: "n", Raw: stele.Raw{Kind: stele.KindString, Text: n}}},
	}
}

// A write that a deadlock undid is run again inside; its caller sees nothing of it.
func TestDeadlockIsRunAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{Pool: 4})
	h.imported(h.row("a", "1"), h.row("b", "1"))
	other, err := pgx.Connect(t.Context(), pgtest.Superuser(t, h.url))
	h.no(err)
	defer func() { _ = other.Close(context.Background()) }()
	run := func(sql string) {
		_, err := other.Exec(context.Background(), sql)
		h.no(err)
	}
	run(`SET deadlock_timeout='1min'`) // the store's session looks first, and so is the one that is undone
	run(`BEGIN`)
	run(`UPDATE ` + h.schema() + `.parcels SET n=2 WHERE code='b'`)
	done := make(chan error)
	go func() {
		outcomes, err := h.agent.Update(t.Context(), string(h.table), []stele.RawChange{setN("a", "5"), setN("b", "5")}, false, nil)
		if err == nil && (outcomes[0].Reason != "" || outcomes[1].Reason != "") {
			err = fmt.Errorf("outcomes %v", outcomes)
		}
		done <- err
	}()
	h.blocked(1)
	run(`UPDATE ` + h.schema() + `.parcels SET n=2 WHERE code='a'`) // waits for the store's session, until that is undone
	run(`COMMIT`)
	h.no(<-done)
	if got := fmt.Sprint(h.records()); got != "[[a 5] [b 5]]" {
		t.Errorf("records are %s", got)
	}
}

// Whoever waits for another's lock until his time is up is told that it is not known what became of the write, in time, and
// that it may be tried again; with a key it is then applied once.
func TestLockHeldForTooLong(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{Pool: 4})
	once := func() *stele.Once[stele.Task] {
		return &stele.Once[stele.Task]{Key: "key", At: stele.MillisOf(time.Now()), Answer: func(task stele.Task) []byte { return []byte(task.ID) }}
	}
	h.sql(`BEGIN`)
	h.sql(`SELECT 1 FROM ` + h.schema() + `._tables FOR UPDATE`)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	short, end := context.WithDeadline(ctx, time.Now().Add(300*time.Millisecond))
	defer end()
	_, err := h.agent.Import(short, string(h.table), []stele.Row{h.row("a", "1")}, once())
	e, ok := errors.AsType[*stele.Error](err)
	if !ok || e.Code != stele.CodeUnavailable || e.RetryAfter <= 0 || !strings.Contains(e.Detail, "Idempotency-Key") {
		t.Fatalf("%v; want that the database is not available, and what to do", err)
	}
	h.sql(`COMMIT`)
	_, err = h.agent.Import(t.Context(), string(h.table), []stele.Row{h.row("a", "1")}, once())
	if _, replay := errors.AsType[*stele.Replay](err); err != nil && !replay {
		t.Fatal(err)
	}
	if got := fmt.Sprint(h.records()); got != "[[a 1]]" {
		t.Errorf("records are %s", got)
	}
}

// One agent whose writes are stuck leaves connections for the others.
func TestOneAgentCannotHaveAllConnections(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{Pool: 4})
	other, err := h.svc.CreateAgent(t.Context(), "billing")
	h.no(err)
	var tables []string
	for i := range 8 {
		id, err := h.agent.CreateTable(t.Context(), stele.Draft{Name: fmt.Sprint("t", i), Description: "a table", Fields: []stele.DraftField{{Name: "code", Type: "TEXT"}, {Name: "n", Type: "INT"}}}, nil)
		h.no(err)
		tables = append(tables, string(id))
	}
	h.sql(`BEGIN`)
	h.sql(`SELECT 1 FROM ` + h.schema() + `._tables FOR UPDATE`)
	errs := make([]error, len(tables))
	var all sync.WaitGroup
	for i, id := range tables {
		all.Go(func() { _, errs[i] = h.agent.Import(t.Context(), id, []stele.Row{h.row("a", "1")}, nil) })
	}
	h.blocked(2)
	for range 20 {
		if _, err := h.store.Database(other.ID).Tables(t.Context(), stele.Page{}); err != nil {
			t.Fatal(err)
		}
	}
	h.sql(`COMMIT`)
	all.Wait()
	h.no(errors.Join(errs...))
	if n := h.store.Connections(); n > 4 {
		t.Errorf("%d connections are open; the pool has 4", n)
	}
}

// A key that is revoked on one replica is refused by another as soon as what that remembers is too old, and the owner of a
// database that came back is not asked again for each request meanwhile.
func TestRevokedElsewhere(t *testing.T) {
	t.Parallel()
	const ttl = 200 * time.Millisecond
	h := newHouse(t, postgres.Options{Pool: 2})
	elsewhere := h.open(postgres.Options{Pool: 2, KeyTTL: ttl})
	_, err := elsewhere.Key(t.Context(), h.key.Hash)
	h.no(err)
	h.no(h.store.RevokeKey(t.Context(), h.key.ID))
	revoked := time.Now()
	for {
		asked := time.Now()
		_, err := elsewhere.Key(t.Context(), h.key.Hash)
		if stele.ErrorCode(err) == stele.CodeUnauthenticated {
			break
		}
		h.no(err)
		if asked.Sub(revoked) > ttl {
			t.Fatalf("the key still holds %s after it was revoked", asked.Sub(revoked))
		}
	}
}

// Changes that go over the same records in opposite orders all succeed, whoever of them is undone on the way.
func TestOppositeOrders(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{Pool: 16})
	const records, writers, rounds = 40, 6, 12
	var rows []stele.Row
	for i := range records {
		rows = append(rows, h.row(fmt.Sprint("c", i), "0"))
	}
	h.imported(rows...)
	errs := make([]error, writers)
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for round := range rounds {
				var cs []stele.RawChange
				for i := range records {
					at := i
					if (w+round)%2 == 0 {
						at = records - 1 - i
					}
					cs = append(cs, setN(fmt.Sprint("c", at), fmt.Sprint(w*rounds+round)))
				}
				outcomes, err := h.agent.Update(t.Context(), string(h.table), cs, false, nil)
				if err != nil {
					errs[w] = err
					return
				}
				for _, o := range outcomes {
					if o.Reason != "" {
						errs[w] = errors.New(o.Reason)
					}
				}
			}
		})
	}
	all.Wait()
	h.no(errors.Join(errs...))
	got := h.records()
	for _, r := range got {
		if strings.Fields(r)[1] != strings.Fields(got[0])[1] {
			t.Errorf("records %s and %s are of different writes: a request was applied in parts", got[0], r)
		}
	}
}
