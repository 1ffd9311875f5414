package move

import (
	"context"
	"errors"
	"fmt"

	"stele"
)

// ErrDiffers is the error of a copy that is not what its source is: something else has written to one of them.
var ErrDiffers = errors.New("the copy differs from its source")

func (m *mover) differ(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrDiffers}, args...)...)
}

// copy writes what the target lacks. Everything is copied in one order, so what is there is a beginning of it all.
func (m *mover) copy(ctx context.Context) error {
	return m.eachAgent(ctx, func(a stele.AgentInfo, there *stele.AgentInfo) error {
		switch {
		case there == nil:
			if err := m.to.CreateAgent(ctx, a); err != nil {
				return m.failed("making", m.opt.To, a, err)
			}
		case *there != a:
			return m.differ("in the place of agent %q there is %q in %s", a.Name, there.Name, m.opt.To)
		}
		c := copier{m, a, m.from.Mover(a.ID), m.to.Mover(a.ID)}
		if err := c.keys(ctx); err != nil {
			return err
		}
		if err := c.tables(ctx); err != nil {
			return err
		}
		m.at.Table, m.at.Done, m.at.Total = "", 0, 0
		if err := c.tasks(ctx); err != nil {
			return fmt.Errorf("copying import tasks of agent %q: %w", a.Name, err)
		}
		if err := c.answers(ctx); err != nil {
			return fmt.Errorf("copying answers of agent %q: %w", a.Name, err)
		}
		if err := c.saved(ctx); err != nil {
			return fmt.Errorf("copying saved queries of agent %q: %w", a.Name, err)
		}
		return nil
	})
}

// copier copies one agent.
type copier struct {
	*mover
	agent    stele.AgentInfo
	from, to stele.Mover
}

func (c *copier) keys(ctx context.Context) error {
	keys, there, err := c.bothKeys(ctx, c.agent)
	if err != nil {
		return err
	}
	for i, k := range keys {
		if t := at(there, i); t != nil {
			if *t != k {
				return c.differ("key %s of agent %q is another one in %s", k.ID, c.agent.Name, c.opt.To)
			}
			continue
		}
		if err := c.mover.to.CreateKey(ctx, k); err != nil {
			return c.failed("making a key of", c.opt.To, c.agent, err)
		}
	}
	return nil
}

func (m *mover) bothKeys(ctx context.Context, a stele.AgentInfo) (keys, there []stele.Key, err error) {
	if keys, err = m.from.Keys(ctx, a.ID); err != nil {
		return nil, nil, m.failed("listing keys of", m.opt.From, a, err)
	}
	if there, err = m.to.Keys(ctx, a.ID); err != nil {
		return nil, nil, m.failed("listing keys of", m.opt.To, a, err)
	}
	return keys, there, nil
}

func (c *copier) tables(ctx context.Context) error {
	return c.eachTable(ctx, c.agent, func(t stele.TableCount, there *stele.TableCount) error {
		c.at.Table, c.at.Done, c.at.Total = t.Name, 0, t.Records
		if there != nil {
			c.at.Done = there.Records
		}
		c.tell()
		after, err := c.begun(ctx, t, there)
		if err == nil {
			err = c.records(ctx, t.Table, after)
		}
		if err != nil {
			return fmt.Errorf("copying table %q of agent %q: %w", t.Name, c.agent.Name, err)
		}
		return nil
	})
}

// begun makes the table where it is not there, and finds its last record where it is.
func (c *copier) begun(ctx context.Context, t stele.TableCount, there *stele.TableCount) (last stele.RecordID, err error) {
	switch {
	case there == nil:
		next, err := c.from.NextRecordID(ctx, t.Table)
		if err != nil {
			return 0, err
		}
		return 0, c.to.PutTable(ctx, t.Table, next)
	case !sameTable(t.Table, there.Table):
		return 0, c.differ("there is another table, %q, in its place", there.Name)
	case there.Records == 0:
		return 0, nil
	}
	page, err := c.mover.to.Database(c.agent.ID).Records(ctx, there.Table, stele.RecordQuery{Offset: there.Records - 1, Limit: 1})
	if err == nil && len(page.Records) != 1 {
		err = c.differ("it counts %d records in %s, but has no last one", there.Records, c.opt.To)
	}
	if err != nil {
		return 0, err
	}
	return page.Records[0].ID, nil
}

func (c *copier) records(ctx context.Context, t *stele.Table, after stele.RecordID) error {
	return carry(ctx, after, recordParts(c.from, t, c.opt.records(t)), func(ctx context.Context, rs []stele.Record) error {
		if err := c.to.PutRecords(ctx, t, rs); err != nil {
			return err
		}
		c.at.Done += int64(len(rs))
		c.tell()
		return nil
	})
}

func recordParts(m stele.Mover, t *stele.Table, part int) parts[stele.RecordID, stele.Record] {
	return parts[stele.RecordID, stele.Record]{
		read: func(ctx context.Context, after stele.RecordID) ([]stele.Record, error) {
			return m.RecordsAfter(ctx, t, after, part)
		},
		key: func(r stele.Record) stele.RecordID { return r.ID },
	}
}

func taskParts(m stele.Mover, part int) parts[stele.TaskID, stele.Task] {
	return parts[stele.TaskID, stele.Task]{
		read: func(ctx context.Context, after stele.TaskID) ([]stele.Task, error) {
			return m.TasksAfter(ctx, after, part)
		},
		key: func(t stele.Task) stele.TaskID { return t.ID },
	}
}

func answerParts(m stele.Mover, part int) parts[string, stele.KeptAnswer] {
	return parts[string, stele.KeptAnswer]{
		read: func(ctx context.Context, after string) ([]stele.KeptAnswer, error) {
			return m.AnswersAfter(ctx, after, part)
		},
		key: func(a stele.KeptAnswer) string { return a.Key },
	}
}

func savedParts(m stele.Mover, part int) parts[stele.SavedID, stele.SavedQuery] {
	return parts[stele.SavedID, stele.SavedQuery]{
		read: func(ctx context.Context, after stele.SavedID) ([]stele.SavedQuery, error) {
			return m.SavedQueriesAfter(ctx, after, part)
		},
		key: func(q stele.SavedQuery) stele.SavedID { return q.ID },
	}
}

func (c *copier) tasks(ctx context.Context) error {
	last, err := lastKey(ctx, taskParts(c.to, c.opt.kept()))
	if err != nil {
		return err
	}
	return carry(ctx, last, taskParts(c.from, c.opt.kept()), c.to.PutTasks)
}

func (c *copier) answers(ctx context.Context) error {
	last, err := lastKey(ctx, answerParts(c.to, c.opt.kept()))
	if err != nil {
		return err
	}
	return carry(ctx, last, answerParts(c.from, c.opt.kept()), c.to.PutAnswers)
}

func (c *copier) saved(ctx context.Context) error {
	last, err := lastKey(ctx, savedParts(c.to, c.opt.kept()))
	if err != nil {
		return err
	}
	return carry(ctx, last, savedParts(c.from, c.opt.kept()), c.to.PutSavedQueries)
}

// sameTable compares all of two definitions.
func sameTable(a, b *stele.Table) bool {
	if len(a.Fields) != len(b.Fields) {
		return false
	}
	for i, f := range a.Fields {
		if f != b.Fields[i] {
			return false
		}
	}
	return a.ID == b.ID && a.Name == b.Name && a.Stored == b.Stored && a.Description == b.Description && a.Created == b.Created
}
