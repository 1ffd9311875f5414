package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestConsolePasteUncounted pastes a block below the rows that are known, while matches are still counted: nothing is added beside records that
// are there.
func TestConsolePasteUncounted(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	table := someParcels(t, c, 150)
	p := table.at(c, table.key)
	p.holdFetch("records/page", `"page_size":1}`)
	p.fill("searchbox", "Search records", "PX")
	p.see("more than 100 records match")
	p.click("gridcell", "PX-0000")
	p.press(kb.ArrowRight)
	p.press(kb.ArrowDown, ctrlKey)
	p.focusedCell(99, 1)
	p.paste("1\n2\n3")
	p.noted("Wait until the records are counted, then paste again.")
	p.focusedCell(99, 1)
	evaluate[chromedp.Void](p, `void release()`)
	p.see("150 records match")
	p.paste("1\n2\n3")
	p.see("3 rows that are here are changed")
	p.submit("Paste")
	p.noted("3 records changed")
	if got := table.of("PX-0101")["weight_g"]; fmt.Sprint(got) != "3" {
		t.Errorf("the third value is %v", got)
	}
}

// TestConsoleCopyCell copies a cell and pastes it into another: the same value stands there.
func TestConsoleCopyCell(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	table := someParcels(t, c, 1)
	id, err := table.createTable(t.Context(), "texts", field{Name: "a", Type: "TEXT"}, field{Name: "b", Type: "TEXT"})
	no(t, err)
	values := []string{`"Hello"`, `""`, `say "x"`, "one\ntwo", "tab\tbed", `"`, "\"a\"\r\n\"b\""}
	var rows []row
	for _, v := range values {
		rows = append(rows, row{"a": v, "b": "other"})
	}
	no(t, table.importAll(t.Context(), id, rows))
	p := c.signedIn(t, table.key)
	p.visit("tables/" + id)
	p.find("grid", "texts")
	p.find("gridcell", `"Hello"`)
	for i, want := range values {
		cell := func(column int) string {
			return fmt.Sprintf(`document.querySelector('[aria-rowindex="%d"] [aria-colindex="%d"]').focus()`, i+2, column+2)
		}
		evaluate[chromedp.Void](p, `void `+cell(0))
		copied := evaluate[string](p, `(d => { document.activeElement.dispatchEvent(new ClipboardEvent('copy', {clipboardData: d, bubbles: true, cancelable: true})); return d.getData('text/plain') })(new DataTransfer())`)
		evaluate[chromedp.Void](p, `void `+cell(1))
		p.paste(copied)
		p.becomes(fmt.Sprintf("%q in the other cell", want), func() bool {
			rs, err := table.all(t.Context(), id)
			return err == nil && rs[i].Value["b"] == want
		})
	}
}
