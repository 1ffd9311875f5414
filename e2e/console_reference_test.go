package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestConsoleReference: the reference has each request of the document, with its members, limits and answers in the dialect that is chosen.
func TestConsoleReference(t *testing.T) { eachStore(t, testConsoleReference) }

func testConsoleReference(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	_, err := a.createTable(t.Context(), "parcels", key("code"))
	no(t, err)
	p := c.open(t)
	p.visit("reference")
	p.signIn(a.key)
	p.find("heading", "API reference")
	p.find("heading", "Introduction")
	p.see("Agent RPM request limit exceeded") // a row of the table of codes
	p.audit()
	p.looks("introduction")
	p.find("heading", "Introduction")

	// Each endpoint of the document has a place, an address, and opens.
	base, _ := c.now()
	document, err := c.http.Get(base + "/openapi.json") // not by a caller: the document has words that no other answer has
	no(t, err)
	defer func() { _ = document.Body.Close() }()
	var api struct {
		Paths map[string]map[string]json.RawMessage
	}
	no(t, json.NewDecoder(document.Body).Decode(&api))
	var ids []string
	for path, item := range api.Paths {
		for method, raw := range item {
			if method == "parameters" {
				continue
			}
			var op struct{ OperationID, Summary string }
			no(t, json.Unmarshal(raw, &op))
			if op.OperationID == "" || op.Summary == "" {
				t.Fatalf("%s %s has no name", method, path)
			}
			ids = append(ids, op.OperationID)
		}
	}
	if n := evaluate[int](p, `document.querySelectorAll('.index a[href*="op="]').length`); n != len(ids) {
		t.Errorf("the reference has %d endpoints, the document %d", n, len(ids))
	}
	for _, id := range ids {
		evaluate[chromedp.Void](p, `document.querySelector('.index a[href="#/reference?op=`+id+`"]').click()`)
		if !evaluate[bool](p, `document.querySelectorAll('.endpoint details.answer').length > 0 && location.hash === '#/reference?op=`+id+`'`) {
			t.Errorf("%s does not open", id)
		}
	}
	if text := evaluate[string](p, `document.querySelector('main').innerText`); strings.Contains(text, "[object") || strings.Contains(text, "undefined") {
		t.Error("something in the reference has no words")
	}

	// One endpoint, by its address: members within others, limits, what comes back in each dialect.
	p.visit("reference?op=createTable")
	p.find("heading", "Make a table")
	p.see("fields.")
	p.find("table", "Body of the request")
	p.see("^[a-z0-9_]{1,64}$")
	p.audit()
	p.looks("endpoint")
	p.visit("reference?op=listTables")
	p.find("heading", "Try it")
	p.choose("Dialect", "gptbots")
	bare := p.text("table", "Body of an answer 200")
	p.choose("Dialect", "altatech")
	p.see("/altatech/v1/database/tables/page")
	if wrapped := p.text("table", "Body of an answer 200"); !strings.Contains(wrapped, "message") || strings.Contains(bare, "message") {
		t.Errorf("the forms of an answer are not told apart:\n%s\n%s", bare, wrapped)
	}

	// What only reads can be sent from here, and the server's refusal is shown; what writes cannot.
	p.fill("textbox", "Body", `{}`)
	p.click("button", "Send")
	p.see(`"name":"parcels"`)
	p.audit()
	p.expect("status of 400")
	p.fill("textbox", "Body", `{"page": "<img src=x onerror=alert(1)>"`)
	p.click("button", "Send")
	p.see("The server refused this")
	p.visit("reference?op=importRecords")
	p.find("heading", "Try it")
	if p.count("button", "Send") != 0 {
		t.Error("a write can be sent from the reference")
	}

	// The search, and the keyboard alone.
	p.fill("searchbox", "Search the endpoints", "repair file")
	p.see("Results of imports")
	p.press(kb.Tab)
	p.press(kb.Enter)
	p.find("heading", "Results of imports")
	p.fill("textbox", "Path", "/gptbots/v1/database/query/import-results?ids=66f0a1b9000000000000abcd")
	p.click("button", "Send")
	p.find("region", "The answer")
	p.fill("textbox", "Path", "https://example.org/")
	p.click("button", "Send")
	p.see("the key is sent to this server alone")
	p.fill("searchbox", "Search the endpoints", "no such words")
	p.see("No endpoint has these words.")
	p.visit("reference?op=nothing")
	p.find("heading", "No such endpoint")

	// The administrator reads it too, and in Chinese.
	p.click("button", "Sign out")
	p.visit("reference?op=createKey")
	p.signIn(adminKey)
	p.find("heading", "Make an API key")
	p.see("with the admin key")
	if p.count("button", "Send") != 0 {
		t.Error("the admin API can be called from the reference")
	}
	p.prefer("dark", "zh")
	p.see("使用管理员密钥")
	p.audit()
}
