package cli

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"stele/internal/datafile"
)

// TestHeldRows: rows are there as they were until they are dropped, whatever memory is used again for others.
func TestHeldRows(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var h heldRows
	want := map[int64][]datafile.Cell{}
	first, number := int64(1), int64(0)
	blocks := map[*heldCells]bool{}
	for range 20_000 {
		number += 1 + r.Int64N(3)
		cells := make([]datafile.Cell, r.IntN(12))
		if r.IntN(500) == 0 {
			cells = make([]datafile.Cell, 1500)
		}
		for i := range cells {
			cells[i] = datafile.Cell{Kind: datafile.Text, Text: fmt.Sprint(number, i)}
		}
		h.add(datafile.Row{Number: number, Cells: cells})
		blocks[h.space] = true
		want[number] = slices.Clone(cells)
		clear(cells)
		if r.IntN(20) == 0 {
			to := first + r.Int64N(min(number-first, 80)+1)
			if r.IntN(100) == 0 {
				to = number
			}
			for ; first <= to; first++ {
				delete(want, first)
			}
			h.drop(first - 1)
			for n, cells := range want {
				if got := h.cells(n); !slices.Equal(got, cells) {
					t.Fatalf("row %d has become %v", n, got)
				}
			}
			if len(h.rows) != len(want) {
				t.Fatalf("%d rows are held of %d", len(h.rows), len(want))
			}
		}
	}
	if h.cells(first-1) != nil {
		t.Error("a row that was dropped is still there")
	}
	if len(blocks) > 50 {
		t.Errorf("%d blocks were made", len(blocks))
	}
}
