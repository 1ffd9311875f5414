package postgres

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// everyAway is the least time between two lines of the log that say that there is no connection: while the database is
// away every request meets the same, and has a line of its own.
const everyAway = 10 * time.Second

// seldom keeps lines of the log apart that say the same.
type seldom struct {
	mu   sync.Mutex
	last time.Time // of the last line
}

// due reports whether the line is to be written now, and notes that it is.
func (s *seldom) due(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.last.IsZero() && now.Sub(s.last) < everyAway {
		return false
	}
	s.last = now
	return true
}

// outage tells the log of a database that is away, and when there is a connection again.
type outage struct {
	told atomic.Bool // since the last connection; asked by every call
	seldom
}

// tell says why there is no connection, unless it was said a moment ago.
func (o *outage) tell(opt Options, err error) {
	if !o.due(opt.Now()) {
		return
	}
	o.told.Store(true)
	opt.Log.Warn("no connection to the database", "error", strings.Join(reasonsOf(err), "; "))
}

// over says that there is a connection, where it was said that there is none.
func (o *outage) over(opt Options) {
	if o.told.Load() && o.told.CompareAndSwap(true, false) {
		opt.Log.Info("connected to the database again")
	}
}
