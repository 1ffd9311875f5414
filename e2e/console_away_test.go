package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// offline cuts the browser off from everything, or connects it again.
func (p *tab) offline(yes bool) {
	p.t.Helper()
	p.expect("ERR_INTERNET_DISCONNECTED")
	rules := []*network.Conditions{} // none is as it is
	if yes {
		rules = append(rules, &network.Conditions{Offline: true, DownloadThroughput: -1, UploadThroughput: -1})
	}
	command(p, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: rules})
}

// anew does what has the page load itself anew, and waits until it is there. Meanwhile nothing is looked for by its role: a Chromium whose tree of
// roles is asked for while a page is loading hangs for good, and the page stays blank.
func (p *tab) anew(act func()) {
	p.t.Helper()
	evaluate[chromedp.Void](p, `void (window.before = true)`)
	act()
	p.until("the page loaded anew", chromedp.Evaluate[bool](`!window.before && document.readyState === 'complete'`))
}

// again tries again, and waits until it is known what became of that; the page must not load itself anew.
func (p *tab) again() {
	p.t.Helper()
	evaluate[chromedp.Void](p, `void (window.same = document.querySelector('.problem'))`)
	p.click("button", "Try again")
	p.until("another answer", chromedp.Evaluate[bool](`!same.isConnected && Boolean(document.querySelector('.problem'))`))
}

func TestConsoleAway(t *testing.T) { eachStore(t, testConsoleAway) }

// testConsoleAway has the server away when a view is opened, when that is tried again, and when something is written.
func testConsoleAway(t *testing.T, s *store) {
	c := s.startForGood(t)
	table := someParcels(t, c, 3)
	p := c.signedIn(t, table.key)
	p.see("1 table")
	p.expect("ERR_CONNECTION")
	p.expect("ERR_EMPTY_RESPONSE")
	p.expect("Failed to fetch")

	// A view whose module is not here. Away still, it says so once more, and the page stays; back again it opens.
	c.stop()
	p.click("link", "Ask")
	p.focused("This could not be opened")
	p.see("A part of this page did not load")
	p.audit()
	p.looks("away")
	p.again()
	p.focused("Try again")
	p.see("A part of this page did not load")
	p.find("navigation", "Main")
	c.begin()
	p.anew(func() { p.click("button", "Try again") })
	p.focused("Ask in SQL")
	p.find("textbox", "Question in SQL")

	// A view whose module is here.
	p.click("link", "Tables")
	p.see("1 table")
	c.stop()
	p.click("link", "Tables")
	p.focused("This could not be opened")
	p.see("The server gave no answer")
	p.again()
	p.focused("This could not be opened")
	c.begin()
	p.click("link", "Tables") // where one is already
	p.see("1 table")

	// A part of a view that is loaded when it is needed, with the browser cut off.
	p.click("link", "parcels")
	p.see("3 records")
	p.offline(true)
	define := func() {
		p.click("button", "More about this table")
		p.click("menuitem", "Change fields")
	}
	define()
	p.find("dialog", "Change fields")
	p.see("A part of this page did not load")
	p.audit()
	p.again()
	p.focused("Try again")
	p.offline(false)
	p.anew(func() { p.click("button", "Try again") })
	p.see("3 records")
	define()
	p.find("textbox", "Name of code")
	p.press(kb.Escape)
	p.left("textbox", "Name of code")

	// A write. Its failure is told in the view to which the reader has gone on, and holds nobody afterwards.
	p.offline(true)
	p.click("gridcell", "10")
	p.press("77" + kb.Enter)
	p.click("link", "Tables")
	p.noted("What was typed into weight_g is not stored. The server gave no answer")
	p.offline(false)
	do(p, chromedp.Reload())
	p.see("1 table")
	if n := p.asksToLeave(); n != 0 {
		t.Errorf("the browser has asked %d times whether to leave, and nothing was on its way", n)
	}
	if got := fmt.Sprint(table.of("PX-0001")["weight_g"]); got != "10" {
		t.Errorf("the weight is %s", got)
	}
}

func TestConsoleAwayPanels(t *testing.T) { eachStore(t, testConsoleAwayPanels) }

// testConsoleAwayPanels has lists within views that are open fail: each can be tried again.
func testConsoleAwayPanels(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	p := c.open(t)
	p.visit("agents")
	p.signIn(adminKey)
	p.find("link", "default")
	p.goes("agents/" + a.id)
	p.find("button", "New key")
	for _, panel := range []struct{ tab, says, shows string }{
		{"Tables", "The server gave no answer", "No tables"}, {"Imports", "A part of this page did not load", "No imports"}, {"Questions", "The server gave no answer", "Nothing was asked yet"}, {"Keys", "The server gave no answer", "Revoke"},
	} {
		p.offline(true)
		p.click("tab", panel.tab)
		p.see(panel.says)
		p.audit()
		p.offline(false)
		p.click("button", "Try again")
		p.see(panel.shows)
	}
}
