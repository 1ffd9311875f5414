package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"stele/internal/server"
)

// progress shows how far a move has come: a bar on a terminal, elsewhere a line now and then.
type progress struct {
	out  io.Writer
	term bool
	now  func() time.Time

	bar  *progressbar.ProgressBar
	of   server.MoveProgress // what the bar is of, or the last line
	last time.Time           // when the last line was printed
}

// everyLine is the time between two lines where there is no terminal.
const everyLine = 5 * time.Second

func newProgress(out io.Writer) *progress {
	f, ok := out.(*os.File)
	return &progress{out: out, term: ok && term.IsTerminal(int(f.Fd())), now: time.Now}
}

// step shows one step.
func (s *progress) step(p server.MoveProgress) {
	if s.term {
		s.draw(p)
		return
	}
	// The first line of each of the two passes comes at once: it says what is being done.
	first := s.last.IsZero() || s.of.Verifying != p.Verifying
	if now := s.now(); first || now.Sub(s.last) >= everyLine {
		s.of, s.last = p, now
		_, _ = fmt.Fprintln(s.out, sentence(p))
	}
}

// sentence says in words how far it has come.
func sentence(p server.MoveProgress) string {
	text := title(p)
	if p.Table != "" {
		text += fmt.Sprintf(", %d of %d records", p.Done, p.Total)
	}
	return text
}

func title(p server.MoveProgress) string {
	if p.Clearing {
		return fmt.Sprintf("clearing away agent %s, %d to go", p.Name, p.Agents)
	}
	text := "copying"
	if p.Verifying {
		text = "comparing"
	}
	text = fmt.Sprintf("%s agent %d of %d, %s", text, p.Agent, p.Agents, p.Name)
	if p.Table != "" {
		text += ", table " + p.Table
	}
	return text
}

// draw moves the bar on. Each table has its own, in the same line; one without records needs none.
func (s *progress) draw(p server.MoveProgress) {
	if p.Total == 0 {
		return
	}
	if s.bar == nil || title(s.of) != title(p) {
		s.end()
		s.of = p
		s.bar = progressbar.NewOptions64(p.Total,
			progressbar.OptionSetWriter(s.out), progressbar.OptionSetDescription(title(p)), progressbar.OptionSetWidth(20),
			progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetPredictTime(true), progressbar.OptionUseANSICodes(true))
	}
	_ = s.bar.Set64(p.Done) // at worst it is not shown
}

// end takes the bar away, so that what is printed next has the line to itself.
func (s *progress) end() {
	if s.bar != nil {
		_ = s.bar.Clear()
		s.bar = nil
	}
}
