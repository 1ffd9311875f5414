package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"stele/client"
)

type keyCmd struct {
	Create keyCreateCmd `cmd:"" help:"Make an API key and print it. It is shown this once."`
	List   keyListCmd   `cmd:"" help:"List an agent's keys, without their secrets."`
	Revoke keyRevokeCmd `cmd:"" help:"End a key at once."`
}

type keyCreateCmd struct {
	connection
	Agent   string   `help:"Name or id of the agent that the key opens." required:"" placeholder:"AGENT"`
	Scope   []string `help:"What the key may do: read, write, schema (make, change and drop tables)." default:"read,write,schema"`
	Expires lifetime `help:"Time until the key ends, such as 12h, 90d or 6w. Default: never." placeholder:"TIME"`
	RPM     int      `name:"rpm" help:"Requests it may make in a minute. Default: any number." placeholder:"N"`
}

// Run prints the key alone, so that a script can take it.
func (c *keyCreateCmd) Run(ctx context.Context, p *Process) error {
	return c.run(p, func(s session) error {
		k, err := s.CreateKey(ctx, c.Agent, client.KeySpec{Scopes: c.Scope, Expires: time.Duration(c.Expires), RPM: c.RPM})
		switch {
		case err != nil:
			return err
		case c.JSON:
			return printJSON(p, k)
		}
		_, err = fmt.Fprintln(p.Stdout, k.Secret)
		return err
	})
}

type keyListCmd struct {
	connection
	Agent string `help:"Name or id of the agent." required:"" placeholder:"AGENT"`
}

// Run prints an aligned table, on a terminal or not; programs read --json.
func (c *keyListCmd) Run(ctx context.Context, p *Process) error {
	return c.run(p, func(s session) error {
		keys, err := s.Keys(ctx, c.Agent)
		switch {
		case err != nil:
			return err
		case c.JSON:
			return printJSON(p, struct {
				Keys []client.Key `json:"keys"`
			}{keys})
		}
		w := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "ID\tSCOPES\tRPM\tEXPIRES\tLAST USED\tCREATED")
		for _, k := range keys {
			expires, used, rpm := "never", "never", "any"
			if k.ExpiresAt != nil {
				expires = moment(*k.ExpiresAt)
			}
			if k.LastUsed != nil {
				used = moment(*k.LastUsed)
			}
			if k.RPM > 0 {
				rpm = strconv.Itoa(k.RPM)
			}
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, strings.Join(k.Scopes, ","), rpm, expires, used, moment(k.CreatedAt))
		}
		return w.Flush()
	})
}

type keyRevokeCmd struct {
	connection
	ID string `arg:"" name:"key-id" help:"Id of the key, key_..., as key list shows it. Not the key itself."`
}

// Run revokes by the key's id, never by its secret: arguments stay in the shell's history.
func (c *keyRevokeCmd) Run(ctx context.Context, p *Process) error {
	if strings.HasPrefix(c.ID, "app-") {
		return usageError{fmt.Errorf("that is a key, not a key's id: take the id, key_..., from `stele key list --agent AGENT`")}
	}
	return c.run(p, func(s session) error {
		if err := s.RevokeKey(ctx, c.ID); err != nil {
			return err
		}
		if c.JSON {
			return printJSON(p, struct {
				ID string `json:"id"`
			}{c.ID})
		}
		_, err := fmt.Fprintf(p.Stdout, "revoked key %s\n", c.ID)
		return err
	})
}

// lifetime is a duration that may be given in days and weeks.
type lifetime time.Duration

// UnmarshalText reads 90d, 6w, or what Go reads as a duration.
func (l *lifetime) UnmarshalText(text []byte) error {
	const longest = 100 * 365 * 24 * time.Hour
	units := []struct {
		suffix string
		time.Duration
	}{{"d", 24 * time.Hour}, {"w", 7 * 24 * time.Hour}}
	d, err := time.ParseDuration(string(text))
	for _, u := range units {
		if digits, ok := strings.CutSuffix(string(text), u.suffix); ok {
			var n int64
			n, err = strconv.ParseInt(digits, 10, 64)
			d = time.Duration(min(n, int64(longest/u.Duration)+1)) * u.Duration
		}
	}
	switch {
	case err != nil:
		return fmt.Errorf("a time is a number and a unit, such as 12h, 90d or 6w; got %q", text)
	case d < time.Second || d > longest:
		return fmt.Errorf("a key lives between one second and 100 years; got %q", text)
	}
	*l = lifetime(d)
	return nil
}
