package e2e

import (
	"fmt"
	"testing"
)

func TestConsoleTable(t *testing.T) { eachStore(t, testConsoleTable) }

func testConsoleTable(t *testing.T, s *store) {
	c := s.start(t)
	a, err := c.agent(t.Context())
	no(t, err)
	id, err := a.createTable(t.Context(), "parcels", key("code"), field{Name: "weight_g", Type: "INT"}, field{Name: "price", Type: "FLOAT"},
		field{Name: "fragile", Type: "BOOLEAN"}, field{Name: "shipped_at", Type: "DATETIME"}, field{Name: "note", Type: "TEXT"})
	no(t, err)
	var rows []row
	for i := range 1000 {
		r := row{"code": fmt.Sprintf("PX-%04d", i), "weight_g": i * 10, "price": float64(i) / 4, "fragile": i%2 == 0, "shipped_at": "2026-03-01 08:00:00", "note": ""}
		if i%3 == 0 {
			r["note"] = nil
		}
		rows = append(rows, r)
	}
	no(t, a.importAll(t.Context(), id, rows))
	p := c.open(t)
	p.signIn(a.key)
	p.find("heading", "Tables")
	p.audit()
	p.looks("tables")
	p.click("link", "parcels")
	p.find("grid", "parcels")
	p.see("PX-0007")
	p.audit()
	p.looks("table")
}
