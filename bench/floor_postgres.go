package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// pgFloorSchema is what the PostgreSQL store makes of a draft, which a test compares; without serialIndex, of upsertDraft.
const (
	pgFloorSchema = `
CREATE TABLE "parcels" ("_id" bigint PRIMARY KEY, "code" text COLLATE "C", "serial" bigint, "name" text COLLATE "C",
 "weight" double precision, "fragile" boolean, "shipped_at" timestamp, "_created_at" bigint NOT NULL,
 "_updated_at" bigint NOT NULL);
CREATE UNIQUE INDEX "unique_code" ON "parcels"("code");
`
	pgSerialIndex = `CREATE UNIQUE INDEX "unique_serial" ON "parcels"("serial");`

	// The names of prepared statements, and their texts. RETURNING is how whoever inserts learns which rows clashed.
	pgInsert = "insert"
	pgPlain  = "plain insert"
	pgUpdate = "update"
	pgRemove = "delete"
	pgForget = "delete by code"
	pgPage   = "page"
	pgUpsert = "upsert"
	pgCount  = "count"
	pgSearch = "search"

	pgFromArrays = `INSERT INTO "parcels" (` + floorColumns + `)
 SELECT $1::bigint+u.n-1, u.code, u.serial, u.name, u.weight, u.fragile, u.shipped_at, $2::bigint, $2::bigint
 FROM unnest($3::text[], $4::bigint[], $5::text[], $6::double precision[], $7::boolean[], $8::timestamp[])
 WITH ORDINALITY AS u(code, serial, name, weight, fragile, shipped_at, n) `
	pgHas = ` FROM "parcels" WHERE strpos(lower("code"), $1)>0 OR strpos(lower("name"), $1)>0 `
)

var pgStatements = map[string]string{
	pgInsert: pgFromArrays + `ON CONFLICT DO NOTHING RETURNING "_id"`,
	pgPlain:  pgFromArrays,
	pgUpdate: `UPDATE "parcels" r SET "name"=u.name, "weight"=u.weight, "_updated_at"=$1
 FROM unnest($2::text[], $3::text[], $4::double precision[]) AS u(code, name, weight) WHERE r."code"=u.code`,
	pgRemove: `DELETE FROM "parcels" WHERE "_id"=ANY($1::bigint[])`,
	pgForget: `DELETE FROM "parcels" WHERE "code"=ANY($1::text[])`,
	pgPage:   `SELECT ` + floorColumns + ` FROM "parcels" WHERE "_id">=$1 ORDER BY "_id" LIMIT $2`,
	pgUpsert: pgFromArrays + `ON CONFLICT ("code") DO UPDATE SET "name"=excluded."name", "weight"=excluded."weight", "_updated_at"=excluded."_updated_at"`,
	pgCount:  `SELECT count(*)` + pgHas,
	pgSearch: `SELECT ` + floorColumns + pgHas + `ORDER BY "_id" LIMIT $2`,
}

// pgFloor is the first floor of the PostgreSQL store: the same rows by the same driver, values typed and in memory in the
// columns that the driver wants, statements prepared, each of them a transaction by itself. It keeps no task and no count.
type pgFloor struct {
	conn   *pgx.Conn
	nextID *atomic.Int64 // shared by all connections to one table
	now    int64         // milliseconds, moved on with each write
	read   []pgRecord    // of the last page
}

// pgRecord is a row as a page reads it.
type pgRecord struct {
	id, created, updated int64
	parcel
	at time.Time // parcel.shipped
}

// openPostgresFloor opens the floor's own database, and makes the table where nextID is nil: then there is none yet.
func openPostgresFloor(ctx context.Context, url, schema string, nextID *atomic.Int64) (*pgFloor, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("opening the PostgreSQL floor: %w", err)
	}
	f := &pgFloor{conn: conn, nextID: nextID, now: 1772352000000, read: make([]pgRecord, 0, pageSize)}
	if nextID == nil {
		f.nextID = new(atomic.Int64)
		f.nextID.Store(541278230707963201)
		if _, err := conn.Exec(ctx, schema); err != nil {
			return nil, errors.Join(fmt.Errorf("making the table of the PostgreSQL floor: %w", err), conn.Close(ctx))
		}
	}
	for name, sql := range pgStatements {
		if _, err := conn.Prepare(ctx, name, sql); err != nil {
			return nil, errors.Join(fmt.Errorf("preparing the PostgreSQL floor: %w", err), conn.Close(ctx))
		}
	}
	return f, nil
}

func (f *pgFloor) close() error { return f.conn.Close(context.Background()) }

// parcelColumns is parcels as the driver sends them.
type parcelColumns struct {
	codes   []string
	serials []int64
	names   []string
	weights []float64
	fragile []bool
	shipped []time.Time
}

func columnsOf(ps []parcel) parcelColumns {
	var c parcelColumns
	for _, p := range ps {
		at, _ := time.Parse(time.DateTime, p.shipped) // parcelAt writes no other form
		c.codes, c.serials, c.names = append(c.codes, p.code), append(c.serials, p.serial), append(c.names, p.name)
		c.weights, c.fragile, c.shipped = append(c.weights, p.weight), append(c.fragile, p.fragile), append(c.shipped, at)
	}
	return c
}

func columnsOfAll(batches [][]parcel) []parcelColumns {
	all := make([]parcelColumns, len(batches))
	for i, ps := range batches {
		all[i] = columnsOf(ps)
	}
	return all
}

// arguments are those of pgFromArrays.
func (f *pgFloor) arguments(c parcelColumns) (first int64, args []any) {
	f.now++
	first = f.nextID.Add(int64(len(c.codes))) - int64(len(c.codes))
	return first, []any{first, f.now, c.codes, c.serials, c.names, c.weights, c.fragile, c.shipped}
}

// insert adds the parcels and returns the id of the first one; the ids count up from it.
func (f *pgFloor) insert(ctx context.Context, c parcelColumns) (first int64, err error) {
	first, args := f.arguments(c)
	rows, err := f.conn.Query(ctx, pgInsert, args...)
	if err != nil {
		return 0, fmt.Errorf("inserting into the PostgreSQL floor: %w", err)
	}
	n := 0
	var id int64
	if _, err := pgx.ForEachRow(rows, []any{&id}, func() error { n++; return nil }); err != nil {
		return 0, fmt.Errorf("inserting into the PostgreSQL floor: %w", err)
	}
	if n != len(c.codes) {
		return 0, fmt.Errorf("the PostgreSQL floor took %d parcels of %d", n, len(c.codes))
	}
	return first, nil
}

// plainly is insert without ON CONFLICT, as the store itself begins: it learns of no clash but by an error.
func (f *pgFloor) plainly(ctx context.Context, c parcelColumns) (first int64, err error) {
	first, args := f.arguments(c)
	return first, f.write(ctx, len(c.codes), pgPlain, args...)
}

// upsert adds the parcels whose codes are new, and gives the others, found by their codes, name and weight.
func (f *pgFloor) upsert(ctx context.Context, c parcelColumns) error {
	_, args := f.arguments(c)
	return f.write(ctx, len(c.codes), pgUpsert, args...)
}

// update gives each parcel, found by its code, its name and weight.
func (f *pgFloor) update(ctx context.Context, c parcelColumns) error {
	f.now++
	return f.write(ctx, len(c.codes), pgUpdate, f.now, c.codes, c.names, c.weights)
}

// remove deletes count records by their ids, which count up from first.
func (f *pgFloor) remove(ctx context.Context, ids []int64) error {
	return f.write(ctx, len(ids), pgRemove, ids)
}

func (f *pgFloor) removeByCode(ctx context.Context, codes []string) error {
	return f.write(ctx, len(codes), pgForget, codes)
}

func (f *pgFloor) write(ctx context.Context, records int, statement string, args ...any) error {
	tag, err := f.conn.Exec(ctx, statement, args...)
	if err == nil && tag.RowsAffected() != int64(records) {
		err = fmt.Errorf("%d records were met, not %d", tag.RowsAffected(), records)
	}
	if err != nil {
		return fmt.Errorf("%s in the PostgreSQL floor: %w", statement, err)
	}
	return nil
}

// page reads a full page of records from the given id on, as typed values.
func (f *pgFloor) page(ctx context.Context, from int64) error {
	return f.readRecords(ctx, pageSize, pgPage, from, pageSize)
}

// search counts the parcels with a text in them, as pages of the API do, and reads the first page of them.
func (f *pgFloor) search(ctx context.Context, keyword string) (total int, err error) {
	if err := f.conn.QueryRow(ctx, pgCount, keyword).Scan(&total); err != nil {
		return 0, fmt.Errorf("counting in the PostgreSQL floor: %w", err)
	}
	return total, f.readRecords(ctx, min(total, pageSize), pgSearch, keyword, pageSize)
}

func (f *pgFloor) readRecords(ctx context.Context, count int, statement string, args ...any) error {
	rows, err := f.conn.Query(ctx, statement, args...)
	if err != nil {
		return fmt.Errorf("reading from the PostgreSQL floor: %w", err)
	}
	var r pgRecord
	f.read = f.read[:0]
	_, err = pgx.ForEachRow(rows, []any{&r.id, &r.code, &r.serial, &r.name, &r.weight, &r.fragile, &r.at, &r.created, &r.updated}, func() error {
		f.read = append(f.read, r)
		return nil
	})
	if err == nil && len(f.read) != count {
		err = fmt.Errorf("a page has %d records, not %d", len(f.read), count)
	}
	if err != nil {
		return fmt.Errorf("reading from the PostgreSQL floor: %w", err)
	}
	return nil
}

// fill adds count parcels from the given one on, and returns the id of the first record.
func (f *pgFloor) fill(ctx context.Context, from int64, count int) (first int64, err error) {
	for at := 0; at < count; at += batch {
		id, err := f.insert(ctx, columnsOf(parcelsFrom(from+int64(at), min(batch, count-at))))
		if err != nil {
			return 0, err
		}
		if at == 0 {
			first = id
		}
	}
	return first, nil
}

// hold fails unless the table has exactly that many records.
func (f *pgFloor) hold(ctx context.Context, records int) error {
	n := 0
	if err := f.conn.QueryRow(ctx, `SELECT count(*) FROM "parcels"`).Scan(&n); err != nil {
		return fmt.Errorf("counting in the PostgreSQL floor: %w", err)
	}
	if n != records {
		return fmt.Errorf("the PostgreSQL floor holds %d records; it should hold %d", n, records)
	}
	return nil
}

// inRow is ids that count up from first.
func inRow(first int64, count int) []int64 {
	ids := make([]int64, count)
	for i := range ids {
		ids[i] = first + int64(i)
	}
	return ids
}

// upsertDraft is tableDraft with one unique field: an update that creates records then needs to name no other.
var upsertDraft = strings.Replace(tableDraft, `"serial","description":"","type":"INT","required":true,"unique":true`, `"serial","description":"","type":"INT"`, 1)
