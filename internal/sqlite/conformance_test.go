package sqlite_test

import (
	"testing"

	"stele"
	"stele/internal/sqlite"
	"stele/internal/storetest"
)

// open opens stores of the options for the suite.
func open(o sqlite.Options) storetest.Open {
	return func(tb testing.TB, place string) stele.Store {
		tb.Helper()
		s, err := sqlite.Open(place, o)
		if err != nil {
			tb.Fatal(err)
		}
		return s
	}
}

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, open(sqlite.Options{}))
}

func TestQueries(t *testing.T) {
	t.Parallel()
	storetest.RunQueries(t, open(sqlite.Options{}))
}

// TestStoreOfFewOpenAgents runs the suite with files that are closed and opened again all the time.
func TestStoreOfFewOpenAgents(t *testing.T) {
	t.Parallel()
	storetest.RunAgain(t, open(sqlite.Options{MaxOpenAgents: 2}))
}

func FuzzQuestions(f *testing.F) { storetest.FuzzQuestions(f, open(sqlite.Options{})) }

func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, open(sqlite.Options{})) }
