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
			err := c.query(`SELECT table_id, created_at, total_count, success_count, rejections FROM _tasks
				WHERE id=? AND created_at>=?`, func(s *sqlite.Stmt) error {
				t := stele.Task{
					ID: id, Table: stele.TableID(s.ColumnText(0)), Created: stele.Millis(s.ColumnInt64(1)),
					Total: s.ColumnInt(2), Success: s.ColumnInt(3),
				}
				tasks = append(tasks, t)
				text := s.ColumnText(4)
				return tasks[len(tasks)-1].DecodeRejections(&text)
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
