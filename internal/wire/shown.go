package wire

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"stele"
)

// AppendShown appends an answer whose shape the admin API shares, an object with members, wrapped as the dialect wraps tables/page.
func (d Dialect) AppendShown(b []byte, v any) ([]byte, error) {
	object, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding an answer: %w", err)
	}
	return d.appendPage(b, func(b []byte) []byte {
		return append(separate(b), object[1:len(object)-1]...)
	}), nil
}

// TaskEntry is an import task in a list. CreatedAt is in milliseconds since 1970, TableName null where the table was dropped.
type TaskEntry struct {
	ID        string  `json:"task_id"`
	Table     string  `json:"table_id"`
	TableName *string `json:"table_name"`
	CreatedAt int64   `json:"created_at"`
	Status    string  `json:"status"`
	Total     int     `json:"total_count"`
	Success   int     `json:"success_count"`
	Failed    int     `json:"failed_count"`
}

// TaskList is a part of the import tasks of an agent, the latest first; More says that there are earlier ones.
type TaskList struct {
	Tasks []TaskEntry `json:"tasks"`
	More  bool        `json:"more"`
}

// ShowTaskList makes the list.
func ShowTaskList(tasks []stele.TaskEntry, more bool) TaskList {
	list := TaskList{Tasks: []TaskEntry{}, More: more}
	for _, t := range tasks {
		shown := TaskEntry{
			ID: string(t.ID), Table: string(t.Table), CreatedAt: int64(t.Created), Status: taskStatus(t.Success),
			Total: t.Total, Success: t.Success, Failed: t.Failed(),
		}
		if t.TableName != "" {
			shown.TableName = &t.TableName
		}
		list.Tasks = append(list.Tasks, shown)
	}
	return list
}

// DecodeTaskList reads a request for /v1/database/import/tasks: table_id, limit, before. Without a body all have their defaults.
func DecodeTaskList(in Input) (stele.TaskListQuery, error) {
	var table, limit, before stele.Raw
	err := in.members(map[string]*stele.Raw{"table_id": &table, "limit": &limit, "before": &before})
	if err != nil {
		return stele.TaskListQuery{}, err
	}
	var q stele.TaskListQuery
	if q.TableID, err = tableID(table); err != nil {
		return q, err
	}
	if q.Before, err = textMember("before", stele.CodeParameter, before); err != nil {
		return q, err
	}
	q.Limit, err = countMember("limit", limit, stele.DefaultTaskList)
	return q, err
}

// members reads the members of a body that are known here, each one value; a body may be left out.
func (in Input) members(known map[string]*stele.Raw) error {
	if len(in.Body) == 0 {
		return nil
	}
	r := newReader(in.Body)
	for r.member() {
		if v := known[r.name]; v != nil {
			*v = r.raw()
			continue
		}
		r.skip()
	}
	return r.close()
}

// QueryEntry is an entry of the log of questions. At is in milliseconds since 1970, Refused null where the question was answered.
type QueryEntry struct {
	ID        string  `json:"id"`
	At        int64   `json:"at"`
	Key       string  `json:"key_id"`
	Client    string  `json:"client"`
	SQL       string  `json:"sql"`
	Rows      int     `json:"row_count"`
	Bytes     int     `json:"byte_count"`
	ElapsedMS float64 `json:"elapsed_ms"`
	Refused   *string `json:"refused"`
}

// QueryList is the latest entries of an agent's log of questions, the latest first.
type QueryList struct {
	Queries []QueryEntry `json:"queries"`
}

// ShowQueryList makes the list.
func ShowQueryList(es []stele.QueryEntry) QueryList {
	list := QueryList{Queries: []QueryEntry{}}
	for _, e := range es {
		shown := QueryEntry{
			ID: string(e.ID), At: int64(e.At), Key: string(e.Key), Client: e.Client, SQL: e.SQL,
			Rows: e.Rows, Bytes: e.Bytes, ElapsedMS: float64(e.Took.Microseconds()) / 1000,
		}
		if e.Refused != "" {
			shown.Refused = &e.Refused
		}
		list.Queries = append(list.Queries, shown)
	}
	return list
}

// DecodeQueryList reads a request for /v1/database/queries: limit. Without a body it has its default.
func DecodeQueryList(in Input) (limit int, err error) {
	var l stele.Raw
	if err := in.members(map[string]*stele.Raw{"limit": &l}); err != nil {
		return 0, err
	}
	return countMember("limit", l, stele.DefaultQueryList)
}
