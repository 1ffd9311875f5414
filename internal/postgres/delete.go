package postgres

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"stele"
)

// queueDeletes queues a statement for each form of selector among ss; n grows by the records that go.
func (t *table) queueDeletes(q *pgx.Batch, ss []stele.Selector, n *int) {
	count := func(tag pgconn.CommandTag) error {
		*n += int(tag.RowsAffected())
		return nil
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
		q.Queue(`DELETE FROM `+t.name+` r WHERE r."_id"=ANY($1::bigint[])`, ids).Exec(count)
	}
	for _, form := range forms {
		sql, args := t.deleteSQL(form)
		q.Queue(sql, args...).Exec(count)
	}
}

// deleteSQL deletes by selectors of one form.
func (t *table) deleteSQL(ss []stele.Selector) (sql string, args []any) {
	pairs := ss[0].Pairs
	at := func(i int) column {
		return column{t.Fields[pairs[i].Field].Type, len(ss), func(n int) *stele.Value { return &ss[n].Pairs[i].Value }}
	}
	if len(pairs) == 1 {
		return `DELETE FROM ` + t.name + ` r WHERE r.` + t.column(pairs[0].Field) + `=ANY($1::` + arrayTypes[at(0).typ] + `)`, []any{at(0)}
	}
	var arrays, names, conds []string
	for i, p := range pairs {
		args = append(args, at(i))
		arrays = append(arrays, fmt.Sprintf("$%d::%s", i+1, arrayTypes[at(i).typ]))
		names = append(names, fmt.Sprintf("c%d", i))
		conds = append(conds, fmt.Sprintf("r.%s=u.c%d", t.column(p.Field), i))
	}
	return `DELETE FROM ` + t.name + ` r USING unnest(` + strings.Join(arrays, ", ") + `) AS u(` + strings.Join(names, ", ") + `) WHERE ` +
		strings.Join(conds, " AND "), args
}
