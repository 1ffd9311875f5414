package guard

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// A Target is what attacks are tried on. Ask asks as the attacker and returns what an answer shows, as text. Unchanged says
// what has changed of the data, or that the store serves no more; it is called after every attack.
type Target struct {
	Engine                     Engine        // what is attacked
	Table, Secret, Victim, Dir string        // what stand in an attack for {table}, {secret}, {victim} and {dir}
	Hidden                     []string      // more that neither answers nor errors may show, as names and ids of other agents
	Limit                      time.Duration // whoever is kept longer has been kept from serving
	Ask                        func(ctx context.Context, sql string, params []string) (rows [][]string, err error)
	Unchanged                  func(ctx context.Context) error
}

// Try tries one attack. It returns nil if the attack did not get through, else an error that says how far it came.
func (t *Target) Try(ctx context.Context, a Attack) error {
	fill := strings.NewReplacer("{table}", t.Table, "{secret}", t.Secret, "{victim}", t.Victim, "{dir}", t.Dir).Replace
	sql, params := fill(a.SQL), make([]string, len(a.Params))
	for i, p := range a.Params {
		params[i] = fill(p)
	}
	began := time.Now()
	rows, err := t.Ask(ctx, sql, params)
	took := time.Since(began)
	if changed := t.Unchanged(ctx); changed != nil {
		return fmt.Errorf("%s: afterwards: %w", a.Name, changed)
	}
	if err == nil && !a.Fair && (a.Engine == Any || a.Engine == t.Engine) { // to another engine the words may mean something harmless
		return fmt.Errorf("%s: it was answered: %.200q", a.Name, rows)
	}
	if took > t.Limit {
		return fmt.Errorf("%s: it took %s, more than %s (%v)", a.Name, took.Round(time.Millisecond), t.Limit, err)
	}
	return t.shown(a, sql+strings.Join(params, " "), rows, err)
}

// shown looks for what may not be shown. What stands in the question itself tells its author nothing.
func (t *Target) shown(a Attack, asked string, rows [][]string, err error) error {
	var text strings.Builder
	for _, r := range rows {
		for _, v := range r {
			text.WriteString(v + "\n")
		}
	}
	if err != nil {
		text.WriteString(err.Error())
	}
	got := strings.ToLower(text.String())
	if strings.Contains(got, Canary) {
		return fmt.Errorf("%s: it shows another agent's data: %.300q", a.Name, got)
	}
	for _, h := range append([]string{t.Secret, t.Victim, t.Dir}, t.Hidden...) {
		if h != "" && strings.Contains(got, strings.ToLower(h)) && !strings.Contains(strings.ToLower(asked), strings.ToLower(h)) {
			return fmt.Errorf("%s: it shows %s: %.300q", a.Name, h, got)
		}
	}
	return nil
}
