package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"stele"
)

// memories is an installation of stores in memory, by place: the smallest thing that the suite passes. It is here to
// prove the suite, by breaking one promise at a time (see flaws_test.go), and is no store to build on.
type memories struct {
	flaw   string
	mu     sync.Mutex
	places map[string]*memory
}

func (ms *memories) open(_ testing.TB, place string) stele.Store {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	if ms.places[place] == nil || ms.flaw == "forgets at close" {
		ms.places[place] = &memory{flaw: ms.flaw, dbs: map[stele.AgentID]*database{}}
	}
	if ms.flaw == "the state of a move is forgotten" {
		ms.places[place].state = ""
	}
	ms.places[place].closed = false
	return ms.places[place]
}

var errClosed = errors.New("the store is closed")

type memory struct {
	flaw   string
	mu     sync.Mutex
	state  string // of a move
	closed bool
	agents []stele.AgentInfo
	keys   []stele.Key
	cached map[stele.KeyHash]stele.Key
	dbs    map[stele.AgentID]*database
}

type database struct {
	tables  []*model
	tasks   []stele.Task
	kept    map[string]keptAnswer
	deleted map[stele.TableID]int
	queries []stele.QueryEntry
	saved   []stele.SavedQuery
}

type keptAnswer struct {
	fingerprint stele.Fingerprint
	at          stele.Millis
	answer      []byte
}

func (s *memory) has(flaw string) bool { return s.flaw == flaw }

func (s *memory) find(idOrName string) int {
	return slices.IndexFunc(s.agents, func(a stele.AgentInfo) bool {
		return a.Name == idOrName || string(a.ID) == idOrName || s.has("agent names ignore case") && lowerASCII(a.Name) == lowerASCII(idOrName)
	})
}

func (s *memory) CreateAgent(_ context.Context, a stele.AgentInfo) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	if s.find(a.Name) >= 0 && !s.has("agent names repeat") {
		return stele.Errorf(stele.CodeExists, "")
	}
	s.agents = append(s.agents, a)
	if s.has("agents by id") {
		slices.SortFunc(s.agents, func(a, b stele.AgentInfo) int { return slices.Compare([]byte(a.ID), []byte(b.ID)) })
	}
	s.dbs[a.ID] = &database{kept: map[string]keptAnswer{}, deleted: map[stele.TableID]int{}}
	return nil
}

func (s *memory) Agents(_ context.Context, p stele.Page) ([]stele.AgentInfo, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.Clone(part(s.agents, p))
	if s.has("agents count the page") {
		return list, len(list), nil
	}
	return list, len(s.agents), nil
}

func (s *memory) Agent(_ context.Context, idOrName string) (stele.AgentInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := s.find(idOrName); at >= 0 {
		return s.agents[at], nil
	}
	return stele.AgentInfo{}, stele.Errorf(stele.CodeNotFound, "")
}

func (s *memory) DeleteAgent(_ context.Context, id stele.AgentID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.find(string(id))
	if at < 0 {
		return stele.Errorf(stele.CodeNotFound, "")
	}
	s.agents = slices.Delete(s.agents, at, at+1)
	if !s.has("keys outlive agents") {
		s.keys = slices.DeleteFunc(s.keys, func(k stele.Key) bool { return k.Agent == id })
	}
	if !s.has("data outlives agents") {
		delete(s.dbs, id)
	}
	return nil
}

func (s *memory) CreateKey(_ context.Context, k stele.Key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.find(string(k.Agent)) < 0 {
		return stele.Errorf(stele.CodeNotFound, "")
	}
	if s.has("key limits are lost") {
		k.RPM = 0
	}
	s.keys = append(s.keys, k)
	return nil
}

func (s *memory) Keys(_ context.Context, agent stele.AgentID) ([]stele.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.keys), func(k stele.Key) bool { return k.Agent != agent }), nil
}

func (s *memory) Key(_ context.Context, hash stele.KeyHash) (stele.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, ok := s.cached[hash]; ok && s.has("revoked keys stay cached") {
		return k, nil
	}
	for _, k := range s.keys {
		if k.Hash == hash {
			if s.cached == nil {
				s.cached = map[stele.KeyHash]stele.Key{}
			}
			s.cached[hash] = k
			return k, nil
		}
	}
	return stele.Key{}, stele.Errorf(stele.CodeUnauthenticated, "")
}

func (s *memory) UseKeys(_ context.Context, uses map[stele.KeyID]stele.Millis) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	for i := range s.keys {
		k := &s.keys[i]
		if at := uses[k.ID]; at > k.LastUsed || s.has("the last write of a use counts") {
			k.LastUsed = at
		}
		if s.has("uses are of all keys") {
			for _, at := range uses {
				k.LastUsed = at
			}
		}
	}
	return nil
}

func (s *memory) RevokeKey(_ context.Context, id stele.KeyID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.keys)
	s.keys = slices.DeleteFunc(s.keys, func(k stele.Key) bool { return k.ID == id })
	if len(s.keys) == n {
		return stele.Errorf(stele.CodeNotFound, "")
	}
	return nil
}

func (s *memory) Owner(_ context.Context, id stele.TableID) (stele.AgentID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for agent, db := range s.dbs {
		if db.table(id) != nil {
			return agent, nil
		}
	}
	return "", stele.Errorf(stele.CodeTableNotFound, "")
}

func (s *memory) Database(id stele.AgentID) stele.Database { return &session{memory: s, agent: id} }

func (s *memory) Ready(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	return nil
}

func (s *memory) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = !s.has("serves when closed")
	return nil
}

func (db *database) table(id stele.TableID) *model {
	for _, m := range db.tables {
		if m.table.ID == id {
			return m
		}
	}
	return nil
}
