package stele

import (
	"fmt"
	"strings"
)

// FindingCode names what is wrong with a row, for programs.
type FindingCode string

// All that can be wrong with a row.
const (
	FindingRequired FindingCode = "required"           // a field that must have a value has none
	FindingEmpty    FindingCode = "unique_empty"       // a unique field has no value
	FindingType     FindingCode = "type"               // the value cannot be read as the field's type
	FindingLong     FindingCode = "too_long"           // the value of a unique field is too long
	FindingUnknown  FindingCode = "unknown_field"      // the table has no such field
	FindingRepeated FindingCode = "duplicate_in_batch" // an earlier row of the import has the unique value
	FindingConflict FindingCode = "conflict"           // a record of the table has the unique value
	FindingShape    FindingCode = "shape"              // the row is no record
)

// Finding is one thing that is wrong with a row.
type Finding struct {
	Field  string // "" where it is the row as a whole
	Code   FindingCode
	Value  Raw // as it was sent
	Reason string
}

// findings collects what is wrong with one row.
type findings []Finding

func (f *findings) add(one Finding) { *f = append(*f, one) }
func (f findings) any() bool        { return len(f) > 0 }

// String joins the reasons by a blank (wire.md 5.4). A row of hundreds of bad fields gets the first ones and a count:
// a task's result must stay small enough to be stored and read.
func (f findings) String() string {
	if len(f) == 1 {
		return f[0].Reason
	}
	var b strings.Builder
	for i := range f[:min(len(f), mostFindings)] {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(f[i].Reason)
	}
	if len(f) > mostFindings {
		fmt.Fprintf(&b, " There are %d more findings on this row.", len(f)-mostFindings)
	}
	return b.String()
}

// kept are the findings that a receipt tells, their values cut.
func (f findings) kept() []Finding {
	list := make([]Finding, min(len(f), mostFindings))
	for i := range list {
		list[i] = f[i]
		if v := &list[i].Value; v.Kind == KindString || len(v.Text) > maxShownValue {
			if v.Kind != KindString { // a part of a literal or of JSON is neither
				v.Kind = KindString
			}
			v.Text = cut(v.Text, maxShownValue)
		}
	}
	return list
}
