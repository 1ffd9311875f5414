package e2e

import (
	"testing"

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
	p := c.open(t)
	p.signIn(table.key)
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
	p.left("gridcell", "PX-0003")

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
