package cli

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"stele/client"
	"stele/internal/guard"
)

// trial is throwaway agents: a victim, and attackers of which the first one tries everything.
type trial struct {
	session
	mark      string   // in the names of all agents
	made      []string // ids of agents
	attackers []*player
	victim    *player
	aim       guard.Target // without what is the attacker's own
}

// player is one of a trial's agents, with its one table.
type player struct {
	*client.Client
	agent  client.Agent
	table  string // its id
	before client.Records
}

// trialRows is how many records a table has: a page shows all of them.
const trialRows = 100

// newTrial makes the agents and their tables. What it returns must be cleared, also with an error.
func (s session) newTrial(ctx context.Context, dir string, ceiling time.Duration) (t *trial, err error) {
	mark := make([]byte, 4)
	_, _ = rand.Read(mark)
	t = &trial{session: s, mark: hex.EncodeToString(mark)}
	if t.victim, err = t.player(ctx, "victim", "ledger", guard.Canary, trialRows); err != nil {
		return t, err
	}
	if err := t.attacker(ctx); err != nil {
		return t, err
	}
	t.aim = guard.Target{
		Table: "parcels", Secret: "ledger", Victim: t.victim.agent.ID, Dir: dir, Hidden: []string{t.victim.agent.Name, t.victim.table},
		Limit: ceiling, Broken: broken,
	}
	return t, t.ready(ctx)
}

// attacker makes one more attacker.
func (t *trial) attacker(ctx context.Context) error {
	p, err := t.player(ctx, fmt.Sprintf("attacker-%d", len(t.attackers)+1), "parcels", "0123456789", trialRows)
	if err == nil {
		t.attackers = append(t.attackers, p)
	}
	return err
}

// player makes an agent with a table of so many records, whose names are one word.
func (t *trial) player(ctx context.Context, name, table, word string, n int) (*player, error) {
	a, err := t.CreateAgent(ctx, "guards-"+name+"-"+t.mark)
	if err != nil {
		return nil, err
	}
	t.made = append(t.made, a.ID)
	k, err := t.CreateKey(ctx, a.ID, client.KeySpec{Expires: time.Hour})
	if err != nil {
		return nil, err
	}
	p := &player{Client: &client.Client{URL: t.URL, Key: k.Secret, HTTP: t.HTTP, Retry: t.Retry}, agent: a}
	p.table, err = p.CreateTable(ctx, client.NewTable{Name: table, Description: "for stele verify-guards", Fields: []client.Field{
		{Name: "name", Description: "text", Type: "TEXT"}, {Name: "n", Description: "number", Type: "INT"}}})
	if err != nil || n == 0 {
		return p, err
	}
	if err := p.fill(ctx, word, n); err != nil {
		return nil, err
	}
	p.before, err = p.records(ctx)
	return p, err
}

// fill imports so many records.
func (p *player) fill(ctx context.Context, word string, n int) error {
	rows := make([]client.Row, n)
	for r := range rows {
		rows[r] = client.Row{"name": word, "n": r}
	}
	_, err := p.Import(ctx, p.table, rows)
	return err
}

func (p *player) records(ctx context.Context) (client.Records, error) {
	return p.RecordsPage(ctx, p.table, client.RecordQuery{Page: 1, Size: trialRows})
}

// ready finds out what is attacked, and refuses where nothing is answered: there every attack would seem to be held. The first question to a
// server may be late, because it has its parts to load.
func (t *trial) ready(ctx context.Context) error {
	first := t.attackers[0]
	schema, err := first.Schema(ctx)
	if err != nil {
		return err
	}
	t.aim.Engine = guard.Engine(schema.Engine)
	for range 3 {
		var a client.Answer
		if a, err = first.Ask(ctx, client.Question{SQL: "SELECT count(*) FROM parcels"}); err == nil {
			if len(a.Rows) != 1 || len(a.Rows[0]) != 1 || fmt.Sprint(a.Rows[0][0]) != fmt.Sprint(trialRows) {
				return fmt.Errorf("a question after the number of %d records is answered with %v", trialRows, a.Rows)
			}
			return nil
		}
	}
	return fmt.Errorf("questions in SQL are not answered here, so nothing can be tried: %w", err)
}

// target is what the first attacker tries its attacks on.
func (t *trial) target() *guard.Target {
	at := t.aimed(t.attackers[0])
	at.Unchanged = func(ctx context.Context) error { return t.unchanged(ctx, t.attackers[0]) }
	return at
}

// aimed is the target of an attacker; whether something has changed is not looked at.
func (t *trial) aimed(p *player) *guard.Target {
	at := t.aim
	at.Ask = p.ask
	return &at
}

// ask is an attacker's question.
func (p *player) ask(ctx context.Context, sql string, params []string) ([][]string, error) {
	q := client.Question{SQL: sql}
	for _, v := range params {
		q.Params = append(q.Params, v)
	}
	a, err := p.Ask(ctx, q)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(a.Columns))
	for i, c := range a.Columns {
		names[i] = c.Name
	}
	rows := [][]string{names}
	for _, r := range a.Rows {
		var row []string
		for _, v := range r {
			row = append(row, fmt.Sprint(v))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// broken tells what is no refusal: that is answered 400.
func broken(err error) bool {
	refused, ok := errors.AsType[*client.Error](err)
	return !ok || refused.Status != http.StatusBadRequest
}

// unchanged compares the records of an attacker and of the victim, and the list of the attacker's tables, with what they were.
func (t *trial) unchanged(ctx context.Context, attacker *player) error {
	tables, err := client.Collect(attacker.Tables(ctx))
	if err != nil || len(tables) != 1 {
		return fmt.Errorf("the attacker has %d tables, not 1: %w", len(tables), err)
	}
	for _, p := range []*player{attacker, t.victim} {
		now, err := p.records(ctx)
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(now, p.before) {
			return errors.New("records have changed")
		}
	}
	return nil
}

// clear takes the agents away.
func (t *trial) clear(ctx context.Context) error {
	var errs []error
	for _, id := range t.made {
		errs = append(errs, t.DeleteAgent(ctx, id))
	}
	return errors.Join(errs...)
}
