package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"

	"stele"
)

// session is one agent's database in memory.
type session struct {
	*memory
	agent stele.AgentID
	how   stele.How
}

func (s *session) With(h stele.How) stele.Database { return &session{s.memory, s.agent, h} }

// try makes a write to a table and, if it is one that is to be undone, undoes it.
func (s *session) try(db *database, m *model, write func()) {
	before, tasks := *m, db.tasks
	before.records = slices.Clone(m.records)
	for i := range before.records {
		before.records[i].Values = slices.Clone(before.records[i].Values)
	}
	write()
	if s.how.Dry && !s.has("trials are kept") {
		*m, db.tasks = before, tasks
	}
}

// enter locks the store and finds the agent's data.
func (s *session) enter(ctx context.Context) (*database, func(), error) {
	s.mu.Lock()
	db := s.dbs[s.agent]
	switch {
	case s.closed:
		s.mu.Unlock()
		return nil, nil, errClosed
	case ctx.Err() != nil && !s.has("ignores the context"):
		s.mu.Unlock()
		return nil, nil, ctx.Err()
	case db == nil:
		s.mu.Unlock()
		return nil, nil, stele.Errorf(stele.CodeUnauthenticated, "")
	}
	return db, s.mu.Unlock, nil
}

// known looks for the answer of a write that was made before.
func known[T any](s *session, db *database, once *stele.Once[T]) error {
	if once == nil || s.has("applies repeats") {
		return nil
	}
	answer, err := s.answer(db, once.Key, once.Fingerprint)
	if err == nil && answer != nil {
		return &stele.Replay{Answer: answer}
	}
	return err
}

func keep[T any](s *session, db *database, once *stele.Once[T], v T) {
	if once != nil {
		db.kept[s.key(once.Key)] = keptAnswer{once.Fingerprint, once.At, once.Answer(v)}
	}
}

func (s *session) key(k string) string {
	if s.has("keys are trimmed") {
		return strings.TrimSpace(k)
	}
	return k
}

func (s *session) answer(db *database, key string, f stele.Fingerprint) ([]byte, error) {
	if s.has("keys are everybody's") {
		for _, other := range s.dbs {
			if len(other.kept) > 0 {
				db = other
			}
		}
	}
	k, ok := db.kept[s.key(key)]
	if ok && k.fingerprint != f && !s.has("fingerprints are not compared") {
		return nil, stele.Errorf(stele.CodeKeyReused, "")
	}
	return k.answer, nil
}

func (s *session) CreateTable(ctx context.Context, t *stele.Table, once *stele.Once[stele.TableID]) error {
	db, leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if err := known(s, db, once); err != nil {
		return err
	}
	if slices.ContainsFunc(db.tables, func(m *model) bool { return s.tableName(m.table.Name) == s.tableName(t.Name) }) {
		if s.has("failures keep their key") {
			keep(s, db, once, t.ID)
		}
		return stele.Errorf(stele.CodeTableExists, "")
	}
	own := *t
	if s.has("stored names are lost") {
		own.Stored = own.Name
	}
	own.Index()
	m := &model{table: &own, made: stele.FirstRecordID(t.Created.Time()) - 1}
	db.tables = append(db.tables, m)
	if s.has("tables by name") {
		slices.SortFunc(db.tables, func(a, b *model) int { return strings.Compare(a.table.Name, b.table.Name) })
	}
	keep(s, db, once, t.ID)
	return nil
}

func (s *session) tableName(name string) string {
	if s.has("names are cut at 63") && len(name) > 63 {
		return name[:63]
	}
	return name
}

func (s *session) Table(ctx context.Context, id stele.TableID) (*stele.Table, error) {
	db, leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	if m := db.table(id); m != nil {
		return m.table, nil
	}
	return nil, stele.Errorf(stele.CodeTableNotFound, "")
}

func (s *session) Tables(ctx context.Context, p stele.Page) ([]stele.TableCount, error) {
	db, leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	var list []stele.TableCount
	for _, m := range part(db.tables, p) {
		n := len(m.records)
		if s.has("counts forget deletes") {
			n += db.deleted[m.table.ID]
		}
		list = append(list, stele.TableCount{Table: m.table, Records: int64(n)})
	}
	return list, nil
}

func (s *session) Tasks(ctx context.Context, ids []stele.TaskID, since stele.Millis) ([]stele.Task, error) {
	db, leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	var list []stele.Task
	for i, id := range ids {
		for _, t := range db.tasks {
			if t.ID == id && (slices.Index(ids, id) == i || s.has("tasks repeat")) && (t.Created >= since || s.has("tasks never age")) {
				list = append(list, t)
			}
		}
	}
	if s.has("tasks in order of creation") {
		slices.SortFunc(list, func(a, b stele.Task) int { return strings.Compare(string(a.ID), string(b.ID)) })
	}
	return list, nil
}

func (s *session) Import(ctx context.Context, t *stele.Table, b *stele.Batch, now stele.Millis, once *stele.Once[stele.Task]) (stele.Task, error) {
	db, leave, err := s.enter(ctx)
	if err != nil {
		return stele.Task{}, err
	}
	defer leave()
	if err := known(s, db, once); err != nil {
		return stele.Task{}, err
	}
	m, err := s.current(db, t)
	if err != nil {
		return stele.Task{}, err
	}
	if s.how.Dry {
		once = nil
	}
	var task stele.Task
	s.try(db, m, func() { task = s.take(db, m, b, now) })
	keep(s, db, once, task)
	if ctx.Err() != nil && s.has("gives up once begun") {
		return stele.Task{}, ctx.Err()
	}
	return task, nil
}

// take imports a batch.
func (s *session) take(db *database, m *model, b *stele.Batch, now stele.Millis) stele.Task {
	before := slices.Clone(m.records)
	task := s.bend(m, b, now)
	if s.has("refused tasks are not kept") && task.Success == 0 {
		return task
	}
	if s.has("a refused batch is half there") && task.Success == 0 && len(before) == len(m.records) && len(b.Records) > 1 {
		m.insert(0, b.Records[0].Values, now)
	}
	s.number(m)
	if task.Receipt != nil {
		var fresh []stele.RecordID
		for _, r := range m.records {
			if !slices.ContainsFunc(before, func(old stele.Record) bool { return old.ID == r.ID }) {
				fresh = append(fresh, r.ID)
			}
		}
		for i, r := range task.Receipt.Rows {
			if r.ID < 0 {
				task.Receipt.Rows[i].ID = fresh[-r.ID-1]
			}
		}
	}
	db.tasks = append(db.tasks, task)
	return task
}

// bend imports a batch, with the flaws that concern it.
func (s *session) bend(m *model, b *stele.Batch, now stele.Millis) stele.Task {
	task := m.imported(b, now)
	switch {
	case s.has("the first clash is enough") && len(task.Rejections) > 1:
		task.Rejections = task.Rejections[:1]
	case s.has("clashes by field"):
		slices.SortStableFunc(task.Rejections, func(a, b stele.Rejection) int { return strings.Compare(a.Reason, b.Reason) })
	case s.has("refusals forget left-out rows"):
		task.Rejections = slices.DeleteFunc(task.Rejections, func(r stele.Rejection) bool { return task.Success == 0 && r.Row > 0 && len(b.Records) > 0 })
	}
	return task
}

func (s *session) Update(ctx context.Context, t *stele.Table, cs []stele.Change, now stele.Millis, once *stele.Once[[]stele.Outcome]) ([]stele.Outcome, error) {
	db, leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	if err := known(s, db, once); err != nil {
		return nil, err
	}
	m, err := s.current(db, t)
	if err != nil {
		return nil, err
	}
	outcomes := make([]stele.Outcome, len(cs))
	how := *s
	if s.how.Dry {
		once = nil
	}
	s.try(db, m, func() {
		failed := false
		undo := how
		undo.how.Dry = s.how.Mode == stele.Atomic && !s.has("atomic updates go half way")
		done := *m
		undo.try(db, m, func() {
			for i, c := range cs {
				if outcomes[i].Reason = c.Problem; c.Problem == "" {
					outcomes[i].Reason = m.change(s.bendChange(m, c), now)[0]
				}
				s.number(m)
				if failed = failed || outcomes[i].Reason != ""; failed && s.has("the first failure ends an update") {
					break
				}
			}
			done = *m
		})
		if !failed {
			*m = done
		}
	})
	keep(s, db, once, outcomes)
	return outcomes, nil
}

func (s *session) bendChange(m *model, c stele.Change) stele.Change {
	at := m.find(c.Selector)
	switch {
	case s.has("updates move creation") && at >= 0:
		m.records[at].Created++
	case s.has("empty changes touch") && at >= 0 && len(c.Set) == 0:
		c.Set = []stele.Pair{{Field: 0, Value: m.records[at].Values[0]}}
	case s.has("null is left alone"):
		c.Set = slices.DeleteFunc(slices.Clone(c.Set), func(p stele.Pair) bool { return p.Value.IsNull() })
	case s.has("ids asked for are ignored"):
		c.NewID = 0
	case s.has("always creates"):
		c.Create = true
	case s.has("problems come first") && c.NewProblem != "":
		c.Selector, c.Create = stele.Selector{ID: 2}, true
	}
	return c
}

// number gives new records their ids: the next ones that are free.
func (s *session) number(m *model) {
	for i := range m.records {
		if m.records[i].ID != 0 {
			continue
		}
		if s.has("ids are used again") {
			m.made = 0
			for _, r := range m.records {
				m.made = max(m.made, r.ID)
			}
		}
		m.made++
		for m.find(stele.Selector{ID: m.made}) >= 0 && !s.has("ids ahead are not skipped") {
			m.made++
		}
		m.records[i].ID = m.made
	}
	slices.SortStableFunc(m.records, func(a, b stele.Record) int { return int(min(max(a.ID-b.ID, -1), 1)) })

}

func (s *session) Delete(ctx context.Context, t *stele.Table, ss []stele.Selector, once *stele.Once[int]) (int, error) {
	db, leave, err := s.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer leave()
	if err := known(s, db, once); err != nil {
		return 0, err
	}
	m, err := s.current(db, t)
	if err != nil {
		return 0, err
	}
	if s.has("one pair is enough") {
		ss = slices.Clone(ss)
		for i := range ss {
			ss[i].Pairs = ss[i].Pairs[:min(1, len(ss[i].Pairs))]
		}
	}
	if s.how.Dry {
		once = nil
	}
	n := 0
	s.try(db, m, func() { n = m.deleted(ss) })
	db.deleted[t.ID] += n
	if s.has("deletes count selectors") {
		n = len(ss)
	}
	keep(s, db, once, n)
	return n, nil
}

func (s *session) Records(ctx context.Context, t *stele.Table, q stele.RecordQuery) (stele.RecordPage, error) {
	db, leave, err := s.enter(ctx)
	if err != nil {
		return stele.RecordPage{}, err
	}
	defer leave()
	m, err := s.current(db, t)
	if err != nil {
		return stele.RecordPage{}, err
	}
	switch {
	case s.has("keywords fold all letters"):
		q.Keyword = strings.ToLower(q.Keyword)
	case s.has("keywords end at NUL"):
		q.Keyword, _, _ = strings.Cut(q.Keyword, "\x00")
	case s.has("keyword or filter") && q.Keyword != "":
		q.Equal = nil
	case s.has("null filters nothing"):
		q.Equal = slices.DeleteFunc(slices.Clone(q.Equal), func(p stele.Pair) bool { return p.Value.IsNull() })
	case s.has("orders break ties anyhow") && len(q.Sort) > 1:
		q.Sort, q.After = q.Sort[:len(q.Sort)-1], q.After[:max(len(q.After)-1, 0)]
		if len(q.After) == 0 {
			q.After = nil
		}
	case s.has("conditions are of three values") && q.Where != nil && q.Where.Op == stele.OpNot:
		known := stele.Where{Op: stele.OpNot, Of: []stele.Where{{Op: stele.OpIsNull, Column: q.Where.Of[0].Column}}}
		q.Where = &stele.Where{Op: stele.OpAnd, Of: []stele.Where{*q.Where, known}}
	case s.has("totals count what is behind the cursor") && q.After != nil:
		p := m.page(stele.RecordQuery{Equal: q.Equal, Keyword: q.Keyword, Where: q.Where, Sort: q.Sort, After: q.After, Limit: 1 << 30})
		total := int64(len(p.Records))
		p = m.page(q)
		p.Total = total
		return p, nil
	case s.has("pages by distance") && len(m.records) > 0 && q.Plain():
		p := m.page(stele.RecordQuery{Limit: 1 << 30})
		from := m.records[0].ID + stele.RecordID(q.Offset)
		p.Records = slices.DeleteFunc(p.Records, func(r stele.Record) bool { return r.ID < from })
		p.Records = p.Records[:min(q.Limit, len(p.Records))]
		return p, nil
	}
	p := m.page(q)
	text := 0
	for i, r := range p.Records {
		for _, v := range r.Values {
			text += len(v.Text())
		}
		if q.Short && stele.PageEnds(i, text) && !s.has("no page by cursor is short") {
			p.Records, p.More = p.Records[:i], true
			break
		}
		if err := stele.CheckPageText(i, text); err != nil {
			return stele.RecordPage{}, err
		}
	}
	if s.has("totals count the page") {
		p.Total = int64(len(p.Records))
	}
	return p, nil
}

// Query refuses: this store is a model of the tables, and speaks no SQL.
func (s *session) Query(context.Context, stele.Question) (*stele.Answer, error) {
	return nil, &stele.QueryFault{Detail: "this store speaks no SQL"}
}

func (s *session) LogQueries(ctx context.Context, es []stele.QueryEntry) error {
	db, leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	db.queries = append(db.queries, es...)
	slices.SortFunc(db.queries, func(a, b stele.QueryEntry) int { return strings.Compare(string(b.ID), string(a.ID)) })
	if len(db.queries) > stele.KeptQueries && !s.has("the log of questions grows") {
		db.queries = db.queries[:stele.KeptQueries]
	}
	return nil
}

func (s *session) Queries(ctx context.Context, limit int) ([]stele.QueryEntry, error) {
	db, leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return slices.Clone(db.queries[:min(limit, len(db.queries))]), nil
}

func (s *session) Engine() stele.Engine { return stele.SQLite }

func (s *session) Profile(context.Context, *stele.Table) (*stele.Profile, error) {
	return nil, errors.ErrUnsupported
}

func (s *session) Answered(ctx context.Context, key string, f stele.Fingerprint) ([]byte, error) {
	db, leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return s.answer(db, key, f)
}
