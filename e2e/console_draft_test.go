package e2e

import (
	"fmt"
	"testing"
)

// typedInto is what stands in the fields of a form now, one after the other.
func (p *tab) typedInto(form string) []string {
	p.t.Helper()
	return evaluate[[]string](p, fmt.Sprintf(`[...document.querySelectorAll('%s :is(input, select)')].map(el => el.type === 'checkbox' ? String(el.checked) : el.value)`, form))
}

// speak changes the language by the choice in the frame, which is made anew by that.
func (p *tab) speak(label, language string) {
	p.t.Helper()
	p.on(p.find("combobox", label), `function(v) { this.value = v; this.dispatchEvent(new Event('change')) }`, nil, language)
}

func TestConsoleDrafts(t *testing.T) { eachStore(t, testConsoleDrafts) }

// testConsoleDrafts changes the language where something has been typed: it is still there, and another key does not see it.
func testConsoleDrafts(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	other := c.keyFor(t, a.id, "read", "write", "schema")
	p := c.open(t)
	p.fill("textbox", "API key or admin key", a.key)
	p.speak("Language", "zh")
	p.find("heading", "登录")
	p.speak("语言", "en")
	p.find("heading", "Sign in")
	p.expect("status of 401")
	p.click("button", "Sign in") // with the key that was typed
	p.find("navigation", "Main")
	p.visit("create")
	p.click("tab", "By a form")
	p.fill("textbox", "Name", "parcels")
	p.fill("textbox", "Name of field 1", "code")
	p.click("checkbox", "Unique: field 1")
	p.click("button", "Add a field")
	p.fill("textbox", "Name of field 2", "weight_g")
	p.choose("Type of field 2", "INT")
	p.fill("textbox", "Description of field 2", "in grams")
	p.click("checkbox", "Index for keywords")
	want := fmt.Sprintf("%q", []string{"parcels", "", "code", "TEXT", "", "false", "true", "weight_g", "INT", "in grams", "false", "false", "true"})
	if got := fmt.Sprintf("%q", p.typedInto("form")); got != want {
		t.Fatalf("the form has %s, want %s", got, want)
	}
	p.speak("Language", "zh")
	p.find("textbox", "字段 2 的名称")
	if got := fmt.Sprintf("%q", p.typedInto("form")); got != want {
		t.Errorf("after a change of the language the form has %s, want %s", got, want)
	}
	p.audit()
	p.speak("语言", "en")
	p.click("link", "Tables")
	p.find("heading", "No tables yet")
	p.visit("create?by=form")
	p.find("textbox", "Name of field 2")
	p.click("button", "Sign out")
	p.signIn(other)
	p.visit("create?by=form")
	p.find("textbox", "Name of field 1")
	if got, want := fmt.Sprintf("%q", p.typedInto("form")), fmt.Sprintf("%q", []string{"", "", "", "TEXT", "", "false", "false", "false"}); got != want {
		t.Errorf("another key sees %s, want %s", got, want)
	}
	p.click("button", "Sign out")
	p.signIn(a.key)
	p.visit("create?by=form")
	p.click("button", "Create the table")
	p.find("heading", "parcels")
	p.visit("create?by=form")
	p.find("textbox", "Name of field 1")
	if got := p.typedInto("form"); got[0] != "" || len(got) != 8 {
		t.Errorf("the table is made, and the form still has %q", got)
	}
}
