package sqlite

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"time"

	"stele"
)

// Query has a worker answer a question. Whoever waits for one holds no file open.
func (d *database) Query(ctx context.Context, q stele.Question) (*stele.Answer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !d.store.catalog.has(d.id) {
		return nil, errGone()
	}
	began := time.Now()
	deadline := began.Add(d.store.opt.QueryTimeout)
	if at, ok := ctx.Deadline(); ok && at.Before(deadline) {
		deadline = at
	}
	late := stele.Late(deadline.Sub(began))
	waiting, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	w, err := d.store.workers.take(waiting, d.id)
	if err == nil {
		var a *stele.Answer
		err = d.use(waiting, func(f *agentFile) error {
			path, err := filepath.Abs(f.path) // a worker stands in another directory
			if err != nil {
				return err
			}
			a, err = d.store.workers.ask(ctx, w, deadline, &asked{Path: path, SQL: q.SQL, Params: q.Params, MaxRows: q.MaxRows, MaxBytes: q.MaxBytes})
			return err
		})
		d.store.workers.give(w, d.id)
		if err == nil {
			return a, nil
		}
	}
	fault, atFault := errors.AsType[*stele.QueryFault](err)
	switch {
	case atFault && fault.Fault != stele.FaultTime:
		return nil, fault
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, ctx.Err()
	case atFault, errors.Is(err, context.DeadlineExceeded), errors.Is(err, errLate):
		return nil, late
	}
	return nil, err
}

// asked is a question on its way to a worker.
type asked struct {
	Path              string
	SQL               string
	Params            []stele.Raw
	MaxRows, MaxBytes int
	Left              time.Duration // until it is to end; two processes need not have one clock
}

// answered is an answer on its way back: the cells row by row, their numbers and texts apart so that little is said of each.
type answered struct {
	Columns []stele.Column // types of columns that are a field; 0 for all others
	Kinds   []byte         // of cells, by what they are in SQL: 0, Int, Float or Text
	Numbers []int64        // INT and FLOAT, the latter as bits
	Texts   []string
	Rows    int
	Cut     stele.Cut
	Fault   *stele.QueryFault
	Broken  string // an error that is no fault of the question; for the log
}

// answer types the cells. What a field says of its column holds as long as all values are of that kind: in a UNION it is
// the first part alone that a column's origin is known of.
func (a *answered) answer() *stele.Answer {
	width := len(a.Columns)
	out := &stele.Answer{Columns: a.Columns, Rows: make([][]stele.Value, a.Rows), Cut: a.Cut}
	values := make([]stele.Value, a.Rows*width)
	for i, numbers, texts := 0, a.Numbers, a.Texts; i < len(values); i++ {
		switch stele.Type(a.Kinds[i]) {
		case stele.Int:
			values[i], numbers = stele.IntValue(numbers[0]), numbers[1:]
		case stele.Float:
			values[i], numbers = stele.FloatValue(math.Float64frombits(uint64(numbers[0]))), numbers[1:]
		case stele.Text:
			values[i], texts = stele.TextValue(texts[0]), texts[1:]
		}
	}
	for c := range a.Columns {
		a.Columns[c].Type = typeColumn(values, c, width, a.Columns[c].Type)
	}
	for r := range out.Rows {
		out.Rows[r] = values[r*width : (r+1)*width : (r+1)*width]
	}
	return out
}

// typeColumn gives a column's values one type, where they have one.
func typeColumn(values []stele.Value, at, width int, field stele.Type) stele.Type {
	var seen [stele.Boolean + 1]bool
	all := field != 0
	exact := true // all integers are floats too
	for i := at; i < len(values); i += width {
		v := values[i]
		seen[v.Type()] = true
		all = all && (v.IsNull() || isOf(v, field))
		exact = exact && (v.Type() != stele.Int || int64(float64(v.Int())) == v.Int() && v.Int() != math.MaxInt64)
	}
	switch {
	case all:
		for i := at; i < len(values); i += width {
			switch v := values[i]; {
			case v.IsNull():
			case field == stele.Boolean:
				values[i] = stele.BoolValue(v.Int() != 0)
			case field == stele.DateTime:
				values[i] = stele.DateTimeValue(v.Text())
			}
		}
		return field
	case seen[stele.Text] && !seen[stele.Int] && !seen[stele.Float]:
		return stele.Text
	case seen[stele.Int] && !seen[stele.Float] && !seen[stele.Text]:
		return stele.Int
	case seen[stele.Float] && !seen[stele.Text] && exact:
		for i := at; i < len(values); i += width {
			if values[i].Type() == stele.Int {
				values[i] = stele.FloatValue(float64(values[i].Int()))
			}
		}
		return stele.Float
	}
	return 0
}

// isOf reports whether a value as SQL has it can be one of a field of that type.
func isOf(v stele.Value, field stele.Type) bool {
	switch field {
	case stele.Boolean:
		return v.Type() == stele.Int && (v.Int() == 0 || v.Int() == 1)
	case stele.DateTime:
		s := v.Text()
		return v.Type() == stele.Text && len(s) == 19 && s[4] == '-' && s[10] == ' ' && s[13] == ':'
	default:
		return v.Type() == field
	}
}
