package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

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
