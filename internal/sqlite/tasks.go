package sqlite

import (
	"context"
	"encoding/json"
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
	return t, readRejections(&t, s.ColumnText(5))
}

// rejection is one entry of a task's rejections as it is kept.
type rejection stele.Rejection

// UnmarshalJSON reads [row, from, to, reason].
func (r *rejection) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[4]any{&r.Row, &r.From, &r.To, &r.Reason})
}

func readRejections(t *stele.Task, text string) error {
	if text == "" {
		return nil
	}
	var rs []rejection
	if err := json.Unmarshal([]byte(text), &rs); err != nil {
		return err
	}
	t.Rejections = make([]stele.Rejection, len(rs))
	for i, r := range rs {
		t.Rejections[i] = stele.Rejection(r)
	}
	return nil
}
