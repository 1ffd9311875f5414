package stele

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Task is an import task: one import and its result. It is finished when its id is known (wire.md 5.3).
type Task struct {
	ID         TaskID
	Table      TableID
	Created    Millis
	Total      int
	Success    int
	Rejections []Rejection
	Receipt    *Receipt // what became of each row, where the import asked for it
}

// Failed is the number of rows that were not added.
func (t Task) Failed() int { return t.Total - t.Success }

// Rejection says why a row was not added. Row counts from 1; it is 0 in a batch that was refused whole, where From and To
// hold the row's number instead (wire.md 5.3).
type Rejection struct {
	Row      int
	From, To int
	Reason   string
}

// EncodeRejections is the form in which a store keeps a task's rejections: JSON [[row, from, to, reason], ...], nil for none;
// an object, where the task has a receipt beside them.
func (t Task) EncodeRejections() (*string, error) {
	if t.Receipt != nil {
		b, err := t.encodeReceipt()
		if err != nil {
			return nil, fmt.Errorf("encoding the receipt of a task: %w", err)
		}
		text := string(b)
		return &text, nil
	}
	if len(t.Rejections) == 0 {
		return nil, nil
	}
	rows := make([][4]any, len(t.Rejections))
	for i, r := range t.Rejections {
		rows[i] = [4]any{r.Row, r.From, r.To, r.Reason}
	}
	b, err := json.Marshal(rows)
	if err != nil {
		return nil, fmt.Errorf("encoding the rejections of a task: %w", err)
	}
	text := string(b)
	return &text, nil
}

// DecodeRejections reads what EncodeRejections made.
func (t *Task) DecodeRejections(text *string) error {
	if text == nil || *text == "" {
		return nil
	}
	if (*text)[0] == '{' {
		if err := t.decodeReceipt(*text); err != nil {
			return fmt.Errorf("reading the receipt of a task: %w", err)
		}
		return nil
	}
	var rows []keptRejection
	if err := json.Unmarshal([]byte(*text), &rows); err != nil {
		return fmt.Errorf("reading the rejections of a task: %w", err)
	}
	t.Rejections = make([]Rejection, len(rows))
	for i, r := range rows {
		t.Rejections[i] = Rejection(r)
	}
	return nil
}

type keptRejection Rejection

// MarshalJSON writes [row, from, to, reason].
func (r keptRejection) MarshalJSON() ([]byte, error) {
	return json.Marshal([4]any{r.Row, r.From, r.To, r.Reason})
}

// UnmarshalJSON reads [row, from, to, reason].
func (r *keptRejection) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[4]any{&r.Row, &r.From, &r.To, &r.Reason})
}

// Conflict is a unique value of an import that the table holds already.
type Conflict struct {
	Record int // place in the records handed to Database.Import
	Field  int // place in the table's fields
}

// Batch is an import after validation: what may be written, the row number of each, and the task as it ends if all of
// it can be. A batch that is Published or Atomic has records, which are added together; one that is Partial or Upsert has
// changes, which are applied in order, each on its own. Its task is made by Added, Refused or Done.
type Batch struct {
	Records []Record
	Changes []Change
	Rows    []int // of the records, or of the changes
	Task    Task
	Mode    Mode

	sent []Row // all rows of the request, where there is a receipt
}

// Refused is the task of the batch when the table holds some of its unique values, or when it is doomed: no row is added.
// Rows that were left out before keep their rejections.
func (b *Batch) Refused(t *Table, conflicts []Conflict) Task {
	task := b.Task
	task.Success = 0
	found := make(map[int]findings)
	for _, c := range conflicts {
		v := b.Records[c.Record].Values[c.Field]
		one := Finding{t.Fields[c.Field].Name, FindingConflict, b.raw(t, b.Rows[c.Record]-1, c.Field), ReasonConflict(t, c.Field, v)}
		found[b.Rows[c.Record]] = append(found[b.Rows[c.Record]], one)
	}
	task.Rejections = append([]Rejection{}, b.Task.Rejections...)
	for _, row := range b.Rows {
		f := found[row]
		switch {
		case !f.any():
		case b.Mode == Atomic:
			task.Rejections = append(task.Rejections, Rejection{Row: row, Reason: f.String()})
		default:
			task.Rejections = append(task.Rejections, refusedRow(row, f)...)
		}
	}
	if b.Mode == Atomic {
		slices.SortStableFunc(task.Rejections, func(x, y Rejection) int { return x.Row - y.Row })
	}
	b.refuse(&task, found)
	return task
}

// refusedRow is how a batch that was refused as published tells of one row: an entry for each value.
func refusedRow(row int, f findings) (list []Rejection) {
	for i, one := range f[:min(len(f), mostFindings)] {
		if i == mostFindings-1 && len(f) > mostFindings {
			one.Reason += " More values of this row are in the table already."
		}
		list = append(list, Rejection{From: row, To: row, Reason: one.Reason})
	}
	return list
}

func reasonRepeated(f *Field, v Value, first int) string {
	return fmt.Sprintf("`%s` must be unique, but the value '%s' is duplicated (first at row `%d`).", f.Name, v, first)
}
