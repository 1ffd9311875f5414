package server

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stele"
)

// callTimes takes the time of each call to the store, by name and result. A store knows nothing of it.
type callTimes struct{ seconds *prometheus.HistogramVec }

// done is deferred by a call: start is taken when it begins, err is looked at when it has ended.
func (c callTimes) done(call string, start time.Time, err *error) {
	c.seconds.WithLabelValues(call, callResult(*err)).Observe(time.Since(start).Seconds())
}

// callResult tells a refusal, which is the caller's doing, from a store that cannot serve just now and from one that is
// broken.
func callResult(err error) string {
	var refused *stele.Error
	var replay *stele.Replay
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &refused):
		switch refused.Code {
		case stele.CodeUnavailable, stele.CodeOverloaded:
			return "unavailable"
		case stele.CodeInternal:
			return "broken"
		}
		return "refused"
	case errors.As(err, &replay), errors.Is(err, stele.ErrTableChanged):
		return "refused"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "cancelled"
	}
	return "broken"
}

// timedStore times every method of a store. It embeds nothing, so that a method added to the interface must be added here.
type timedStore struct {
	store stele.Store
	calls callTimes
}

func (s timedStore) CreateAgent(ctx context.Context, a stele.AgentInfo) (err error) {
	defer s.calls.done("create_agent", time.Now(), &err)
	return s.store.CreateAgent(ctx, a)
}

func (s timedStore) Agents(ctx context.Context, p stele.Page) (_ []stele.AgentInfo, _ int, err error) {
	defer s.calls.done("agents", time.Now(), &err)
	return s.store.Agents(ctx, p)
}

func (s timedStore) Agent(ctx context.Context, idOrName string) (_ stele.AgentInfo, err error) {
	defer s.calls.done("agent", time.Now(), &err)
	return s.store.Agent(ctx, idOrName)
}

func (s timedStore) DeleteAgent(ctx context.Context, id stele.AgentID) (err error) {
	defer s.calls.done("delete_agent", time.Now(), &err)
	return s.store.DeleteAgent(ctx, id)
}

func (s timedStore) CreateKey(ctx context.Context, k stele.Key) (err error) {
	defer s.calls.done("create_key", time.Now(), &err)
	return s.store.CreateKey(ctx, k)
}

func (s timedStore) Keys(ctx context.Context, agent stele.AgentID) (_ []stele.Key, err error) {
	defer s.calls.done("keys", time.Now(), &err)
	return s.store.Keys(ctx, agent)
}

func (s timedStore) Key(ctx context.Context, hash stele.KeyHash) (_ stele.Key, err error) {
	defer s.calls.done("key", time.Now(), &err)
	return s.store.Key(ctx, hash)
}

func (s timedStore) UseKeys(ctx context.Context, uses map[stele.KeyID]stele.Millis) (err error) {
	defer s.calls.done("use_keys", time.Now(), &err)
	return s.store.UseKeys(ctx, uses)
}

func (s timedStore) RevokeKey(ctx context.Context, id stele.KeyID) (err error) {
	defer s.calls.done("revoke_key", time.Now(), &err)
	return s.store.RevokeKey(ctx, id)
}

func (s timedStore) Owner(ctx context.Context, id stele.TableID) (_ stele.AgentID, err error) {
	defer s.calls.done("owner", time.Now(), &err)
	return s.store.Owner(ctx, id)
}

func (s timedStore) Database(id stele.AgentID) stele.Database {
	return timedDatabase{s.store.Database(id), s.calls}
}

func (s timedStore) DataBytes(ctx context.Context) (_ int64, err error) {
	defer s.calls.done("data_bytes", time.Now(), &err)
	return s.store.DataBytes(ctx)
}

func (s timedStore) Ready(ctx context.Context) (err error) {
	defer s.calls.done("ready", time.Now(), &err)
	return s.store.Ready(ctx)
}

func (s timedStore) Close() error { return s.store.Close() }

// timedDatabase times every method of one agent's database.
type timedDatabase struct {
	db    stele.Database
	calls callTimes
}

func (d timedDatabase) CreateTable(ctx context.Context, t *stele.Table, once *stele.Once[stele.TableID]) (err error) {
	defer d.calls.done("create_table", time.Now(), &err)
	return d.db.CreateTable(ctx, t, once)
}

func (d timedDatabase) Table(ctx context.Context, id stele.TableID) (_ *stele.Table, err error) {
	defer d.calls.done("table", time.Now(), &err)
	return d.db.Table(ctx, id)
}

func (d timedDatabase) Tables(ctx context.Context, p stele.Page) (_ []stele.TableCount, err error) {
	defer d.calls.done("tables", time.Now(), &err)
	return d.db.Tables(ctx, p)
}

func (d timedDatabase) Alter(ctx context.Context, a *stele.Alteration, once *stele.Once[stele.Altered]) (_ stele.Altered, err error) {
	defer d.calls.done("alter", time.Now(), &err)
	return d.db.Alter(ctx, a, once)
}

func (d timedDatabase) DropTable(ctx context.Context, t *stele.Table, once *stele.Once[int64]) (_ int64, err error) {
	defer d.calls.done("drop_table", time.Now(), &err)
	return d.db.DropTable(ctx, t, once)
}

func (d timedDatabase) With(h stele.How) stele.Database { return timedDatabase{d.db.With(h), d.calls} }

func (d timedDatabase) Import(ctx context.Context, t *stele.Table, b *stele.Batch, now stele.Millis, once *stele.Once[stele.Task]) (_ stele.Task, err error) {
	defer d.calls.done("import", time.Now(), &err)
	return d.db.Import(ctx, t, b, now, once)
}

func (d timedDatabase) Tasks(ctx context.Context, ids []stele.TaskID, since stele.Millis) (_ []stele.Task, err error) {
	defer d.calls.done("tasks", time.Now(), &err)
	return d.db.Tasks(ctx, ids, since)
}

func (d timedDatabase) TaskList(ctx context.Context, q stele.TaskQuery) (_ []stele.TaskEntry, err error) {
	defer d.calls.done("task_list", time.Now(), &err)
	return d.db.TaskList(ctx, q)
}

func (d timedDatabase) Update(ctx context.Context, t *stele.Table, cs []stele.Change, now stele.Millis, once *stele.Once[[]stele.Outcome]) (_ []stele.Outcome, err error) {
	defer d.calls.done("update", time.Now(), &err)
	return d.db.Update(ctx, t, cs, now, once)
}

func (d timedDatabase) Delete(ctx context.Context, t *stele.Table, ss []stele.Selector, once *stele.Once[int]) (_ int, err error) {
	defer d.calls.done("delete", time.Now(), &err)
	return d.db.Delete(ctx, t, ss, once)
}

func (d timedDatabase) Records(ctx context.Context, t *stele.Table, q stele.RecordQuery) (_ stele.RecordPage, err error) {
	defer d.calls.done("records", time.Now(), &err)
	return d.db.Records(ctx, t, q)
}

func (d timedDatabase) Query(ctx context.Context, q stele.Question) (_ *stele.Answer, err error) {
	defer d.calls.done("query", time.Now(), &err)
	return d.db.Query(ctx, q)
}

func (d timedDatabase) LogQueries(ctx context.Context, es []stele.QueryEntry) (err error) {
	defer d.calls.done("log_queries", time.Now(), &err)
	return d.db.LogQueries(ctx, es)
}

func (d timedDatabase) Queries(ctx context.Context, limit int) (_ []stele.QueryEntry, err error) {
	defer d.calls.done("queries", time.Now(), &err)
	return d.db.Queries(ctx, limit)
}

func (d timedDatabase) SavedQueries(ctx context.Context) (_ []stele.SavedQuery, err error) {
	defer d.calls.done("saved_queries", time.Now(), &err)
	return d.db.SavedQueries(ctx)
}

func (d timedDatabase) SaveQuery(ctx context.Context, q stele.SavedQuery, fresh bool, once *stele.Once[stele.SavedQuery]) (err error) {
	defer d.calls.done("save_query", time.Now(), &err)
	return d.db.SaveQuery(ctx, q, fresh, once)
}

func (d timedDatabase) DeleteSavedQuery(ctx context.Context, id stele.SavedID, once *stele.Once[bool]) (_ bool, err error) {
	defer d.calls.done("delete_saved_query", time.Now(), &err)
	return d.db.DeleteSavedQuery(ctx, id, once)
}

func (d timedDatabase) Size(ctx context.Context) (_ stele.Size, err error) {
	defer d.calls.done("size", time.Now(), &err)
	return d.db.Size(ctx)
}

func (d timedDatabase) Engine() stele.Engine { return d.db.Engine() }

func (d timedDatabase) Profile(ctx context.Context, t *stele.Table) (_ *stele.Profile, err error) {
	defer d.calls.done("profile", time.Now(), &err)
	return d.db.Profile(ctx, t)
}

func (d timedDatabase) Answered(ctx context.Context, key string, f stele.Fingerprint) (_ []byte, err error) {
	defer d.calls.done("answered", time.Now(), &err)
	return d.db.Answered(ctx, key, f)
}
