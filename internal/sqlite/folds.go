package sqlite

import (
	"math"

	"zombiezen.com/go/sqlite"
)

// truths is bool_and or bool_or.
type truths struct {
	all     bool
	yes, no int
}

func (t *truths) count(v sqlite.Value, by int) {
	switch {
	case v.Type() == sqlite.TypeNull:
	case v.Float() != 0:
		t.yes += by
	default:
		t.no += by
	}
}

func (t *truths) Step(_ sqlite.Context, v []sqlite.Value) error {
	t.count(v[0], 1)
	return nil
}

func (t *truths) WindowInverse(_ sqlite.Context, v []sqlite.Value) error {
	t.count(v[0], -1)
	return nil
}

func (t *truths) WindowValue(sqlite.Context) (sqlite.Value, error) {
	switch {
	case t.yes+t.no == 0:
		return sqlite.Value{}, nil
	case t.all:
		return truth(t.no == 0), nil
	}
	return truth(t.yes > 0), nil
}

func (t *truths) Finalize(sqlite.Context) {}

// spread is a variance or a standard deviation, by Welford's way, which stays exact where sums of squares do not.
type spread struct {
	sample, root bool
	n            float64
	mean, sum    float64
}

func (s *spread) Step(_ sqlite.Context, v []sqlite.Value) error {
	if v[0].Type() == sqlite.TypeNull {
		return nil
	}
	x := v[0].Float()
	s.n++
	d := x - s.mean
	s.mean += d / s.n
	s.sum += d * (x - s.mean)
	return nil
}

func (s *spread) WindowInverse(_ sqlite.Context, v []sqlite.Value) error {
	if v[0].Type() == sqlite.TypeNull {
		return nil
	}
	if s.n--; s.n <= 0 {
		s.n, s.mean, s.sum = 0, 0, 0
		return nil
	}
	x := v[0].Float()
	d := x - s.mean
	s.mean -= d / s.n
	s.sum = max(0, s.sum-d*(x-s.mean))
	return nil
}

func (s *spread) WindowValue(sqlite.Context) (sqlite.Value, error) {
	n := s.n
	if s.sample {
		n--
	}
	if n <= 0 {
		return sqlite.Value{}, nil
	}
	if s.root {
		return sqlite.FloatValue(math.Sqrt(s.sum / n)), nil
	}
	return sqlite.FloatValue(s.sum / n), nil
}

func (s *spread) Finalize(sqlite.Context) {}
