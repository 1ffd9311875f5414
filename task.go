package stele

import (
	"encoding/json"
	"fmt"
)

// Task is an import task: one import and its result. It is finished when its id is known (wire.md 5.3).
type Task struct {
	ID         TaskID
	Table      TableID
	Created    Millis
	Total      int
	Success    int
	Rejections []Rejection
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

// EncodeRejections is the form in which a store keeps a task's rejections: JSON [[row, from, to, reason], ...], nil for none.
func (t Task) EncodeRejections() (*string, error) {
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

// UnmarshalJSON reads [row, from, to, reason].
func (r *keptRejection) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[4]any{&r.Row, &r.From, &r.To, &r.Reason})
}

// Conflict is a unique value of an import that the table holds already.
type Conflict struct {
	Record int // place in the records handed to Database.Import
	Field  int // place in the table's fields
}

// Batch is an import after validation: the records that may be added, the row number of each, and the task as it
// ends if all of them can be.
type Batch struct {
	Records []Record
	Rows    []int
	Task    Task
}

// Refused is the task of the batch when the table holds some of its unique values: no row is added. Rows that were
// left out before keep their rejections.
func (b *Batch) Refused(t *Table, conflicts []Conflict) Task {
	task := b.Task
	task.Success = 0
	task.Rejections = append([]Rejection{}, b.Task.Rejections...)
	inRow := 0
	for i, c := range conflicts {
		row := b.Rows[c.Record]
		reason := ReasonConflict(t, c.Field, b.Records[c.Record].Values[c.Field])
		if inRow++; i > 0 && c.Record != conflicts[i-1].Record {
			inRow = 1
		}
		if inRow > mostFindings {
			if inRow == mostFindings+1 {
				task.Rejections[len(task.Rejections)-1].Reason += " More values of this row are in the table already."
			}
			continue
		}
		task.Rejections = append(task.Rejections, Rejection{From: row, To: row, Reason: reason})
	}
	return task
}

func reasonRepeated(f *Field, v Value, first int) string {
	return fmt.Sprintf("`%s` must be unique, but the value '%s' is duplicated (first at row `%d`).", f.Name, v, first)
}
