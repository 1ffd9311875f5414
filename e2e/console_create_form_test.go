package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

func TestConsoleCreateForm(t *testing.T) { eachStore(t, testConsoleCreateForm) }

// testConsoleCreateForm makes a table by a form, with the keyboard alone.
func testConsoleCreateForm(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	p := c.signedIn(t, a.key)
	p.visit("create?by=form")
	p.find("textbox", "Name")
	p.audit()
	p.pictures("create-form")
	p.focus("textbox", "Name")
	p.typed("Parcels")
	p.focus("textbox", "Name of field 1")
	p.typed("code")
	p.focus("button", "Add a field")
	p.press(kb.Enter)
	p.typed("Weight") // the new field has the focus
	p.press("\t")
	p.see("A name is 1 to 64 of a to z, 0 to 9 and _.") // told when one leaves it
	p.typed("INT")
	p.focus("button", "Move field 2 up")
	p.press(kb.Enter)
	p.expect("status of 40") // 400, and 409 for a name that is there
	p.focus("button", "Create the table")
	p.press(kb.Enter)
	p.see("Invalid table name: name must be 1 to 64 characters of a-z, 0-9 and _, and begin with a letter")
	p.fill("textbox", "Name", "parcels")
	p.press(kb.Enter)
	p.see("Invalid field name: the name of field 1 must be 1 to 64 characters")
	var focused string
	p.on(p.find("textbox", "Name of field 1"), `function() { return String(document.activeElement === this) + this.getAttribute('aria-invalid') }`, &focused)
	if focused != "truetrue" {
		t.Errorf("the field that is wrong is not where one is: %s", focused)
	}
	p.audit()
	p.shot("fault")
	p.fill("textbox", "Name of field 1", "weight_g")
	p.focus("checkbox", "Unique: field 2")
	p.press(" ")
	p.focus("checkbox", "Required: field 2")
	p.press(" ")
	p.focus("button", "Add a field")
	p.press(kb.Enter)
	p.focus("button", "Remove field 3")
	p.press(kb.Enter)
	p.focus("button", "Create the table")
	p.press(kb.Enter)
	p.find("heading", "parcels")
	page, err := a.page(t.Context(), a.tableNamed(t, "parcels", 0), 1, 1)
	no(t, err)
	if got, want := fmt.Sprint(page.TableInfo.Fields), fmt.Sprint([]field{{Name: "weight_g", Type: "INT"}, {Name: "code", Type: "TEXT", Required: true, Unique: true}}); got != want {
		t.Errorf("fields are %s, want %s", got, want)
	}
	p.visit("create?by=form")
	p.fill("textbox", "Name", "parcels")
	p.fill("textbox", "Name of field 1", "x")
	p.press(kb.Enter)
	p.see("Table name already exists")
}

func TestConsoleCreateScopes(t *testing.T) { eachStore(t, testConsoleCreateScopes) }

func testConsoleCreateScopes(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	table, err := a.createTable(t.Context(), "parcels", key("code"))
	no(t, err)
	type made struct{ Key string }
	k, err := read[made](c.admin().post(t.Context(), "/admin/v1/agents/"+a.name+"/keys", row{"scopes": []string{"read"}}))
	no(t, err)
	c.leaks.know(k.Key)
	p := c.signedIn(t, k.Key)
	p.visit("create")
	p.find("heading", "This key may not create tables")
	p.audit()
	p.visit("create?table=" + table)
	p.find("heading", "This key is read only")
	p.audit()
}
