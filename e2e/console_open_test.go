package e2e

import (
	"net"
	"testing"
)

// startWithAgent starts a server, and makes an agent on it.
func (s *store) startWithAgent(t *testing.T, flags ...string) (*child, caller) {
	t.Helper()
	c := s.start(t, flags...)
	a, err := c.agent(t.Context())
	no(t, err)
	return c, a
}

// startForGood starts a server at an address that it has again when it comes back.
func (s *store) startForGood(t *testing.T) *child {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	no(t, err)
	address := l.Addr().String()
	no(t, l.Close())
	return s.start(t, "--listen", address)
}

// signedIn opens the console in a tab of its own and signs in.
func (c *child) signedIn(t *testing.T, key string) *tab {
	t.Helper()
	p := c.open(t)
	p.signIn(key)
	return p
}
