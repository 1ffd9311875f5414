package postgres

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
	"stele/internal/pgtest"
)

// TestStablePlans lets a connection meet every statement while a table is empty, fills the table, and checks that none of them
// reads it whole afterwards, that pages are read by a plan that is kept, and that a search may read it whole.
func TestStablePlans(t *testing.T) {
	t.Parallel()
	ctx, now := t.Context(), stele.MillisOf(time.Now())
	s, err := Open(ctx, pgtest.Database(t), Options{Pool: leastPool})
	must(t, err)
	defer func() { must(t, s.Close()) }()
	agent := stele.AgentInfo{ID: stele.NewAgentID(time.Now()), Name: "agent", Created: now}
	must(t, s.CreateAgent(ctx, agent))
	def, err := stele.NewTable(stele.NewTableID(time.Now()), stele.Draft{Name: "parcels", Description: "parcels", Fields: []stele.DraftField{
		{Name: "code", Type: "TEXT", Unique: true}, {Name: "weight", Type: "INT"},
	}}, stele.DefaultLimits(), now)
	must(t, err)
	db := s.database(agent.ID)
	var version int
	if ask(t, db, &version, `SELECT current_setting('server_version_num')::int`); version < 150000 {
		t.Skip("the server cannot be asked for its counts at once")
	}
	must(t, db.CreateTable(ctx, def, nil))

	code := func(i int) stele.Value { return stele.TextValue(fmt.Sprintf("PX-%06d", i)) }
	by := func(i int) stele.Selector { return stele.Selector{Pairs: []stele.Pair{{Field: 0, Value: code(i)}}} }
	fill := func(first int) {
		b := &stele.Batch{Task: stele.Task{ID: stele.NewTaskID(time.Now()), Table: def.ID, Created: now}}
		for i := range 1000 {
			b.Rows, b.Records = append(b.Rows, i+1), append(b.Records, stele.Record{Values: []stele.Value{code(first + i), {}}})
		}
		_, err := db.Import(ctx, def, b, now, nil)
		must(t, err)
	}
	use := func(from int) {
		for turn := range 8 { // after five, the server thinks of keeping a plan
			var cs []stele.Change
			for i := range 20 {
				at := from + turn*20 + i
				cs = append(cs, stele.Change{Selector: by(at), Set: []stele.Pair{{Field: 1, Value: stele.IntValue(1)}}})
			}
			_, err := db.Update(ctx, def, cs, now, nil)
			must(t, err)
			for i := range cs {
				cs[i].Create, cs[i].NewValues = i%2 == 0, []stele.Value{cs[i].Selector.Pairs[0].Value, {}}
			}
			_, err = db.Update(ctx, def, cs, now, nil)
			must(t, err)
			_, err = db.Delete(ctx, def, []stele.Selector{by(from + turn*20)}, nil)
			must(t, err)
			if from > 0 { // of a large table a plan without the limit looks worse than one with it
				_, err = db.Records(ctx, def, stele.RecordQuery{Limit: 10})
				must(t, err)
			}
		}
	}
	use(0)
	for i := range 30 {
		fill(10_000 + i*1000)
	}
	before := scans(t, db)
	use(15_000)
	if after := scans(t, db); after != before {
		t.Errorf("the table was read whole %d times by writes and pages", after-before)
	}
	var generic int
	ask(t, db, &generic, `SELECT generic_plans FROM pg_prepared_statements WHERE statement LIKE '%CROSS JOIN LATERAL (SELECT min(%'`)
	if generic == 0 {
		t.Error("a plan is made for each page")
	}
	_, err = db.Records(ctx, def, stele.RecordQuery{Limit: 10, Keyword: "nowhere"})
	must(t, err)
	if after := scans(t, db); after == before {
		t.Error("a search does not read the table whole")
	}
	use(16_000)
}

// scans counts how often a table of parcels was read whole.
func scans(t *testing.T, db *database) (n int) {
	t.Helper()
	var flushed string
	ask(t, db, &flushed, `SELECT pg_stat_force_next_flush()::text`)
	ask(t, db, &n, `SELECT seq_scan FROM pg_stat_all_tables WHERE relname='parcels'`)
	return n
}

// ask asks on the connection that the agent's calls have.
func ask(t *testing.T, db *database, into any, sql string) {
	t.Helper()
	must(t, db.read(t.Context(), func(ctx context.Context, c *pgxpool.Conn) error { return c.QueryRow(ctx, sql).Scan(into) }))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
