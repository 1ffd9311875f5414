package server

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"stele/client"
	"stele/internal/pgtest"
)

// exec runs a statement as the database's superuser.
func exec(t *testing.T, database, sql string, args ...any) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, pgtest.Superuser(t, database))
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(ctx, sql, args...)
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		t.Fatal(err)
	}
}

// refusedStart returns the line with which a start ends.
func refusedStart(t *testing.T, cfg Config) string {
	t.Helper()
	ctx, end := context.WithCancel(context.Background())
	defer end()
	var stdout, stderr bytes.Buffer
	err := Run(ctx, cfg, Process{Stdout: &stdout, Stderr: &stderr, Listening: func(Addresses) { end() }})
	if err == nil || strings.Contains(err.Error(), "\n") || stdout.Len() > 0 {
		t.Fatalf("%v; printed %q", err, &stdout)
	}
	return err.Error()
}

// becomesReady asks until the server says so.
func becomesReady(t *testing.T, r *running) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		status, body := get(t, r.url()+"/readyz")
		if status == http.StatusOK {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not become ready: %d %s", status, body)
		}
	}
}

// isUnavailable checks the answer of a server that has no database: 503, when to come again, and what became of a write.
func isUnavailable(t *testing.T, err error, detail string) {
	t.Helper()
	e, ok := errors.AsType[*client.Error](err)
	if !ok || e.Status != http.StatusServiceUnavailable || e.Code != 50000 || e.RetryAfter <= 0 || !strings.Contains(e.Message, detail) {
		t.Errorf("%+v; want 503 with %q", err, detail)
	}
}

// TestDatabaseDownAndUp: while the database is away nothing is applied and the server is not ready; it comes back by itself.
func TestDatabaseDownAndUp(t *testing.T) {
	t.Parallel()
	pg := pgtest.New(t, pgtest.Options{})
	r := run(t, databaseConfig(t, pg.Database(t)))
	ctx := context.Background()
	c, admin := r.api(r.key(t)), r.api(r.adminKey(t))
	table := newTable(t, r)
	becomesReady(t, r)
	for _, end := range []func() error{pg.Stop, pg.Kill} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if status, body := get(t, r.url()+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "not ready to serve") {
			t.Errorf("readyz: %d %s", status, body)
		}
		if status, _ := get(t, r.url()+"/healthz"); status != http.StatusOK {
			t.Errorf("healthz: %d", status)
		}
		_, err := c.Import(ctx, table, []client.Row{{"a": "x"}})
		isUnavailable(t, err, "the database cannot be reached at the moment")
		_, err = c.RecordsPage(ctx, table, client.RecordQuery{Page: 1, Size: 10})
		isUnavailable(t, err, "the database cannot be reached at the moment")
		_, err = admin.CreateAgent(ctx, "other")
		isUnavailable(t, err, "nothing was applied")
		_, err = r.api("app-nobody-knows-whether-it-is-one").Verify(ctx)
		isUnavailable(t, err, "the database cannot be reached at the moment")
		if err := pg.Start(); err != nil {
			t.Fatal(err)
		}
		becomesReady(t, r)
		if page, err := c.RecordsPage(ctx, table, client.RecordQuery{Page: 1, Size: 10}); err != nil || page.Total != 0 {
			t.Errorf("after the restart: %v, %v", page, err)
		}
	}
	_, text := get(t, baseURL(r.Metrics)+"/metrics")
	for _, call := range []string{"ready", "key", "create_agent"} {
		if !strings.Contains(text, `stele_store_call_duration_seconds_count{call="`+call+`",result="unavailable"} `) {
			t.Errorf("calls of %s are not counted as unavailable", call)
		}
	}
	if strings.Contains(text, `result="broken"`) {
		t.Error("a call is counted as broken")
	}
	r.stop(t)
}

// TestOlderReplica: a replica whose database a newer program has brought up to date serves on, until that one says that
// it must not. Then it answers so, is not ready, and does not start again.
func TestOlderReplica(t *testing.T) {
	t.Parallel()
	cfg := databaseConfig(t, pgtest.Database(t))
	cfg.AdminKey = "chosen-by-the-operator"
	r := run(t, cfg)
	ctx := context.Background()
	c, admin := r.api(r.key(t)), r.api(cfg.AdminKey)
	table := newTable(t, r)
	exec(t, cfg.Database, `UPDATE stele_catalog.installation SET version=version+1`)
	must(c.Import(ctx, table, []client.Row{{"a": "x"}}))(t)
	must(admin.CreateAgent(ctx, "other"))(t)
	becomesReady(t, r)
	run(t, cfg).stop(t)

	exec(t, cfg.Database, `UPDATE stele_catalog.installation SET oldest=version`)
	told := time.Now()
	const tooOld = "this server is older than its database and must be replaced; nothing was applied"
	for {
		begun := time.Now()
		_, err := c.RecordsPage(ctx, table, client.RecordQuery{Page: 1, Size: 10})
		if err != nil {
			isUnavailable(t, err, tooOld)
			break
		}
		if begun.Sub(told) > 2*time.Second {
			t.Fatal("it serves on")
		}
	}
	_, err := c.Import(ctx, table, []client.Row{{"a": "y"}})
	isUnavailable(t, err, tooOld)
	_, err = admin.CreateAgent(ctx, "third")
	isUnavailable(t, err, tooOld)
	_, err = admin.CreateKey(ctx, "other", client.KeySpec{})
	isUnavailable(t, err, tooOld)
	isUnavailable(t, admin.RevokeKey(ctx, "key_0123456789abcdef"), tooOld)
	isUnavailable(t, admin.DeleteAgent(ctx, "other"), tooOld)
	if status, body := get(t, r.url()+"/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("readyz: %d %s", status, body)
	}
	if line := refusedStart(t, cfg); !strings.HasPrefix(line, "the database was brought up to date by a newer version of stele (") {
		t.Errorf("a new start is refused with %q", line)
	}
	r.stop(t)
}

// TestStandby: a standby is refused, and with all servers in the URL the primary is found.
func TestStandby(t *testing.T) {
	t.Parallel()
	primary := pgtest.New(t, pgtest.Options{})
	database := primary.Database(t)
	standby := primary.Standby(t)
	alone := databaseConfig(t, standby.URL(t, database))
	host := func(database string) string { return strings.SplitN(strings.SplitN(database, "@", 2)[1], "/", 2)[0] }
	line := refusedStart(t, alone)
	if want := "the PostgreSQL server at " + host(alone.Database) + " is a read-only standby: give the URL of the primary, or of all servers as "; !strings.HasPrefix(line, want) {
		t.Errorf("%q; want %q", line, want)
	}
	nobody := databaseConfig(t, strings.Replace(alone.Database, host(alone.Database), host(alone.Database)+",127.0.0.1:1", 1))
	line = refusedStart(t, nobody)
	if want := "no PostgreSQL server that can be written to answers at " + host(alone.Database) + ",127.0.0.1:1 (the server is a read-only standby; connection refused): start the primary, or "; !strings.HasPrefix(line, want) {
		t.Errorf("%q; want %q", line, want)
	}
	all := databaseConfig(t, strings.Replace(alone.Database, host(alone.Database), host(alone.Database)+","+host(database), 1))
	r := run(t, all)
	if want := "data in postgres://"; !strings.Contains(r.stdout.String(), want) || !strings.Contains(r.stdout.String(), "@"+host(all.Database)+"/db_") {
		t.Errorf("it printed %s", r.stdout)
	}
	newTable(t, r)
	r.stop(t)
}
