package guard

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// TestList holds what is written of an attack.
func TestList(t *testing.T) {
	t.Parallel()
	names, statements := map[string]bool{}, map[string]string{}
	for _, a := range Attacks() {
		if names[a.Name] {
			t.Errorf("two attacks are called %q", a.Name)
		}
		names[a.Name] = true
		if other := statements[a.SQL]; other != "" {
			t.Errorf("%q and %q are one statement", a.Name, other)
		}
		statements[a.SQL] = a.Name
		if a.Kind == "" || a.Engine != Any && !strings.HasPrefix(a.Name, string(a.Engine)+": ") || a.Engine == Any && strings.Contains(a.Name, "sql") {
			t.Errorf("%+v: its name is to begin with its engine", a)
		}
	}
}

// TestTry: what counts as a success.
func TestTry(t *testing.T) {
	t.Parallel()
	refused := errors.New("no")
	for name, c := range map[string]struct {
		attack  Attack
		rows    [][]string
		err     error
		changed error
		limit   time.Duration
		want    string
	}{
		"refused":                          {Attack{Engine: Any}, nil, refused, nil, time.Hour, ""},
		"answered":                         {Attack{Engine: Any}, [][]string{{"a"}}, nil, nil, time.Hour, "answered"},
		"answered as it may be":            {Attack{Engine: Any, Fair: true}, [][]string{{"a"}}, nil, nil, time.Hour, ""},
		"answered by another engine":       {Attack{Engine: SQLite}, [][]string{{"a"}}, nil, nil, time.Hour, ""},
		"the other agent's data":           {Attack{Engine: SQLite}, [][]string{{"a"}, {"x " + strings.ToUpper(Canary)}}, nil, nil, time.Hour, "another agent's data"},
		"the other agent's data in errors": {Attack{Engine: Any}, nil, errors.New("bad value " + Canary), nil, time.Hour, "another agent's data"},
		"the other agent's name":           {Attack{Engine: Any, Fair: true}, [][]string{{"Hidden-Name"}}, nil, nil, time.Hour, "hidden-name"},
		"what it has named itself":         {Attack{Engine: Any, SQL: "SELECT * FROM {secret}"}, nil, errors.New("no table ledger"), nil, time.Hour, ""},
		"late":                             {Attack{Engine: Any}, nil, refused, nil, -1, "it took"},
		"changed":                          {Attack{Engine: Any}, nil, refused, errors.New("records have changed"), time.Hour, "afterwards"},
		"broken":                           {Attack{Engine: Any}, nil, errors.New("broken"), nil, time.Hour, "broke"},
	} {
		target := &Target{
			Engine: PostgreSQL, Secret: "ledger", Hidden: []string{"hidden-name"}, Limit: c.limit,
			Ask:       func(context.Context, string, []string) ([][]string, error) { return c.rows, c.err },
			Broken:    func(err error) bool { return err.Error() == "broken" },
			Unchanged: func(context.Context) error { return c.changed },
		}
		r := target.Try(t.Context(), c.attack)
		if got := ""; r.Through != nil {
			got = r.Through.Error()
			if c.want == "" || !strings.Contains(got, c.want) {
				t.Errorf("%s: %s, want %q", name, got, c.want)
			}
		} else if c.want != "" {
			t.Errorf("%s: held, want %q", name, c.want)
		}
	}
}
