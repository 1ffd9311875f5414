package stele

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Field is one field of a table.
type Field struct {
	Name        string
	Stored      string // the column's name in SQL; see StoredName
	Description string
	Type        Type
	Required    bool
	Unique      bool
}

// Table is the definition of a table. A Table that a Store handed out is shared and never changed.
type Table struct {
	ID          TableID
	Name        string
	Stored      string // the table's name in SQL; see storedTable
	Description string
	Fields      []Field
	Created     Millis

	KeywordIndex bool // an index answers keywords; it leaves the answers as they are

	index map[string]int // field name to place
}

// TableCount is a table and the exact number of its records.
type TableCount struct {
	*Table
	Records int64
}

// Draft is a table as a request describes it, unchecked.
type Draft struct {
	Name, Description string
	Fields            []DraftField
	More              int // fields that were given beyond Fields and only counted
	KeywordIndex      bool
}

// DraftField is a field as a request describes it, unchecked. A Type of "" was not given.
type DraftField struct {
	Name, Description, Type string
	Required, Unique        bool
}

// NewTable checks a draft by wire.md 5.1 and makes the table.
func NewTable(id TableID, d Draft, l Limits, now Millis) (*Table, error) {
	switch {
	case !legalTableName(d.Name):
		return nil, Errorf(CodeTableName, "name must be 1 to 64 characters of a-z, 0-9 and _, and begin with a letter; got %s", quoteShort(d.Name))
	case checkTableDescription(d.Description) != nil:
		return nil, checkTableDescription(d.Description)
	case len(d.Fields) == 0:
		return nil, Errorf(CodeNoFields, "fields must have at least one entry")
	case len(d.Fields)+d.More > l.Fields:
		return nil, Errorf(CodeTooManyFields, "fields has %d entries; at most %d are allowed", len(d.Fields)+d.More, l.Fields)
	}
	t := &Table{ID: id, Name: strings.Clone(d.Name), Description: strings.Clone(d.Description), Created: now, KeywordIndex: d.KeywordIndex}
	t.Stored = storedTable(t.Name)
	for i, df := range d.Fields {
		f, err := newField(fmt.Sprintf("fields[%d].", i), df)
		if err != nil {
			return nil, err
		}
		if j := slices.IndexFunc(t.Fields, func(g Field) bool { return g.Name == f.Name }); j >= 0 {
			return nil, Errorf(CodeFieldName, "fields[%d].name %q is used by fields[%d] already", i, f.Name, j)
		}
		t.Fields = append(t.Fields, f)
	}
	t.Index()
	return t, nil
}

// newField makes a field; in is where the request has it, for messages.
func newField(in string, d DraftField) (Field, *Error) {
	f := Field{Name: strings.Clone(d.Name), Description: strings.Clone(d.Description), Required: d.Required, Unique: d.Unique}
	if !legalName(d.Name) {
		return f, Errorf(CodeFieldName, "%sname must be 1 to 64 characters of a-z, 0-9 and _; got %s", in, quoteShort(d.Name))
	}
	if !legalFieldDescription(d.Description) {
		return f, Errorf(CodeFieldDescription, "%sdescription must have at most %d characters, none of them NUL", in, maxFieldDescription)
	}
	typ, ok := ParseType(d.Type)
	if !ok {
		return f, Errorf(CodeFieldType, "%stype must be TEXT, INT, FLOAT, DATETIME or BOOLEAN; got %s", in, quoteShort(d.Type))
	}
	f.Type, f.Stored = typ, StoredName(f.Name)
	return f, nil
}

// Index prepares the look-up of fields by name. A store calls it on each table it has read.
func (t *Table) Index() {
	t.index = make(map[string]int, len(t.Fields))
	for i, f := range t.Fields {
		t.index[f.Name] = i
	}
}

// FieldIndex returns the place of the field of that exact name, -1 if there is none.
func (t *Table) FieldIndex(name string) int {
	if i, ok := t.index[name]; ok {
		return i
	}
	return -1
}

func checkTableDescription(s string) *Error {
	switch {
	case s == "" || utf8.RuneCountInString(s) > maxTableDescription:
		return Errorf(CodeTableDescription, "description must have 1 to %d characters", maxTableDescription)
	case strings.IndexByte(s, 0) >= 0:
		return Errorf(CodeTableDescription, "description cannot hold the character NUL")
	}
	return nil
}

func legalFieldDescription(s string) bool {
	return utf8.RuneCountInString(s) <= maxFieldDescription && strings.IndexByte(s, 0) < 0
}

// legalTableName reports whether s is a legal name that begins with a letter.
func legalTableName(s string) bool { return legalName(s) && s[0] >= 'a' }

// legalName reports whether s is 1 to 64 of a-z, 0-9 and _.
func legalName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_') {
			return false
		}
	}
	return s != "" && len(s) <= maxName
}

// reservedNames cannot be names of columns on one engine or the other, however quoted, or are columns of our own.
var reservedNames = map[string]bool{
	"ctid": true, "xmin": true, "xmax": true, "cmin": true, "cmax": true, "tableoid": true,
	"_id": true, "_created_at": true, "_updated_at": true,
}

const longestStored = 63 // bytes

// StoredName is the name that a table or a field has in SQL, on every store: its own, unless an engine or Stele itself
// reserves it or it passes PostgreSQL's 63 bytes (wire.md 4.1). Then it is "x$" and the name, which no name of a table
// or field can be, since none holds a $; cut and told apart by a hash where it would be too long.
func StoredName(name string) string {
	if len(name) <= longestStored && !reservedNames[name] && !strings.HasPrefix(name, "sqlite_") {
		return name
	}
	return marked(name)
}

// storedTable is the StoredName of a table. Of tables those are marked too whose names begin with pg_: PostgreSQL looks for them among its
// own first. A field may have such a name in SQL, and has it: pg_rating is none of PostgreSQL's.
func storedTable(name string) string {
	if strings.HasPrefix(name, "pg_") {
		return marked(name)
	}
	return StoredName(name)
}

func marked(name string) string {
	const mark = "x$"
	if len(mark)+len(name) <= longestStored {
		return mark + name
	}
	sum := sha256.Sum256([]byte(name))
	tail := "$" + hex.EncodeToString(sum[:8])
	return mark + name[:longestStored-len(mark)-len(tail)] + tail
}

// quoteShort shows a value in a message: quoted, and cut when long.
func quoteShort(s string) string {
	return "'" + cut(s, 60) + "'"
}
