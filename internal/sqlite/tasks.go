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
