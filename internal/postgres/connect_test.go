package postgres_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"stele"
	"stele/internal/pgtest"
	"stele/internal/postgres"
)

// A database that cannot hold every text is refused; the encoding that a URL asks for is not heeded.
func TestEncoding(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{Pool: 2})
	u, err := url.Parse(h.url)
	h.no(err)
	super, err := pgx.Connect(t.Context(), pgtest.Superuser(t, h.url))
	h.no(err)
	t.Cleanup(func() { _ = super.Close(context.Background()) })
	run := func(sql string) {
		_, err := super.Exec(context.Background(), sql)
		h.no(err)
	}
	role := u.User.Username()
	run(`ALTER ROLE ` + role + ` PASSWORD 'x'`) // without one it may use its own database alone
	u.User = url.UserPassword(role, "x")
	for _, encoding := range []string{"LATIN1", "EUC_JP", "SQL_ASCII"} {
		u.Path = role + "_" + strings.ToLower(encoding)
		run(`CREATE DATABASE ` + u.Path + ` OWNER ` + role + ` TEMPLATE template0 ENCODING '` + encoding + `' LC_COLLATE 'C' LC_CTYPE 'C'`)
		_, err := postgres.Open(t.Context(), u.String(), postgres.Options{Pool: 2})
		if err == nil || !strings.Contains(err.Error(), "keeps text as "+encoding+", and Stele needs UTF8") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", encoding, err)
		}
		run(`DROP DATABASE ` + u.Path + ` WITH (FORCE)`)
	}
	h.no(h.store.CreateAgent(t.Context(), newAgent("日本")))
	s, err := postgres.Open(t.Context(), h.url+"&client_encoding=LATIN1", postgres.Options{Pool: 2})
	h.no(err)
	if a, err := s.Agent(t.Context(), "日本"); err != nil {
		t.Errorf("with another encoding in the URL: %+v, %v", a, err)
	}
	h.no(s.Close())
}

// A FLOAT is found by its digits, however few of them the database shows to others.
func TestFloatDigits(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{Pool: 2})
	id, err := h.agent.CreateTable(t.Context(), stele.Draft{Name: "weights", Description: "weights", Fields: []stele.DraftField{{Name: "weight", Type: "FLOAT"}}}, nil)
	h.no(err)
	number := stele.Raw{Kind: stele.KindNumber, Text: "0.30000000000000004"}
	_, err = h.agent.Import(t.Context(), string(id), []stele.Row{{Cells: []stele.Cell{{Name: "weight", Raw: number}}}}, nil)
	h.no(err)
	h.sql(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET extra_float_digits=0', current_database()); END $$`)
	db := h.open(postgres.Options{Pool: 2}).Database(h.agent.ID())
	weights, err := db.Table(t.Context(), id)
	h.no(err)
	page, err := db.Records(t.Context(), weights, stele.RecordQuery{Limit: 10, Keyword: "00004"})
	h.no(err)
	if page.Total != 1 {
		t.Errorf("%d records are found, want 1", page.Total)
	}
}

// A page that is refused for its size costs no connection but the one that it came on.
func TestRefusedPageCostsNoOtherConnection(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{Pool: 4})
	notes, err := h.agent.CreateTable(t.Context(), stele.Draft{Name: "notes", Description: "notes", Fields: []stele.DraftField{{Name: "text", Type: "TEXT"}}}, nil)
	h.no(err)
	h.sql(`INSERT INTO ` + h.schema() + `.notes (_id, text, _created_at, _updated_at) SELECT i, repeat('x', 9000000), 1, 1 FROM generate_series(1, 6) i`)
	h.sql(`UPDATE `+h.schema()+`._tables SET record_count=6 WHERE id=$1`, string(notes))
	sessions := func() (pids []int) {
		rows, err := h.side.Query(t.Context(), `SELECT pid FROM pg_stat_activity WHERE datname=current_database() AND application_name='stele'`)
		h.no(err)
		pids, err = pgx.CollectRows(rows, pgx.RowTo[int])
		h.no(err)
		return pids
	}
	// Two calls at once open two.
	h.sql(`BEGIN`)
	h.sql(`SELECT 1 FROM ` + h.schema() + `._tables FOR UPDATE`)
	done := make(chan error)
	go func() {
		_, err := h.agent.Import(context.Background(), string(h.table), []stele.Row{h.row("a", "1")}, nil)
		done <- err
	}()
	h.blocked(1)
	_, err = h.store.Agent(t.Context(), "shipping")
	h.no(err)
	h.sql(`COMMIT`)
	h.no(<-done)
	before := sessions()
	_, _, err = h.agent.Records(t.Context(), string(notes), stele.PageQuery{Page: stele.PageNumber{Page: 1, Size: 100}})
	if stele.ErrorCode(err) != stele.CodeParameter {
		t.Fatalf("the page is not refused: %v", err)
	}
	_, err = h.store.Agent(t.Context(), "shipping") // takes one that is there
	h.no(err)
	if now := sessions(); slices.ContainsFunc(now, func(pid int) bool { return !slices.Contains(before, pid) }) {
		t.Errorf("sessions are %v, and were %v", now, before)
	}
}
