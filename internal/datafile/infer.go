package datafile

import (
	"fmt"
	"hash/maphash"
	"strings"
	"unicode/utf8"
)

// longestUnique is how many characters a unique text may have.
const longestUnique = 256

// A Plan says what table a file makes, and how its rows are sent there. Its columns may be changed before rows are.
type Plan struct {
	Columns []PlanColumn
	Rows    int64
	Notes   []string
}

// A PlanColumn is a column of a file as a field of a table.
type PlanColumn struct {
	Source       string // its name in the file
	Name         string // a legal one
	Type         Type
	Reason       string // why it is TEXT although its values look like something else
	Required     bool   // no row is without a value
	Unique       bool   // required, and all values differ
	Rows, Empty  int64  // rows of the file, and those of them without a value
	Blank        int64  // of Empty those with an empty text, which is a value where the type is TEXT
	Longest      int    // characters of the longest value
	Samples      []string
	DecimalComma bool
	DateOrder    DateOrder
	Rounded      string // where there is a number with more digits than a FLOAT keeps, and which
	Cut          string // where there is a time with a fraction of a second, and which
	Ambiguous    string // a value such as 03/04/2026, where nothing tells the order of day and month

	comma, ordered string // the first value with a decimal comma, and that like Ambiguous; "" if there is none
	shifted, local place
}

// Infer reads all rows that r has left and plans a table for them. Rewind brings them back.
func Infer(r *Reader) (*Plan, error) {
	in := &inference{opts: r.opts, typed: r.opts.Format != CSV && r.opts.Format != TSV, bare: r.bareHeader, seed: maphash.MakeSeed()}
	err := eachAside(r, in.observe)
	if err != nil {
		return nil, err
	}
	return in.plan(r.Columns()), nil
}

// inference is what is known of all columns.
type inference struct {
	opts  Options
	typed bool // the format tells texts from numbers
	seed  maphash.Seed
	rows  int64
	bare  bool // a CSV cell with a value, or a name, stood without quotes
	cols  []*facts
	slots int // of all columns' hashes
}

// place is a value and its row.
type place struct {
	row  int64
	text string
}

// facts are what is known of a column.
type facts struct {
	count     [classes]int64
	blank     int64 // empty texts
	first     [classes]place
	quoted    place // the first number or truth value in quotes that it does not need
	notDay    bool  // a date is none with the day first
	notMonth  bool
	shifted   place // the first time with an offset, and so one that UTC has at another hour
	local     place // the first time that names no offset
	longest   int
	samples   []string
	hashes    hashes
	same      bool   // two values are equal
	abandoned bool   // there are too many to tell
	last      []byte // the latest value, as long as each was beyond the one before: such values differ without being remembered
	unordered bool
}

func (in *inference) observe(row Row) {
	in.rows++
	for len(in.cols) < len(row.Cells) {
		in.cols = append(in.cols, &facts{})
	}
	for i, c := range row.Cells {
		in.value(in.cols[i], i, row.Number, c)
	}
}

// value takes one cell into account.
func (in *inference) value(f *facts, i int, row int64, c Cell) {
	class := classify(c)
	if class == classNone {
		if c.Kind == Text {
			f.blank++
		}
		return
	}
	text := c.Text
	switch c.Kind {
	case True:
		text = "true"
	case False:
		text = "false"
	}
	looksTyped := class >= classInt && class <= classBool
	switch {
	case looksTyped && in.typed && c.Kind == Text:
		class = classText
	case looksTyped && c.Quoted && f.quoted.row == 0:
		f.quoted = place{row, clip(text)}
	}
	in.bare = in.bare || c.Kind == Text && !c.Quoted
	if class == classOrdered {
		s := strings.TrimSpace(text)
		_, day := readOrdered(s, DayFirst)
		_, month := readOrdered(s, MonthFirst)
		f.notDay, f.notMonth = f.notDay || !day, f.notMonth || !month
	}
	if class >= classISO && class <= classMonth {
		f.zone(row, text)
	}
	if f.count[class]++; f.count[class] == 1 {
		f.first[class] = place{row, clip(text)}
	}
	if len(text) > f.longest { // bytes are no fewer than characters
		f.longest = max(f.longest, utf8.RuneCountInString(text))
	}
	if len(f.samples) < 3 {
		if s := clip(text); !contains(f.samples, s) {
			f.samples = append(f.samples, s)
		}
	}
	in.hash(f, i, class, text)
}

// zone looks at the offset from UTC behind a time.
func (f *facts) zone(row int64, text string) {
	text = strings.TrimSpace(text)
	clock := strings.IndexByte(text, ':')
	if clock < 0 {
		return
	}
	at := strings.LastIndexAny(text, "+-")
	switch {
	case at > clock:
		if f.shifted.row == 0 && strings.ContainsAny(text[at:], "123456789") {
			f.shifted = place{row, clip(text)}
		}
	case f.local.row == 0 && !strings.HasSuffix(strings.ToUpper(text), "Z"):
		f.local = place{row, clip(text)}
	}
}

// hash looks whether a value of the column was there before.
func (in *inference) hash(f *facts, i int, class class, text string) {
	if f.same || f.abandoned && f.unordered || f.longest > longestUnique { // unique is more than it can be already
		return
	}
	switch class {
	case classISO, classMonth: // two spellings of one time are equal
		if t, err := dateTime(text, ""); err == nil {
			text = t
		}
	case classText, classOther, classJSON:
	default:
		text = strings.TrimSpace(text)
	}
	if !f.unordered {
		f.unordered = !beyond(text, f.last)
		f.last = append(f.last[:0], text...)
	}
	if f.abandoned || f.hashes.full() && !in.makeRoom(i) {
		return
	}
	if !f.hashes.add(maphash.String(in.seed, text)) {
		f.same = true
		in.slots -= len(f.hashes.slots)
		f.hashes = hashes{}
	}
}

// beyond is an order of texts in which ascending numbers ascend: the longer one comes later.
func beyond(s string, t []byte) bool { return len(s) > len(t) || len(s) == len(t) && s > string(t) }

// makeRoom lets column i have twice the hashes. If all columns together would take too much, those furthest to the right are given up: what
// tells rows apart mostly stands to the left.
func (in *inference) makeRoom(i int) bool {
	const most = 3 << 19 // slots of eight bytes
	f := in.cols[i]
	more := f.hashes.growth()
	for j := len(in.cols) - 1; in.slots+more > most && j >= 0; j-- {
		if g := in.cols[j]; len(g.hashes.slots) > 0 {
			in.slots -= len(g.hashes.slots)
			g.hashes, g.abandoned = hashes{}, true
		}
	}
	if f.abandoned {
		return false
	}
	in.slots += more
	f.hashes.grow()
	return true
}

// plan draws the conclusions.
func (in *inference) plan(columns []Column) *Plan {
	p := &Plan{Rows: in.rows}
	names := legalNames(columns)
	for i, c := range columns {
		f := &facts{}
		if i < len(in.cols) {
			f = in.cols[i]
		}
		pc := PlanColumn{Source: c.Name, Name: names[i], Rows: in.rows, Empty: in.rows - f.values(), Blank: f.blank, Longest: f.longest, Samples: f.samples}
		in.judge(f, c.Declared, &pc)
		pc.Required = pc.Empty == 0 && in.rows > 0
		keyType := pc.Type == TypeText || pc.Type == TypeInt || pc.Type == TypeDateTime && f.count[classOrdered] == 0
		pc.Unique = pc.Required && in.rows > 1 && keyType && !f.same && !(f.abandoned && f.unordered) && f.longest <= longestUnique
		if f.abandoned && f.unordered && !f.same && pc.Required && keyType && f.longest <= longestUnique {
			p.note(pc, "has too many values to tell whether they all differ")
		}
		if f.count[classOrdered] > 0 && in.opts.DateOrder == "" && !f.notDay && !f.notMonth {
			pc.Ambiguous = f.first[classOrdered].text
		}
		pc.Rounded, pc.Cut = f.where(classPrecise, classHuge, classLong), f.where(classFraction)
		pc.comma, pc.ordered = f.first[classComma].text, f.first[classOrdered].text
		if pc.comma == "" {
			pc.comma = f.first[classEither].text
		}
		pc.shifted, pc.local = f.shifted, f.local
		p.Notes = append(p.Notes, pc.Changes()...)
		if pc.Reason != "" {
			p.note(pc, "is TEXT: %s", pc.Reason)
		}
		p.Columns = append(p.Columns, pc)
	}
	return p
}

func (p *Plan) note(c PlanColumn, format string, args ...any) {
	p.Notes = append(p.Notes, c.Name+" "+fmt.Sprintf(format, args...))
}

func orderWords(o DateOrder) string {
	if o == DayFirst {
		return "day, month, year"
	}
	return "month, day, year"
}

// values is how many cells had a value.
func (f *facts) values() int64 {
	n := int64(0)
	for _, k := range f.count {
		n += k
	}
	return n
}

// fits reports whether all values are of these classes.
func (f *facts) fits(of ...class) bool {
	n := f.values()
	for _, k := range of {
		n -= f.count[k]
	}
	return n == 0
}

// example is the first value of these classes.
func (f *facts) example(of ...class) string {
	for _, k := range of {
		if f.count[k] > 0 {
			return shown(f.first[k].text)
		}
	}
	return "none"
}

// where says where the first value of these classes is, "" if there is none.
func (f *facts) where(of ...class) string {
	for _, k := range of {
		if f.count[k] > 0 {
			return fmt.Sprintf("row %d has %s", f.first[k].row, shown(f.first[k].text))
		}
	}
	return ""
}

func clip(s string) string {
	const room = 60
	if len(s) <= room {
		return strings.Clone(s)
	}
	n := room
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

func contains(list []string, s string) bool {
	for _, t := range list {
		if s == t {
			return true
		}
	}
	return false
}

// hashes is a set of hashes in one array: half the memory of a map.
type hashes struct {
	slots []uint64 // 0 for none
	n     int
}

func (h *hashes) full() bool { return h.n >= len(h.slots)/4*3 }

func (h *hashes) growth() int { return max(64, len(h.slots)) }

func (h *hashes) grow() {
	old := h.slots
	h.slots, h.n = make([]uint64, len(old)+h.growth()), 0
	for _, v := range old {
		if v != 0 {
			h.add(v)
		}
	}
}

// add puts v in and reports whether it is new. There must be room.
func (h *hashes) add(v uint64) bool {
	if v == 0 {
		v = 1
	}
	mask := uint64(len(h.slots) - 1)
	for i := v & mask; ; i = (i + 1) & mask {
		switch h.slots[i] {
		case v:
			return false
		case 0:
			h.slots[i] = v
			h.n++
			return true
		}
	}
}
