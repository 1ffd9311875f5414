package cli

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// importProgress shows how many rows have their answer: a bar on a terminal, with rows per second and the time left, elsewhere a line now
// and then.
type importProgress struct {
	out   io.Writer
	total int64
	now   func() time.Time

	mu          sync.Mutex
	bar         *progressbar.ProgressBar
	done        int64
	began, last time.Time
}

func newImportProgress(out io.Writer, total int64) *importProgress {
	p := &importProgress{out: out, total: total, now: time.Now}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) && total > 0 {
		p.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(out), progressbar.OptionSetDescription("importing"), progressbar.OptionSetWidth(20),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("rows"),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetPredictTime(true), progressbar.OptionUseANSICodes(true))
	}
	p.began = p.now()
	p.last = p.began
	return p
}

// add counts rows that have been answered.
func (p *importProgress) add(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	if p.bar != nil {
		_ = p.bar.Set64(p.done) // at worst it is not shown
		return
	}
	now := p.now()
	if now.Sub(p.last) < everyLine {
		return
	}
	p.last = now
	rate := float64(p.done) / now.Sub(p.began).Seconds()
	left := time.Duration(float64(p.total-p.done) / rate * float64(time.Second)).Round(time.Second)
	_, _ = fmt.Fprintf(p.out, "%s of %s, %s rows/s, %s left\n", grouped(p.done), rowsOf(p.total), grouped(int64(rate)), left)
}

// end takes the bar away, so that what is printed next has the line to itself.
func (p *importProgress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}
