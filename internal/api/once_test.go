package api

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// counted is a table whose records have a number of their own.
const counted = `{"name":"t","description":"d","fields":[{"name":"n","type":"INT"},{"name":"u","type":"INT","unique":true}]}`

// The spellings of an Idempotency-Key.
func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	cases := []struct {
		line, want string
		ok         bool
	}{
		{`"abc"`, "abc", true},
		{`abc`, "abc", true},
		{`  "abc"	`, "abc", true},
		{`"a\"b\\c"`, `a"b\c`, true},
		{`a"b`, `a"b`, true},
		{`~!`, `~!`, true},
		{`"` + strings.Repeat("x", 255) + `"`, strings.Repeat("x", 255), true},
		{strings.Repeat("x", 256), "", false},
		{`"` + strings.Repeat("x", 256) + `"`, "", false},
		{``, "", false},
		{`""`, "", false},
		{`"abc`, "", false},
		{`"abc"d`, "", false},
		{`"abc";v=1`, "", false},
		{`"a", "b"`, "", false},
		{`"a\bc"`, "", false},
		{`"abc\`, "", false},
		{`a b`, "", false},
		{`"a b"`, "", false},
		{"a\x7fb", "", false},
		{`ä`, "", false},
	}
	for _, tc := range cases {
		got, err := idempotencyKey(http.Header{"Idempotency-Key": {tc.line}})
		if got != tc.want || (err == nil) != tc.ok {
			t.Errorf("%q: %q, %v; want %q, %v", tc.line, got, err, tc.want, tc.ok)
		}
	}
	if key, err := idempotencyKey(http.Header{}); key != "" || err != nil {
		t.Errorf("no header: %q, %v", key, err)
	}
	if _, err := idempotencyKey(http.Header{"Idempotency-Key": {"a", "a"}}); err == nil {
		t.Error("two lines were taken")
	}
}

// The quoted and the bare key are one; a repeat gets the first answer whatever has happened since.
func TestReplay(t *testing.T) { eachStore(t, testReplay) }

func testReplay(t *testing.T, s *store) {
	c := s.rig(t).agent("replay")
	id := c.table(counted)
	body := `{"table_id":"` + id + `","records":[{"n":1},{"u":1}]}`
	first := c.want(c.post(pathImport, body, `Idempotency-Key: "k"`), 200, 0)
	c.clock.move(24 * time.Hour)
	for _, spelt := range []string{`"k"`, `k`} {
		r := c.want(c.post(pathImport, body, "Idempotency-Key: "+spelt), 200, 0)
		if r.body != first.body || r.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("%s: %s, %v; first %s", spelt, r.body, r.header, first.body)
		}
	}
	if r := c.want(c.post(pathImport, zip(body), "Idempotency-Key: k", "Content-Encoding: gzip"), 200, 0); r.body != first.body {
		t.Errorf("the same body in gzip is another request: %s", r.body)
	}
	if n := c.records(id, "").Total; n != 1 {
		t.Errorf("%d records, want 1", n)
	}
	both := `{"table_id":"` + id + `","filter":{"u":1},"updated_fields":{},"update_data":[{"filter":{"u":1},"updated_fields":{}}]}`
	c.want(c.post(pathLegacy, both, "Idempotency-Key: both"), 200, 0)
	c.want(c.post(pathUpdate, both, "Idempotency-Key: both"), 409, 40000) // another route is another request
	del := `{"table_id":"` + id + `","delete_data":[{"filter":{"u":1}},{"filter":{"u":2}}]}`
	for range 2 {
		if r := c.want(c.post(pathDelete, del, "Idempotency-Key: d"), 200, 0); r.header.Get("X-Stele-Deleted") != "1" {
			t.Errorf("X-Stele-Deleted is %q, want 1", r.header.Get("X-Stele-Deleted"))
		}
	}
}

// Only what was applied is kept: after a refusal the same key may be tried again.
func TestRefusalsAreNotKept(t *testing.T) { eachStore(t, testRefusalsAreNotKept) }

func testRefusalsAreNotKept(t *testing.T, s *store) {
	c := s.rig(t).agent("refused")
	id := c.table(counted)
	const key = "Idempotency-Key: k"
	c.want(c.post(pathLegacy, `{"table_id":"`+id+`","filter":{"u":7},"updated_fields":{"n":1}}`, key), 400, 40000)
	c.importAll(id, `[{"u":7}]`)
	r := c.want(c.post(pathLegacy, `{"table_id":"`+id+`","filter":{"u":7},"updated_fields":{"n":1}}`, key), 200, 0)
	if r.header.Get("Idempotency-Replayed") != "" {
		t.Error("a refusal was kept and repeated")
	}
	if p := c.records(id, ""); p.Records[0].Value["n"] != 1.0 {
		t.Errorf("the second try did not apply: %v", p.Records)
	}
	c.want(c.post(pathCreate, counted, "Idempotency-Key: c"), 409, 403108)
	c.want(c.post(pathCreate, strings.Replace(counted, `"t"`, `"t2"`, 1), "Idempotency-Key: c"), 200, 0)
}

// A kept answer is an agent's own, and a key that may not write may not read it.
func TestKeptAnswersAreApart(t *testing.T) { eachStore(t, testKeptAnswersAreApart) }

func testKeptAnswersAreApart(t *testing.T, s *store) {
	g := s.rig(t)
	a, b := g.agent("a"), g.agent("b")
	body := strings.Replace(counted, `"t"`, `"same"`, 1)
	one := g.want(a.post(pathCreate, body, "Idempotency-Key: k"), 200, 0)
	two := g.want(b.post(pathCreate, body, "Idempotency-Key: k"), 200, 0)
	if one.body == two.body || two.header.Get("Idempotency-Replayed") != "" {
		t.Errorf("one agent got another's answer: %s, %s", one.body, two.body)
	}
	g.want(a.with(`{"scopes":["read","write"]}`).post(pathCreate, body, "Idempotency-Key: k"), 403, 403131)
	g.want(a.with(`{"scopes":["schema"]}`).post(pathCreate, body, "Idempotency-Key: k"), 200, 0)
}

// Twenty at one instant apply once, and all get the one answer.
func TestAtOneInstant(t *testing.T) { eachStore(t, testAtOneInstant) }

func testAtOneInstant(t *testing.T, s *store) {
	c := s.rig(t).agent("instant")
	id := c.table(plain)
	body := `{"table_id":"` + id + `","records":[{"n":1},{"n":2}]}`
	var wg sync.WaitGroup
	replies := make([]reply, 20)
	start := make(chan struct{})
	for i := range replies {
		wg.Go(func() {
			<-start
			replies[i] = c.post(pathImport, body, "Idempotency-Key: k")
		})
	}
	close(start)
	wg.Wait()
	first := 0
	for _, r := range replies {
		c.want(r, 200, 0)
		if r.body != replies[0].body {
			t.Errorf("two answers: %s, %s", r.body, replies[0].body)
		}
		if r.header.Get("Idempotency-Replayed") == "" {
			first++
		}
	}
	if n := c.records(id, "").Total; n != 2 || first != 1 {
		t.Errorf("%d records and %d first answers, want 2 and 1", n, first)
	}
}

// What was applied before a restart is known after it.
func TestAcrossRestart(t *testing.T) { eachStore(t, testAcrossRestart) }

func testAcrossRestart(t *testing.T, s *store) {
	place := s.place(t)
	before := s.rigAt(t, place)
	c := before.agent("restart")
	id := c.table(plain)
	body := `{"table_id":"` + id + `","records":[{"n":1}]}`
	first := c.want(c.post(pathImport, body, "Idempotency-Key: k"), 200, 0)
	before.stop()
	after := *c
	after.rig = s.rigAt(t, place)
	r := after.want(after.post(pathImport, body, "Idempotency-Key: k"), 200, 0)
	if r.body != first.body || r.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("after the restart: %s, %v; before %s", r.body, r.header, first.body)
	}
	after.want(after.post(pathImport, body+" ", "Idempotency-Key: k"), 409, 40000)
	if n := after.records(id, "").Total; n != 1 {
		t.Errorf("%d records, want 1", n)
	}
}
