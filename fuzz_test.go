package stele

import (
	"errors"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzTypeRead: no type panics; what it accepts reads back from its own text form as the same value; INT and FLOAT
// agree with strconv.
func FuzzTypeRead(f *testing.F) {
	for _, s := range []string{
		"", " ", "30", "-7", "+7", "30.0", "3e1", "1e999999999", "0e999999999", ".5", "5.", "1e-400", "-0", "TRUE", "0",
		minInt, maxInt, "2026-03-01 08:00:00", "2026-03-01T08:00:00.5+01:00", "0x1p-2", "1_0", "inf", "{\"a\": [1 , 2]}", "a\x00",
	} {
		for kind := range uint8(KindBroken + 1) {
			f.Add(kind, s)
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, s string) {
		raw := Raw{Kind(kind % uint8(KindBroken+1)), s}
		for typ := Text; typ <= Boolean; typ++ {
			v, problem, ok := typ.Read(raw)
			switch {
			case !ok && (v != (Value{}) || problem != "" && (problem[0] != ' ' || !strings.HasSuffix(problem, "."))):
				t.Errorf("%s.Read(%v) refuses with %#v, %q", typ, raw, v, problem)
			case ok && problem != "":
				t.Errorf("%s.Read(%v) is accepted with a problem, %q", typ, raw, problem)
			case ok && !v.IsNull():
				if again, _, ok := typ.Read(str(v.String())); v.Type() != typ || !ok || again != v {
					t.Errorf("%s.Read(%v) = %#v, whose text reads as %#v", typ, raw, v, again)
				}
			}
		}
		if raw.Kind == KindString || raw.Kind == KindNumber {
			checkNumber(t, raw)
		}
	})
}

// checkNumber holds what INT and FLOAT make of a text against strconv.
func checkNumber(t *testing.T, raw Raw) {
	t.Helper()
	s := raw.Text
	if raw.Kind == KindString {
		s = strings.Trim(s, " \t\r\n\v\f")
	}
	whole, _, isInt := Int.Read(raw)
	real, problem, isFloat := Float.Read(raw)
	if isInt && !isFloat || isInt && whole.IsNull() != real.IsNull() {
		t.Errorf("%q is an INT, %v, and no FLOAT: %q", s, whole, problem)
	}
	if s == "" && raw.Kind == KindString {
		return
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && (!isInt || whole.Int() != n) {
		t.Errorf("INT of %q is %v; want %d", s, whole, n)
	}
	n, err := strconv.ParseFloat(s, 64)
	switch decimal := !strings.ContainsAny(s, "xXpP_iInN"); {
	case len(s) > 5000: // beyond what strconv reads right
	case decimal && err == nil && (!isFloat || real.Float() != n):
		t.Errorf("FLOAT of %q is %v, %q; want %v", s, real, problem, n)
	case decimal && errors.Is(err, strconv.ErrRange) && (isFloat || problem != badFloat):
		t.Errorf("FLOAT of %q is %v, %q; want it out of range", s, real, problem)
	case (!decimal || errors.Is(err, strconv.ErrSyntax)) && (isFloat || problem != badPlain):
		t.Errorf("FLOAT of %q is %v, %q; want it refused", s, real, problem)
	}
	if isInt && isFloat && math.Abs(real.Float()) < 1<<53 && real.Float() != float64(whole.Int()) {
		t.Errorf("%q is %v as an INT and %v as a FLOAT", s, whole, real)
	}
}

// FuzzDateTime: what is accepted is the documented form of a moment that exists, and package time agrees on each text
// that it reads too.
func FuzzDateTime(f *testing.F) {
	for _, s := range []string{
		"2006-01-02 15:04:05", "2006/01/02T15:04Z", "2024-02-29", "2026-01-01T00:30:00+01:00", "0001-01-01T00:00:00-00:01",
		"9999-12-31T23:59:59.999Z", "2026-01-01 00:00:00+0:1", "2026-01-01 00:00:00 -0330", "0000-01-01", "2026-02-30T24:60:60",
	} {
		f.Add(s)
	}
	strict := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)
	f.Fuzz(func(t *testing.T, s string) {
		v, problem, ok := DateTime.Read(str(s))
		at, err := time.Parse(time.RFC3339Nano, s)
		if err == nil && strict.MatchString(s) {
			in := at.Year() >= 1 && at.UTC().Year() >= 1 && at.UTC().Year() <= 9999
			if ok != in || ok && v.Text() != at.UTC().Format(dateTimeForm) {
				t.Errorf("%q became %v, %q; package time has %v", s, v, problem, at.UTC())
			}
		}
		if err != nil && strict.MatchString(s) && ok {
			t.Errorf("%q became %v; package time says %v", s, v, err)
		}
		if !ok || v.IsNull() {
			return
		}
		canonical, err := time.Parse(dateTimeForm, v.Text())
		if err != nil || canonical.Format(dateTimeForm) != v.Text() || canonical.Year() < 1 {
			t.Errorf("%q became %q, which is no moment: %v", s, v.Text(), err)
		}
		if again, _, ok := DateTime.Read(str(v.Text())); !ok || again != v {
			t.Errorf("%q became %v, which became %v", s, v, again)
		}
	})
}

// FuzzParseIDs: ids are read exactly as their form says, and written as they were read.
func FuzzParseIDs(f *testing.F) {
	for _, s := range []string{"", "1", "0", "9223372036854775807", "9223372036854775808", "66f0a1b2c3d4e5f601234567", "66F0A1B2C3D4E5F601234567", "ctid", "sqlite_a"} {
		f.Add(s)
	}
	hexadecimal, decimal := regexp.MustCompile(`^[0-9a-fA-F]{24}$`), regexp.MustCompile(`^[1-9][0-9]{0,18}$`)
	legal := regexp.MustCompile(`^[a-z0-9_]{1,64}$`)
	f.Fuzz(func(t *testing.T, s string) {
		if id, ok := ParseID[TableID](s); ok != hexadecimal.MatchString(s) || ok && string(id) != strings.ToLower(s) {
			t.Errorf("ParseID(%q) = %q, %v", s, id, ok)
		}
		id, ok := ParseRecordID(s)
		if ok && (id < 1 || id.String() != s) || ok && !decimal.MatchString(s) || !ok && decimal.MatchString(s) && (len(s) < 19 || s <= maxInt) {
			t.Errorf("ParseRecordID(%q) = %d, %v", s, id, ok)
		}
		if legalName(s) != legal.MatchString(s) {
			t.Errorf("legalName(%q) = %v", s, legalName(s))
		}
		if stored := StoredName(s); legalName(s) && (len(stored) > longestStored || strings.HasPrefix(stored, "sqlite_") || reservedNames[stored]) {
			t.Errorf("StoredName(%q) = %q", s, stored)
		}
		if stored := storedTable(s); legalName(s) && (len(stored) > longestStored || strings.HasPrefix(stored, "sqlite_") || strings.HasPrefix(stored, "pg_")) {
			t.Errorf("storedTable(%q) = %q", s, stored)
		}
	})
}

// taker turns the bytes of a fuzzer into rows.
type taker struct{ data []byte }

func (k *taker) byte() byte {
	if len(k.data) == 0 {
		return 0
	}
	b := k.data[0]
	k.data = k.data[1:]
	return b
}

// text takes a length and as many bytes.
func (k *taker) text() string {
	n := min(int(k.byte()), len(k.data))
	s := string(k.data[:n])
	k.data = k.data[n:]
	return s
}

func (k *taker) raw() Raw {
	r := Raw{Kind: Kind(k.byte() % byte(KindBroken+1))}
	if r.Kind == KindString || r.Kind == KindNumber || r.Kind == KindJSON || r.Kind == KindBroken {
		r.Text = k.text()
	}
	return r
}

// cells takes up to 7 cells, most of them of the table's fields.
func (k *taker) cells(table *Table) (cells []Cell) {
	for range k.byte() % 8 {
		name, at := "", int(k.byte())%(len(table.Fields)+1)
		if at < len(table.Fields) {
			name = table.Fields[at].Name
		} else {
			name = k.text()
		}
		cells = append(cells, Cell{name, k.raw()})
	}
	return cells
}

func (k *taker) rows(table *Table) (rows []Row) {
	for len(k.data) > 0 && len(rows) < 64 {
		rows = append(rows, Row{Cells: k.cells(table)})
	}
	return rows
}

// fuzzTable has each type, and each of them unique or required somewhere.
func fuzzTable(t testing.TB) *Table {
	t.Helper()
	return newTable(t, "a TEXT unique", "b INT unique", "c FLOAT required", "d DATETIME", "e BOOLEAN", "f TEXT required unique")
}

func addRows(f *testing.F) {
	f.Helper()
	f.Add([]byte{})
	f.Add([]byte("\x04\x00\x01\x02ab\x01\x02\x0217\x02\x02\x032.5\x05\x01\x01x"))
	f.Add([]byte("\x03\x00\x01\x03a,\"\x01\x03\x02\x05\x07[1 , 2]\x02\x00\x01\x0130\x00\x01\x0130"))
	f.Add([]byte("\x02\x06\x03xyz\x01\x01q\x03\x01\x132026-03-01 08:00:00\x01\x04\x04"))
}

// FuzzCSVSize holds the size of an import to the encoder written from wire.md 6.
func FuzzCSVSize(f *testing.F) {
	addRows(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		table := fuzzTable(t)
		checkSize(t, table, (&taker{data}).rows(table))
	})
}

// FuzzAccept: whatever the rows, those kept are exactly the ones that a plain reading of the rules keeps, with its values.
func FuzzAccept(f *testing.F) {
	addRows(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		table := fuzzTable(t)
		rows := (&taker{data}).rows(table)
		b := accept(t, table, rows...)
		want, kept := [][]Value{}, []int(nil)
		for i, r := range rows {
			if values, ok := plainly(table, r, want); ok {
				want, kept = append(want, values), append(kept, i+1)
			}
		}
		if !slices.Equal(b.Rows, kept) || len(b.Task.Rejections) != len(rows)-len(kept) {
			t.Fatalf("kept %v; want %v: %v", b.Rows, kept, b.Task.Rejections)
		}
		for i, rec := range b.Records {
			if !slices.Equal(rec.Values, want[i]) {
				t.Errorf("row %d became %v; want %v", b.Rows[i], rec.Values, want[i])
			}
		}
		last := 0
		for _, r := range b.Task.Rejections {
			if r.Row <= last || slices.Contains(b.Rows, r.Row) || r.Reason == "" || len(r.Reason) > 20*2500 {
				t.Errorf("rejection %+v after row %d", r, last)
			}
			last = r.Row
		}
	})
}

// plainly accepts one row beside those kept before it, in the most obvious way.
func plainly(table *Table, r Row, kept [][]Value) ([]Value, bool) {
	last := map[string]Raw{}
	for _, c := range r.Cells {
		last[c.Name] = c.Raw
	}
	for name, raw := range last {
		if table.FieldIndex(name) < 0 && raw != (Raw{}) && raw != str("") {
			return nil, false
		}
	}
	var values []Value
	for i, f := range table.Fields {
		v, _, ok := f.Type.Read(last[f.Name])
		empty := v == Value{} || v == TextValue("")
		if !ok || empty && (f.Required || f.Unique) || f.Unique && utf8.RuneCountInString(v.Text()) > 256 {
			return nil, false
		}
		if f.Unique && slices.ContainsFunc(kept, func(k []Value) bool { return k[i] == v }) {
			return nil, false
		}
		values = append(values, v)
	}
	return values, true
}

// FuzzSelector: an address that is accepted reaches one record at most, and a record that a change would make keeps the
// table's rules; a refusal says why.
func FuzzSelector(f *testing.F) {
	addRows(f)
	f.Add([]byte("\x01\x015\x02\x00\x01\x01x\x01\x01\x017"))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, k := fuzzTable(t), &taker{data}
		rc := RawChange{Address: RawAddress{RecordID: k.raw(), Filter: k.cells(table)}, Fields: k.cells(table)}
		s, reason := table.selector(rc.Address)
		if (reason == "") == (s.ID == 0 && len(s.Pairs) == 0) || s.ID < 0 || s.ID != 0 && s.Pairs != nil {
			t.Errorf("%+v selects %+v, %q", rc.Address, s, reason)
		}
		unique, seen := s.ID != 0, map[int]bool{}
		for _, p := range s.Pairs {
			if p.Value.IsEmpty() || p.Value.Type() != table.Fields[p.Field].Type || seen[p.Field] {
				t.Errorf("%+v selects by %+v", rc.Address, p)
			}
			unique, seen[p.Field] = unique || table.Fields[p.Field].Unique, true
		}
		if reason == "" && !unique {
			t.Errorf("%+v selects %+v: more than one record may be meant", rc.Address, s)
		}
		c, reason := table.acceptChange(rc, true)
		if reason != "" {
			if !strings.HasSuffix(reason, ".") {
				t.Errorf("%+v fails with %q", rc, reason)
			}
			return
		}
		checkNew(t, table, c)
	})
}

// checkNew holds the record that a change would make against the rules of its table.
func checkNew(t *testing.T, table *Table, c Change) {
	t.Helper()
	for _, p := range c.Set {
		f := table.Fields[p.Field]
		if p.Value.IsEmpty() && (f.Required || f.Unique) || !p.Value.IsNull() && p.Value.Type() != f.Type {
			t.Errorf("the change sets %s to %#v", f.Name, p.Value)
		}
		if c.NewProblem == "" && c.NewValues[p.Field] != p.Value {
			t.Errorf("the record's %s is %v, not the %v that was given", f.Name, c.NewValues[p.Field], p.Value)
		}
	}
	for i, v := range c.NewValues {
		if f := table.Fields[i]; c.NewProblem == "" && v.IsEmpty() && (f.Required || f.Unique) {
			t.Errorf("a record would be made with no %s", f.Name)
		}
	}
}

// FuzzTokens takes any text apart: nothing panics, and with blanks between them the same tokens come again.
func FuzzTokens(f *testing.F) {
	for _, sql := range []string{"SELECT a.\"b\" FROM t WHERE x >= '2026' AND y IN ('a', $1)", "'", "[", "/*", "--", "a IN (", "'a' = ", "$1.e-", "x BETWEEN 'a' AND"} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		tokens := tokensOf(sql)
		comparisons(tokens, []Raw{{Kind: KindString, Text: "a"}})
		var b strings.Builder
		for _, k := range tokens {
			switch {
			case k.quoted:
				b.WriteString(`"` + strings.ReplaceAll(k.text, `"`, `""`) + `" `)
			case k.kind == tokenString:
				b.WriteString("'" + strings.ReplaceAll(k.text, "'", "''") + "' ")
			default:
				b.WriteString(k.text + " ")
			}
		}
		if again := tokensOf(b.String()); !slices.EqualFunc(again, tokens, func(a, b token) bool { return a.kind == b.kind && a.quoted == b.quoted && a.text == b.text }) {
			t.Errorf("%q: %v, and again %v", sql, tokens, again)
		}
	})
}
