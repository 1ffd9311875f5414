package datafile

import "io"

// block is some rows of a file, with cells of their own.
type block struct {
	rows  []Row
	cells []Cell
	err   error // what was met behind them
}

// eachAside has take see the rows that r has left, in their order, while r is read ahead by a goroutine of its own, a few hundred rows or a
// MiB at most, a row more. It returns when that has ended.
func eachAside(r *Reader, take func(Row)) error {
	full, empty := make(chan *block, 1), make(chan *block, 2)
	empty <- &block{}
	empty <- &block{}
	go func() {
		for b := range empty {
			b.fill(r)
			full <- b
			if b.err != nil {
				return
			}
		}
	}()
	for b := range full {
		for _, row := range b.rows {
			take(row)
		}
		if b.err == io.EOF {
			return nil
		}
		if b.err != nil {
			return b.err
		}
		empty <- b
	}
	return nil
}

// fill reads rows into the block, in place of those that are there.
func (b *block) fill(r *Reader) {
	const mostRows, mostCells, mostText = 256, 4096, 1 << 20
	clear(b.cells) // a text may be large
	b.rows, b.cells = b.rows[:0], b.cells[:0]
	for text := 0; len(b.rows) < mostRows && len(b.cells) < mostCells && text < mostText; {
		row, err := r.Next()
		if err != nil {
			b.err = err
			return
		}
		for _, c := range row.Cells {
			text += len(c.Text)
		}
		from := len(b.cells)
		b.cells = append(b.cells, row.Cells...)
		row.Cells = b.cells[from:len(b.cells):len(b.cells)]
		b.rows = append(b.rows, row)
	}
}
