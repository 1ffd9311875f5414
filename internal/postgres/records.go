package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
)

// Records reads a page and how many records there are in all, in one statement and so of one state.
func (d *database) Records(ctx context.Context, def *stele.Table, q stele.RecordQuery) (page stele.RecordPage, err error) {
	t, err := d.table(ctx, def)
	if err != nil {
		return page, err
	}
	t = t.of(q.Fields)
	sql, args := t.pageSQL(q)
	err = d.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		ctx, stop := context.WithCancel(ctx) // a page that is refused in the middle is not read to its end
		defer stop()
		b := &pgx.Batch{}
		if q.Filtered() || q.Sort != nil && t.mayTie(q.Sort[0].Column) {
			t.searching(b, q.Keyword)
		}
		b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
			page, err = t.scanPage(rows, q, stop)
			return err
		})
		if err := c.SendBatch(ctx, b).Close(); !errors.Is(err, errShort) {
			return err
		}
		return nil
	})
	if err != nil {
		d.forgetChanged(t, err)
		return stele.RecordPage{}, fmt.Errorf("reading records: %w", err)
	}
	if q.Limit < 1 {
		page.Records = page.Records[:0]
	}
	return page, nil
}

// errShort ends the reading of a page that is full before its rows are.
var errShort = errors.New("the page is full")

// scanPage reads the rows of pageSQL: each begins with the total; of a page without records there is one, of NULLs. A row
// more than the query's limit says that there are more.
func (t *table) scanPage(rows pgx.Rows, q stele.RecordQuery, stop func()) (page stele.RecordPage, err error) {
	n := len(t.Fields)
	var id, created, updated pgtype.Int8
	var slab []stele.Value
	dest := make([]any, n+4)
	page.Records = []stele.Record{}
	there, text := false, 0
	for rows.Next() {
		there = true
		if page.More = len(page.Records) > 0 && len(page.Records) == q.Limit; page.More {
			continue
		}
		if len(slab) < n {
			slab = make([]stele.Value, 64*n)
		}
		values := slab[:n:n]
		dest[0], dest[1], dest[n+2], dest[n+3] = &page.Total, &id, &created, &updated
		for i := range values {
			dest[i+2] = cellOf(t.Fields[i].Type, &values[i])
		}
		if err := rows.Scan(dest...); err != nil {
			return page, err
		}
		if !id.Valid {
			continue
		}
		for _, v := range values {
			text += len(v.Text())
		}
		if q.Short && stele.PageEnds(len(page.Records), text) {
			stop()
			page.More = true
			return page, errShort
		}
		if err := stele.CheckPageText(len(page.Records), text); err != nil {
			stop()
			return page, err
		}
		slab = slab[n:]
		page.Records = append(page.Records, stele.Record{
			ID: stele.RecordID(id.Int64), Values: values, Created: stele.Millis(created.Int64), Updated: stele.Millis(updated.Int64),
		})
	}
	if err := rows.Err(); err != nil {
		return page, err
	}
	if !there {
		return page, stele.ErrTableChanged
	}
	return page, nil
}

// forgetChanged drops a definition that turned out to be no longer true.
func (d *database) forgetChanged(t *table, err error) {
	if errors.Is(err, stele.ErrTableChanged) {
		d.agent().drop(t.ID)
	}
}

// pageSQL is the statement of a page: the total and the records.
func (t *table) pageSQL(q stele.RecordQuery) (sql string, args []any) {
	args = []any{string(t.ID), t.version, max(q.Offset, 0), max(q.Limit, 1)}
	from := t.schema + "._tables t"
	if q.Plain() {
		// Ids without gaps tell where a page begins. Both ends are looked up, nothing is walked. The limit is a subquery so that
		// the planner does not count on it: it would make a new plan for each page, at twice the cost of reading one.
		return `SELECT ` + total(q, "t.record_count") + t.columns + ` FROM ` + from + `
			CROSS JOIN LATERAL (SELECT min("_id") AS low, max("_id") AS high FROM ` + t.name + `) e
			LEFT JOIN LATERAL (SELECT * FROM ` + t.name + ` p
				WHERE $3 < t.record_count AND p."_id" >= CASE WHEN e.high-e.low = t.record_count-1 THEN e.low+$3 ELSE 1 END
				ORDER BY p."_id" LIMIT (SELECT $4::bigint) OFFSET CASE WHEN e.high-e.low = t.record_count-1 THEN 0 ELSE $3 END) r ON true
			WHERE ` + guard + ` ORDER BY r."_id"`, args
	}
	cond := condition{table: t, args: args}
	cond.query(q)
	counted := "t.record_count"
	if q.Filtered() && !q.Uncounted {
		counted = "c.total"
		from += ` CROSS JOIN LATERAL (SELECT count(*) AS total FROM ` + t.name + ` r` + cond.sql() + `) c`
	}
	if q.After != nil {
		cond.behind(q.Sort, q.After)
	}
	if q.Sort != nil {
		cond.args[3] = max(q.Limit, 1) + 1 // to see whether there are more
	}
	order := t.order(q.Sort)
	return `SELECT ` + total(q, counted) + t.columns + ` FROM ` + from + `
		LEFT JOIN LATERAL (SELECT * FROM ` + t.name + ` r` + cond.sql() + order + ` LIMIT $4 OFFSET $3) r ON true
		WHERE ` + guard + order, cond.args
}

// total is the first column of a page.
func total(q stele.RecordQuery, counted string) string {
	if q.Uncounted {
		return "-1::bigint, "
	}
	return counted + ", "
}

// lower turns ASCII letters to lower case, as the server's lower does in collation "C".
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
