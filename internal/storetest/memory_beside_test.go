package storetest

import (
	"context"
	"slices"
	"strings"

	"stele"
)

// What a database in memory keeps beside its tables, as lists.

func (s *session) TaskList(ctx context.Context, q stele.TaskQuery) ([]stele.TaskEntry, error) {
	db, leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	if s.has("lists show everybody's tasks") {
		for _, other := range s.dbs {
			if other != db {
				db = &database{tables: db.tables, tasks: append(slices.Clone(db.tasks), other.tasks...)}
			}
		}
	}
	list := []stele.TaskEntry{}
	for _, t := range db.tasks {
		if t.ID < q.From || t.ID >= q.Before && !s.has("lists begin with the last one") || t.ID > q.Before || q.Table != "" && t.Table != q.Table && !s.has("lists are of all tables") {
			continue
		}
		e := stele.TaskEntry{ID: t.ID, Table: t.Table, Created: t.Created, Total: t.Total, Success: t.Success}
		if m := db.table(t.Table); m != nil {
			e.TableName = m.table.Name
		} else if s.has("lists leave dropped tables out") {
			continue
		}
		list = append(list, e)
	}
	if !s.has("lists are as tasks came") {
		slices.SortFunc(list, func(a, b stele.TaskEntry) int { return strings.Compare(string(b.ID), string(a.ID)) })
	}
	return list[:min(q.Limit, len(list))], nil
}
