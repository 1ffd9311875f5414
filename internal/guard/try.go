package guard

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// A Target is what attacks are tried on. Ask asks as the attacker and returns what an answer shows, as text, the names of
// columns as its first row. Broken tells an error that no question should be answered with from a refusal. Unchanged says what has changed of the
// data, or that the store serves no more; it is called after every attack. Broken and Unchanged may be nil.
type Target struct {
	Engine                     Engine        // what is attacked
	Table, Secret, Victim, Dir string        // what stand in an attack for {table}, {secret}, {victim} and {dir}
	Hidden                     []string      // more that neither answers nor errors may show, as names and ids of other agents
	Limit                      time.Duration // whoever is kept longer has been kept from serving
	Ask                        func(ctx context.Context, sql string, params []string) (rows [][]string, err error)
	Broken                     func(err error) bool
	Unchanged                  func(ctx context.Context) error
}

// A Result is what came of an attack.
type Result struct {
	Attack
	Took    time.Duration // of the question
	Answer  string        // what the attacker was told: an error, or how much was answered
	Through error         // how far it came; nil if it was held
}

// Try tries one attack. It may be called at the same time from several goroutines, if Ask and Unchanged may.
func (t *Target) Try(ctx context.Context, a Attack) Result {
	fill := strings.NewReplacer("{table}", t.Table, "{secret}", t.Secret, "{victim}", t.Victim, "{dir}", t.Dir).Replace
	sql, params := fill(a.SQL), make([]string, len(a.Params))
	for i, p := range a.Params {
		params[i] = fill(p)
	}
	began := time.Now()
	rows, err := t.Ask(ctx, sql, params)
	r := Result{Attack: a, Took: time.Since(began), Answer: fmt.Sprintf("answered with %d rows", max(0, len(rows)-1))}
	if err != nil {
		r.Answer = err.Error()
	}
	r.Through = t.through(r, sql+strings.Join(params, " "), rows, err)
	if t.Unchanged != nil {
		if changed := t.Unchanged(ctx); changed != nil {
			r.Through = fmt.Errorf("afterwards: %w", changed)
		}
	}
	return r
}

func (t *Target) through(r Result, asked string, rows [][]string, err error) error {
	if err == nil && !r.Fair && (r.Engine == Any || r.Engine == t.Engine) { // to another engine the words may mean something harmless
		return fmt.Errorf("it was answered: %.200q", rows)
	}
	if err != nil && t.Broken != nil && t.Broken(err) {
		return fmt.Errorf("it broke something: %w", err)
	}
	if r.Took > t.Limit {
		return fmt.Errorf("it took %s, more than %s (%v)", r.Took.Round(time.Millisecond), t.Limit, err)
	}
	return t.shown(asked, rows, err)
}

// shown looks for what may not be shown. What stands in the question itself tells its author nothing.
func (t *Target) shown(asked string, rows [][]string, err error) error {
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
		return fmt.Errorf("it shows another agent's data: %.300q", got)
	}
	for _, h := range append([]string{t.Secret, t.Victim, t.Dir}, t.Hidden...) {
		if h != "" && strings.Contains(got, strings.ToLower(h)) && !strings.Contains(strings.ToLower(asked), strings.ToLower(h)) {
			return fmt.Errorf("it shows %s: %.300q", h, got)
		}
	}
	return nil
}
