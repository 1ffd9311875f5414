package wire

import (
	"stele"
)

// Schema is a request for /v1/database/schema: a table by name or id, or all of them.
type Schema struct{ Table string }

// DecodeSchema reads a request for /v1/database/schema: table, its name or id. Without a body, or without it, all are meant.
func DecodeSchema(in Input) (Schema, error) {
	var table stele.Raw
	if err := in.members(map[string]*stele.Raw{"table": &table}); err != nil {
		return Schema{}, err
	}
	name, err := textMember("table", stele.CodeParameter, table)
	return Schema{name}, err
}

// AppendSchema appends the answer of /v1/database/schema, wrapped as the dialect wraps tables/page.
func (d Dialect) AppendSchema(b []byte, engine stele.Engine, cards []*stele.Card, tables int) []byte {
	return d.appendPage(b, func(b []byte) []byte {
		b = stringMember(b, "engine", string(engine))
		b = append(member(b, "notes"), '[')
		for _, c := range cards[:min(1, len(cards))] { // they are of the engine, the same on each
			for _, n := range c.Notes {
				b = AppendString(separate(b), n)
			}
		}
		b = append(member(append(b, ']'), "tables"), '[')
		for _, c := range cards {
			b = appendCard(separate(b), c)
		}
		b = intMember(append(b, ']'), "table_count", tables)
		if b = boolMember(b, "truncated", tables > len(cards)); tables > len(cards) {
			b = stringMember(b, "note", "only the first tables are here: ask for the others one by one, with table, by names from tables/page")
		}
		return b
	})
}

func appendCard(b []byte, c *stele.Card) []byte {
	b = append(b, '{')
	b = stringMember(b, "table_id", string(c.Table.ID))
	b = stringMember(b, "name", c.Table.Name)
	b = stringMember(b, "sql_name", c.Table.Stored)
	b = stringMember(b, "description", c.Table.Description)
	b = intMember(b, "record_count", c.Profile.Records)
	b = intMember(b, "records_seen", c.Profile.Seen)
	b = append(member(b, "fields"), '[')
	for i, f := range c.Table.Fields {
		b = append(separate(b), '{')
		b = stringMember(b, "name", f.Name)
		b = stringMember(b, "sql_name", f.Stored)
		b = stringMember(b, "description", f.Description)
		b = stringMember(b, "type", f.Type.String())
		b = boolMember(b, "required", f.Required)
		b = boolMember(b, "unique", f.Unique)
		if i < len(c.Profile.Fields) {
			b = appendFieldProfile(b, c.Profile, c.Profile.Fields[i])
		}
		b = append(b, '}')
	}
	return append(b, "]}"...)
}

// appendFieldProfile appends what a field holds: counts over the records seen, which are all where estimated is false.
func appendFieldProfile(b []byte, p *stele.Profile, f stele.FieldProfile) []byte {
	nulls := 0.0
	if p.Seen > 0 {
		nulls = float64(f.Nulls) / float64(p.Seen)
	}
	b = stele.AppendFloat(member(b, "null_share"), nulls)
	b = intMember(b, "distinct_count", f.Distinct)
	b = boolMember(b, "estimated", p.Seen < p.Records)
	b = AppendValue(member(b, "least"), f.Least)
	b = AppendValue(member(b, "greatest"), f.Greatest)
	b = append(member(b, "frequent"), '[')
	for _, v := range f.Frequent {
		b = AppendValue(member(append(separate(b), '{'), "value"), v.Value)
		b = append(intMember(b, "count", v.Count), '}')
	}
	return append(b, ']')
}
