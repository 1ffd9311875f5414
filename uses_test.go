package stele

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
)

// usedStore keeps what is written of uses.
type usedStore struct {
	Store
	mu     sync.Mutex
	used   map[KeyID]Millis
	writes int
	err    error
}

func (s *usedStore) UseKeys(_ context.Context, uses map[KeyID]Millis) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	if s.err != nil {
		return s.err
	}
	for id, at := range uses {
		s.used[id] = max(s.used[id], at)
	}
	return nil
}

// TestKeyUses notes uses from many sides while they are written: of each key the last one is kept, and what waits goes in one write.
func TestKeyUses(t *testing.T) {
	t.Parallel()
	s := &usedStore{used: map[KeyID]Millis{}}
	u := &KeyUses{Store: s}
	u.Flush(t.Context())
	if s.writes != 0 {
		t.Error("nothing was written to the store")
	}
	want := map[KeyID]Millis{}
	var noting sync.WaitGroup
	for k := range 5 {
		id := KeyID(fmt.Sprint("key ", k))
		want[id] = 999
		for part := range 4 {
			noting.Go(func() {
				for at := range 250 {
					u.note(id, Millis(at*4+part))
					if at%100 == 0 {
						u.Flush(t.Context())
					}
				}
			})
		}
	}
	noting.Wait()
	u.Flush(t.Context())
	if !maps.Equal(s.used, want) {
		t.Errorf("%v, want %v", s.used, want)
	}
	before := s.writes
	for id := range want {
		u.note(id, 1000)
		u.note(id, 1001)
		u.note(id, 1000)
	}
	keys := []Key{{ID: "key 1", LastUsed: 999}, {ID: "key 9", LastUsed: 5}}
	if u.latest(keys); keys[0].LastUsed != 1001 || keys[1].LastUsed != 5 {
		t.Errorf("what waits is not told: %v", keys)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	u.Run(ended) // writes a last time
	if s.writes != before+1 || s.used["key 4"] != 1001 {
		t.Errorf("%d writes for all keys, and %v", s.writes-before, s.used)
	}
}

// TestKeyUsesLost: what cannot be written is told, and does not come back.
func TestKeyUsesLost(t *testing.T) {
	t.Parallel()
	broken := errors.New("no disk")
	var told []string
	u := &KeyUses{Store: &usedStore{err: broken}, Lost: func(n int, err error) { told = append(told, fmt.Sprint(n, err)) }}
	u.note("a", 1)
	u.note("b", 1)
	u.Flush(t.Context())
	u.Flush(t.Context())
	if fmt.Sprint(told) != "[2 no disk]" {
		t.Errorf("%v", told)
	}
}
