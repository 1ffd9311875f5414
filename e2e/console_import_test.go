package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestConsoleImportRefused(t *testing.T) { eachStore(t, testConsoleImportRefused) }

// testConsoleImportRefused imports rows that the server refuses, mends those of the repair file, and imports them; then it changes records by their key.
func testConsoleImportRefused(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	table, err := a.createTable(t.Context(), "parcels", key("code"), field{Name: "weight_g", Type: "INT"}, field{Name: "note", Type: "TEXT"})
	no(t, err)
	p := c.signedIn(t, a.key)
	p.saves()
	p.visit("create?table=" + table)
	p.find("heading", "Import into parcels")
	p.take(written(t, "parcels.csv", "Code,weight_g,note,strange\nPX-1,900,\"a \"\"b\"\", c\",x\nPX-2,heavy,,x\n,5,\"\",x\nPX-1,7,=1+1,x\nPX-5,12,,x\n"))
	p.see("1 column fits no field and is left out.")
	p.see("1 value would be refused: row 3 has \"heavy\"")
	p.audit()
	p.pictures("import-match")
	p.click("button", "Import 5 rows")
	p.find("heading", "Import into parcels is complete")
	p.see("2 created, 3 refused")
	p.see("`weight_g` has an invalid value for type INT.")
	p.audit()
	p.shot("refused")
	p.click("button", "Download the repair file")
	repair, err := os.ReadFile(p.saved("parcels.rejected.csv"))
	no(t, err)
	lines := strings.Split(string(repair), "\n")
	if len(lines) != 5 || lines[0] != "Code,weight_g,note,strange,_reason" || !strings.HasPrefix(lines[1], `PX-2,heavy,,x,"`) || !strings.HasPrefix(lines[2], `,5,"",x,"`) || !strings.HasPrefix(lines[3], `PX-1,7,=1+1,x,"`) {
		t.Fatalf("the repair file is %q", repair)
	}
	mended := strings.NewReplacer("PX-2,heavy", "PX-2,800", "\n,5", "\nPX-3,5", "PX-1,7", "PX-4,7").Replace(string(repair))
	p.click("link", "Import the mended file")
	p.left("button", "Import another file")
	p.take(written(t, "parcels.rejected.csv", mended))
	p.click("button", "Import 3 rows")
	p.see("3 created, 0 refused")
	p.click("button", "Import another file")
	p.take(written(t, "changes.csv", "code,weight_g\nPX-1,901\nPX-5,12\nPX-6,1\n"))
	p.choose("Rows", "upsert")
	p.click("button", "Import 3 rows")
	p.see("1 created, 1 updated, 1 unchanged, 0 refused")
	want := []string{`{"code":"PX-1","note":"a \"b\", c","weight_g":901}`, `{"code":"PX-2","note":null,"weight_g":800}`, `{"code":"PX-3","note":"","weight_g":5}`,
		`{"code":"PX-4","note":"=1+1","weight_g":7}`, `{"code":"PX-5","note":null,"weight_g":12}`, `{"code":"PX-6","note":null,"weight_g":1}`}
	if got := a.values(t, a.tableNamed(t, "parcels", 6)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	p.visit("tables/" + table)
	p.click("button", "Export")
	p.on(p.find("dialog", "Export"), `function() { this.querySelector('footer .primary').click() }`, nil)
	exported, err := os.ReadFile(p.saved("parcels.csv"))
	no(t, err)
	lines = strings.Split(string(exported), "\n")
	slices.Sort(lines[1:])
	if want := "code,weight_g,note||PX-1,901,\"a \"\"b\"\", c\"|PX-2,800,|PX-3,5,\"\"|PX-4,7,=1+1|PX-5,12,|PX-6,1,"; strings.Join(lines, "|") != want {
		t.Errorf("exported %q, want %q", strings.Join(lines, "|"), want)
	}
}

func TestConsoleImportStopped(t *testing.T) { eachStore(t, testConsoleImportStopped) }

// testConsoleImportStopped stops an import after its first answer and goes on; then the table goes away in the middle of another.
func testConsoleImportStopped(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	p := c.signedIn(t, a.key)
	var zips strings.Builder
	zips.WriteString("zip_code,latitude,longitude,city\n")
	const rows = 42_049
	for i := range rows {
		fmt.Fprintf(&zips, "%05d,%d.%06d,-%d.%06d,City %d\n", 501+i, 18+i%50, i*7, 65+i%100, i*11, i%9000)
	}
	path := written(t, "zipcodes.csv", zips.String())
	p.visit("create")
	p.take(path)
	p.find("heading", "New table")
	p.see("leading zeros: row 2 has \"00501\"")
	// A person may be slow; the first answer itself presses Stop.
	evaluate[bool](p, `(new MutationObserver((_, o) => {
		const text = document.querySelector('.sofar')?.textContent ?? ''
		if (/^[1-9]/.test(text)) { o.disconnect(); [...document.querySelectorAll('button')].find(b => b.textContent === 'Stop').click() }
	}).observe(document.body, { subtree: true, childList: true, characterData: true }), true)`)
	p.click("button", "Create and import 42,049 rows")
	p.find("heading", "Import into zipcodes is stopped")
	p.audit()
	p.shot("stopped")
	if n := evaluate[int](p, `document.querySelector('progress[aria-label="Progress of the import"]').value`); n < 1000 || n > 10_000 {
		t.Errorf("%d rows were answered when it stopped", n)
	}
	p.click("link", "Tables") // is asked about, for the rest would not be sent
	p.find("dialog", "Leave while rows are imported?")
	p.audit()
	p.click("button", "Cancel")
	p.click("button", "Resume")
	p.find("heading", "Import into zipcodes is complete")
	p.see("42,049 created, 0 refused")
	table := a.tableNamed(t, "zipcodes", rows)
	first, err := a.page(t.Context(), table, 1, 1)
	no(t, err)
	if got := first.Records[0].Value["zip_code"]; got != "00501" {
		t.Errorf("the first code is %v", got)
	}
	p.visit("create?table=" + table)
	p.find("heading", "Import into zipcodes")
	p.take(written(t, "more.csv", "zip_code\n00001\n"))
	p.find("button", "Import 1 row")
	_, err = read[map[string]any](a.post(t.Context(), "/v1/database/drop-table", row{"table_id": table, "name": "zipcodes"}))
	no(t, err)
	p.expect("status of 40")
	p.click("button", "Import 1 row")
	p.find("heading", "Import into zipcodes was interrupted")
	p.see("1 row of its batch is not in the table. Try again sends it once more.")
	p.audit()
}
