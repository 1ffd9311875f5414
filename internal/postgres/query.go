package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
	"stele/internal/postgres/sqlguard"
)

// readBeyond is how much more is read of an answer than it may have in values: a row is cut only once it is here.
const readBeyond = 4 << 20

// errFresh asks for the question to be asked once more, on what is then known of the agent's role.
var errFresh = errors.New("the agent's role is not as it was known")

// Query answers a question: the parser admits it, and then it runs as the agent's own role.
func (d *database) Query(ctx context.Context, q stele.Question) (*stele.Answer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := d.store
	shape, err := s.shape(q)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil { // the caller's time went into loading the grammar: the next question finds it there
		return nil, err
	}
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, s.opt.QueryTimeout) // from here on: the first question waits for the grammar
	defer cancel()
	until, _ := ctx.Deadline()
	most := time.Until(until)
	var ans *stele.Answer
	for attempt := range readAttempts {
		asked := false
		if err = d.prepare(ctx, q, shape); err == nil {
			asked = true
			ans, err = d.ask(ctx, q)
		}
		// A table that was known is another one by now, or has another name: whether it is there is looked up once more.
		renewed := asked && attempt == 0 && isNoTable(err)
		if !renewed && !errors.Is(err, errFresh) && !errors.Is(err, errAgain) {
			break
		}
		s.ask.forget(d.id)
	}
	switch {
	case errors.Is(err, errFresh):
		s.ask.refuse(s.opt.Now())
		s.opt.Log.Error("questions in SQL are refused: the server does not let the roles log in that they run as; pg_hba.conf must let them in by password", "error", err)
		return nil, errNotSetUp()
	case errors.Is(err, errAgain):
		return nil, unavailable(notRead)
	case errors.Is(caller.Err(), context.Canceled):
		return nil, caller.Err()
	case errors.Is(err, context.DeadlineExceeded), isLate(err):
		return nil, stele.Late(most)
	}
	return ans, err
}

// isNoTable reports whether the server has no such table, or does not let it be read.
func isNoTable(err error) bool {
	f, ok := errors.AsType[*stele.QueryFault](err)
	return ok && f.Fault == stele.FaultTable
}

// isLate reports whether the server itself has ended a question for its time.
func isLate(err error) bool {
	f, ok := errors.AsType[*stele.QueryFault](err)
	return ok && f.Fault == stele.FaultTime
}

// shape is what the parser admits of a question.
func (s *Store) shape(q stele.Question) (*sqlguard.Shape, error) {
	s.ask.mu.Lock()
	refused := !s.ask.refused.IsZero() && s.opt.Now().Sub(s.ask.refused) < everyRefusal
	bare := s.ask.bare
	s.ask.mu.Unlock()
	if refused {
		return nil, errNotSetUp()
	}
	if bare {
		return &sqlguard.Shape{Params: len(q.Params)}, nil
	}
	shape, err := s.ask.guard.Read(q.SQL)
	if err != nil {
		return nil, err
	}
	if shape.Params != len(q.Params) {
		return nil, &stele.QueryFault{Fault: stele.FaultParams, Detail: stele.ParamsDetail(shape.Params, len(q.Params))}
	}
	for _, n := range shape.Short {
		if n > 0 && utf8.RuneCountInString(q.Params[n-1].Text) > 256 {
			return nil, &stele.QueryFault{Detail: fmt.Sprintf("what is looked for by $%d must have at most 256 characters", n)}
		}
	}
	return shape, nil
}

// prepare sees that the agent's role is there and may read the tables of the question, and that those are the agent's.
func (d *database) prepare(ctx context.Context, q stele.Question, shape *sqlguard.Shape) error {
	s := d.store
	missing := s.ask.missing(d.id, shape.Tables)
	if len(missing) == 0 && s.ask.known(d.id) {
		return nil
	}
	secret, err := s.secret(ctx)
	if err != nil {
		return err
	}
	there := make(map[string]bool)
	err = d.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		rows, err := c.Query(ctx, `SELECT stored_name FROM `+d.schema+`._tables WHERE stored_name=ANY($1)`, missing)
		if err != nil {
			return err
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, n := range names {
			there[n] = true
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, t := range shape.Tables {
		if !there[t.Name] && slices.Contains(missing, t.Name) {
			return &stele.QueryFault{Fault: stele.FaultTable, Name: t.Name, Place: utf8.RuneCountInString(q.SQL[:min(max(t.Place, 0), len(q.SQL))]) + 1}
		}
	}
	if err := d.permit(ctx, secret, missing); err != nil {
		return err
	}
	s.ask.permitted(d.id, missing)
	return nil
}

// ask runs the question on a connection of the agent's.
func (d *database) ask(ctx context.Context, q stele.Question) (*stele.Answer, error) {
	s := d.store
	x, err := s.ask.take(ctx, d.id)
	if err != nil {
		return nil, err
	}
	for fresh := x == nil; ; fresh = true {
		if fresh {
			if x, err = d.connect(ctx); err != nil {
				s.ask.give(d.id)
				return nil, err
			}
		}
		ans, err := x.ask(ctx, q)
		if err == nil {
			s.ask.reuse(d.id, x, ans.Cut == stele.Whole)
			return ans, nil
		}
		state := sqlState(err)
		if isSlip(state) { // the server has undone it like any other
			s.ask.reuse(d.id, x, true)
			return nil, d.blame(ctx, q, err)
		}
		lost := ctx.Err() == nil && (state == "" || strings.HasPrefix(state, "57P")) && !isTooMuch(err) // the server may have said that it ends it
		_ = x.rest()
		x.close()
		if lost && !fresh { // it had died while nobody used it
			continue
		}
		if ctx.Err() != nil && state == "" { // told to give up, the server has not answered
			d.watch(x.conn.PID())
		} else {
			s.ask.give(d.id)
		}
		return nil, d.blame(ctx, q, err)
	}
}

// isSlip reports whether a question was wrong in its words or its values, and neither the connection nor the agent's role have to do with it.
func isSlip(state string) bool {
	return strings.HasPrefix(state, "22") || strings.HasPrefix(state, "42") && state != "42P01" && state != "42501"
}

// connect opens a connection as the agent's role.
func (d *database) connect(ctx context.Context) (*asker, error) {
	secret, err := d.store.secret(ctx)
	if err != nil {
		return nil, err
	}
	x, err := d.openAsker(ctx, secret)
	switch state := sqlState(err); {
	case err == nil:
		return x, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case state == "28000" || state == "28P01" || state == "42501": // no such role, no such password, or it may not come in
		return nil, fmt.Errorf("%w: %w", errFresh, err)
	case state == "53300": // the role has all connections that it may have, or the server has
		if d.store.full.due(d.store.opt.Now()) {
			d.store.opt.Log.Warn("questions are turned away: the server has no connection left for them", "agent", d.id, "error", strings.Join(reasonsOf(err), "; "))
		}
		return nil, &stele.Error{Code: stele.CodeOverloaded, Detail: tooMany, RetryAfter: retryAfter}
	}
	d.store.away.tell(d.store.opt, err)
	return nil, unavailable(notRead)
}
