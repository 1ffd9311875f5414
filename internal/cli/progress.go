package cli

import (
	"fmt"
	"time"

	"stele/internal/server"
)

// progress shows how far a move has come: a bar for each table on a terminal, elsewhere a line now and then.
type progress struct {
	p       *Process
	columns int // of the terminal; 0: lines
	now     func() time.Time

	meter *meter              // of the table that is at work
	of    server.MoveProgress // what it is of, or the last line
	last  time.Time           // when the last line was printed
}

func newProgress(p *Process) *progress {
	return &progress{p: p, columns: p.drawing(), now: time.Now}
}

// step shows one step.
func (s *progress) step(p server.MoveProgress) {
	if s.columns > 0 {
		s.draw(p)
		return
	}
	// The first line of each of the two passes comes at once: it says what is being done.
	first := s.last.IsZero() || s.of.Verifying != p.Verifying
	if now := s.now(); first || now.Sub(s.last) >= everyLine {
		s.of, s.last = p, now
		_, _ = fmt.Fprintln(s.p.Stderr, sentence(p))
	}
}

// draw moves the bar on. Each table has its own, in the same line; one without records needs none.
func (s *progress) draw(p server.MoveProgress) {
	if p.Total == 0 {
		return
	}
	if s.meter == nil || title(s.of) != title(p) {
		s.end()
		s.of, s.meter = p, s.p.newMeter(title(p), p.Total, "records")
		s.meter.columns, s.meter.now, s.meter.began, s.meter.last, s.meter.quiet = s.columns, s.now, s.now(), time.Time{}, 0
	}
	s.meter.set(p.Done)
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
	name := oneLine(p.Name, 100)
	if p.Clearing {
		return fmt.Sprintf("clearing away agent %s, %d to go", name, p.Agents)
	}
	text := "copying"
	if p.Verifying {
		text = "comparing"
	}
	text = fmt.Sprintf("%s agent %d of %d, %s", text, p.Agent, p.Agents, name)
	if p.Table != "" {
		text += ", table " + p.Table
	}
	return text
}

// end takes the bar away, so that what is printed next has the line to itself.
func (s *progress) end() {
	if s.meter != nil {
		s.meter.end()
	}
}
