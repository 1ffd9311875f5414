package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"stele"
	"stele/internal/pgtest"
	"stele/internal/postgres"
)

// house is an installation with one agent and one table, and a connection beside the store.
type house struct {
	*testing.T
	url   string
	store *postgres.Store
	svc   *stele.Service
	key   stele.Key
	agent *stele.Agent
	table stele.TableID
	side  *pgx.Conn
}

func newHouse(t *testing.T, o postgres.Options) *house {
	t.Helper()
	h := &house{T: t, url: pgtest.Database(t)}
	h.store = h.open(o)
	h.svc = &stele.Service{Store: h.store, Limits: stele.DefaultLimits(), Now: time.Now}
	a, err := h.svc.CreateAgent(t.Context(), "shipping")
	h.no(err)
	var secret string
	h.key, secret, err = h.svc.CreateKey(t.Context(), string(a.ID), stele.KeySpec{Scope: stele.ScopeAll})
	h.no(err)
	h.agent, err = h.svc.Authenticate(t.Context(), secret)
	h.no(err)
	h.table, err = h.agent.CreateTable(t.Context(), stele.Draft{Name: "parcels", Description: "parcels", Fields: []stele.DraftField{
		{Name: "code", Type: "TEXT", Unique: true}, {Name: "n", Type: "INT"},
	}}, nil)
	h.no(err)
	h.side, err = pgx.Connect(t.Context(), h.url)
	h.no(err)
	t.Cleanup(func() { _ = h.side.Close(context.Background()) })
	return h
}

// open opens another replica.
func (h *house) open(o postgres.Options) *postgres.Store {
	h.Helper()
	s, err := postgres.Open(h.Context(), h.url, o)
	h.no(err)
	h.Cleanup(func() { h.no(s.Close()) })
	return s
}

func (h *house) no(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) sql(sql string, args ...any) {
	h.Helper()
	_, err := h.side.Exec(context.Background(), sql, args...)
	h.no(err)
}

// schema is the quoted name of the agent's schema.
func (h *house) schema() string { return `"agent_` + string(h.agent.ID()) + `"` }

func (h *house) row(code, n string) stele.Row {
	return stele.Row{Cells: []stele.Cell{
		{Name: "code", Raw: stele.Raw{Kind: stele.KindString, Text: code}}, {Name: "n", Raw: stele.Raw{Kind: stele.KindString, Text: n}},
	}}
}

// imported imports rows and returns how many were added.
func (h *house) imported(rows ...stele.Row) int {
	h.Helper()
	task, err := h.agent.Import(h.Context(), string(h.table), rows, nil)
	h.no(err)
	return task.Success
}

func (h *house) records() (list []string) {
	h.Helper()
	t, p, err := h.agent.Records(h.Context(), string(h.table), stele.PageQuery{Page: stele.PageNumber{Page: 1, Size: 100}})
	h.no(err)
	for _, r := range p.Records {
		list = append(list, fmt.Sprint(r.Values[:len(t.Fields)]))
	}
	return list
}

// widen changes the table as a later program may: its INT becomes TEXT.
func (h *house) widen() {
	h.Helper()
	h.sql(`BEGIN`)
	h.sql(`ALTER TABLE ` + h.schema() + `.parcels ALTER COLUMN n TYPE text`)
	h.sql(`UPDATE ` + h.schema() + `._fields SET type='TEXT' WHERE name='n'`)
	h.sql(`UPDATE ` + h.schema() + `._tables SET version=version+1`)
	h.sql(`COMMIT`)
}

// A definition that another replica has changed holds here for the next call, of whichever kind.
func TestChangedDefinition(t *testing.T) {
	t.Parallel()
	page := stele.PageQuery{Page: stele.PageNumber{Page: 1, Size: 10}}
	entry := func(code, n string) []stele.RawChange {
		return []stele.RawChange{{
			Address: stele.RawAddress{Filter: byCode(code)}, Fields: []stele.Cell{{Name: "n", Raw: stele.Raw{Kind: stele.KindString, Text: n}}},
		}}
	}
	for name, call := range map[string]func(h *house) error{
		"import": func(h *house) error {
			task, err := h.agent.Import(h.Context(), string(h.table), []stele.Row{h.row("new", "many")}, nil)
			if err == nil && task.Success != 1 {
				return fmt.Errorf("refused: %v", task.Rejections)
			}
			return err
		},
		"update": func(h *house) error {
			outcomes, err := h.agent.Update(h.Context(), string(h.table), entry("a", "many"), false, nil)
			if err == nil && outcomes[0].Reason != "" {
				return errors.New(outcomes[0].Reason)
			}
			return err
		},
		"upsert": func(h *house) error {
			outcomes, err := h.agent.Update(h.Context(), string(h.table), entry("new", "many"), true, nil)
			if err == nil && outcomes[0].Reason != "" {
				return errors.New(outcomes[0].Reason)
			}
			return err
		},
		"delete": func(h *house) error {
			n, err := h.agent.Delete(h.Context(), string(h.table), []stele.RawAddress{{Filter: byCode("a")}}, nil)
			if err == nil && n != 1 {
				return fmt.Errorf("%d were deleted", n)
			}
			return err
		},
		"page": func(h *house) error {
			table, p, err := h.agent.Records(h.Context(), string(h.table), page)
			if err == nil && (table.Fields[1].Type != stele.Text || len(p.Records) != 1 || p.Records[0].Values[1] != stele.TextValue("1")) {
				return fmt.Errorf("type %s, records %v", table.Fields[1].Type, p.Records)
			}
			return err
		},
		"filter": func(h *house) error {
			q := page
			q.Filter = []stele.Cell{{Name: "n", Raw: stele.Raw{Kind: stele.KindString, Text: "1"}}}
			_, p, err := h.agent.Records(h.Context(), string(h.table), q)
			if err == nil && len(p.Records) != 1 {
				return fmt.Errorf("records %v", p.Records)
			}
			return err
		},
		"list": func(h *house) error {
			ts, err := h.agent.Tables(h.Context(), "", nil)
			if err == nil && ts[0].Fields[1].Type != stele.Text {
				return fmt.Errorf("type %s", ts[0].Fields[1].Type)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, postgres.Options{Pool: 2})
			h.imported(h.row("a", "1"))
			h.records()
			h.widen()
			h.no(call(h))
			for _, r := range h.records() {
				if r == "" {
					t.Error(r)
				}
			}
		})
	}
}

func byCode(code string) []stele.Cell {
	return []stele.Cell{{Name: "code", Raw: stele.Raw{Kind: stele.KindString, Text: code}}}
}

// A table that another replica has dropped is not found by the next call.
func TestDroppedTable(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{Pool: 2})
	h.imported(h.row("a", "1"))
	h.sql(`BEGIN`)
	h.sql(`DROP TABLE ` + h.schema() + `.parcels`)
	h.sql(`DELETE FROM ` + h.schema() + `._tables`)
	h.sql(`DELETE FROM ` + h.schema() + `._fields`)
	h.sql(`DELETE FROM stele_catalog.tables`)
	h.sql(`COMMIT`)
	_, importErr := h.agent.Import(t.Context(), string(h.table), []stele.Row{h.row("b", "1")}, nil)
	_, deleteErr := h.agent.Delete(t.Context(), string(h.table), []stele.RawAddress{{Filter: byCode("a")}}, nil)
	_, _, pageErr := h.agent.Records(t.Context(), string(h.table), stele.PageQuery{Page: stele.PageNumber{Page: 1, Size: 10}})
	for _, err := range []error{importErr, deleteErr, pageErr} {
		if stele.ErrorCode(err) != stele.CodeTableNotFound {
			t.Errorf("%v; want that the table is not found", err)
		}
	}
}
