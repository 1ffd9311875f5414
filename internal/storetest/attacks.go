package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"stele"
	"stele/internal/guard"
)

// queryAttacks tries the whole list as one agent beside another.
func queryAttacks(f *fixture) {
	f.indexed = true // an index is one thing more to reach
	target := f.underAttack(200, 2*time.Second)
	for _, a := range guard.Attacks() {
		if r := target.Try(f.Context(), a); r.Through != nil {
			f.Errorf("%s: %v", a.Name, r.Through)
		}
	}
}

// underAttack makes an agent with so many records beside another, whose records hold the canary. A question may take so long.
func (f *fixture) underAttack(records int, most time.Duration) *guard.Target {
	f.Helper()
	g := f.neighbour()
	mine := f.numbers("parcels", records)
	secret := g.table("ledger", "name TEXT", "n INT")
	g.add(secret, row{guard.Canary, 1}, row{guard.Canary + " too", 2})
	before := [][]stele.Record{f.records(mine), g.records(secret)}
	agent := f.verb()
	return &guard.Target{
		Engine: guard.Engine(f.db.Engine()),
		Table:  "parcels", Secret: "ledger", Victim: string(g.agent.ID), Dir: f.tb.TempDir(), Hidden: []string{g.agent.Name, string(secret.ID)},
		Limit: 20 * time.Second, // a question may take five, and the machine is shared
		Ask: func(ctx context.Context, sql string, params []string) ([][]string, error) {
			q := question(sql)
			for _, p := range params {
				q.Params = append(q.Params, stele.Raw{Kind: stele.KindString, Text: p})
			}
			ctx, cancel := context.WithTimeout(ctx, most)
			defer cancel()
			// As an agent's verb does, which refuses what no engine has to see.
			a, err := agent.Query(ctx, q)
			return texts(a), err
		},
		Unchanged: func(ctx context.Context) error {
			tables, err := f.db.Tables(ctx, stele.Page{})
			if err != nil || len(tables) != 1 {
				return fmt.Errorf("the agent has the tables %v, %w", tables, err)
			}
			a, err := readAll(ctx, f.db, mine)
			b, err2 := readAll(ctx, g.db, secret)
			if err := errors.Join(err, err2); err != nil {
				return err
			}
			if !reflect.DeepEqual([][]stele.Record{a, b}, before) {
				return errors.New("records have changed")
			}
			return nil
		},
	}
}

// texts are an answer's rows, its columns' names first.
func texts(a *stele.Answer) [][]string {
	if a == nil {
		return nil
	}
	var names []string
	for _, c := range a.Columns {
		names = append(names, c.Name)
	}
	rows := [][]string{names}
	for _, r := range a.Rows {
		var row []string
		for _, v := range r {
			row = append(row, v.String())
		}
		rows = append(rows, row)
	}
	return rows
}

// verb is the agent as a key opens it.
func (f *fixture) verb() *stele.Agent {
	f.Helper()
	s := &stele.Service{Store: f.store, Limits: stele.DefaultLimits(), Now: time.Now}
	_, secret, err := s.CreateKey(f.Context(), string(f.agent.ID), stele.KeySpec{Scope: stele.ScopeRead})
	if err == nil {
		var a *stele.Agent
		if a, err = s.Authenticate(f.Context(), secret); err == nil {
			return a
		}
	}
	f.Fatalf("a key for reading: %v", err)
	return nil
}
