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
	sql, args := t.pageSQL(q)
	err = d.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		ctx, stop := context.WithCancel(ctx) // a page that is refused in the middle is not read to its end
		defer stop()
		b := &pgx.Batch{}
		if q.Keyword != "" || len(q.Equal) > 0 {
			b.Queue(searching)
		}
		b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
			page, err = t.scanPage(rows, stop)
			return err
		})
		return c.SendBatch(ctx, b).Close()
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

// scanPage reads the rows of pageSQL: each begins with the total; of a page without records there is one, of NULLs.
func (t *table) scanPage(rows pgx.Rows, stop func()) (page stele.RecordPage, err error) {
	n := len(t.Fields)
	var id, created, updated pgtype.Int8
	var slab []stele.Value
	dest := make([]any, n+4)
	page.Records = []stele.Record{}
	there, text := false, 0
	for rows.Next() {
		there = true
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
	if len(q.Equal) == 0 && q.Keyword == "" {
		// Ids without gaps tell where a page begins. Both ends are looked up, nothing is walked. The limit is a subquery so that
		// the planner does not count on it: it would make a new plan for each page, at twice the cost of reading one.
		return `SELECT t.record_count, ` + t.columns + ` FROM ` + from + `
			CROSS JOIN LATERAL (SELECT min("_id") AS low, max("_id") AS high FROM ` + t.name + `) e
			LEFT JOIN LATERAL (SELECT * FROM ` + t.name + ` p
				WHERE $3 < t.record_count AND p."_id" >= CASE WHEN e.high-e.low = t.record_count-1 THEN e.low+$3 ELSE 1 END
				ORDER BY p."_id" LIMIT (SELECT $4::bigint) OFFSET CASE WHEN e.high-e.low = t.record_count-1 THEN 0 ELSE $3 END) r ON true
			WHERE ` + guard + ` ORDER BY r."_id"`, args
	}
	cond, more := t.condition(q, len(args)+1)
	args = append(args, more...)
	cond = " FROM " + t.name + " r WHERE " + cond
	return `SELECT c.total, ` + t.columns + ` FROM ` + from + `
		CROSS JOIN LATERAL (SELECT count(*) AS total` + cond + `) c
		LEFT JOIN LATERAL (SELECT *` + cond + ` ORDER BY r."_id" LIMIT $4 OFFSET $3) r ON true
		WHERE ` + guard + ` ORDER BY r."_id"`, args
}

// condition writes filter and keyword as SQL over record r. Parameters are numbered from first on.
func (t *table) condition(q stele.RecordQuery, first int) (sql string, args []any) {
	sql, args = t.where(q.Equal, first)
	if q.Keyword == "" {
		return sql, args
	}
	keyword := lower(q.Keyword)
	ors := []string{"false"}
	if bound := t.contains(keyword, fmt.Sprintf("$%d::text", first+len(args)), &ors); bound {
		args = append(args, keyword)
	}
	if sql != "" {
		sql += " AND "
	}
	return sql + "(" + strings.Join(ors, " OR ") + ")", args
}

// contains lists, for each field whose text form may hold the keyword, the condition that it does, and reports whether
// any of them uses param, which is the keyword in lower case. strpos compares byte by byte: nothing in a keyword is special.
func (t *table) contains(keyword, param string, ors *[]string) (bound bool) {
	if strings.IndexByte(keyword, 0) >= 0 { // no text holds it, and the server takes none
		return false
	}
	in := func(text string) {
		bound = true
		*ors = append(*ors, "strpos("+text+", "+param+") > 0")
	}
	only := func(letters string) bool { return strings.Trim(keyword, letters) == "" }
	for i, f := range t.Fields {
		col := "r." + t.column(i)
		switch {
		case f.Type == stele.Text:
			in("lower(" + col + ")") // in collation "C": ASCII alone
		case f.Type == stele.Int && only("0123456789-"):
			in(col + "::text")
		case f.Type == stele.DateTime && only("0123456789-: "):
			in("to_char(" + col + ", 'YYYY-MM-DD HH24:MI:SS')")
		case f.Type == stele.Float && only("0123456789-+.e"):
			in("stele_catalog.float_text(" + col + ")") // strconv's form, not the server's
		case f.Type == stele.Boolean:
			if strings.Contains("true", keyword) {
				*ors = append(*ors, col)
			}
			if strings.Contains("false", keyword) {
				*ors = append(*ors, "NOT "+col)
			}
		}
	}
	return bound
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
