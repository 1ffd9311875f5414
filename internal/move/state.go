package move

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"stele"
)

// A state is what a store knows of the move that it takes part in: `out:ID PLACE` in the source while the move is under
// way and `moved:ID PLACE` once it is finished, with the place it goes to; `in:ID PLACE` in the target until it is
// finished, with the place it comes from. ID is made for one move from one source to one target.
//
// The source is written first at both ends. When a move begins, a crash between the two leaves a source that nobody
// serves and a target that nothing was written to: the next run begins anew. When it ends, a crash leaves `moved` and
// `in` of the same id: the next run has only to say so in the target.
type state struct{ word, id, place string }

const (
	wordOut   = "out"
	wordMoved = "moved"
	wordIn    = "in"
)

// parse reads a state. What it cannot read has a word that stands for nothing, and is refused everywhere.
func parse(text string) state {
	head, place, _ := strings.Cut(text, " ")
	word, id, _ := strings.Cut(head, ":")
	return state{word, id, place}
}

func (s state) String() string { return s.word + ":" + s.id + " " + s.place }

// Refusal says why a store in that state is not to be served, and what to do; nil if it may be. place is what the
// store is called.
func Refusal(text, place string) error {
	switch s := parse(text); s.word {
	case "":
		return nil
	case wordOut:
		return fmt.Errorf("%s is being moved to %s: run that `stele move` again to go on with it, or `stele move --undo --from %s` to give it up", place, s.place, place)
	case wordMoved:
		return fmt.Errorf("%s was moved to %s: serve that, or run `stele move --undo --from %s` to serve the old one all the same", place, s.place, place)
	case wordIn:
		return fmt.Errorf("%s holds a part of what is being moved from %s: run that `stele move` again to go on with it, or `stele move --undo --to %s` to clear it away", place, s.place, place)
	}
	return fmt.Errorf("%s is in a state of a move that this version of stele does not know: %q", place, text)
}

// begin finds out whether the move may begin or go on, and notes it in both places.
func (m *mover) begin(ctx context.Context) error {
	source, target, err := m.states(ctx)
	if err != nil {
		return err
	}
	src, dst := parse(source), parse(target)
	switch {
	case dst.word == wordIn && dst.id == src.id && (src.word == wordOut || src.word == wordMoved):
		m.id, m.report.Resumed = src.id, true
		return nil
	case src.word != "" && src.word != wordOut:
		return Refusal(source, m.opt.From)
	case dst.word == wordIn:
		return fmt.Errorf("%s holds a part of another move, from %s: `stele move --undo --to %s` clears it away", m.opt.To, dst.place, m.opt.To)
	case dst.word != "":
		return Refusal(target, m.opt.To)
	}
	if err := m.mustBeEmpty(ctx); err != nil {
		return err
	}
	m.id = rand.Text()
	out := state{wordOut, m.id, m.opt.To}.String()
	if err := m.from.SetMoveState(ctx, source, out); err != nil {
		return fmt.Errorf("noting the move in %s: %w", m.opt.From, err)
	}
	if again, err := m.to.MoveState(ctx); err == nil && again == out {
		return errors.Join(fmt.Errorf("%s and %s are the same", m.opt.From, m.opt.To), m.from.SetMoveState(ctx, out, source))
	}
	if err := m.to.SetMoveState(ctx, "", state{wordIn, m.id, m.opt.From}.String()); err != nil {
		return fmt.Errorf("noting the move in %s: %w", m.opt.To, err)
	}
	return nil
}

func (m *mover) states(ctx context.Context) (source, target string, err error) {
	if source, err = m.from.MoveState(ctx); err != nil {
		return "", "", fmt.Errorf("opening %s: %w", m.opt.From, err)
	}
	if target, err = m.to.MoveState(ctx); err != nil {
		return "", "", fmt.Errorf("opening %s: %w", m.opt.To, err)
	}
	return source, target, nil
}

// mustBeEmpty refuses a target that somebody uses.
func (m *mover) mustBeEmpty(ctx context.Context) error {
	agents, n, err := m.to.Agents(ctx, stele.Page{Limit: 1})
	if err != nil {
		return fmt.Errorf("listing the agents of %s: %w", m.opt.To, err)
	}
	if n > 0 {
		return fmt.Errorf("%s has agents already, %q and %d more: nothing is overwritten; name an empty place", m.opt.To, agents[0].Name, n-1)
	}
	return nil
}

// finish ends the move in both places.
func (m *mover) finish(ctx context.Context) error {
	source, target, err := m.states(ctx)
	if err != nil {
		return err
	}
	if src, dst := parse(source), parse(target); src.id != m.id || dst.id != m.id || dst.word != wordIn {
		return fmt.Errorf("the move was given up meanwhile, or another one begun: %s is in state %q, %s in %q", m.opt.From, source, m.opt.To, target)
	}
	if err := m.from.SetMoveState(ctx, source, state{wordMoved, m.id, m.opt.To}.String()); err != nil {
		return fmt.Errorf("ending the move in %s: %w", m.opt.From, err)
	}
	if err := m.to.SetMoveState(ctx, target, ""); err != nil {
		return fmt.Errorf("ending the move in %s: %w", m.opt.To, err)
	}
	return nil
}

// Undo gives a move up. A source, from, may be served again, whether or not the move was finished; a target, to, that
// holds a part of a copy is emptied. Either may be nil. A target whose move is finished is never touched.
func Undo(ctx context.Context, from, to stele.Movable, opt Options) error {
	m := &mover{from: from, to: to, opt: opt}
	var source, target string
	var err error
	if from != nil {
		if source, err = from.MoveState(ctx); err != nil {
			return fmt.Errorf("opening %s: %w", opt.From, err)
		}
		if w := parse(source).word; w != wordOut && w != wordMoved {
			return fmt.Errorf("%s was not moved: there is nothing to undo", opt.From)
		}
	}
	if to != nil {
		if target, err = to.MoveState(ctx); err != nil {
			return fmt.Errorf("opening %s: %w", opt.To, err)
		}
		if err := m.clear(ctx, source, target); err != nil {
			return err
		}
	}
	if from == nil {
		return nil
	}
	if err := from.SetMoveState(ctx, source, ""); err != nil {
		return fmt.Errorf("ending the move in %s: %w", opt.From, err)
	}
	return nil
}

// clear deletes what a move has written to its target, agent by agent, and ends its state there.
func (m *mover) clear(ctx context.Context, source, target string) error {
	src, dst := parse(source), parse(target)
	switch {
	case dst.word != wordIn && m.from != nil && m.mustBeEmpty(ctx) == nil:
		return nil // an earlier undo has come as far as that
	case dst.word != wordIn:
		return fmt.Errorf("%s holds no part of a move that is under way: nothing is deleted", m.opt.To)
	case m.from != nil && src.id != dst.id:
		return fmt.Errorf("%s holds a part of another move, from %s: nothing is deleted", m.opt.To, dst.place)
	}
	for {
		agents, n, err := m.to.Agents(ctx, stele.Page{Limit: pageSize})
		if err != nil {
			return fmt.Errorf("listing the agents of %s: %w", m.opt.To, err)
		}
		if len(agents) == 0 {
			break
		}
		for i, a := range agents {
			m.at.Clearing, m.at.Agents, m.at.Name = true, n-i, a.Name
			m.tell()
			if err := m.to.DeleteAgent(ctx, a.ID); err != nil {
				return m.failed("deleting", m.opt.To, a, err)
			}
		}
	}
	if err := m.to.SetMoveState(ctx, target, ""); err != nil {
		return fmt.Errorf("ending the move in %s: %w", m.opt.To, err)
	}
	return nil
}
