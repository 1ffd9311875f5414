package postgres

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// TestOutageIsTold: while the database is away the log says so now and then, and once that it is back.
func TestOutageIsTold(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	now := time.Unix(1, 0)
	opt := Options{Log: slog.New(slog.NewTextHandler(&log, nil)), Now: func() time.Time { return now }}
	told := func(o *outage) int {
		log.Reset()
		for range 10 {
			o.tell(opt, errors.New("refused"))
		}
		if text := log.String(); text != "" && !strings.Contains(text, `level=WARN msg="no connection to the database" error=refused`) {
			t.Errorf("the log says %s", text)
		}
		return strings.Count(log.String(), "\n")
	}
	over := func(o *outage) int {
		log.Reset()
		for range 10 {
			o.over(opt)
		}
		return strings.Count(log.String(), "connected to the database again")
	}
	var o outage
	if n := over(&o); n != 0 {
		t.Errorf("%d lines without an outage", n)
	}
	for _, step := range []struct {
		name       string
		pass       time.Duration
		told, over int
	}{
		{"first", 0, 1, 1},
		{"a moment after", everyAway - 1, 0, 0},
		{"later", 1, 1, 1},
	} {
		now = now.Add(step.pass)
		if n := told(&o); n != step.told {
			t.Errorf("%s: told %d times, want %d", step.name, n, step.told)
		}
		if n := over(&o); n != step.over {
			t.Errorf("%s: over %d times, want %d", step.name, n, step.over)
		}
	}
}
