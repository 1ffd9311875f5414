package cli

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

// clocked is a meter whose time is the test's.
func clocked(out io.Writer, columns int, total int64, unit string) (*meter, *time.Time) {
	now := time.Unix(0, 0)
	m := (&Process{Stderr: out}).newMeter("importing", total, unit)
	m.now, m.began, m.last, m.columns = func() time.Time { return now }, now, now, columns
	return m, &now
}

// TestMeterLines: where there is no terminal nothing is told at once, then every few seconds, with what is left.
func TestMeterLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		total int64
		unit  string
		step  int64
		want  string
	}{
		{30_000, "rows", 1000, "importing: 5,000 of 30,000 rows, 1,000 rows/s, 25s left\nimporting: 10,000 of 30,000 rows, 1,000 rows/s, 20s left\nimporting: 15,000 of 30,000 rows, 1,000 rows/s, 15s left\n"},
		{0, "rows", 7, "importing: 35 rows, 7 rows/s\nimporting: 70 rows, 7 rows/s\nimporting: 105 rows, 7 rows/s\n"},
		{3 << 30, "", 100 << 20, "importing: 500.0 MiB of 3.0 GiB, 100.0 MiB/s, 26s left\nimporting: 1000.0 MiB of 3.0 GiB, 100.0 MiB/s, 21s left\nimporting: 1.5 GiB of 3.0 GiB, 100.0 MiB/s, 16s left\n"},
	} {
		var out bytes.Buffer
		m, now := clocked(&out, 0, c.total, c.unit)
		for range 15 {
			*now = now.Add(time.Second)
			m.add(c.step)
		}
		m.end()
		if out.String() != c.want {
			t.Errorf("got %s", &out)
		}
	}
}

// TestMeterDrawn: on a terminal one line is drawn again, no wider than the terminal, and is gone in the end; what is over soon draws nothing.
func TestMeterDrawn(t *testing.T) {
	t.Parallel()
	for columns, want := range map[int]string{
		80: "importing  [###............]  25%  2,500 of 10,000 rows, 500 rows/s, 15s left",
		70: "importing  [#....]  25%  2,500 of 10,000 rows, 500 rows/s, 15s left",
		60: "importing   25%  2,500 of 10,000 rows, 500 rows/s, 15s left",
		50: " 25%  2,500 of 10,000 rows, 500 rows/s, 15s left",
		40: "importing   25%, 15s left",
		20: " 25%, 15s left",
		10: " 25%, 15…",
	} {
		var out bytes.Buffer
		m, now := clocked(&out, columns, 10_000, "rows")
		for range 50 {
			*now = now.Add(100 * time.Millisecond)
			m.add(50)
		}
		m.say("interrupted")
		m.add(50)
		m.end()
		drawn := strings.Split(out.String(), "\r\x1b[K")
		if drawn[0] != "" || len(drawn) != 48 || drawn[46] != want || drawn[47] != "interrupted\n" {
			t.Errorf("%d columns: %d drawings, %q", columns, len(drawn), drawn)
		}
		for _, line := range drawn[:47] {
			if width(line) >= columns || strings.Contains(line, "\n") {
				t.Errorf("%d columns: %q has %d", columns, line, width(line))
			}
		}
	}
	var out bytes.Buffer
	m, now := clocked(&out, 80, 10_000, "rows")
	for range 4 {
		*now = now.Add(100 * time.Millisecond)
		m.add(2500)
	}
	m.end()
	if out.Len() > 0 {
		t.Errorf("what took 0.4 s was drawn: %q", &out)
	}
}

// TestMeterWatch: what another goroutine counts is shown until the end, and then the line is gone.
func TestMeterWatch(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m, now := clocked(&out, 80, 100, "rows")
	*now = now.Add(time.Minute)
	asked := make(chan bool)
	stop := m.watch(func() int64 { asked <- true; return 50 })
	<-asked
	<-asked // the first number has been shown
	go func() {
		for range asked {
		}
	}()
	stop()
	close(asked)
	if want := "\r\x1b[Kimporting  [##########..........]  50%  50 of 100 rows, 1 rows/s, 1m0s left\r\x1b[K"; out.String() != want {
		t.Errorf("got %q", &out)
	}
}

// TestMeterOfDumbTerminal: a terminal that cannot go back in its line gets lines.
func TestMeterOfDumbTerminal(t *testing.T) {
	t.Parallel()
	m := (&Process{Stderr: io.Discard, Environ: []string{"TERM=dumb", "COLUMNS=80"}}).newMeter("importing", 1, "rows")
	if m.columns != 0 {
		t.Errorf("it draws in %d columns", m.columns)
	}
}
