package main

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

func TestPercentile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		values []float64
		p      float64
		want   float64
	}{
		{"no values", nil, 0.5, 0},
		{"one value", []float64{7}, 0.9, 7},
		{"odd number, any order", []float64{9, 1, 5}, 0.5, 5},
		{"even number lies between two", []float64{4, 1, 2, 3}, 0.5, 2.5},
		{"lowest", []float64{3, 1, 2}, 0, 1},
		{"highest", []float64{3, 1, 2}, 1, 3},
		{"between two", []float64{0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100}, 0.95, 95},
	} {
		before := slices.Clone(c.values)
		if got := percentile(c.values, c.p); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
		if !slices.Equal(before, c.values) {
			t.Errorf("%s: the caller's values were put in another order", c.name)
		}
	}
}

// milliseconds makes the times of one side.
func milliseconds(ms ...int) []time.Duration {
	out := make([]time.Duration, len(ms))
	for i, n := range ms {
		out[i] = time.Duration(n) * time.Millisecond
	}
	return out
}

func TestResult(t *testing.T) {
	t.Parallel()
	sum := measure{
		name: "sum", sides: []string{"stele", "sqlite", "http"}, ratio: overFloors, target: 1.35,
		// Medians 12, 6, 4: 1.2. By rounds: 1.2, 1.0, 2.0.
		times: [][]time.Duration{milliseconds(12, 10, 40), milliseconds(6, 5, 16), milliseconds(4, 5, 4)},
	}
	r := sum.result()
	if math.Abs(r.Ratio-1.2) > 1e-9 || !r.Reached || r.Rounds != 3 {
		t.Errorf("ratio of medians to the sum of floors: got %+v", r)
	}
	if math.Abs(r.P10-1.04) > 1e-9 || math.Abs(r.P90-1.84) > 1e-9 {
		t.Errorf("spread: got %v..%v, want 1.04..1.84", r.P10, r.P90)
	}
	if r.Medians["sqlite"] != 0.006 {
		t.Errorf("median of a floor: got %v, want 0.006", r.Medians["sqlite"])
	}
	sum.target = 1.19
	if sum.result().Reached {
		t.Error("1.2 reaches a target of at most 1.19")
	}

	rate := measure{
		sides: []string{"shared", "alone"}, ratio: speedup, target: 5, atLeast: true,
		times: [][]time.Duration{milliseconds(1, 1), milliseconds(6, 6)},
	}
	if r := rate.result(); r.Ratio != 6 || !r.Reached {
		t.Errorf("speed-up: got %+v, want 6, reached", r)
	}
	rate.target = 7
	if rate.result().Reached {
		t.Error("6 reaches a target of at least 7")
	}

	size := measure{
		sides: []string{"large", "small"}, ratio: overSecond, target: 1.5,
		times: [][]time.Duration{milliseconds(3), milliseconds(2)},
	}
	if r := size.result(); r.Ratio != 1.5 || !r.Reached {
		t.Errorf("large over small: got %+v, want 1.5, reached", r)
	}
}

func TestRoundTurnsTheOrder(t *testing.T) {
	t.Parallel()
	var order []string
	s := func(name string) side {
		return func(context.Context) (time.Duration, error) {
			order = append(order, name)
			return time.Duration(len(name)), nil
		}
	}
	m := measure{sides: []string{"a", "bb", "ccc"}}
	for r := range 3 {
		if err := m.round(context.Background(), r, s("a"), s("bb"), s("ccc")); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"a", "bb", "ccc", "bb", "ccc", "a", "ccc", "a", "bb"}; !slices.Equal(order, want) {
		t.Errorf("order: got %v, want %v", order, want)
	}
	for i, times := range m.times { // whatever the order, a time belongs to its side
		if want := slices.Repeat([]time.Duration{time.Duration(i + 1)}, 3); !slices.Equal(times, want) {
			t.Errorf("side %d: got %v, want %v", i, times, want)
		}
	}
	broken := errors.New("broken")
	err := m.round(context.Background(), 0, s("a"), func(context.Context) (time.Duration, error) { return 0, broken }, s("ccc"))
	if !errors.Is(err, broken) {
		t.Errorf("a failing side: got %v", err)
	}
}

func TestEachAndTogether(t *testing.T) {
	t.Parallel()
	var calls []int
	if _, err := each(5, func(i int) error { calls = append(calls, i); return nil }); err != nil {
		t.Fatal(err)
	}
	if want := []int{0, 1, 2, 3, 4}; !slices.Equal(calls, want) {
		t.Errorf("each called %v, want %v", calls, want)
	}
	broken := errors.New("broken")
	var order []string
	note := func(what string) func(int) error {
		return func(int) error { order = append(order, what); return nil }
	}
	_, err := eachAfter(2, note("before"), note("call"))
	if want := []string{"before", "call", "before", "call"}; err != nil || !slices.Equal(order, want) {
		t.Errorf("eachAfter: got %v, %v", order, err)
	}
	if _, err := eachAfter(3, func(i int) error { return map[int]error{2: broken}[i] }, func(int) error { return nil }); !errors.Is(err, broken) {
		t.Errorf("eachAfter hides an error: got %v", err)
	}
	if _, err := each(3, func(i int) error { return map[int]error{1: broken}[i] }); !errors.Is(err, broken) {
		t.Errorf("each hides an error: got %v", err)
	}

	var sum, inside, most atomic.Int64
	meet := make(chan struct{})
	_, err = together(4, 3, func(client, i int) error {
		if n := inside.Add(1); n == 4 {
			most.Store(n)
			close(meet)
		}
		<-meet // no call returns before four are under way
		sum.Add(int64(client*3 + i))
		return nil
	})
	if err != nil || sum.Load() != 66 || most.Load() != 4 {
		t.Errorf("together: error %v, sum %d (want 66), %d at once (want 4)", err, sum.Load(), most.Load())
	}
	var after atomic.Int64
	_, err = together(2, 5, func(client, i int) error {
		if client == 1 {
			after.Add(1)
			return broken
		}
		return nil
	})
	if !errors.Is(err, broken) || after.Load() != 1 {
		t.Errorf("together: error %v, the failing client called %d times; it is to stop at once", err, after.Load())
	}
}
