package storetest

import (
	"slices"
	"strings"

	"pgregory.net/rapid"

	"stele"
)

// alterAtRandom holds a random list of changes of a random table against the model.
func alterAtRandom(f *fixture, rt *rapid.T) {
	own := *f
	own.reporter = rt
	p := &play{fixture: &own}
	types := []string{"TEXT", "INT", "FLOAT", "DATETIME", "BOOLEAN"}
	id := strings.ToLower(string(stele.NewTableID(f.now.Time())))
	d := stele.Draft{Name: "t" + id, Description: "for a test"}
	names := rapid.SampledFrom(oddFields())
	for _, n := range rapid.SliceOfNDistinct(names, 1, 5, rapid.ID[string]).Draw(rt, "fields") {
		d.Fields = append(d.Fields, stele.DraftField{Name: n, Type: pick(rt, "type", types), Required: oneIn(rt, 4, "required"), Unique: oneIn(rt, 4, "unique")})
	}
	m := &model{table: p.create(p.draft(d))}
	for range 3 {
		p.someRecords(rt, m)
		list := p.someChanges(rt, m.table, id)
		if len(list) > 0 {
			m.table, _ = p.alter(m.table, list...)
		}
		m.records = p.records(m.table)
		for _, r := range m.records[:min(3, len(m.records))] {
			q := stele.RecordQuery{Keyword: r.Values[len(r.Values)-1].String(), Limit: 1000}
			p.samePage(q, p.fixture.page(m.table, q), m.page(q))
		}
	}
	left := len(p.records(m.table))
	if n, err := p.db.DropTable(p.Context(), m.table, nil); err != nil || n != int64(left) {
		p.Errorf("dropping: %d, %v; want %d", n, err, left)
	}
}

// someRecords imports rows, of which those that clash are left out.
func (p *play) someRecords(rt *rapid.T, m *model) {
	m.records = p.records(m.table)
	var rows []raws
	for range pick(rt, "rows", []int{3, 1, 2, 6}) {
		var r raws
		for i, fd := range m.table.Fields {
			switch v := p.value(rt, m, i, false); {
			case v.IsNull():
				r = append(r, fd.Name, nil)
			case fd.Type == stele.Text && oneIn(rt, 2, "a number"):
				r = append(r, fd.Name, pick(rt, "text", []string{"1", "1.0", "007", "2026-03-01 08:00:00", "true", "x"}))
			default:
				r = append(r, fd.Name, v.String())
			}
		}
		rows = append(rows, r)
	}
	p.importAs(m.table, stele.How{Mode: stele.Partial}, rows...)
}

// someChanges draws a list of changes. Some lists are refused before a store sees them.
func (p *play) someChanges(rt *rapid.T, t *stele.Table, id string) (list []stele.RawAlter) {
	names := oddFields()
	for _, fd := range t.Fields {
		names = append(names, fd.Name, fd.Name, fd.Name, fd.Name)
	}
	types := []string{"TEXT", "INT", "FLOAT", "DATETIME", "BOOLEAN"}
	ops := []stele.AlterOp{
		stele.AddField, stele.RenameField, stele.ChangeType, stele.SetRequired, stele.DropRequired, stele.SetUnique, stele.DropUnique,
		stele.SetKeywordIndex, stele.DropKeywordIndex, stele.DropField, stele.RenameTable, stele.DescribeField, stele.DescribeTable, stele.RenameField, stele.AddField, stele.ChangeType, stele.SetUnique, stele.SetRequired,
	}
	for range pick(rt, "changes", []int{1, 2, 3, 4}) {
		raw := stele.RawAlter{Op: pick(rt, "op", ops), Field: pick(rt, "of", names), To: pick(rt, "to", names), Draft: stele.DraftField{Type: pick(rt, "type", types), Description: "anew"}}
		switch raw.Op {
		case stele.RenameTable:
			raw.To = pick(rt, "name", []string{"t", "u", "v", "w"}) + id
		case stele.AddField:
			typ, _ := stele.ParseType(raw.Draft.Type)
			raw.Draft.Name, raw.Draft.Required, raw.Draft.Unique = raw.To, oneIn(rt, 4, "required"), oneIn(rt, 4, "unique")
			if v := value(stele.Field{Type: typ}, pick(rt, "fill", few(typ))); !oneIn(rt, 2, "no fill") {
				raw.Default = stele.Raw{Kind: stele.KindString, Text: v.String()}
			}
		}
		if _, err := t.Alter(append(slices.Clone(list), raw), stele.DefaultLimits()); err == nil {
			list = append(list, raw)
		}
	}
	return list
}
