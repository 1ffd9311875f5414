package e2e

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestKillKeepsAgentsAndKeys kills the server while agents and keys are made and taken away: what was acknowledged holds
// after the next start, what was not is whole or absent, and files and catalog agree.
func TestKillKeepsAgentsAndKeys(t *testing.T) { eachStore(t, testKillKeepsAgentsAndKeys) }

func testKillKeepsAgentsAndKeys(t *testing.T, s *store) {
	seed := setting(t, "E2E_SEED", rand.Int64())
	t.Logf("E2E_SEED=%d", seed)
	rnd := rand.New(rand.NewPCG(uint64(seed), 3))
	c := s.start(t)
	clerks := make([]*clerk, 4)
	for i := range clerks {
		clerks[i] = &clerk{child: c, rnd: rand.New(rand.NewPCG(rnd.Uint64(), 1)), tenants: map[string]*tenant{}}
	}
	acks, unknown := int64(0), 0
	for round := range s.rounds(t, 6) {
		n := int64(1 + rnd.IntN(80))
		var done atomic.Int64
		var killed atomic.Bool
		var wg sync.WaitGroup
		for _, k := range clerks {
			wg.Go(func() {
				for !killed.Load() && k.work(t.Context()) == nil {
					if done.Add(1) == n {
						killed.Store(true)
						c.kill()
					}
				}
			})
		}
		wg.Wait()
		if !killed.Load() {
			t.Fatal("all clerks have failed")
		}
		acks += done.Load()
		c.begin()
		listed := agentsByName(t, c)
		ids, err := c.at.agents(t.Context())
		no(t, err)
		for _, id := range ids {
			if !contains(listed, id) {
				t.Errorf("there is data of agent %s, whom nobody knows", id)
			}
		}
		for _, k := range clerks {
			unknown += k.check(t, listed)
		}
		if t.Failed() {
			t.Fatalf("round %d of seed %d failed", round, seed)
		}
	}
	t.Logf("%d acts acknowledged, %d cut off", acks, unknown)
}

func contains(listed map[string]string, id string) bool {
	for _, l := range listed {
		if l == id {
			return true
		}
	}
	return false
}

// agentsByName lists all agents' ids.
func agentsByName(t *testing.T, c *child) map[string]string {
	t.Helper()
	type list struct {
		Agents []struct{ ID, Name string }
	}
	m := map[string]string{}
	for page := 1; ; page++ {
		l, err := read[list](c.admin().get(t.Context(), fmt.Sprintf("/admin/v1/agents?page=%d", page)))
		no(t, err)
		for _, a := range l.Agents {
			if m[a.Name] != "" {
				t.Errorf("the name %s is listed twice", a.Name)
			}
			m[a.Name] = a.ID
		}
		if len(l.Agents) == 0 {
			return m
		}
	}
}

// clerk makes agents and keys, one act at a time.
type clerk struct {
	child   *child
	rnd     *rand.Rand
	tenants map[string]*tenant // by name
	unsure  *tenant            // whose last act got no answer
}

// tenant is what a clerk knows of one agent.
type tenant struct {
	name, id string
	making   bool              // asked for, not acknowledged
	leaving  bool              // its deletion was asked for, not acknowledged
	left     bool              // its deletion was acknowledged
	keys     map[string]string // id to secret
	revoked  []string          // secrets
	revoking string            // id of the key whose end was asked for and not acknowledged
}

// work does one act.
func (k *clerk) work(ctx context.Context) error {
	var there []*tenant
	for _, name := range sortedNames(k.tenants) {
		if x := k.tenants[name]; !x.left {
			there = append(there, x)
		}
	}
	dice := k.rnd.IntN(10)
	if len(there) == 0 || dice < 3 {
		return k.create(ctx)
	}
	x := there[k.rnd.IntN(len(there))]
	k.unsure = x
	err := k.change(ctx, x, dice)
	if err == nil {
		k.unsure = nil
	}
	return err
}

func (k *clerk) create(ctx context.Context) error {
	x := &tenant{name: fmt.Sprintf("agent-%012x", k.rnd.Uint64()>>16), making: true, keys: map[string]string{}}
	k.tenants[x.name], k.unsure = x, x
	type made struct{ ID string }
	m, err := read[made](k.child.admin().post(ctx, "/admin/v1/agents", row{"name": x.name}))
	if err == nil {
		x.id, x.making, k.unsure = m.ID, false, nil
	}
	return err
}

func (k *clerk) change(ctx context.Context, x *tenant, dice int) error {
	admin := k.child.admin()
	switch {
	case dice < 7 || len(x.keys) == 0:
		type made struct{ ID, Key string }
		m, err := read[made](admin.post(ctx, "/admin/v1/agents/"+x.id+"/keys", row{"scopes": []string{"read"}}))
		if err == nil {
			x.keys[m.ID] = m.Key
		}
		return err
	case dice < 9:
		x.revoking = sortedNames(x.keys)[0]
		a, err := admin.send(ctx, http.MethodDelete, "/admin/v1/keys/"+x.revoking, nil)
		if err := firstOf(err, a.is(http.StatusOK, 0)); err != nil {
			return err
		}
		x.revoked = append(x.revoked, x.keys[x.revoking])
		delete(x.keys, x.revoking)
		x.revoking = ""
		return nil
	default:
		x.leaving = true
		a, err := admin.send(ctx, http.MethodDelete, "/admin/v1/agents/"+x.id, nil)
		if err := firstOf(err, a.is(http.StatusOK, 0)); err != nil {
			return err
		}
		x.left = true
		return nil
	}
}

// check holds what a clerk knows against the server after a start, and settles what was not sure.
func (k *clerk) check(t *testing.T, listed map[string]string) (unknown int) {
	t.Helper()
	if k.unsure != nil {
		unknown = 1
		k.unsure = nil
	}
	for name, x := range k.tenants {
		id, there := listed[name]
		switch {
		case x.making && !there:
			delete(k.tenants, name)
			continue
		case x.making:
			x.id, x.making = id, false
		case x.leaving && !there:
			x.left = true
		case there == x.left || there && id != x.id:
			t.Errorf("agent %s is listed: %t (%s), but was deleted: %t (%s)", name, there, id, x.left, x.id)
		}
		x.leaving = false
		for keyID, secret := range x.keys {
			works := k.opens(t, x, secret)
			switch {
			case x.left && works:
				t.Errorf("a key of the deleted agent %s works", name)
			case keyID == x.revoking && !works:
				delete(x.keys, keyID)
			case !x.left && !works:
				t.Errorf("an acknowledged key of agent %s is refused", name)
			}
		}
		x.revoking = ""
		for _, secret := range x.revoked {
			if k.opens(t, x, secret) {
				t.Errorf("a revoked key of agent %s works", name)
			}
		}
	}
	return unknown
}

// opens reports whether a key is taken, and wants it to be the agent's.
func (k *clerk) opens(t *testing.T, x *tenant, secret string) bool {
	t.Helper()
	a, err := caller{child: k.child, key: secret, id: x.id, name: x.name}.get(t.Context(), pathVerify)
	no(t, err)
	if a.status == http.StatusOK && !strings.Contains(string(a.body), x.id) {
		t.Errorf("a key of agent %s opens %s", x.id, a)
	}
	return a.status == http.StatusOK
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
