package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"stele"
)

// checker holds the records against a change.
type checker struct {
	*change
	x       *tx
	caller  context.Context
	records int64
	count   int64
	found   []violation
}

type violation struct {
	stele.Violation
	place int // of the field
}

// check tells which records do not fit, in one state of the database, and leaves nothing behind.
func (c *change) check(ctx context.Context) (stele.Altered, error) {
	var k *checker
	err := c.d.write(ctx, func(x *tx) error {
		k = &checker{change: c, x: x, caller: ctx}
		return k.all()
	})
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return stele.Altered{}, unapplied(err)
	}
	slices.SortFunc(k.found, func(a, b violation) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.place, b.place)) })
	done := stele.Altered{Alteration: c.Alteration, Records: k.records, Count: k.count}
	for _, v := range k.found[:min(len(k.found), stele.MostViolations)] {
		done.Violations = append(done.Violations, v.Violation)
	}
	return done, nil
}

func (k *checker) all() error {
	if err := k.begin(); err != nil {
		return err
	}
	if err := k.converted(); err != nil {
		return err
	}
	for i := range k.After.Fields {
		from := k.Fields[i].From
		var err error
		switch must, differ := k.MustHave(i), k.MustDiffer(i); {
		case k.Converts(i) || !must && !differ:
		case from < 0:
			err = k.filled(i, must)
		default:
			err = k.kept(i, differ)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// begin fixes the state. The lock comes before it: a table that is made anew meanwhile would have no records in it.
func (k *checker) begin() error {
	taken := false
	b := &pgx.Batch{}
	b.Queue(repeatable)
	b.Queue(set("statement_timeout", alterWithin))
	b.Queue(`SET LOCAL work_mem='64MB'`) // values are sorted
	b.Queue(`LOCK TABLE ` + k.old.name + ` IN ACCESS SHARE MODE`)
	there := k.old.look(b, &k.records)
	b.Queue(`SELECT EXISTS (SELECT 1 FROM `+k.old.schema+`._tables WHERE name=$1 AND id<>$2)`, k.After.Name, string(k.old.ID)).QueryRow(func(r pgx.Row) error {
		return r.Scan(&taken)
	})
	b.Queue(searching)
	if err := k.x.send(b); err != nil {
		return err
	}
	if err := there(); err != nil {
		return err
	}
	if taken {
		return errTaken(k.After.Name)
	}
	return nil
}

func (k *checker) tell(field int, id int64, was stele.Value, reason string) {
	k.found = append(k.found, violation{stele.Violation{
		Change: k.Fields[field].Change, ID: stele.RecordID(id), Field: k.After.Fields[field].Name, Value: was, Reason: reason,
	}, field})
}

// filled tells of a new field that is required or unique: all records would have the same in it.
func (k *checker) filled(field int, must bool) error {
	f, fill := &k.After.Fields[field], k.Fields[field].Fill
	var ids []int64
	b := &pgx.Batch{}
	b.Queue(`SELECT r."_id" FROM `+k.old.name+` r ORDER BY r."_id" LIMIT $1`, stele.MostViolations+1).Query(func(rows pgx.Rows) (err error) {
		ids, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	if err := k.x.send(b); err != nil || len(ids) == 0 {
		return err
	}
	if must {
		k.count += k.records
		for _, id := range ids {
			k.tell(field, id, fill, f.Violates(fill))
		}
		return nil
	}
	k.count += k.records - 1
	for _, id := range ids[1:] {
		k.tell(field, id, fill, f.ViolatesUnique(fill, stele.RecordID(ids[0])))
	}
	return nil
}

// kept tells of a field whose values stay as they are.
func (k *checker) kept(field int, differ bool) error {
	f := &k.After.Fields[field]
	column := k.old.column(k.Fields[field].From)
	sql := `SELECT r."_id", r.` + column + `, 0::bigint, count(*) OVER () FROM ` + k.old.name + ` r WHERE ` + unfit(column, f.Type, false)
	if differ {
		sql = `SELECT r."_id", r.v, r.first, count(*) OVER () FROM (SELECT q."_id", q.` + column + ` AS v, min(q."_id") OVER (PARTITION BY q.` + column + `) AS first FROM ` +
			k.old.name + ` q) r WHERE r.first<>r."_id" OR ` + unfit("v", f.Type, true)
	}
	return k.repeated(field, sql+fmt.Sprintf(` ORDER BY r."_id" LIMIT %d`, stele.MostViolations), f.Type, func(id int64, v stele.Value, first int64) error {
		reason := f.Violates(v)
		if reason == "" {
			reason = f.ViolatesUnique(v, stele.RecordID(first))
		}
		k.tell(field, id, v, reason)
		return nil
	})
}

// repeated reads the records that sql finds, and counts all of them.
func (k *checker) repeated(field int, sql string, typ stele.Type, each func(id int64, v stele.Value, first int64) error) error {
	var total int64
	b := &pgx.Batch{}
	b.Queue(sql).Query(func(rows pgx.Rows) error {
		var id, first int64
		var v stele.Value
		_, err := pgx.ForEachRow(rows, []any{&id, cellOf(typ, &v), &first, &total}, func() error { return each(id, v, first) })
		return err
	})
	err := k.x.send(b)
	k.count += total
	return err
}

// converted tells of fields that are converted. Values that must differ are put aside as they will be, for the server to compare.
func (k *checker) converted() error {
	fields := k.conversions()
	if len(fields) == 0 {
		return nil
	}
	aside := make(map[int]string)
	var sqls []string
	for _, i := range fields {
		if k.MustDiffer(i) {
			aside[i] = fmt.Sprintf(`pg_temp."values$%d$%s"`, i, k.After.Fields[i].Type)
			sqls = append(sqls, `CREATE TEMPORARY TABLE `+aside[i]+` (id bigint, v `+columnTypes[k.After.Fields[i].Type]+`) ON COMMIT DROP`)
		}
	}
	if err := k.x.script(sqls); err != nil {
		return err
	}
	told := make([]int, len(k.After.Fields))
	for after := int64(0); ; {
		if err := k.caller.Err(); err != nil {
			return err
		}
		p, err := k.read(k.x, k.old.name, after)
		if err != nil {
			return err
		}
		if len(p.ids) == 0 {
			break
		}
		after = p.ids[len(p.ids)-1]
		p.convert(k.change, func(field, at int, reason string) {
			if k.count++; told[field] < stele.MostViolations {
				told[field]++
				k.tell(field, p.ids[at], p.was[slices.Index(fields, field)][at], reason)
			}
		})
		if err := k.putAside(p, fields, aside); err != nil {
			return err
		}
	}
	for _, i := range fields {
		if aside[i] != "" {
			if err := k.alike(i, aside[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (k *checker) putAside(p *converted, fields []int, aside map[int]string) error {
	b := &pgx.Batch{}
	for n, i := range fields {
		if aside[i] == "" {
			continue
		}
		var ids []int64
		var values []stele.Value
		for at, id := range p.ids {
			if !p.bad[n][at] {
				ids, values = append(ids, id), append(values, p.is[n][at])
			}
		}
		typ := k.After.Fields[i].Type
		b.Queue(`INSERT INTO `+aside[i]+` SELECT u.id, u.v FROM unnest($1::bigint[], $2::`+arrayTypes[typ]+`) AS u(id, v)`, ids,
			column{typ, len(values), func(n int) *stele.Value { return &values[n] }})
	}
	if b.Len() == 0 {
		return nil
	}
	return k.x.send(b)
}

// alike tells of records that have what an earlier one has, once they are converted.
func (k *checker) alike(field int, aside string) error {
	f := &k.After.Fields[field]
	from := k.Fields[field].From
	var ids []int64
	var reasons []string
	err := k.repeated(field, fmt.Sprintf(`SELECT r.id, r.v, r.first, count(*) OVER () FROM (SELECT q.id, q.v, min(q.id) OVER (PARTITION BY q.v) AS first FROM %s q) r
		WHERE r.first<>r.id ORDER BY r.id LIMIT %d`, aside, stele.MostViolations), f.Type, func(id int64, v stele.Value, first int64) error {
		ids, reasons = append(ids, id), append(reasons, f.ViolatesUnique(v, stele.RecordID(first)))
		return nil
	})
	if err != nil || len(ids) == 0 {
		return err
	}
	b := &pgx.Batch{}
	b.Queue(`SELECT r."_id", r.`+k.old.column(from)+` FROM `+k.old.name+` r WHERE r."_id"=ANY($1::bigint[])`, ids).Query(func(rows pgx.Rows) error {
		var id int64
		var was stele.Value
		_, err := pgx.ForEachRow(rows, []any{&id, cellOf(k.Before.Fields[from].Type, &was)}, func() error {
			k.tell(field, id, was, reasons[slices.Index(ids, id)])
			return nil
		})
		return err
	})
	return k.x.send(b)
}
