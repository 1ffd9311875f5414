package stele

import (
	"context"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// QueryID names an entry of the log of questions: 24 hexadecimal digits that ascend by the millisecond.
type QueryID string

// A QueryEntry accounts for one question: who asked what, and what came of it.
type QueryEntry struct {
	ID      QueryID
	At      Millis // when it was asked
	Key     KeyID
	Client  string // what the client calls itself; may be empty
	SQL     string // cut after 4 KiB
	Rows    int    // of the answer
	Bytes   int    // of its values, as text
	Took    time.Duration
	Refused string // why it was not answered; empty if it was
}

// Bounds of the log of questions.
const (
	KeptQueries      = 1000 // entries kept for each agent, the latest
	DefaultQueryList = 50   // entries of an agent's own list
	longestLogged    = 4 << 10
	longestRefusal   = 500
	longestClient    = 100
	mostWaiting      = 4000 // entries that are not written yet; whoever asks then writes them first
	logEvery         = time.Second
)

// QueryLog gathers entries and writes them to the agents' own databases about once a second, so that a question does not wait
// for a commit of its own. A process that is killed loses those of its last second.
type QueryLog struct {
	Store Store
	Lost  func(n int, err error) // entries that could not be written; may be nil

	mu      sync.Mutex
	waiting map[AgentID][]QueryEntry
	count   int
	flushes sync.Mutex // one at a time, so that who has flushed finds what was there before
}

// Add takes an entry down.
func (l *QueryLog) Add(ctx context.Context, agent AgentID, e QueryEntry) {
	e.SQL, e.Refused, e.Client = cutBytes(e.SQL, longestLogged), cutBytes(e.Refused, longestRefusal), cutBytes(e.Client, longestClient)
	l.mu.Lock()
	if l.waiting == nil {
		l.waiting = make(map[AgentID][]QueryEntry)
	}
	l.waiting[agent] = append(l.waiting[agent], e)
	l.count++
	full := l.count >= mostWaiting
	l.mu.Unlock()
	if full {
		l.Flush(ctx)
	}
}

// Flush writes what waits. What cannot be written is lost and told.
func (l *QueryLog) Flush(ctx context.Context) {
	l.flushes.Lock()
	defer l.flushes.Unlock()
	l.mu.Lock()
	waiting := l.waiting
	l.waiting, l.count = nil, 0
	l.mu.Unlock()
	for agent, es := range waiting {
		if n := len(es) - KeptQueries; n > 0 {
			es = es[n:]
		}
		err := l.Store.Database(agent).LogQueries(ctx, es)
		if err != nil && ErrorCode(err) != CodeUnauthenticated && l.Lost != nil { // an agent that is gone needs none
			l.Lost(len(es), err)
		}
	}
}

// Run flushes from time to time until ctx ends, and a last time then, within five seconds.
func (l *QueryLog) Run(ctx context.Context) { flushEvery(ctx, logEvery, l.Flush) }

// account takes down what came of a question.
func (a *Agent) account(ctx context.Context, q Question, ans *Answer, err error, began time.Time) {
	l := a.svc.Log
	if l == nil {
		return
	}
	now := a.svc.Now()
	e := QueryEntry{ID: newQueryID(began), At: MillisOf(began), Key: a.Key.ID, Client: q.Client, SQL: q.SQL, Took: now.Sub(began)}
	switch {
	case err != nil && ErrorCode(err) == CodeInternal:
		e.Refused = Errorf(CodeInternal, "").Error() // the rest is for the server's own log
		if ctx.Err() != nil {
			e.Refused = "the client did not wait for the answer, or its time was up"
		}
	case err != nil:
		e.Refused = err.Error()
	default:
		e.Rows = len(ans.Rows)
		for _, row := range ans.Rows {
			for _, v := range row {
				e.Bytes += len(v.String())
			}
		}
	}
	l.Add(context.WithoutCancel(ctx), a.ID(), e)
}

func newQueryID(now time.Time) QueryID { return QueryID(NewTaskID(now)) }

// Queries lists the latest questions to the agent, by whichever key, the latest first.
func (a *Agent) Queries(ctx context.Context, limit int) ([]QueryEntry, error) {
	if err := a.need(ScopeRead); err != nil {
		return nil, err
	}
	return a.svc.queries(ctx, a.db, limit)
}

// Queries lists the latest questions to the agent of that id or name, the latest first, at most limit of them.
func (s *Service) Queries(ctx context.Context, idOrName string, limit int) ([]QueryEntry, error) {
	a, err := s.Store.Agent(ctx, idOrName)
	if err != nil {
		return nil, err
	}
	return s.queries(ctx, s.Store.Database(a.ID), limit)
}

func (s *Service) queries(ctx context.Context, db Database, limit int) ([]QueryEntry, error) {
	if limit < 1 || limit > KeptQueries {
		return nil, Errorf(CodeParameter, "limit must be 1 to %d", KeptQueries)
	}
	if s.Log != nil {
		s.Log.Flush(ctx)
	}
	return db.Queries(ctx, limit)
}

// cutBytes keeps the first bytes of a text, whole characters, and makes what is no UTF-8 or NUL readable.
func cutBytes(s string, most int) string {
	if len(s) <= most && utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	b := make([]byte, 0, min(len(s), most))
	for _, r := range s {
		if r == 0 {
			r = utf8.RuneError
		}
		if len(b)+utf8.RuneLen(r) > most {
			break
		}
		b = utf8.AppendRune(b, r)
	}
	return string(b)
}
