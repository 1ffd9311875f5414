package e2e

import "testing"

func TestConsoleSignIn(t *testing.T) { eachStore(t, testConsoleSignIn) }

func testConsoleSignIn(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	p := c.open(t)
	p.find("heading", "Sign in")
	p.audit()
	p.looks("signin")
	p.expect("status of 401")
	p.fill("textbox", "API key or admin key", "app-wrong")
	p.click("button", "Sign in")
	p.see("neither an API key nor the admin key")
	p.audit()
	p.signIn(a.key)
	p.find("link", "Tables")
	p.click("button", "Sign out")
	p.find("heading", "Sign in")
	p.signIn(adminKey)
	p.find("link", "Agents")
}
