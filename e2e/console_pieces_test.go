package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// named waits for the one element of a role whose name has a part.
func (p *tab) named(role, part string) (id cdp.BackendNodeID) {
	p.t.Helper()
	p.until(fmt.Sprintf("one %s with %q in its name", role, part), func(ctx context.Context, page *chromedp.Target) (bool, error) {
		found, err := nodes(ctx, page, role, "")
		if err != nil {
			return false, err
		}
		var fit []*accessibility.Node
		for _, n := range found {
			var name string
			if n.Name != nil && json.Unmarshal(n.Name.Value, &name) == nil && strings.Contains(name, part) {
				fit = append(fit, n)
			}
		}
		if len(fit) != 1 {
			return false, fmt.Errorf("there are %d", len(fit))
		}
		id = fit[0].BackendDOMNodeID
		return true, nil
	})
	return id
}

// left waits until nothing has a role and a name.
func (p *tab) left(role, name string) {
	p.t.Helper()
	p.until(fmt.Sprintf("no %s %q", role, name), func(ctx context.Context, page *chromedp.Target) (bool, error) {
		found, err := nodes(ctx, page, role, name)
		return len(found) == 0, err
	})
}

// asks asks a question in SQL and wants a status.
func asks(t *testing.T, c caller, sql string, status int) {
	t.Helper()
	a, err := c.post(t.Context(), "/v1/database/query", row{"sql": sql})
	no(t, err)
	if a.status != status {
		t.Fatalf("%s: %s", sql, a)
	}
}
