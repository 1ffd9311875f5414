package storetest

import (
	"fmt"
	"math"
	"slices"
	"strings"
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
				rt.Repeat(map[string]func(*rapid.T){"": p.check, "step": p.step})
			})
		}},
	}
}

// step does one thing. What makes records stands more often, so that tables grow.
func (p *play) step(rt *rapid.T) {
	pick(rt, "what", []func(*rapid.T){
		p.importRows, p.importRows, p.importRows, p.update, p.update, p.update, p.update, p.upsertByID, p.upsertByID,
		p.delete, p.delete, p.page, p.page, p.page, p.askTasks, p.repeat,
	})(rt)
	if oneIn(rt, 16, "reopen") {
		p.store.reopen()
		p.fixture.store = p.store.fixture.store
		p.db = p.fixture.store.Database(p.agent.ID)
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
		for i, n := range rapid.SliceOfNDistinct(names, 1, 6, rapid.ID[string]).Draw(rt, "fields") {
			types := []string{"TEXT", "INT", "FLOAT", "DATETIME", "BOOLEAN"}
			d.Fields = append(d.Fields, stele.DraftField{
				Name: n, Type: pick(rt, "type", types),
				Required: oneIn(rt, 4, "required"), Unique: i == 0 && len(p.models) == 0 || oneIn(rt, 4, "unique"),
			})
		}
		p.indexed = oneIn(rt, 2, "indexed")
		p.models = append(p.models, &model{table: p.create(p.draft(d))})
	}
	return p
}

// use binds the checks to the action's own test and picks a table. Time goes on with every action.
func (p *play) use(rt *rapid.T) *model {
	p.reporter = rt
	p.now += stele.Millis(rapid.IntRange(0, 3).Draw(rt, "later"))
	return pick(rt, "table", p.models)
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

// pick draws one of a list; rapid's own choice among several favours the first ones by far.
func pick[T any](rt *rapid.T, label string, list []T) T {
	at := 0
	for n := 1; n < len(list); n *= 2 {
		at *= 2
		if rapid.Bool().Draw(rt, label) {
			at++
		}
	}
	return list[at%len(list)]
}

// oneIn is true once in n draws, for an n that is a power of two.
func oneIn(rt *rapid.T, n int, label string) bool {
	for ; n > 1; n /= 2 {
		if !rapid.Bool().Draw(rt, label) {
			return false
		}
	}
	return true
}

// value draws a value for a field, often one that a record has already. Only if lax may a field that must have a value
// get none.
func (p *play) value(rt *rapid.T, m *model, field int, lax bool) stele.Value {
	fd := m.table.Fields[field]
	strict := (fd.Required || fd.Unique) && !lax
	v := value(fd, pick(rt, fd.Name, few(fd.Type)))
	switch {
	case len(m.records) > 0 && oneIn(rt, 4, "known"):
		v = pick(rt, "like", m.records).Values[field]
	case !strict && oneIn(rt, 8, "none"):
		return stele.Value{}
	}
	if strict && v.IsEmpty() {
		return value(fd, few(fd.Type)[1])
	}
	return v
}

func (p *play) importRows(rt *rapid.T) {
	m := p.use(rt)
	var rows []raws
	for range pick(rt, "rows", []int{3, 1, 2, 5, 8}) {
		var r raws
		for i, fd := range m.table.Fields {
			if v := p.value(rt, m, i, true); v.IsNull() {
				r = append(r, fd.Name, nil)
			} else {
				r = append(r, fd.Name, v.String())
			}
		}
		rows = append(rows, r)
	}
	b := p.acceptAs(m.table, p.how(rt, m), rowsOf(rows))
	tried := try(p, rt, func(dry stele.Database) (stele.Task, error) {
		return dry.Import(p.Context(), m.table, b, p.now, once[stele.Task](p.fixture, "a trial", "request"))
	})
	write(p, rt, func(o *stele.Once[stele.Task]) (stele.Task, error) {
		return p.db.Import(p.Context(), m.table, b, p.now, o)
	}, func(task stele.Task) {
		p.addsUp(task, b)
		if tried != nil {
			p.sameTask("after a trial", task, *tried)
		}
		want := m.imported(b, p.now)
		p.sameTask("import", task, want)
		m.tasks[len(m.tasks)-1] = task // with its ids
	})
}

// write makes a write, with an idempotency key or without, holds its result against the model's and remembers it.
func write[T any](p *play, rt *rapid.T, run func(*stele.Once[T]) (T, error), check func(T)) {
	if oneIn(rt, 2, "without a key") {
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
		return
	}
	w := pick(rt, "write", p.writes)
	if oneIn(rt, 2, "same") {
		p.wantReplay(w.key, w.again("request"), w.answer)
	} else {
		p.wantCode(w.key, w.again("another request"), stele.CodeKeyReused)
	}
	p.wantAnswered(w.key, "request", w.answer)
}

// selector addresses a record that is there, or one that probably is not, in a way that makes no new ids likely.
func (p *play) selector(rt *rapid.T, m *model) stele.Selector {
	var unique []int
	for i, fd := range m.table.Fields {
		if fd.Unique {
			unique = append(unique, i)
		}
	}
	if len(unique) == 0 || oneIn(rt, 2, "by id") {
		ids := []stele.RecordID{1, math.MaxInt64}
		for _, r := range m.records {
			ids = append(ids, r.ID)
		}
		return byID(pick(rt, "id", ids))
	}
	first := pick(rt, "unique", unique)
	s := stele.Selector{Pairs: []stele.Pair{{Field: first, Value: p.value(rt, m, first, false)}}}
	at := m.find(s)
	for i := range m.table.Fields {
		if i == first || !oneIn(rt, 8, "also") {
			continue
		}
		v := p.value(rt, m, i, false)
		if at >= 0 && oneIn(rt, 2, "same") {
			v = m.records[at].Values[i]
		}
		if !v.IsEmpty() {
			s.Pairs = append(s.Pairs, stele.Pair{Field: i, Value: v})
		}
	}
	return s
}

func (p *play) draw(rt *rapid.T, m *model, s stele.Selector) stele.Change {
	var kv []any
	for i, fd := range m.table.Fields {
		if oneIn(rt, 2, "set") {
			kv = append(kv, fd.Name, p.value(rt, m, i, false))
		}
	}
	if oneIn(rt, 2, "create") {
		return upsert(m.table, s, kv...)
	}
	return change(m.table, s, kv...)
}

func (p *play) update(rt *rapid.T) {
	m := p.use(rt)
	var cs []stele.Change
	for range pick(rt, "changes", []int{3, 1, 2, 5, 9}) {
		cs = append(cs, p.draw(rt, m, p.selector(rt, m)))
	}
	p.apply(rt, m, cs)
}

// upsertByID asks for ids around the last one that the store made: the ones it would make next.
func (p *play) upsertByID(rt *rapid.T) {
	m := p.use(rt)
	var cs []stele.Change
	for range pick(rt, "changes", []int{3, 1, 2, 5, 9}) {
		id := max(m.made+pick(rt, "ahead", []stele.RecordID{1, 2, 3, 4, 6, 9, 0, -1}), 1)
		cs = append(cs, p.draw(rt, m, byID(id)))
	}
	p.apply(rt, m, cs)
}

func (p *play) apply(rt *rapid.T, m *model, cs []stele.Change) {
	h := stele.How{}
	if oneIn(rt, 4, "atomic") {
		h.Mode = stele.Atomic
	}
	tried := try(p, rt, func(dry stele.Database) ([]stele.Outcome, error) {
		return dry.With(stele.How{Mode: h.Mode, Dry: true}).Update(p.Context(), m.table, cs, p.now, nil)
	})
	write(p, rt, func(o *stele.Once[[]stele.Outcome]) ([]stele.Outcome, error) {
		return p.db.With(h).Update(p.Context(), m.table, cs, p.now, o)
	}, func(outcomes []stele.Outcome) {
		if len(outcomes) != len(cs) {
			p.Fatalf("%d outcomes for %d changes", len(outcomes), len(cs))
		}
		if tried != nil && !slices.Equal(*tried, outcomes) {
			p.Fatalf("a trial ended with %q, the update with %q", *tried, outcomes)
		}
		before := m.copy()
		defer func() {
			if h.Mode == stele.Atomic && slices.ContainsFunc(outcomes, func(o stele.Outcome) bool { return o.Reason != "" }) {
				*m = before
			}
		}()
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
	for range pick(rt, "selectors", []int{1, 2, 3}) {
		ss = append(ss, p.selector(rt, m))
	}
	tried := try(p, rt, func(dry stele.Database) (int, error) { return dry.Delete(p.Context(), m.table, ss, nil) })
	write(p, rt, func(o *stele.Once[int]) (int, error) {
		return p.db.Delete(p.Context(), m.table, ss, o)
	}, func(n int) {
		if tried != nil && *tried != n {
			p.Fatalf("a trial deleted %d, the delete %d", *tried, n)
		}
		if want := m.deleted(ss); n != want {
			p.Fatalf("deleted %d, want %d, by %+v", n, want, ss)
		}
	})
}

func (p *play) page(rt *rapid.T) {
	m := p.use(rt)
	if oneIn(rt, 2, "of all that there is") {
		q := p.query(rt, m)
		p.samePage(q, p.fixture.page(m.table, q), m.page(q))
		return
	}
	q := stele.RecordQuery{
		Offset: int64(rapid.IntRange(0, len(m.records)+1).Draw(rt, "offset")), Limit: pick(rt, "limit", []int{5, 1, 3, 100}),
		Keyword: pick(rt, "keyword", []string{"", "a", "A", "%", "_", `\`, "'", "0", "1", "-", "e", "E+", "tru", "08:00", " ", "k", "\u00e1", "9007199254740993", "0.1"}),
	}
	switch known := p.value(rt, m, 0, true).String(); {
	case oneIn(rt, 2, "no keyword"):
		q.Keyword = ""
	case len(known) > 3 && oneIn(rt, 2, "known"):
		q.Keyword = strings.ToValidUTF8(known[1:], "")
	}
	if oneIn(rt, 2, "filter") {
		var like []stele.Value // those of a record, so that something is found
		if len(m.records) > 0 && oneIn(rt, 2, "alike") {
			like = pick(rt, "like", m.records).Values
		}
		for i := range m.table.Fields {
			if !oneIn(rt, 4, "on") {
				continue
			}
			v := p.value(rt, m, i, true)
			if like != nil {
				v = like[i]
			}
			q.Equal = append(q.Equal, stele.Pair{Field: i, Value: v})
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
