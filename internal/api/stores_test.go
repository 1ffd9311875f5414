package api

import (
	"context"
	"testing"
	"time"

	"stele"
	"stele/internal/pgtest"
	"stele/internal/postgres"
	"stele/internal/sqlite"
)

// store is a store that the tests run on. What they expect is the same on each.
type store struct {
	name  string
	place func(testing.TB) string // where an installation can be: a directory, or a database
	open  func(place string, now func() time.Time) (stele.Store, error)

	// Operations that it answers from memory, whatever the time or its state.
	neverLate, neverBroken map[string]bool
}

// stores are all stores. The package knows them only here: a rig is to be had from one of them.
var stores = []*store{
	{
		name:  "sqlite",
		place: func(t testing.TB) string { return t.TempDir() },
		open: func(place string, now func() time.Time) (stele.Store, error) {
			return sqlite.Open(place, sqlite.Options{Now: now, QueryTimeout: time.Minute})
		},
		neverLate: map[string]bool{
			"GET /v1/api-key/verify": true, "GET /v1/database/key": true, "GET /admin/v1/agents/{agent}": true, "GET /admin/v1/agents/{agent}/keys": true,
		},
		neverBroken: map[string]bool{
			"GET /v1/api-key/verify": true, "GET /v1/database/key": true, "GET /admin/v1/agents": true,
			"GET /admin/v1/agents/{agent}": true, "GET /admin/v1/agents/{agent}/keys": true,
		},
	},
	{
		name:  "postgres",
		place: pgtest.Database,
		open: func(place string, now func() time.Time) (stele.Store, error) {
			return postgres.Open(context.Background(), place, postgres.Options{Now: now, QueryTimeout: time.Minute})
		},
		neverLate:   map[string]bool{"GET /v1/api-key/verify": true},
		neverBroken: map[string]bool{"GET /v1/api-key/verify": true},
	},
}

// eachStore runs a test on each store. Under -short it is the one that needs no server.
func eachStore(t *testing.T, test func(*testing.T, *store)) {
	t.Parallel()
	for _, s := range stores {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			if s != stores[0] && testing.Short() {
				t.Skip("needs a server: left out under -short")
			}
			test(t, s)
		})
	}
}
