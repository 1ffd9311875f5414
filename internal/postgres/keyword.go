package postgres

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"stele"
)

// A table's keyword index is a GIN index over the trigrams of one text, all text forms of a record joined, by the extension pg_trgm; of a
// wide table there are several. It
// says which records may hold a keyword; the condition of where.go goes on to say which do. A BOOLEAN is not in it: two texts would be
// in half of the records each.

// mostPattern is how many characters of a keyword the index is asked for.
const mostPattern = 64

// searchingIndexed has the rest of a transaction planned for the keyword that it has, which decides by which way records are read.
// The table may be read whole where $1 says so.
const searchingIndexed = `SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', $1, true)`

// searching lets the rest of a transaction search for a keyword, or without one. Of a keyword with three ASCII letters or digits in a row
// the index is certain to know something; of others it depends on what the database's locale takes for letters. There the server's
// planner knows best; here it would, of short keywords, often read the table.
func (t *table) searching(b *pgx.Batch, keyword string) {
	switch {
	case !t.hasIndex() || keyword == "":
		b.Queue(searching)
	case inWord.MatchString(keyword):
		b.Queue(searchingIndexed, "off")
	default:
		b.Queue(searchingIndexed, "on")
	}
}

// inWord matches a keyword of which every pg_trgm has a trigram.
var inWord = regexp.MustCompile("[0-9A-Za-z]{3}")

// mostSpelled is how many fields one index has: PostgreSQL keeps its expression in a row of a catalog, which is of 8 kB at most.
const mostSpelled = 25

// spelled are the texts that a record's keywords are looked for in, most often one; of is what stands before its columns.
func (t *table) spelled(of string) (texts []string) {
	var parts []string
	for i, f := range t.Fields {
		if f.Type != stele.Boolean {
			parts = append(parts, "coalesce("+textForm(f.Type, of+t.column(i))+", '')")
		}
	}
	for some := range slices.Chunk(parts, mostSpelled) {
		texts = append(texts, "(("+strings.Join(some, " || ' ' || ")+`) COLLATE "C")`)
	}
	return texts
}

// hasIndex reports whether the table has an index for keywords: it has been asked for, and there are fields for it.
func (t *table) hasIndex() bool {
	return t.KeywordIndex && slices.ContainsFunc(t.Fields, func(f stele.Field) bool { return f.Type != stele.Boolean })
}

// buildKeyword makes the keyword index of the table that has a name, of the records that are there. Until the transaction ends that can
// be read and not written.
func (t *table) buildKeyword(x *tx, name string) error {
	if !t.hasIndex() {
		return nil
	}
	home, err := x.trigrams()
	if err != nil {
		return err
	}
	var sqls []string
	for i, text := range t.spelled("") {
		sqls = append(sqls, "CREATE INDEX "+t.indexName("keyword"+strconv.Itoa(i))+" ON "+name+" USING gin ("+text+" "+quote(home)+".gin_trgm_ops)")
	}
	return x.script(sqls)
}

// dropKeyword are the statements that remove the table's keyword index, whichever version of the definition it was made with.
func (t *table) dropKeyword(x *tx) (drop []string, err error) {
	b := &pgx.Batch{}
	b.Queue(`SELECT i.relname FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid=x.indexrelid
		WHERE x.indrelid=$1::text::regclass AND i.relname ~ '_keyword[0-9]+$'`, t.name).Query(func(rows pgx.Rows) error {
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, n := range names {
			drop = append(drop, `DROP INDEX `+t.schema+`.`+quote(n))
		}
		return err
	})
	return drop, x.send(b)
}

// builds reports whether a change of the definition needs a keyword index made: there was none, or one of other texts. Names do not matter.
func (c *change) builds() bool {
	spelled := func(def *stele.Table) func(int) bool {
		return func(i int) bool { return def.Fields[i].Type != stele.Boolean }
	}
	fresh := func(f int) bool { return (c.Fields[f].From < 0 || c.Converts(f)) && spelled(c.After)(f) }
	anew := slices.ContainsFunc(c.Drops(), spelled(c.Before))
	for i := range c.After.Fields {
		anew = anew || fresh(i) || c.Converts(i) && spelled(c.Before)(c.Fields[i].From)
	}
	return c.new.hasIndex() && (anew || !c.old.hasIndex())
}

// ready sees, before anything else is done, that the database has what a keyword index needs.
func (c *change) ready(ctx context.Context, d *database) error {
	if !c.builds() {
		return nil
	}
	return d.write(ctx, func(x *tx) error {
		if _, err := x.trigrams(); err != nil {
			return err
		}
		return x.commit(&pgx.Batch{})
	})
}

// trigrams sees that the database has the extension, and returns the schema in which that is: the catalog's, where nobody else may
// name it, unless somebody has put it elsewhere.
func (x *tx) trigrams() (home string, err error) {
	const find = `SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid=e.extnamespace WHERE e.extname='pg_trgm'`
	b := &pgx.Batch{}
	scan := func(r pgx.Row) error {
		if err := r.Scan(&home); !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		return nil
	}
	b.Queue(find).QueryRow(scan)
	if err := x.send(b); err != nil || home != "" {
		return home, err
	}
	there := false
	b = &pgx.Batch{}
	b.Queue(`SELECT pg_advisory_xact_lock($1)`, int64(migrationLock)) // two that make it at a moment are an error of the server's
	b.Queue(`SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_available_extensions WHERE name='pg_trgm')`).QueryRow(func(r pgx.Row) error { return r.Scan(&there) })
	b.Queue(find).QueryRow(scan)
	if err := x.send(b); err != nil || home != "" {
		return home, err
	}
	if !there {
		return "", stele.Errorf(stele.CodeParameter, "a keyword index needs PostgreSQL's extension pg_trgm, which this database server does not have: "+
			"its operator can install it (it is part of PostgreSQL's contrib modules)")
	}
	err = x.script([]string{`CREATE EXTENSION pg_trgm WITH SCHEMA stele_catalog`})
	if sqlState(err) == "42501" {
		return "", stele.Errorf(stele.CodeParameter, "a keyword index needs PostgreSQL's extension pg_trgm, which Stele's user may not create in this database: "+
			"its operator can have the database's owner run CREATE EXTENSION pg_trgm")
	}
	return "stele_catalog", err
}

// mayHold is the condition that a record may hold a keyword in lower case, for the index to answer; "" where the index does not help:
// it knows three characters in a row and no less, and no BOOLEAN.
func (cond *condition) mayHold(keyword string) string {
	t := cond.table
	runes := []rune(keyword)
	if !t.hasIndex() || len(runes) < 3 || strings.IndexByte(keyword, 0) >= 0 || !utf8.ValidString(keyword) {
		return ""
	}
	for _, f := range t.Fields {
		if f.Type == stele.Boolean && (strings.Contains("true", keyword) || strings.Contains("false", keyword)) {
			return ""
		}
	}
	literal := strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(string(runes[:min(len(runes), mostPattern)]))
	pattern := " LIKE " + cond.param(stele.TextValue("%"+literal+"%"))
	return "(" + strings.Join(t.spelled("r."), pattern+" OR ") + pattern + ")"
}
