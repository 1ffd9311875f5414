package postgres

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"stele"
)

// importSQL is the text of a table's import.
type importSQL struct {
	count  string // take the ids and count the records
	insert string // add the records under those ids
	fill   string // add records under given ids
}

func (t *table) makeImportSQL() importSQL {
	var names, values, arrays strings.Builder
	for i, f := range t.Fields {
		names.WriteString(t.column(i) + ", ")
		fmt.Fprintf(&values, "u.c%d, ", i)
		fmt.Fprintf(&arrays, ", $%d::%s", i+5, arrayTypes[f.Type])
	}
	into := "INSERT INTO " + t.name + ` ("_id", ` + names.String() + `"_created_at", "_updated_at") `
	var cells strings.Builder
	for i := range t.Fields {
		fmt.Fprintf(&cells, "c%d, ", i)
	}
	return importSQL{
		count: `UPDATE ` + t.schema + `._tables t SET next_id=next_id+$3, record_count=record_count+$3 WHERE ` + guard,
		// A row of the agent's own tables in FROM lets Citus send the whole statement to the agent's node.
		insert: into + `SELECT t.next_id-$3::bigint+u.n-1, ` + values.String() + `$4::bigint, $4::bigint FROM ` + t.schema +
			`._tables t, unnest(` + arrays.String()[2:] + `) WITH ORDINALITY AS u(` + cells.String() + `n) WHERE ` + guard,
		fill: into + `SELECT u.id, ` + values.String() + `$3::bigint, $3::bigint FROM ` + t.schema +
			`._tables t, unnest($4::bigint[]` + arrays.String() + `) AS u(id, ` + strings.TrimSuffix(cells.String(), ", ") + `) WHERE ` + guard,
	}
}

// Import adds records and task in one transaction of one round trip. Only where that meets a value or an id that is there
// already, everything is undone and looked at again with the table locked.
func (d *database) Import(ctx context.Context, def *stele.Table, b *stele.Batch, now stele.Millis,
	once *stele.Once[stele.Task],
) (task stele.Task, err error) {
	if d.how.Dry {
		once = nil
	}
	t, err := d.table(ctx, def)
	if err != nil {
		return stele.Task{}, err
	}
	if b.Changes != nil {
		return d.place(ctx, t, b, now, once)
	}
	clash := b.Task.Receipt != nil || b.Doomed() // then it must be looked at in any case
	err = d.writeTable(ctx, t, func(x *tx) error {
		k := keep(once)
		im := importer{d: d, t: t, x: x, b: b, now: now, kept: k, answer: func(task stele.Task) { answered(k, once, task) }}
		if !clash {
			err := im.straight()
			if !isDuplicate(err) && sqlState(err) != "22003" { // 22003: the ids are used up
				task = b.Task
				return err
			}
			clash = true
			if err := x.undo(); err != nil {
				return err
			}
		}
		task, err = im.careful()
		return err
	})
	if err != nil {
		return stele.Task{}, err
	}
	return task, nil
}

type importer struct {
	d      *database
	t      *table
	x      *tx
	b      *stele.Batch
	now    stele.Millis
	kept   *kept
	answer func(stele.Task)
}

// straight takes it that nothing clashes.
func (im *importer) straight() error {
	t, n := im.t, len(im.b.Records)
	im.answer(im.b.Task)
	there := false
	q := &pgx.Batch{}
	q.Queue(t.importSQL.count, string(t.ID), t.version, n).Exec(func(tag pgconn.CommandTag) error {
		there = tag.RowsAffected() == 1
		return nil
	})
	if n > 0 {
		args := []any{string(t.ID), t.version, n, int64(im.now)}
		for i, f := range t.Fields {
			args = append(args, recordColumn(im.b.Records, i, f.Type))
		}
		q.Queue(t.importSQL.insert, args...)
	}
	if err := im.d.saveTask(q, t, im.b.Task); err != nil {
		return err
	}
	im.kept.queue(q, t.schema, t.ID, t.version)
	im.d.purge(q, im.now)
	if err := im.x.commit(q); err != nil {
		return err
	}
	if !there {
		return stele.ErrTableChanged
	}
	return nil
}

// careful looks before it adds, with the table locked. The task it returns is the batch's, or that of a refused one.
func (im *importer) careful() (stele.Task, error) {
	t := im.t
	next, conflicts, err := im.look()
	if err != nil {
		return stele.Task{}, err
	}
	var task stele.Task
	q := &pgx.Batch{}
	if len(conflicts) > 0 || im.b.Doomed() {
		task = im.b.Refused(t.Table, conflicts)
	} else {
		if err := im.add(q, next); err != nil {
			return stele.Task{}, err
		}
		task = im.b.Added()
	}
	im.answer(task)
	if err := im.d.saveTask(q, t, task); err != nil {
		return stele.Task{}, err
	}
	im.kept.queue(q, t.schema, t.ID, t.version)
	return task, again(im.x.commit(q))
}

// look locks the table and returns its next id and all conflicts.
func (im *importer) look() (next int64, conflicts []stele.Conflict, err error) {
	t := im.t
	q := &pgx.Batch{}
	locked := t.lock(q, &next)
	im.kept.look(q, t.schema)
	for _, f := range t.uniques {
		typ := t.Fields[f].Type
		q.Queue(`SELECT u.n-1 FROM unnest($1::`+arrayTypes[typ]+`) WITH ORDINALITY AS u(v, n) JOIN `+t.name+` r ON r.`+t.column(f)+`=u.v`,
			recordColumn(im.b.Records, f, typ)).Query(func(rows pgx.Rows) error {
			var at int
			_, err := pgx.ForEachRow(rows, []any{&at}, func() error {
				conflicts = append(conflicts, stele.Conflict{Record: at, Field: f})
				return nil
			})
			return err
		})
	}
	if err := im.x.send(q); err != nil {
		return 0, nil, err
	}
	if err := im.kept.known(); err != nil {
		return 0, nil, err
	}
	slices.SortFunc(conflicts, func(x, y stele.Conflict) int {
		return cmp.Or(cmp.Compare(x.Record, y.Record), cmp.Compare(x.Field, y.Field))
	})
	return next, conflicts, locked()
}

// add adds the records under ids that are free: those made with ids of the caller's choice may stand in the way.
func (im *importer) add(q *pgx.Batch, next int64) error {
	t, n := im.t, len(im.b.Records)
	ids, err := im.x.free(t, next, n)
	if err != nil {
		return err
	}
	after := int64(math.MaxInt64)
	if n > 0 && ids[n-1] < math.MaxInt64 {
		after = ids[n-1] + 1
	} else if n == 0 {
		after = next
	}
	args := []any{string(t.ID), t.version, int64(im.now), ids}
	for i, f := range t.Fields {
		args = append(args, recordColumn(im.b.Records, i, f.Type))
	}
	for i := range im.b.Records {
		if im.b.Task.Receipt != nil {
			im.b.Records[i].ID = stele.RecordID(ids[i])
		}
	}
	if n > 0 {
		q.Queue(t.importSQL.fill, args...)
	}
	t.counted(q, n, after)
	return nil
}

// lock takes the table's lock and reads the next record id.
func (t *table) lock(q *pgx.Batch, next *int64) func() error {
	return t.number(q, "next_id", forUpdate, next)
}

// How number reads.
const (
	forUpdate = ` FOR UPDATE`
	noLock    = ``
)

// number reads a number of the table's row. The function it returns, called when the statement has been answered, is an error when the
// table is not as its definition says.
func (t *table) number(q *pgx.Batch, column, lock string, to *int64) func() error {
	there := false
	q.Queue(`SELECT t.`+column+` FROM `+t.schema+`._tables t WHERE `+guard+lock, string(t.ID), t.version).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, []any{to}, func() error {
			there = true
			return nil
		})
		return err
	})
	return func() error {
		if !there {
			return stele.ErrTableChanged
		}
		return nil
	}
}

// counted notes that so many records came, or went, and which id is the next.
func (t *table) counted(q *pgx.Batch, came int, next int64) {
	q.Queue(`UPDATE `+t.schema+`._tables t SET record_count=record_count+$3, next_id=greatest(next_id, $4) WHERE `+guard,
		string(t.ID), t.version, came, next)
}

// free returns the first n ids from next on that no record has.
func (x *tx) free(t *table, next int64, n int) (ids []int64, err error) {
	ids = make([]int64, 0, n)
	for len(ids) < n {
		if next <= 0 {
			return nil, fmt.Errorf("the table has no record ids left")
		}
		var taken []int64
		q := &pgx.Batch{}
		q.Queue(`SELECT r."_id" FROM `+t.name+` r WHERE r."_id">=$1 ORDER BY r."_id" LIMIT $2`, next, n).Query(func(rows pgx.Rows) error {
			taken, err = pgx.CollectRows(rows, pgx.RowTo[int64])
			return err
		})
		if err := x.send(q); err != nil {
			return nil, err
		}
		ids, next = between(ids, taken, next, n)
	}
	return ids, nil
}

// between adds the ids from next on that are not taken, up to n in all. taken are the first n that are, ascending, or all
// there are; the next look begins at the id that is returned, 0 when none is left.
func between(ids, taken []int64, next int64, n int) ([]int64, int64) {
	for _, used := range taken {
		for ; next < used && len(ids) < n; next++ {
			ids = append(ids, next)
		}
		if len(ids) == n {
			return ids, next
		}
		if next = used + 1; used == math.MaxInt64 {
			return ids, 0
		}
	}
	if len(taken) == n && n > 0 {
		return ids, next // there may be more
	}
	for len(ids) < n {
		if ids = append(ids, next); next == math.MaxInt64 {
			return ids, 0
		}
		next++
	}
	return ids, next
}
