package api

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"stele"
)

// Of changes of a definition only those that were made are kept for their key: not what records did not fit, not a trial.
func TestAlterOnce(t *testing.T) { eachStore(t, testAlterOnce) }

func testAlterOnce(t *testing.T, s *store) {
	c := s.rig(t).agent("once")
	id := c.table(plain)
	c.importAll(id, `[{"n":1},{"n":1}]`)
	unique := `{"table_id":"` + id + `","changes":[{"op":"set_unique","field":"n"}]}`
	const key = "Idempotency-Key: k"
	c.want(c.post(pathAlter, strings.Replace(unique, "{", `{"dry_run":true,`, 1), key), 400, 40000)
	c.want(c.post(pathAlter, unique, key), 400, 40000)
	c.want(c.post(pathDelete, `{"table_id":"`+id+`","delete_data":[{"record_id":"`+c.records(id, "").Records[1].ID+`"}]}`), 200, 0)
	c.want(c.post(pathAlter, strings.Replace(unique, "{", `{"dry_run":true,`, 1), key), 200, 0)
	first := c.want(c.post(pathAlter, unique, key), 200, 0)
	if first.header.Get("Idempotency-Replayed") != "" || !strings.Contains(first.body, `"applied":true`) {
		t.Errorf("%v %s", first.header, first.body)
	}
	if again := c.want(c.post(pathAlter, unique, key), 200, 0); again.header.Get("Idempotency-Replayed") != "true" || again.body != first.body {
		t.Errorf("%v %s", again.header, again.body)
	}
	c.want(c.post(pathAlter, unique, "Idempotency-Key: other"), 200, 0) // it is unique already
}

// The first hundred records that do not fit are told, of all their number, and the values as the contract types them.
func TestManyDoNotFit(t *testing.T) { eachStore(t, testManyDoNotFit) }

func testManyDoNotFit(t *testing.T, s *store) {
	c := s.rig(t).agent("many")
	id := c.table(`{"name":"t","description":"d","fields":[{"name":"text","type":"TEXT"},{"name":"big","type":"INT"}]}`)
	rows := strings.Repeat(`{"text":"`+strings.Repeat("ä", 300)+`","big":9007199254740993},`, 150)
	c.importAll(id, "["+strings.TrimSuffix(rows, ",")+"]")
	r := c.want(c.post(pathAlter, `{"table_id":"`+id+`","changes":[{"op":"change_type","field":"text","type":"INT"},{"op":"change_type","field":"big","type":"FLOAT"}]}`), 400, 40000)
	type violation struct {
		Change int
		ID     string
		Field  string
		Value  any
	}
	got := decode[struct {
		Count      int `json:"violation_count"`
		Violations []violation
	}](c.rig, r)
	if got.Count != 300 || len(got.Violations) != stele.MostViolations {
		t.Fatalf("%d of %d", len(got.Violations), got.Count)
	}
	first := c.records(id, "").Records
	for i, v := range got.Violations {
		want := violation{0, first[i/2].ID, "text", strings.Repeat("ä", 256) + "…"}
		if i%2 == 1 {
			want = violation{1, first[i/2].ID, "big", "9007199254740993"}
		}
		if v != want {
			t.Fatalf("violation %d: %+v", i, v)
		}
	}
	if want := "300 values do not fit; the first is of record " + first[0].ID + ", by changes[0]: "; !strings.Contains(r.body, want) {
		t.Errorf("%s; want %s", shorten(r.body), want)
	}
}

// watchedStore tells how much time calls are given.
type watchedStore struct {
	stele.Store
	left *sync.Map // the name of a call to its time.Duration
}

func (s watchedStore) Database(id stele.AgentID) stele.Database {
	return watchedDatabase{s.Store.Database(id), s.left}
}

type watchedDatabase struct {
	stele.Database
	left *sync.Map
}

func (d watchedDatabase) note(ctx context.Context, call string) {
	deadline, _ := ctx.Deadline()
	d.left.Store(call, time.Until(deadline))
}

func (d watchedDatabase) With(h stele.How) stele.Database {
	return watchedDatabase{d.Database.With(h), d.left}
}

func (d watchedDatabase) Records(ctx context.Context, t *stele.Table, q stele.RecordQuery) (stele.RecordPage, error) {
	d.note(ctx, "records")
	return d.Database.Records(ctx, t, q)
}

func (d watchedDatabase) Alter(ctx context.Context, a *stele.Alteration, once *stele.Once[stele.Altered]) (stele.Altered, error) {
	d.note(ctx, "alter")
	return d.Database.Alter(ctx, a, once)
}

func (d watchedDatabase) DropTable(ctx context.Context, t *stele.Table, once *stele.Once[int64]) (int64, error) {
	d.note(ctx, "drop")
	return d.Database.DropTable(ctx, t, once)
}

// A change of a definition has more time than other requests: for its work, and on its connection.
func TestSlowWork(t *testing.T) { eachStore(t, testSlowWork) }

func testSlowWork(t *testing.T, s *store) {
	var calls sync.Map
	left := func(call string) time.Duration {
		v, _ := calls.Load(call)
		d, _ := v.(time.Duration)
		return d
	}
	g := s.rig(t, func(cfg *Config) {
		cfg.Service.Store = watchedStore{cfg.Service.Store, &calls}
		cfg.Timeout = time.Hour
	})
	g.handler.patience = 1000 * time.Hour
	c := g.agent("slow")
	id := c.table(plain)
	alter := `{"table_id":"` + id + `","changes":[{"op":"describe_table","description":"d2"}]}`
	drop := `{"table_id":"` + id + `","name":"plain","dry_run":true}`
	c.records(id, "")
	c.want(c.post(pathAlter, alter), 200, 0)
	c.want(c.post(pathDrop, drop), 200, 0)
	if left("records") > time.Hour || left("alter") < 100*time.Hour || left("drop") < 100*time.Hour {
		t.Errorf("time that was left: records %v, alter %v, drop %v", left("records"), left("alter"), left("drop"))
	}
	g.handler.patience = time.Second // less than --timeout: that holds
	if c.want(c.post(pathAlter, alter), 200, 0); left("alter") < time.Minute {
		t.Errorf("with a long --timeout an alter has %v", left("alter"))
	}

	// A server that gives an answer no time at all.
	hasty := httptest.NewUnstartedServer(g.handler)
	hasty.Config.WriteTimeout = 1
	hasty.Start()
	defer hasty.Close()
	usual := g.server
	g.server = hasty
	defer func() { g.server = usual }()
	if resp, err := g.client.Get(g.server.URL + "/healthz"); err == nil {
		_ = resp.Body.Close()
		t.Errorf("the server had time for its answer, %s", resp.Status)
	}
	c.want(c.post(pathAlter, alter), 200, 0)
}

// A client that goes away ends the change; nothing of it is made, and it may come again with its key.
func TestAlterIsGivenUp(t *testing.T) { eachStore(t, testAlterIsGivenUp) }

func testAlterIsGivenUp(t *testing.T, s *store) {
	g := s.rig(t)
	c := g.agent("gone")
	id := c.table(plain)
	body := `{"table_id":"` + id + `","changes":[{"op":"rename_field","field":"n","to":"m"}]}`
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := httptest.NewRequestWithContext(ctx, "POST", pathAlter, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+c.key)
	r.Header.Set("Idempotency-Key", "k")
	w := httptest.NewRecorder()
	g.handler.ServeHTTP(w, r)
	if w.Code != 503 {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	if got := c.want(c.post(pathPage, `{"table_id":"`+id+`"}`), 200, 0); !strings.Contains(got.body, `"name":"n"`) {
		t.Error(got.body)
	}
	if got := c.want(c.post(pathAlter, body, "Idempotency-Key: k"), 200, 0); got.header.Get("Idempotency-Replayed") != "" {
		t.Error(got.header)
	}
}
