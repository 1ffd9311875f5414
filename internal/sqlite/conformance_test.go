package sqlite_test

import (
	"testing"

	"stele"
	"stele/internal/sqlite"
	"stele/internal/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(tb testing.TB, place string) stele.Store {
		tb.Helper()
		s, err := sqlite.Open(place, sqlite.Options{})
		if err != nil {
			tb.Fatal(err)
		}
		return s
	})
}
