package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"stele/client"
	"stele/internal/datafile"
)

// grace is how long batches that are on their way may take when the command is interrupted.
const grace = 10 * time.Second

// run imports the files one after the other, and prints what became of them.
func (im *importing) run(ctx context.Context) error {
	show := im.p.newMeter("importing", im.total(), "rows")
	var err error
	for _, f := range im.files {
		if err = im.send(ctx, f, show); err != nil {
			break
		}
	}
	show.end()
	if e := im.out.print(im.p, im.JSON); err == nil {
		err = e
	}
	switch {
	case err != nil:
		return err
	case im.out.refused() > 0:
		return partError{fmt.Errorf("%s refused", were(im.out.refused()))}
	}
	return nil
}

// sending is one file on its way.
type sending struct {
	f      *importFile
	out    *fileSummary
	repair *repairFile
	show   *meter

	mu   sync.Mutex
	held heldRows // without an answer
	err  error    // of the repair file
}

// send imports one file.
func (im *importing) send(ctx context.Context, f *importFile, show *meter) error {
	out := &fileSummary{File: f.shown(), Rows: f.plan.Rows}
	im.out.Files = append(im.out.Files, out)
	prefix, err := im.keyPrefix(f)
	if err == nil {
		err = f.reader.Rewind()
	}
	if err != nil {
		return err
	}
	run := &sending{f: f, out: out, repair: &repairFile{path: f.repair, plan: f.plan}, show: show}
	to := client.NewImporter(manyRequests(im.s, max(im.InFlight, 4)), im.id, client.ImportOptions{
		Mode: client.Mode(im.Mode), Key: im.Key, Try: im.DryRun, BatchRows: im.BatchRows, BatchBytes: mostBatch, KeyPrefix: prefix, InFlight: im.InFlight,
		OnBatch: run.told, MostFailures: 1,
	})
	patient, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	stop := context.AfterFunc(ctx, func() {
		show.say("interrupted: waiting for the rows that are on their way")
		time.AfterFunc(grace, end)
	})
	defer stop()
	var e error
	if err = run.feed(ctx, patient, to); err == nil {
		_, err = to.Close(patient)
	} else if _, e = to.Stop(); e != nil { // a batch that is not full would be another one the next time
		err = e
	}
	if e = errors.Join(run.err, run.repair.close()); err == nil && e != nil {
		err = fmt.Errorf("writing the repair file: %w", e)
	}
	out.RepairFile = run.repair.written()
	if err != nil {
		return fmt.Errorf("%s: %w. %s", out.File, im.s.explain(plainly(ctx, err)), out.sofar(im.DryRun, prefix != "" && !final(err)))
	}
	return nil
}

// final reports whether the server has refused what the same request will not get another time either.
func final(err error) bool {
	refused, ok := errors.AsType[*client.Error](err)
	if !ok {
		return false
	}
	switch refused.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge:
		return true
	}
	return refused.Code == client.CodeUnauthenticated || refused.Code == client.CodeForbidden
}

// plainly says of an interrupted import just that.
func plainly(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return errors.New("interrupted")
	}
	return err
}

// keyPrefix is that of the batches' idempotency keys: another one for whatever makes another batch of a row, or puts it elsewhere.
func (im *importing) keyPrefix(f *importFile) (string, error) {
	if im.DryRun || im.Again {
		return "", nil
	}
	digest, err := f.reader.Digest()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%q %x %q %q %d %q %s", im.id, digest, im.Mode, im.Key, im.BatchRows, f.reader.Format(), f.reader.As()) // a hash takes all
	for _, c := range f.plan.Columns {
		_, _ = fmt.Fprintf(h, "\n%q %q %q %t %q", c.Source, c.Name, c.Type, c.DecimalComma, c.DateOrder)
	}
	return fmt.Sprintf("import-%x", h.Sum(nil)[:16]), nil
}

// feed reads the file and adds its rows.
func (r *sending) feed(ctx, patient context.Context, to *client.Importer) error {
	rows := r.f.plan.Encoder()
	var sent []byte
	for ctx.Err() == nil {
		row, err := r.f.reader.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		sent = rows.Append(sent[:0], row)
		r.hold(row)
		err = to.AddJSON(patient, row.Number, sent)
		if bad := (*client.RowError)(nil); errors.As(err, &bad) {
			r.out.Failed++
			r.refuse(row.Number, client.Failed, []string{bad.Err.Error()})
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (r *sending) hold(row datafile.Row) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held.add(row)
}

// told counts a batch. Calls come one at a time.
func (r *sending) told(b client.BatchResult) {
	n := int64(len(b.Rows))
	first, last := b.Rows[0], b.Rows[n-1]
	refused, answered := errors.AsType[*client.Error](b.Err)
	switch {
	case b.Err == nil:
	case answered && refused.Status < 500:
		r.out.Unsent = append(r.out.Unsent, span{first, last})
		return
	default:
		r.out.Unknown = append(r.out.Unknown, span{first, last})
		return
	}
	r.out.Answered += n
	if b.Replayed {
		r.out.Replayed += n
	}
	r.out.Created += int64(b.Task.Created)
	r.out.Updated += int64(b.Task.Updated)
	r.out.Unchanged += int64(b.Task.Unchanged)
	r.out.Skipped += int64(b.Task.Skipped)
	r.out.Failed += int64(b.Task.Failed - b.Task.Skipped)
	for _, f := range b.Failures {
		var reasons []string
		for _, e := range f.Errors {
			reasons = append(reasons, e.Reason)
		}
		if f.Status == client.Skipped {
			reasons = []string{"nothing is wrong with it, but other rows of its batch were refused"}
		}
		r.refuse(f.Row, f.Status, reasons)
	}
	r.mu.Lock()
	r.held.drop(last)
	r.mu.Unlock()
	r.show.add(n)
}

// refuse writes a row into the repair file.
func (r *sending) refuse(row int64, status string, reasons []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.out.Refused) < mostRefused {
		r.out.Refused = append(r.out.Refused, refusedRow{row, status, reasons})
	}
	if err := r.repair.add(r.held.cells(row), strings.Join(reasons, "; ")); err != nil {
		r.err = errors.Join(r.err, err)
	}
}
