package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestConsoleFigures prints what the console costs in the browser, over a table of as many records as E2E_FIGURES says; without it, it is
// left out. It has no bounds: they would be those of the machine.
func TestConsoleFigures(t *testing.T) {
	if os.Getenv("E2E_FIGURES") == "" {
		t.Skip("measures for minutes: E2E_FIGURES=1000000 runs it")
	}
	n := int(setting(t, "E2E_FIGURES", 0))
	c := directory.start(t)
	from := time.Now()
	table := someParcels(t, c, n)
	t.Logf("%d records were imported in %v", n, time.Since(from).Round(time.Second))
	var trace sync.Mutex
	var spans []span
	complete := make(chan struct{}, 1)
	p := c.open(t, func(event any) {
		switch e := event.(type) {
		case *tracing.EventTracingComplete:
			complete <- struct{}{}
		case *tracing.EventDataCollected:
			trace.Lock()
			defer trace.Unlock()
			for _, v := range e.Value {
				var s span
				if json.Unmarshal(v, &s) == nil && s.Ph == "X" {
					spans = append(spans, s)
				}
			}
		}
	})
	p.signIn(table.key)

	// The first view with a cold cache: from the navigation to the first row that is on the page.
	command(p, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
	command(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `new MutationObserver((_, o) => {
		if ([...document.querySelectorAll('[role="gridcell"]')].some(e => e.innerText.startsWith('PX-'))) { window.usable ??= performance.now(); o.disconnect() }
	}).observe(document, {subtree: true, childList: true, characterData: true})`})
	p.visit("tables/" + table.id)
	p.see("PX-0001")
	var first []float64
	for range 11 {
		do(p, chromedp.Reload())
		p.see("PX-0001")
		first = append(first, evaluate[float64](p, `window.usable`))
	}
	t.Logf("first view, nothing cached: %s; %d bytes in %d files", quantiles(first), evaluate[int](p, `performance.getEntriesByType('resource').reduce((n, e) => n + e.encodedBodySize, 0)`), evaluate[int](p, `performance.getEntriesByType('resource').length`))

	// From Enter to the new value on the page.
	p.click("gridcell", "PX-0001")
	p.press(kb.ArrowRight)
	evaluate[chromedp.Void](p, `void (window.edits = [], addEventListener('keydown', e => {
		if (e.key !== 'Enter') return
		const from = performance.now(), text = e.target.value
		if (text === undefined) return
		const cell = document.querySelector('[role="gridcell"][tabindex="0"]') // the editor stands over it
		const look = () => cell.innerText === text ? window.edits.push(performance.now() - from) : requestAnimationFrame(look)
		requestAnimationFrame(look)
	}, true))`)
	for i := range 20 {
		p.press(fmt.Sprint(1000 + i))
		p.press(kb.Enter)
	}
	p.until("the edits", chromedp.Evaluate[bool](`window.edits.length === 20`))
	t.Logf("from Enter to the edit shown: %s", quantiles(evaluate[[]float64](p, `window.edits`)))

	// Scrolling: as a wheel does, a view in each frame, and the bar dragged through all of it.
	for name, step := range map[string]string{"wheel, 120 pixels a frame": "120", "a view a frame": "s.clientHeight", "the bar dragged through all": "s.scrollHeight / 600"} {
		trace.Lock()
		spans = nil
		trace.Unlock()
		command(p, tracing.Start, tracing.StartParams{TransferMode: tracing.StartTransferModeReportEvents, TraceConfig: &tracing.TraceConfig{IncludedCategories: []string{"devtools.timeline", "v8", "v8.execute"}}})
		evaluate[chromedp.Void](p, fmt.Sprintf(`new Promise(done => {
			const s = document.querySelector('[role="grid"]'); let n = 600
			s.scrollTop = 0
			const next = () => { s.scrollTop += %s; if (--n > 0) requestAnimationFrame(next); else done() }
			requestAnimationFrame(next)
		})`, step))
		command(p, tracing.End, cdp.Empty{})
		select {
		case <-complete:
		case <-p.ctx.Done():
			t.Fatal("the browser keeps its trace")
		}
		trace.Lock()
		wall, processor := perFrame(spans)
		t.Logf("%s: scripting per frame %s, of the processor %s", name, quantiles(wall), quantiles(processor))
		trace.Unlock()
	}
}

// span is what the browser did for a while, in microseconds.
type span struct {
	Ph, Name string
	Pid, Tid int
	Ts, Dur  float64
	Tdur     float64 // of the processor
}

// perFrame is how long scripts ran in each frame, in milliseconds, on the thread that has the most animation frames: by the clock, on which
// other processes are too, and by the processor's time.
func perFrame(all []span) (wall, processor []float64) {
	frames := map[[2]int][]float64{}
	for _, s := range all {
		if s.Name == "FireAnimationFrame" {
			frames[[2]int{s.Pid, s.Tid}] = append(frames[[2]int{s.Pid, s.Tid}], s.Ts)
		}
	}
	var thread [2]int
	for t, f := range frames {
		if len(f) > len(frames[thread]) {
			thread = t
		}
	}
	starts := frames[thread]
	sort.Float64s(starts)
	scripts := map[string]bool{"FunctionCall": true, "EvaluateScript": true, "RunMicrotasks": true, "v8.callFunction": true, "FireAnimationFrame": true, "TimerFire": true}
	var work []span
	for _, s := range all {
		if scripts[s.Name] && [2]int{s.Pid, s.Tid} == thread {
			work = append(work, s)
		}
	}
	sort.Slice(work, func(i, j int) bool { return work[i].Ts < work[j].Ts })
	var bounds []float64
	for _, at := range starts {
		if len(bounds) == 0 || at-bounds[len(bounds)-1] > 4000 { // callbacks of one frame follow each other at once
			bounds = append(bounds, at)
		}
	}
	wall, processor = make([]float64, len(bounds)), make([]float64, len(bounds))
	end := 0.0
	for _, s := range work {
		i := sort.SearchFloat64s(bounds, s.Ts+1) - 1
		if i < 0 || s.Ts < end { // what is within another was counted with it
			continue
		}
		wall[i] += s.Dur / 1000
		processor[i] += s.Tdur / 1000
		end = s.Ts + s.Dur
	}
	return wall, processor
}

func quantiles(v []float64) string {
	if len(v) == 0 {
		return "nothing measured"
	}
	sort.Float64s(v)
	at := func(q float64) float64 { return v[int(q*float64(len(v)-1))] }
	return fmt.Sprintf("p50 %.1f ms, p95 %.1f ms, most %.1f ms (%d)", at(.5), at(.95), v[len(v)-1], len(v))
}
