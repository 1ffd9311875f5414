package stele

import (
	"context"
	"sync"
	"time"
)

// usesEvery is how often the uses of keys are written, and so how much of them a process that is killed may lose.
const usesEvery = time.Minute

// KeyUses remembers when each key was used last, and writes that to the store from time to time, all keys in one batch: so a request
// waits for none of it, and a key that is used all the time costs a write a minute.
type KeyUses struct {
	Store Store
	Lost  func(n int, err error) // uses of so many keys that could not be written; may be nil
	Every time.Duration          // 0: a minute

	mu      sync.Mutex
	waiting map[KeyID]Millis
	flushes sync.Mutex // one at a time
}

// note takes down that a key was used.
func (u *KeyUses) note(id KeyID, now Millis) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.waiting == nil {
		u.waiting = make(map[KeyID]Millis)
	}
	u.waiting[id] = max(u.waiting[id], now)
}

// latest puts into keys what is not written yet.
func (u *KeyUses) latest(keys []Key) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range keys {
		keys[i].LastUsed = max(keys[i].LastUsed, u.waiting[keys[i].ID])
	}
}

// Flush writes what waits. What cannot be written is lost and told.
func (u *KeyUses) Flush(ctx context.Context) {
	u.flushes.Lock()
	defer u.flushes.Unlock()
	u.mu.Lock()
	waiting := u.waiting
	u.waiting = nil
	u.mu.Unlock()
	if len(waiting) == 0 {
		return
	}
	if err := u.Store.UseKeys(ctx, waiting); err != nil && u.Lost != nil {
		u.Lost(len(waiting), err)
	}
}

// Run flushes from time to time until ctx ends, and a last time then.
func (u *KeyUses) Run(ctx context.Context) {
	every := u.Every
	if every == 0 {
		every = usesEvery
	}
	flushEvery(ctx, every, u.Flush)
}

// flushEvery runs flush from time to time until ctx ends, and a last time then, within five seconds.
func flushEvery(ctx context.Context, every time.Duration, flush func(context.Context)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			flush(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			flush(last)
			return
		}
	}
}
