package sqlite

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite"

	"stele"
)

// Tasks reads tasks by id.
func (d *database) Tasks(ctx context.Context, ids []stele.TaskID, since stele.Millis) ([]stele.Task, error) {
	tasks := []stele.Task{}
	seen := make(map[stele.TaskID]bool, len(ids))
	err := d.read(ctx, false, func(_ *agentFile, c *conn) error {
		for _, id := range ids {
			if seen[id] {
				continue
			}
			seen[id] = true
			err := c.query(selectTask+`id=? AND created_at>=?`, func(s *sqlite.Stmt) error {
				t, err := readTask(s)
				tasks = append(tasks, t)
				return err
			}, id, since)
			if err != nil {
				return fmt.Errorf("reading a task: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return tasks, nil
}

const selectTask = `SELECT id, table_id, created_at, total_count, success_count, rejections FROM _tasks WHERE `

// readTask makes a task of a row of selectTask.
func readTask(s *sqlite.Stmt) (stele.Task, error) {
	t := stele.Task{
		ID: stele.TaskID(s.ColumnText(0)), Table: stele.TableID(s.ColumnText(1)), Created: stele.Millis(s.ColumnInt64(2)),
		Total: s.ColumnInt(3), Success: s.ColumnInt(4),
	}
	text := s.ColumnText(5)
	return t, t.DecodeRejections(&text)
}

// taskList selects tasks in descending order; with a table, by the index.
func taskList(table stele.TableID) string {
	sql := `SELECT k.id, k.table_id, t.name, k.created_at, k.total_count, k.success_count FROM _tasks k LEFT JOIN _tables t ON t.id=k.table_id WHERE k.id>=? AND k.id<?`
	if table != "" {
		sql += ` AND k.table_id=?`
	}
	return sql + ` ORDER BY k.id DESC LIMIT ?`
}

// TaskList reads the heads of tasks; what they were refused for stays on its own pages.
func (d *database) TaskList(ctx context.Context, q stele.TaskQuery) ([]stele.TaskEntry, error) {
	args := []any{q.From, q.Before}
	if q.Table != "" {
		args = append(args, q.Table)
	}
	list := []stele.TaskEntry{}
	err := d.read(ctx, false, func(_ *agentFile, c *conn) error {
		return c.query(taskList(q.Table), func(s *sqlite.Stmt) error {
			list = append(list, stele.TaskEntry{
				ID: stele.TaskID(s.ColumnText(0)), Table: stele.TableID(s.ColumnText(1)), TableName: s.ColumnText(2),
				Created: stele.Millis(s.ColumnInt64(3)), Total: s.ColumnInt(4), Success: s.ColumnInt(5),
			})
			return nil
		}, append(args, q.Limit)...)
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}
