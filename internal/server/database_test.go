package server

import (
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"stele/client"
	"stele/internal/pgtest"
	"stele/internal/postgres"
)

// databaseConfig listens on free ports and keeps its data in a database.
func databaseConfig(t *testing.T, database string) Config {
	cfg := testConfig(t)
	cfg.Database, cfg.Pool = database, 4
	return cfg
}

var shownAdmin = regexp.MustCompile(`(?m)^    export STELE_ADMIN_KEY=(adm-\w{43})$`)

// adminKey is the admin key that a first start printed.
func (r *running) adminKey(t *testing.T) string {
	t.Helper()
	m := shownAdmin.FindStringSubmatch(r.stdout.String())
	if m == nil {
		t.Fatalf("no admin key was printed:\n%s", r.stdout)
	}
	return m[1]
}

func (r *running) api(key string) *client.Client {
	return &client.Client{URL: r.url(), Key: key, Retry: client.RetryPolicy{Attempts: 1}}
}

// TestDatabaseFirstStartAndLater: the first start shows both keys, a later one none, and no data directory is made.
func TestDatabaseFirstStartAndLater(t *testing.T) {
	t.Parallel()
	cfg := databaseConfig(t, pgtest.Database(t))
	first := run(t, cfg)
	ctx := context.Background()
	key, admin := first.key(t), first.adminKey(t)
	if as, err := client.Collect(first.api(admin).Agents(ctx)); err != nil || len(as) != 1 || as[0].Name != "default" {
		t.Errorf("agents: %v, %v", as, err)
	}
	agent, err := first.api(key).Verify(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(first.stdout.String(), "\nThis is the first start on this database, so") {
		t.Errorf("it printed:\n%s", first.stdout)
	}
	if regexp.MustCompile(`app-\w{20}|adm-\w{20}`).MatchString(first.stderr.String()) {
		t.Errorf("the log shows a secret:\n%s", first.stderr)
	}
	first.stop(t)

	second := run(t, cfg)
	want := fmt.Sprintf("stele listens on %[1]s, console on %[1]s/console/, metrics on %[2]s/metrics, data in %[3]s\n", second.url(), baseURL(second.Metrics), postgres.Place(cfg.Database))
	if got := second.stdout.String(); got != want {
		t.Errorf("a later start printed %q, want %q", got, want)
	}
	if again, err := second.api(key).Verify(ctx); err != nil || again != agent {
		t.Errorf("after the restart the key opens %q, %v", again, err)
	}
	if _, err := client.Collect(second.api(admin).Agents(ctx)); err != nil {
		t.Errorf("after the restart the admin key opens nothing: %v", err)
	}
	if _, text := get(t, baseURL(second.Metrics)+"/metrics"); !strings.Contains(text, "\nstele_database_connections ") || strings.Contains(text, "stele_open_agents") {
		t.Error("the store's gauge is another one")
	}
	second.stop(t)
	if _, err := os.Stat(cfg.Data); !os.IsNotExist(err) {
		t.Errorf("a data directory was made: %v", err)
	}
}

// TestAdminKeyIsTheFirstReplicas: the admin key is kept from the moment at which the catalog is there. A replica that comes
// while the first has not shown it yet makes none of its own.
func TestAdminKeyIsTheFirstReplicas(t *testing.T) {
	t.Parallel()
	cfg := databaseConfig(t, pgtest.Database(t))
	ctx := context.Background()
	first, err := openStore(ctx, &cfg, newLog(io.Discard, &cfg))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	second := run(t, cfg)
	if out := second.stdout.String(); strings.Count(out, "\n") != 1 {
		t.Errorf("the second replica printed:\n%s", out)
	}
	_, shown, err := first.adminKey(ctx)
	if err != nil || !first.Fresh() {
		t.Fatalf("fresh %v, %v", first.Fresh(), err)
	}
	if agents, err := client.Collect(second.api(shown).Agents(ctx)); err != nil || len(agents) != 0 {
		t.Errorf("with the admin key %q of the first replica: %v, %v", shown, agents, err)
	}
}
