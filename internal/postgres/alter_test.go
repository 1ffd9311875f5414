package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"stele"
	"stele/internal/postgres"
)

var (
	renamedN = []stele.RawAlter{{Op: stele.RenameField, Field: "n", To: "m"}}
	retypedN = []stele.RawAlter{{Op: stele.ChangeType, Field: "n", Draft: stele.DraftField{Type: "TEXT"}}}
)

// leave leaves what a replica leaves that dies in the middle of a rebuild, whose last sign of life came so long ago.
func (h *house) leave(ago string) {
	h.Helper()
	id := string(h.table)
	for _, sql := range []string{
		`CREATE TABLE {a}."_rebuild_{t}" ("_id" bigint CONSTRAINT "_{t}_2_id" PRIMARY KEY)`, `CREATE TABLE {a}."_changed_{t}" (id bigint NOT NULL)`,
		`CREATE FUNCTION {a}."_note_{t}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO {a}."_changed_{t}" SELECT "_id" FROM changed; RETURN NULL; END $$`,
		`CREATE TRIGGER "_note_INSERT" AFTER INSERT ON {a}.parcels REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION {a}."_note_{t}"()`,
		`INSERT INTO {a}._rebuilds VALUES ('{t}', 'another', now()-interval '` + ago + `')`,
	} {
		h.sql(strings.NewReplacer("{a}", h.schema(), "{t}", id).Replace(sql))
	}
}

// isClear is SQL that is true when nothing of a rebuild is there.
func (h *house) isClear() string {
	return strings.NewReplacer("{a}", h.schema(), "{t}", string(h.table)).Replace(`SELECT NOT EXISTS (SELECT 1 FROM {a}._rebuilds) AND NOT EXISTS (SELECT 1 FROM pg_class WHERE relname IN ('_rebuild_{t}', '_changed_{t}'))
		AND NOT EXISTS (SELECT 1 FROM pg_proc WHERE proname='_note_{t}') AND NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgname LIKE '\_note\_%')`)
}

// What a replica has left that died in the middle of a change is cleared away by the next change, by a drop, and by a write.
func TestLeftoversOfAChange(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(h *house) error{
		"change in place": func(h *house) error { _, err := h.agent.Alter(h.Context(), string(h.table), renamedN, nil); return err },
		"change of a type": func(h *house) error {
			h.store.RebuildsAll()
			_, err := h.agent.Alter(h.Context(), string(h.table), retypedN, nil)
			return err
		},
		"drop": func(h *house) error {
			_, err := h.agent.DropTable(h.Context(), string(h.table), "parcels", nil)
			return err
		},
		"write": func(h *house) error {
			svc := &stele.Service{Store: h.open(postgres.Options{}), Limits: stele.DefaultLimits(), Now: time.Now}
			_, secret, err := h.svc.CreateKey(h.Context(), string(h.agent.ID()), stele.KeySpec{Scope: stele.ScopeAll})
			h.no(err)
			agent, err := svc.Authenticate(h.Context(), secret)
			h.no(err)
			_, err = agent.Import(h.Context(), string(h.table), []stele.Row{h.row("b", "2")}, nil)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, postgres.Options{})
			h.imported(h.row("a", "1"))
			h.leave("1 hour")
			h.no(call(h))
			h.until("nothing of the change is left", h.isClear())
		})
	}
}

// A change waits for another one that is under way; its caller may give up.
func TestChangeUnderWay(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{})
	h.imported(h.row("a", "1"))
	h.leave("-1 hour")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := h.agent.Alter(ctx, string(h.table), renamedN, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("beside another change: %v", err)
	}
	if h.imported(h.row("b", "2")) != 1 {
		t.Error("a write beside a change was refused")
	}
	h.sql(`UPDATE ` + h.schema() + `._rebuilds SET seen_at=now()-interval '1 hour'`)
	_, err := h.agent.Alter(t.Context(), string(h.table), renamedN, nil)
	h.no(err)
	h.until("nothing of the change is left", h.isClear())
}

// A long question holds a change up, but neither readers nor writers wait behind that.
func TestChangeBehindALongQuestion(t *testing.T) {
	t.Parallel()
	for name, list := range map[string][]stele.RawAlter{"in place": renamedN, "made anew": retypedN} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, postgres.Options{})
			h.store.RebuildsAll()
			h.imported(h.row("a", "1"))
			h.sql(`BEGIN`)
			h.sql(`SELECT * FROM ` + h.schema() + `.parcels`)
			done := make(chan error, 1)
			go func() { _, err := h.agent.Alter(h.Context(), string(h.table), list, nil); done <- err }()
			h.blocked(1)
			for i := range 20 {
				h.records()
				if h.imported(h.row(fmt.Sprint("b", i), "2")) != 1 {
					t.Error("a write was refused")
				}
			}
			select {
			case err := <-done:
				t.Errorf("the change did not wait: %v", err)
			default:
			}
			h.sql(`COMMIT`)
			h.no(<-done)
			if n := len(h.records()); n != 21 {
				t.Errorf("%d records, want 21", n)
			}
			h.until("nothing of the change is left", h.isClear())
		})
	}
}

// What a replica knows of the tables that questions may read is looked up again when they are others by now.
func TestQuestionsAfterChanges(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{})
	h.imported(h.row("a", "1"))
	other := h.open(postgres.Options{}).Database(h.agent.ID())
	ask := func(sql, want string) {
		t.Helper()
		for _, d := range []stele.Database{h.store.Database(h.agent.ID()), other} {
			a, err := d.Query(t.Context(), stele.Question{SQL: sql, MaxRows: 10, MaxBytes: 1000})
			if err != nil || len(a.Rows) != 1 || a.Rows[0][0].Type().String()+" "+a.Rows[0][0].String() != want {
				t.Errorf("%s: %+v, %v, want %s", sql, a, err, want)
			}
		}
	}
	ask(`SELECT n FROM parcels`, "INT 1")
	_, err := h.agent.Alter(t.Context(), string(h.table), retypedN, nil)
	h.no(err)
	ask(`SELECT n FROM parcels`, "TEXT 1")
	_, err = h.agent.Alter(t.Context(), string(h.table), append(slices.Clone(renamedN), stele.RawAlter{Op: stele.RenameTable, To: "boxes"}), nil)
	h.no(err)
	ask(`SELECT m FROM boxes`, "TEXT 1")
	if f, ok := func() (*stele.QueryFault, bool) {
		_, err := other.Query(t.Context(), stele.Question{SQL: `SELECT n FROM parcels`, MaxRows: 10, MaxBytes: 1000})
		return errors.AsType[*stele.QueryFault](err)
	}(); !ok || f.Fault != stele.FaultTable {
		t.Errorf("a question about a table of a name that is gone: %+v", f)
	}
	_, err = h.agent.DropTable(t.Context(), string(h.table), "boxes", nil)
	h.no(err)
	_, err = h.agent.CreateTable(t.Context(), stele.Draft{Name: "boxes", Description: "boxes", Fields: []stele.DraftField{{Name: "m", Type: "INT"}}}, nil)
	h.no(err)
	ask(`SELECT count(m) FROM boxes`, "INT 0")
}

// A table of PostgreSQL's has 1600 columns in its life, those that were dropped among them. Then it is made anew.
func TestColumnsAreUsedUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{})
	h.imported(h.row("a", "1"))
	for _, do := range []string{"ADD COLUMN c%d int", "DROP COLUMN c%d"} {
		var all []string
		for i := range 1595 {
			all = append(all, fmt.Sprintf(do, i))
		}
		h.sql(`ALTER TABLE ` + h.schema() + `.parcels ` + strings.Join(all, ", "))
	}
	for i := range 3 {
		_, err := h.agent.Alter(t.Context(), string(h.table), []stele.RawAlter{{Op: stele.AddField, Draft: stele.DraftField{Name: fmt.Sprint("f", i), Type: "INT"}, Default: stele.Raw{Kind: stele.KindNumber, Text: "7"}}}, nil)
		h.no(err)
	}
	if got := fmt.Sprint(h.records()); got != "[[a 1 7 7 7]]" {
		t.Error(got)
	}
}

// A change does not go on where a move has begun: that waits for single transactions alone.
func TestChangeStopsForAMove(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{})
	h.store.RebuildsAll()
	h.imported(h.row("a", "1"))
	h.sql(`BEGIN`)
	h.sql(`SELECT * FROM ` + h.schema() + `.parcels`) // the tables cannot be exchanged
	done := make(chan error, 1)
	go func() { _, err := h.agent.Alter(h.Context(), string(h.table), retypedN, nil); done <- err }()
	h.blocked(1)
	h.until("the move has begun", `WITH u AS (UPDATE stele_catalog.installation SET moving='source' RETURNING 1) SELECT EXISTS (SELECT 1 FROM u)`)
	if err := <-done; stele.ErrorCode(err) != stele.CodeUnavailable {
		t.Errorf("%v; want that the store is unavailable", err)
	}
	h.sql(`COMMIT`)
}
