package stele

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Agent is the agent that an API key speaks for: all verbs of the Database API. Nothing that is reached from here can
// be another agent's.
type Agent struct {
	Key Key
	svc *Service
	db  Database
	how How
}

// ID is the agent's id.
func (a *Agent) ID() AgentID { return a.Key.Agent }

// With returns the agent with its writes done in another way: Mode, Key, Receipt and Dry of imports, Mode Atomic and Dry of
// updates, Dry of deletes.
func (a *Agent) With(h How) *Agent {
	if h == (How{}) {
		return a
	}
	return &Agent{Key: a.Key, svc: a.svc, db: a.db.With(h), how: h}
}

// need returns CodeForbidden unless the key has one of the scopes.
func (a *Agent) need(s Scope) error {
	if a.Key.Scope&s != 0 {
		return nil
	}
	return Errorf(CodeForbidden, "the API key lacks the scope %s", s.Names()[0])
}

// table finds a table by the text of its id.
func (a *Agent) table(ctx context.Context, id string) (*Table, error) {
	if id == "" {
		return nil, Errorf(CodeParameter, "table_id is required")
	}
	tid, ok := ParseID[TableID](id)
	if !ok {
		return nil, Errorf(CodeTableNotFound, "table_id must be 24 hexadecimal characters")
	}
	t, err := a.db.Table(ctx, tid)
	if err != nil {
		return nil, a.svc.foreign(ctx, a.ID(), tid, err)
	}
	return t, nil
}

// onTable runs f on a table, and again with its new definition where that has changed meanwhile.
func (a *Agent) onTable(ctx context.Context, id string, f func(*Table) error) error {
	const most = 4 // definitions change rarely
	for attempt := 1; ; attempt++ {
		t, err := a.table(ctx, id)
		if err != nil {
			return err
		}
		switch err = f(t); {
		case !errors.Is(err, ErrTableChanged):
			return err
		case attempt < most:
		case err == ErrTableChanged: // each time the verb began anew
			return &Error{Code: CodeOverloaded, Detail: "the definition of the table is changing just now, and nothing was applied"}
		default: // the definition is as it was, and does not fit what is in the store
			return fmt.Errorf("the table is damaged: %v", err)
		}
	}
}

// CreateTable makes a table (wire.md 5.1).
func (a *Agent) CreateTable(ctx context.Context, d Draft, once *Once[TableID]) (TableID, error) {
	if err := a.need(ScopeSchema); err != nil {
		return "", err
	}
	t, err := NewTable(NewTableID(a.svc.Now()), d, a.svc.Limits, a.svc.now())
	if err != nil {
		return "", err
	}
	return t.ID, a.db.CreateTable(ctx, t, once)
}

// Alter makes a list of changes of a table's definition, all of them or none. Records that do not fit are told, and then nothing is
// changed.
func (a *Agent) Alter(ctx context.Context, tableID string, list []RawAlter, once *Once[Altered]) (done Altered, err error) {
	if err := a.need(ScopeSchema); err != nil {
		return Altered{}, err
	}
	if err := CheckEntries("changes", len(list), a.svc.Limits.Fields); err != nil {
		return Altered{}, err
	}
	err = a.onTable(ctx, tableID, func(t *Table) error {
		alt, err := t.Alter(list, a.svc.Limits)
		if err == nil {
			done, err = a.db.Alter(ctx, alt, once)
		}
		return err
	})
	return done, err
}

// DropTable removes a table with all its records, whose number it returns. Its name must be given too, so that no slip of an id can do it.
func (a *Agent) DropTable(ctx context.Context, tableID, name string, once *Once[int64]) (n int64, err error) {
	if err := a.need(ScopeSchema); err != nil {
		return 0, err
	}
	err = a.onTable(ctx, tableID, func(t *Table) (err error) {
		if name != t.Name {
			return Errorf(CodeParameter, "name must be the table's name, typed in full; got %s", quoteShort(name))
		}
		n, err = a.db.DropTable(ctx, t, once)
		return err
	})
	return n, err
}

// PageNumber names a page of a list; Page counts from 1.
type PageNumber struct{ Page, Size int64 }

// Tables lists the agent's tables, all of them when p is nil (wire.md 5.2). agentID, when not empty, must be the
// agent's own.
func (a *Agent) Tables(ctx context.Context, agentID string, p *PageNumber) ([]TableCount, error) {
	if err := a.need(ScopeRead); err != nil {
		return nil, err
	}
	if id, ok := ParseID[AgentID](agentID); agentID != "" && (!ok || id != a.ID()) {
		return nil, Errorf(CodeForeignAgent, "agent_id is not the agent of this API key")
	}
	if p == nil {
		return a.db.Tables(ctx, Page{})
	}
	part, err := a.page(*p, a.svc.Limits.PageSize)
	if err != nil {
		return nil, err
	}
	return a.db.Tables(ctx, part)
}

// Import adds rows to a table and returns the finished task, also when no row could be added (wire.md 5.3). With mode
// Upsert it changes records too.
func (a *Agent) Import(ctx context.Context, tableID string, rows []Row, once *Once[Task]) (Task, error) {
	if err := a.need(ScopeWrite); err != nil {
		return Task{}, err
	}
	if err := CheckEntries("records", len(rows), a.svc.Limits.ImportRecords); err != nil {
		return Task{}, err
	}
	var task Task
	err := a.onTable(ctx, tableID, func(t *Table) error {
		b, err := t.AcceptAs(rows, a.svc.Limits, a.how)
		if err != nil {
			return err
		}
		b.Task.ID, b.Task.Created = NewTaskID(a.svc.Now()), a.svc.now()
		task, err = a.db.Import(ctx, t, b, b.Task.Created, once)
		return err
	})
	return task, err
}

// Tasks returns the import tasks of those ids that are the agent's, in the order asked for, each once (wire.md 5.4).
func (a *Agent) Tasks(ctx context.Context, ids []string) ([]Task, error) {
	if err := a.need(ScopeRead | ScopeWrite); err != nil { // who may import may see what became of it
		return nil, err
	}
	if err := CheckEntries("ids", len(ids), a.svc.Limits.TaskIDs); err != nil {
		return nil, err
	}
	known := make([]TaskID, 0, len(ids))
	for _, s := range ids {
		if id, ok := ParseID[TaskID](s); ok && !slices.Contains(known, id) {
			known = append(known, id)
		}
	}
	since := a.svc.now() - TaskRetention
	tasks := []Task{}
	text := 0
	for part := range slices.Chunk(known, 8) { // a few at a time: one refused batch may have megabytes of reasons
		found, err := a.db.Tasks(ctx, part, since)
		if err != nil {
			return nil, err
		}
		for _, t := range found {
			for _, r := range t.Rejections {
				text += len(r.Reason)
			}
			if t.Receipt != nil {
				text += t.Receipt.size()
			}
		}
		if tasks = append(tasks, found...); text > maxResultText {
			return nil, Errorf(CodeParameter, "the results of these ids are too long for one answer; ask for fewer ids at a time")
		}
	}
	return tasks, nil
}

// Repair returns the receipt of an import task that told of each row, and the task's table. CodeNotFound if there is no such
// task, CodeParameter if it has no rows to repair by.
func (a *Agent) Repair(ctx context.Context, id string) (*Table, *Receipt, error) {
	tasks, err := a.Tasks(ctx, []string{id})
	switch {
	case err != nil:
		return nil, nil, err
	case len(tasks) == 0:
		return nil, nil, Errorf(CodeNotFound, "the agent has no import task of that id")
	case tasks[0].Receipt == nil:
		return nil, nil, Errorf(CodeParameter, "the import asked for no receipt, so its rows were not kept")
	case !tasks[0].Receipt.whole():
		return nil, nil, Errorf(CodeParameter, "the rows that were left out had more than %d bytes together, so they were not kept", mostKeptText)
	}
	t, err := a.table(ctx, string(tasks[0].Table))
	return t, tasks[0].Receipt, err
}

// Update applies changes to a table's records, each on its own (wire.md 5.6), or with mode Atomic all of them or none. The
// outcomes stand in the order of the changes. An error means that nothing was applied.
func (a *Agent) Update(ctx context.Context, tableID string, raws []RawChange, create bool, once *Once[[]Outcome]) ([]Outcome, error) {
	if err := a.need(ScopeWrite); err != nil {
		return nil, err
	}
	if err := CheckEntries("update_data", len(raws), a.svc.Limits.UpdateEntries); err != nil {
		return nil, err
	}
	var outcomes []Outcome
	err := a.onTable(ctx, tableID, func(t *Table) (err error) {
		outcomes, err = a.update(ctx, t, raws, create, once)
		return err
	})
	if err != nil {
		return nil, err
	}
	return outcomes, nil
}

func (a *Agent) update(ctx context.Context, t *Table, raws []RawChange, create bool, once *Once[[]Outcome]) ([]Outcome, error) {
	outcomes := make([]Outcome, len(raws))
	changes, places := make([]Change, 0, len(raws)), make([]int, 0, len(raws))
	for i, rc := range raws {
		c, reason := t.acceptChange(rc, create)
		if reason != "" && a.how.Mode == Atomic { // the others are tried all the same: each that fails is told
			c.Problem = reason
		} else if outcomes[i].Reason = reason; reason != "" {
			continue
		}
		changes, places = append(changes, c), append(places, i)
	}
	whole := func(done []Outcome) []Outcome {
		for i, o := range done {
			outcomes[places[i]] = o
		}
		return outcomes
	}
	done, err := a.db.Update(ctx, t, changes, a.svc.now(), adapt(once, whole))
	if err != nil {
		return nil, err
	}
	return whole(done), nil
}

// adapt makes a Once for T of one for U.
func adapt[T, U any](once *Once[U], f func(T) U) *Once[T] {
	if once == nil {
		return nil
	}
	return &Once[T]{once.Key, once.Fingerprint, once.At, func(v T) []byte { return once.Answer(f(v)) }}
}

// Delete removes records, all the entries or, if one of them is no address, none (wire.md 5.7). It returns how many
// records went.
func (a *Agent) Delete(ctx context.Context, tableID string, addresses []RawAddress, once *Once[int]) (int, error) {
	if err := a.need(ScopeWrite); err != nil {
		return 0, err
	}
	if err := CheckEntries("delete_data", len(addresses), a.svc.Limits.DeleteEntries); err != nil {
		return 0, err
	}
	n := 0
	err := a.onTable(ctx, tableID, func(t *Table) (err error) {
		ss := make([]Selector, len(addresses))
		for i, addr := range addresses {
			s, reason := t.selector(addr)
			if reason != "" {
				return Errorf(CodeParameter, "delete_data[%d]: %s Nothing was deleted", i, reason)
			}
			ss[i] = s
		}
		n, err = a.db.Delete(ctx, t, ss, once)
		return err
	})
	return n, err
}

// page checks the number and size of a page, of most entries, and says which part of the list it is.
func (a *Agent) page(p PageNumber, most int) (Page, error) {
	const far = 1 << 40 // no list is as long; keeps the product in range
	switch {
	case p.Page < 1:
		return Page{}, Errorf(CodeParameter, "page must be 1 or more")
	case p.Size < 1 || p.Size > int64(most):
		return Page{}, Errorf(CodeParameter, "page_size must be between 1 and %d", most)
	}
	return Page{Offset: min(p.Page-1, far) * p.Size, Limit: int(p.Size)}, nil
}

// Answered returns the answer kept for a request with an idempotency key, nil if there is none yet. A key that lacks
// the scope for the request may not read its answer either.
func (a *Agent) Answered(ctx context.Context, need Scope, key string, f Fingerprint) ([]byte, error) {
	if err := a.need(need); err != nil {
		return nil, err
	}
	return a.db.Answered(ctx, key, f)
}

// CheckEntries checks the number of entries of a request's list. The verbs call it; who reads a request and stops to
// store entries once there are too many calls it with the number that were sent.
func CheckEntries(what string, n, most int) error {
	switch {
	case n == 0:
		return Errorf(CodeParameter, "%s must have at least one entry", what)
	case n > most:
		return Errorf(CodeParameter, "%s has %d entries; at most %d are allowed", what, n, most)
	}
	return nil
}

// Query answers a question over the agent's tables. What is wrong with it is told so that its author, man or model, can mend it.
// Each is accounted for in the service's log, refused or not.
func (a *Agent) Query(ctx context.Context, q Question) (ans *Answer, err error) {
	if err := a.need(ScopeRead); err != nil {
		return nil, err
	}
	began := a.svc.Now()
	defer func() { a.account(ctx, q, ans, err, began) }()
	if err := q.check(); err != nil {
		return nil, err
	}
	ans, err = a.db.Query(ctx, q)
	if f, ok := errors.AsType[*QueryFault](err); ok {
		return nil, a.explain(ctx, q, f)
	}
	if err != nil {
		return nil, err
	}
	a.note(ctx, q, ans)
	return ans, nil
}
