package server

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"stele/client"
	"stele/internal/pgtest"
)

// replicas are two servers on one database.
type replicas struct {
	database string
	a, b     *running
	key      string // of the agent default
	admin    string
}

func runReplicas(t *testing.T) replicas {
	t.Helper()
	r := replicas{database: pgtest.Database(t)}
	r.a = run(t, databaseConfig(t, r.database))
	r.b = run(t, databaseConfig(t, r.database))
	r.key, r.admin = r.a.key(t), r.a.adminKey(t)
	return r
}

// both runs f for each replica at one moment.
func (r replicas) both(f func(i int, c *client.Client)) {
	var begun, ended sync.WaitGroup
	begun.Add(2)
	for i, one := range []*running{r.a, r.b} {
		ended.Go(func() {
			begun.Done()
			begun.Wait()
			f(i, one.api(r.key))
		})
	}
	ended.Wait()
}

func statusOf(err error) int {
	if e, ok := errors.AsType[*client.Error](err); ok {
		return e.Status
	}
	return 0
}

// must unwraps a result that has to be there: must(f())(t).
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestReplicasSeeEachOther: what one has acknowledged, the next request to the other finds.
func TestReplicasSeeEachOther(t *testing.T) {
	t.Parallel()
	r, ctx := runReplicas(t), context.Background()
	a, b := r.a.api(r.key), r.b.api(r.key)
	for i := range 5 {
		name := fmt.Sprintf("t%d", i)
		table := must(a.CreateTable(ctx, client.NewTable{Name: name, Description: "d", Fields: []client.Field{{Name: "v", Type: "TEXT", Unique: true}}}))(t)
		task := must(b.Import(ctx, table, []client.Row{{"v": "x"}}))(t)
		if tasks, err := a.Tasks(ctx, task); err != nil || len(tasks) != 1 || tasks[0].Success != 1 {
			t.Errorf("the task of the other replica: %v, %v", tasks, err)
		}
		if page, err := a.RecordsPage(ctx, table, client.RecordQuery{Page: 1, Size: 10}); err != nil || page.Total != 1 {
			t.Errorf("a row that the other replica imported: %v, %v", page, err)
		}
		if tables, err := client.Collect(b.Tables(ctx)); err != nil || len(tables) != i+1 || tables[i].Name != name || tables[i].Records != 1 {
			t.Errorf("tables: %v, %v", tables, err)
		}
		_, err := b.CreateTable(ctx, client.NewTable{Name: name, Description: "d", Fields: []client.Field{{Name: "v", Type: "TEXT"}}})
		if statusOf(err) != 409 {
			t.Errorf("a table of the name %s was made twice: %v", name, err)
		}
		a, b = b, a
	}
}

// newTable makes a table of one field in the agent default.
func (r replicas) newTable(t *testing.T, name string, unique bool) string {
	t.Helper()
	return must(r.a.api(r.key).CreateTable(context.Background(), client.NewTable{
		Name: name, Description: "d", Fields: []client.Field{{Name: "v", Type: "INT", Unique: unique}},
	}))(t)
}

// TestReplicasKeepUnique: of two replicas that import the same unique value at one moment one adds it, and the other's
// task says why not.
func TestReplicasKeepUnique(t *testing.T) {
	t.Parallel()
	r, ctx := runReplicas(t), context.Background()
	table := r.newTable(t, "t", true)
	for i := range 20 {
		var tasks [2]client.Task
		r.both(func(n int, c *client.Client) {
			id, err := c.Import(ctx, table, []client.Row{{"v": i}})
			if err == nil {
				var list []client.Task
				if list, err = c.Tasks(ctx, id); len(list) == 1 {
					tasks[n] = list[0]
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
		won, lost := tasks[0], tasks[1]
		if lost.Success == 1 {
			won, lost = lost, won
		}
		if won.Status != "AVAILABLE" || won.Success != 1 || lost.Status != "FAIL" || lost.Failed != 1 || len(lost.Rejections) != 1 {
			t.Errorf("round %d: %+v, %+v", i, won, lost)
		}
	}
	if tables, err := client.Collect(r.b.api(r.key).Tables(ctx)); err != nil || tables[0].Records != 20 {
		t.Errorf("%v, %v", tables, err)
	}
}

// TestReplicasApplyOnce: the same request, with its Idempotency-Key, sent to two replicas at one moment.
func TestReplicasApplyOnce(t *testing.T) {
	t.Parallel()
	r, ctx := runReplicas(t), context.Background()
	table := r.newTable(t, "t", false)
	for i := range 20 {
		var tasks [2]string
		r.both(func(n int, c *client.Client) {
			var err error
			if tasks[n], err = c.Import(ctx, table, []client.Row{{"v": i}}, client.IdempotencyKey(fmt.Sprint("import", i))); err != nil {
				t.Error(err)
			}
		})
		if tasks[0] != tasks[1] || tasks[0] == "" {
			t.Errorf("round %d: two answers, %q", i, tasks)
		}
		var ids [2]string
		r.both(func(n int, c *client.Client) {
			var err error
			ids[n], err = c.CreateTable(ctx, client.NewTable{Name: fmt.Sprint("made", i), Description: "d", Fields: []client.Field{{Name: "v", Type: "INT"}}},
				client.IdempotencyKey(fmt.Sprint("table", i)))
			if err != nil {
				t.Error(err)
			}
		})
		if ids[0] != ids[1] || ids[0] == "" {
			t.Errorf("round %d: two tables, %q", i, ids)
		}
	}
	if tables, err := client.Collect(r.b.api(r.key).Tables(ctx)); err != nil || len(tables) != 21 || tables[0].Records != 20 {
		t.Errorf("%d tables, %v", len(tables), err)
	}
}

// TestRevokedOnTheOther: a key that one replica has revoked is refused by the other for every request that begins two
// seconds later, and an agent that one has deleted is gone on the other at once.
func TestRevokedOnTheOther(t *testing.T) {
	t.Parallel()
	r, ctx := runReplicas(t), context.Background()
	admin := r.a.api(r.admin)
	k := must(admin.CreateKey(ctx, "default", client.KeySpec{}))(t)
	b := r.b.api(k.Secret)
	must(b.Verify(ctx))(t) // now it is remembered there
	if err := admin.RevokeKey(ctx, k.ID); err != nil {
		t.Fatal(err)
	}
	for revoked := time.Now(); ; {
		begun := time.Now()
		_, err := b.Verify(ctx)
		if statusOf(err) == 401 {
			break
		}
		if err != nil || begun.Sub(revoked) > 2*time.Second {
			t.Fatalf("%v after it was revoked: %v", begun.Sub(revoked), err)
		}
	}
	must(r.b.api(r.key).Verify(ctx))(t)

	must(admin.CreateAgent(ctx, "other"))(t)
	k = must(admin.CreateKey(ctx, "other", client.KeySpec{}))(t)
	b = r.b.api(k.Secret)
	table := must(b.CreateTable(ctx, client.NewTable{Name: "t", Description: "d", Fields: []client.Field{{Name: "v", Type: "TEXT"}}}))(t)
	if err := admin.DeleteAgent(ctx, "other"); err != nil {
		t.Fatal(err)
	}
	_, err1 := client.Collect(b.Tables(ctx))
	_, err2 := b.Import(ctx, table, []client.Row{{"v": "x"}})
	_, err3 := b.RecordsPage(ctx, table, client.RecordQuery{Page: 1, Size: 10})
	for _, err := range []error{err1, err2, err3} {
		if statusOf(err) != 401 {
			t.Errorf("the agent was deleted on the other replica: %v", err)
		}
	}
	if _, err := r.b.api(r.admin).Agent(ctx, "other"); statusOf(err) != 404 {
		t.Errorf("the other replica finds the deleted agent: %v", err)
	}
}
