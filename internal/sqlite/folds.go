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

// likeness is corr, by the same sums as PostgreSQL's.
type likeness struct{ n, sx, sxx, sy, syy, sxy float64 }

func (l *likeness) Step(_ sqlite.Context, v []sqlite.Value) error {
	if v[0].Type() == sqlite.TypeNull || v[1].Type() == sqlite.TypeNull {
		return nil
	}
	l.n++
	l.sx += v[1].Float()
	l.sy += v[0].Float()
	l.count(v, 1)
	return nil
}

func (l *likeness) WindowInverse(_ sqlite.Context, v []sqlite.Value) error {
	if v[0].Type() == sqlite.TypeNull || v[1].Type() == sqlite.TypeNull {
		return nil
	}
	l.count(v, -1)
	l.n--
	l.sx -= v[1].Float()
	l.sy -= v[0].Float()
	if l.n <= 1 {
		l.sxx, l.syy, l.sxy = 0, 0, 0
	}
	return nil
}

// count adds what a pair that is among the n changes the squares by, or takes it away.
func (l *likeness) count(v []sqlite.Value, sign float64) {
	if l.n < 2 {
		return
	}
	x, y, scale := v[1].Float()*l.n-l.sx, v[0].Float()*l.n-l.sy, sign/(l.n*(l.n-1))
	l.sxx += x * x * scale
	l.syy += y * y * scale
	l.sxy += x * y * scale
}

func (l *likeness) WindowValue(sqlite.Context) (sqlite.Value, error) {
	if l.n < 1 || l.sxx <= 0 || l.syy <= 0 {
		return sqlite.Value{}, nil
	}
	return sqlite.FloatValue(max(-1, min(1, l.sxy/math.Sqrt(l.sxx*l.syy)))), nil
}

func (l *likeness) Finalize(sqlite.Context) {}
