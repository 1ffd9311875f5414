package e2e

import "testing"

// startWithAgent starts a server, and makes an agent on it.
func (s *store) startWithAgent(t *testing.T, flags ...string) (*child, caller) {
	t.Helper()
	c := s.start(t, flags...)
	a, err := c.agent(t.Context())
	no(t, err)
	return c, a
}

// signedIn opens the console in a tab of its own and signs in.
func (c *child) signedIn(t *testing.T, key string) *tab {
	t.Helper()
	p := c.open(t)
	p.signIn(key)
	return p
}
