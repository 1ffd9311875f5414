package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// side is one way to do what is measured. It returns the time of one request.
type side func(ctx context.Context) (time.Duration, error)

// measure holds the times of one scenario: a line of the report.
type measure struct {
	name  string
	sides []string // the first one is held against the others
	times [][]time.Duration
	// ratio makes a number of one time for each side, in seconds.
	ratio   func(t []float64) float64
	target  float64
	atLeast bool // the ratio is to be as large as the target, not as small
	note    string
}

// overFloors is the first side's time over the sum of the others.
func overFloors(t []float64) float64 {
	sum := 0.0
	for _, floor := range t[1:] {
		sum += floor
	}
	return t[0] / sum
}

// overSecond is the first side's time over the second's, for scenarios that hold two states against each other.
func overSecond(t []float64) float64 { return t[0] / t[1] }

// speedup is the rate of the first side over the rate of the second.
func speedup(t []float64) float64 { return t[1] / t[0] }

// round runs every side once. The order turns from round to round, so that no side always comes after the same one.
func (m *measure) round(ctx context.Context, r int, sides ...side) error {
	if m.times == nil {
		m.times = make([][]time.Duration, len(sides))
	}
	for i := range sides {
		at := (i + r) % len(sides)
		d, err := sides[at](ctx)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", m.name, m.sides[at], err)
		}
		m.times[at] = append(m.times[at], d)
	}
	return nil
}

// line is a line of the report about some of the sides, the first of them over the sum of the others.
func (m *measure) line(name string, target float64, sides ...string) *measure {
	l := &measure{name: name, sides: sides, ratio: overFloors, target: target}
	for _, side := range sides {
		l.times = append(l.times, m.times[slices.Index(m.sides, side)])
	}
	return l
}

// result is a line of the report. Times are medians over the rounds in seconds.
type result struct {
	Name    string             `json:"name"`
	Rounds  int                `json:"rounds"`
	Sides   []string           `json:"sides"`
	Medians map[string]float64 `json:"medians_seconds"`
	Ratio   float64            `json:"ratio"`
	P10     float64            `json:"ratio_p10"`
	P90     float64            `json:"ratio_p90"`
	Target  float64            `json:"target"`
	AtLeast bool               `json:"target_is_minimum"`
	Reached bool               `json:"reached"`
	Note    string             `json:"note,omitempty"`
}

// result makes the ratio of medians, and the spread of the ratios that each round has by itself.
func (m *measure) result() result {
	res := result{
		Name: m.name, Rounds: len(m.times[0]), Sides: m.sides, Medians: map[string]float64{},
		Target: m.target, AtLeast: m.atLeast, Note: m.note,
	}
	medians := make([]float64, len(m.sides))
	for i, name := range m.sides {
		medians[i] = median(seconds(m.times[i]))
		res.Medians[name] = medians[i]
	}
	byRound := make([]float64, res.Rounds)
	one := make([]float64, len(m.sides))
	for r := range byRound {
		for i := range m.sides {
			one[i] = m.times[i][r].Seconds()
		}
		byRound[r] = m.ratio(one)
	}
	res.Ratio, res.P10, res.P90 = m.ratio(medians), percentile(byRound, 0.1), percentile(byRound, 0.9)
	res.Reached = res.Ratio <= m.target
	if m.atLeast {
		res.Reached = res.Ratio >= m.target
	}
	return res
}

// each times n calls, one after the other, and returns their median: one slow fsync must not decide a round.
func each(n int, call func(i int) error) (time.Duration, error) {
	return eachAfter(n, func(int) error { return nil }, call)
}

// eachAfter is each with something before every call whose time does not count.
func eachAfter(n int, before, call func(i int) error) (time.Duration, error) {
	times := make([]time.Duration, n)
	for i := range times {
		if err := before(i); err != nil {
			return 0, err
		}
		start := time.Now()
		if err := call(i); err != nil {
			return 0, err
		}
		times[i] = time.Since(start)
	}
	slices.Sort(times)
	return (times[(n-1)/2] + times[n/2]) / 2, nil
}

// together runs n calls in each of several clients at once, every client starting its next call when the last one has
// been answered, and returns the wall time divided by the number of calls: the time that a call costs the machine.
func together(clients, n int, call func(client, i int) error) (time.Duration, error) {
	errs := make([]error, clients)
	var wg sync.WaitGroup
	start := time.Now()
	for c := range clients {
		wg.Go(func() {
			for i := 0; i < n && errs[c] == nil; i++ {
				errs[c] = call(c, i)
			}
		})
	}
	wg.Wait()
	wall := time.Since(start)
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return wall / time.Duration(clients*n), nil
}
