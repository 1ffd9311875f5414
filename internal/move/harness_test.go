package move_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"stele"
	"stele/internal/move"
	"stele/internal/pgtest"
	"stele/internal/postgres"
	"stele/internal/sqlite"
)

// TestMain fails when a move has left a goroutine behind.
func TestMain(m *testing.M) {
	sqlite.ServeIfWorker()
	goleak.VerifyTestMain(m)
}

// place is a store that a test opens, closes and opens again.
type place struct {
	stele.Movable
	t   *testing.T
	dir string
	url string // "" for a directory

	gone bool // closed for good
}

// open opens a new directory.
func open(t *testing.T) *place {
	t.Helper()
	return begun(t, &place{t: t, dir: t.TempDir()})
}

// openDatabase opens a new database.
func openDatabase(t *testing.T) *place {
	t.Helper()
	return begun(t, &place{t: t, url: pgtest.Database(t)})
}

func begun(t *testing.T, p *place) *place {
	p.open()
	t.Cleanup(func() {
		if !p.gone {
			p.close()
		}
	})
	return p
}

func (p *place) open() {
	p.t.Helper()
	if p.url != "" {
		s, err := postgres.Open(context.Background(), p.url, postgres.Options{Pool: 4, KeyTTL: time.Millisecond, Moving: true})
		no(p.t, err)
		p.Movable = s
		return
	}
	s, err := sqlite.Open(p.dir, sqlite.Options{MaxOpenAgents: 2})
	no(p.t, err)
	p.Movable = s
}

func (p *place) close() {
	p.t.Helper()
	no(p.t, p.Close())
}

func no(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// installation is what stands in a place, in the order that is promised.
type installation struct {
	agents  []stele.AgentInfo
	keys    [][]stele.Key
	tables  [][]stele.TableCount
	next    [][]stele.RecordID
	records [][][]stele.Record
	tasks   [][]stele.Task
	answers [][]string
	saved   [][]stele.SavedQuery
}

// written is what a test must know to find tasks and answers again.
type written struct {
	tasks   map[stele.AgentID][]stele.TaskID
	answers map[string]stele.Fingerprint
}

// fill makes three agents: one with much of everything, one with nothing but a key, one with a table.
func fill(t *testing.T, s stele.Movable) *written { return fillAgents(t, s, 3) }

// fillAgents makes the first of them.
func fillAgents(t *testing.T, s stele.Movable, n int) *written {
	t.Helper()
	ctx := context.Background()
	w := &written{map[stele.AgentID][]stele.TaskID{}, map[string]stele.Fingerprint{}}
	now := stele.MillisOf(time.Now())
	for i, name := range []string{"zeta", "alpha", "m\u00fcller & co"}[:n] {
		a := stele.AgentInfo{ID: stele.NewAgentID(now.Time()), Name: name, Created: now + stele.Millis(i)}
		no(t, s.CreateAgent(ctx, a))
		for j := range 2 - i%2 {
			no(t, s.CreateKey(ctx, stele.Key{
				ID: stele.NewKeyID(), Hash: stele.HashKey(stele.NewSecret("app-")), Agent: a.ID, Scope: stele.Scope(1 + j), Created: now, Expires: stele.Millis(j) * 1e14, RPM: j,
			}))
		}
		for j := range 12 - 6*i {
			no(t, s.Database(a.ID).SaveQuery(ctx, stele.SavedQuery{
				ID: stele.NewSavedID(now.Time()), Name: fmt.Sprint("query ", j), SQL: "SELECT '\u65e5'\n", Updated: now + stele.Millis(j),
			}, true, nil))
		}
		switch i {
		case 0:
			w.table(t, s, a, now, "orders", 25)
			w.table(t, s, a, now, "empty", 0)
			w.table(t, s, a, now, "a_last", 7)
		case 2:
			w.table(t, s, a, now, "orders", 11)
		}
	}
	return w
}

// table makes a table with records of all types, gaps in their ids and one that is the greatest, and tasks and answers.
func (w *written) table(t *testing.T, s stele.Movable, a stele.AgentInfo, now stele.Millis, name string, rows int) {
	t.Helper()
	ctx, db := context.Background(), s.Database(a.ID)
	table := w.define(t, now, name)
	no(t, db.CreateTable(ctx, table, nil))
	if rows == 0 {
		return
	}
	for part := range 3 {
		b := &stele.Batch{Task: stele.Task{ID: stele.NewTaskID(now.Time()), Table: table.ID, Created: now, Total: rows + part, Success: rows}}
		for i := range rows {
			r := stele.Record{Values: []stele.Value{
				stele.TextValue(fmt.Sprint("PX-", part%2, "-", i)), stele.IntValue(int64(i) << 50), stele.FloatValue(float64(i) / 3),
				stele.BoolValue(i%2 == 0), stele.DateTimeValue("2024-02-29 23:59:59"), stele.TextValue(""),
			}}
			if i%3 == 0 {
				r.Values[1+i%5] = stele.Value{}
			}
			b.Records, b.Rows = append(b.Records, r), append(b.Rows, i+1)
		}
		for i := range part {
			b.Task.Rejections = append(b.Task.Rejections, stele.Rejection{Row: rows + i + 1, Reason: "reason 'one' \u65e5"})
		}
		key := fmt.Sprint("key ", part, " of ", table.ID)
		w.answers[key] = sha256.Sum256([]byte(key))
		task, err := db.Import(ctx, table, b, now, &stele.Once[stele.Task]{
			Key: key, Fingerprint: w.answers[key], At: now + 1, Answer: func(t stele.Task) []byte { return fmt.Append(nil, t) },
		})
		no(t, err)
		w.tasks[a.ID] = append(w.tasks[a.ID], task.ID) // the third one is refused: its values are there
	}
	p, err := db.Records(ctx, table, stele.RecordQuery{Limit: 100})
	no(t, err)
	greatest := stele.Change{
		Selector: stele.Selector{ID: math.MaxInt64}, Create: true, NewID: math.MaxInt64, NewValues: append([]stele.Value{stele.TextValue("greatest")}, make([]stele.Value, 5)...),
		Set: []stele.Pair{{Field: 0, Value: stele.TextValue("greatest")}},
	}
	later := stele.Change{Selector: stele.Selector{ID: p.Records[5].ID}, Set: []stele.Pair{{Field: 1, Value: stele.IntValue(-1)}}}
	_, err = db.Update(ctx, table, []stele.Change{greatest, later}, now+50, nil)
	no(t, err)
	_, err = db.Delete(ctx, table, []stele.Selector{{ID: p.Records[3].ID}, {ID: p.Records[4].ID}, {ID: p.Records[len(p.Records)-1].ID}}, nil)
	no(t, err)
}

func (w *written) define(t *testing.T, now stele.Millis, name string) *stele.Table {
	t.Helper()
	table, err := stele.NewTable(stele.NewTableID(now.Time()), stele.Draft{Name: name, Description: "of " + name, Fields: []stele.DraftField{
		{Name: "code", Type: "TEXT", Unique: true, Description: "the key"}, {Name: "rowid", Type: "INT"}, {Name: "price", Type: "FLOAT"},
		{Name: "fragile", Type: "BOOLEAN"}, {Name: "at", Type: "DATETIME"}, {Name: "note", Type: "TEXT"},
	}}, stele.DefaultLimits(), now)
	no(t, err)
	return table
}

// read reads all there is by the methods that serve, which a move does not use.
func (w *written) read(t *testing.T, s stele.Movable) (all installation) {
	t.Helper()
	ctx := context.Background()
	agents, _, err := s.Agents(ctx, stele.Page{})
	no(t, err)
	all.agents = agents
	for _, a := range agents {
		db := s.Database(a.ID)
		keys, err := s.Keys(ctx, a.ID)
		no(t, err)
		tables, err := db.Tables(ctx, stele.Page{})
		no(t, err)
		var next []stele.RecordID
		var records [][]stele.Record
		for _, table := range tables {
			n, err := s.Mover(a.ID).NextRecordID(ctx, table.Table)
			no(t, err)
			p, err := db.Records(ctx, table.Table, stele.RecordQuery{Limit: 1000})
			no(t, err)
			owner, err := s.Owner(ctx, table.ID)
			no(t, err)
			if p.Total != table.Records || owner != a.ID {
				t.Errorf("table %s of %s has %d records and counts %d; it is %s's", table.Name, a.ID, p.Total, table.Records, owner)
			}
			next, records = append(next, n), append(records, p.Records)
		}
		tasks, err := db.Tasks(ctx, w.tasks[a.ID], 0)
		no(t, err)
		var answers []string
		for _, key := range slices.Sorted(keysOf(w.answers)) {
			answer, err := db.Answered(ctx, key, w.answers[key])
			no(t, err)
			answers = append(answers, string(answer))
		}
		all.keys, all.tables, all.next = append(all.keys, keys), append(all.tables, tables), append(all.next, next)
		all.records, all.tasks, all.answers = append(all.records, records), append(all.tasks, tasks), append(all.answers, answers)
		saved, err := db.SavedQueries(ctx)
		no(t, err)
		all.saved = append(all.saved, saved)
	}
	return all
}

func keysOf[K comparable, V any](m map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// options are those of a test: parts so small that there are many.
func options() move.Options { return move.Options{From: "OLD", To: "NEW", Part: 10} }

// servable reports whether a server would serve the place.
func servable(t *testing.T, s stele.Movable) bool {
	t.Helper()
	state, err := s.MoveState(context.Background())
	no(t, err)
	return move.Refusal(state, "HERE") == nil
}

// errTrap is what a trap makes of a call.
var errTrap = errors.New("the trap has snapped")

// trap lets a call of a certain number fail, counted over all stores that share it.
type trap struct {
	snap func(do func() error) error // what becomes of that call

	mu    sync.Mutex
	calls int
	at    int
}

func (tr *trap) call(do func() error) error {
	tr.mu.Lock()
	n := tr.calls
	tr.calls++
	tr.mu.Unlock()
	if n == tr.at {
		return tr.snap(do)
	}
	return do()
}

// trapped is a store whose calls go through a trap. It covers what a move calls.
type trapped struct {
	stele.Movable
	*trap
}

func through[T any](tr *trap, do func() (T, error)) (v T, err error) {
	err = tr.call(func() (err error) {
		v, err = do()
		return err
	})
	return v, err
}

func (s trapped) Agents(ctx context.Context, p stele.Page) (as []stele.AgentInfo, n int, err error) {
	as, err = through(s.trap, func() (_ []stele.AgentInfo, err error) {
		as, n, err = s.Movable.Agents(ctx, p)
		return as, err
	})
	return as, n, err
}

func (s trapped) CreateAgent(ctx context.Context, a stele.AgentInfo) error {
	return s.call(func() error { return s.Movable.CreateAgent(ctx, a) })
}

func (s trapped) DeleteAgent(ctx context.Context, id stele.AgentID) error {
	return s.call(func() error { return s.Movable.DeleteAgent(ctx, id) })
}

func (s trapped) Keys(ctx context.Context, id stele.AgentID) ([]stele.Key, error) {
	return through(s.trap, func() ([]stele.Key, error) { return s.Movable.Keys(ctx, id) })
}

func (s trapped) CreateKey(ctx context.Context, k stele.Key) error {
	return s.call(func() error { return s.Movable.CreateKey(ctx, k) })
}

func (s trapped) MoveState(ctx context.Context) (string, error) {
	return through(s.trap, func() (string, error) { return s.Movable.MoveState(ctx) })
}

func (s trapped) SetMoveState(ctx context.Context, was, state string) error {
	return s.call(func() error { return s.Movable.SetMoveState(ctx, was, state) })
}

func (s trapped) Database(id stele.AgentID) stele.Database {
	return trappedDatabase{s.Movable.Database(id), s.trap}
}

func (s trapped) Mover(id stele.AgentID) stele.Mover {
	return trappedMover{s.Movable.Mover(id), s.trap}
}

type trappedDatabase struct {
	stele.Database
	trap *trap
}

func (d trappedDatabase) Tables(ctx context.Context, p stele.Page) ([]stele.TableCount, error) {
	return through(d.trap, func() ([]stele.TableCount, error) { return d.Database.Tables(ctx, p) })
}

func (d trappedDatabase) Records(ctx context.Context, t *stele.Table, q stele.RecordQuery) (stele.RecordPage, error) {
	return through(d.trap, func() (stele.RecordPage, error) { return d.Database.Records(ctx, t, q) })
}

type trappedMover struct {
	mover stele.Mover
	trap  *trap
}

func (m trappedMover) NextRecordID(ctx context.Context, t *stele.Table) (stele.RecordID, error) {
	return through(m.trap, func() (stele.RecordID, error) { return m.mover.NextRecordID(ctx, t) })
}

func (m trappedMover) RecordsAfter(ctx context.Context, t *stele.Table, after stele.RecordID, limit int) ([]stele.Record, error) {
	return through(m.trap, func() ([]stele.Record, error) { return m.mover.RecordsAfter(ctx, t, after, limit) })
}

func (m trappedMover) TasksAfter(ctx context.Context, after stele.TaskID, limit int) ([]stele.Task, error) {
	return through(m.trap, func() ([]stele.Task, error) { return m.mover.TasksAfter(ctx, after, limit) })
}

func (m trappedMover) AnswersAfter(ctx context.Context, after string, limit int) ([]stele.KeptAnswer, error) {
	return through(m.trap, func() ([]stele.KeptAnswer, error) { return m.mover.AnswersAfter(ctx, after, limit) })
}

func (m trappedMover) PutTable(ctx context.Context, t *stele.Table, next stele.RecordID) error {
	return m.trap.call(func() error { return m.mover.PutTable(ctx, t, next) })
}

func (m trappedMover) PutRecords(ctx context.Context, t *stele.Table, rs []stele.Record) error {
	return m.trap.call(func() error { return m.mover.PutRecords(ctx, t, rs) })
}

func (m trappedMover) PutTasks(ctx context.Context, ts []stele.Task) error {
	return m.trap.call(func() error { return m.mover.PutTasks(ctx, ts) })
}

func (m trappedMover) PutAnswers(ctx context.Context, as []stele.KeptAnswer) error {
	return m.trap.call(func() error { return m.mover.PutAnswers(ctx, as) })
}

func (m trappedMover) SavedQueriesAfter(ctx context.Context, after stele.SavedID, limit int) ([]stele.SavedQuery, error) {
	return through(m.trap, func() ([]stele.SavedQuery, error) { return m.mover.SavedQueriesAfter(ctx, after, limit) })
}

func (m trappedMover) PutSavedQueries(ctx context.Context, qs []stele.SavedQuery) error {
	return m.trap.call(func() error { return m.mover.PutSavedQueries(ctx, qs) })
}
