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

func (s *session) SavedQueries(ctx context.Context) ([]stele.SavedQuery, error) {
	db, leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	list := slices.Clone(db.saved)
	slices.SortFunc(list, func(a, b stele.SavedQuery) int {
		if s.has("saved queries by letters") {
			return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		}
		return strings.Compare(a.Name, b.Name)
	})
	return list, nil
}

func (s *session) SaveQuery(ctx context.Context, q stele.SavedQuery, fresh bool, once *stele.Once[stele.SavedQuery]) error {
	db, leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if err := known(s, db, once); err != nil {
		return err
	}
	at := slices.IndexFunc(db.saved, func(o stele.SavedQuery) bool { return o.ID == q.ID })
	taken := slices.ContainsFunc(db.saved, func(o stele.SavedQuery) bool {
		return o.Name == q.Name && (o.ID != q.ID || s.has("saved queries clash with themselves"))
	})
	n := len(db.saved)
	if s.has("saved queries grow") {
		n = 0
	}
	if err := q.CheckSaved(n, fresh || s.has("saved queries come back"), at >= 0, taken && !s.has("saved names repeat")); err != nil {
		return err
	}
	if at < 0 {
		db.saved = append(db.saved, q)
	} else if !s.has("saved queries stay") {
		db.saved[at] = q
	}
	keep(s, db, once, q)
	return nil
}

func (s *session) DeleteSavedQuery(ctx context.Context, id stele.SavedID, once *stele.Once[bool]) (bool, error) {
	db, leave, err := s.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	if err := known(s, db, once); err != nil {
		return false, err
	}
	n := len(db.saved)
	db.saved = slices.DeleteFunc(db.saved, func(q stele.SavedQuery) bool { return q.ID == id })
	keep(s, db, once, len(db.saved) < n)
	return len(db.saved) < n || s.has("what is not there is deleted"), nil
}

func (c carrier) SavedQueriesAfter(ctx context.Context, after stele.SavedID, limit int) ([]stele.SavedQuery, error) {
	db, leave, err := c.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	all := slices.Clone(db.saved)
	slices.SortFunc(all, func(a, b stele.SavedQuery) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return first(c, all, after, limit, func(q stele.SavedQuery) stele.SavedID { return q.ID }, func(q stele.SavedQuery) int { return len(q.SQL) }), nil
}

func (c carrier) PutSavedQueries(ctx context.Context, queries []stele.SavedQuery) error {
	db, leave, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if !c.has("moves lose saved queries") {
		db.saved = append(db.saved, queries...)
	}
	return nil
}

// What a store in memory takes is made up: a byte for each record.

func (s *memory) DataBytes(context.Context) (n int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, db := range s.dbs {
		n++
		for _, m := range db.tables {
			n += int64(len(m.records))
		}
	}
	return n, nil
}

func (s *session) Size(ctx context.Context) (stele.Size, error) {
	db, leave, err := s.enter(ctx)
	if err != nil {
		return stele.Size{}, err
	}
	defer leave()
	size := stele.Size{Bytes: 1}
	for _, m := range db.tables {
		n := int64(len(m.records))
		size.Bytes += n
		size.Tables = append(size.Tables, stele.TableSize{ID: m.table.ID, Name: m.table.Name, Records: n, Bytes: n})
	}
	if s.has("sizes are of nothing") {
		size.Bytes = 0
	}
	if s.has("sizes are in no order") {
		slices.Reverse(size.Tables)
	}
	return size, nil
}
