package storetest

import (
	"math"
	"slices"

	"stele"
)

// key makes a key of the agent.
func (f *fixture) key() stele.Key {
	f.Helper()
	return f.keep(stele.Key{Scope: stele.ScopeAll})
}

// keep fills in what every key has and puts it into the store.
func (f *fixture) keep(k stele.Key) stele.Key {
	f.Helper()
	k.ID, k.Hash, k.Agent, k.Created = stele.NewKeyID(), stele.HashKey(stele.NewSecret("app-")), f.agent.ID, f.now
	f.must("creating a key", f.store.CreateKey(f.Context(), k))
	return k
}

func keyCases() []testCase {
	return []testCase{
		{"a key is found by its hash, with all that was kept of it", func(f *fixture) {
			for _, k := range []stele.Key{
				{Scope: stele.ScopeRead}, {Scope: stele.ScopeWrite}, {Scope: stele.ScopeSchema}, {Scope: stele.ScopeAll},
				{Scope: stele.ScopeRead, Expires: f.now + 90*24*3600*1000}, {Scope: stele.ScopeRead, Expires: math.MaxInt64},
				{Scope: stele.ScopeAll, RPM: 1}, {Scope: stele.ScopeAll, RPM: math.MaxInt32},
			} {
				k = f.keep(k)
				if got, err := f.store.Key(f.Context(), k.Hash); err != nil || got != k {
					f.Errorf("key: %+v, %v; want %+v", got, err, k)
				}
			}
		}},
		{"an expired key is found too", func(f *fixture) {
			k := f.keep(stele.Key{Scope: stele.ScopeAll, Expires: f.now - 1})
			if got, err := f.store.Key(f.Context(), k.Hash); err != nil || got != k {
				f.Errorf("key: %+v, %v; want %+v", got, err, k)
			}
		}},
		{"a hash that no key has is unauthenticated, also after it was asked for before", func(f *fixture) {
			k := stele.Key{ID: stele.NewKeyID(), Hash: stele.HashKey(stele.NewSecret("app-")), Agent: f.agent.ID, Scope: stele.ScopeAll, Created: f.now}
			for range 2 {
				_, err := f.store.Key(f.Context(), k.Hash)
				f.wantCode("the unknown hash", err, stele.CodeUnauthenticated)
			}
			f.must("creating", f.store.CreateKey(f.Context(), k))
			if got, err := f.store.Key(f.Context(), k.Hash); err != nil || got != k {
				f.Errorf("the key just made: %+v, %v", got, err)
			}
		}},
		{"a key for an agent that is not there is refused", func(f *fixture) {
			k := stele.Key{ID: stele.NewKeyID(), Hash: stele.HashKey(stele.NewSecret("app-")), Agent: stele.NewAgentID(f.now.Time()), Scope: stele.ScopeAll}
			f.wantCode("creating", f.store.CreateKey(f.Context(), k), stele.CodeNotFound)
			_, err := f.store.Key(f.Context(), k.Hash)
			f.wantCode("finding", err, stele.CodeUnauthenticated)
		}},
		{"keys are listed in order of creation, each agent's apart", keysAreListed},
		{"a revoked key is gone at once, and only that one", revokedAtOnce},
		{"revoking a key that is not there is not found", func(f *fixture) {
			f.wantCode("an unknown key", f.store.RevokeKey(f.Context(), stele.NewKeyID()), stele.CodeNotFound)
			k := f.key()
			f.must("revoking", f.store.RevokeKey(f.Context(), k.ID))
			f.wantCode("a second time", f.store.RevokeKey(f.Context(), k.ID), stele.CodeNotFound)
		}},
		{"it is kept when keys were used last", keysAreUsed},
		{"a key that was in use dies with its agent", func(f *fixture) {
			k := f.key()
			_, err := f.store.Key(f.Context(), k.Hash)
			f.must("finding the key", err)
			f.must("deleting", f.store.DeleteAgent(f.Context(), f.agent.ID))
			_, err = f.store.Key(f.Context(), k.Hash)
			f.wantCode("the key", err, stele.CodeUnauthenticated)
		}},
	}
}

func revokedAtOnce(f *fixture) {
	k, stays := f.key(), f.key()
	for range 3 { // so that whatever remembers keys remembers this one
		_, err := f.store.Key(f.Context(), k.Hash)
		f.must("finding the key", err)
	}
	f.must("revoking", f.store.RevokeKey(f.Context(), k.ID))
	_, err := f.store.Key(f.Context(), k.Hash)
	f.wantCode("the revoked key", err, stele.CodeUnauthenticated)
	if ks, err := f.store.Keys(f.Context(), f.agent.ID); err != nil || !slices.Equal(ks, []stele.Key{stays}) {
		f.Errorf("keys: %v, %v; want the other one", ks, err)
	}
	if got, err := f.store.Key(f.Context(), stays.Hash); err != nil || got != stays {
		f.Errorf("the other key: %v, %v", got, err)
	}
}

func keysAreListed(f *fixture) {
	other := f.neighbour()
	if ks, err := f.store.Keys(f.Context(), f.agent.ID); err != nil || len(ks) != 0 {
		f.Errorf("keys of a new agent: %v, %v", ks, err)
	}
	var want []stele.Key
	for range 9 { // at one moment, with ids in no order
		want = append(want, f.key())
		other.key()
	}
	if ks, err := f.store.Keys(f.Context(), f.agent.ID); err != nil || !slices.Equal(ks, want) {
		f.Errorf("keys: %v, %v; want %v", ks, err, want)
	}
}

func keysAreUsed(f *fixture) {
	k := f.kept()
	a, b, never := k.key(), k.keep(stele.Key{Scope: stele.ScopeRead, LastUsed: k.now}), k.key()
	use := func(uses map[stele.KeyID]stele.Millis) {
		k.Helper()
		k.must("keeping uses", k.store.UseKeys(k.Context(), uses))
	}
	want := func(atA, atB stele.Millis) {
		k.Helper()
		a.LastUsed, b.LastUsed = atA, atB
		if ks, err := k.store.Keys(k.Context(), k.agent.ID); err != nil || !slices.Equal(ks, []stele.Key{a, b, never}) {
			k.Errorf("keys: %v, %v; want %v", ks, err, []stele.Key{a, b, never})
		}
	}
	want(0, k.now)
	gone := k.key()
	k.must("revoking", k.store.RevokeKey(k.Context(), gone.ID))
	use(map[stele.KeyID]stele.Millis{a.ID: k.now + 5, gone.ID: k.now, stele.NewKeyID(): k.now})
	want(k.now+5, k.now)
	use(map[stele.KeyID]stele.Millis{a.ID: k.now + 4, b.ID: k.now + 7}) // as another replica may, late
	want(k.now+5, k.now+7)
	use(nil)
	for range 2 {
		want(k.now+5, k.now+7)
		k.reopen()
	}
	if _, err := k.store.Key(k.Context(), gone.Hash); stele.ErrorCode(err) != stele.CodeUnauthenticated {
		k.Errorf("a key that is gone: %v", err)
	}
	many := map[stele.KeyID]stele.Millis{never.ID: k.now + 1}
	for range 1200 {
		many[stele.NewKeyID()] = k.now
	}
	use(many)
	never.LastUsed = k.now + 1
	want(k.now+5, k.now+7)
}
