// Package storetest says what a stele.Store is, as tests that every store runs. It knows no store and no driver: what a
// store must do stands in package stele, and here is the proof.
package storetest

import (
	"context"
	"os"
	"testing"
	"time"

	"stele"
)

// Open opens the store that is kept at place, an empty one where there is none yet. place is a directory of the test's
// own; a store that keeps nothing in directories takes it as a name. Open ends the test if it fails; the suite closes
// what it opened, and opens a place again to see what was kept.
type Open func(tb testing.TB, place string) stele.Store

// testCase is one promise, in words and as a test.
type testCase struct {
	name string
	run  func(f *fixture)
}

// Run proves a store. Cases run in parallel; most of them share one store and have an agent of their own, so that the
// whole run is also a test of agents that work side by side.
func Run(t *testing.T, open Open) { run(t, open, indexedCases(true)) }

// RunAgain proves another way to keep a store that Run proves: one whose files are closed and opened again all the time, or two replicas.
// It is Run but for the cases of other themes that Run has once more on tables with an index for keywords. What an index does is the
// same however the store is kept; of both together there are the index's own cases and the random sequences of the theme model, of whose
// tables every second one has an index. STELE_TEST_LONG=1 has RunAgain make all of Run.
func RunAgain(t *testing.T, open Open) {
	run(t, open, indexedCases(os.Getenv("STELE_TEST_LONG") == "1"))
}

func run(t *testing.T, open Open, indexed []testCase) {
	shared := openAt(t, open, t.TempDir())
	for _, theme := range []struct {
		name  string
		cases []testCase
	}{
		{"agents", agentCases()},
		{"keys", keyCases()},
		{"gone", goneCases()},
		{"tables", tableCases()},
		{"names", nameCases()},
		{"values", valueCases()},
		{"unique", uniqueCases()},
		{"import", importCases()},
		{"conflict", conflictCases()},
		{"tasks", taskCases()},
		{"tasklist", taskListCases()},
		{"modes", modeCases()},
		{"alter", alterCases()},
		{"querylog", queryLogCases()},
		{"saved", savedCases()},
		{"size", sizeCases()},
		{"update", updateCases()},
		{"create", createCases()},
		{"ids", idCases()},
		{"delete", deleteCases()},
		{"page", pageCases()},
		{"filter", filterCases()},
		{"keyword", keywordCases()},
		{"indexed", indexed},
		{"reads", readCases()},
		{"once", onceCases()},
		{"apart", apartCases()},
		{"kept", keptCases()},
		{"move", moveCases(shared)},
		{"together", togetherCases()},
		{"cancelled", cancelledCases()},
		{"model", modelCases()},
	} {
		t.Run(theme.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range theme.cases {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.run(newFixture(t, open, shared))
				})
			}
		})
	}
}

// openAt opens a store that is closed with the test.
func openAt(tb testing.TB, open Open, place string) stele.Store {
	tb.Helper()
	s := open(tb, place)
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("closing the store: %v", err)
		}
	})
	return s
}

// reporter is what a check needs of a test: both testing.TB and rapid.T are one.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Context() context.Context
}

// fixture is what a case works with: an agent of its own in a store that other cases use at the same time.
type fixture struct {
	reporter
	tb    testing.TB
	open  Open
	store stele.Store
	agent stele.AgentInfo
	db    stele.Database

	indexed bool         // tables are made with an index for keywords, which no answer may show
	now     stele.Millis // the time that the case hands to the store; it moves it on as it likes
}

// newFixture makes an agent in the store and, when the case ends, holds its counts against its records.
func newFixture(tb testing.TB, open Open, s stele.Store) *fixture {
	tb.Helper()
	f := &fixture{reporter: tb, tb: tb, open: open, store: s, now: stele.MillisOf(time.Now())}
	f.agent = f.newAgent()
	f.db = s.Database(f.agent.ID)
	tb.Cleanup(func() {
		if !tb.Failed() {
			f.audit()
		}
	})
	return f
}

// alone returns a fixture whose store no other case uses.
func (f *fixture) alone() *fixture {
	f.Helper()
	return newFixture(f.tb, f.open, openAt(f.tb, f.open, f.tb.TempDir()))
}

// neighbour returns a fixture for another agent of the same store.
func (f *fixture) neighbour() *fixture {
	f.Helper()
	return newFixture(f.tb, f.open, f.store)
}

// newAgent makes an agent of a name that no other has.
func (f *fixture) newAgent() stele.AgentInfo {
	f.Helper()
	id := stele.NewAgentID(f.now.Time())
	a := stele.AgentInfo{ID: id, Name: "agent " + string(id), Created: f.now}
	if err := f.store.CreateAgent(f.Context(), a); err != nil {
		f.Fatalf("creating an agent: %v", err)
	}
	return a
}

// audit holds the counts of the agent's tables against their records, and the records' ids against their order.
func (f *fixture) audit() {
	ctx := context.Background() // the test's own has ended when a case is cleaned up
	tables, err := f.db.Tables(ctx, stele.Page{})
	if stele.ErrorCode(err) == stele.CodeUnauthenticated {
		return // the case has deleted the agent
	}
	if err != nil {
		f.Errorf("listing tables at the end: %v", err)
	}
	for _, t := range tables {
		records, err := readAll(ctx, f.db, t.Table)
		if err != nil {
			f.Errorf("table %s at the end: %v", t.Name, err)
		} else if int64(len(records)) != t.Records {
			f.Errorf("table %s holds %d records and counts %d", t.Name, len(records), t.Records)
		}
	}
}
