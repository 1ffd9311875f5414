package postgres_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"stele"
	"stele/internal/postgres"
	"stele/internal/storetest"
)

// balanced is two replicas behind a balancer without affinity: each call goes to the other one than the call before.
type balanced struct {
	stores [2]*postgres.Store
	calls  atomic.Int64
}

func (b *balanced) next() *postgres.Store { return b.stores[b.calls.Add(1)%2] }

func (b *balanced) CreateAgent(ctx context.Context, a stele.AgentInfo) error {
	return b.next().CreateAgent(ctx, a)
}

func (b *balanced) Agents(ctx context.Context, p stele.Page) ([]stele.AgentInfo, int, error) {
	return b.next().Agents(ctx, p)
}

func (b *balanced) Agent(ctx context.Context, idOrName string) (stele.AgentInfo, error) {
	return b.next().Agent(ctx, idOrName)
}

func (b *balanced) DeleteAgent(ctx context.Context, id stele.AgentID) error {
	return b.next().DeleteAgent(ctx, id)
}
func (b *balanced) CreateKey(ctx context.Context, k stele.Key) error {
	return b.next().CreateKey(ctx, k)
}

func (b *balanced) Keys(ctx context.Context, agent stele.AgentID) ([]stele.Key, error) {
	return b.next().Keys(ctx, agent)
}

func (b *balanced) Key(ctx context.Context, hash stele.KeyHash) (stele.Key, error) {
	return b.next().Key(ctx, hash)
}

func (b *balanced) UseKeys(ctx context.Context, uses map[stele.KeyID]stele.Millis) error {
	return b.next().UseKeys(ctx, uses)
}

func (b *balanced) DataBytes(ctx context.Context) (int64, error) { return b.next().DataBytes(ctx) }

func (b *balanced) RevokeKey(ctx context.Context, id stele.KeyID) error {
	return b.next().RevokeKey(ctx, id)
}

func (b *balanced) Owner(ctx context.Context, id stele.TableID) (stele.AgentID, error) {
	return b.next().Owner(ctx, id)
}
func (b *balanced) Database(id stele.AgentID) stele.Database { return balancedDatabase{b: b, id: id} }
func (b *balanced) Ready(ctx context.Context) error          { return b.next().Ready(ctx) }

func (b *balanced) Close() error {
	_ = b.stores[0].Close()
	return b.stores[1].Close()
}

type balancedDatabase struct {
	b   *balanced
	id  stele.AgentID
	how stele.How
}

func (d balancedDatabase) next() stele.Database { return d.b.next().Database(d.id).With(d.how) }

func (d balancedDatabase) With(h stele.How) stele.Database {
	return balancedDatabase{d.b, d.id, h}
}

func (d balancedDatabase) CreateTable(ctx context.Context, t *stele.Table, once *stele.Once[stele.TableID]) error {
	return d.next().CreateTable(ctx, t, once)
}

func (d balancedDatabase) Alter(ctx context.Context, a *stele.Alteration, once *stele.Once[stele.Altered]) (stele.Altered, error) {
	return twice(d.next(), func(one stele.Database) (stele.Altered, error) { return one.Alter(ctx, a, once) })
}

func (d balancedDatabase) DropTable(ctx context.Context, t *stele.Table, once *stele.Once[int64]) (int64, error) {
	return twice(d.next(), func(one stele.Database) (int64, error) { return one.DropTable(ctx, t, once) })
}

// twice asks a replica again that remembered another definition: it has read it since.
func twice[T any](d stele.Database, f func(stele.Database) (T, error)) (T, error) {
	got, err := f(d)
	if errors.Is(err, stele.ErrTableChanged) {
		return f(d)
	}
	return got, err
}

// Table uses the definition too, as every verb does: that it is no longer true is told to whoever uses it, who then asks again.
func (d balancedDatabase) Table(ctx context.Context, id stele.TableID) (*stele.Table, error) {
	for {
		one := d.next()
		t, err := one.Table(ctx, id)
		if err == nil {
			_, err = one.Records(ctx, t, stele.RecordQuery{Limit: 1})
		}
		switch {
		case err == nil:
			return t, nil
		case !errors.Is(err, stele.ErrTableChanged):
			return nil, err
		}
	}
}

func (d balancedDatabase) Tables(ctx context.Context, p stele.Page) ([]stele.TableCount, error) {
	return d.next().Tables(ctx, p)
}

func (d balancedDatabase) Import(ctx context.Context, t *stele.Table, b *stele.Batch, now stele.Millis, once *stele.Once[stele.Task]) (stele.Task, error) {
	return twice(d.next(), func(one stele.Database) (stele.Task, error) { return one.Import(ctx, t, b, now, once) })
}

func (d balancedDatabase) Tasks(ctx context.Context, ids []stele.TaskID, since stele.Millis) ([]stele.Task, error) {
	return d.next().Tasks(ctx, ids, since)
}

func (d balancedDatabase) TaskList(ctx context.Context, q stele.TaskQuery) ([]stele.TaskEntry, error) {
	return d.next().TaskList(ctx, q)
}

func (d balancedDatabase) Update(ctx context.Context, t *stele.Table, cs []stele.Change, now stele.Millis, once *stele.Once[[]stele.Outcome]) ([]stele.Outcome, error) {
	return twice(d.next(), func(one stele.Database) ([]stele.Outcome, error) { return one.Update(ctx, t, cs, now, once) })
}

func (d balancedDatabase) Delete(ctx context.Context, t *stele.Table, ss []stele.Selector, once *stele.Once[int]) (int, error) {
	return twice(d.next(), func(one stele.Database) (int, error) { return one.Delete(ctx, t, ss, once) })
}

func (d balancedDatabase) Records(ctx context.Context, t *stele.Table, q stele.RecordQuery) (stele.RecordPage, error) {
	return twice(d.next(), func(one stele.Database) (stele.RecordPage, error) { return one.Records(ctx, t, q) })
}

func (d balancedDatabase) Query(ctx context.Context, q stele.Question) (*stele.Answer, error) {
	return d.next().Query(ctx, q)
}

func (d balancedDatabase) LogQueries(ctx context.Context, es []stele.QueryEntry) error {
	return d.next().LogQueries(ctx, es)
}

func (d balancedDatabase) Queries(ctx context.Context, limit int) ([]stele.QueryEntry, error) {
	return d.next().Queries(ctx, limit)
}

func (d balancedDatabase) SavedQueries(ctx context.Context) ([]stele.SavedQuery, error) {
	return d.next().SavedQueries(ctx)
}

func (d balancedDatabase) SaveQuery(ctx context.Context, q stele.SavedQuery, fresh bool, once *stele.Once[stele.SavedQuery]) error {
	return d.next().SaveQuery(ctx, q, fresh, once)
}

func (d balancedDatabase) DeleteSavedQuery(ctx context.Context, id stele.SavedID, once *stele.Once[bool]) (bool, error) {
	return d.next().DeleteSavedQuery(ctx, id, once)
}

func (d balancedDatabase) Size(ctx context.Context) (stele.Size, error) { return d.next().Size(ctx) }

func (d balancedDatabase) Engine() stele.Engine { return d.next().Engine() }

func (d balancedDatabase) Profile(ctx context.Context, t *stele.Table) (*stele.Profile, error) {
	return twice(d.next(), func(one stele.Database) (*stele.Profile, error) { return one.Profile(ctx, t) })
}

func (d balancedDatabase) Answered(ctx context.Context, key string, f stele.Fingerprint) ([]byte, error) {
	return d.next().Answered(ctx, key, f)
}

// TestStoreOfTwoReplicas runs the suite with a balancer and two replicas in the place of one. Keys are not remembered: that a
// revoked one may hold elsewhere for a moment is what replicas are allowed, and TestRevokedElsewhere has it. One of them changes also
// small tables beside their writers, as it does large ones.
func TestStoreOfTwoReplicas(t *testing.T) {
	t.Parallel()
	one := open(postgres.Options{Pool: 6, KeyTTL: time.Nanosecond})
	storetest.RunAgain(t, func(tb testing.TB, place string) stele.Store {
		tb.Helper()
		b := &balanced{stores: [2]*postgres.Store{one(tb, place).(*postgres.Store), one(tb, place).(*postgres.Store)}}
		b.stores[0].RebuildsAll()
		return b
	})
}
