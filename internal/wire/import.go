package wire

import "stele"

// DecodeImport reads a request of wire.md 5.3. What is wrong with single values is left to the fields' types; a row that
// cannot be taken for other reasons has a Problem.
func DecodeImport(in Input) (Import, error) {
	r := newReader(in.Body)
	var (
		id    stele.Raw
		rows  []stele.Row
		fault error
		how   howMembers
	)
	for r.member() {
		switch r.name {
		case "table_id":
			id = r.raw()
		case "records":
			rows, fault = shortList(r, "records", in.Limits.ImportRecords, rows, func() stele.Row { return r.row(in.Limits.RowMembers) })
		default:
			if !how.read(r) {
				r.skip()
			}
		}
	}
	if err := r.close(); err != nil {
		return Import{}, err
	}
	table, err := tableID(id)
	if err != nil {
		return Import{}, err
	}
	h, brief, err := how.ofImport()
	if err != nil {
		return Import{}, err
	}
	return Import{table, rows, h, brief}, fault
}

// row reads one record, flat or wrapped in values (wire.md 5.3).
func (r *reader) row(most int) stele.Row {
	s := &r.cells
	from, to := -1, -1 // where the wrapped cells stand in the growing list, if there are any
	over, wrappedOver := false, false
	r.open()
	start := int(r.dec.InputOffset()) - len("{")
	for r.member() {
		name := r.name
		if name == "values" {
			if from >= 0 { // of two members called values the last one holds
				s.drop(from, to)
				from, wrappedOver = -1, false
			}
			if r.next() == '{' {
				from = len(s.growing())
				r.open()
				wrappedOver = r.members(most)
				to = len(s.growing())
				continue
			}
		}
		if len(s.growing()) >= most {
			over = true
			r.skip()
			continue
		}
		s.add(stele.Cell{Name: name, Raw: r.raw()})
	}
	row := stele.Row{Sent: alias(r.body[start:r.dec.InputOffset()])}
	if from < 0 {
		row.Cells = s.take(0, len(s.growing()))
	} else {
		all := s.growing()
		row.Problem = beside(all[:from], all[to:])
		row.Cells = s.take(from, to)
	}
	if over || wrappedOver {
		row.Problem = tooManyMembers("The record", most)
	}
	return row
}

// beside returns a problem if a member beside values, before or after it, has a value: it would be lost silently.
func beside(before, after []stele.Cell) string {
	if len(before)+len(after) == 0 {
		return ""
	}
	last := make(map[string]stele.Raw, len(before)+len(after))
	for _, cells := range [][]stele.Cell{before, after} {
		for _, c := range cells {
			last[c.Name] = c.Raw
		}
	}
	for _, cells := range [][]stele.Cell{before, after} {
		for _, c := range cells {
			if c.Name != "values" && !last[c.Name].Empty() {
				return "`" + stele.Shorten(c.Name) + "` stands beside `values`; a record has its fields either directly or all in `values`."
			}
		}
	}
	return ""
}
