package wire

import (
	"bytes"
	"fmt"

	"stele"
)

// DecodeCreateTable reads a request of wire.md 5.1. The values of its members are checked by the verb; a member of the
// wrong JSON type is refused here, under the code of that member.
func DecodeCreateTable(in Input) (stele.Draft, error) {
	r := newReader(in.Body)
	var (
		name, description, index stele.Raw
		fields                   []rawField
		n                        int
		fault                    error
	)
	for r.member() {
		switch r.name {
		case "name":
			name = r.raw()
		case "description":
			description = r.raw()
		case "fields":
			fields, n, fault = list(r, "fields", in.Limits.Fields, fields, r.rawField)
		case "keyword_index": // not published
			index = r.raw()
		default:
			r.skip()
		}
	}
	if err := r.close(); err != nil {
		return stele.Draft{}, err
	}
	d := stele.Draft{More: n - len(fields)}
	var err error
	if d.Name, err = textMember("name", stele.CodeTableName, name); err != nil {
		return stele.Draft{}, err
	}
	if d.Description, err = textMember("description", stele.CodeTableDescription, description); err != nil {
		return stele.Draft{}, err
	}
	if fault != nil {
		return stele.Draft{}, fault
	}
	for i, f := range fields {
		df, err := f.draft(i)
		if err != nil {
			return stele.Draft{}, err
		}
		d.Fields = append(d.Fields, df)
	}
	d.KeywordIndex, err = truthMember("keyword_index", index)
	return d, err
}

// rawField is an entry of fields as it was sent.
type rawField struct{ name, description, typ, required, unique stele.Raw }

func (r *reader) rawField() (f rawField) {
	r.open()
	for r.member() {
		switch r.name {
		case "name":
			f.name = r.raw()
		case "description":
			f.description = r.raw()
		case "type":
			f.typ = r.raw()
		case "required":
			f.required = r.raw()
		case "unique":
			f.unique = r.raw()
		default:
			r.skip()
		}
	}
	return f
}

// draft checks the JSON types of the i-th field's members.
func (f rawField) draft(i int) (d stele.DraftField, err error) {
	member := func(name string) string { return fmt.Sprintf("fields[%d].%s", i, name) }
	if d.Name, err = textMember(member("name"), stele.CodeFieldName, f.name); err != nil {
		return d, err
	}
	if d.Description, err = textMember(member("description"), stele.CodeFieldDescription, f.description); err != nil {
		return d, err
	}
	if d.Type, err = textMember(member("type"), stele.CodeFieldType, f.typ); err != nil {
		return d, err
	}
	if d.Required, err = truthMember(member("required"), f.required); err != nil {
		return d, err
	}
	d.Unique, err = truthMember(member("unique"), f.unique)
	return d, err
}

// DecodeTables reads the body of a request of wire.md 5.2, which may be empty.
func DecodeTables(in Input) (Tables, error) {
	if blank(in.Body) {
		return Tables{}, nil
	}
	r := newReader(in.Body)
	var agent, page, size stele.Raw
	for r.member() {
		switch r.name {
		case "agent_id":
			agent = r.raw()
		case "page":
			page = r.raw()
		case "page_size":
			size = r.raw()
		default:
			r.skip()
		}
	}
	if err := r.close(); err != nil {
		return Tables{}, err
	}
	return newTables(agent, page, size, in.Limits)
}

// DecodeTablesQuery reads the query of a request of wire.md 5.2.
func DecodeTablesQuery(in Input) (Tables, error) {
	var agent, page, size stele.Raw
	err := eachParameter(in.Query, func(name, value string) {
		v := stele.Raw{Kind: stele.KindString, Text: value}
		switch name {
		case "agent_id":
			agent = v
		case "page":
			page = v
		case "page_size":
			size = v
		}
	})
	if err != nil {
		return Tables{}, err
	}
	return newTables(agent, page, size, in.Limits)
}

func newTables(agent, page, size stele.Raw, l stele.Limits) (Tables, error) {
	id, err := textMember("agent_id", stele.CodeParameter, agent)
	if err != nil {
		return Tables{}, err
	}
	p, sent, err := pageMembers(page, size, l.PageSize)
	if err != nil {
		return Tables{}, err
	}
	if !sent {
		return Tables{AgentID: id}, nil
	}
	return Tables{id, &p}, nil
}

// blank reports whether there is nothing in a body.
func blank(body []byte) bool {
	return len(bytes.TrimLeft(bytes.TrimPrefix(body, []byte(byteOrderMark)), blanks)) == 0
}
