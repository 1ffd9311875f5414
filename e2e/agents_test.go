package e2e

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

// TestManyAgents gives three hundred agents a table and ten records each on a server that keeps sixteen agents open, and
// reads all of them back. The open files of the process must follow the sixteen, not the three hundred, and its connections
// to a database, sixteen too, not the agents: there are fewer of them there, since the schema of each takes its time.
func TestManyAgents(t *testing.T) { eachStore(t, testManyAgents) }

func testManyAgents(t *testing.T, s *store) {
	long(t)
	const open, workers = 16, 8
	agents := map[*store]int{directory: 300, database: 100}[s]
	c := s.start(t, "--max-open-agents", fmt.Sprint(open))
	before, _, err := c.handles()
	no(t, err)
	var most struct {
		sync.Mutex
		data, others int
	}
	watch := func() error {
		all, data, err := c.handles()
		most.Lock()
		defer most.Unlock()
		most.data, most.others = max(most.data, data), max(most.others, all-data)
		return err
	}
	made, tables := make([]caller, agents), make([]string, agents)
	share(t, agents, workers, func(ctx context.Context, i int) (err error) {
		if made[i], err = c.agent(ctx); err != nil {
			return err
		}
		if tables[i], err = made[i].createTable(ctx, "parcels", key("code"), field{Name: "whose", Type: "TEXT"}); err != nil {
			return err
		}
		var rows []row
		for n := range 10 {
			rows = append(rows, row{"code": fmt.Sprint("PX-", n), "whose": made[i].name})
		}
		return firstOf(made[i].importAll(ctx, tables[i], rows), watch())
	})
	share(t, agents, workers, func(ctx context.Context, i int) error {
		i = i * 7 % agents // in another order
		rs, err := made[i].all(ctx, tables[i])
		if err != nil {
			return err
		}
		for n, r := range rs {
			if r.Value["code"] != fmt.Sprint("PX-", n) || r.Value["whose"] != made[i].name {
				return fmt.Errorf("record %d is %v", n, r.Value)
			}
		}
		if len(rs) != 10 {
			return fmt.Errorf("%d records", len(rs))
		}
		return watch()
	})
	// A file, its log and its index for each of a writer and two readers are nine; as many agents as workers may be in
	// passing. Without a bound it would be thousands.
	bound := 9*(open+workers) + 10
	others := before + open + 2*workers // a client may have dropped a connection that the server still has
	t.Logf("%d agents, %d kept open: at most %d open files in the data directory (bound %d), %d other handles (bound %d, %d at the start)",
		agents, open, most.data, bound, most.others, others, before)
	if most.data > bound || most.others > others {
		t.Errorf("%d open files in the data directory, want at most %d; %d other handles, want at most %d", most.data, bound, most.others, others)
	}
	type list struct {
		Total int `json:"total_count"`
	}
	l, err := read[list](c.admin().get(t.Context(), "/admin/v1/agents"))
	no(t, err)
	if l.Total != agents+1 { // and the one of the first start
		t.Errorf("the admin API counts %d agents, want %d", l.Total, agents+1)
	}
}

// share does n pieces of work with some workers.
func share(t *testing.T, n, workers int, do func(ctx context.Context, i int) error) {
	t.Helper()
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				if err := do(t.Context(), i); err != nil {
					t.Errorf("%d of %d: %v", i, n, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// TestDeleteAgentUnderLoad deletes an agent while its clients write and read. From then on
// the keys are refused, nobody meets an internal error, the files are gone, and a kill -9 brings nothing back.
func TestDeleteAgentUnderLoad(t *testing.T) { eachStore(t, testDeleteAgentUnderLoad) }

func testDeleteAgentUnderLoad(t *testing.T, s *store) {
	c := s.start(t)
	ctx := t.Context()
	doomed, err := c.agent(ctx)
	no(t, err)
	stays, err := c.agent(ctx)
	no(t, err)
	table, err := doomed.createTable(ctx, "parcels", key("code"))
	no(t, err)
	kept, err := stays.createTable(ctx, "parcels", key("code"))
	no(t, err)
	var wg sync.WaitGroup
	var acks atomic.Int64
	enough := make(chan struct{})
	for w := range 6 {
		wg.Go(func() {
			for i := 0; ; i++ {
				requests := []struct {
					path string
					body row
				}{
					{pathImport, row{"table_id": table, "records": []row{{"code": fmt.Sprintf("PX-%d-%d", w, i)}}}},
					{pathRecords, row{"table_id": table, "keyword": "PX"}},
				}
				r := requests[(w+i)%2]
				a, err := doomed.post(ctx, r.path, r.body)
				switch {
				case err != nil:
					t.Error(err)
					return
				case a.status == http.StatusUnauthorized:
					return
				case a.status != http.StatusOK:
					t.Errorf("an agent that is being deleted got %s", a)
					return
				}
				if acks.Add(1) == 60 {
					close(enough)
				}
			}
		})
	}
	<-enough
	a, err := c.admin().send(ctx, http.MethodDelete, "/admin/v1/agents/"+doomed.name, nil)
	no(t, firstOf(err, a.is(http.StatusOK, 0)))
	wg.Wait() // all of them have met 401
	for range 2 {
		a, err = doomed.get(ctx, pathVerify)
		no(t, firstOf(err, a.is(http.StatusUnauthorized, 40127)))
		a, err = stays.post(ctx, pathRecords, row{"table_id": table})
		no(t, firstOf(err, a.is(http.StatusNotFound, 403106)))
		left, err := c.at.left(ctx, doomed.id)
		no(t, err)
		if len(left) > 0 {
			t.Errorf("there is still of the deleted agent: %v", left)
		}
		c.kill()
		c.begin()
	}
	no(t, stays.importAll(ctx, kept, []row{{"code": "PX-1"}}))
}
