package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// parcels is a table of n records for the console, and a way to what is in it behind the console's back.
type parcels struct {
	caller
	t  *testing.T
	id string
}

func someParcels(t *testing.T, c *child, n int) parcels {
	t.Helper()
	a, err := c.agent(t.Context())
	no(t, err)
	id, err := a.createTable(t.Context(), "parcels", key("code"), field{Name: "weight_g", Type: "INT"}, field{Name: "price", Type: "FLOAT"},
		field{Name: "fragile", Type: "BOOLEAN"}, field{Name: "shipped_at", Type: "DATETIME"}, field{Name: "note", Type: "TEXT", Description: "what the driver wrote"})
	no(t, err)
	var rows []row
	for i := range n {
		r := row{"code": fmt.Sprintf("PX-%04d", i), "weight_g": i * 10, "price": float64(i) / 4, "fragile": i%2 == 0, "shipped_at": fmt.Sprintf("2026-03-%02d 08:00:00", i%28+1), "note": ""}
		if i%3 == 0 {
			r["note"] = nil
		}
		if rows = append(rows, r); len(rows) == 1000 || i == n-1 {
			no(t, a.importAll(t.Context(), id, rows))
			rows = rows[:0]
		}
	}
	return parcels{a, t, id}
}

// of is the value of the one record with a code; nil if there is none.
func (p parcels) of(code string) row {
	p.t.Helper()
	page, err := read[recordPage](p.post(p.t.Context(), pathRecords, map[string]any{"table_id": p.id, "filter": row{"code": code}}))
	no(p.t, err)
	if len(page.Records) == 0 {
		return nil
	}
	return page.Records[0].Value
}

// keyFor makes a key with some scopes only.
func (c *child) keyFor(t *testing.T, agent string, scopes ...string) string {
	t.Helper()
	type made struct{ Key string }
	k, err := read[made](c.admin().post(t.Context(), "/admin/v1/agents/"+agent+"/keys", map[string]any{"scopes": scopes}))
	no(t, err)
	c.leaks.know(k.Key)
	return k.Key
}

// focused waits until the element that has the focus shows a text, or has it for its name or value.
func (p *tab) focused(text string) {
	p.t.Helper()
	want, _ := json.Marshal(text)
	p.until("the focus on "+text, func(ctx context.Context, page *chromedp.Target) (bool, error) {
		return chromedp.Evaluate[bool](fmt.Sprintf(`(e => [e.innerText?.trim(), e.value, e.getAttribute('aria-label')].includes(%s))(document.activeElement)`, want))(ctx, page)
	})
}

// gone waits until the page no longer shows a text.
func (p *tab) gone(text string) {
	p.t.Helper()
	p.until("no text "+text, func(ctx context.Context, page *chromedp.Target) (bool, error) {
		there, err := chromedp.Evaluate[bool](shows(text))(ctx, page)
		return !there, err
	})
}

// paste has the element with the focus be pasted into.
func (p *tab) paste(text string) {
	p.t.Helper()
	b, _ := json.Marshal(text)
	evaluate[bool](p, fmt.Sprintf(`(d => { d.setData('text/plain', %s); return document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: d, bubbles: true, cancelable: true})) })(new DataTransfer())`, b))
}

// once wants the page to show a text, and no more than once.
func (p *tab) once(text string) {
	p.t.Helper()
	want, _ := json.Marshal(text)
	if n := evaluate[int](p, fmt.Sprintf(`document.body.innerText.split(%s).length - 1`, want)); n != 1 {
		p.t.Errorf("the page shows %q %d times", text, n)
	}
}

// noted waits for a note at the edge of the page.
func (p *tab) noted(text string) {
	p.t.Helper()
	want, _ := json.Marshal(text)
	p.until("the note "+text, func(ctx context.Context, page *chromedp.Target) (bool, error) {
		return chromedp.Evaluate[bool](fmt.Sprintf(`document.getElementById('notes').innerText.includes(%s)`, want))(ctx, page)
	})
}

// becomes waits until a value behind the console's back is as it should be.
func (p *tab) becomes(what string, holds func() bool) {
	p.t.Helper()
	p.until(what, func(context.Context, *chromedp.Target) (bool, error) { return holds(), nil })
}

const shiftKey, ctrlKey = chromedp.ModifierShift, chromedp.ModifierCtrl

func TestConsoleTable(t *testing.T) { eachStore(t, testConsoleTable) }

// testConsoleTable moves and edits by the keyboard alone.
func testConsoleTable(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 1200)
	p := c.open(t)
	p.signIn(table.key)
	p.find("heading", "Tables")
	p.see("1,200")
	p.audit()
	p.looks("tables")
	p.click("link", "parcels")
	p.find("grid", "parcels")
	p.see("1,200 records")
	p.audit()
	p.looks("table")

	// Arrows move, the ends are reached at once, and the rows there are read when they are seen.
	p.click("gridcell", "PX-0001")
	p.focused("PX-0001")
	p.press(kb.ArrowDown)
	p.focused("PX-0002")
	p.press(kb.ArrowRight)
	p.focused("20")
	p.press(kb.Home)
	p.press(kb.End, ctrlKey)
	p.see("PX-1199")
	p.press(kb.Home)
	p.focused("PX-1199")
	p.press(kb.PageUp)
	p.press(kb.Home, ctrlKey)
	p.focused("PX-0000")
	p.press(kb.ArrowUp)
	p.focused("code")
	p.press(kb.ArrowDown)

	// An edit is shown, stored, and as the server has it; what was typed begins it.
	p.press(kb.ArrowRight)
	p.press("0777")
	p.find("textbox", "Edit weight_g")
	p.press(kb.Enter)
	p.focused("10") // one row down
	p.see("777")
	p.becomes("the new weight", func() bool { return fmt.Sprint(table.of("PX-0000")["weight_g"]) == "777" })
	p.gone("0777")

	// What is refused is said in place, the value stays, and the text is there to be mended.
	p.press(kb.F2)
	p.focused("Edit weight_g")
	p.press("heavy" + kb.Enter)
	p.see("invalid value for type INT")
	p.audit()
	p.looksOpen("table-refused")
	p.find("gridcell", "10")
	p.click("button", "Edit again")
	p.focused("heavy")
	p.fill("textbox", "Edit weight_g", "11")
	p.press(kb.Tab)
	p.focused("0.25") // to the right
	p.becomes("the mended weight", func() bool { return fmt.Sprint(table.of("PX-0001")["weight_g"]) == "11" })
	p.press(kb.Enter)
	p.press("5" + kb.Escape)
	p.focused("0.25")

	// No value, and the empty text, are two things.
	p.press(kb.End)
	p.focused("empty text")
	p.press(kb.Delete)
	p.becomes("no note", func() bool { return table.of("PX-0001")["note"] == nil })
	p.focused("NULL")
	p.press(kb.Enter)
	p.press("a" + kb.Enter)
	p.becomes("a note", func() bool { return table.of("PX-0001")["note"] == "a" })
	p.press(kb.ArrowUp)
	p.press(kb.Enter + kb.Delete + kb.Enter)
	p.becomes("an empty note", func() bool { return table.of("PX-0001")["note"] == "" })
	p.press(kb.ArrowUp)
	p.press(kb.Home)
	p.focused("PX-0001")
	p.press(kb.Delete)
	p.see("required")
	p.press(kb.Escape)
	p.focused("PX-0001")
	p.press(kb.ArrowRight)
	p.press(kb.ArrowRight)
	p.press(kb.ArrowRight)
	p.focused("false")
	p.press(kb.Enter)
	p.choose("Edit fragile", "true")
	p.press(kb.Enter)
	p.becomes("fragile", func() bool { return table.of("PX-0001")["fragile"] == true })

	// The head: sorting, and the width of a column.
	p.press(kb.Home)
	p.press(kb.Home, ctrlKey)
	p.press(kb.ArrowUp)
	p.press(kb.Enter)
	p.sorted("code", "ascending")
	p.press(kb.Enter)
	p.sorted("code", "descending")
	p.see("PX-1199")
	width := `document.activeElement.offsetWidth`
	before := evaluate[int](p, width)
	p.press(kb.ArrowRight, chromedp.ModifierAlt)
	if after := evaluate[int](p, width); after != before+16 {
		t.Errorf("the column is %d wide, was %d", after, before)
	}
	p.press(kb.Tab) // leaves the grid
	if evaluate[bool](p, `document.querySelector('[role="grid"]').contains(document.activeElement)`) {
		t.Error("Tab stays in the grid")
	}
}

// sorted waits until a column says how it is sorted.
func (p *tab) sorted(column, order string) {
	p.t.Helper()
	p.until(column+" "+order, func(ctx context.Context, page *chromedp.Target) (bool, error) {
		return chromedp.Evaluate[bool](fmt.Sprintf(`document.querySelector('[role="columnheader"][aria-label=%q]')?.getAttribute('aria-sort') === %q`, column, order))(ctx, page)
	})
}

func TestConsoleTableSearch(t *testing.T) { eachStore(t, testConsoleTableSearch) }

// testConsoleTableSearch searches, filters and sorts; the address keeps it.
func testConsoleTableSearch(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 1200)
	p := c.open(t)
	p.signIn(table.key)
	p.visit("tables/" + table.id)
	p.see("1,200 records")
	p.fill("searchbox", "Search records", "px-01")
	p.see("100 records match")
	p.see("PX-0100")
	p.click("button", "Filter")
	p.choose("Field", "price")
	p.choose("Condition", "between")
	p.audit()
	p.fill("textbox", "From", "30")
	p.fill("textbox", "To", "40")
	p.click("button", "Apply")
	p.see("41 records match")
	p.click("button", "Filter")
	p.choose("Field", "note")
	p.choose("Condition", "null")
	p.click("button", "Apply")
	p.see("14 records match")
	p.audit()
	p.looks("table-filtered")
	p.see("14 records match") // looks reloads the page
	evaluate[chromedp.Void](p, `history.back()`)
	p.see("41 records match")
	p.click("button", "Remove filter: price between 30 – 40")
	p.see("100 records match")
	p.click("button", "price")
	p.sorted("price", "ascending")
	do(p, chromedp.Reload())
	p.sorted("price", "ascending")
	p.see("100 records match")

	// What the server refuses of a filter is said, and the filter can be taken away.
	p.expect("status of 400")
	p.click("button", "Filter")
	p.choose("Field", "weight_g")
	p.fill("textbox", "Value", "heavy")
	p.click("button", "Apply")
	p.see("where.and[0].value")
	p.audit()
	p.click("button", "Remove filter: weight_g is heavy")
	p.see("100 records match")
	p.fill("searchbox", "Search records", "no such thing")
	p.see("No record matches")
	p.audit()
	p.click("button", "Clear search and filters")
	p.see("1,200 records")

	// More than a page of matches is counted, and each can be reached.
	p.fill("searchbox", "Search records", "PX-")
	p.see("1,200 records match")
	p.click("gridcell", "PX-0001")
	p.press(kb.End, ctrlKey)
	p.see("PX-1199")

	// Columns are hidden and moved, and stay so.
	p.click("button", "Columns")
	p.audit()
	p.click("checkbox", "fragile")
	p.click("checkbox", "Created")
	p.click("button", "Move note up")
	p.focused("Move note up")
	p.press(kb.Enter)
	p.click("button", "Close")
	columns := `[...document.querySelectorAll('[role="columnheader"]')].map(e => e.getAttribute('aria-label')).join()`
	want := "Row,code,weight_g,price,note,shipped_at,Created"
	p.until(want, func(ctx context.Context, page *chromedp.Target) (bool, error) {
		got, err := chromedp.Evaluate[string](columns)(ctx, page)
		if err == nil && got != want {
			err = fmt.Errorf("%s", got)
		}
		return got == want, err
	})
	do(p, chromedp.Reload())
	p.see("1,200 records match")
	if got := evaluate[string](p, columns); got != want {
		t.Errorf("after a reload the columns are %s", got)
	}
}

func TestConsoleTableRecords(t *testing.T) { eachStore(t, testConsoleTableRecords) }

// testConsoleTableRecords adds, pastes, copies and deletes records.
func testConsoleTableRecords(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 5)
	p := c.open(t)
	p.signIn(table.key)
	p.visit("tables/" + table.id)
	p.see("5 records")
	p.click("button", "Add record")
	p.audit()
	p.looksOpen("table-add")
	p.fill("textbox", "code", "PX-0001")
	p.fill("textbox", "price", "cheap")
	p.submit("Add record")
	p.see("invalid value for type FLOAT")
	p.audit()
	p.fill("textbox", "price", "3.5")
	p.submit("Add record")
	p.see("PX-0001'") // of the conflict
	p.fill("textbox", "code", "PX-new")
	p.submit("Add record")
	p.see("6 records")
	if got := table.of("PX-new"); got == nil || got["note"] != nil || fmt.Sprint(got["price"]) != "3.5" {
		t.Errorf("added: %v", got)
	}

	// A block changes the rows that are there and adds the others; each row that is refused says why.
	p.click("gridcell", "PX-0004")
	p.paste("PX-0004\t44\r\nPX-new\theavy\r\nPX-b\t2\t\t\t\t\"two\nlines\tand a tab\"\r\nPX-0001\t3\r\n")
	p.see("2 rows that are here are changed")
	p.find("checkbox", "Add 2 rows below the last as new records")
	p.audit()
	p.looksOpen("table-paste")
	p.click("button", "Paste")
	p.see("2 rows were refused")
	p.see("Row 6: `weight_g` has an invalid value for type INT.")
	p.see("Row 8:")
	p.see("1 record changed")
	p.see("1 record added")
	p.audit()
	p.click("button", "Done")
	if got := table.of("PX-0004"); fmt.Sprint(got["weight_g"]) != "44" {
		t.Errorf("pasted: %v", got)
	}
	if got := table.of("PX-b"); got == nil || got["note"] != "two\nlines\tand a tab" {
		t.Errorf("pasted as new: %v", got)
	}
	p.see("7 records")

	// One cell is pasted as an edit; rows are copied as a spreadsheet takes them.
	p.click("gridcell", "PX-0002")
	p.press(kb.ArrowRight)
	p.paste("222")
	p.becomes("a pasted weight", func() bool { return fmt.Sprint(table.of("PX-0002")["weight_g"]) == "222" })
	evaluate[chromedp.Void](p, `void (navigator.clipboard.writeText = async s => { window.copied = s })`)
	p.press(" ")
	p.press(kb.ArrowDown, shiftKey)
	p.see("2 rows selected")
	p.press("c", ctrlKey)
	p.see("2 rows are copied")
	if got, want := evaluate[string](p, `window.copied`), "PX-0002\t222\t0.5\ttrue\t2026-03-03 08:00:00\t\r\nPX-0003\t30\t0.75\tfalse\t2026-03-04 08:00:00\t"; got != want {
		t.Errorf("copied %q, want %q", got, want)
	}
	p.audit()

	// Selected rows are deleted after a question that says how many.
	p.click("button", "Delete 2 records")
	p.see("2 records of parcels are deleted")
	p.audit()
	p.submit("Delete 2 records")
	p.see("5 records")

	// What the server gives cannot be pasted over.
	p.click("button", "Columns")
	p.click("checkbox", "Created")
	p.press(kb.Escape)
	p.click("gridcell", "PX-0001")
	p.press(kb.End)
	p.paste("yesterday")
	p.noted("nothing can be pasted over them")
	if table.of("PX-0002") != nil || table.of("PX-0003") != nil || table.of("PX-0004") == nil {
		t.Error("other records were deleted than those that were selected")
	}

	// A record whole, by the number of its row.
	p.click("gridcell", "PX-b")
	p.press(kb.ArrowLeft)
	p.press(kb.Enter)
	p.find("heading", "Record")
	p.see("lines\tand a tab")
	p.audit()
	p.looksOpen("table-record")
	p.press(kb.Escape)

	// In Chinese.
	p.prefer("light", "zh")
	p.see("共 5 条记录")
	p.click("button", "添加记录")
	p.see("留空的字段没有值")
	p.click("button", "取消")
}

// submit clicks the button of the open dialog; the page beneath may have one of the same name.
func (p *tab) submit(label string) {
	p.t.Helper()
	p.until("a button "+label+" in the dialog", func(ctx context.Context, page *chromedp.Target) (bool, error) {
		return chromedp.Evaluate[bool](fmt.Sprintf(`[...document.querySelectorAll('dialog[open]:last-of-type button:not(:disabled)')].some(b => b.innerText.trim() === %q && (b.click(), true))`, label))(ctx, page)
	})
}

// looksOpen keeps pictures of what is open, in one theme, since it would not survive a reload.
func (p *tab) looksOpen(name string) {
	p.t.Helper()
	p.shot(name)
	p.size(390, 800)
	p.idle()
	p.shot(name + "-phone")
	p.size(1280, 800)
}

func TestConsoleTableHostile(t *testing.T) { eachStore(t, testConsoleTableHostile) }

// testConsoleTableHostile shows values that would be markup, direction or a flood, and a large number.
func testConsoleTableHostile(t *testing.T, s *store) {
	c := s.start(t)
	a, err := c.agent(t.Context())
	no(t, err)
	id, err := a.createTable(t.Context(), "hostile", field{Name: "text", Type: "TEXT"}, field{Name: "n", Type: "INT"})
	no(t, err)
	long := strings.Repeat("0123456789", 10_000) + "the end"
	values := []string{`<img src=x onerror=alert(1)>`, `"><script>alert(2)</script>`, "\u202egnp.exe\u202c \u200f", "👩‍👩‍👧‍👧 e\u0301", "line one\nline two", "=1+1", long}
	var rows []row
	for i, v := range values {
		rows = append(rows, row{"text": v, "n": fmt.Sprint(9007199254740993 + int64(i)*2)})
	}
	no(t, a.importAll(t.Context(), id, rows))
	p := c.open(t)
	p.signIn(a.key)
	p.visit("tables/" + id)
	p.see("7 records")
	p.see(values[0])
	p.see(values[1])
	p.see("‹U+202E›gnp.exe‹U+202C›") // reads as it is stored, not backwards
	p.see(values[3])
	p.see("9007199254740993") // no digit is lost
	if n := evaluate[int](p, `document.querySelectorAll('main img, main script').length`); n != 0 {
		t.Errorf("%d elements were made of values", n)
	}
	p.audit()
	p.shot("hostile")

	// The whole of a long value is there on demand, and an edit of it begins with all of it.
	p.click("gridcell", "9007199254741005")
	p.press(kb.Home)
	p.press(kb.Enter, shiftKey)
	p.see("100,007 characters")
	p.see("the end")
	p.audit()
	p.press(kb.Escape)
	p.focusedCell(6, 0)
	p.press(kb.ArrowUp)
	p.press(kb.ArrowUp)
	p.click("button", "Show the whole value")
	p.see("line one\nline two")
	p.press(kb.Escape)
	p.press(kb.ArrowRight)
	p.press(kb.ArrowLeft)
	p.press(kb.Enter)
	p.focused("line one\nline two")
	p.press(kb.Escape)

	// Typed as a value it stays a value.
	p.press(kb.Enter)
	p.fill("textbox", "Edit text", values[1])
	p.press(kb.Enter)
	p.becomes("the text", func() bool {
		rs, err := a.all(t.Context(), id)
		return err == nil && rs[4].Value["text"] == values[1]
	})
	if n := evaluate[int](p, `document.querySelectorAll('main img, main script').length`); n != 0 {
		t.Errorf("%d elements were made of values", n)
	}

	// A search for it finds it, and says it in a chip and an address.
	p.click("button", "Filter")
	p.fill("textbox", "Value", values[0])
	p.click("button", "Apply")
	p.see("1 record matches")
	do(p, chromedp.Reload())
	p.see("1 record matches")
	p.find("button", "Remove filter: text contains "+values[0])
}

// focusedCell waits until the focus is in a row and a column, both counted from 0.
func (p *tab) focusedCell(row, column int) {
	p.t.Helper()
	p.until(fmt.Sprintf("the focus in row %d, column %d", row, column), func(ctx context.Context, page *chromedp.Target) (bool, error) {
		return chromedp.Evaluate[bool](fmt.Sprintf(`(e => e.getAttribute('aria-colindex') === '%d' && e.parentNode.getAttribute('aria-rowindex') === '%d')(document.activeElement)`, column+2, row+2))(ctx, page)
	})
}

func TestConsoleTableReadOnly(t *testing.T) { eachStore(t, testConsoleTableReadOnly) }

// testConsoleTableReadOnly has a key that may not write: nothing can be changed, and it is said why.
func testConsoleTableReadOnly(t *testing.T, s *store) {
	c := s.start(t)
	table := someParcels(t, c, 5)
	p := c.open(t)
	p.signIn(c.keyFor(t, table.name, "read"))
	p.find("link", "parcels")
	if n := p.count("button", "More about parcels") + p.count("link", "Create table"); n != 0 {
		t.Errorf("%d controls for what the key may not do", n)
	}
	p.click("link", "parcels")
	p.see("may read but not write")
	p.audit()
	p.looks("table-readonly")
	if n := p.count("button", "Add record") + p.count("link", "Import"); n != 0 {
		t.Errorf("%d controls for what the key may not do", n)
	}
	p.click("gridcell", "PX-0001")
	p.press(kb.Delete)
	p.press("x")
	p.paste("PX-z")
	p.noted("To change records, sign in with a key that has the scope write")
	p.press(kb.Enter) // opens the value
	p.find("heading", "code")
	p.press(kb.Escape)
	p.press(" ")
	p.see("1 row selected")
	if n := p.count("button", "Delete 1 record"); n != 0 {
		t.Error("a key that may not write is offered to delete")
	}
	if table.of("PX-0001") == nil {
		t.Error("it was changed")
	}
}

func TestConsoleTables(t *testing.T) { eachStore(t, testConsoleTables) }

// testConsoleTables has no table, then many, changes one and drops it.
func testConsoleTables(t *testing.T, s *store) {
	c := s.start(t)
	a, err := c.agent(t.Context())
	no(t, err)
	p := c.open(t)
	p.signIn(a.key)
	p.see("No tables yet")
	p.find("link", "Connect an agent")
	p.audit()
	p.looks("tables-empty")
	table := parcels{a, t, ""}
	for i := range 30 {
		_, err := a.createTable(t.Context(), fmt.Sprintf("stock_%02d", i), key("code"))
		no(t, err)
	}
	table.id, err = a.createTable(t.Context(), "parcels", key("code"), field{Name: "weight", Type: "TEXT"})
	no(t, err)
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
