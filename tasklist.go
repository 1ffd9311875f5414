package stele

import "context"

// TaskEntry is an import task in a list: without its rejections, which may be long.
type TaskEntry struct {
	ID        TaskID
	Table     TableID
	TableName string // "" where the table was dropped
	Created   Millis
	Total     int
	Success   int
}

// Failed is the number of rows that were not added.
func (t TaskEntry) Failed() int { return t.Total - t.Success }

// TaskQuery asks for the latest tasks of a list: those whose ids are at least From and less than Before, which are never "".
type TaskQuery struct {
	Table        TableID // "": of all tables, dropped ones too
	From, Before TaskID
	Limit        int
}

// Bounds of a list of tasks.
const (
	DefaultTaskList = 20
	MostTaskList    = 100
)

// TaskListQuery asks for a list of tasks as a caller does, in texts.
type TaskListQuery struct {
	TableID, Before string // ids; "": all tables, and from the latest task on
	Limit           int
}

// TaskList lists the agent's import tasks of the last 30 days, the latest first, and says whether there are more.
func (a *Agent) TaskList(ctx context.Context, q TaskListQuery) (list []TaskEntry, more bool, err error) {
	if err := a.need(ScopeRead | ScopeWrite); err != nil { // who may import may see what became of it
		return nil, false, err
	}
	return a.svc.taskList(ctx, a.db, q)
}

// TaskList lists the import tasks of the agent of that id or name, as the agent's own verb does.
func (s *Service) TaskList(ctx context.Context, idOrName string, q TaskListQuery) (list []TaskEntry, more bool, err error) {
	a, err := s.Store.Agent(ctx, idOrName)
	if err != nil {
		return nil, false, err
	}
	return s.taskList(ctx, s.Store.Database(a.ID), q)
}

func (s *Service) taskList(ctx context.Context, db Database, q TaskListQuery) ([]TaskEntry, bool, error) {
	// One more than is wanted tells whether there are more.
	ask := TaskQuery{From: firstTaskID(s.now() - TaskRetention), Before: beyondTaskIDs, Limit: q.Limit + 1}
	var ok bool
	switch {
	case q.Limit < 1 || q.Limit > MostTaskList:
		return nil, false, Errorf(CodeParameter, "limit must be 1 to %d", MostTaskList)
	case q.TableID != "":
		if ask.Table, ok = ParseID[TableID](q.TableID); !ok {
			return nil, false, Errorf(CodeParameter, "table_id must be 24 hexadecimal characters")
		}
	}
	if q.Before != "" {
		if ask.Before, ok = ParseID[TaskID](q.Before); !ok {
			return nil, false, Errorf(CodeParameter, "before must be the id of a task, 24 hexadecimal characters")
		}
	}
	list, err := db.TaskList(ctx, ask)
	if err != nil || len(list) <= q.Limit {
		return list, false, err
	}
	return list[:q.Limit], true, nil
}
