package stele

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"
)

func (s *tinyStore) CreateAgent(_ context.Context, a AgentInfo) error {
	s.agents = append(s.agents, a)
	return nil
}

func (s *tinyStore) Agent(_ context.Context, idOrName string) (AgentInfo, error) {
	for _, a := range s.agents {
		if idOrName == a.Name || idOrName == string(a.ID) {
			return a, nil
		}
	}
	return AgentInfo{}, Errorf(CodeNotFound, "no agent is called so")
}

func (s *tinyStore) DeleteAgent(_ context.Context, id AgentID) error {
	s.agents = nil
	return nil
}

func (s *tinyStore) CreateKey(_ context.Context, k Key) error {
	s.key = k
	return nil
}

func newService(db *tinyDB) (*Service, *tinyStore) {
	store := &tinyStore{db: db}
	return &Service{Store: store, Limits: DefaultLimits(), Now: func() time.Time { return today }}, store
}

func TestCreateAgent(t *testing.T) {
	t.Parallel()
	repeat := strings.Repeat
	for _, name := range []string{"default", "a", "Agent 7", "日本語", repeat("😀", 64), "a-b", "a.b_c:d", "66f0a1b2c3d4e5f60123456"} {
		svc, store := newService(nil)
		a, err := svc.CreateAgent(t.Context(), name)
		if err != nil || a.Name != name || a.Created != MillisOf(today) || len(store.agents) != 1 || store.agents[0] != a {
			t.Errorf("CreateAgent(%q): %+v, %v", name, a, err)
		}
		if id, ok := ParseID[AgentID](string(a.ID)); !ok || id != a.ID {
			t.Errorf("the agent's id is %q", a.ID)
		}
	}
	for _, name := range []string{
		"", repeat("a", 65), repeat("😀", 65), " a", "a ", "a/b", "/", ".", "..", "-a", "--help", "a\nb", "a\x00", "a\u00a0b", "a\u202eb", "\xff", "a\xc3",
		"66f0a1b2c3d4e5f601234567", "66F0A1B2C3D4E5F601234567",
	} {
		svc, store := newService(nil)
		if _, err := svc.CreateAgent(t.Context(), name); ErrorCode(err) != CodeParameter || len(store.agents) != 0 {
			t.Errorf("CreateAgent(%q): %v; want CodeParameter", name, err)
		}
	}
}

// TestCreateKey: the secret opens the agent, only its hash is kept, and nothing is made for an agent that is not there.
func TestCreateKey(t *testing.T) {
	t.Parallel()
	svc, store := newService(&tinyDB{})
	a, err := svc.CreateAgent(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"default", string(a.ID)} {
		k, secret, err := svc.CreateKey(t.Context(), name, KeySpec{Scope: ScopeRead, Expires: time.Hour, RPM: 3})
		want := Key{k.ID, HashKey(secret), a.ID, ScopeRead, MillisOf(today), MillisOf(today.Add(time.Hour)), 3, 0}
		if err != nil || k != want || store.key != want || !strings.HasPrefix(secret, "app-") || k.ID == "" {
			t.Errorf("CreateKey(%q): %+v, %v; want %+v", name, k, err, want)
		}
		if agent, err := svc.Authenticate(t.Context(), secret); err != nil || agent.ID() != a.ID {
			t.Errorf("the secret does not open the agent: %v", err)
		}
	}
	if k, _, err := svc.CreateKey(t.Context(), "default", KeySpec{Scope: ScopeAll}); err != nil || k.Expires != 0 || k.RPM != 0 {
		t.Errorf("a key without bounds: %+v, %v", k, err)
	}
	before := store.key
	for _, spec := range []KeySpec{{}, {Scope: ScopeRead, Expires: -1}, {Scope: ScopeRead, RPM: -1}, {Expires: math.MaxInt64}} {
		if _, secret, err := svc.CreateKey(t.Context(), "default", spec); ErrorCode(err) != CodeParameter || secret != "" || store.key != before {
			t.Errorf("CreateKey of %+v: %q, %v; want CodeParameter", spec, secret, err)
		}
	}
	if _, secret, err := svc.CreateKey(t.Context(), "nobody", KeySpec{Scope: ScopeRead}); ErrorCode(err) != CodeNotFound || secret != "" || store.key != before {
		t.Errorf("CreateKey for nobody: %q, %v; want CodeNotFound", secret, err)
	}
}

func TestDeleteAgent(t *testing.T) {
	t.Parallel()
	svc, store := newService(nil)
	a, _ := svc.CreateAgent(t.Context(), "default")
	if _, err := svc.DeleteAgent(t.Context(), "nobody"); ErrorCode(err) != CodeNotFound || len(store.agents) != 1 {
		t.Errorf("DeleteAgent of nobody: %v", err)
	}
	if got, err := svc.DeleteAgent(t.Context(), "default"); err != nil || got != a || len(store.agents) != 0 {
		t.Errorf("DeleteAgent: %+v, %v", got, err)
	}
}
