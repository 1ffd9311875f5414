package move

import (
	"context"
	"fmt"
	"slices"

	"stele"
)

// verify reads all of both places again and compares it. It reads the source too, so that it notices a source that was
// written to since it was copied.
func (m *mover) verify(ctx context.Context) error {
	m.at.Verifying = true
	return m.eachAgent(ctx, func(a stele.AgentInfo, there *stele.AgentInfo) error {
		if there == nil || *there != a {
			return m.differ("agent %q is not in %s", a.Name, m.opt.To)
		}
		keys, copied, err := m.bothKeys(ctx, a)
		if err != nil {
			return err
		}
		if !slices.Equal(keys, copied) {
			return m.differ("agent %q has other keys in %s", a.Name, m.opt.To)
		}
		m.report.Agents++
		m.report.Keys += int64(len(keys))
		v := verifier{m, a, m.from.Mover(a.ID), m.to.Mover(a.ID)}
		if err := m.eachTable(ctx, a, func(t stele.TableCount, there *stele.TableCount) error { return v.table(ctx, t, there) }); err != nil {
			return err
		}
		m.at.Table, m.at.Done, m.at.Total = "", 0, 0
		if err := v.kept(ctx, "import tasks", &m.report.Tasks, func(ctx context.Context, from stele.Mover) (sum, error) {
			return digest(ctx, taskParts(from, m.opt.kept()), encodeTask, nil)
		}); err != nil {
			return err
		}
		if err := v.kept(ctx, "answers", &m.report.Answers, func(ctx context.Context, from stele.Mover) (sum, error) {
			return digest(ctx, answerParts(from, m.opt.kept()), encodeAnswer, nil)
		}); err != nil {
			return err
		}
		return v.kept(ctx, "saved queries", &m.report.Saved, func(ctx context.Context, from stele.Mover) (sum, error) {
			return digest(ctx, savedParts(from, m.opt.kept()), encodeSaved, nil)
		})
	})
}

// verifier compares one agent.
type verifier struct {
	*mover
	agent    stele.AgentInfo
	from, to stele.Mover
}

// table compares a table's definition, next id, and all of its records.
func (v *verifier) table(ctx context.Context, t stele.TableCount, there *stele.TableCount) error {
	if there == nil || !sameTable(t.Table, there.Table) {
		return v.differ("table %q of agent %q is not in %s", t.Name, v.agent.Name, v.opt.To)
	}
	v.at.Table, v.at.Done, v.at.Total = t.Name, 0, t.Records
	v.tell()
	next, err := v.from.NextRecordID(ctx, t.Table)
	if err != nil {
		return v.failed("reading a table of", v.opt.From, v.agent, err)
	}
	copied, err := v.to.NextRecordID(ctx, t.Table)
	if err != nil {
		return v.failed("reading a table of", v.opt.To, v.agent, err)
	}
	if next != copied {
		return v.differ("table %q of agent %q counts its next record id from %d in %s, not from %d", t.Name, v.agent.Name, copied, v.opt.To, next)
	}
	own, other, err := v.both(ctx, func(ctx context.Context, from stele.Mover, read func(int)) (sum, error) {
		return digest(ctx, recordParts(from, t.Table, v.opt.records(t.Table)), encodeRecord, read)
	})
	switch {
	case err != nil:
		return fmt.Errorf("reading table %q of agent %q: %w", t.Name, v.agent.Name, err)
	case own != other:
		return v.differ("table %q of agent %q has %s in %s and %s in %s", t.Name, v.agent.Name, other, v.opt.To, own, v.opt.From)
	case other.n != there.Records:
		return v.differ("table %q of agent %q counts %d records in %s and has %d", t.Name, v.agent.Name, there.Records, v.opt.To, other.n)
	}
	v.report.Tables++
	v.report.Records += own.n
	return nil
}

// kept compares what is kept beside the tables.
func (v *verifier) kept(ctx context.Context, what string, count *int64, read func(context.Context, stele.Mover) (sum, error)) error {
	own, other, err := v.both(ctx, func(ctx context.Context, m stele.Mover, _ func(int)) (sum, error) { return read(ctx, m) })
	switch {
	case err != nil:
		return fmt.Errorf("reading %s of agent %q: %w", what, v.agent.Name, err)
	case own != other:
		return v.differ("of %s agent %q has %s in %s and %s in %s", what, v.agent.Name, other, v.opt.To, own, v.opt.From)
	}
	*count += own.n
	return nil
}

// both reads source and target at the same time. Progress is the target's.
func (v *verifier) both(ctx context.Context, read func(context.Context, stele.Mover, func(int)) (sum, error)) (own, other sum, err error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var failed error
		if own, failed = read(ctx, v.from, nil); failed != nil {
			stop(fmt.Errorf("%s: %w", v.opt.From, failed))
		}
	}()
	other, err = read(ctx, v.to, func(n int) {
		v.at.Done += int64(n)
		v.tell()
	})
	if err != nil {
		stop(fmt.Errorf("%s: %w", v.opt.To, err))
	}
	<-done
	return own, other, context.Cause(ctx)
}
