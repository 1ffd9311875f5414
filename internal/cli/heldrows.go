package cli

import (
	"cmp"
	"slices"

	"stele/internal/datafile"
)

// heldRows are rows of a file in its order, kept as they stand there until it is known what became of them.
type heldRows struct {
	rows  []heldRow
	space *heldCells   // the rows that are added take their cells from it
	spare []*heldCells // for others: memory that was used is cheaper than new memory
}

type heldRow struct {
	number int64
	cells  []datafile.Cell
	of     *heldCells
}

// heldCells are the cells of some rows, one behind the other.
type heldCells struct {
	cells []datafile.Cell
	rows  int // that are kept
}

// add keeps a row, which must come behind those that were added before.
func (h *heldRows) add(row datafile.Row) {
	n := len(row.Cells)
	if h.space == nil || n > cap(h.space.cells)-len(h.space.cells) {
		h.renew(n)
	}
	s := h.space
	from := len(s.cells)
	s.cells = append(s.cells, row.Cells...)
	s.rows++
	h.rows = append(h.rows, heldRow{row.Number, s.cells[from : from+n : from+n], s})
}

// renew makes space for n cells and more.
func (h *heldRows) renew(n int) {
	const most = 1024
	if last := len(h.spare) - 1; last >= 0 && n <= most {
		h.space = h.spare[last]
		h.spare = h.spare[:last]
		return
	}
	h.space = &heldCells{cells: make([]datafile.Cell, 0, max(n, most))}
}

// cells returns those of a row that is kept.
func (h *heldRows) cells(number int64) []datafile.Cell {
	if i, ok := h.find(number); ok {
		return h.rows[i].cells
	}
	return nil
}

// drop lets go of all rows up to that number.
func (h *heldRows) drop(number int64) {
	n, ok := h.find(number)
	if ok {
		n++
	}
	for _, r := range h.rows[:n] {
		if r.of.rows--; r.of.rows == 0 && r.of != h.space {
			clear(r.of.cells) // of their texts
			r.of.cells = r.of.cells[:0]
			h.spare = append(h.spare, r.of)
		}
	}
	h.rows = slices.Delete(h.rows, 0, n)
}

func (h *heldRows) find(number int64) (int, bool) {
	return slices.BinarySearchFunc(h.rows, number, func(r heldRow, n int64) int { return cmp.Compare(r.number, n) })
}
