package stele

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// tinyDB takes down what the verbs hand to a database. A method that it lacks panics, so that a refusal is known to have
// reached nothing.
type tinyDB struct {
	Database
	table     *Table
	created   *Table
	calls     int
	page      Page
	query     RecordQuery
	answer    *RecordPage // to Records; nil: an empty one
	taskIDs   []TaskID
	since     Millis
	batch     *Batch
	changes   []Change
	selectors []Selector
}

func (d *tinyDB) Table(_ context.Context, id TableID) (*Table, error) {
	if id != d.table.ID {
		return nil, Errorf(CodeTableNotFound, "no table has this id")
	}
	return d.table, nil
}

func (d *tinyDB) Tables(_ context.Context, p Page) ([]TableCount, error) {
	d.calls, d.page = d.calls+1, p
	return []TableCount{{d.table, 2}}, nil
}

func (d *tinyDB) CreateTable(_ context.Context, t *Table, _ *Once[TableID]) error {
	d.calls, d.created = d.calls+1, t
	return nil
}

func (d *tinyDB) Import(_ context.Context, _ *Table, b *Batch, _ Millis, _ *Once[Task]) (Task, error) {
	d.calls, d.batch = d.calls+1, b
	return b.Task, nil
}

func (d *tinyDB) Tasks(_ context.Context, ids []TaskID, since Millis) ([]Task, error) {
	d.calls, d.taskIDs, d.since = d.calls+1, ids, since
	return []Task{}, nil
}

// Update fails changes that select by id and applies the others, keeping the answer as a store does.
func (d *tinyDB) Update(_ context.Context, _ *Table, cs []Change, _ Millis, once *Once[[]Outcome]) ([]Outcome, error) {
	d.calls, d.changes = d.calls+1, cs
	os := make([]Outcome, len(cs))
	for i, c := range cs {
		if c.Selector.ID != 0 && !c.Create {
			os[i].Reason = ReasonNotFound
		}
	}
	if once != nil {
		return nil, &Replay{once.Answer(os)}
	}
	return os, nil
}

func (d *tinyDB) Delete(_ context.Context, _ *Table, ss []Selector, _ *Once[int]) (int, error) {
	d.calls, d.selectors = d.calls+1, ss
	return len(ss), nil
}

func (d *tinyDB) Records(_ context.Context, _ *Table, q RecordQuery) (RecordPage, error) {
	d.calls, d.query = d.calls+1, q
	if d.answer != nil {
		return *d.answer, nil
	}
	return RecordPage{Total: 7}, nil
}

func (d *tinyDB) Query(context.Context, Question) (*Answer, error) {
	d.calls++
	return &Answer{}, nil
}

func (d *tinyDB) Engine() Engine { return SQLite }

func (d *tinyDB) Profile(context.Context, *Table) (*Profile, error) {
	d.calls++
	return &Profile{}, nil
}

func (d *tinyDB) Answered(context.Context, string, Fingerprint) ([]byte, error) {
	d.calls++
	return []byte("kept"), nil
}

type tinyStore struct {
	Store
	db     *tinyDB
	key    Key
	agents []AgentInfo
	owners map[TableID]AgentID
	broken error
}

func (s *tinyStore) Database(AgentID) Database { return s.db }

func (s *tinyStore) Key(_ context.Context, h KeyHash) (Key, error) {
	if h != s.key.Hash {
		return Key{}, Errorf(CodeUnauthenticated, "the API key is not known here")
	}
	return s.key, nil
}

func (s *tinyStore) Owner(_ context.Context, id TableID) (AgentID, error) {
	if s.broken != nil {
		return "", s.broken
	}
	if a := s.owners[id]; a != "" {
		return a, nil
	}
	return "", Errorf(CodeTableNotFound, "no table has this id")
}

const (
	ownAgent     = AgentID("66e000000000000000000001")
	foreignTable = "66f0a1b2c3d4e5f60123aaaa"
	unknownTable = "66f0a1b2c3d4e5f60123bbbb"
)

var today = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// newAgent is an agent over a database with that table, and a key with that scope.
func newAgent(t testing.TB, table *Table, scope Scope) (*Agent, *tinyDB) {
	t.Helper()
	db := &tinyDB{table: table}
	store := &tinyStore{
		db: db, key: Key{Hash: HashKey("app-1"), Agent: ownAgent, Scope: scope},
		owners: map[TableID]AgentID{foreignTable: "66e000000000000000000002", "66f0a1b2c3d4e5f60123cccc": ownAgent},
	}
	svc := &Service{Store: store, Limits: DefaultLimits(), Now: func() time.Time { return today }}
	a, err := svc.Authenticate(t.Context(), "app-1")
	if err != nil {
		t.Fatal(err)
	}
	return a, db
}

// verbs calls every verb once in a way that a key of all scopes may.
func verbs(ctx context.Context, a *Agent, table string) map[string]error {
	errs := map[string]error{}
	_, errs["create"] = a.CreateTable(ctx, Draft{Name: "t", Description: "d", Fields: []DraftField{{Name: "a", Type: "INT"}}}, nil)
	_, errs["tables"] = a.Tables(ctx, "", nil)
	_, errs["import"] = a.Import(ctx, table, []Row{row("code", str("PX-1"))}, nil)
	_, errs["tasks"] = a.Tasks(ctx, []string{table})
	_, errs["update"] = a.Update(ctx, table, []RawChange{{Address: RawAddress{RecordID: str("1")}}}, false, nil)
	_, errs["delete"] = a.Delete(ctx, table, []RawAddress{{RecordID: str("1")}}, nil)
	_, _, errs["records"] = a.Records(ctx, table, PageQuery{Page: PageNumber{1, 10}})
	_, errs["answered"] = a.Answered(ctx, ScopeWrite, "key", Fingerprint{})
	return errs
}

// TestScopesOfVerbs: a key without a verb's scope gets CodeForbidden, and nothing is asked of the store.
func TestScopesOfVerbs(t *testing.T) {
	t.Parallel()
	may := map[Scope][]string{
		ScopeRead:   {"tables", "tasks", "records"},
		ScopeWrite:  {"import", "update", "delete", "tasks", "answered"},
		ScopeSchema: {"create"},
	}
	for scope := Scope(0); scope <= ScopeAll; scope++ {
		a, db := newAgent(t, parcels(t), scope)
		calls := 0
		for verb, err := range verbs(t.Context(), a, string(parcels(t).ID)) {
			allowed := false
			for s, verbs := range may {
				allowed = allowed || scope&s != 0 && slices.Contains(verbs, verb)
			}
			if allowed {
				calls++
			}
			if allowed && err != nil || !allowed && (ErrorCode(err) != CodeForbidden || !strings.Contains(err.Error(), "lacks the scope")) {
				t.Errorf("scopes %q, %s: %v", scope.Names(), verb, err)
			}
		}
		if db.calls != calls {
			t.Errorf("scopes %q: %d calls of the store; want %d", scope.Names(), db.calls, calls)
		}
	}
}

// TestTableOf: another agent's table is CodeForbidden, an unknown one CodeTableNotFound (wire.md 3).
func TestTableOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id   string
		want Code
	}{
		{foreignTable, CodeForbidden}, {strings.ToUpper(foreignTable), CodeForbidden},
		{unknownTable, CodeTableNotFound}, {"66f0a1b2c3d4e5f60123cccc", CodeTableNotFound}, // one's own that was lost
		{"parcels", CodeTableNotFound}, {"", CodeParameter},
	} {
		a, db := newAgent(t, parcels(t), ScopeAll)
		for verb, err := range verbs(t.Context(), a, c.id) {
			if slices.Contains([]string{"import", "update", "delete", "records"}, verb) && ErrorCode(err) != c.want {
				t.Errorf("table %q, %s: %v; want code %d", c.id, verb, err, c.want)
			}
		}
		if db.batch != nil || db.changes != nil || db.selectors != nil {
			t.Errorf("table %q: something was written", c.id)
		}
	}
	a, _ := newAgent(t, parcels(t), ScopeAll)
	a.svc.Store.(*tinyStore).broken = errors.New("catalog is gone")
	if _, _, err := a.Records(t.Context(), foreignTable, PageQuery{Page: PageNumber{1, 10}}); err == nil || ErrorCode(err) != CodeInternal {
		t.Errorf("with a broken catalog: %v; want an error that is not shown", err)
	}
	if _, _, err := a.Records(t.Context(), strings.ToUpper(string(parcels(t).ID)), PageQuery{Page: PageNumber{1, 10}}); err != nil {
		t.Errorf("an id in upper case: %v", err)
	}
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	now := MillisOf(today)
	for _, c := range []struct {
		secret  string
		expires Millis
		want    Code
	}{
		{"app-1", 0, codeEnd}, {"app-1", now + 1, codeEnd}, {"app-1", now, CodeExpired}, {"app-1", now - 1, CodeExpired},
		{"app-2", 0, CodeUnauthenticated}, {"", 0, CodeUnauthenticated}, {"APP-1", 0, CodeUnauthenticated},
	} {
		store := &tinyStore{db: &tinyDB{}, key: Key{Hash: HashKey("app-1"), Agent: ownAgent, Expires: c.expires}}
		svc := &Service{Store: store, Now: func() time.Time { return today }}
		a, err := svc.Authenticate(t.Context(), c.secret)
		if c.want == codeEnd && (err != nil || a.ID() != ownAgent) || c.want != codeEnd && (a != nil || ErrorCode(err) != c.want) {
			t.Errorf("key %q that expires at %d: %v; want code %d", c.secret, c.expires, err, c.want)
		}
	}
}

// TestEntries: the numbers of wire.md 3, inclusive.
func TestEntries(t *testing.T) {
	t.Parallel()
	table := parcels(t)
	for _, c := range []struct {
		what string
		most int
		call func(a *Agent, n int) error
	}{
		{"records", 1000, func(a *Agent, n int) error {
			_, err := a.Import(t.Context(), string(table.ID), make([]Row, n), nil)
			return err
		}},
		{"ids", 500, func(a *Agent, n int) error {
			ids := make([]string, n)
			for i := range ids {
				ids[i] = fmt.Sprintf("%024x", i)
			}
			_, err := a.Tasks(t.Context(), ids)
			return err
		}},
		{"update_data", 100, func(a *Agent, n int) error {
			_, err := a.Update(t.Context(), string(table.ID), make([]RawChange, n), false, nil)
			return err
		}},
		{"delete_data", 1000, func(a *Agent, n int) error {
			_, err := a.Delete(t.Context(), string(table.ID), slices.Repeat([]RawAddress{{RecordID: num("1")}}, n), nil)
			return err
		}},
	} {
		for n, says := range map[int]string{
			0: "Parameter error: " + c.what + " must have at least one entry", 1: "", c.most: "",
			c.most + 1: fmt.Sprintf("Parameter error: %s has %d entries; at most %d are allowed", c.what, c.most+1, c.most),
		} {
			a, db := newAgent(t, table, ScopeAll)
			err := c.call(a, n)
			if says == "" && (err != nil || db.calls < 1) || says != "" && (err == nil || err.Error() != says || db.calls != 0) {
				t.Errorf("%d %s: %v, %d calls of the store; want %q", n, c.what, err, db.calls, says)
			}
		}
	}
}
