package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"sync"
)

// The bounds of one import (wire.md 5.3), and those of a table by which the header of its CSV is at most so long.
const (
	MostBatchRows = 1000
	mostCSV       = 10 << 20
	mostFields    = 200
	mostName      = 64
	mostRowsCSV   = mostCSV - mostFields*(mostName+1)
)

// ImportOptions says how an Importer goes about its rows.
type ImportOptions struct {
	Mode Mode   // of each batch on its own: Atomic is all or nothing of a batch
	Key  string // Upsert: the unique field that finds records
	Try  bool   // everything is done, told, and undone, batch by batch

	BatchRows  int // most rows of a batch; 0: 1000, which is the most
	BatchBytes int // most bytes of a batch's rows as JSON, unless one row has more; 0: what the server takes

	// InFlight is how many batches may be on their way at once; 0: 4, and with Upsert 1. With more than one, rows of different
	// batches that touch the same record are applied in any order.
	InFlight int

	// KeyPrefix, with a hyphen and the number of the batch behind it, is the Idempotency-Key of each batch. A program that was
	// interrupted adds the same rows again, with the same options: what was applied is not applied again, and is told as it was.
	// The server knows keys for a day at least. Without it keys are made by chance.
	KeyPrefix string

	// EachRow has Task.Rows of a batch tell of each of its rows, with its record's id, and not only of those that are not in the table:
	// a longer answer.
	EachRow bool

	// OnBatch is told of each batch, in their order, one at a time. It must not call the Importer.
	OnBatch func(BatchResult)
	// MostFailures is how many failures the summary keeps; 0: 1000.
	MostFailures int
}

// BatchResult is what became of a batch. Rows are known by the numbers that they were added with.
type BatchResult struct {
	Number   int     // of the batch, from 1
	Rows     []int64 // the numbers of its rows
	Task     Task    // with the counts of a receipt, and what its Rows tell (EachRow), which have their place in the batch there, from 1
	Failures []RowFailure
	Replayed bool // an earlier request with its Idempotency-Key had been applied
	// Err says that the batch was refused as a request, or that no answer came: whether it was applied is not known then.
	Err error
}

// RowFailure is a row that is not in the table.
type RowFailure struct {
	Row    int64
	Status string    // Failed, or Skipped where it was others that kept its batch out
	Errors []Finding // of a row that failed
}

// ImportSummary is what became of all rows.
type ImportSummary struct {
	Batches                                      int // that were answered
	Rows                                         int64
	Created, Updated, Unchanged, Failed, Skipped int64
	Failures                                     []RowFailure // the first of them, in the order of rows
}

// Importer imports any number of rows in batches, several on their way at once. It holds no more than those and the one that is
// being filled. Its methods are for one goroutine.
type Importer struct {
	c    *Client
	o    ImportOptions
	head []byte // of each body
	room int    // bytes that are made for a body at once

	added   int64 // the number of the last row
	batches int
	filling batch
	slots   chan struct{} // one for each batch that has not been told
	flying  sync.WaitGroup

	mu      sync.Mutex
	answers map[int]BatchResult // of batches whose turn has not come
	spare   [][]byte            // bodies that were answered: memory that was used is cheaper than new memory
	told    int
	summary ImportSummary
	err     error // of the first batch that has one
}

// batch is rows as JSON, with commas between, behind what the body of their request begins with.
type batch struct {
	body []byte
	csv  int // no less than they have as CSV
	nums []int64
}

// NewImporter returns an Importer for a table.
func NewImporter(c *Client, table string, o ImportOptions) *Importer {
	o.BatchRows = min(cmp.Or(o.BatchRows, MostBatchRows), MostBatchRows)
	o.BatchBytes = cmp.Or(o.BatchBytes, mostRowsCSV)
	o.MostFailures = cmp.Or(o.MostFailures, 1000)
	if o.InFlight == 0 {
		o.InFlight = 4
		if o.Mode == Upsert {
			o.InFlight = 1
		}
	}
	receipt := any("failed")
	if o.EachRow {
		receipt = true
	}
	head, _ := json.Marshal(struct { // nothing in it can fail
		Table   string `json:"table_id"`
		Receipt any    `json:"receipt"`
		How
	}{table, receipt, How{Mode: o.Mode, Key: o.Key, Try: o.Try}})
	o.InFlight = max(1, o.InFlight)
	return &Importer{
		c: c, o: o, head: append(head[:len(head)-1], `,"records":[`...),
		slots: make(chan struct{}, o.InFlight), answers: map[int]BatchResult{},
	}
}

// Add takes a row, whose number is one more than that of the row before, or 1. It sends the batch that it would not fit into, and
// waits while as many are on their way as may be; ctx is for that wait and for that batch. The row may be changed afterwards.
//
// After an error the row was not taken. If it is of a row that is no JSON, a *RowError, the others are not concerned; else it is that of a
// batch, and no other one is sent.
func (i *Importer) Add(ctx context.Context, row Row) error { return i.AddAs(ctx, i.added+1, row) }

// AddAs is Add of a row with a number of the caller's, such as that of its line.
func (i *Importer) AddAs(ctx context.Context, number int64, row Row) error {
	b, err := encodeRow(row)
	if err != nil {
		i.added = number
		return &RowError{number, err}
	}
	return i.add(ctx, number, b, csvBound(len(row), b))
}

// AddJSON is AddAs of a row that is JSON already, an object with a member for each field, and saves making it: nothing but whether it is
// such an object is looked at. The same rows make the same batches only if their JSON is the same, to the byte.
func (i *Importer) AddJSON(ctx context.Context, number int64, row json.RawMessage) error {
	members, wrapped, ok := rowShape(row)
	if !ok {
		i.added = number
		return &RowError{number, errors.New("it is no object of JSON")}
	}
	if wrapped {
		row = slices.Concat([]byte(`{"values":`), row, []byte{'}'})
	}
	return i.add(ctx, number, row, csvBound(members, row))
}

// add puts a row that is JSON into the batch that is being filled.
func (i *Importer) add(ctx context.Context, number int64, b []byte, csv int) error {
	i.added = number
	f := &i.filling
	if len(f.nums) >= i.o.BatchRows || len(f.nums) > 0 && (f.csv+csv > mostRowsCSV || len(f.body)-len(i.head)+len(b) > i.o.BatchBytes) {
		if err := i.send(ctx); err != nil {
			return err
		}
	}
	if err := i.failed(); err != nil {
		return err
	}
	if len(f.nums) > 0 {
		f.body = append(f.body, ',')
	} else {
		i.begin(len(i.head) + len(b))
	}
	f.body = append(f.body, b...)
	f.csv += csv
	f.nums = append(f.nums, number)
	if len(f.nums) == i.o.BatchRows {
		select {
		case i.slots <- struct{}{}:
			_ = i.start(ctx) // the row was taken: the next one is told
		default: // the next row will wait
		}
	}
	return nil
}

// begin has the batch that is being filled begin, with room for so many bytes.
func (i *Importer) begin(room int) {
	f := &i.filling
	i.mu.Lock()
	if n := len(i.spare) - 1; n >= 0 {
		f.body, i.spare = i.spare[n], i.spare[:n]
	}
	i.mu.Unlock()
	if cap(f.body) < room {
		f.body = make([]byte, 0, max(i.room, room))
	}
	f.body = append(f.body[:0], i.head...)
	f.nums = make([]int64, 0, i.o.BatchRows) // they are handed out
}

// RowError is a row that cannot be sent.
type RowError struct {
	Row int64
	Err error
}

func (e *RowError) Error() string { return fmt.Sprintf("row %d: %v", e.Row, e.Err) }

// Unwrap gives the cause.
func (e *RowError) Unwrap() error { return e.Err }

// Flush sends what has been added and waits until every batch is answered.
func (i *Importer) Flush(ctx context.Context) error {
	err := i.send(ctx)
	i.flying.Wait()
	return cmp.Or(i.failed(), err)
}

// Close is Flush, and returns what became of all rows. The error is that of the first batch that has one; batches behind it may
// have been applied, and OnBatch was told.
func (i *Importer) Close(ctx context.Context) (ImportSummary, error) {
	err := i.Flush(ctx)
	i.mu.Lock()
	defer i.mu.Unlock()
	s := i.summary
	s.Failures = slices.Clone(s.Failures)
	return s, err
}

// Stop ends the import without the batch that is being filled: it waits until those on their way are answered, and returns what became
// of them as Close does. The same rows added again with the same KeyPrefix make the same batches.
func (i *Importer) Stop() (ImportSummary, error) {
	i.filling = batch{}
	return i.Close(context.Background())
}

func (i *Importer) failed() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.err
}

// send starts the batch that is being filled, if there is one, once there is room for it.
func (i *Importer) send(ctx context.Context) error {
	if err := i.failed(); err != nil || len(i.filling.nums) == 0 {
		return err
	}
	select {
	case i.slots <- struct{}{}:
		return i.start(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// start sends the batch that is being filled, and begins another one. It has a slot, and what waited for that may have failed.
func (i *Importer) start(ctx context.Context) error {
	if err := i.failed(); err != nil {
		<-i.slots
		return err
	}
	body := append(i.filling.body, "]}"...)
	i.batches++
	r := BatchResult{Number: i.batches, Rows: i.filling.nums}
	i.filling = batch{}
	i.room = min(len(body)+len(body)/8, mostCSV) // of the next one: most are as long as those before
	i.flying.Go(func() {
		var opts []Option
		if i.o.KeyPrefix != "" {
			opts = []Option{IdempotencyKey(i.o.KeyPrefix + "-" + strconv.Itoa(r.Number))}
		}
		h, err := i.ask(ctx, body, &r.Task, opts)
		if large, ok := errors.AsType[*Error](err); ok && large.Status == http.StatusRequestEntityTooLarge && len(r.Rows) == 1 {
			reason := "the row alone is more than a request may have: " + large.Message
			alone := RowResult{Row: 1, Status: Failed, Errors: []Finding{{Reason: reason}}}
			r.Task, err = Task{Total: 1, Failed: 1, Rows: []RowResult{alone}}, nil // other rows are not concerned
		}
		if err == nil {
			err = r.Task.tells(len(r.Rows), i.o.EachRow)
		}
		if err != nil {
			r.Err = fmt.Errorf("batch %d (rows %d to %d): %w", r.Number, r.Rows[0], r.Rows[len(r.Rows)-1], err)
		}
		r.Replayed = h.Get("Idempotency-Replayed") == "true"
		i.done(r)
	})
	return nil
}

// ask sends a body, which is filled again where nothing can be reading it any more: where the only attempt was answered with what became of
// its rows. Of one that failed a part may be on its way even now.
func (i *Importer) ask(ctx context.Context, body []byte, task *Task, opts []Option) (http.Header, error) {
	req, err := i.c.request(http.MethodPost, dialect+"/v1/database/import/records", body, opts)
	if err != nil {
		return nil, err
	}
	h, err := i.c.send(ctx, req, task)
	if err == nil && req.attempts == 1 {
		i.mu.Lock()
		i.spare = append(i.spare, body)
		i.mu.Unlock()
	}
	return h, err
}

// done tells of batches in their order: of this one, if its turn has come, and of those that it kept waiting. Only then there is
// room for others, so that never more wait than may be on their way.
func (i *Importer) done(r BatchResult) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.answers[r.Number] = r
	for {
		r, ok := i.answers[i.told+1]
		if !ok {
			return
		}
		i.told++
		delete(i.answers, r.Number)
		i.count(&r)
		if i.o.OnBatch != nil {
			i.o.OnBatch(r)
		}
		<-i.slots
	}
}

// count adds a batch to the summary.
func (i *Importer) count(r *BatchResult) {
	if r.Err != nil {
		i.err = cmp.Or(i.err, r.Err)
		return
	}
	s := &i.summary
	s.Batches++
	s.Rows += int64(len(r.Rows))
	t := &r.Task
	s.Created += int64(t.Created)
	s.Updated += int64(t.Updated)
	s.Unchanged += int64(t.Unchanged)
	s.Skipped += int64(t.Skipped)
	s.Failed += int64(t.Failed - t.Skipped)
	for _, row := range t.Rows {
		if row.Status == Failed || row.Status == Skipped {
			for n := range row.Errors {
				if e := &row.Errors[n]; e.Code == "duplicate_in_batch" {
					e.Reason = r.named(e.Reason)
				}
			}
			r.Failures = append(r.Failures, RowFailure{r.Rows[row.Row-1], row.Status, row.Errors})
		}
	}
	s.Failures = append(s.Failures, r.Failures[:min(len(r.Failures), i.o.MostFailures-len(s.Failures))]...)
}

// otherRow is how a reason names another row of its batch.
var otherRow = regexp.MustCompile("row `([0-9]+)`\\)\\.$")

// named has a reason name another row as the caller does.
func (r *BatchResult) named(reason string) string {
	at := otherRow.FindStringSubmatchIndex(reason)
	if at == nil {
		return reason
	}
	n, err := strconv.Atoi(reason[at[2]:at[3]])
	if err != nil || n < 1 || n > len(r.Rows) {
		return reason
	}
	return reason[:at[2]] + strconv.FormatInt(r.Rows[n-1], 10) + reason[at[3]:]
}

// tells reports whether a task says what became of so many rows: that its counts are theirs, and that its rows are each of them, or
// each of those that are not in the table.
func (t *Task) tells(rows int, each bool) error {
	told, left := t.Created+t.Updated+t.Unchanged+t.Failed, 0
	for _, row := range t.Rows {
		if row.Row < 1 || row.Row > rows {
			return fmt.Errorf("the answer tells of row %d of %d", row.Row, rows)
		}
		if row.Status == Failed || row.Status == Skipped {
			left++
		}
	}
	if told != rows || left != t.Failed || each && len(t.Rows) != rows {
		return errors.New("the answer does not tell what became of each row")
	}
	return nil
}
