package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
)

// saveTask keeps a finished task with the write.
func (d *database) saveTask(b *pgx.Batch, t *table, task stele.Task) error {
	rejections, err := task.EncodeRejections()
	if err != nil {
		return err
	}
	b.Queue(`INSERT INTO `+d.schema+`._tasks (id, table_id, created_at, total_count, success_count, rejections)
		SELECT $3::text, t.id, $4::bigint, $5::integer, $6::integer, $7::text FROM `+d.schema+`._tables t WHERE `+guard,
		string(t.ID), t.version, string(task.ID), int64(task.Created), task.Total, task.Success, rejections)
	return nil
}

const taskColumns = `t.id, t.table_id, t.created_at, t.total_count, t.success_count, t.rejections`

func scanTask(r pgx.CollectableRow) (t stele.Task, err error) {
	var rejections *string
	err = r.Scan((*string)(&t.ID), (*string)(&t.Table), (*int64)(&t.Created), &t.Total, &t.Success, &rejections)
	if err == nil {
		err = t.DecodeRejections(rejections)
	}
	return t, err
}

// Tasks reads tasks by id.
func (d *database) Tasks(ctx context.Context, ids []stele.TaskID, since stele.Millis) ([]stele.Task, error) {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	tasks := []stele.Task{}
	err := d.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		rows, err := c.Query(ctx, `SELECT `+taskColumns+` FROM `+d.schema+`._tasks t WHERE t.id=ANY($1) AND t.created_at>=$2
			ORDER BY array_position($1, t.id)`, texts, int64(since))
		if err != nil {
			return err
		}
		tasks, err = pgx.AppendRows(tasks[:0], rows, scanTask)
		return err
	})
	if err != nil {
		return nil, err
	}
	return tasks, nil
}

// TaskList reads the heads of tasks; with a table, by the index.
func (d *database) TaskList(ctx context.Context, q stele.TaskQuery) ([]stele.TaskEntry, error) {
	list := []stele.TaskEntry{}
	sql, args := `SELECT k.id, k.table_id, coalesce(t.name, ''), k.created_at, k.total_count, k.success_count FROM `+d.schema+`._tasks k LEFT JOIN `+
		d.schema+`._tables t ON t.id=k.table_id WHERE k.id>=$1 AND k.id<$2`, []any{string(q.From), string(q.Before), q.Limit}
	if q.Table != "" {
		sql, args = sql+` AND k.table_id=$4`, append(args, string(q.Table))
	}
	err := d.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		rows, err := c.Query(ctx, sql+` ORDER BY k.id DESC LIMIT $3`, args...)
		if err != nil {
			return err
		}
		list, err = pgx.AppendRows(list[:0], rows, func(r pgx.CollectableRow) (t stele.TaskEntry, err error) {
			err = r.Scan((*string)(&t.ID), (*string)(&t.Table), &t.TableName, (*int64)(&t.Created), &t.Total, &t.Success)
			return t, err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}
