package postgres

import (
	"context"
	"strings"
	"testing"
	"time"

	"stele"
	attacks "stele/internal/guard"
	"stele/internal/pgtest"
)

// TestQueryRoleAlone tries what writes or reaches another agent with the parser switched off: the role alone must hold.
func TestQueryRoleAlone(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), pgtest.Database(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	svc := &stele.Service{Store: s, Limits: stele.DefaultLimits(), Now: time.Now}
	house := func(name, table string) (stele.Database, stele.AgentID) {
		a, err := svc.CreateAgent(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		def, err := stele.NewTable(stele.NewTableID(time.Now()), stele.Draft{Name: table, Description: "d", Fields: []stele.DraftField{{Name: "name", Description: "d", Type: "TEXT"}, {Name: "n", Description: "d", Type: "INT"}}},
			stele.DefaultLimits(), stele.MillisOf(time.Now()))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Database(a.ID).CreateTable(t.Context(), def, nil); err != nil {
			t.Fatal(err)
		}
		return s.Database(a.ID), a.ID
	}
	mine, _ := house("mine", "parcels")
	theirs, victim := house("theirs", "ledger")
	ask := func(d stele.Database, sql string) (*stele.Answer, error) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // the first one waits for the grammar
		defer cancel()
		return d.Query(ctx, stele.Question{SQL: sql, MaxRows: 100, MaxBytes: 1 << 16})
	}
	for d, sql := range map[stele.Database]string{mine: `SELECT 1 FROM parcels`, theirs: `SELECT 1 FROM ledger`} { // so that both roles are there
		if _, err := ask(d, sql); err != nil {
			t.Fatal(err)
		}
	}
	s.ask.bare = true
	fill := strings.NewReplacer("{table}", "parcels", "{secret}", "ledger", "{victim}", string(victim), "{dir}", "/tmp").Replace
	for _, a := range attacks.Attacks() {
		sql := fill(a.SQL)
		if a.Kind != attacks.Agents && !(a.Kind == attacks.Write && strings.Contains(sql, "parcels")) || a.Engine == attacks.SQLite {
			continue
		}
		if answer, err := ask(mine, sql); err == nil && len(answer.Rows) > 0 {
			t.Errorf("%s: answered with %v", a.Name, answer.Rows)
		}
	}
	if tables, err := mine.Tables(t.Context(), stele.Page{}); err != nil || len(tables) != 1 {
		t.Errorf("tables %v, %v", tables, err)
	}
}
