package postgres_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"stele"
	"stele/internal/pgtest"
	"stele/internal/pgtest/cutter"
	"stele/internal/postgres"
)

const (
	// stuck is long past every deadline: what needs so long hangs.
	stuck = time.Minute
	// late is how long after its deadline a call that is not ended is given up.
	late = 10 * time.Second
	// patience is the deadline of a call whose connection goes silent: nothing else ends it.
	patience = 150 * time.Millisecond
)

// picker picks cuts among those that could be made: a few of each call by chance, as many as STELE_TEST_CUTS says, or all.
// STELE_TEST_SEED picks those of an earlier run again. A connection costs PostgreSQL a process, and each cut a connection.
type picker struct {
	rnd  *rand.Rand
	most int
	all  bool
}

func newPicker(t *testing.T) *picker {
	t.Helper()
	number := func(name string, otherwise int64) int64 {
		s := os.Getenv(name)
		if s == "" {
			return otherwise
		}
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return n
	}
	if os.Getenv("STELE_TEST_CUTS") == "all" {
		return &picker{all: true}
	}
	seed := number("STELE_TEST_SEED", rand.Int64())
	t.Logf("STELE_TEST_SEED=%d", seed)
	return &picker{rnd: rand.New(rand.NewPCG(uint64(seed), 1)), most: int(number("STELE_TEST_CUTS", 3))}
}

// some picks some cuts, in their order.
func (p *picker) some(cuts []cutter.Cut) []cutter.Cut {
	for !p.all && len(cuts) > p.most {
		i := p.rnd.IntN(len(cuts))
		cuts = slices.Delete(cuts, i, i+1)
	}
	return cuts
}

// oneWay picks one way of all those at each place.
func (p *picker) oneWay(cuts []cutter.Cut) []cutter.Cut {
	if p.all {
		return cuts
	}
	var picked []cutter.Cut
	for len(cuts) > 0 {
		n := 0
		for n < len(cuts) && cuts[n].From == cuts[0].From && cuts[n].At == cuts[0].At && cuts[n].Place == cuts[0].Place {
			n++
		}
		picked = append(picked, cuts[p.rnd.IntN(n)])
		cuts = cuts[n:]
	}
	return picked
}

// faulty is a store that reaches its database through a cutter, and ways past it to see what is there.
type faulty struct {
	*testing.T
	cut   *cutter.Cutter
	store *postgres.Store
	db    stele.Database
	agent stele.AgentInfo
	gone  stele.AgentInfo  // one that was deleted
	table *stele.Table     // code TEXT unique, v INT
	tries map[int][]string // ids of the tasks of each import

	others map[int]*stele.Table // that each change of a definition is about

	// Past the cutter.
	url    string
	direct *postgres.Store
	sight  stele.Database
	sql    *pgx.Conn
}

func newFaulty(t *testing.T) *faulty {
	t.Helper()
	database := pgtest.Database(t)
	f := &faulty{T: t, cut: cutter.New(t, database), tries: map[int][]string{}, url: database}
	f.direct = f.open(database)
	f.store = f.open(f.cut.URL() + "&application_name=cut")
	f.agent, f.gone = newAgent("one"), newAgent("gone")
	f.must(f.direct.CreateAgent(t.Context(), f.agent))
	f.must(f.direct.CreateAgent(t.Context(), f.gone))
	f.must(f.direct.DeleteAgent(t.Context(), f.gone.ID))
	f.db, f.sight = f.store.Database(f.agent.ID), f.direct.Database(f.agent.ID)
	f.table = f.draft("faults")
	f.must(f.sight.CreateTable(t.Context(), f.table, nil))
	for range 10 { // it comes often: from now on a connection of its own is opened for it where there is none
		_, err := f.db.Tables(t.Context(), stele.Page{})
		f.must(err)
	}
	var err error
	f.sql, err = pgx.Connect(t.Context(), database)
	f.must(err)
	t.Cleanup(func() { _ = f.sql.Close(context.Background()) })
	return f
}

func newAgent(name string) stele.AgentInfo {
	now := time.Now()
	return stele.AgentInfo{ID: stele.NewAgentID(now), Name: name, Created: stele.MillisOf(now)}
}

// open opens a store that waits for its connections longer than usual: the machine may be slow.
func (f *faulty) open(url string) *postgres.Store {
	f.Helper()
	s, err := postgres.Open(f.Context(), url+"&connect_timeout=60", postgres.Options{Pool: 4, KeyTTL: 1, Log: slog.New(slog.NewTextHandler(f.Output(), nil))})
	f.must(err)
	f.Cleanup(func() { f.must(s.Close()) })
	return s
}

func (f *faulty) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *faulty) draft(name string) *stele.Table {
	f.Helper()
	now := stele.MillisOf(time.Now())
	t, err := stele.NewTable(stele.NewTableID(now.Time()), stele.Draft{Name: name, Description: "for a test", Fields: []stele.DraftField{
		{Name: "code", Type: "TEXT", Required: true, Unique: true}, {Name: "v", Type: "INT"},
	}}, stele.DefaultLimits(), now)
	f.must(err)
	return t
}

// rows is how many records each write is about. Those of the n-th have the codes n-0, n-1, n-2.
const rows = 3

func code(n, i int) stele.Value { return stele.TextValue(fmt.Sprintf("%d-%d", n, i)) }

func (f *faulty) batch(n, v int) *stele.Batch {
	now := time.Now()
	b := &stele.Batch{Task: stele.Task{ID: stele.NewTaskID(now), Table: f.table.ID, Created: stele.MillisOf(now), Total: rows, Success: rows}}
	for i := range rows {
		b.Records = append(b.Records, stele.Record{Values: []stele.Value{code(n, i), stele.IntValue(int64(v))}})
		b.Rows = append(b.Rows, i+1)
	}
	return b
}

// once makes the key of the n-th write; nil without one.
func once[T any](keyed bool, n int, answer func(T) string) *stele.Once[T] {
	if !keyed {
		return nil
	}
	return &stele.Once[T]{
		Key: fmt.Sprint("key ", n), Fingerprint: sha256.Sum256(fmt.Append(nil, n)), At: stele.MillisOf(time.Now()),
		Answer: func(v T) []byte { return []byte(answer(v)) },
	}
}

// claim is what a call says of its own effect.
type claim int

const (
	applied claim = iota
	notApplied
	notKnown
)

// claimed holds a write's error against what its caller may be told, and returns what it says.
func (f *faulty) claimed(what string, err error) claim {
	f.Helper()
	e, ok := errors.AsType[*stele.Error](err)
	switch {
	case err == nil:
		return applied
	case errors.Is(err, context.DeadlineExceeded) && !ok:
		return notApplied // store.go: the call ended early because its context did
	case !ok:
		f.Errorf("%s: no *stele.Error: %v", what, err)
	case e.Code != stele.CodeUnavailable && e.Code != stele.CodeOverloaded:
		f.Errorf("%s: code %d: %v", what, e.Code, err)
	case e.RetryAfter <= 0:
		f.Errorf("%s: nothing says when to try again: %v", what, err)
	case strings.Contains(e.Detail, "nothing was applied"):
		return notApplied
	}
	return notKnown
}

// readable holds a read's error against what its caller may be told.
func (f *faulty) readable(what string, err error) {
	f.Helper()
	if e, ok := errors.AsType[*stele.Error](err); ok && e.Code == stele.CodeUnavailable && e.RetryAfter > 0 || errors.Is(err, context.DeadlineExceeded) && !ok {
		return
	}
	f.Errorf("%s: %v", what, err)
}

// within runs a call under a deadline, and gives up the test if the call is not ended long after it.
func (f *faulty) within(what string, d time.Duration, call func(context.Context) error) error {
	f.Helper()
	ctx, cancel := context.WithTimeout(f.Context(), d)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- call(ctx) }()
	select {
	case err := <-done:
		return err
	case <-time.After(d + late):
		f.cut.Heal() // so that it ends after all
		f.Fatalf("%s: has not ended, long after its deadline", what)
		return nil
	}
}

// deadline is what a call gets that meets a cut.
func deadline(cut cutter.Cut) time.Duration {
	if cut.How == cutter.Silence || cut.How == cutter.Hold {
		return patience
	}
	return stuck
}

// chill leaves the store without a connection, if it is to have none.
func (f *faulty) chill(cold bool) {
	if cold {
		f.cut.Drop(cutter.Close)
		_ = f.store.RevokeKey(f.Context(), "none") // of no agent, it has one that is open, and fails: the others are given up with it
	}
}

// names puts the agent's schema into a query.
func (f *faulty) names(sql string) string {
	return strings.ReplaceAll(sql, "{agent}", `"agent_`+string(f.agent.ID)+`"`)
}

// rest ends the store and waits until no session of it is left: then nothing is under way any more.
func (f *faulty) rest() {
	f.Helper()
	f.must(f.store.Close())
	f.cut.Close()
	for from, left := time.Now(), 1; left > 0; {
		f.must(f.sql.QueryRow(f.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname=current_database() AND application_name='cut'").Scan(&left))
		if time.Since(from) > stuck {
			f.Fatalf("%d sessions are left", left)
		}
	}
}
