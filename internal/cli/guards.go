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

	"stele/internal/client"
	"stele/internal/guard"
)

type guardsCmd struct {
	connection
}

// Run makes two agents, tries as one of them to break out by every attack there is, and takes both away. It fails if one
// attack gets through.
func (c *guardsCmd) Run(ctx context.Context, p *Process) error {
	return c.run(p, func(s session) (err error) {
		t, err := s.newTrial(ctx)
		defer func() { err = errors.Join(err, t.clear(context.WithoutCancel(ctx))) }()
		if err != nil {
			return err
		}
		type result struct {
			Name    string `json:"name"`
			Kind    string `json:"kind"`
			Engine  string `json:"engine"`
			Held    bool   `json:"held"`
			Problem string `json:"problem,omitempty"`
		}
		results, through := []result{}, 0
		for _, a := range guard.Attacks() {
			if err := ctx.Err(); err != nil {
				return err
			}
			r := result{a.Name, string(a.Kind), string(a.Engine), true, ""}
			if problem := t.try(ctx, a); problem != nil {
				r.Held, r.Problem = false, problem.Error()
				through++
			}
			if results = append(results, r); c.JSON {
				continue
			}
			word := "held"
			if !r.Held {
				word = "THROUGH"
			}
			_, _ = fmt.Fprintf(p.Stdout, "%-8s %-10s %-10s %s\n", word, r.Kind, r.Engine, oneLine(a.Name, 60)+oneLine(prefixed(r.Problem), 200))
		}
		if c.JSON {
			if err := printJSON(p, struct {
				Attacks []result `json:"attacks"`
			}{results}); err != nil {
				return err
			}
		} else {
			_, _ = fmt.Fprintf(p.Stdout, "%d attacks, %d held, %d got through\n", len(results), len(results)-through, through)
		}
		if through > 0 {
			return fmt.Errorf("%d of %d attacks got through: keep agents' keys from asking in SQL until this is mended", through, len(results))
		}
		return nil
	})
}

func prefixed(problem string) string {
	if problem == "" {
		return ""
	}
	return ": " + problem
}

// trial is two throwaway agents, one of which attacks.
type trial struct {
	session
	made             []string // ids of agents
	attacker, victim *client.Client
	mine, theirs     string // ids of tables
	before           [2]client.Records
	target           guard.Target
	broken           error // of the last question: an answer that no question should get
}

// newTrial makes the agents and their tables. What it returns must be cleared, also with an error.
func (s session) newTrial(ctx context.Context) (*trial, error) {
	t := &trial{session: s}
	mark := make([]byte, 4)
	_, _ = rand.Read(mark)
	names := [2]string{"guards-attacker-" + hex.EncodeToString(mark), "guards-victim-" + hex.EncodeToString(mark)}
	tables := [2]string{"parcels", "ledger"}
	var agents [2]client.Agent
	for i, name := range names {
		a, err := s.CreateAgent(ctx, name)
		if err != nil {
			return t, err
		}
		t.made, agents[i] = append(t.made, a.ID), a
		k, err := s.CreateKey(ctx, a.ID, client.KeySpec{Expires: time.Hour})
		if err != nil {
			return t, err
		}
		c := &client.Client{URL: s.URL, Key: k.Secret, HTTP: s.HTTP}
		id, err := c.CreateTable(ctx, client.NewTable{Name: tables[i], Description: "for stele verify-guards", Fields: []client.Field{
			{Name: "name", Description: "text", Type: "TEXT"}, {Name: "n", Description: "number", Type: "INT"}}})
		if err != nil {
			return t, err
		}
		rows := make([]client.Row, 200)
		for r := range rows {
			rows[r] = client.Row{"name": [2]string{"0123456789", guard.Canary}[i], "n": r}
		}
		if _, err := c.Import(ctx, id, rows); err != nil {
			return t, err
		}
		if t.before[i], err = c.Records(ctx, id, client.Query{Page: 2, Size: 100}); err != nil {
			return t, err
		}
		if i == 0 {
			t.attacker, t.mine = c, id
		} else {
			t.victim, t.theirs = c, id
		}
	}
	t.target = guard.Target{
		Table: tables[0], Secret: tables[1], Victim: agents[1].ID, Dir: "stele-data", Hidden: []string{names[1], t.theirs},
		Limit: 20 * time.Second, // a question may take five
		Ask:   t.ask, Unchanged: t.unchanged,
	}
	return t, t.ready(ctx)
}

// ready finds out what is attacked, and refuses where nothing is answered: there every attack would seem to be held.
func (t *trial) ready(ctx context.Context) error {
	schema, err := t.attacker.Schema(ctx)
	if err != nil {
		return err
	}
	t.target.Engine = guard.Engine(schema.Engine)
	if _, err := t.attacker.Ask(ctx, "SELECT count(*) FROM parcels"); err != nil {
		return fmt.Errorf("questions in SQL are not answered here, so nothing can be tried: %w", err)
	}
	return nil
}

func (t *trial) try(ctx context.Context, a guard.Attack) error {
	t.broken = nil
	err := t.target.Try(ctx, a)
	if err == nil && t.broken != nil {
		return fmt.Errorf("%s: %w", a.Name, t.broken)
	}
	return err
}

// ask is the attacker's question. A refusal is answered 400; what is answered 500 has broken something.
func (t *trial) ask(ctx context.Context, sql string, params []string) ([][]string, error) {
	values := make([]any, len(params))
	for i, p := range params {
		values[i] = p
	}
	a, err := t.attacker.Ask(ctx, sql, values...)
	var refused *client.Error
	if errors.As(err, &refused) && refused.Status != http.StatusBadRequest || err != nil && refused == nil {
		t.broken = err
	}
	rows := make([][]string, 0, len(a.Rows)+1)
	var names []string
	for _, c := range a.Columns {
		names = append(names, c.Name)
	}
	rows = append(rows, names)
	for _, r := range a.Rows {
		var row []string
		for _, v := range r {
			row = append(row, fmt.Sprint(v))
		}
		rows = append(rows, row)
	}
	return rows, err
}

// unchanged compares a page of each table, and the list of the attacker's, with what they were.
func (t *trial) unchanged(ctx context.Context) error {
	tables, err := t.attacker.Tables(ctx)
	if err != nil || len(tables) != 1 {
		return fmt.Errorf("the attacker has %d tables, not 1: %w", len(tables), err)
	}
	mine, err := t.attacker.Records(ctx, t.mine, client.Query{Page: 2, Size: 100})
	theirs, err2 := t.victim.Records(ctx, t.theirs, client.Query{Page: 2, Size: 100})
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	if !reflect.DeepEqual([2]client.Records{mine, theirs}, t.before) {
		return errors.New("records have changed")
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
