package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	browserdomain "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browser is one headless Chromium for all tests of the console; each tab has cookies, storage and cache of its own.
var browser = sync.OnceValues(func() (context.Context, error) {
	var path string
	for _, name := range []string{"chromium-headless-shell", "chromium", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		return nil, fmt.Errorf("no Chromium: scripts/setup installs the package chromium-headless-shell")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en-US"))
	ctx, _ := chromedp.NewExecAllocator(context.Background(), options...) // it ends with the test's process
	ctx, _ = chromedp.NewContext(ctx)
	_, err := chromedp.Run(ctx, chromedp.Navigate("about:blank"))
	return ctx, err
})

// tab is a page of the console in a browser, as a person has it: things are found by their role and name.
type tab struct {
	t     *testing.T
	ctx   context.Context
	child *child

	mu        sync.Mutex
	faults    []string // of the console, and requests to anywhere else
	expected  []string // parts of messages of the console that the test brings about
	downloads string
	fitted    int // how often fits has looked
}

// open opens the console in a tab of its own, wide as a desktop's unless the test says otherwise. Others may hear what the browser tells.
func (c *child) open(t *testing.T, also ...func(event any)) *tab {
	t.Helper()
	parent, err := browser()
	if err != nil {
		if os.Getenv("STELE_TEST_REQUIRE") == "" {
			t.Skip(err)
		}
		t.Fatal(err)
	}
	p := &tab{t: t, child: c}
	ctx, cancel := chromedp.NewContext(parent, chromedp.WithNewBrowserContext(), chromedp.WithListener(func(event any) {
		p.hear(event)
		for _, f := range also {
			f(event)
		}
	}))
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*patience)
	t.Cleanup(cancel)
	p.ctx = ctx
	command(p, log.Enable, cdp.Empty{})
	command(p, network.Enable, network.EnableParams{})
	command(p, accessibility.Enable, cdp.Empty{})
	p.size(1280, 800)
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, f := range p.faults {
			t.Errorf("the browser says: %s", f)
		}
	})
	p.visit("")
	return p
}

// hear notes what the browser complains of.
func (p *tab) hear(event any) {
	fault := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		fault = (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error()
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			for _, a := range e.Args {
				fault += string(a.Value) + a.Description + " "
			}
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			fault = e.Entry.Text + " " + e.Entry.URL
		}
	case *network.EventRequestWillBeSent:
		base, _ := p.child.now()
		u, err := url.Parse(e.Request.URL)
		if err != nil || (u.Scheme != "blob" && u.Scheme != "data" && u.Scheme+"://"+u.Host != base) {
			fault = "a request to another place: " + e.Request.URL
		}
	}
	if fault == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, part := range p.expected {
		if strings.Contains(fault, part) {
			return
		}
	}
	p.faults = append(p.faults, fault)
}

// expect says that the test brings about complaints that have this part, such as "status of 400".
func (p *tab) expect(part string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = append(p.expected, part)
}

// do runs an action in the page; one that fails ends the test.
func do[T any](p *tab, a chromedp.Action[T]) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, a)
	if err != nil {
		p.shot("failure")
		p.t.Fatalf("in the browser: %v", err)
	}
	return v
}

// command sends one command to the page.
func command[P, R any](p *tab, c cdp.Command[P, R], params P) R {
	p.t.Helper()
	return do(p, func(ctx context.Context, t *chromedp.Target) (R, error) { return cdp.Call(ctx, t, c, params) })
}

// visit goes to a place of the console, such as tables or ask.
func (p *tab) visit(hash string) {
	p.t.Helper()
	base, _ := p.child.now()
	to := base + "/console/"
	if hash != "" {
		to += "#/" + hash
	}
	do(p, chromedp.Navigate(to))
}

// signIn signs in by the form.
func (p *tab) signIn(key string) {
	p.t.Helper()
	p.expect("status of 401") // an admin key is tried as an agent's first
	p.fill("textbox", "API key or admin key", key)
	p.click("button", "Sign in")
	p.find("navigation", "Main")
}

// until waits until a condition holds.
func (p *tab) until(what string, holds func(ctx context.Context, page *chromedp.Target) (bool, error)) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	var last error
	for {
		ok, err := chromedp.Run(ctx, holds)
		if err == nil && !ok {
			err = errors.New("not yet")
		}
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			p.shot("failure")
			text, _ := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.body.innerText`))
			p.t.Fatalf("waited in vain for %s: %v\nthe page says:\n%s", what, last, text)
		}
		last = err
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond): // the page tells of no change; this is how often it is looked at
		}
	}
}

// nodes are those that a screen reader would find under a role and a name; an empty name is any.
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

// upload hands files to a file input. It is a button to who looks by role, but Chromium finds none such by its name.
func (p *tab) upload(name string, paths ...string) {
	p.t.Helper()
	var id cdp.BackendNodeID
	p.until("a file input "+name, func(ctx context.Context, page *chromedp.Target) (bool, error) {
		found, err := nodes(ctx, page, "button", "")
		for _, n := range found {
			var named string
			if n.Name != nil && json.Unmarshal(n.Name.Value, &named) == nil && named == name {
				id = n.BackendDOMNodeID
			}
		}
		return id != 0, err
	})
	command(p, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: paths, BackendNodeID: id})
}

// saves has the page save files into a folder of the test.
func (p *tab) saves() {
	p.t.Helper()
	p.downloads = p.t.TempDir()
	command(p, browserdomain.SetDownloadBehavior, browserdomain.SetDownloadBehaviorParams{
		Behavior: browserdomain.SetDownloadBehaviorBehaviorAllow, DownloadPath: p.downloads, BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
	})
}

// saved waits for a file that the page saves, takes it away from there, and returns where it is now.
func (p *tab) saved(name string) (path string) {
	p.t.Helper()
	path = filepath.Join(p.t.TempDir(), name)
	p.until("the file "+name, func(context.Context, *chromedp.Target) (bool, error) {
		return true, os.Rename(filepath.Join(p.downloads, name), path) // until it is whole it has another name
	})
	return path
}

// size makes the window as wide and high as a device's.
func (p *tab) size(width, height int64) {
	p.t.Helper()
	command(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 600})
}

// shot keeps a picture of the page in the folder of STELE_TEST_SHOTS, where that is set.
func (p *tab) shot(name string) {
	dir := os.Getenv("STELE_TEST_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Logf("no picture: %v", err)
		return
	}
	file := strings.NewReplacer("/", "-", " ", "-").Replace(p.t.Name() + "-" + name + ".png")
	if err := os.WriteFile(filepath.Join(dir, file), png, 0o666); err != nil {
		p.t.Log(err)
	}
}

// looks keeps pictures of a view in both themes and languages, on a desktop and on a phone, where STELE_TEST_SHOTS asks for them.
func (p *tab) looks(name string) {
	p.t.Helper()
	if os.Getenv("STELE_TEST_SHOTS") == "" {
		return
	}
	for _, theme := range []string{"light", "dark"} {
		for _, language := range []string{"en", "zh"} {
			p.prefer(theme, language)
			p.until("a heading", func(ctx context.Context, page *chromedp.Target) (bool, error) {
				found, err := nodes(ctx, page, "heading", "")
				return len(found) > 0, err
			})
			for size, w := range map[string]int64{"desktop": 1280, "phone": 390} {
				p.size(w, 800)
				p.idle()
				p.shot(strings.Join([]string{name, theme, language, size}, "-"))
			}
		}
	}
	p.prefer("light", "en")
	p.size(1280, 800)
}

// prefer sets theme and language as the page's own controls do, and shows the view anew.
func (p *tab) prefer(theme, language string) {
	p.t.Helper()
	evaluate[chromedp.Void](p, fmt.Sprintf(`sessionStorage.setItem('stele.theme', %q), sessionStorage.setItem('stele.language', %q)`, theme, language))
	do(p, chromedp.Reload())
}

// idle waits until the page has nothing on its way and has drawn.
func (p *tab) idle() {
	p.t.Helper()
	p.until("quiet", func(ctx context.Context, page *chromedp.Target) (bool, error) {
		return chromedp.Evaluate[bool](`!document.querySelector('.waiting, [aria-busy="true"]')`)(ctx, page)
	})
	evaluate[bool](p, `new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(true))))`)
}

// audit has axe-core look at the page, and wants it to find nothing serious, and all that is shown to be in reach on a phone too.
func (p *tab) audit() {
	p.t.Helper()
	p.idle()
	axe, err := os.ReadFile("testdata/axe-core/axe.min.js")
	no(p.t, err)
	do(p, chromedp.Evaluate[*runtime.RemoteObject](string(axe)))
	type violation struct {
		ID, Impact, Help string
		Nodes            []string
	}
	found := evaluate[[]violation](p, `axe.run().then(r => r.violations.filter(v => v.impact === 'serious' || v.impact === 'critical').map(v => ({ID: v.id, Impact: v.impact, Help: v.help, Nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 200) + ' ' + n.failureSummary)})))`)
	for _, f := range found {
		p.t.Errorf("axe: %s (%s): %s: %v", f.ID, f.Impact, f.Help, f.Nodes)
	}
	p.fits()
}
