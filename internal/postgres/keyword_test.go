package postgres

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
	"stele/internal/pgtest"
)

// newKeywords makes an agent with a table of a field code and 3000 records.
func newKeywords(t *testing.T, url string) (*database, *stele.Table) {
	t.Helper()
	ctx, now := t.Context(), stele.MillisOf(time.Now())
	s, err := Open(ctx, url, Options{Pool: leastPool})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	agent := stele.AgentInfo{ID: stele.NewAgentID(time.Now()), Name: "agent", Created: now}
	must(t, s.CreateAgent(ctx, agent))
	def, err := stele.NewTable(stele.NewTableID(time.Now()), stele.Draft{Name: "parcels", Description: "parcels", Fields: []stele.DraftField{
		{Name: "code", Type: "TEXT", Unique: true}, {Name: "number", Type: "INT"},
	}}, stele.DefaultLimits(), now)
	must(t, err)
	db := s.database(agent.ID)
	must(t, db.CreateTable(ctx, def, nil))
	b := &stele.Batch{Task: stele.Task{ID: stele.NewTaskID(time.Now()), Table: def.ID, Created: now}}
	for i := range 3000 {
		b.Rows, b.Records = append(b.Rows, i+1), append(b.Records, stele.Record{Values: []stele.Value{stele.TextValue(fmt.Sprintf("PX-%06d", i)), stele.IntValue(int64(i))}})
	}
	_, err = db.Import(ctx, def, b, now, nil)
	must(t, err)
	return db, def
}

// keywordPlan is how the server reads a page of a keyword.
func keywordPlan(t *testing.T, db *database, def *stele.Table, keyword string) (plan string) {
	t.Helper()
	tb, err := db.table(t.Context(), def)
	must(t, err)
	sql, args := tb.pageSQL(stele.RecordQuery{Keyword: keyword, Limit: 10})
	must(t, db.read(t.Context(), func(ctx context.Context, c *pgxpool.Conn) error {
		b := &pgx.Batch{}
		tb.searching(b, keyword)
		b.Queue("EXPLAIN "+sql, args...).Query(func(rows pgx.Rows) error {
			lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
			plan = strings.Join(lines, "\n")
			return err
		})
		return c.SendBatch(ctx, b).Close()
	}))
	return plan
}

// TestKeywordIndexIsUsed: no answer shows an index, nor that there is none.
func TestKeywordIndexIsUsed(t *testing.T) {
	t.Parallel()
	for name, rebuilds := range map[string]bool{"at once": false, "beside the others": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, def := newKeywords(t, pgtest.Database(t))
			db.store.small = 1_000_000
			if rebuilds {
				db.store.RebuildsAll()
			}
			check := func(want int) {
				t.Helper()
				n := 0
				ask(t, db, &n, `SELECT count(*) FROM pg_indexes WHERE tablename='parcels' AND indexname ~ '_keyword[0-9]+$'`)
				if n != want {
					t.Fatalf("the table has %d keyword indexes, want %d", n, want)
				}
				for _, keyword := range []string{"px-001234", "234"} {
					if plan := keywordPlan(t, db, def, keyword); strings.Contains(plan, "_keyword0") != (want > 0) {
						t.Errorf("with %d keyword indexes %q is read so:\n%s", want, keyword, plan)
					}
				}
			}
			alter := func(list ...stele.RawAlter) {
				t.Helper()
				a, err := def.Alter(list, stele.DefaultLimits())
				must(t, err)
				done, err := db.Alter(t.Context(), a, nil)
				must(t, err)
				def = done.After
			}
			check(0)
			alter(stele.RawAlter{Op: stele.SetKeywordIndex})
			check(1)
			alter(stele.RawAlter{Op: stele.RenameField, Field: "code", To: "number2"})
			check(1)
			alter(stele.RawAlter{Op: stele.AddField, Draft: stele.DraftField{Name: "note", Type: "TEXT"}})
			check(1)
			alter(stele.RawAlter{Op: stele.ChangeType, Field: "number", Draft: stele.DraftField{Type: "TEXT"}})
			check(1)
			alter(stele.RawAlter{Op: stele.DropField, Field: "note"})
			check(1)
			alter(stele.RawAlter{Op: stele.DropKeywordIndex})
			check(0)
			alter(stele.RawAlter{Op: stele.SetKeywordIndex}, stele.RawAlter{Op: stele.DropField, Field: "number"}, stele.RawAlter{Op: stele.RenameField, Field: "number2", To: "number"})
			check(1)
		})
	}
}

// TestKeywordExtension: whoever may not make the extension is told what to do, and all else works; where somebody has made it elsewhere, it
// is used there.
func TestKeywordExtension(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	db, def := newKeywords(t, url)
	c, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer func() { must(t, c.Close(context.Background())) }()
	run := func(sql string) {
		t.Helper()
		_, err := c.Exec(t.Context(), sql)
		must(t, err)
	}
	a, err := def.Alter([]stele.RawAlter{{Op: stele.SetKeywordIndex}}, stele.DefaultLimits())
	must(t, err)
	database := quote(c.Config().Database)
	run(`REVOKE CREATE ON DATABASE ` + database + ` FROM CURRENT_USER`)
	for _, dry := range []bool{true, false} {
		_, err = db.With(stele.How{Dry: dry}).Alter(t.Context(), a, nil)
		if stele.ErrorCode(err) != stele.CodeParameter || !strings.Contains(fmt.Sprint(err), "CREATE EXTENSION pg_trgm") {
			t.Errorf("dry %t: without the right to make the extension: %v", dry, err)
		}
	}
	indexed := *def
	indexed.ID, indexed.Name, indexed.Stored, indexed.KeywordIndex = stele.NewTableID(time.Now()), "second", "second", true
	if err := db.CreateTable(t.Context(), &indexed, nil); stele.ErrorCode(err) != stele.CodeParameter {
		t.Errorf("without the right to make the extension a table is made: %v", err)
	}
	if p, err := db.Records(t.Context(), def, stele.RecordQuery{Keyword: "px-001234", Limit: 1}); err != nil || p.Total != 1 {
		t.Errorf("a keyword is answered by %+v, %v", p, err)
	}
	run(`GRANT CREATE ON DATABASE ` + database + ` TO CURRENT_USER`)
	_, err = db.With(stele.How{Dry: true}).Alter(t.Context(), a, nil)
	must(t, err)
	n := 0
	if ask(t, db, &n, `SELECT count(*) FROM pg_extension WHERE extname='pg_trgm'`); n != 0 {
		t.Error("a trial has made the extension")
	}
	run(`CREATE SCHEMA "Other place"`)
	run(`CREATE EXTENSION pg_trgm WITH SCHEMA "Other place"`)
	done, err := db.Alter(t.Context(), a, nil)
	must(t, err)
	if plan := keywordPlan(t, db, done.After, "px-001234"); !strings.Contains(plan, "_keyword0") {
		t.Errorf("with the extension elsewhere it is read so:\n%s", plan)
	}
}
