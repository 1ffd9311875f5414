package e2e

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// nodes are those that a screen reader would find under a role and a name; an empty name is any. Not to be asked for while a page is
// loading (anew).
func nodes(ctx context.Context, page *chromedp.Target, role, name string) (found []*accessibility.Node, err error) {
	document, err := cdp.Call(ctx, page, dom.GetDocument, dom.GetDocumentParams{})
	if err != nil {
		return nil, err
	}
	all, err := cdp.Call(ctx, page, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{
		BackendNodeID: document.Root.BackendNodeID, Role: role, AccessibleName: name,
	})
	if err != nil {
		return nil, err
	}
	for _, n := range all.Nodes {
		if !n.Ignored {
			found = append(found, n)
		}
	}
	return found, nil
}

// find waits for the one element with a role and a name.
func (p *tab) find(role, name string) cdp.BackendNodeID {
	p.t.Helper()
	var id cdp.BackendNodeID
	p.until(fmt.Sprintf("one %s %q", role, name), func(ctx context.Context, page *chromedp.Target) (bool, error) {
		found, err := nodes(ctx, page, role, name)
		if err == nil && len(found) != 1 {
			err = fmt.Errorf("there are %d", len(found))
		}
		if err != nil {
			return false, err
		}
		id = found[0].BackendDOMNodeID
		return true, nil
	})
	return id
}

// count is how many elements have a role and a name now.
func (p *tab) count(role, name string) int {
	p.t.Helper()
	return do(p, func(ctx context.Context, page *chromedp.Target) (int, error) {
		found, err := nodes(ctx, page, role, name)
		return len(found), err
	})
}

// click clicks on what has a role and a name.
func (p *tab) click(role, name string) {
	p.t.Helper()
	p.clickOn(p.find(role, name), 1)
}

// clickOn clicks on an element, twice for a double click.
func (p *tab) clickOn(id cdp.BackendNodeID, times int) {
	p.t.Helper()
	p.until("something to click on", func(ctx context.Context, page *chromedp.Target) (bool, error) {
		if _, err := cdp.Call(ctx, page, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: id}); err != nil {
			return false, err
		}
		box, err := cdp.Call(ctx, page, dom.GetBoxModel, dom.GetBoxModelParams{BackendNodeID: id})
		if err != nil {
			return false, err
		}
		q := box.Model.Border
		_, err = chromedp.MouseClickXY((q[0]+q[4])/2, (q[1]+q[5])/2, chromedp.ClickCount(times))(ctx, page)
		return true, err
	})
}

// fill replaces what is in a field.
func (p *tab) fill(role, name, text string) {
	p.t.Helper()
	id := p.find(role, name)
	p.on(id, `function() { this.focus(); this.select?.() }`, nil)
	if text == "" {
		p.press(kb.Delete)
		return
	}
	command(p, input.InsertText, input.InsertTextParams{Text: text})
}

// choose chooses of a select by the value of an option.
func (p *tab) choose(name, value string) {
	p.t.Helper()
	p.on(p.find("combobox", name), `function(v) { this.value = v; this.dispatchEvent(new Event('input', {bubbles: true})); this.dispatchEvent(new Event('change', {bubbles: true})); if (this.value !== v) throw new Error('no option ' + v) }`, nil, value)
}

// press presses keys, such as kb.Enter, with modifiers.
func (p *tab) press(keys string, modifiers ...chromedp.Modifier) {
	p.t.Helper()
	do(p, chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...), func(k *input.DispatchKeyEventParams) {
		if k.Type == kb.KeyDown { // raw, as a keyboard's: a page that takes a key for itself gets no character of it afterwards
			k.Type = kb.KeyRawDown
		}
	}))
}

// on calls a function with an element as this.
func (p *tab) on(id cdp.BackendNodeID, function string, result any, args ...any) {
	p.t.Helper()
	yes := true
	do(p, chromedp.Func(func(ctx context.Context, page *chromedp.Target) error {
		object, err := cdp.Call(ctx, page, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: id})
		if err != nil {
			return err
		}
		call := runtime.CallFunctionOnParams{FunctionDeclaration: function, ObjectID: object.Object.ObjectID, ReturnByValue: &yes, AwaitPromise: &yes}
		for _, a := range args {
			b, err := json.Marshal(a)
			if err != nil {
				return err
			}
			call.Arguments = append(call.Arguments, &runtime.CallArgument{Value: b})
		}
		r, err := cdp.Call(ctx, page, runtime.CallFunctionOn, call)
		switch {
		case err != nil:
			return err
		case r.ExceptionDetails != nil:
			return &chromedp.ExceptionError{ExceptionDetails: r.ExceptionDetails}
		case result != nil:
			return json.Unmarshal(r.Result.Value, result)
		}
		return nil
	}))
}

// text is what an element shows.
func (p *tab) text(role, name string) (s string) {
	p.t.Helper()
	p.on(p.find(role, name), `function() { return this.innerText ?? this.value }`, &s)
	return s
}

// evaluate runs an expression in the page, waits if it is a promise, and gives its value; chromedp.Void is for none.
func evaluate[T any](p *tab, expression string) T {
	p.t.Helper()
	return do(p, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// see waits until the page shows a text.
func (p *tab) see(text string) {
	p.t.Helper()
	p.until(fmt.Sprintf("the text %q", text), func(ctx context.Context, page *chromedp.Target) (bool, error) {
		return chromedp.Evaluate[bool](shows(text))(ctx, page)
	})
}

func shows(text string) string {
	b, _ := json.Marshal(text) // a text always can be
	return fmt.Sprintf(`document.body.innerText.includes(%s)`, b)
}

// sees reports whether the page shows a text now.
func (p *tab) sees(text string) bool {
	p.t.Helper()
	return evaluate[bool](p, shows(text))
}
