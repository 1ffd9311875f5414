package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"stele/internal/guard"
)

const (
	strainRounds = 3   // times that the writer is alone, and then beside attacks
	strainBatch  = 100 // rows of one import
	strainLong   = 200 * time.Millisecond
)

// strain is what came of many attacks at a time beside a writer.
type strain struct {
	AtOnce    int      `json:"at_once"`
	Attacks   int      `json:"attacks"`
	Through   int      `json:"got_through"`
	Problems  []string `json:"problems"`
	Alone     float64  `json:"rows_per_second_alone"`
	Beside    float64  `json:"rows_per_second_beside"`
	Ratio     float64  `json:"ratio"`
	Longest   float64  `json:"longest_ms"`
	LongestOf string   `json:"longest_attack"`
	Ceiling   float64  `json:"ceiling_ms"`
	Memory    *memory  `json:"memory,omitempty"`
}

// lines is what a reader gets.
func (s *strain) lines() (lines []string) {
	if s == nil {
		return nil
	}
	for _, p := range s.Problems {
		lines = append(lines, "THROUGH  "+oneLine(p, 200))
	}
	note := ""
	if s.Ratio < 0.5 {
		note = ": less than half"
	}
	lines = append(lines,
		fmt.Sprintf("%d at once: %d attacks, %d held, %d got through", s.AtOnce, s.Attacks, s.Attacks-s.Through, s.Through),
		fmt.Sprintf("a writer beside them: %.0f rows a second, alone %.0f, ratio %.2f%s", s.Beside, s.Alone, s.Ratio, note),
		fmt.Sprintf("the longest attack: %.1f s of at most %.1f s, %s", s.Longest/1000, s.Ceiling/1000, oneLine(s.LongestOf, 60)))
	if s.Memory != nil {
		lines = append(lines, s.Memory.line())
	}
	return lines
}

// queue hands out attacks: each of them once, and then those that take long again and again.
type queue struct {
	mu    sync.Mutex
	list  []guard.Attack
	again []guard.Attack
	at    int
}

func (q *queue) next() guard.Attack {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.at++; q.at <= len(q.list) {
		return q.list[q.at-1]
	}
	return q.again[(q.at-len(q.list)-1)%len(q.again)]
}

// left reports whether there is an attack that has not been handed out.
func (q *queue) left() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.at < len(q.list)
}

// writer imports without a pause.
type writer struct {
	rows atomic.Int64
	err  error // once stop has returned
	stop func()
}

func (t *trial) write(ctx context.Context) (*writer, error) {
	p, err := t.player(ctx, "writer", "log", "", 0)
	if err != nil {
		return nil, err
	}
	w := &writer{}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil && w.err == nil {
			if w.err = p.fill(ctx, "0123456789", strainBatch); w.err == nil {
				w.rows.Add(strainBatch)
			}
		}
		if ctx.Err() != nil {
			w.err = nil
		}
	})
	w.stop = func() { cancel(); wg.Wait() }
	return w, nil
}

// window counts what is written while something is going on.
func (w *writer) window(rows *int64, took *time.Duration, during func()) {
	began, had := time.Now(), w.rows.Load()
	during()
	*took += time.Since(began)
	*rows += w.rows.Load() - had
}

// strain runs attacks c.AtOnce at a time while a writer imports, in turns with the writer alone. Each two attacks are of an agent of their
// own, for a server may keep one agent from using all that it has for questions.
func (t *trial) strain(ctx context.Context, c *guardsCmd, tried []guard.Result) (*strain, error) {
	q := &queue{}
	for _, r := range tried {
		if q.list = append(q.list, r.Attack); r.Took >= strainLong {
			q.again = append(q.again, r.Attack)
		}
	}
	if len(q.again) == 0 {
		q.again = q.list
	}
	for len(t.attackers) < (c.AtOnce+1)/2 {
		if err := t.attacker(ctx); err != nil {
			return nil, err
		}
	}
	w, err := t.write(ctx)
	if err != nil {
		return nil, err
	}
	defer w.stop()
	watch := watchMemory(c.PID)
	defer watch.stop()
	s := &strain{AtOnce: c.AtOnce, Problems: []string{}, Ceiling: float64(c.Ceiling.Milliseconds())}
	var alone, beside time.Duration
	var aloneRows, besideRows int64
	part := c.Beside / strainRounds / 2
	for round := 1; round <= strainRounds && ctx.Err() == nil; round++ {
		w.window(&aloneRows, &alone, func() { pause(ctx, part) })
		w.window(&besideRows, &beside, func() {
			until := time.Now().Add(part)
			t.storm(ctx, c.AtOnce, q, s, func() bool { return time.Now().Before(until) || round == strainRounds && q.left() })
		})
	}
	w.stop()
	watch.stop()
	s.Memory = watch.seen()
	s.Alone, s.Beside = float64(aloneRows)/alone.Seconds(), float64(besideRows)/beside.Seconds()
	if s.Alone > 0 {
		s.Ratio = s.Beside / s.Alone
	}
	for _, p := range t.attackers {
		if err := t.unchanged(ctx, p); err != nil && ctx.Err() == nil {
			s.Through++
			s.Problems = append(s.Problems, "after all of them: "+err.Error())
		}
	}
	return s, errors.Join(ctx.Err(), w.err, watch.err)
}

// storm has n attackers at work as long as more says so, and waits for the last of them.
func (t *trial) storm(ctx context.Context, n int, q *queue, s *strain, more func() bool) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i := range n {
		at := t.aimed(t.attackers[i%len(t.attackers)])
		wg.Go(func() {
			for ctx.Err() == nil && more() {
				r := at.Try(ctx, q.next())
				if ctx.Err() != nil {
					return
				}
				mu.Lock()
				s.Attacks++
				if ms := float64(r.Took.Microseconds()) / 1000; ms > s.Longest {
					s.Longest, s.LongestOf = ms, r.Name
				}
				if r.Through != nil {
					s.Through++
					s.Problems = append(s.Problems, r.Name+": "+r.Through.Error())
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
