package cli

import (
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"time"
)

// A meter shows how far something long has come, how fast, and how long the rest takes: on a terminal in one line that is drawn again, elsewhere
// in a line now and then. What is over soon shows nothing.
type meter struct {
	out     io.Writer
	columns int // of the terminal; 0: there is none, or one that cannot go back in a line
	now     func() time.Time
	quiet   time.Duration // nothing is drawn before
	what    string        // such as importing
	unit    string        // such as rows; of bytes it is ""
	total   int64         // 0: it is not known

	mu          sync.Mutex
	done        int64
	began, last time.Time
	drawn       bool
	widest      int // of the sentences that were drawn, so that the bar does not change its length at every one
}

const (
	everyLine = 5 * time.Second        // between two lines where there is no terminal
	everyDraw = 100 * time.Millisecond // between two drawings of one
	soon      = 500 * time.Millisecond // whoever waits less needs no line
)

// newMeter begins to count. It must be ended before anything else is printed, but for what say prints.
func (p *Process) newMeter(what string, total int64, unit string) *meter {
	m := &meter{out: p.Stderr, now: time.Now, quiet: soon, what: what, unit: unit, total: total}
	m.columns = p.drawing()
	m.began = m.now()
	m.last = m.began
	return m
}

// drawing is how wide the terminal of standard error is; 0 if it is none, or one that cannot go back in a line.
func (p *Process) drawing() int {
	if !onTerminal(p.Stderr) || lookup(p.Environ, "TERM") == "dumb" {
		return 0
	}
	return p.columns(p.Stderr)
}

// add counts n more.
func (m *meter) add(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.show(m.done + n)
}

// set counts up to done.
func (m *meter) set(done int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.show(done)
}

func (m *meter) show(done int64) {
	m.done = done
	now := m.now()
	wait := everyLine
	switch {
	case m.columns > 0 && m.drawn:
		wait = everyDraw
	case m.columns > 0:
		wait = m.quiet
	}
	if now.Sub(m.last) < wait {
		return
	}
	m.last = now
	if m.columns == 0 {
		_, _ = fmt.Fprintln(m.out, m.what+": "+m.sentence(now))
		return
	}
	m.drawn = true
	_, _ = fmt.Fprint(m.out, "\r\x1b[K"+m.line(now))
}

// say prints a line of its own, above the one that is drawn.
func (m *meter) say(text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clear()
	_, _ = fmt.Fprintln(m.out, text)
}

// end takes the line away, so that what is printed next has it to itself.
func (m *meter) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clear()
}

func (m *meter) clear() {
	if m.drawn {
		_, _ = fmt.Fprint(m.out, "\r\x1b[K")
		m.drawn = false
	}
}

// sentence says in words how far it has come.
func (m *meter) sentence(now time.Time) string {
	text := m.amount(m.done)
	if m.total > 0 {
		text += " of " + m.amount(m.total)
	}
	if m.unit != "" {
		text += " " + m.unit
	}
	if rate := m.rate(now); rate > 0 {
		text += ", " + strings.TrimSpace(m.amount(int64(math.Round(rate)))+" "+m.unit) + "/s"
	}
	return text + m.left(now)
}

// rate is how many come in a second; 0 if it is not known yet.
func (m *meter) rate(now time.Time) float64 {
	if took := now.Sub(m.began).Seconds(); took > 0 {
		return float64(m.done) / took
	}
	return 0
}

// left says how long the rest takes, if that is known.
func (m *meter) left(now time.Time) string {
	rate := m.rate(now)
	if m.total == 0 || rate == 0 {
		return ""
	}
	left := time.Duration(float64(max(0, m.total-m.done)) / rate * float64(time.Second))
	return fmt.Sprintf(", %s left", left.Round(time.Second))
}

// line is what is drawn: no wider than the terminal, with a bar where there is room for one.
func (m *meter) line(now time.Time) string {
	const bar, least = 20, 5
	text, brief := m.sentence(now), m.amount(m.done)
	room := m.columns - 1 // in the last cell some terminals go on to the next line
	if m.total > 0 {
		part := float64(min(m.done, m.total)) / float64(m.total)
		brief = fmt.Sprintf("%3.0f%%%s", part*100, m.left(now))
		text = fmt.Sprintf("%3.0f%%  %s", part*100, text)
		m.widest = max(m.widest, width(text)+width(m.amount(m.total))-width(m.amount(m.done)))
		if cells := min(bar, room-width(m.what)-m.widest-6); cells >= least {
			full := int(part * float64(cells))
			text = "[" + strings.Repeat("#", full) + strings.Repeat(".", cells-full) + "] " + text
		}
	}
	for _, s := range []string{m.what + "  " + text, text, m.what + "  " + brief} { // how far is of more use than of what
		if width(s) <= room {
			return s
		}
	}
	return cut(brief, room)
}

// amount is a number of what is counted.
func (m *meter) amount(n int64) string {
	if m.unit != "" {
		return grouped(n)
	}
	switch f := float64(n); {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", f/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", f/(1<<20))
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

// watch shows a number that something else counts, until the function that it returns is called.
func (m *meter) watch(count func() int64) (stop func()) {
	end := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		tick := time.NewTicker(everyDraw)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				m.set(count())
			case <-end:
				return
			}
		}
	})
	return func() {
		close(end)
		watching.Wait()
		m.end()
	}
}

// metered is a stream whose bytes a meter counts.
type metered struct {
	r io.Reader
	m *meter
}

func (r metered) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	r.m.add(int64(n))
	return n, err
}
