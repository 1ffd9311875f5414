package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"stele"
)

// upsertRecords writes rows by the values of a unique field.
func upsertRecords(ctx context.Context, s *session, a *arguments) (*reply, error) {
	name, key, rows := a.text("table"), a.text("key"), a.list("rows")
	if a.err != nil {
		return nil, a.err
	}
	if err := stele.CheckEntries("rows", len(rows), s.Limits.UpdateEntries); err != nil {
		return nil, err
	}
	changes := make([]stele.RawChange, len(rows))
	for i, r := range rows {
		changes[i] = upsert(key, a.cells(fmt.Sprintf("rows[%d]", i), r))
	}
	if a.err != nil {
		return nil, a.err
	}
	t, err := s.uniqueField(ctx, name, key)
	if err != nil {
		return nil, err
	}
	outcomes, err := s.agent.Update(ctx, string(t.ID), changes, true, nil)
	if err != nil {
		return nil, err
	}
	return s.upserted(outcomes)
}

// upsert makes the change of a row: the record with its key gets its values.
func upsert(key string, cells []stele.Cell) stele.RawChange {
	c := stele.RawChange{Problem: fmt.Sprintf("the row has no value of `%s`, the key", key)}
	for _, cell := range cells {
		if cell.Name == key && !cell.Raw.Empty() {
			c.Address.Filter, c.Problem = []stele.Cell{cell}, ""
		} else if cell.Name != key {
			c.Fields = append(c.Fields, cell)
		}
	}
	return c
}

// uniqueField finds a table, and refuses a key that is none of its unique fields.
func (s *session) uniqueField(ctx context.Context, table, key string) (*stele.Table, error) {
	t, err := s.agent.Find(ctx, table)
	if err != nil {
		return nil, err
	}
	if i := t.FieldIndex(key); i >= 0 && t.Fields[i].Unique {
		return t, nil
	}
	var unique []string
	for _, f := range t.Fields {
		if f.Unique {
			unique = append(unique, f.Name)
		}
	}
	if unique == nil {
		return nil, stele.Errorf(stele.CodeParameter, "the table has no unique field: a record cannot be found by a key")
	}
	return nil, stele.Errorf(stele.CodeParameter, "key must be a unique field of the table: %s; got %q", strings.Join(unique, ", "), stele.Shorten(key))
}

func (s *session) upserted(outcomes []stele.Outcome) (*reply, error) {
	type failure struct {
		Row    int    `json:"row"`
		Reason string `json:"reason"`
	}
	answer := struct {
		Applied  int       `json:"applied"`
		Failed   int       `json:"failed"`
		Failures []failure `json:"failures"`
	}{Failures: []failure{}}
	var text strings.Builder
	for i, o := range outcomes {
		if o.Reason == "" {
			answer.Applied++
			continue
		}
		answer.Failures = append(answer.Failures, failure{i + 1, o.Reason})
		fmt.Fprintf(&text, "row %d failed: %s\n", i+1, o.Reason)
	}
	answer.Failed = len(answer.Failures)
	s.accepted, s.rejected = answer.Applied, answer.Failed
	b, err := json.Marshal(answer)
	return &reply{
		text:       fmt.Sprintf("%d applied, %d failed\n%s", answer.Applied, answer.Failed, text.String()),
		structured: b, failed: answer.Applied == 0,
	}, err
}

// deleteRecords deletes by record ids or by values of a unique field.
func deleteRecords(ctx context.Context, s *session, a *arguments) (*reply, error) {
	name, key := a.text("table"), a.text("key")
	ids, values := a.list("record_ids"), a.list("values")
	byKey := a.has("key") || values != nil
	switch {
	case a.err != nil:
		return nil, a.err
	case ids != nil && byKey, ids == nil && !byKey:
		return nil, stele.Errorf(stele.CodeParameter, "give either record_ids, or key and values")
	}
	if err := stele.CheckEntries("record_ids or values", len(ids)+len(values), s.Limits.DeleteEntries); err != nil {
		return nil, err
	}
	var t *stele.Table
	var err error
	if byKey {
		t, err = s.uniqueField(ctx, name, key)
	} else {
		t, err = s.agent.Find(ctx, name)
	}
	if err != nil {
		return nil, err
	}
	addresses := make([]stele.RawAddress, 0, len(ids)+len(values))
	for _, id := range ids {
		addresses = append(addresses, stele.RawAddress{RecordID: raw(id)})
	}
	for _, v := range values {
		addresses = append(addresses, stele.RawAddress{Filter: []stele.Cell{{Name: key, Raw: raw(v)}}})
	}
	n, err := s.agent.Delete(ctx, string(t.ID), addresses, nil)
	if err != nil {
		return nil, err
	}
	s.accepted = n
	missing := len(addresses) - n
	b, err := json.Marshal(map[string]int{"deleted": n, "not_found": missing})
	return &reply{text: fmt.Sprintf("%d deleted, %d not found\n", n, missing), structured: b}, err
}
