package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"stele"
	"stele/internal/pgtest"
	"stele/internal/postgres"
	"stele/internal/wire"
)

// tableOf describes the columns and the indexes of a table parcels: all that is true of both schemas, whatever names are.
func tableOf(t *testing.T, conn *pgx.Conn, schema string) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), `
		SELECT concat_ws(' ', 'column', a.attname, format_type(a.atttypid, a.atttypmod), c.collname, CASE WHEN a.attnotnull THEN 'not null' END)
		FROM pg_attribute a LEFT JOIN pg_collation c ON c.oid=a.attcollation
		WHERE a.attrelid=$1::regclass AND a.attnum>0
		UNION ALL
		SELECT concat_ws(' ', 'index', substring(pg_get_indexdef(i.indexrelid) FROM 'USING.*'), CASE WHEN i.indisunique THEN 'unique' END,
			CASE WHEN i.indisprimary THEN 'primary' END)
		FROM pg_index i WHERE i.indrelid=$1::regclass
		UNION ALL
		SELECT concat_ws(' ', 'options', c.reloptions::text, c.relpersistence) FROM pg_class c WHERE c.oid=$1::regclass`, schema+".parcels")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines[9:]) // indexes in any order
	return lines
}

// The floor on PostgreSQL has the schema that the store makes.
func TestPostgresFloorHasTheStoresSchema(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, draft, schema string }{
		{"two unique fields", tableDraft, pgFloorSchema + pgSerialIndex},
		{"one unique field", upsertDraft, pgFloorSchema},
	} {
		ctx, url := t.Context(), pgtest.Database(t)
		store, err := postgres.Open(ctx, url, postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		service := &stele.Service{Store: store, Limits: stele.DefaultLimits(), Now: time.Now}
		in := &installation{store: store, service: service}
		id, secret, err := in.secret(ctx, "agent")
		if err != nil {
			t.Fatal(err)
		}
		agent, err := service.Authenticate(ctx, secret)
		if err != nil {
			t.Fatal(err)
		}
		draft, err := wire.DecodeCreateTable(wire.Input{Body: []byte(c.draft), Limits: service.Limits})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := agent.CreateTable(ctx, draft, nil); err != nil {
			t.Fatal(err)
		}
		f, err := openPostgresFloor(ctx, url, c.schema, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, want := tableOf(t, f.conn, "public"), tableOf(t, f.conn, `agent_`+string(id))
		if len(want) < 12 || !slices.Equal(got, want) {
			t.Errorf("%s: the floor's table is\n%s\nthe store's is\n%s", c.name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if err := f.close(); err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

func newPostgresFloor(t *testing.T) *pgFloor {
	t.Helper()
	f, err := openPostgresFloor(t.Context(), pgtest.Database(t), pgFloorSchema+pgSerialIndex, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func TestPostgresFloorDoesTheWork(t *testing.T) {
	t.Parallel()
	f, ctx := newPostgresFloor(t), t.Context()
	first, err := f.fill(ctx, 0, 1500)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.insert(ctx, columnsOf(parcelsFrom(1499, 2))); err == nil {
		t.Error("a clash goes unnoticed") // and has left the parcel that did not clash
	}
	if err := f.update(ctx, columnsOf(changed(parcelsFrom(100, 2)))); err != nil {
		t.Fatal(err)
	}
	if err := f.update(ctx, columnsOf(parcelsFrom(9999, 1))); err == nil {
		t.Error("an update of nothing goes unnoticed")
	}
	if err := f.page(ctx, first+50); err != nil {
		t.Fatal(err)
	}
	want := append(append(parcelsFrom(50, 50), changed(parcelsFrom(100, 2))...), parcelsFrom(102, 48)...)
	for i, r := range f.read {
		r.shipped = r.at.Format(time.DateTime)
		if r.parcel != want[i] || r.id != first+50+int64(i) {
			t.Fatalf("record %d is %+v; want %+v", i, r, want[i])
		}
	}
	if err := f.page(ctx, first+1450); err == nil {
		t.Error("half a page goes unnoticed")
	}
	if n, err := f.search(ctx, "counter 96"); err != nil || n != 15 {
		t.Errorf("search: %d found, %v; want 15", n, err)
	}
	if err := f.remove(ctx, inRow(first, 1000)); err != nil {
		t.Fatal(err)
	}
	if err := f.remove(ctx, inRow(first, 1)); err == nil {
		t.Error("a delete of nothing goes unnoticed")
	}
	if _, err := f.plainly(ctx, columnsOf(parcelsFrom(0, 10))); err != nil {
		t.Fatal(err)
	}
	if err := f.hold(ctx, 511); err != nil {
		t.Error(err)
	}
	if err := f.hold(ctx, 510); err == nil {
		t.Error("a record too many goes unnoticed")
	}
}

// TestWatch sees connections of one name to one database at once, and no others.
func TestWatch(t *testing.T) {
	t.Parallel()
	ctx, url := t.Context(), pgtest.Database(t)
	w, err := startWatch(ctx, pgtest.Superuser(t, url))
	if err != nil {
		t.Fatal(err)
	}
	const most = 25 // more than any store of another test has
	for i := range most {
		conn, err := pgx.Connect(ctx, named(url, "watched"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(context.Background()) }()
		if i == 0 {
			other, err := pgx.Connect(ctx, named(url, "other"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = other.Close(context.Background()) }()
		}
	}
	before := w.seen(most).Samples
	for w.seen(most).Samples < before+2 {
		time.Sleep(time.Millisecond)
	}
	if s := w.seen(most); s.Most != most || !s.Reached {
		t.Errorf("of %d connections it saw %+v", most, s)
	}
	if s := w.seen(most - 1); s.Reached {
		t.Error("a connection too many goes unnoticed")
	}
	if err := w.stop(); err != nil {
		t.Error(err)
	}
}

// TestPostgresRun is a whole small run on a PostgreSQL of its own.
func TestPostgresRun(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and starts the server several times")
	}
	pgtest.Database(t) // skips where there is no PostgreSQL
	dir := reachable(t)
	o := options{
		stele: built(t), dir: dir, rounds: 2, limit: time.Hour, records: 2000, agents: fewAgents + 5,
		only: map[string]bool{"pg-serial": true, "pg-clients": true, "pg-scale": true, "pg-agents": true, "pg-questions": true},
	}
	rep, err := run(t.Context(), o, new(strings.Builder))
	if err != nil {
		t.Fatal(err)
	}
	if c := rep.Connections; c == nil || c.Most < 2 || c.Samples < 10 || !c.Reached {
		t.Errorf("connections: %+v", c)
	}
	want := 29 + 3*len(aggregates) + 2
	if _, err := exec.LookPath("psql"); err != nil {
		want -= 2 * len(aggregates)
	}
	checkRun(t, rep, dir, want)
}

// reachable is a temporary directory that the user who runs PostgreSQL may pass through.
func reachable(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(path, 0o711); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
