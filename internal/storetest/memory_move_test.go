package storetest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"stele"
)

func (s *memory) Mover(id stele.AgentID) stele.Mover { return carrier{&session{memory: s, agent: id}} }

func (s *memory) MoveState(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state, nil
}

func (s *memory) SetMoveState(_ context.Context, was, state string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if was != s.state && !s.has("moves begin twice") {
		return errors.New("the state is another")
	}
	s.state = state
	return nil
}

// carrier moves one agent's database in memory.
type carrier struct{ *session }

// find locks the store and finds one of the agent's tables.
func (c carrier) find(ctx context.Context, t *stele.Table) (*model, func(), error) {
	db, leave, err := c.enter(ctx)
	if err != nil {
		return nil, nil, err
	}
	if m := db.table(t.ID); m != nil {
		return m, leave, nil
	}
	leave()
	return nil, nil, stele.Errorf(stele.CodeTableNotFound, "")
}

func (c carrier) NextRecordID(ctx context.Context, t *stele.Table) (stele.RecordID, error) {
	m, leave, err := c.find(ctx, t)
	if err != nil {
		return 0, err
	}
	defer leave()
	return m.made + 1, nil
}

// first is the part of all that comes after a key.
func first[K cmp.Ordered, T any](c carrier, all []T, after K, limit int, key func(T) K, text func(T) int) (part []T) {
	n := 0
	for _, item := range all {
		if key(item) < after || key(item) == after && !c.has("moves read the last again") {
			continue
		}
		if len(part) == limit || stele.PartFull(n) && !c.has("parts know no bound") {
			break
		}
		part, n = append(part, item), n+text(item)
	}
	return part
}

func (c carrier) RecordsAfter(ctx context.Context, t *stele.Table, after stele.RecordID, limit int) ([]stele.Record, error) {
	m, leave, err := c.find(ctx, t)
	if err != nil {
		return nil, err
	}
	defer leave()
	return first(c, m.records, after, limit, func(r stele.Record) stele.RecordID { return r.ID }, func(r stele.Record) (n int) {
		for _, v := range r.Values {
			n += len(v.Text())
		}
		return n
	}), nil
}

func (c carrier) TasksAfter(ctx context.Context, after stele.TaskID, limit int) ([]stele.Task, error) {
	db, leave, err := c.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	all := slices.Clone(db.tasks)
	if !c.has("tasks are moved as they came") {
		slices.SortFunc(all, func(a, b stele.Task) int { return cmp.Compare(a.ID, b.ID) })
	}
	return first(c, all, after, limit, func(t stele.Task) stele.TaskID { return t.ID }, func(t stele.Task) (n int) {
		for _, r := range t.Rejections {
			n += len(r.Reason)
		}
		return n
	}), nil
}

func (c carrier) AnswersAfter(ctx context.Context, after string, limit int) ([]stele.KeptAnswer, error) {
	db, leave, err := c.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	var all []stele.KeptAnswer
	for key, k := range db.kept {
		all = append(all, stele.KeptAnswer{Key: key, Fingerprint: k.fingerprint, At: k.at, Answer: k.answer})
	}
	slices.SortFunc(all, func(a, b stele.KeptAnswer) int {
		if c.has("answers are moved by letters") {
			return cmp.Or(strings.Compare(strings.ToLower(a.Key), strings.ToLower(b.Key)), strings.Compare(a.Key, b.Key))
		}
		return strings.Compare(a.Key, b.Key)
	})
	return first(c, all, after, limit, func(a stele.KeptAnswer) string { return a.Key }, func(a stele.KeptAnswer) int { return len(a.Answer) }), nil
}

func (c carrier) PutTable(ctx context.Context, t *stele.Table, next stele.RecordID) error {
	if err := c.CreateTable(ctx, t, nil); err != nil {
		return err
	}
	m, leave, err := c.find(ctx, t)
	if err != nil {
		return err
	}
	defer leave()
	if !c.has("moves forget the next id") {
		m.made = next - 1
	}
	return nil
}

func (c carrier) PutRecords(ctx context.Context, t *stele.Table, records []stele.Record) error {
	m, leave, err := c.find(ctx, t)
	if err != nil {
		return err
	}
	defer leave()
	before := m.records
	for _, r := range records {
		if m.find(stele.Selector{ID: r.ID}) >= 0 || len(m.clashes(r.Values, -1)) > 0 {
			if !c.has("records are half put") {
				m.records = before
			}
			return errors.New("a record cannot be put")
		}
		if c.has("moves touch the times") {
			r.Updated = r.Created
		}
		r.Values = slices.Clone(r.Values)
		m.records = append(slices.Clip(m.records), r)
	}
	return nil
}

func (c carrier) PutTasks(ctx context.Context, tasks []stele.Task) error {
	db, leave, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	for _, t := range tasks {
		if c.has("moves lose reasons") {
			t.Rejections = nil
		}
		db.tasks = append(db.tasks, t)
	}
	return nil
}

func (c carrier) PutAnswers(ctx context.Context, answers []stele.KeptAnswer) error {
	db, leave, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	for _, a := range answers {
		if !c.has("moves lose answers") {
			db.kept[a.Key] = keptAnswer{a.Fingerprint, a.At, a.Answer}
		}
	}
	return nil
}
