package cli

import (
	"io"
	"strings"
)

// Kinds of columns of a grid, one letter for each.
const (
	kindWhole  = 'w' // is never cut: names and ids, which are copied
	kindNumber = 'n' // stands to the right, and is never cut: a part of a number is another one
	kindText   = 't' // is cut where there is no room
)

const (
	between  = 2 // cells between two columns
	leastCut = 8 // a text is not cut to fewer cells
)

// grid puts lines of cells, the first one of which is the heading, into columns of those kinds. No line is wider than so many cells, unless they
// are 0: texts are cut, and then columns left out from the right. It returns how many columns those were, and whether a text was cut.
func grid(columns int, kinds string, lines [][]string) (out string, left int, short bool) {
	natural := make([]int, len(kinds))
	for _, l := range lines {
		for i, cell := range l {
			natural[i] = max(natural[i], width(cell))
		}
	}
	widths := fit(columns, kinds, natural)
	left = len(kinds) - len(widths)
	var b strings.Builder
	for _, l := range lines {
		line := ""
		for i, w := range widths {
			cell := cut(l[i], w)
			short = short || len(cell) != len(l[i])
			pad := strings.Repeat(" ", max(0, w-width(cell)))
			if kinds[i] == kindNumber {
				cell, pad = pad, cell
			}
			line += cell + pad + strings.Repeat(" ", between)
		}
		if left > 0 {
			line += "…"
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String(), left, short
}

// print prints lines of cells as a table, as wide as standard output.
func (p *Process) print(kinds string, lines [][]string) error {
	_, err := io.WriteString(p.Stdout, table(p.columns(p.Stdout), kinds, lines))
	return err
}

// table is a grid, or where that would leave out columns, for want of room, the same with every cell on a line of its own. There the terminal
// breaks a line that is too long.
func table(columns int, kinds string, lines [][]string) string {
	out, left, _ := grid(columns, kinds, lines)
	if left == 0 {
		return out
	}
	names, widest := lines[0], 0
	for _, n := range names[1:] {
		widest = max(widest, width(n))
	}
	var b strings.Builder
	for _, l := range lines[1:] {
		b.WriteString(l[0] + "\n")
		for i, cell := range l[1:] {
			if name := names[i+1]; cell != "" {
				b.WriteString(strings.Repeat(" ", between) + name + strings.Repeat(" ", widest-width(name)+between) + cell + "\n")
			}
		}
	}
	return b.String()
}

// fit returns the widths of as many columns as there is room for.
func fit(columns int, kinds string, natural []int) []int {
	if columns <= 0 {
		return natural
	}
	for n := len(natural); n > 1; n-- {
		room := columns - between*(n-1)
		if n < len(natural) {
			room -= between + 1 // the mark behind the last one
		}
		if widths := share(room, kinds, natural[:n]); widths != nil {
			return widths
		}
	}
	if len(natural) == 0 {
		return nil
	}
	room := columns
	if len(natural) > 1 {
		room -= between + 1
	}
	return []int{max(2, min(natural[0], room))}
}

// share gives each column its width, and cuts the widest texts to one width where there is too little room; nil if that is not enough.
func share(room int, kinds string, natural []int) []int {
	widest := 0
	for _, n := range natural {
		widest = max(widest, n)
	}
	for most := widest; most >= min(widest, leastCut); most-- {
		widths, taken := make([]int, len(natural)), 0
		for i, n := range natural {
			if widths[i] = n; kinds[i] == kindText {
				widths[i] = min(n, most)
			}
			taken += widths[i]
		}
		if taken <= room {
			return widths
		}
	}
	return nil
}
