package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestConsoleTables(t *testing.T) { eachStore(t, testConsoleTables) }

// testConsoleTables has no table, then many, changes one and drops it.
func testConsoleTables(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	p := c.signedIn(t, a.key)
	p.see("No tables yet")
	p.find("link", "Connect an agent")
	p.audit()
	p.looks("tables-empty")
	for i := range 30 {
		_, err := a.createTable(t.Context(), fmt.Sprintf("stock_%02d", i), key("code"))
		no(t, err)
	}
	id, err := a.createTable(t.Context(), "parcels", key("code"), field{Name: "weight", Type: "TEXT"})
	no(t, err)
	table := parcels{a, t, id}
	no(t, a.importAll(t.Context(), table.id, []row{{"code": "a", "weight": "12"}, {"code": "b", "weight": "heavy"}, {"code": "c", "weight": "huge"}}))
	do(p, chromedp.Reload())
	p.see("31 tables")
	p.fill("searchbox", "Search tables", "parc")
	p.see("1 of 31")
	p.audit()

	// A change is tried, what does not fit is told, and nothing is lost.
	p.click("button", "More about parcels")
	p.click("menuitem", "Change fields")
	p.choose("Type of weight", "INT")
	p.expect("status of 400")
	p.click("button", "Try")
	p.see("invalid value for type INT")
	records, err := a.all(t.Context(), table.id)
	no(t, err)
	p.once(records[1].ID) // the first that does not fit, in the server's message
	p.once(records[2].ID) // the others, in a list
	p.audit()
	p.looksOpen("definition")
	p.choose("Type of weight", "TEXT")
	p.fill("textbox", "Name of weight", "mass")
	p.click("button", "Add field")
	p.fill("textbox", "Name of the new field", "carrier")
	p.fill("textbox", "Value of the new field for records that are there", "post")
	p.fill("textbox", "Description", "parcels on their way")
	p.click("button", "Try")
	p.see("all 3 records fit")
	p.click("button", "Apply")
	p.see("parcels on their way")
	if got := table.of("a"); got["mass"] != "12" || got["carrier"] != "post" {
		t.Errorf("changed: %v", got)
	}
	p.click("button", "More about parcels")
	p.click("menuitem", "Drop table")
	p.see("all of its 3 records")
	p.audit()
	p.fill("textbox", "Type parcels to confirm", "parcels")
	p.submit("Drop table")
	p.see("No such table")
	p.fill("searchbox", "Search tables", "")
	p.see("30 tables")
	p.looks("tables-many")
}
