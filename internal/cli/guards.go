package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"stele/internal/guard"
)

type guardsCmd struct {
	connection
	Only    []string      `help:"Kinds of attacks to try, such as files,agents." placeholder:"KIND"`
	AtOnce  int           `help:"Attacks at a time in the second part, beside a writer." default:"8" placeholder:"N"`
	Beside  time.Duration `help:"Time of the second part: half of it the writer is alone, half of it beside attacks. 0 leaves it out." default:"30s"`
	Ceiling time.Duration `help:"An attack that is answered later than this has got through: the five seconds of a question, and a margin." default:"8s"`
	Dir     string        `help:"Directory on the server's machine that attacks on files are aimed at, such as its data directory." default:"/tmp" complete:"dir"`
	PID     []int         `name:"pid" help:"Process on this machine, the server's or PostgreSQL's, whose memory is watched together with all that it has started. Linux alone." placeholder:"PID"`
}

// attempt is an attack as it is printed.
type attempt struct {
	Name    string  `json:"name"`
	Kind    string  `json:"kind"`
	Engine  string  `json:"engine"`
	Held    bool    `json:"held"`
	MS      float64 `json:"elapsed_ms"`
	Answer  string  `json:"answer"`
	Problem string  `json:"problem,omitempty"`
}

func attemptOf(r guard.Result) attempt {
	a := attempt{Name: r.Name, Kind: string(r.Kind), Engine: string(r.Engine), Held: r.Through == nil, MS: float64(r.Took.Microseconds()) / 1000, Answer: r.Answer}
	if !a.Held {
		a.Problem = r.Through.Error()
	}
	return a
}

// line is what a reader gets of an attempt.
func (a attempt) line() string {
	word, said := "held", a.Answer
	if !a.Held {
		word, said = "THROUGH", a.Problem
	}
	return fmt.Sprintf("%-8s %-10s %-10s %-45s %6.0f ms  %s", word, a.Kind, a.Engine, oneLine(a.Name, 60), a.MS, oneLine(said, 200))
}

// chosen are the attacks of the kinds that are asked for.
func (c *guardsCmd) chosen() ([]guard.Attack, error) {
	all := guard.Attacks()
	if len(c.Only) == 0 {
		return all, nil
	}
	known := map[string]bool{}
	for _, a := range all {
		known[string(a.Kind)] = true
	}
	for _, k := range c.Only {
		if !known[k] {
			var names []string
			for k := range known {
				names = append(names, k)
			}
			slices.Sort(names)
			return nil, usageError{fmt.Errorf("--only takes kinds of attacks; %q is none of %s", k, strings.Join(names, ", "))}
		}
	}
	return slices.DeleteFunc(all, func(a guard.Attack) bool { return !slices.Contains(c.Only, string(a.Kind)) }), nil
}

// Run makes throwaway agents, tries as one of them to break out by every attack there is, then many at a time beside a writer, and takes
// the agents away. It fails if one attack gets through, or is answered beyond the ceiling.
func (c *guardsCmd) Run(ctx context.Context, p *Process) error {
	attacks, err := c.chosen()
	switch {
	case err != nil:
		return err
	case c.AtOnce < 1 || c.AtOnce > 64:
		return usageError{fmt.Errorf("--at-once must be from 1 to 64; got %d", c.AtOnce)}
	case c.Beside < 0 || c.Ceiling <= 0:
		return usageError{errors.New("--beside cannot be negative, and --ceiling must be more than 0")}
	}
	return c.run(p, func(s session) (err error) {
		t, err := s.newTrial(ctx, c.Dir, c.Ceiling)
		defer func() { err = errors.Join(err, t.clear(context.WithoutCancel(ctx))) }()
		if err != nil {
			return err
		}
		results, through := []guard.Result{}, 0
		for _, a := range attacks {
			if err := ctx.Err(); err != nil {
				return err
			}
			r := t.target().Try(ctx, a)
			if r.Through != nil {
				through++
			}
			if results = append(results, r); !c.JSON {
				_, _ = fmt.Fprintln(p.Stdout, attemptOf(r).line())
			}
		}
		var strain *strain
		if c.Beside > 0 {
			if strain, err = t.strain(ctx, c, results); err != nil {
				return err
			}
		}
		return c.report(p, results, through, strain)
	})
}

// report prints what is left to say, and fails if there is something to mend.
func (c *guardsCmd) report(p *Process, results []guard.Result, through int, s *strain) error {
	if c.JSON {
		out := struct {
			Attacks []attempt `json:"attacks"`
			Strain  *strain   `json:"beside,omitempty"`
		}{[]attempt{}, s}
		for _, r := range results {
			out.Attacks = append(out.Attacks, attemptOf(r))
		}
		if err := printJSON(p, out); err != nil {
			return err
		}
	} else {
		_, _ = fmt.Fprintf(p.Stdout, "%d attacks, %d held, %d got through\n", len(results), len(results)-through, through)
		for _, l := range s.lines() {
			_, _ = fmt.Fprintln(p.Stdout, l)
		}
	}
	if through > 0 {
		return fmt.Errorf("%d of %d attacks got through: keep agents' keys from asking in SQL until this is mended", through, len(results))
	}
	if s != nil && s.Through > 0 {
		return fmt.Errorf("%d of %d attacks got through when %d ran at once: keep agents' keys from asking in SQL until this is mended", s.Through, s.Attacks, s.AtOnce)
	}
	return nil
}
