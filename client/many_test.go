package client_test

import (
	"fmt"
	"strings"
	"testing"

	"stele"
	"stele/client"
)

// TestManyChanges: more changes and deletes than a request may have, by their number and by their size.
func TestManyChanges(t *testing.T) { eachStore(t, testManyChanges) }

func testManyChanges(t *testing.T, s store) {
	if l := stele.DefaultLimits(); l.UpdateEntries != 100 || l.UpdateBody != 5<<20 || l.DeleteEntries != 1000 || l.Body != 8<<20 {
		t.Errorf("the client's bounds are not those of the server: %+v", l)
	}
	c, _ := start(t, s)
	ctx := t.Context()
	table := newTable(t, &c)
	var changes []client.Change
	var all []client.Selector
	for n := range 250 {
		at := client.Selector{Filter: client.Row{"a": fmt.Sprint("x", n)}}
		changes = append(changes, client.Change{Selector: at, Set: client.Row{"n": n, "values": strings.Repeat("v", 1+n/200*200_000)}})
		all = append(all, at)
	}
	changes[101].Set = client.Row{"n": "odd"}
	for range 2 { // the second time nothing is applied, and the answer is the same
		out, err := c.UpdateAll(ctx, table, changes, client.How{Create: true}, client.IdempotencyKey("many"))
		if err != nil || out.Total != 250 || out.Success != 249 || out.Failed != 1 || len(out.Failures) != 1 || !strings.Contains(string(out.Failures[0].Sent), "x101") {
			t.Fatalf("%d, %d, %d, %v", out.Total, out.Success, out.Failed, err)
		}
	}
	if n := count(t, &c, table, nil); n != 249 {
		t.Errorf("%d records", n)
	}
	for n := range 1800 {
		all = append(all, client.Selector{Filter: client.Row{"a": fmt.Sprint("nowhere", n)}})
	}
	for want := 249; want >= 0; want -= 249 {
		if n, err := c.DeleteAll(ctx, table, all); err != nil || n != want {
			t.Errorf("%d deleted, not %d: %v", n, want, err)
		}
	}
	changes[240].Set = client.Row{"n": func() {}}
	if out, err := c.UpdateAll(ctx, table, changes, client.How{Create: true}); err == nil || out.Total != 226 { // 200 by their number, 26 by their size
		t.Errorf("%d, %v", out.Total, err)
	}
}
