package wire

import (
	"errors"
	"slices"
	"strconv"

	"stele"
)

// AppendTableID appends the answer to create-table (wire.md 5.1), the same in every dialect.
func (d Dialect) AppendTableID(b []byte, id stele.TableID) []byte {
	return wrap(b, true, "", func(b []byte) []byte { return AppendString(b, string(id)) })
}

// AppendImport appends the answer to an import (wire.md 5.3). Where the request asks for a receipt it is the task.
func (d Dialect) AppendImport(b []byte, q Import, t stele.Task) []byte {
	wrapped := shapes[d].importID
	if q.How.Receipt {
		return wrap(b, wrapped, "", func(b []byte) []byte {
			b = appendReceipt(appendTask(b, t, q.How.Dry), t.Receipt, q.Brief)
			if q.How.Dry {
				b = boolMember(b, "dry_run", true)
			}
			return append(b, '}')
		})
	}
	return wrap(b, wrapped, "", func(b []byte) []byte {
		if !wrapped {
			return AppendString(b, string(t.ID))
		}
		return append(AppendString(append(b, '['), string(t.ID)), ']')
	})
}

// AppendTasks appends the answer to import-results (wire.md 5.4), with what became of each row if it is asked for.
func (d Dialect) AppendTasks(b []byte, q Results, ts []stele.Task) []byte {
	return wrap(b, shapes[d].results, `"progress":100,`, func(b []byte) []byte {
		b = append(b, '[')
		for _, t := range ts {
			b = appendTask(separate(b), t, false)
			if q.Rows {
				b = appendReceipt(b, t.Receipt, false)
			}
			b = append(b, '}')
		}
		return append(b, ']')
	})
}

// taskStatus is the published word for a task that has so many rows in the table.
func taskStatus(success int) string {
	if success > 0 {
		return "AVAILABLE"
	}
	return "FAIL"
}

// appendTask appends a task without its closing brace. One that was only tried has no id: there is nothing to ask for.
func appendTask(b []byte, t stele.Task, tried bool) []byte {
	b = append(b, '{')
	if tried {
		b = append(member(b, "id"), "null"...)
	} else {
		b = stringMember(b, "id", string(t.ID))
	}
	b = intMember(b, "progress", 100)
	b = stringMember(b, "status", taskStatus(t.Success))
	b = intMember(b, "total_count", t.Total)
	b = intMember(b, "success_count", t.Success)
	b = intMember(b, "fail_count", t.Failed())
	b = append(member(b, "fail_detail"), '[')
	for _, r := range t.Rejections {
		b = append(separate(b), '{')
		if r.Row == 0 {
			b = append(member(b, "row"), "null"...)
		} else {
			b = intMember(b, "row", r.Row)
		}
		b = intMember(b, "row_number_start", r.From)
		b = intMember(b, "row_number_end", r.To)
		b = stringMember(b, "fail_reason", r.Reason)
		b = append(b, '}')
	}
	return append(b, ']')
}

// appendPage appends the answer of records/page or tables/page. write appends members to an object.
func (d Dialect) appendPage(b []byte, write func([]byte) []byte) []byte {
	return wrap(b, shapes[d].page, "", func(b []byte) []byte {
		b = append(b, '{')
		if shapes[d].beside {
			b = append(b, okMembers...)
		}
		return append(write(b), '}')
	})
}

// AppendRecords appends the answer to records/page (wire.md 5.5). A page that was not counted has no total_count, and one
// that was asked for by a cursor has next_cursor too.
func (d Dialect) AppendRecords(b []byte, agent stele.AgentID, t *stele.Table, p stele.RecordPage) []byte {
	return d.appendPage(b, func(b []byte) []byte {
		b = append(member(b, "table_info"), '{')
		b = stringMember(b, "id", string(t.ID))
		b = appendDefinition(b, t)
		b = stringMember(b, "bot_id", string(agent))
		b = stringMember(b, "project_id", "")
		b = stringMember(b, "owner_id", "")
		b = append(member(append(b, '}'), "records"), '[')
		b = append(appendRecordList(b, t, p), ']')
		if p.Total >= 0 {
			b = intMember(b, "total_count", p.Total)
		}
		switch {
		case p.Next == nil:
			return b
		case *p.Next == "":
			return append(member(b, "next_cursor"), "null"...)
		}
		return stringMember(b, "next_cursor", *p.Next)
	})
}

// appendDefinition appends the members that say how a table is defined to an object. keyword_index is there only where it is on: it is
// not published.
func appendDefinition(b []byte, t *stele.Table) []byte {
	b = stringMember(b, "name", t.Name)
	b = stringMember(b, "description", t.Description)
	b = intMember(b, "field_count", len(t.Fields))
	b = append(member(b, "fields"), '[')
	for _, f := range t.Fields {
		b = append(separate(b), '{')
		b = stringMember(b, "name", f.Name)
		b = stringMember(b, "description", f.Description)
		b = stringMember(b, "type", f.Type.String())
		b = boolMember(b, "required", f.Required)
		b = boolMember(b, "unique", f.Unique)
		b = append(b, '}')
	}
	b = append(b, ']')
	if t.KeywordIndex {
		b = boolMember(b, "keyword_index", true)
	}
	return b
}

// appendRecordList appends records with commas between them. The names of the fields are written once, and the size of the
// first record is taken for that of the others: a page is the largest answer there is, and one of the commonest.
func appendRecordList(b []byte, t *stele.Table, p stele.RecordPage) []byte {
	rs, names, comma := p.Records, make([]string, len(t.Fields)), ""
	for i, f := range t.Fields {
		if p.Fields == nil || slices.Contains(p.Fields, i) {
			names[i] = comma + `"` + f.Name + `":` // needs no escape
			comma = ","
		}
	}
	for i, r := range rs {
		if i > 0 {
			b = append(b, ',')
		}
		before := len(b)
		b = appendRecord(b, names, r)
		if i == 0 {
			one := len(b) - before
			b = slices.Grow(b, min((len(rs)-1)*(one+one/8+1)+64, 1<<20)) // a long one may be the only one
		}
	}
	return b
}

// appendRecord appends a record. The names of its fields end in a colon, and all but the first begin with a comma; a field
// without one is left out.
func appendRecord(b []byte, names []string, r stele.Record) []byte {
	b = append(b, `{"id":"`...)
	b = strconv.AppendInt(b, int64(r.ID), 10)
	b = append(b, `","value":{`...)
	for i, v := range r.Values {
		if names[i] != "" {
			b = AppendValue(append(b, names[i]...), v)
		}
	}
	b = append(b, '}')
	b = intMember(b, "created_at", r.Created)
	b = intMember(b, "updated_at", r.Updated)
	return append(b, '}')
}

// AppendTables appends the answer to tables/page (wire.md 5.2).
func (d Dialect) AppendTables(b []byte, ts []stele.TableCount) []byte {
	return d.appendPage(b, func(b []byte) []byte {
		b = append(member(b, "tables"), '[')
		for _, t := range ts {
			b = append(separate(b), '{')
			b = stringMember(b, "table_id", string(t.ID))
			b = stringMember(b, "name", t.Name)
			b = stringMember(b, "description", t.Description)
			b = intMember(b, "field_number", len(t.Fields))
			b = intMember(b, "record_count", t.Records)
			b = append(b, '}')
		}
		return append(b, ']')
	})
}

// AppendUpdate appends the answer to an update (wire.md 5.6), the same in every dialect. The outcomes stand in the order
// of the changes.
func (d Dialect) AppendUpdate(b []byte, u Update, os []stele.Outcome) []byte {
	failed := stele.Failed(os, u.How.Mode)
	b = append(b, '{')
	b = intMember(b, "totalCount", len(os))
	b = intMember(b, "success_count", len(os)-failed)
	b = intMember(b, "fail_count", failed)
	b = append(member(b, "fail_detail"), '[')
	for i, o := range os {
		if o.Reason == "" {
			continue
		}
		b = append(separate(b), '{')
		b = appendSent(member(b, "upsert_data"), u.Changes[i])
		b = stringMember(b, "fail_reason", o.Reason)
		b = append(b, '}')
	}
	b = append(b, ']')
	if u.How.Dry {
		b = boolMember(b, "dry_run", true)
	}
	return append(b, '}')
}

// appendSent appends an entry of an update as it was sent: the address that was used, and the new values.
func appendSent(b []byte, c stele.RawChange) []byte {
	b = append(b, '{')
	switch {
	case c.Address.ByID():
		b = appendID(member(b, "record_id"), c.Address.RecordID)
	case c.Address.Sent != "":
		b = append(member(b, "filter"), c.Address.Sent...)
	}
	b = append(member(b, "value"), c.Sent...)
	return append(b, '}')
}

// appendID appends a record id as it was sent, but always as a string.
func appendID(b []byte, v stele.Raw) []byte {
	switch v.Kind {
	case stele.KindBroken:
		return append(b, v.Text...) // it is the JSON of a string
	case stele.KindTrue:
		return append(b, `"true"`...)
	case stele.KindFalse:
		return append(b, `"false"`...)
	}
	return AppendString(b, v.Text)
}

// AppendUpdated appends the answer to an update of the first version (wire.md 5.9).
func (d Dialect) AppendUpdated(b []byte, u Update) []byte {
	b = append(b, "{"+okMembers...)
	if u.How.Dry {
		b = boolMember(b, "dry_run", true)
	}
	return append(b, '}')
}

// AppendDeleted appends the answer to a delete (wire.md 5.7). One that was only tried says how many records would have gone.
func (d Dialect) AppendDeleted(b []byte, q Delete, n int) []byte {
	b = append(b, "{"+okMembers...)
	if q.How.Dry {
		b = intMember(boolMember(b, "dry_run", true), "deleted_count", n)
	}
	return append(b, '}')
}

// AppendVerify appends the answer to the key check (wire.md 5.8), the same in every dialect.
func (d Dialect) AppendVerify(b []byte, id stele.AgentID) []byte {
	about := func(b []byte) []byte { return stringMember(stringMember(b, "type", "agent"), "id", string(id)) }
	b = append(b, "{"+okMembers...)
	b = append(about(append(member(b, "data"), '{')), '}')
	return append(about(b), '}')
}

// AppendError appends an error (wire.md 3).
func (d Dialect) AppendError(b []byte, e *stele.Error) []byte {
	return append(d.appendError(b, e), '}')
}

// AppendUnfit appends the error of a change of a definition that records do not fit, and which they are.
func (d Dialect) AppendUnfit(b []byte, e *stele.UnfitError) []byte {
	words, _ := errors.AsType[*stele.Error](e) // it is one
	return append(appendViolations(d.appendError(b, words), e.Altered), '}')
}

// appendError appends an error without its closing brace.
func (d Dialect) appendError(b []byte, e *stele.Error) []byte {
	number, message := Number(e.Code), e.Error()
	b = append(b, '{')
	b = intMember(b, "code", number)
	b = stringMember(b, "message", message)
	if shapes[d].errorObject {
		b = append(member(b, "error"), '{')
		b = stringMember(b, "code", strconv.Itoa(number))
		b = stringMember(b, "message", message)
		b = intMember(b, "status", Status(e.Code))
		b = append(b, '}')
	}
	return b
}
