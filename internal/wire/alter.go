package wire

import (
	"fmt"
	"slices"
	"strings"

	"stele"
)

// Alter is a request that changes a table's definition.
type Alter struct {
	TableID string
	Changes []stele.RawAlter
	How     stele.How
}

// Drop is a request that removes a table.
type Drop struct {
	TableID, Name string
	How           stele.How
}

// alterMembers are the members that a change has beside op, by op: those it needs, then those it may have. In these two requests no member
// is passed over: one that is misspelt would be a change other than the one that was meant, or a trial that is none.
var alterMembers = map[stele.AlterOp]struct{ needs, may []string }{
	stele.AddField:         {[]string{"name", "type"}, []string{"description", "required", "unique", "default"}},
	stele.RenameField:      {[]string{"field", "to"}, nil},
	stele.DescribeField:    {[]string{"field", "description"}, nil},
	stele.ChangeType:       {[]string{"field", "type"}, nil},
	stele.SetRequired:      {[]string{"field"}, nil},
	stele.DropRequired:     {[]string{"field"}, nil},
	stele.SetUnique:        {[]string{"field"}, nil},
	stele.DropUnique:       {[]string{"field"}, nil},
	stele.DropField:        {[]string{"field"}, nil},
	stele.RenameTable:      {[]string{"to"}, nil},
	stele.DescribeTable:    {[]string{"description"}, nil},
	stele.SetKeywordIndex:  {},
	stele.DropKeywordIndex: {},
}

// DecodeAlter reads a request that changes a definition. Whether the table can be changed so is for the verb to say.
func DecodeAlter(in Input) (Alter, error) {
	r := newReader(in.Body)
	var (
		id      stele.Raw
		changes []rawAlter
		fault   error
		how     howMembers
		unknown string
	)
	for r.member() {
		switch r.name {
		case "table_id":
			id = r.raw()
		case "changes":
			changes, fault = shortList(r, "changes", in.Limits.Fields, changes, r.alter)
		case "dry_run":
			how.dry = r.raw()
		default:
			unknown = strings.Clone(r.name)
			r.skip()
		}
	}
	if err := r.closeStrict(unknown, "alter-table", "table_id, changes and dry_run"); err != nil {
		return Alter{}, err
	}
	table, err := tableID(id)
	if err != nil {
		return Alter{}, err
	}
	q := Alter{TableID: table}
	if q.How, err = how.ofDelete(); err != nil {
		return Alter{}, err
	}
	if fault != nil {
		return Alter{}, fault
	}
	for i := range changes {
		c, err := changes[i].read(i)
		if err != nil {
			return Alter{}, err
		}
		q.Changes = append(q.Changes, c)
	}
	return q, nil
}

// closeStrict is close for a request that passes over no member: unknown is the name of one that it does not know, or "".
func (r *reader) closeStrict(unknown, request, takes string) error {
	if err := r.close(); err != nil || unknown == "" {
		return err
	}
	return stele.Errorf(stele.CodeParameter, "%s does not know '%s'; it takes %s", request, stele.Shorten(unknown), takes)
}

// rawAlter is a change as it was sent.
type rawAlter struct {
	members []stele.Cell
	over    bool // there are more members than were looked at
}

// mostAlterMembers is more than any change has. Members may come twice; of those the last holds.
const mostAlterMembers = 32

func (r *reader) alter() rawAlter {
	r.open()
	over := r.members(mostAlterMembers)
	return rawAlter{r.cells.take(0, len(r.cells.growing())), over}
}

// get is the value of a member; null, if it was not sent.
func (c rawAlter) get(name string) (v stele.Raw) {
	for _, m := range c.members {
		if m.Name == name {
			v = m.Raw
		}
	}
	return v
}

// read checks the members of the i-th change and their JSON types.
func (c rawAlter) read(i int) (a stele.RawAlter, err error) {
	if c.over {
		return a, stele.Errorf(stele.CodeParameter, "changes[%d] has more than %d members; no change has as many", i, mostAlterMembers)
	}
	in := func(name string) string { return fmt.Sprintf("changes[%d].%s", i, name) }
	op, err := textMember(in("op"), stele.CodeParameter, c.get("op"))
	if err != nil {
		return a, err
	}
	a.Op = stele.AlterOp(op)
	takes, known := alterMembers[a.Op]
	if !known {
		return a, nil // the verb says which there are
	}
	for _, name := range takes.needs {
		if c.get(name).Kind == stele.KindNull {
			return a, stele.Errorf(stele.CodeParameter, "changes[%d]: %s needs the member '%s'", i, op, name)
		}
	}
	for _, m := range c.members {
		if m.Name != "op" && !slices.Contains(takes.needs, m.Name) && !slices.Contains(takes.may, m.Name) {
			return a, stele.Errorf(stele.CodeParameter, "changes[%d]: %s does not know '%s'; %s", i, op, stele.Shorten(m.Name), takesWords(takes.needs, takes.may))
		}
	}
	name, description := stele.CodeFieldName, stele.CodeFieldDescription
	if a.Op == stele.RenameTable || a.Op == stele.DescribeTable {
		name, description = stele.CodeTableName, stele.CodeTableDescription
	}
	for _, m := range []struct {
		name string
		code stele.Code
		to   *string
	}{
		{"field", stele.CodeParameter, &a.Field}, {"to", name, &a.To}, {"name", name, &a.Draft.Name},
		{"description", description, &a.Draft.Description}, {"type", stele.CodeFieldType, &a.Draft.Type},
	} {
		if *m.to, err = textMember(in(m.name), m.code, c.get(m.name)); err != nil {
			return a, err
		}
	}
	if a.Draft.Required, err = truthMember(in("required"), c.get("required")); err != nil {
		return a, err
	}
	a.Draft.Unique, err = truthMember(in("unique"), c.get("unique"))
	a.Default = c.get("default")
	return a, err
}

// takesWords says in words which members a change takes.
func takesWords(needs, may []string) string {
	switch {
	case len(needs) == 0:
		return "it takes no other member than op"
	case len(may) == 0:
		return "it takes " + strings.Join(needs, " and ")
	}
	return "it takes " + strings.Join(slices.Concat(needs, may), ", ")
}

// DecodeDrop reads a request that removes a table.
func DecodeDrop(in Input) (Drop, error) {
	r := newReader(in.Body)
	var id, name stele.Raw
	var how howMembers
	unknown := ""
	for r.member() {
		switch r.name {
		case "table_id":
			id = r.raw()
		case "name":
			name = r.raw()
		case "dry_run":
			how.dry = r.raw()
		default:
			unknown = strings.Clone(r.name)
			r.skip()
		}
	}
	if err := r.closeStrict(unknown, "drop-table", "table_id, name and dry_run"); err != nil {
		return Drop{}, err
	}
	table, err := tableID(id)
	if err != nil {
		return Drop{}, err
	}
	text, err := textMember("name", stele.CodeParameter, name)
	if err != nil {
		return Drop{}, err
	}
	h, err := how.ofDelete()
	return Drop{table, text, h}, err
}

// AppendAltered appends the answer to a change of a definition, wrapped in every dialect as that of create-table is: the
// definition before and after, and where each field has gone.
func (d Dialect) AppendAltered(b []byte, q Alter, a stele.Altered) []byte {
	return wrap(b, true, "", func(b []byte) []byte {
		b = append(b, '{')
		b = stringMember(b, "table_id", string(a.After.ID))
		b = boolMember(b, "applied", !q.How.Dry)
		if q.How.Dry {
			b = boolMember(b, "dry_run", true)
		}
		b = intMember(b, "record_count", a.Records)
		b = append(appendDefinition(append(member(b, "before"), '{'), a.Before), '}')
		b = append(appendDefinition(append(member(b, "after"), '{'), a.After), '}')
		return append(appendFieldMap(b, a.Alteration), '}')
	})
}

// appendFieldMap appends from and to of each field of the new definition, in its order, then of those that are gone. A new one has the
// value that the records got.
func appendFieldMap(b []byte, a *stele.Alteration) []byte {
	b = append(member(b, "field_map"), '[')
	name := func(b []byte, end string, t *stele.Table, i int) []byte {
		if i < 0 {
			return append(member(b, end), "null"...)
		}
		return stringMember(b, end, t.Fields[i].Name)
	}
	for i, f := range a.Fields {
		b = name(append(separate(b), '{'), "from", a.Before, f.From)
		b = name(b, "to", a.After, i)
		if f.From < 0 {
			b = AppendValue(member(b, "default"), f.Fill)
		}
		b = append(b, '}')
	}
	for _, i := range a.Drops() {
		b = name(append(separate(b), '{'), "from", a.Before, i)
		b = append(name(b, "to", a.After, -1), '}')
	}
	return append(b, ']')
}

// AppendDropped appends the answer to a request that removes a table, wrapped as that to a change is.
func (d Dialect) AppendDropped(b []byte, q Drop, n int64) []byte {
	return wrap(b, true, "", func(b []byte) []byte {
		b = append(b, '{')
		b = stringMember(b, "table_id", strings.ToLower(q.TableID))
		b = stringMember(b, "name", q.Name)
		b = intMember(b, "record_count", n)
		b = boolMember(b, "dropped", !q.How.Dry)
		if q.How.Dry {
			b = boolMember(b, "dry_run", true)
		}
		return append(b, '}')
	})
}

// appendViolations appends the members of an error that tell which records do not fit a new definition.
func appendViolations(b []byte, a stele.Altered) []byte {
	b = intMember(b, "violation_count", a.Count)
	b = append(member(b, "violations"), '[')
	for i := range a.Violations {
		v := &a.Violations[i]
		b = intMember(append(separate(b), '{'), "change", v.Change)
		b = stringMember(b, "id", v.ID.String())
		b = stringMember(b, "field", v.Field)
		b = AppendValue(member(b, "value"), v.Shown())
		b = append(stringMember(b, "reason", v.Reason), '}')
	}
	return append(b, ']')
}
