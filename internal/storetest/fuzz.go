package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"stele/internal/guard"
)

// FuzzQuestions asks a store what is made of the attacks and of one another: neither an answer nor an error shows what is another agent's or the
// server's, no record changes, and the next question is answered.
func FuzzQuestions(f *testing.F, open Open) {
	place := f.TempDir()
	x := newFixture(f, open, openAt(f, open, place))
	target := x.underAttack(12, 300*time.Millisecond)
	// In a catalog or a setting alone. What stands in the question itself shows nothing.
	target.Dir = place
	target.Hidden = append(target.Hidden, "create table", "create unique", "stele_catalog", "_answers", "agent_"+string(x.agent.ID), "x86_64", "/postgresql", "/sockets")
	unchanged := target.Unchanged
	target.Unchanged = func(ctx context.Context) error {
		if err := unchanged(ctx); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		if a, err := x.db.Query(ctx, question(`SELECT count(*) FROM parcels`)); err != nil || a.Rows[0][0].String() != "12" {
			return fmt.Errorf("the next question is answered with %v, %w", a, err)
		}
		return nil
	}
	if err := target.Unchanged(f.Context()); err != nil { // the first one waits for the grammar
		f.Fatal(err)
	}
	seeds := guard.Seeds()
	for i, sql := range seeds {
		f.Add(sql, []byte{})
		f.Add(sql, []byte{byte(i), byte(i / 7), byte(i / 3)})
	}
	f.Fuzz(func(t *testing.T, sql string, how []byte) {
		if len(sql) > 1<<12 || len(how) > 24 {
			return
		}
		sql = guard.Mutate(sql, how, seeds)
		if r := target.Try(t.Context(), guard.Attack{SQL: sql, Fair: true}); r.Through != nil {
			t.Errorf("%s: %v", sql, r.Through)
		}
	})
}
