package storetest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"stele"
)

func modelCases() []testCase {
	return []testCase{
		{"any sequence of writes and reads does what the contract says", func(f *fixture) {
			k := f.kept()
			rapid.Check(k.tb.(*testing.T), func(rt *rapid.T) {
				p := newPlay(rt, k)
				rt.Repeat(map[string]func(*rapid.T){
					"":         p.check,
					"import":   p.importRows,
					"update":   p.update,
					"upsertID": p.upsertByID,
					"delete":   p.delete,
					"page":     p.page,
					"tasks":    p.askTasks,
					"repeat":   p.repeat,
					"reopen":   p.reopen,
				})
			})
		}},
	}
}

// play is one random sequence: an agent with two tables of random fields, and what the model believes of them.
type play struct {
	*fixture
	store  *reopened
	models []*model
	writes []applied
}

// applied is a write that was made with a key: what a repeat must get, and how to repeat it.
type applied struct {
	key, answer string
	again       func(request string) error
}

func newPlay(rt *rapid.T, k *reopened) *play {
	own := *k.fixture
	own.reporter = rt
	p := &play{fixture: &own, store: k}
	p.agent = p.newAgent()
	p.db = p.fixture.store.Database(p.agent.ID)
	names := rapid.SampledFrom(oddFields())
	tables := rapid.SampledFrom(oddTables())
	for _, name := range rapid.SliceOfNDistinct(tables, 2, 2, rapid.ID[string]).Draw(rt, "tables") {
		d := stele.Draft{Name: name, Description: "for a test"}
		for _, n := range rapid.SliceOfNDistinct(names, 1, 6, rapid.ID[string]).Draw(rt, "fields") {
			d.Fields = append(d.Fields, stele.DraftField{
				Name: n, Type: rapid.SampledFrom([]stele.Type{stele.Text, stele.Text, stele.Int, stele.Int, stele.Float, stele.DateTime, stele.Boolean}).Draw(rt, "type").String(),
				Required: rapid.IntRange(0, 4).Draw(rt, "required") == 0, Unique: rapid.IntRange(0, 2).Draw(rt, "unique") == 0,
			})
		}
		p.models = append(p.models, &model{table: p.create(p.draft(d))})
	}
	return p
}

// use binds the checks to the action's own test and picks a table. Time goes on with every action.
func (p *play) use(rt *rapid.T) *model {
	p.reporter = rt
	p.now += stele.Millis(rapid.IntRange(0, 3).Draw(rt, "later"))
	return rapid.SampledFrom(p.models).Draw(rt, "table")
}

// few are values that meet often, so that clashes are the rule.
func few(t stele.Type) []any {
	switch t {
	case stele.Int:
		return []any{0, 1, -1, 10, int64(9007199254740992), int64(9007199254740993), int64(math.MaxInt64), int64(math.MinInt64)}
	case stele.Float:
		return []any{0.0, 1.0, -1.0, 0.5, 0.1, 1e21, 1e-7, math.SmallestNonzeroFloat64, math.MaxFloat64, 9007199254740992.0}
	case stele.Boolean:
		return []any{true, false}
	case stele.DateTime:
		return []any{"0001-01-01 00:00:00", "9999-12-31 23:59:59", "2026-03-01 08:00:00", "1970-01-01 00:00:00"}
	default:
		return []any{"", "a", "A", "a ", " a", "\u00e1", "a\u0301", "\u00c1", "%", "_", `\`, "'", "0", "1", "true", "null", "\u212a", "\u00df", "x\ny", "2026"}
	}
}

// value draws a value for a field; none for a field that must have one only if lax.
func (p *play) value(rt *rapid.T, fd stele.Field, lax bool) stele.Value {
	if !fd.Required && !fd.Unique || lax {
		if rapid.IntRange(0, 7).Draw(rt, "none") == 0 {
			return stele.Value{}
		}
	}
	v := value(fd, rapid.SampledFrom(few(fd.Type)).Draw(rt, fd.Name))
	if v.IsEmpty() && (fd.Required || fd.Unique) && !lax {
		return stele.TextValue("a")
	}
	return v
}

func (p *play) importRows(rt *rapid.T) {
	m := p.use(rt)
	var rows []raws
	for range rapid.IntRange(1, 6).Draw(rt, "rows") {
		var r raws
		for _, fd := range m.table.Fields {
			if v := p.value(rt, fd, true); v.IsNull() {
				r = append(r, fd.Name, nil)
			} else {
				r = append(r, fd.Name, v.String())
			}
		}
		rows = append(rows, r)
	}
	b := p.accept(m.table, rows...)
	write(p, rt, func(o *stele.Once[stele.Task]) (stele.Task, error) {
		return p.db.Import(p.Context(), m.table, b, p.now, o)
	}, func(task stele.Task) {
		p.sameTask("import", task, m.imported(b, p.now))
	})
}

// write makes a write, with an idempotency key or without, holds its result against the model's and remembers it.
func write[T any](p *play, rt *rapid.T, run func(*stele.Once[T]) (T, error), check func(T)) {
	if !rapid.Bool().Draw(rt, "keyed") {
		v, err := run(nil)
		p.must("a write", err)
		check(v)
		return
	}
	key := fmt.Sprint("key ", len(p.writes))
	v, err := run(once[T](p.fixture, key, "request"))
	p.must("a write with a key", err)
	check(v)
	p.writes = append(p.writes, applied{key, fmt.Sprintf("%+v", v), func(request string) error {
		_, err := run(once[T](p.fixture, key, request))
		return err
	}})
}

// repeat makes a write with a key again, which changes nothing.
func (p *play) repeat(rt *rapid.T) {
	p.use(rt)
	if len(p.writes) == 0 {
		rt.Skip("no write with a key yet")
	}
	w := rapid.SampledFrom(p.writes).Draw(rt, "write")
	if rapid.Bool().Draw(rt, "same") {
		p.wantReplay(w.key, w.again("request"), w.answer)
	} else {
		p.wantCode(w.key, w.again("another request"), stele.CodeKeyReused)
	}
	p.wantAnswered(w.key, "request", w.answer)
}

// selector addresses a record that is there, or one that probably is not, in a way that makes no new ids likely.
func (p *play) selector(rt *rapid.T, m *model) stele.Selector {
	unique := slices.IndexFunc(m.table.Fields, func(fd stele.Field) bool { return fd.Unique })
	if unique < 0 || rapid.Bool().Draw(rt, "by id") {
		ids := []stele.RecordID{1, math.MaxInt64}
		for _, r := range m.records {
			ids = append(ids, r.ID)
		}
		return byID(rapid.SampledFrom(ids).Draw(rt, "id"))
	}
	s := stele.Selector{Pairs: []stele.Pair{{Field: unique, Value: p.value(rt, m.table.Fields[unique], false)}}}
	for i, fd := range m.table.Fields {
		if i != unique && rapid.IntRange(0, 5).Draw(rt, "also") == 0 {
			if v := p.value(rt, fd, false); !v.IsEmpty() {
				s.Pairs = append(s.Pairs, stele.Pair{Field: i, Value: v})
			}
		}
	}
	return s
}

func (p *play) draw(rt *rapid.T, m *model, s stele.Selector) stele.Change {
	var kv []any
	for _, fd := range m.table.Fields {
		if rapid.Bool().Draw(rt, "set") {
			kv = append(kv, fd.Name, p.value(rt, fd, false))
		}
	}
	if rapid.Bool().Draw(rt, "create") {
		return upsert(m.table, s, kv...)
	}
	return change(m.table, s, kv...)
}

func (p *play) update(rt *rapid.T) {
	m := p.use(rt)
	var cs []stele.Change
	for range rapid.IntRange(1, 5).Draw(rt, "changes") {
		cs = append(cs, p.draw(rt, m, p.selector(rt, m)))
	}
	p.apply(rt, m, cs)
}

// upsertByID asks for ids around the last one that the store made: the ones it would make next.
func (p *play) upsertByID(rt *rapid.T) {
	m := p.use(rt)
	var cs []stele.Change
	for range rapid.IntRange(1, 5).Draw(rt, "changes") {
		id := max(m.made+stele.RecordID(rapid.IntRange(-3, 6).Draw(rt, "ahead")), 1)
		cs = append(cs, p.draw(rt, m, byID(id)))
	}
	p.apply(rt, m, cs)
}

func (p *play) apply(rt *rapid.T, m *model, cs []stele.Change) {
	write(p, rt, func(o *stele.Once[[]stele.Outcome]) ([]stele.Outcome, error) {
		return p.db.Update(p.Context(), m.table, cs, p.now, o)
	}, func(outcomes []stele.Outcome) {
		if len(outcomes) != len(cs) {
			p.Fatalf("%d outcomes for %d changes", len(outcomes), len(cs))
		}
		for i, reasons := range m.updated(cs, p.now) {
			if !slices.Contains(reasons, outcomes[i].Reason) {
				p.Fatalf("change %d %+v ended with %q, want one of %q", i, cs[i], outcomes[i].Reason, reasons)
			}
		}
	})
}

func (p *play) delete(rt *rapid.T) {
	m := p.use(rt)
	var ss []stele.Selector
	for range rapid.IntRange(1, 4).Draw(rt, "selectors") {
		ss = append(ss, p.selector(rt, m))
	}
	write(p, rt, func(o *stele.Once[int]) (int, error) {
		return p.db.Delete(p.Context(), m.table, ss, o)
	}, func(n int) {
		if want := m.deleted(ss); n != want {
			p.Fatalf("deleted %d, want %d, by %+v", n, want, ss)
		}
	})
}

func (p *play) page(rt *rapid.T) {
	m := p.use(rt)
	q := stele.RecordQuery{
		Offset: int64(rapid.IntRange(0, len(m.records)+1).Draw(rt, "offset")), Limit: rapid.IntRange(1, 8).Draw(rt, "limit"),
		Keyword: rapid.SampledFrom([]string{"", "", "a", "A", "%", "_", `\`, "'", "0", "1", "-", "e", "E+", "tru", "08:00", " ", "k", "\u00e1", "9007199254740993", "0.1"}).Draw(rt, "keyword"),
	}
	for i, fd := range m.table.Fields {
		if rapid.IntRange(0, 3).Draw(rt, "filter") == 0 {
			q.Equal = append(q.Equal, stele.Pair{Field: i, Value: p.value(rt, fd, true)})
		}
	}
	p.samePage(q, p.fixture.page(m.table, q), m.page(q))
}

func (p *play) askTasks(rt *rapid.T) {
	m := p.use(rt)
	asked, want := []stele.TaskID{stele.NewTaskID(p.now.Time())}, []stele.Task{}
	since := p.now - stele.Millis(rapid.IntRange(0, 30).Draw(rt, "age"))
	if len(m.tasks) > 0 {
		for _, t := range rapid.SliceOfN(rapid.SampledFrom(m.tasks), 1, 4).Draw(rt, "tasks") {
			if !slices.Contains(asked, t.ID) && t.Created >= since {
				want = append(want, t)
			}
			asked = append(asked, t.ID)
		}
	}
	got, err := p.db.Tasks(p.Context(), asked, since)
	p.must("asking for tasks", err)
	if len(got) != len(want) {
		p.Fatalf("%d tasks, want %d", len(got), len(want))
	}
	for i := range got {
		p.sameTask("kept", got[i], want[i])
	}
}

func (p *play) reopen(rt *rapid.T) {
	p.use(rt)
	if rapid.IntRange(0, 3).Draw(rt, "reopen") > 0 {
		rt.Skip("reopening is slow")
	}
	p.store.reopen()
	p.fixture.store = p.store.fixture.store
	p.db = p.fixture.store.Database(p.agent.ID)
}

// check holds both tables against the model, whatever was done to one of them.
func (p *play) check(rt *rapid.T) {
	p.reporter = rt
	for _, m := range p.models {
		stored := p.records(m.table)
		if problem := m.learn(stored); problem != "" {
			p.Fatalf("table %s: %s\n%s", m.table.Name, problem, show(stored))
		}
		if !slices.EqualFunc(stored, m.records, sameRecord) {
			p.Fatalf("table %s holds\n%s want\n%s", m.table.Name, show(stored), show(m.records))
		}
		if n := p.count(m.table); n != int64(len(stored)) {
			p.Fatalf("table %s counts %d records and holds %d", m.table.Name, n, len(stored))
		}
	}
}
