package stele

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// AlterOp is the name of one change of a table's definition, on the wire too.
type AlterOp string

// The changes of a definition.
const (
	AddField         AlterOp = "add_field"      // Draft, and Default for the records that are there
	RenameField      AlterOp = "rename_field"   // Field, To
	DescribeField    AlterOp = "describe_field" // Field, Draft.Description
	ChangeType       AlterOp = "change_type"    // Field, Draft.Type
	SetRequired      AlterOp = "set_required"   // Field
	DropRequired     AlterOp = "drop_required"  // Field
	SetUnique        AlterOp = "set_unique"     // Field
	DropUnique       AlterOp = "drop_unique"    // Field
	DropField        AlterOp = "drop_field"     // Field
	RenameTable      AlterOp = "rename_table"   // To
	DescribeTable    AlterOp = "describe_table" // Draft.Description
	SetKeywordIndex  AlterOp = "set_keyword_index"
	DropKeywordIndex AlterOp = "drop_keyword_index"
)

// AlterOps are all changes of a definition.
var AlterOps = []AlterOp{
	AddField, RenameField, DescribeField, ChangeType, SetRequired, DropRequired, SetUnique, DropUnique, DropField,
	RenameTable, DescribeTable, SetKeywordIndex, DropKeywordIndex,
}

// RawAlter is one change of a definition as a request describes it, unchecked.
type RawAlter struct {
	Op      AlterOp
	Field   string     // the field that it is about
	To      string     // its new name, or the table's
	Draft   DraftField // the new field, or the part of it that changes
	Default Raw        // of a new field; null where none was given
}

// Alteration is what a list of changes comes to: the definition before and after, and where the fields of the one are in the
// other. What it asks of the records is in Converts, MustHave and MustDiffer; a store holds every record against these and, if
// one of them is violated, changes nothing.
type Alteration struct {
	Before, After *Table
	Fields        []AlteredField // for each field of After, in its order
}

// AlteredField says where a field of the new definition comes from.
type AlteredField struct {
	From   int   // its place in Before; -1: it is new
	Fill   Value // what a new field holds in the records that are there, of its type or none
	Change int   // the place in the request of the last change that touched it; -1: none did
}

// Converts reports whether field i of After was of another type.
func (a *Alteration) Converts(i int) bool {
	from := a.Fields[i].From
	return from >= 0 && a.Before.Fields[from].Type != a.After.Fields[i].Type
}

// MustHave reports whether field i of After needs a value in every record and some record may have none: it is required or unique now,
// and before it was neither, or is new, or its values are read as another type.
func (a *Alteration) MustHave(i int) bool {
	f, from := &a.After.Fields[i], a.Fields[i].From
	if !f.Required && !f.Unique {
		return false
	}
	return from < 0 && a.Fields[i].Fill.IsEmpty() || a.Converts(i) || from >= 0 && !a.Before.Fields[from].Required && !a.Before.Fields[from].Unique
}

// MustDiffer reports whether the values of field i of After must differ and may be equal: it is unique now, and before it was not, or is new,
// or its values are read as another type. Then a TEXT must be short enough for it too.
func (a *Alteration) MustDiffer(i int) bool {
	from := a.Fields[i].From
	return a.After.Fields[i].Unique && (from < 0 || !a.Before.Fields[from].Unique || a.Converts(i))
}

// Drops lists the places in Before of the fields that are gone, ascending.
func (a *Alteration) Drops() (gone []int) {
	for i := range a.Before.Fields {
		if !slices.ContainsFunc(a.Fields, func(f AlteredField) bool { return f.From == i }) {
			gone = append(gone, i)
		}
	}
	return gone
}

// Altered is what became of an Alteration. With violations nothing was changed.
type Altered struct {
	*Alteration
	Records    int64       // that the table has
	Violations []Violation // the first, in order of records and within a record of fields; at most MostViolations
	Count      int64       // of all violations
}

// Refused reports whether nothing was changed because records do not fit.
func (a *Altered) Refused() bool { return a.Count > 0 }

// MostViolations is how many violations are told.
const MostViolations = 100

// Violation is a record that does not fit a new definition: the first reason that holds, of a value that cannot be converted, of one that
// a required or unique field may not have, and of one that an earlier record has, in the order of ids.
type Violation struct {
	Change int // the place in the request of the change that it violates
	ID     RecordID
	Field  string // the field's new name
	Value  Value  // as it is in the table, before any conversion
	Reason string
}

// Shown is the value as it is told: text is cut, as a receipt cuts it.
func (v *Violation) Shown() Value {
	shown := v.Value
	shown.text = cut(shown.text, maxShownValue)
	return shown
}

// UnfitError is the refusal of an Alteration that records do not fit: a *Error, and which records they are.
type UnfitError struct {
	Altered
	words *Error
}

func (e *UnfitError) Error() string { return e.words.Error() }

// Unwrap is the refusal in words.
func (e *UnfitError) Unwrap() error { return e.words }

// Refusal is nil, or a *UnfitError where records do not fit.
func (a *Altered) Refusal() error {
	if !a.Refused() {
		return nil
	}
	first := &a.Violations[0]
	at := fmt.Sprintf("changes[%d]", first.Change)
	var what string
	switch {
	case a.Count == 1:
		what = fmt.Sprintf("%s: record %s does not fit", at, first.ID)
	case a.oneField():
		what = fmt.Sprintf("%s: %d records do not fit; the first is record %s", at, a.Count, first.ID)
	default:
		what = fmt.Sprintf("%d values do not fit; the first is of record %s, by %s", a.Count, first.ID, at)
	}
	hint := ""
	if i := a.After.FieldIndex(first.Field); i >= 0 && a.Fields[i].From < 0 && a.Fields[i].Fill.IsNull() && !a.After.Fields[i].Unique {
		hint = " Give the new field a default for the records that are there."
	}
	return &UnfitError{*a, Errorf(CodeParameter, "%s: %s Nothing was changed.%s", what, first.Reason, hint)}
}

// oneField reports whether all violations are of one field, so that they are as many as the records that do not fit.
func (a *Altered) oneField() bool {
	asked := 0
	for i := range a.Fields {
		if a.Converts(i) || a.MustHave(i) || a.MustDiffer(i) {
			asked++
		}
	}
	return asked == 1 || a.Count == int64(len(a.Violations)) &&
		!slices.ContainsFunc(a.Violations, func(v Violation) bool { return v.Field != a.Violations[0].Field })
}

// Convert reads a value of another type as the field's, as an import would, but never so that something is lost: digits, or
// zeros that lead. If it does not fit, reason says why; it does not look at required and unique.
func (f *Field) Convert(v Value) (_ Value, reason string) {
	r := Raw{Kind: KindString, Text: v.String()}
	switch v.Type() {
	case 0:
		return v, ""
	case f.Type:
		return v, ""
	case Int, Float:
		r.Kind = KindNumber
	case Boolean:
		if r.Kind = KindFalse; v.Bool() {
			r.Kind = KindTrue
		}
		if f.Type == Int || f.Type == Float {
			r = Raw{Kind: KindNumber, Text: strconv.Itoa(int(v.num))}
		}
	}
	to, problem := f.Type.read(r)
	if problem != fits {
		return Value{}, f.invalid(problem)
	}
	text := trimBlanks(r.Text)
	switch {
	case to.IsNull():
		return to, ""
	case f.Type == DateTime:
		_, fraction, _ := strings.Cut(text, ".")
		if r.Kind == KindNumber {
			fraction = text[max(0, len(text)-3):]
		}
		if strings.Trim(fraction, "0") != "" && strings.IndexByte("123456789", strings.TrimLeft(fraction, "0")[0]) >= 0 {
			return Value{}, f.invalid(" Its fraction of a second would be lost.")
		}
		return to, ""
	case f.Type != Int && f.Type != Float:
		return to, ""
	}
	if _, digits := cutSign(text); len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		return Value{}, f.invalid(" Its leading zeros would be lost.")
	}
	sent, _ := splitNumber(text)
	got, _ := splitNumber(to.String())
	if sent.digits != "" && sent != got {
		return Value{}, f.invalid(" It would be rounded.")
	}
	return to, ""
}

// Violates is the reason for which a value, of the field's type, does not do where the field is required or unique; "" if it does. Whether
// another record has it is not looked at.
func (f *Field) Violates(v Value) string {
	var found findings
	f.check(v, Raw{}, &found)
	return found.String()
}

// ViolatesUnique is the reason for which a record's value of a unique field does not do, whose first holder is another record.
func (f *Field) ViolatesUnique(v Value, first RecordID) string {
	return "`" + f.Name + "` must be unique, but the value '" + Shorten(v.String()) + "' is duplicated (first at record `" + first.String() + "`)."
}

// Alter checks a list of changes, which are made one after the other, and says what they come to. A field's type can be changed once
// in a list, and a field that is new in it not at all.
func (t *Table) Alter(list []RawAlter, l Limits) (*Alteration, error) {
	after := *t
	after.Fields = slices.Clone(t.Fields)
	a := &Alteration{Before: t, After: &after, Fields: make([]AlteredField, len(t.Fields))}
	for i := range a.Fields {
		a.Fields[i] = AlteredField{From: i, Change: -1}
	}
	for i, raw := range list {
		p := alterer{a, &after, l, i}
		if err := p.apply(raw); err != nil {
			return nil, err
		}
		after.Index()
	}
	if len(after.Fields) == 0 {
		return nil, Errorf(CodeNoFields, "a table has one field at least; drop the table instead")
	}
	return a, nil
}

// alterer makes one change of a list.
type alterer struct {
	*Alteration
	t     *Table // After
	limit Limits
	place int // of the change in the list
}

func (p alterer) errorf(c Code, format string, args ...any) error {
	e := Errorf(c, format, args...)
	e.Detail = "changes[" + strconv.Itoa(p.place) + "]: " + e.Detail
	return e
}

func (p alterer) apply(raw RawAlter) error {
	switch raw.Op {
	case RenameTable:
		return p.renameTable(raw.To)
	case DescribeTable:
		if err := checkTableDescription(raw.Draft.Description); err != nil {
			return p.errorf(err.Code, "%s", err.Detail)
		}
		p.t.Description = strings.Clone(raw.Draft.Description)
		return nil
	case SetKeywordIndex, DropKeywordIndex:
		p.t.KeywordIndex = raw.Op == SetKeywordIndex
		return nil
	case AddField:
		return p.addField(raw)
	}
	i := p.t.FieldIndex(raw.Field)
	if !slices.Contains(AlterOps, raw.Op) {
		return p.errorf(CodeParameter, "op must be one of %s; got %s", joinOps(), quoteShort(string(raw.Op)))
	}
	if i < 0 {
		return p.errorf(CodeParameter, "%s", p.t.noField(raw.Field))
	}
	f := &p.t.Fields[i]
	p.Fields[i].Change = p.place
	switch raw.Op {
	case RenameField:
		return p.renameField(i, raw.To)
	case DescribeField:
		if !legalFieldDescription(raw.Draft.Description) {
			return p.errorf(CodeFieldDescription, "description must have at most %d characters, none of them NUL", maxFieldDescription)
		}
		f.Description = strings.Clone(raw.Draft.Description)
	case ChangeType:
		return p.changeType(i, raw.Draft.Type)
	case SetRequired, DropRequired:
		f.Required = raw.Op == SetRequired
	case SetUnique, DropUnique:
		f.Unique = raw.Op == SetUnique
	case DropField:
		p.t.Fields = slices.Delete(p.t.Fields, i, i+1)
		p.Fields = slices.Delete(p.Fields, i, i+1)
	}
	return nil
}

func joinOps() string {
	var b strings.Builder
	for i, op := range AlterOps {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(op))
	}
	return b.String()
}

func (p alterer) renameTable(to string) error {
	if !legalTableName(to) {
		return p.errorf(CodeTableName, "the new name must be 1 to 64 characters of a-z, 0-9 and _, and begin with a letter; got %s", quoteShort(to))
	}
	p.t.Name = strings.Clone(to)
	p.t.Stored = storedTable(p.t.Name)
	return nil
}

func (p alterer) renameField(i int, to string) error {
	switch j := p.t.FieldIndex(to); {
	case !legalName(to):
		return p.errorf(CodeFieldName, "the new name must be 1 to 64 characters of a-z, 0-9 and _; got %s", quoteShort(to))
	case j >= 0 && j != i:
		return p.errorf(CodeFieldName, "the table has a field %q already", to)
	}
	p.t.Fields[i].Name = strings.Clone(to)
	p.t.Fields[i].Stored = StoredName(p.t.Fields[i].Name)
	return nil
}

func (p alterer) changeType(i int, name string) error {
	typ, ok := ParseType(name)
	f := &p.t.Fields[i]
	switch {
	case !ok:
		return p.errorf(CodeFieldType, "type must be TEXT, INT, FLOAT, DATETIME or BOOLEAN; got %s", quoteShort(name))
	case typ == f.Type:
		return nil
	case p.Fields[i].From < 0:
		return p.errorf(CodeParameter, "field %q is new in this list: give it its type there", f.Name)
	case p.Converts(i):
		return p.errorf(CodeParameter, "the type of field %q is changed twice in this list", f.Name)
	}
	f.Type = typ
	return nil
}

func (p alterer) addField(raw RawAlter) error {
	f, err := newField("", raw.Draft)
	if err != nil {
		return p.errorf(err.Code, "%s", err.Detail)
	}
	switch {
	case p.t.FieldIndex(f.Name) >= 0:
		return p.errorf(CodeFieldName, "the table has a field %q already", f.Name)
	case len(p.t.Fields) >= p.limit.Fields:
		return p.errorf(CodeTooManyFields, "the table has %d fields; at most %d are allowed", len(p.t.Fields), p.limit.Fields)
	}
	var found findings
	fill, problem := f.Type.read(raw.Default)
	if problem != fits {
		found.add(Finding{Reason: f.invalid(problem)})
	} else if !fill.IsEmpty() {
		f.check(fill, raw.Default, &found)
	}
	if found.any() {
		return p.errorf(CodeParameter, "default: %s", found.String())
	}
	fill.text = strings.Clone(fill.text)
	p.t.Fields = append(p.t.Fields, f)
	p.Fields = append(p.Fields, AlteredField{From: -1, Fill: fill, Change: p.place})
	return nil
}
