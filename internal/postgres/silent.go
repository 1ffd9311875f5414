package postgres

import (
	"context"
	"time"
)

// One machine of a cluster that hangs, or an agent's tables that somebody has locked, would soon have every connection: each of
// its agents' calls keeps one until it is late, and nobody else would get any. So an agent whose last call had a connection
// and no answer is silent until a call of it is answered. All silent agents together have at most silentShare of the
// connections; a call that gets none of those in silentWait is refused, so that it is not the next one to be late.
const (
	silentShare = 4 // a fourth
	silentWait  = time.Second
)

// enter takes a place for a call of the agent's; ctx may end while it waits. leave gives the place back.
func (d *database) enter(ctx context.Context, a *agent, detail string) (leave func(), err error) {
	if err := a.enter(ctx); err != nil {
		return nil, err
	}
	if !a.silent.Load() {
		return a.leave, nil
	}
	late := time.NewTimer(silentWait)
	defer late.Stop()
	select {
	case d.store.silent <- struct{}{}:
		return func() { <-d.store.silent; a.leave() }, nil
	case <-late.C:
		err = unavailable(detail)
	case <-ctx.Done():
		err = ctx.Err()
	}
	a.leave()
	return nil, err
}

// heard notes whether a call that had a connection got an answer.
func (d *database) heard(ctx context.Context, a *agent, err error) {
	a.silent.Store(err != nil && !isOurs(err) && (ctx.Err() != nil || d.store.isLost(err)))
}
