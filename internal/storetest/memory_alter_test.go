package storetest

import (
	"context"
	"runtime"
	"slices"
	"strings"

	"stele"
)

// current finds a table whose definition a caller has. ErrTableChanged if it is not that any more.
func (s *session) current(db *database, t *stele.Table) (*model, error) {
	m := db.table(t.ID)
	switch {
	case m == nil:
		return nil, stele.ErrTableChanged
	case s.has("old definitions serve") && len(t.Fields) == len(m.table.Fields):
		return m, nil
	case t.Name != m.table.Name || t.Stored != m.table.Stored && !s.has("stored names are lost") || !slices.EqualFunc(t.Fields, m.table.Fields, func(a, b stele.Field) bool {
		a.Description, b.Description = "", ""
		return a == b
	}):
		return nil, stele.ErrTableChanged
	}
	return m, nil
}

// Alter changes a table's definition.
func (s *session) Alter(ctx context.Context, a *stele.Alteration, once *stele.Once[stele.Altered]) (stele.Altered, error) {
	db, leave, err := s.enter(ctx)
	if err != nil {
		return stele.Altered{}, err
	}
	defer leave()
	if s.how.Dry {
		once = nil
	}
	if err := known(s, db, once); err != nil {
		return stele.Altered{}, err
	}
	m, err := s.current(db, a.Before)
	if err != nil {
		return stele.Altered{}, err
	}
	if !s.has("renamed tables take any name") && slices.ContainsFunc(db.tables, func(o *model) bool { return o != m && o.table.Name == a.After.Name }) {
		return stele.Altered{}, stele.Errorf(stele.CodeTableExists, "")
	}
	done, records := s.bendAltered(m, a)
	if s.has("writes during a change are lost") {
		s.mu.Unlock()
		for range 1000 {
			runtime.Gosched()
		}
		s.mu.Lock()
	}
	if done.Refused() && s.has("refused changes keep their key") {
		keep(s, db, once, done)
	}
	if done.Refused() && !s.has("changes drop what does not fit") || s.how.Dry && !s.has("trials of changes are kept") {
		return done, nil
	}
	after := *a.After
	if s.has("stored names are lost") {
		after.Stored = after.Name
	}
	after.Index()
	m.table, m.records = &after, records
	keep(s, db, once, done)
	return done, nil
}

// bendAltered changes a table, with the flaws that concern it.
func (s *session) bendAltered(m *model, a *stele.Alteration) (stele.Altered, []stele.Record) {
	bent := *a
	bent.Fields = slices.Clone(a.Fields)
	for i := range bent.Fields {
		f := &bent.Fields[i]
		switch old := a.Before.FieldIndex(a.After.Fields[i].Name); {
		case s.has("defaults are lost"):
			f.Fill = stele.Value{}
		case s.has("new fields take old values") && f.From < 0 && old >= 0 && a.Before.Fields[old].Type == a.After.Fields[i].Type:
			f.From = old
		case s.has("values follow names") && f.From >= 0 && old >= 0 && a.Before.Fields[old].Type == a.Before.Fields[f.From].Type:
			f.From = old
		}
	}
	done, records := m.altered(&bent)
	done.Alteration = a
	for i := range records {
		if s.has("changes touch the times") {
			records[i].Updated++
		}
	}
	list := done.Violations
	switch {
	case s.has("empty text is a value"):
		list = slices.DeleteFunc(list, func(v stele.Violation) bool { return v.Value == stele.TextValue("") })
		done.Count -= int64(len(done.Violations) - len(list))
	case s.has("violations by field"):
		slices.SortStableFunc(list, func(a, b stele.Violation) int { return strings.Compare(a.Field, b.Field) })
	case s.has("what is not told is not counted"):
		done.Count = int64(len(list))
	case s.has("values are told as converted"):
		for i, v := range list {
			if to, reason := a.After.Fields[a.After.FieldIndex(v.Field)].Convert(v.Value); reason == "" {
				list[i].Value = to
			}
		}
	}
	done.Violations = list
	return done, records
}

// DropTable removes a table.
func (s *session) DropTable(ctx context.Context, t *stele.Table, once *stele.Once[int64]) (int64, error) {
	db, leave, err := s.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer leave()
	if s.how.Dry {
		once = nil
	}
	if err := known(s, db, once); err != nil {
		return 0, err
	}
	m, err := s.current(db, t)
	if err != nil {
		return 0, err
	}
	n := int64(len(m.records))
	if s.has("drops count deleted records") {
		n += int64(db.deleted[t.ID])
	}
	if s.how.Dry && !s.has("trials of drops are kept") {
		return n, nil
	}
	db.tables = slices.DeleteFunc(slices.Clone(db.tables), func(o *model) bool {
		return o == m || s.has("drops take the tables behind along") && o.table.Created >= m.table.Created
	})
	if s.has("drops take tasks along") {
		db.tasks = slices.DeleteFunc(slices.Clone(db.tasks), func(task stele.Task) bool { return task.Table == t.ID })
	}
	keep(s, db, once, n)
	return n, nil
}
