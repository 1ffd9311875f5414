package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"stele"
)

// inPlace makes a change that rewrites no record, in one transaction: names, columns and indexes come and go.
func (c *change) inPlace(ctx context.Context) (done stele.Altered, err error) {
	err = c.transact(ctx, func(x *tx) error {
		records, err := c.holdFitting(x)
		if err != nil {
			return err
		}
		if err := x.script(c.uniqueSQL(true)); err != nil {
			return violated(err)
		}
		if err := c.reshape(x); err != nil {
			return violated(err)
		}
		done, err = c.finish(x, records)
		return err
	})
	return done, err
}

// holdFitting is hold, and demand.
func (c *change) holdFitting(x *tx) (records int64, err error) {
	if records, err = c.hold(x); err != nil {
		return 0, err
	}
	return records, c.demand(x, records)
}

// violated says of an index that met a value twice that a record does not fit.
func violated(err error) error {
	if isDuplicate(err) {
		return errViolated
	}
	return err
}

// demand looks whether all records have what the new definition asks for of values that stay as they are, with writers kept away from here on: they were looked at
// before, when they went on.
func (c *change) demand(x *tx, records int64) error {
	var conds []string
	look := false
	for i, f := range c.After.Fields {
		from, must, differ := c.Fields[i].From, c.MustHave(i), c.MustDiffer(i)
		switch {
		case !must && !differ, c.Converts(i): // those are looked at when they are converted
			continue
		case from < 0:
			if must && records > 0 || differ && records > 1 {
				return errViolated
			}
			continue
		}
		look = true
		conds = append(conds, unfit(c.old.column(from), f.Type, differ))
	}
	if !look {
		return nil
	}
	if err := c.only(x, noWriters); err != nil {
		return err
	}
	found := false
	b := &pgx.Batch{}
	b.Queue(searching)
	b.Queue(`SELECT EXISTS (SELECT 1 FROM ` + c.old.name + ` r WHERE ` + strings.Join(conds, " OR ") + `)`).QueryRow(func(r pgx.Row) error {
		return r.Scan(&found)
	})
	if err := x.send(b); err != nil {
		return err
	}
	if found {
		return errViolated
	}
	return nil
}

// unfit is the condition under which a value does not do by itself where the field is required or, if unique, unique: Field.Violates has
// the rule, and says why.
func unfit(column string, typ stele.Type, unique bool) string {
	cond := `r.` + column + ` IS NULL`
	if typ == stele.Text {
		cond += ` OR r.` + column + `=''`
		if unique {
			cond += fmt.Sprintf(` OR char_length(r.%s)>%d`, column, stele.LongestUnique)
		}
	}
	return cond
}

// uniqueSQL makes the indexes of fields that become unique: of those that are there, or of those that are new.
func (c *change) uniqueSQL(there bool) (sqls []string) {
	for i := range c.After.Fields {
		from := c.Fields[i].From
		if !c.MustDiffer(i) || there != (from >= 0) {
			continue
		}
		name := c.new.column(i)
		if there {
			name = c.old.column(from) // names change later
		}
		sqls = append(sqls, `CREATE UNIQUE INDEX `+c.new.index(i)+` ON `+c.old.name+` (`+name+`)`)
	}
	return sqls
}

// reshape gives table and columns their new names, and takes away what is gone.
func (c *change) reshape(x *tx) error {
	sqls, lax := c.reshapeSQL()
	unindexed := c.old.hasIndex() && (c.builds() || !c.new.hasIndex())
	if len(sqls) > 0 || len(lax) > 0 || unindexed {
		if err := c.only(x, nobody); err != nil {
			return err
		}
		drop, err := c.indexesOf(x, lax)
		if err != nil {
			return err
		}
		if unindexed {
			keyword, err := c.old.dropKeyword(x)
			if err != nil {
				return err
			}
			drop = append(drop, keyword...)
		}
		if err := x.script(append(drop, sqls...)); err != nil {
			return err
		}
	} else if c.builds() {
		if err := c.only(x, noWriters); err != nil {
			return err
		}
	}
	if !c.builds() {
		return nil
	}
	return c.new.buildKeyword(x, c.new.name)
}

// reshapeSQL makes the columns of the old table those of the new one. lax are the names of those that need not differ any more. Names go
// over ones that no field has, since they may be swapped.
func (c *change) reshapeSQL() (sqls, lax []string) {
	alter := `ALTER TABLE ` + c.old.name
	for _, i := range c.Drops() {
		sqls = append(sqls, alter+` DROP COLUMN `+c.old.column(i))
	}
	var second []string
	for i, f := range c.After.Fields {
		from := c.Fields[i].From
		if from < 0 {
			continue
		}
		was := c.Before.Fields[from]
		if was.Unique && !f.Unique {
			lax = append(lax, was.Stored)
		}
		if was.Stored != f.Stored {
			between := quote(fmt.Sprint("between$", i))
			sqls = append(sqls, alter+` RENAME COLUMN `+c.old.column(from)+` TO `+between)
			second = append(second, alter+` RENAME COLUMN `+between+` TO `+c.new.column(i))
		}
	}
	sqls = append(sqls, second...)
	for i, f := range c.After.Fields {
		if c.Fields[i].From >= 0 {
			continue
		}
		add := alter + ` ADD COLUMN ` + c.new.column(i) + ` ` + columnTypes[f.Type]
		if fill := c.Fields[i].Fill; !fill.IsNull() {
			sqls = append(sqls, add+` DEFAULT `+literal(fill), alter+` ALTER COLUMN `+c.new.column(i)+` DROP DEFAULT`)
		} else {
			sqls = append(sqls, add)
		}
	}
	sqls = append(sqls, c.uniqueSQL(false)...)
	if c.old.Stored != c.new.Stored {
		sqls = append(sqls, alter+` RENAME TO `+quote(c.new.Stored))
	}
	return sqls, lax
}

// literal writes a value into a statement, for definitions take no parameters.
func literal(v stele.Value) string {
	return `E'` + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(v.String()) + `'::` + valueTypes[v.Type()]
}

// indexesOf drops the unique indexes of columns. Their names are the server's to tell: places of fields move.
func (c *change) indexesOf(x *tx, columns []string) (drop []string, err error) {
	if len(columns) == 0 {
		return nil, nil
	}
	b := &pgx.Batch{}
	b.Queue(`SELECT i.relname FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid=x.indexrelid
		JOIN pg_catalog.pg_attribute a ON a.attrelid=x.indrelid AND a.attnum=x.indkey[0]
		WHERE x.indrelid=$1::text::regclass AND x.indisunique AND NOT x.indisprimary AND x.indnatts=1 AND a.attname=ANY($2::text[])`,
		c.old.name, columns).Query(func(rows pgx.Rows) error {
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, n := range names {
			drop = append(drop, `DROP INDEX `+c.old.schema+`.`+quote(n))
		}
		return err
	})
	return drop, x.send(b)
}
