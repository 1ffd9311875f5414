package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"stele/client"
)

type agentCmd struct {
	Create agentCreateCmd `cmd:"" help:"Make an agent and print its id."`
	List   agentListCmd   `cmd:"" help:"List agents."`
	Delete agentDeleteCmd `cmd:"" help:"Delete an agent with all its tables, records and keys."`
}

type agentCreateCmd struct {
	connection
	Name string `arg:"" help:"Name of the agent, unique on the server."`
}

// Run prints the id alone, so that a script can take it.
func (c *agentCreateCmd) Run(ctx context.Context, p *Process) error {
	return c.run(p, func(s session) error {
		a, err := s.CreateAgent(ctx, c.Name)
		switch {
		case err != nil:
			return err
		case c.JSON:
			return printJSON(p, a)
		}
		_, err = fmt.Fprintln(p.Stdout, a.ID)
		return err
	})
}

type agentListCmd struct {
	connection
}

// Run prints an aligned table, on a terminal or not; programs read --json.
func (c *agentListCmd) Run(ctx context.Context, p *Process) error {
	return c.run(p, func(s session) error {
		agents, err := client.Collect(s.Agents(ctx))
		switch {
		case err != nil:
			return err
		case c.JSON:
			return printJSON(p, struct {
				Agents []client.Agent `json:"agents"`
			}{agents})
		}
		lines := [][]string{{"ID", "NAME", "CREATED"}}
		for _, a := range agents {
			lines = append(lines, []string{a.ID, oneLine(a.Name, 200), moment(a.CreatedAt)})
		}
		return p.print("wtw", lines)
	})
}

type agentDeleteCmd struct {
	connection
	Name string `arg:"" help:"Name or id of the agent." complete:"agent"`
	Yes  bool   `help:"Do not ask."`
}

// Run asks first: nothing brings an agent's records back.
func (c *agentDeleteCmd) Run(ctx context.Context, p *Process) error {
	return c.run(p, func(s session) error {
		a, err := s.Agent(ctx, c.Name)
		if err != nil {
			return err
		}
		if !c.Yes {
			if err := confirm(p, fmt.Sprintf("Delete agent %s (%s) with all its tables, records and keys?", oneLine(a.Name, 200), a.ID), "nothing was deleted"); err != nil {
				return err
			}
		}
		if err := s.DeleteAgent(ctx, a.ID); err != nil {
			return err
		}
		if c.JSON {
			return printJSON(p, a)
		}
		_, err = fmt.Fprintf(p.Stdout, "deleted agent %s (%s)\n", oneLine(a.Name, 200), a.ID)
		return err
	})
}

// confirm returns nil when somebody at a terminal answers yes, and else says that nothing was done.
func confirm(p *Process, question, nothing string) error {
	if f, ok := p.Stdin.(*os.File); !ok || !isTerminal(f) {
		return usageError{fmt.Errorf("%s Nobody is here to answer: add --yes", question)}
	}
	_, _ = fmt.Fprintf(p.Stderr, "%s [y/N] ", question)
	answer, _ := bufio.NewReader(p.Stdin).ReadString('\n')
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errors.New(nothing)
}

// isTerminal reports whether f is a character device. /dev/null is one too; reading it answers no.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// moment shows milliseconds since 1970 as a time in UTC.
func moment(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05Z") }
