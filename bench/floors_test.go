package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

const someTable = "66f0a1b2c3d4e5f601234567"

func newFloor(t *testing.T) *sqliteFloor {
	t.Helper()
	f, err := openSQLiteFloor(filepath.Join(t.TempDir(), "floor.db"))
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

// pathOf is where a floor's file is.
func pathOf(t *testing.T, f *sqliteFloor) (path string) {
	t.Helper()
	err := sqlitex.ExecuteTransient(f.conn, "PRAGMA database_list", &sqlitex.ExecOptions{
		ResultFunc: func(s *sqlite.Stmt) error { path = s.ColumnText(2); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// stored reads every record of a floor through a connection of its own, so that only what was committed is seen.
func stored(t *testing.T, f *sqliteFloor) []record {
	t.Helper()
	conn, err := sqlite.OpenConn(pathOf(t, f), sqlite.OpenReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	var rs []record
	err = sqlitex.ExecuteTransient(conn, "SELECT "+floorColumns+` FROM "parcels" ORDER BY "_id"`, &sqlitex.ExecOptions{
		ResultFunc: func(s *sqlite.Stmt) error {
			rs = append(rs, record{s.ColumnInt64(0), s.ColumnInt64(7), s.ColumnInt64(8), parcel{
				s.ColumnText(1), s.ColumnInt64(2), s.ColumnText(3), s.ColumnFloat(4), s.ColumnBool(5), s.ColumnText(6),
			}})
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

func parcelsOf(rs []record) []parcel {
	ps := make([]parcel, len(rs))
	for i, r := range rs {
		ps[i] = r.parcel
	}
	return ps
}

func TestSQLiteFloorDoesTheWork(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	ps := parcelsFrom(500, 250)
	if _, err := f.importParcels(ps); err != nil {
		t.Fatal(err)
	}
	if got := parcelsOf(stored(t, f)); !slices.Equal(got, ps) {
		t.Fatalf("import: %d records stored, or others than the %d imported", len(got), len(ps))
	}
	moved := changed(ps[10:20])
	if err := f.updateParcels(moved); err != nil {
		t.Fatal(err)
	}
	rs := stored(t, f)
	if got := parcelsOf(rs[10:20]); !slices.Equal(got, moved) {
		t.Errorf("update: got %v", got)
	}
	if rs[10].updated <= rs[9].updated || rs[10].created != rs[9].created {
		t.Errorf("update moves the time of the update alone: got %+v beside %+v", rs[10], rs[9])
	}
	if err := f.updateParcels([]parcel{parcelAt(9)}); err == nil {
		t.Error("an update that finds nothing goes unnoticed")
	}
}

func TestSQLiteFloorPagesAndDeletes(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	first, err := fillFloor(f, 0, 2500)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.readPage(first + 700); err != nil {
		t.Fatal(err)
	}
	if got := parcelsOf(f.read); !slices.Equal(got, parcelsFrom(700, pageSize)) {
		t.Errorf("page: got %v", got)
	}
	if err := f.readPage(first + 2450); err == nil {
		t.Error("half a page passes for a page")
	}
	if err := f.deleteParcels(first+1000, 1000); err != nil {
		t.Fatal(err)
	}
	if got, want := parcelsOf(stored(t, f)), append(parcelsFrom(0, 1000), parcelsFrom(2000, 500)...); !slices.Equal(got, want) {
		t.Errorf("delete: %d records are left, or others than the %d meant", len(got), len(want))
	}
}

// The floor must promise what the store promises, or the ratio means nothing.
func TestSQLiteFloorIsDurable(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "cache_size": "-16384", "page_size": "4096", "wal_autocheckpoint": "10000",
	} {
		var got string
		err := sqlitex.ExecuteTransient(f.conn, "PRAGMA "+pragma, &sqlitex.ExecOptions{
			ResultFunc: func(s *sqlite.Stmt) error { got = s.ColumnText(0); return nil },
		})
		if err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", pragma, got, err, want)
		}
	}
}

func TestSQLiteFloorHasBothUniqueIndexes(t *testing.T) {
	t.Parallel()
	for name, clash := range map[string]parcel{"code": {code: parcelAt(1).code, serial: 2}, "serial": {code: "other", serial: 1}} {
		f := newFloor(t)
		if _, err := f.importParcels([]parcel{parcelAt(1)}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.importParcels([]parcel{clash}); err == nil || !strings.Contains(err.Error(), "UNIQUE constraint failed: parcels."+name) {
			t.Errorf("%s twice: got %v", name, err)
		}
	}
}

func TestDecodeCells(t *testing.T) {
	t.Parallel()
	p := parcelAt(42)
	cells, err := decodeCells(importBody(someTable, []parcel{p}), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []cell{
		{name: "table_id", kind: '"', text: someTable},
		{name: "code", kind: '"', text: p.code},
		{name: "serial", kind: '0', num: p.serial, whole: true},
		{name: "name", kind: '"', text: p.name},
		{name: "weight", kind: '0', real: p.weight},
		{name: "fragile", kind: 't'},
		{name: "shipped_at", kind: '"', text: p.shipped},
	}
	if !slices.Equal(cells, want) {
		t.Errorf("got %+v\nwant %+v", cells, want)
	}
	cells, err = decodeCells([]byte(`{"a":["x\u00e9\n",{"b\"":null}],"c":9223372036854775807}`), nil)
	want = []cell{{name: "a", kind: '"', text: "xé\n"}, {name: `b"`, kind: 'n'}, {name: "c", kind: '0', num: 1<<63 - 1, whole: true}}
	if err != nil || !slices.Equal(cells, want) {
		t.Errorf("escapes: got %+v, %v\nwant %+v", cells, err, want)
	}
	for _, bad := range []string{``, `{`, `{"a":}`, `{"a":1`, `{"a":1]`} {
		if _, err := decodeCells([]byte(bad), nil); err == nil {
			t.Errorf("%q passes for JSON", bad)
		}
	}
}

func TestHTTPFloor(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	floor, err := startSelf(ctx, t.TempDir(), floorCommand)
	if err != nil {
		t.Fatal(err)
	}
	c := newCaller(floor.url, "")
	answers := map[string]string{routeImport: `{"code":0,"data":["x"]}`, routePage: strings.Repeat(`{"records":[]}`, 5000)}
	for path, answer := range answers {
		if _, err := c.send(ctx, http.MethodPut, path, []byte(answer)); err != nil {
			t.Fatal(err)
		}
	}
	body := importBody(someTable, parcelsFrom(0, 100))
	var wg sync.WaitGroup
	for path, answer := range answers {
		wg.Go(func() {
			own := newCaller(floor.url, "")
			for range 20 {
				if got, err := own.post(ctx, path, body); err != nil || string(got) != answer {
					t.Errorf("%s: got %d bytes, %v; want the %d put there", path, len(got), err, len(answer))
				}
			}
			own.close()
		})
	}
	wg.Wait()
	if _, err := c.post(ctx, routeImport, []byte(`{"records":`)); err == nil {
		t.Error("the floor does not decode what it reads: half a body is answered")
	}
	if _, err := c.post(ctx, "/nothing/was/put/here", body); err == nil {
		t.Error("a path without an answer is answered")
	}
	if err := c.expect(ctx, routeImport, body, `"code":1`); err == nil {
		t.Error("an answer without the expected text passes")
	}
	c.close()
	if err := floor.stop(); err != nil {
		t.Error(err)
	}
	if _, err := c.post(ctx, routeImport, body); err == nil {
		t.Error("the floor still runs after it was stopped")
	}
}

func TestBodiesAreWhatTheContractWants(t *testing.T) {
	t.Parallel()
	ps := []parcel{parcelAt(7), parcelAt(8)}
	a, b := ps[0], ps[1]
	for _, c := range []struct{ name, got, want string }{
		{"import", string(importBody("T", ps[:1])), fmt.Sprintf(
			`{"table_id":"T","records":[{"code":"%s","serial":7,"name":"%s","weight":1,"fragile":false,"shipped_at":"%s"}]}`, a.code, a.name, a.shipped)},
		{"update", string(updateBody("T", ps)), fmt.Sprintf(
			`{"table_id":"T","update_data":[{"filter":{"code":"%s"},"updated_fields":{"name":"%s","weight":1}},{"filter":{"code":"%s"},"updated_fields":{"name":"%s","weight":1.125}}]}`, a.code, a.name, b.code, b.name)},
		{"delete", string(deleteBody("T", []string{"1", "2"})), `{"table_id":"T","delete_data":[{"record_id":"1"},{"record_id":"2"}]}`},
		{"delete by code", string(deleteByCodeBody("T", ps[:1])), fmt.Sprintf(`{"table_id":"T","delete_data":[{"filter":{"code":"%s"}}]}`, a.code)},
		{"page", string(pageBody("T", 3)), `{"table_id":"T","page":3,"page_size":100}`},
	} {
		if c.got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, c.got, c.want)
		}
	}
}

func TestScatteredVisitsEveryRecord(t *testing.T) {
	t.Parallel()
	turn, seen := int64(0), map[string]int{}
	for range baseRecords / 100 {
		for _, client := range scattered(&turn, 10, 10) {
			for _, ps := range client {
				seen[ps[0].code]++
			}
		}
	}
	if len(seen) != baseRecords {
		t.Errorf("%d turns visit %d records", baseRecords, len(seen))
	}
}

func TestSQLiteFloorSharesOneConnection(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	_, err := together(8, 5, func(client, i int) error {
		_, err := f.importParcels(parcelsFrom(int64(client*50+i*10), 10))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := stored(t, f); len(got) != 400 {
		t.Errorf("8 writers stored %d records, want 400", len(got))
	}
}
