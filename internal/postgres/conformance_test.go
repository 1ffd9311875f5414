package postgres_test

import (
	"context"
	"sync"
	"testing"

	"stele"
	"stele/internal/pgtest"
	"stele/internal/postgres"
	"stele/internal/storetest"
)

// databases gives each place of the suite a database.
type databases struct {
	mu sync.Mutex
	m  map[string]string
}

func (d *databases) of(tb testing.TB, place string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.m[place] == "" {
		if d.m == nil {
			d.m = make(map[string]string)
		}
		d.m[place] = pgtest.Database(tb)
	}
	return d.m[place]
}

// open opens stores of the options for the suite.
func open(o postgres.Options) storetest.Open {
	var all databases
	return func(tb testing.TB, place string) stele.Store {
		tb.Helper()
		s, err := postgres.Open(context.Background(), all.of(tb, place), o)
		if err != nil {
			tb.Fatal(err)
		}
		return s
	}
}

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, open(postgres.Options{}))
}

func FuzzQuestions(f *testing.F) { storetest.FuzzQuestions(f, open(postgres.Options{})) }

func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, open(postgres.Options{})) }
