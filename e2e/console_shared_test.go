package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// What several people do to one table at the same time.

// delete deletes the records with these codes behind the console's back.
func (p parcels) delete(codes ...string) {
	p.t.Helper()
	var which []row
	for _, code := range codes {
		which = append(which, row{"filter": row{"code": code}})
	}
	_, err := read[struct{}](p.post(p.t.Context(), pathDelete, row{"table_id": p.id, "delete_data": which}))
	no(p.t, err)
}

func TestConsoleDeletedElsewhere(t *testing.T) { eachStore(t, testConsoleDeletedElsewhere) }

// testConsoleDeletedElsewhere deletes records some of which are gone already: what is said is what was done.
func testConsoleDeletedElsewhere(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 6)
	p := c.signedIn(t, table.key)
	p.visit("tables/" + table.id)
	p.see("6 records")
	table.delete("PX-0002")
	p.click("gridcell", "PX-0001")
	p.press(" ")
	p.press(kb.ArrowDown, shiftKey)
	p.press(kb.ArrowDown, shiftKey)
	p.click("button", "Delete 3 records")
	p.submit("Delete 3 records")
	p.see("2 of 3 records deleted; the others were gone already")
	p.find("gridcell", "PX-0005") // the rows have been read again

	// One, from the record shown whole.
	table.delete("PX-0004")
	p.click("gridcell", "PX-0004")
	p.press(kb.ArrowLeft)
	p.press(kb.Enter)
	p.find("heading", "Record")
	p.submit("Delete 1 record")
	p.see("1 record of parcels is deleted")
	p.submit("Delete 1 record")
	p.see("The record was gone already")
	p.left("gridcell", "PX-0004")
	p.click("gridcell", "PX-0005")
	p.press(" ")
	p.click("button", "Delete 1 record")
	p.submit("Delete 1 record")
	p.see("1 record deleted")
	if table.of("PX-0000") == nil || table.of("PX-0005") != nil {
		t.Error("other records were deleted than those that were selected")
	}
}

func TestConsoleEditedElsewhere(t *testing.T) { eachStore(t, testConsoleEditedElsewhere) }

// testConsoleEditedElsewhere edits cells that somebody else has changed since they were read: nothing is written over unseen.
func testConsoleEditedElsewhere(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 3)
	p := c.signedIn(t, table.key)
	p.visit("tables/" + table.id)
	p.see("3 records")
	weight := func(code string, w any) {
		t.Helper()
		_, err := read[outcome](table.post(t.Context(), pathUpdate, row{"table_id": table.id, "update_data": []row{{"filter": row{"code": code}, "updated_fields": row{"weight_g": w}}}}))
		no(t, err)
	}
	is := func(code, want string) {
		t.Helper()
		p.becomes(code+" of "+want, func() bool { return fmt.Sprint(table.of(code)["weight_g"]) == want })
	}

	// The value that is there is told and shown; theirs is kept.
	weight("PX-0001", 111)
	p.click("gridcell", "10")
	p.press("1000" + kb.Enter)
	p.see("Somebody else has changed this value meanwhile. It is now: 111")
	p.find("gridcell", "111")
	p.audit()
	p.looksOpen("table-changed")
	is("PX-0001", "111")
	p.click("button", "Keep theirs")
	p.focused("111")

	// Seen, it can be written over, by one edit after the other too; no other edit of one's own is another's.
	p.press("12" + kb.Enter)
	p.press(kb.ArrowUp)
	p.press("13" + kb.Enter)
	is("PX-0001", "13")
	p.see("13")

	// Mine all the same; and it is compared once more.
	weight("PX-0002", nil)
	p.press("2000" + kb.Enter)
	p.see("It is now: NULL")
	weight("PX-0002", 222)
	p.click("button", "Write mine all the same")
	p.see("It is now: 222")
	p.click("button", "Write mine all the same")
	is("PX-0002", "2000")
	p.find("gridcell", "2000")

	// What was typed can be mended.
	p.until("the row as it is stored", chromedp.Evaluate[bool](`!document.querySelector('.saving')`))
	weight("PX-0002", 5)
	p.click("gridcell", "2000")
	p.press(kb.Delete)
	p.see("It is now: 5")
	p.click("button", "Edit again")
	p.fill("textbox", "Edit weight_g", "6")
	p.press(kb.Enter)
	is("PX-0002", "6")
	if p.sees("Somebody else") {
		t.Error("an edit of the value that was told is called another's")
	}
}

func TestConsoleDroppedElsewhere(t *testing.T) { eachStore(t, testConsoleDroppedElsewhere) }

// testConsoleDroppedElsewhere does things in a table that somebody else has dropped: it is said, and there is a way back.
func testConsoleDroppedElsewhere(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	p := c.signedIn(t, a.key)
	p.expect("status of 404")
	for what, do := range map[string]func(){
		"an edit":  func() { p.press("7" + kb.Enter) },
		"a dialog": func() { p.click("button", "Add record"); p.submit("Add record") },
		"a search": func() { p.fill("searchbox", "Search records", "b") },
		"a visit":  func() { evaluate[chromedp.Void](p, `void dispatchEvent(new HashChangeEvent('hashchange'))`) },
	} {
		id, err := a.createTable(t.Context(), "short_lived", field{Name: "n", Type: "INT"})
		no(t, err)
		no(t, a.importAll(t.Context(), id, []row{{"n": 1}, {"n": 2}}))
		p.visit("tables/" + id)
		p.see("2 records")
		p.click("gridcell", "2")
		_, err = read[any](a.post(t.Context(), "/v1/database/drop-table", row{"table_id": id, "name": "short_lived"}))
		no(t, err)
		do()
		p.find("heading", "This table is gone")
		if n := p.count("grid", "short_lived") + p.count("dialog", ""); n != 0 {
			t.Errorf("after %s something of the table is left", what)
		}
		p.focused("This table is gone")
		p.audit()
		p.click("link", "Back to the tables")
		p.see("No tables yet")
	}
}
