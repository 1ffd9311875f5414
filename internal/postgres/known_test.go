package postgres

import (
	"fmt"
	"testing"

	"stele"
)

// What is remembered of agents and tables stays within bounds, whoever comes, and is counted right.
func TestKnownIsBounded(t *testing.T) {
	t.Parallel()
	var c agentCache
	c.init()
	def := func(i int) *table {
		return &table{Table: &stele.Table{ID: stele.TableID(fmt.Sprint("t", i))}, version: 1}
	}
	for i := range 3 * mostAgents {
		a := c.of(stele.AgentID(fmt.Sprint(i)), 4)
		for n := range i % 3 {
			a.put(def(n))
			a.put(def(n)) // counted once
		}
		if i%7 == 0 {
			a.drop("t0")
			a.drop("t0")
		}
	}
	one := c.of("one", 4)
	for i := range 2 * mostTables {
		one.put(def(i))
	}
	held := 0
	for _, a := range c.m {
		held += len(a.tables)
	}
	if len(c.m) > mostAgents || c.tables > mostTables || held != c.tables {
		t.Errorf("%d agents with %d tables, %d counted", len(c.m), held, c.tables)
	}
	if c.of("one", 4).get("t1") != nil {
		t.Error("an agent that was thrown out kept its definitions")
	}
}
