package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"
)

const routeQuery = "/v1/database/query"

// aggregates are questions that read every record of the large table. Each has an answer of a few rows.
var aggregates = []struct{ name, sql string }{
	{"scan", `SELECT count(*), sum(weight), avg(weight), max(shipped_at) FROM parcels`},
	{"GROUP BY of 840 texts, sorted", `SELECT shipped_at, count(*), sum(weight) FROM parcels GROUP BY shipped_at ORDER BY 2 DESC, 1 LIMIT 10`},
	{"GROUP BY of 100000 numbers, sorted", `SELECT weight, count(*) FROM parcels GROUP BY weight ORDER BY 2 DESC, 1 LIMIT 10`},
	{"LIKE", `SELECT count(*) FROM parcels WHERE name LIKE '%counter 42%'`},
	{"join", `SELECT count(*), sum(b.weight) FROM parcels a JOIN parcels b ON b.serial = a.serial + 1 WHERE a.fragile`},
}

// pointSQL finds one record by a unique field.
const pointSQL = `SELECT name, weight, serial FROM parcels WHERE code = $1`

const (
	pointSamples = 100 // point queries of one caller in a round
	crowdSamples = 20  // of each of many
	crowdAskers  = 16
)

// namedShell is a shell, and what it is called in the report.
type namedShell struct {
	name string
	*shell
	target float64
}

// questions holds questions in SQL over a large table against the engine's shell and against a bare handler on the same driver and data.
type questions struct {
	stele  *agentTable
	bare   []*caller
	askers []*caller
	shells []namedShell
	next   int64
	count  int64

	sums  []measure
	point [2]measure // by one caller, by many
}

// newQuestions fills the table and rehearses once: the first question waits for a worker, or for a role.
func newQuestions(ctx context.Context, stele *agentTable, bareURL string, records int, shells ...namedShell) (*questions, error) {
	q := &questions{stele: stele, bare: newCallers(crowdAskers, bareURL, ""), askers: stele.callers(crowdAskers), shells: shells, count: int64(records)}
	for _, a := range aggregates {
		sides := []string{"stele", "driver"}
		for _, s := range shells {
			sides = append(sides, s.name)
		}
		q.sums = append(q.sums, measure{name: a.name, sides: sides})
	}
	for i, name := range []string{"point query, one caller", "point query, 16 callers"} {
		q.point[i] = measure{name: name, sides: []string{"stele", "bare handler"}, ratio: overSecond, target: 2}
	}
	if err := q.round(ctx, 0); err != nil {
		return nil, fmt.Errorf("rehearsing: %w", err)
	}
	for i := range q.sums {
		q.sums[i].times = nil
	}
	q.point[0].times, q.point[1].times = nil, nil
	return q, nil
}

func (q *questions) measures() (all []*measure) {
	for i := range q.sums {
		m := &q.sums[i]
		for _, s := range q.shells {
			all = append(all, m.line(fmt.Sprintf("%s, %d records", m.name, q.count), s.target, "stele", s.name))
		}
		all = append(all, m.line(fmt.Sprintf("%s, %d records, driver", m.name, q.count), 1.1, "stele", "driver"))
	}
	return append(all, &q.point[0], &q.point[1])
}

func (q *questions) round(ctx context.Context, r int) error {
	for i, a := range aggregates {
		body := fmt.Appendf(nil, `{"sql":%q}`, a.sql)
		sides := []side{question(q.stele.caller, body), question(q.bare[0], body)}
		for _, s := range q.shells {
			sides = append(sides, s.side(a.sql))
		}
		if err := q.sums[i].round(ctx, r, sides...); err != nil {
			return err
		}
	}
	for i, callers := range []int{1, crowdAskers} {
		samples := crowdSamples
		if callers == 1 {
			samples = pointSamples
		}
		bodies, texts := q.points(callers * samples)
		over := func(cs []*caller) side {
			return func(ctx context.Context) (time.Duration, error) {
				return together(callers, samples, func(client, i int) error {
					at := client*samples + i
					return cs[client].expect(ctx, routeQuery, bodies[at], texts[at])
				})
			}
		}
		if err := q.point[i].round(ctx, r, over(q.askers), over(q.bare)); err != nil {
			return err
		}
	}
	return nil
}

// points are point queries all over the table, and a text of each answer.
func (q *questions) points(n int) (bodies [][]byte, texts []string) {
	for range n {
		q.next = (q.next + 7919) % q.count
		p := parcelAt(q.next)
		bodies = append(bodies, fmt.Appendf(nil, `{"sql":%q,"params":[%q]}`, pointSQL, p.code))
		texts = append(texts, p.name)
	}
	return bodies, texts
}

// question is the side that asks once over HTTP.
func question(c *caller, body []byte) side {
	return func(ctx context.Context) (time.Duration, error) {
		return each(1, func(int) error { return c.expect(ctx, routeQuery, body, `"rows":[[`) })
	}
}

// questionSuite is the one of the embedded store.
func (b *bench) questionSuite(ctx context.Context, stele *server) (suite, error) {
	table, err := stele.agentTable(ctx, "questions")
	if err != nil {
		return nil, err
	}
	if err := table.fill(ctx, 0, b.records); err != nil {
		return nil, fmt.Errorf("filling the table: %w", err)
	}
	path := filepath.Join(stele.data, "agents", table.agent+".db")
	floor, err := startSelf(ctx, b.dir, questionCommand, "sqlite", path)
	if err != nil {
		return nil, err
	}
	b.closing(floor.stop)
	var shells []namedShell
	if _, err := exec.LookPath("sqlite3"); err == nil { // else only the driver is held against
		sh, err := b.sqliteShell(ctx, path)
		if err != nil {
			return nil, err
		}
		shells = append(shells, namedShell{"sqlite3", sh, 1.1})
	}
	return newQuestions(ctx, table, floor.url, b.records, shells...)
}

// aboutQuestions measures questions on the embedded store.
func (b *bench) aboutQuestions(ctx context.Context, rep *report) error {
	stele, err := b.startStele(ctx, "stele-questions")
	if err != nil {
		return err
	}
	s, err := b.questionSuite(ctx, stele)
	if err != nil {
		return fmt.Errorf("preparing questions: %w", err)
	}
	if b.profile != "" {
		return b.profiled(ctx, rep, stele, map[string]suite{"questions": s})
	}
	return b.rounds(ctx, rep, []suite{s})
}

// questionSuite is the one of the store on PostgreSQL. psql plans with parallel workers as the server's defaults are, and without.
func (in *installation) questionSuite(ctx context.Context) (suite, error) {
	id, secret, err := in.secret(ctx, "questions")
	if err != nil {
		return nil, err
	}
	table, err := openAgentTable(ctx, in.server.url, secret, tableDraft)
	if err != nil {
		return nil, err
	}
	if err := table.fill(ctx, 0, in.records); err != nil {
		return nil, fmt.Errorf("filling the table: %w", err)
	}
	url := in.url + "&options=-csearch_path%3Dagent_" + string(id)
	floor, err := startSelf(ctx, in.dir, questionCommand, "postgres", url)
	if err != nil {
		return nil, err
	}
	in.closing(floor.stop)
	if _, err := exec.LookPath("psql"); err != nil {
		return newQuestions(ctx, table, floor.url, in.records)
	}
	sh, err := in.psql(ctx, url)
	if err != nil {
		return nil, err
	}
	alone, err := in.psql(ctx, url)
	if err != nil {
		return nil, err
	}
	if _, err := sh.ask("VACUUM ANALYZE parcels"); err != nil {
		return nil, err
	}
	if _, err := alone.ask("SET max_parallel_workers_per_gather=0"); err != nil {
		return nil, err
	}
	return newQuestions(ctx, table, floor.url, in.records, namedShell{"psql", sh, 1.1}, namedShell{"psql without parallel workers", alone, 0})
}
