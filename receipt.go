package stele

import (
	"encoding/json"
	"slices"
)

// RowStatus is what became of a row of an import.
type RowStatus uint8

// The outcomes of a row. One that was fine itself is skipped where another row's failure kept the import from being done.
const (
	RowCreated RowStatus = iota + 1
	RowUpdated
	RowUnchanged
	RowFailed
	RowSkipped
)

var rowStatusNames = [...]string{"", "created", "updated", "unchanged", "failed", "skipped"}

// String is the name on the wire.
func (s RowStatus) String() string { return rowStatusNames[s] }

// Receipt tells what became of each row of an import, in their order.
type Receipt struct{ Rows []RowResult }

// RowResult is what became of one row.
type RowResult struct {
	Status   RowStatus
	ID       RecordID  // of the row's record, if it has one
	Findings []Finding // why it failed
	Sent     string    // its JSON as sent, if it is not in the table
}

// Left reports whether the row is not in the table.
func (r *RowResult) Left() bool { return r.Status == RowFailed || r.Status == RowSkipped }

// Count is how many rows ended so.
func (r *Receipt) Count(s RowStatus) (n int) {
	for i := range r.Rows {
		if r.Rows[i].Status == s {
			n++
		}
	}
	return n
}

// size is about how many bytes of text a receipt has.
func (r *Receipt) size() (n int) {
	for i := range r.Rows {
		n += len(r.Rows[i].Sent)
		for _, f := range r.Rows[i].Findings {
			n += len(f.Value.Text) + len(f.Reason)
		}
	}
	return n
}

// whole reports whether the rows that are not in the table are there as sent.
func (r *Receipt) whole() bool {
	return !slices.ContainsFunc(r.Rows, func(row RowResult) bool {
		return row.Left() && row.Sent == ""
	})
}

// Placed is what became of a row of an import whose rows are on their own, and so are changes.
type Placed struct {
	Status  RowStatus // never RowSkipped
	ID      RecordID  // of its record
	Clashes []Clash   // why it failed, if not for Change.NewProblem; in order of fields
}

// Clash is a unique value of a row that a record has already, one that an earlier row of the import made if Row is its
// number, else 0.
type Clash struct{ Field, Row int }

// leaveOut rejects the row at place i.
func (b *Batch) leaveOut(i int, found findings) {
	b.Task.Rejections = append(b.Task.Rejections, Rejection{Row: i + 1, Reason: found.String()})
	if b.Task.Receipt != nil {
		b.Task.Receipt.Rows[i] = b.failed(i, found)
	}
}

func (b *Batch) failed(i int, found findings) RowResult {
	return RowResult{Status: RowFailed, Findings: found.kept(), Sent: b.sent[i].Sent}
}

// Added is the task of a batch whose records were added. Their ids stand in them if the batch has a receipt to tell them.
func (b *Batch) Added() Task {
	task := b.Task
	if task.Receipt == nil {
		return task
	}
	rows := slices.Clone(task.Receipt.Rows)
	for i, r := range b.Records {
		rows[b.Rows[i]-1] = RowResult{Status: RowCreated, ID: r.ID}
	}
	task.Receipt = &Receipt{rows}
	return task
}

// Doomed reports whether nothing of the batch may be added, whatever the table holds.
func (b *Batch) Doomed() bool { return b.Mode == Atomic && len(b.Task.Rejections) > 0 }

// Done is the task of a batch of changes, which ended so.
func (b *Batch) Done(t *Table, rows []Placed) Task {
	task := b.Task
	task.Rejections = slices.Clone(task.Rejections)
	if task.Receipt != nil {
		task.Receipt = &Receipt{slices.Clone(task.Receipt.Rows)}
	}
	for i, p := range rows {
		at := b.Rows[i] - 1
		if p.Status != RowFailed {
			task.Success++
			if task.Receipt != nil {
				task.Receipt.Rows[at] = RowResult{Status: p.Status, ID: p.ID}
			}
			continue
		}
		found := b.Changes[i].newFindings
		if len(p.Clashes) > 0 {
			found = b.clashes(t, i, p.Clashes)
		}
		task.Rejections = append(task.Rejections, Rejection{Row: at + 1, Reason: found.String()})
		if task.Receipt != nil {
			task.Receipt.Rows[at] = b.failed(at, found)
		}
	}
	slices.SortStableFunc(task.Rejections, func(x, y Rejection) int { return x.Row - y.Row })
	return task
}

// clashes says which values of change i are others' already.
func (b *Batch) clashes(t *Table, i int, clashes []Clash) (found findings) {
	c := &b.Changes[i]
	for _, clash := range clashes {
		f, v := &t.Fields[clash.Field], c.value(clash.Field)
		one := Finding{f.Name, FindingConflict, b.raw(t, b.Rows[i]-1, clash.Field), ReasonConflict(t, clash.Field, v)}
		if clash.Row > 0 && b.Mode == Partial {
			one.Code, one.Reason = FindingRepeated, reasonRepeated(f, v, clash.Row)
		}
		found.add(one)
	}
	return found
}

// value is what a change brings into a field.
func (c *Change) value(field int) Value {
	for _, p := range c.Set {
		if p.Field == field {
			return p.Value
		}
	}
	return c.NewValues[field]
}

// raw is what the row at place i has for a field, as sent. It is known where there is a receipt to tell it.
func (b *Batch) raw(t *Table, i, field int) Raw {
	if b.sent == nil {
		return Raw{}
	}
	if at := t.lastCells(b.sent[i].Cells)[field]; at >= 0 {
		return b.sent[i].Cells[at].Raw
	}
	return Raw{}
}

// refuse marks the rows of a batch of which nothing is added: those with findings of the table's have failed, the other
// valid ones are skipped.
func (b *Batch) refuse(task *Task, found map[int]findings) {
	if task.Receipt == nil {
		return
	}
	rows := slices.Clone(task.Receipt.Rows)
	for _, row := range b.Rows {
		if f := found[row]; f.any() {
			rows[row-1] = b.failed(row-1, f)
		} else {
			rows[row-1] = RowResult{Status: RowSkipped, Sent: b.sent[row-1].Sent}
		}
	}
	task.Receipt = &Receipt{rows}
}

// keptRow and keptFinding are the forms in which a receipt is kept. More are the rows behind a row that ended as it did, each with the
// next id: most imports are a single such run.
type (
	keptRow struct {
		Status   RowStatus     `json:"s"`
		ID       RecordID      `json:"i,omitempty"`
		More     int           `json:"n,omitempty"`
		Findings []keptFinding `json:"f,omitempty"`
		Sent     string        `json:"r,omitempty"`
	}
	keptFinding struct {
		Field  string      `json:"f,omitempty"`
		Code   FindingCode `json:"c"`
		Kind   Kind        `json:"k,omitempty"`
		Text   string      `json:"t,omitempty"`
		Reason string      `json:"r"`
	}
	keptReceipt struct {
		Rejections []keptRejection `json:"rejections"`
		Rows       []keptRow       `json:"rows"`
	}
)

// mostKeptText is how much text of a receipt is kept with its task.
const mostKeptText = 16 << 20

func (t Task) encodeReceipt() ([]byte, error) {
	k := keptReceipt{Rejections: make([]keptRejection, len(t.Rejections)), Rows: []keptRow{}}
	for i, r := range t.Rejections {
		k.Rejections[i] = keptRejection(r)
	}
	all := t.Receipt.size() <= mostKeptText
	for i, r := range t.Receipt.Rows {
		if n := len(k.Rows) - 1; i > 0 && k.Rows[n].goesOn(r) {
			k.Rows[n].More++
			continue
		}
		k.Rows = append(k.Rows, keptRow{Status: r.Status, ID: r.ID})
		row := &k.Rows[len(k.Rows)-1]
		if all {
			row.Sent = r.Sent
		}
		for _, f := range r.Findings {
			row.Findings = append(row.Findings, keptFinding{f.Field, f.Code, f.Value.Kind, f.Value.Text, f.Reason})
		}
	}
	return json.Marshal(k)
}

// goesOn reports whether a row is another one of the run that is kept as k.
func (k *keptRow) goesOn(r RowResult) bool {
	return k.ID != 0 && r.Status == k.Status && r.ID == k.ID+RecordID(k.More)+1 && !r.Left()
}

func (t *Task) decodeReceipt(text string) error {
	var k keptReceipt
	if err := json.Unmarshal([]byte(text), &k); err != nil {
		return err
	}
	for _, r := range k.Rejections {
		t.Rejections = append(t.Rejections, Rejection(r))
	}
	t.Receipt = &Receipt{}
	for _, r := range k.Rows {
		row := RowResult{Status: r.Status, ID: r.ID, Sent: r.Sent}
		for _, f := range r.Findings {
			row.Findings = append(row.Findings, Finding{f.Field, f.Code, Raw{f.Kind, f.Text}, f.Reason})
		}
		for range r.More + 1 {
			t.Receipt.Rows = append(t.Receipt.Rows, row)
			row.ID++
		}
	}
	return nil
}
