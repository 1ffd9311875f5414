// Package move copies an installation from one store into another, verifies the copy, and keeps both from being served
// while it is neither here nor there. It knows stele.Movable and no store.
package move

import (
	"context"
	"fmt"

	"stele"
)

// Options of a move.
type Options struct {
	From, To string         // what the places are called, for those who meet the states and for errors; no secrets
	Progress func(Progress) // called by one goroutine at a time, after each part; may be nil
	Part     int            // records, tasks, answers or saved queries read and written at once; 0: as many as fit a few megabytes
}

// What is read and written at once. Large transactions pay: where unique values come in no order, 300,000 records cost
// 22 us each of a processor's time by the thousand, 13 by five thousand and 8 by twenty thousand.
const (
	mostRecords = 20_000
	mostValues  = 120_000 // of 32 bytes; how much text a part has is bounded by the store
	mostKept    = 1000    // tasks, answers or saved queries
)

// records is how many records of a table are read at once.
func (o *Options) records(t *stele.Table) int {
	if o.Part > 0 {
		return o.Part
	}
	return max(1, min(mostRecords, mostValues/(len(t.Fields)+1)))
}

// kept is how many tasks, answers or saved queries are.
func (o *Options) kept() int {
	if o.Part > 0 {
		return o.Part
	}
	return mostKept
}

// Progress is how far a move has come.
type Progress struct {
	Verifying     bool // all is copied, and is read back
	Clearing      bool // a part of a copy is deleted: Agents are those that are left, Agent is 0
	Agent, Agents int  // the first agent is 1
	Name          string
	Table         string // "" before the agent's first table and after its last
	Done, Total   int64  // records of the table
}

// Report is what a move has done.
type Report struct {
	Resumed                                              bool  // an earlier run had begun it
	Agents, Keys, Tables, Records, Tasks, Answers, Saved int64 // in the whole of it, earlier runs included
}

// mover is one run of a move.
type mover struct {
	from, to stele.Movable
	opt      Options
	id       string
	at       Progress
	report   Report
}

// Run moves all that from keeps to to, which must be empty or the target of an earlier run that did not come to its end:
// then it goes on where that stopped. Nobody else may write to either. When it returns without an error the copy has
// been read back and compared, and from is not served any more.
func Run(ctx context.Context, from, to stele.Movable, opt Options) (Report, error) {
	m := &mover{from: from, to: to, opt: opt}
	// A run that goes on takes the same steps: what is there already is passed over.
	for _, step := range []func(context.Context) error{m.begin, m.copy, m.verify, m.finish} {
		if err := step(ctx); err != nil {
			return m.report, err
		}
	}
	return m.report, nil
}

// tell reports progress.
func (m *mover) tell() {
	if m.opt.Progress != nil {
		m.opt.Progress(m.at)
	}
}

// pageSize is how many agents or tables are listed at once.
const pageSize = 100

// eachAgent runs f on the source's agents in order of creation, with what stands at the same place of the target's
// list: nil where that has ended.
func (m *mover) eachAgent(ctx context.Context, f func(a stele.AgentInfo, there *stele.AgentInfo) error) error {
	for offset := int64(0); ; {
		p := stele.Page{Offset: offset, Limit: pageSize}
		agents, n, err := m.from.Agents(ctx, p)
		if err != nil {
			return fmt.Errorf("listing the agents of %s: %w", m.opt.From, err)
		}
		there, _, err := m.to.Agents(ctx, p)
		if err != nil {
			return fmt.Errorf("listing the agents of %s: %w", m.opt.To, err)
		}
		if len(there) > len(agents) {
			return m.differ("%s has an agent %q that %s does not have", m.opt.To, there[len(agents)].Name, m.opt.From)
		}
		for i, a := range agents {
			m.at.Agent, m.at.Agents, m.at.Name = int(offset)+i+1, n, a.Name
			m.at.Table, m.at.Done, m.at.Total = "", 0, 0
			m.tell()
			if err := f(a, at(there, i)); err != nil {
				return err
			}
		}
		if offset += int64(len(agents)); len(agents) < pageSize {
			return nil
		}
	}
}

// eachTable does the same with an agent's tables.
func (m *mover) eachTable(ctx context.Context, a stele.AgentInfo, f func(t stele.TableCount, there *stele.TableCount) error) error {
	from, to := m.from.Database(a.ID), m.to.Database(a.ID)
	for offset := int64(0); ; {
		p := stele.Page{Offset: offset, Limit: pageSize}
		tables, err := from.Tables(ctx, p)
		if err != nil {
			return m.failed("listing tables of", m.opt.From, a, err)
		}
		there, err := to.Tables(ctx, p)
		if err != nil {
			return m.failed("listing tables of", m.opt.To, a, err)
		}
		if len(there) > len(tables) {
			return m.differ("agent %q has a table %q in %s and not in %s", a.Name, there[len(tables)].Name, m.opt.To, m.opt.From)
		}
		for i, t := range tables {
			if err := f(t, at(there, i)); err != nil {
				return err
			}
		}
		if offset += int64(len(tables)); len(tables) < pageSize {
			return nil
		}
	}
}

// at is the ith of a list, nil behind its end.
func at[T any](list []T, i int) *T {
	if i >= len(list) {
		return nil
	}
	return &list[i]
}

// failed says which agent an error met.
func (m *mover) failed(what, place string, a stele.AgentInfo, err error) error {
	return fmt.Errorf("%s agent %q in %s: %w", what, a.Name, place, err)
}
