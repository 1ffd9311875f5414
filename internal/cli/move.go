package cli

import (
	"context"
	"errors"
	"fmt"

	"stele/internal/server"
)

type moveCmd struct {
	server.MoveConfig `embed:""`
}

// Help is shown between the usage and the flags.
func (c *moveCmd) Help() string {
	return `Agents, API keys, tables, records with their ids and times, import results and idempotency keys are moved; the
admin key is not. No server may run on either place meanwhile. A run that was stopped goes on when it is started again.
All that was copied is read back and compared before the old place is retired: stele serve refuses it from then on.

The URL of a database must not hold its password where others see the command: leave it out and set PGPASSWORD or
use a password file, or give the URL in STELE_MOVE_FROM or STELE_MOVE_TO.`
}

// Run moves, and says what was moved.
func (c *moveCmd) Run(ctx context.Context, p *Process) error {
	for _, f := range []struct{ flag, env, place string }{
		{"--from", "STELE_MOVE_FROM", c.From}, {"--to", "STELE_MOVE_TO", c.To},
	} {
		if server.HoldsPassword(f.place) && lookup(p.Environ, f.env) != f.place {
			return usageError{fmt.Errorf("%s holds a password, which everybody can see there: leave it out and set PGPASSWORD or use a password file, or give the URL in %s", f.flag, f.env)}
		}
	}
	if err := c.Check(); err != nil {
		return usageError{err}
	}
	show := newProgress(p.Stderr)
	r, err := server.Move(ctx, c.MoveConfig, server.Process{Stdout: p.Stdout, Stderr: p.Stderr}, show.step)
	show.end()
	switch {
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return errors.New("stopped: run the same command again to go on")
	case err != nil:
		return err
	case c.Undo:
		return c.sayUndone(p)
	}
	_, err = fmt.Fprintf(p.Stdout, "moved, read back and compared: agents %d, keys %d, tables %d, records %d, import results %d, idempotency keys %d, saved queries %d\n"+
		"stele serve refuses the old place from now on\n", r.Agents, r.Keys, r.Tables, r.Records, r.Tasks, r.Answers, r.Saved)
	return err
}

func (c *moveCmd) sayUndone(p *Process) (err error) {
	if c.To != "" {
		_, err = fmt.Fprintln(p.Stdout, "the part of a copy is cleared away")
	}
	if c.From != "" {
		_, err = fmt.Fprintln(p.Stdout, "the old place may be served again")
	}
	return err
}
