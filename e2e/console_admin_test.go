package e2e

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestConsoleAdmin: an agent is made with its key, which is shown once; keys are made with scopes and a time, and revoked; the agent is deleted.
func TestConsoleAdmin(t *testing.T) { eachStore(t, testConsoleAdmin) }

func testConsoleAdmin(t *testing.T, s *store) {
	c := s.start(t)
	p := c.open(t)
	p.visit("agents")
	p.signIn(adminKey)
	p.find("heading", "Agents")
	p.find("link", "default")
	p.audit()
	p.looks("agents")

	// A name that the server refuses, then one that is markup to whoever does not look.
	const name = `<img src=x onerror=alert(1)>"shipping 🦜`
	p.click("button", "New agent")
	p.expect("status of 409")
	p.fill("textbox", "Name", "default")
	p.click("button", "Create")
	p.see("The server refused this")
	p.audit()
	p.fill("textbox", "Name", name)
	p.press(kb.Enter)
	p.find("dialog", "The key of "+name)
	secret := evaluate[string](p, `document.querySelector('dialog .code pre').textContent`)
	if !apiKey.MatchString(secret) {
		t.Fatalf("the key that is shown has an odd form")
	}
	c.leaks.know(secret)
	agent := caller{child: c, key: secret}
	if a, err := agent.get(t.Context(), "/v1/api-key/verify"); err != nil || a.status != http.StatusOK {
		t.Errorf("the key does not open: %s %v", a, err)
	}
	p.audit()
	p.click("button", "I have kept it")
	p.find("heading", name)
	if html := evaluate[string](p, `document.documentElement.outerHTML + location.href + JSON.stringify(sessionStorage)`); strings.Contains(html, secret) {
		t.Error("the key is still there once it was shown")
	}
	if evaluate[int](p, `document.querySelectorAll('main img').length`) != 0 {
		t.Error("the name became markup")
	}
	p.find("table", "Keys")
	p.audit()
	p.looks("keys")

	// A key of some scopes, for a time of one's choice, and what is wrong with the form.
	p.click("button", "New key")
	p.click("checkbox", "schema: make, change and drop tables")
	p.click("checkbox", "write: import, change and delete records")
	p.click("checkbox", "read: read records, ask questions")
	p.click("button", "Create key")
	p.see("Choose at least one scope.")
	p.click("checkbox", "read: read records, ask questions")
	p.fill("textbox", "Requests per minute", "many")
	p.click("button", "Create key")
	p.see("is a whole number")
	p.fill("textbox", "Requests per minute", "120")
	p.choose("Expires", "custom")
	p.click("button", "Create key")
	p.see("Choose a time that is yet to come.")
	p.audit()
	p.choose("Expires", "604800")
	p.click("button", "Create key")
	p.find("dialog", "The key of "+name)
	reader := evaluate[string](p, `document.querySelector('dialog .code pre').textContent`)
	c.leaks.know(reader)
	p.on(p.named("DisclosureTriangle", "Commands and settings with this key"), `function() { this.click() }`, nil)
	p.see("key=" + reader)
	p.click("button", "I have kept it")
	p.find("table", "Keys")
	p.see("in 7 days")
	p.see("120")
	type made struct {
		ID     string
		Scopes []string
		RPM    int
	}
	all, err := read[struct{ Keys []made }](c.admin().get(t.Context(), "/admin/v1/agents/"+evaluate[string](p, `location.hash.split('/')[2].split('?')[0]`)+"/keys"))
	no(t, err)
	if len(all.Keys) != 2 || len(all.Keys[1].Scopes) != 1 || all.Keys[1].Scopes[0] != "read" || all.Keys[1].RPM != 120 {
		t.Fatalf("the keys are %+v", all.Keys)
	}
	weak := all.Keys[1].ID

	// What the agent does shows, and how large it is.
	table, err := agent.createTable(t.Context(), "parcels", key("code"))
	no(t, err)
	_, err = read[any](agent.post(t.Context(), pathImport, row{"table_id": table, "records": []row{{"code": "PX-1"}, {"code": "PX-2"}}}))
	no(t, err)
	asks(t, agent, "SELECT code FROM parcels", http.StatusOK)
	p.click("tab", "Tables")
	p.see("In all: 1 tables, 2 records")
	p.audit()
	p.looks("tables")
	p.click("tab", "Questions")
	p.see("SELECT code FROM parcels")
	p.audit()
	p.click("tab", "Imports")
	p.see("All written")
	p.audit()

	// Revoked, the key opens nothing from then on.
	p.click("tab", "Keys")
	p.click("button", "Revoke "+weak)
	p.find("dialog", "Revoke the key "+weak+"?")
	p.click("button", "Cancel")
	p.click("button", "Revoke "+weak)
	p.click("button", "Revoke")
	p.left("dialog", "Revoke the key "+weak+"?") // while it is open nothing behind it is found
	p.left("button", "Revoke "+weak)
	a, err := (caller{child: c, key: reader}).get(t.Context(), "/v1/api-key/verify")
	no(t, err)
	if a.status != http.StatusUnauthorized {
		t.Errorf("a key that was revoked is answered %s", a)
	}

	// The agent goes when its name was typed, and not before.
	p.click("button", "Delete agent")
	p.find("dialog", "Delete the agent "+name+"?")
	p.audit()
	var disabled bool
	if p.on(p.find("button", "Delete for good"), `function() { return this.disabled }`, &disabled); !disabled {
		t.Error("an agent can be deleted without its name")
	}
	p.fill("textbox", "Type "+name+" to confirm", name)
	p.click("button", "Delete for good")
	p.find("heading", "Agents")
	p.left("link", name)
	if a, err := agent.get(t.Context(), "/v1/api-key/verify"); err != nil || a.status != http.StatusUnauthorized {
		t.Errorf("a key of an agent that was deleted is answered %s %v", a, err)
	}

	// Pages of agents.
	for range 51 {
		_, err := c.agent(t.Context())
		no(t, err)
	}
	p.visit("agents?page=1")
	do(p, chromedp.Reload())
	p.see("Page 1 of 2, 52 agents")
	p.click("link", "Next")
	p.see("Page 2 of 2, 52 agents")
	if n := evaluate[int](p, `document.querySelectorAll('main tbody tr').length`); n != 2 {
		t.Errorf("the last page has %d agents, want 2", n)
	}
	p.prefer("dark", "zh")
	p.see("第 2 / 2 页，共 52 个智能体")
	p.audit()
}

// TestConsoleHealth: the state of the server, while it can serve and while it cannot.
func TestConsoleHealth(t *testing.T) { eachStore(t, testConsoleHealth) }

func testConsoleHealth(t *testing.T, s *store) {
	c := s.start(t)
	p := c.open(t)
	p.visit("health")
	p.signIn(adminKey)
	p.find("heading", "Health")
	p.see("Ready")
	p.see(map[string]string{"sqlite": "SQLite", "postgres": "PostgreSQL"}[s.name])
	if text := p.text("main", ""); !regexp.MustCompile(`Agents\s+1\s`).MatchString(text) || !regexp.MustCompile(`Memory\s+[\d.]+ MB`).MatchString(text) {
		t.Errorf("the page says %s", text)
	}
	p.audit()
	p.looks("health")
	_, err := c.agent(t.Context())
	no(t, err)
	p.click("button", "Refresh")
	p.until("two agents", func(ctx context.Context, page *chromedp.Target) (bool, error) {
		return chromedp.Evaluate[bool](`/Agents\s+2\s/.test(document.querySelector('main').innerText)`)(ctx, page)
	})
	p.prefer("dark", "zh")
	p.see("就绪")
	p.audit()
	p.prefer("light", "en")
	p.find("heading", "Health")

	// A server that is gone: the page says so and what to do.
	p.expect("ERR_CONNECTION_REFUSED")
	p.expect("ERR_CONNECTION_RESET")
	p.expect("ERR_EMPTY_RESPONSE")
	c.stop()
	p.click("button", "Refresh")
	p.see("The server gave no answer")
	p.see("What to do")
	p.audit()
}

// TestConsoleKeepsSecrets: whoever is signed in, the key is in no address, no file of the console, no log, and nothing that stays behind.
func TestConsoleKeepsSecrets(t *testing.T) { eachStore(t, testConsoleKeepsSecrets) }

func testConsoleKeepsSecrets(t *testing.T, s *store) {
	c, a := s.startWithAgent(t, "--log-level", "debug")
	p := c.open(t)
	p.visit("activity")
	p.signIn(a.key)
	for _, view := range []string{"activity", "connect", "reference"} {
		p.visit(view)
		p.find("main", "")
		p.idle()
		if at := evaluate[string](p, `document.documentElement.outerHTML + location.href + document.cookie + JSON.stringify(localStorage) + document.title`); strings.Contains(at, a.key) {
			t.Errorf("%s has the key in the page or its address", view)
		}
		for _, url := range evaluate[[]string](p, `performance.getEntriesByType('resource').map(r => r.name)`) {
			if strings.Contains(url, a.key) {
				t.Errorf("a request has the key in its address: %s", url)
			}
		}
	}
	if got := evaluate[string](p, `Object.keys(sessionStorage).filter(k => sessionStorage[k].includes('app-')).join()`); got != "stele.session" {
		t.Errorf("the key is kept as %s", got)
	}
	p.click("button", "Sign out")
	p.find("heading", "Sign in")
	if strings.Contains(evaluate[string](p, `JSON.stringify(sessionStorage) + document.documentElement.outerHTML`), a.key) {
		t.Error("the key stays behind after signing out")
	}
	_, proc := c.now()
	if out := proc.out.String(); strings.Contains(out, a.key) {
		t.Error("the log has the key")
	}
}
