package main

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// floorSettings are those of the embedded store's writer that decide about speed and durability; the page cache is what
// the store gives to each of a few open agents. floorSchema is what the store makes of tableDraft, which a test compares.
const (
	floorSettings = `PRAGMA journal_mode=WAL
PRAGMA synchronous=FULL
PRAGMA cache_size=-16384
PRAGMA wal_autocheckpoint=10000
PRAGMA journal_size_limit=67108864
PRAGMA trusted_schema=0`

	floorSchema = `
CREATE TABLE "parcels" ("_id" INTEGER PRIMARY KEY, "code" TEXT NOT NULL, "serial" INTEGER NOT NULL, "name" TEXT,
 "weight" REAL, "fragile" INTEGER, "shipped_at" TEXT, "_created_at" INTEGER NOT NULL,
 "_updated_at" INTEGER NOT NULL);
CREATE UNIQUE INDEX "_unique_1_code" ON "parcels"("code");
CREATE UNIQUE INDEX "_unique_1_serial" ON "parcels"("serial");
`
	floorColumns = `"_id","code","serial","name","weight","fragile","shipped_at","_created_at","_updated_at"`
)

// sqliteFloor is the first floor: the same rows straight into SQLite by the same driver, values typed and in memory,
// statements prepared, one transaction and one commit for what is one request elsewhere. One connection, used under a
// mutex: SQLite has one writer at a time, however it is reached.
type sqliteFloor struct {
	mu   sync.Mutex
	conn *sqlite.Conn

	begin, commit                *sqlite.Stmt
	insert, update, remove, page *sqlite.Stmt

	nextID int64
	now    int64    // milliseconds, moved on with each write
	read   []record // of the last page
}

// record is a row as a page reads it.
type record struct {
	id, created, updated int64
	parcel
}

func openSQLiteFloor(path string) (*sqliteFloor, error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate|sqlite.OpenWAL)
	if err != nil {
		return nil, fmt.Errorf("opening the SQLite floor: %w", err)
	}
	f := &sqliteFloor{conn: conn, nextID: 541278230707963201, now: 1772352000000, read: make([]record, 0, pageSize)}
	if err := f.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("preparing the SQLite floor: %w", err), conn.Close())
	}
	return f, nil
}

func (f *sqliteFloor) prepare() error {
	for _, setting := range strings.Split(floorSettings, "\n") { // none may run in a transaction
		if err := sqlitex.ExecuteTransient(f.conn, setting, nil); err != nil {
			return err
		}
	}
	if err := sqlitex.ExecuteScript(f.conn, floorSchema, nil); err != nil {
		return err
	}
	for _, s := range []struct {
		stmt **sqlite.Stmt
		sql  string
	}{
		{&f.begin, "BEGIN IMMEDIATE"},
		{&f.commit, "COMMIT"},
		{&f.insert, `INSERT INTO "parcels" (` + floorColumns + `) VALUES (?,?,?,?,?,?,?,?,?)`},
		{&f.update, `UPDATE "parcels" SET "name"=?, "weight"=?, "_updated_at"=? WHERE "code"=?`},
		{&f.remove, `DELETE FROM "parcels" WHERE "_id"=?`},
		{&f.page, `SELECT ` + floorColumns + ` FROM "parcels" WHERE "_id">=? ORDER BY "_id" LIMIT ?`},
	} {
		stmt, err := f.conn.Prepare(s.sql)
		if err != nil {
			return err
		}
		*s.stmt = stmt
	}
	return nil
}

func (f *sqliteFloor) close() error { return f.conn.Close() }

// write runs fn in one transaction and commits it durably.
func (f *sqliteFloor) write(fn func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now++
	if err := execute(f.begin); err != nil {
		return fmt.Errorf("beginning in the SQLite floor: %w", err)
	}
	if err := fn(); err != nil {
		return fmt.Errorf("writing to the SQLite floor: %w", err)
	}
	if err := execute(f.commit); err != nil {
		return fmt.Errorf("committing in the SQLite floor: %w", err)
	}
	return nil
}

// importParcels adds the parcels and returns the id of the first one; the ids count up from it.
func (f *sqliteFloor) importParcels(ps []parcel) (first int64, err error) {
	err = f.write(func() error {
		first = f.nextID
		for i := range ps {
			p, s := &ps[i], f.insert
			s.BindInt64(1, f.nextID)
			s.BindText(2, p.code)
			s.BindInt64(3, p.serial)
			s.BindText(4, p.name)
			s.BindFloat(5, p.weight)
			s.BindBool(6, p.fragile)
			s.BindText(7, p.shipped)
			s.BindInt64(8, f.now)
			s.BindInt64(9, f.now)
			if err := execute(s); err != nil {
				return err
			}
			f.nextID++
		}
		return nil
	})
	return first, err
}

// updateParcels gives each parcel, found by its code, its name and weight.
func (f *sqliteFloor) updateParcels(ps []parcel) error {
	return f.write(func() error {
		for i := range ps {
			p, s := &ps[i], f.update
			s.BindText(1, p.name)
			s.BindFloat(2, p.weight)
			s.BindInt64(3, f.now)
			s.BindText(4, p.code)
			if err := execute(s); err != nil {
				return err
			}
			if f.conn.Changes() != 1 {
				return fmt.Errorf("no parcel has the code %s", p.code)
			}
		}
		return nil
	})
}

// deleteParcels removes count records by their ids, which count up from first.
func (f *sqliteFloor) deleteParcels(first int64, count int) error {
	return f.write(func() error {
		for i := range count {
			f.remove.BindInt64(1, first+int64(i))
			if err := execute(f.remove); err != nil {
				return err
			}
		}
		return nil
	})
}

// readPage reads a full page of records from the given id on, as typed values.
func (f *sqliteFloor) readPage(from int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.page
	s.BindInt64(1, from)
	s.BindInt64(2, pageSize)
	f.read = f.read[:0]
	for {
		row, err := s.Step()
		if err != nil {
			return fmt.Errorf("reading from the SQLite floor: %w", err)
		}
		if !row {
			break
		}
		f.read = append(f.read, record{
			id: s.ColumnInt64(0), created: s.ColumnInt64(7), updated: s.ColumnInt64(8),
			parcel: parcel{
				code: s.ColumnText(1), serial: s.ColumnInt64(2), name: s.ColumnText(3),
				weight: s.ColumnFloat(4), fragile: s.ColumnBool(5), shipped: s.ColumnText(6),
			},
		})
	}
	if len(f.read) != pageSize {
		return fmt.Errorf("a page of the SQLite floor has %d records", len(f.read))
	}
	return s.Reset()
}

// execute steps a statement that returns no row to its end and makes it ready to be bound again.
func execute(s *sqlite.Stmt) error {
	if _, err := s.Step(); err != nil {
		return err // Step has reset the statement
	}
	return s.Reset()
}
