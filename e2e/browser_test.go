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
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
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
	fitted    int  // how often fits has looked
	questions int  // of the browser itself, whether to leave the page
	stays     bool // what they are answered with
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
	case *page.EventJavascriptDialogOpening:
		go p.answer(e) // whoever hears must not wait for the browser
		return
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

// answer answers a question of the browser itself: as long as it stands, nothing else in the tab goes on.
func (p *tab) answer(e *page.EventJavascriptDialogOpening) {
	p.mu.Lock()
	stays := p.stays
	if e.Type == page.DialogTypeBeforeunload {
		p.questions++
	} else {
		p.faults = append(p.faults, "it asks: "+e.Message)
	}
	p.mu.Unlock()
	// The tab may have been closed meanwhile.
	_, _ = chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: !stays})
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
