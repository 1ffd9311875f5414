package sqlite

import (
	"sync"
	"testing"
	"time"

	"stele"
)

// BenchmarkAlter makes changes of a table of a million records while 10 rows are imported each 50 ms and pages are read each 10 ms. It
// says how long the change took, and the longest that an import and a page took meanwhile. To be run with -benchtime 1x.
func BenchmarkAlter(b *testing.B) {
	s := openTest(b, b.TempDir(), Options{})
	db, def := newAgent(b, s, "a")
	const n = 1_000_000
	for from := 1; from <= n; from += 1000 {
		importN(b, db, def, from, 1000)
	}
	next := n + 1
	for _, c := range []struct {
		name string
		raw  stele.RawAlter
	}{
		{"nothing", stele.RawAlter{}},
		{"describe", stele.RawAlter{Op: stele.DescribeTable, Draft: stele.DraftField{Description: "new"}}},
		{"rename_field", stele.RawAlter{Op: stele.RenameField, Field: "title", To: "label"}},
		{"add_field", stele.RawAlter{Op: stele.AddField, Draft: stele.DraftField{Name: "new", Type: "INT", Required: true}, Default: stele.Raw{Kind: stele.KindNumber, Text: "7"}}},
		{"drop_required", stele.RawAlter{Op: stele.DropRequired, Field: "new"}},
		{"set_required", stele.RawAlter{Op: stele.SetRequired, Field: "new"}},
		{"drop_unique", stele.RawAlter{Op: stele.DropUnique, Field: "number"}},
		{"set_unique", stele.RawAlter{Op: stele.SetUnique, Field: "number"}},
		{"set_unique refused", stele.RawAlter{Op: stele.SetUnique, Field: "label"}},
		{"change_type refused", stele.RawAlter{Op: stele.ChangeType, Field: "code", Draft: stele.DraftField{Type: "INT"}}},
		{"change_type", stele.RawAlter{Op: stele.ChangeType, Field: "price", Draft: stele.DraftField{Type: "TEXT"}}},
		{"change_type of a unique field", stele.RawAlter{Op: stele.ChangeType, Field: "number", Draft: stele.DraftField{Type: "TEXT"}}},
		{"drop_field", stele.RawAlter{Op: stele.DropField, Field: "shipped_at"}},
		{"drop table", stele.RawAlter{}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				stop := make(chan struct{})
				var writes, reads time.Duration
				var done sync.WaitGroup
				done.Go(func() {
					writes = longest(b, db, def.ID, stop, 50*time.Millisecond, func(t *stele.Table) error { return importSome(b, db, t, &next) })
				})
				done.Go(func() {
					reads = longest(b, db, def.ID, stop, 10*time.Millisecond, func(t *stele.Table) error {
						_, err := db.Records(b.Context(), t, stele.RecordQuery{Offset: n / 2, Limit: 100})
						return err
					})
				})
				began := time.Now()
				t, err := db.Table(b.Context(), def.ID)
				must(b, err)
				switch {
				case c.name == "drop table":
					_, err = db.DropTable(b.Context(), t, nil)
				case c.raw.Op == "":
					time.Sleep(2 * time.Second)
				default:
					a, err := t.Alter([]stele.RawAlter{c.raw}, stele.DefaultLimits())
					must(b, err)
					_, err = db.Alter(b.Context(), a, nil)
					must(b, err)
				}
				must(b, err)
				b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms")
				close(stop)
				done.Wait()
				b.ReportMetric(float64(writes.Milliseconds()), "ms/longest-import")
				b.ReportMetric(float64(reads.Milliseconds()), "ms/longest-page")
			}
		})
	}
}

// longest calls do again and again, as an agent does, and returns how long the longest call took.
func longest(b *testing.B, db stele.Database, id stele.TableID, stop chan struct{}, pause time.Duration, do func(*stele.Table) error) (most time.Duration) {
	for {
		began := time.Now()
		for {
			t, err := db.Table(b.Context(), id)
			if err == nil {
				err = do(t)
			}
			if err == nil || stele.ErrorCode(err) == stele.CodeTableNotFound {
				break
			}
			if err != stele.ErrTableChanged {
				b.Error(err)
				break
			}
		}
		most = max(most, time.Since(began))
		select {
		case <-stop:
			return most
		case <-time.After(pause):
		}
	}
}

// importSome imports ten records of the table as it is.
func importSome(b *testing.B, db stele.Database, t *stele.Table, next *int) error {
	batch := &stele.Batch{Task: stele.Task{ID: stele.NewTaskID(time.Now()), Table: t.ID, Created: 1, Total: 10, Success: 10}}
	for i := range 10 {
		values := make([]stele.Value, len(t.Fields))
		for f, fd := range t.Fields {
			switch fd.Type {
			case stele.Text:
				values[f] = stele.TextValue("PX-" + stele.IntValue(int64(*next)).String())
			case stele.Int:
				values[f] = stele.IntValue(int64(*next))
			case stele.Float:
				values[f] = stele.FloatValue(float64(*next))
			}
		}
		*next++
		batch.Records, batch.Rows = append(batch.Records, stele.Record{Values: values}), append(batch.Rows, i+1)
	}
	task, err := db.Import(b.Context(), t, batch, 5, nil)
	if err == nil && task.Success != 10 {
		b.Errorf("%+v", task)
	}
	return err
}
