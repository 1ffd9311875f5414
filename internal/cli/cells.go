package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/term"
)

// columns is how wide what is written to w may be: what COLUMNS says, as of ps, or its terminal; 0 if it is no terminal.
func (p *Process) columns(w io.Writer) int {
	if n, err := strconv.Atoi(lookup(p.Environ, "COLUMNS")); err == nil && n > 0 {
		return n
	}
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil {
			return n
		}
	}
	return 0
}

// onTerminal reports whether somebody reads what is written to w as it comes.
func onTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width is how much room a line takes: what is read as one character counts once, two cells where Chinese, Japanese and Korean and emoji
// take two.
func width(s string) int {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return uniseg.StringWidth(s) + marks(s)
		}
	}
	return len(s)
}

// marks counts the voicing marks of half width: uniseg takes them for a part of the character before, a terminal gives each a cell.
func marks(s string) int { return strings.Count(s, "\uff9e") + strings.Count(s, "\uff9f") }

// cut cuts a line where it is wider than most cells, never within a character.
func cut(s string, most int) string {
	if width(s) <= most {
		return s
	}
	at, taken, state := 0, 0, -1
	for rest := s; rest != ""; {
		var c string
		var w int
		c, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if w += marks(c); taken+w >= most {
			break
		}
		taken += w
		at += len(c)
	}
	return s[:at] + "…"
}

// oneLine puts a text on one line, with single blanks and as visible has it, cut where it is wider than most cells.
func oneLine(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(bounded(s, most), func(r rune) bool { return unicode.Is(unicode.White_Space, r) }), " ")
	return cut(visible(s), most)
}

// bounded is as much of a text as so many cells may show, so that a long one takes no long time.
func bounded(s string, most int) string {
	if end := 64 * most; len(s) > end {
		for end > 0 && !utf8.RuneStart(s[end]) {
			end--
		}
		return s[:end] + "…"
	}
	return s
}

// visible has what a terminal would take for a command, or for another direction of writing, be seen instead, as \x1b or \n.
func visible(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if !strings.ContainsFunc(s, commanding) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !commanding(r):
			b.WriteRune(r)
		case r == '\n' || r == '\r' || r == '\t' || r > 0xff:
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		default:
			fmt.Fprintf(&b, `\x%02x`, r)
		}
	}
	return b.String()
}

// commanding reports whether a character is none to be seen. Those that join emoji, and those that say which flag one is, are a part of them.
func commanding(r rune) bool {
	joins := r == '\u200c' || r == '\u200d' || r >= 0xe0020 && r <= 0xe007f
	return !joins && unicode.In(r, unicode.C, unicode.Zl, unicode.Zp)
}

// valueText is a text in a table of values. It is in quotes where it could be taken for no value, or for another text.
func valueText(s string, most int) string {
	if s == "" || s == "NULL" || strings.TrimSpace(s) != s {
		return cut(`"`+visible(bounded(s, most))+`"`, most)
	}
	return cut(visible(bounded(s, most)), most)
}

// plainOutput is standard output for a file of text: as it is, but on a terminal nothing in it commands the terminal.
func (p *Process) plainOutput() io.Writer {
	if onTerminal(p.Stdout) {
		return &tamed{w: p.Stdout}
	}
	return p.Stdout
}

// tamed writes text with its control characters seen. A character of two bytes may come in two parts.
type tamed struct {
	w    io.Writer
	half bool // 0xc2 came, which begins the control characters from 0x80
}

func (t *tamed) Write(b []byte) (int, error) {
	out := make([]byte, 0, len(b))
	for _, c := range b {
		second := t.half
		t.half = false
		switch {
		case second && c >= 0x80 && c < 0xa0, !second && (c < ' ' && c != '\n' && c != '\t' || c == 0x7f):
			out = fmt.Appendf(out, `\x%02x`, c)
		case second:
			out = append(out, 0xc2, c)
		case c == 0xc2:
			t.half = true
		default:
			out = append(out, c)
		}
	}
	if _, err := t.w.Write(out); err != nil {
		return 0, err
	}
	return len(b), nil
}
