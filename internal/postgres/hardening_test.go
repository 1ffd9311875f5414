package postgres_test

import (
	"context"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"stele/internal/pgtest"
	"stele/internal/postgres"
)

// TestQueryHardened: after docs/hardening.sql everything works as before.
func TestQueryHardened(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{})
	sql, err := os.ReadFile("../../docs/hardening.sql")
	h.no(err)
	u, err := url.Parse(h.url)
	h.no(err)
	name := u.User.Username() // the database's as well
	text := strings.NewReplacer("DATABASE stele", "DATABASE "+name, "TO stele", "TO "+name, "FROM stele", "FROM "+name).Replace(string(sql))
	super, err := pgx.Connect(t.Context(), pgtest.Superuser(t, h.url))
	h.no(err)
	defer func() { _ = super.Close(context.Background()) }()
	_, err = super.PgConn().Exec(t.Context(), text).ReadAll()
	h.no(err)
	h.imported(h.row("a", "1"))
	h.store = h.open(postgres.Options{})
	a, err := h.ask(`SELECT sum(n) FROM parcels`)
	h.no(err)
	if a.Rows[0][0].String() != "1" {
		t.Errorf("%v", a.Rows)
	}
}
