package postgres

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"stele"
)

// queueDeletes queues a statement for each form of selector among ss; n grows by the records that go.
func (t *table) queueDeletes(q *pgx.Batch, ss []stele.Selector, n *int) {
	queue := func(where string, args ...any) {
		q.Queue(t.deleteSQL(where), append([]any{string(t.ID), t.version}, args...)...).Query(func(rows pgx.Rows) error {
			var gone int
			_, err := pgx.ForEachRow(rows, []any{&gone}, func() error {
				*n += gone
				return nil
			})
			return err
		})
	}
	var ids []int64
	var forms [][]stele.Selector // those of one form together; there are few forms, since their fields are the table's
	for _, s := range ss {
		if s.ID != 0 {
			ids = append(ids, int64(s.ID))
			continue
		}
		at := 0
		for at < len(forms) && !sameSelector(forms[at][0], s) {
			at++
		}
		if at == len(forms) {
			forms = append(forms, nil)
		}
		forms[at] = append(forms[at], s)
	}
	if len(ids) > 0 {
		queue(` WHERE `+guard+` AND r."_id"=ANY($3::bigint[])`, ids)
	}
	for _, form := range forms {
		where, args := t.selects(form)
		queue(where, args...)
	}
}

// deleteSQL deletes what is selected, if the table is as its definition says, and counts it off.
func (t *table) deleteSQL(where string) string {
	return `WITH gone AS (DELETE FROM ` + t.name + ` r USING ` + t.schema + `._tables t` + where + ` RETURNING 1)
		UPDATE ` + t.schema + `._tables t SET record_count=record_count-(SELECT count(*) FROM gone)
		WHERE ` + guard + ` AND EXISTS (SELECT 1 FROM gone) RETURNING (SELECT count(*) FROM gone)`
}

// selects is the rest of USING, and the condition, for selectors of one form; its parameters are $3 and so on.
func (t *table) selects(ss []stele.Selector) (where string, args []any) {
	pairs := ss[0].Pairs
	at := func(i int) column {
		return column{t.Fields[pairs[i].Field].Type, len(ss), func(n int) *stele.Value { return &ss[n].Pairs[i].Value }}
	}
	if len(pairs) == 1 {
		return ` WHERE ` + guard + ` AND r.` + t.column(pairs[0].Field) + `=ANY($3::` + arrayTypes[at(0).typ] + `)`, []any{at(0)}
	}
	var arrays, names, conds []string
	for i, p := range pairs {
		args = append(args, at(i))
		arrays = append(arrays, fmt.Sprintf("$%d::%s", i+3, arrayTypes[at(i).typ]))
		names = append(names, fmt.Sprintf("c%d", i))
		conds = append(conds, fmt.Sprintf("r.%s=u.c%d", t.column(p.Field), i))
	}
	return `, unnest(` + strings.Join(arrays, ", ") + `) AS u(` + strings.Join(names, ", ") + `) WHERE ` + guard + ` AND ` +
		strings.Join(conds, " AND "), args
}
