package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"stele"
	"stele/internal/pgtest"
	"stele/internal/postgres"
)

// BenchmarkAlterBesideOthers changes a table of a million records of six fields while one imports ten rows every 50 ms and one reads pages
// without a pause. It reports how long each change takes, and the longest that either waited meanwhile. Run it with -benchtime 1x.
func BenchmarkAlterBesideOthers(b *testing.B) {
	const records = 1_000_000
	url := pgtest.Database(b)
	store, err := postgres.Open(b.Context(), url, postgres.Options{})
	no := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	no(err)
	b.Cleanup(func() { _ = store.Close() })
	svc := &stele.Service{Store: store, Limits: stele.DefaultLimits(), Now: time.Now}
	a, err := svc.CreateAgent(b.Context(), "shipping")
	no(err)
	_, secret, err := svc.CreateKey(b.Context(), string(a.ID), stele.KeySpec{Scope: stele.ScopeAll})
	no(err)
	agent, err := svc.Authenticate(b.Context(), secret)
	no(err)
	table, err := agent.CreateTable(b.Context(), stele.Draft{Name: "parcels", Description: "parcels", Fields: []stele.DraftField{
		{Name: "code", Type: "TEXT", Unique: true}, {Name: "town", Type: "TEXT"}, {Name: "n", Type: "INT"}, {Name: "weight", Type: "FLOAT"}, {Name: "sent", Type: "DATETIME"}, {Name: "fragile", Type: "BOOLEAN"},
	}}, nil)
	no(err)
	side, err := pgx.Connect(b.Context(), url)
	no(err)
	b.Cleanup(func() { _ = side.Close(context.Background()) })
	schema := `"agent_` + string(a.ID) + `"`
	for _, sql := range []string{
		`INSERT INTO ` + schema + `.parcels SELECT t.next_id+g, 'PX-'||g, 'town '||g%5000, g, g/7.0, timestamp '2026-01-01'+g*interval '1 minute', g%3=0, 1, 1 FROM ` + schema + `._tables t, generate_series(0, ` + fmt.Sprint(records-1) + `) g`,
		`UPDATE ` + schema + `._tables SET next_id=next_id+` + fmt.Sprint(records) + `, record_count=` + fmt.Sprint(records),
		`VACUUM ANALYZE ` + schema + `.parcels`,
	} {
		_, err := side.Exec(b.Context(), sql)
		no(err)
	}
	made := records
	for _, list := range [][]stele.RawAlter{
		nil, // nothing, for two seconds
		{{Op: stele.DescribeField, Field: "n"}},
		{{Op: stele.RenameField, Field: "n", To: "number"}},
		{{Op: stele.AddField, Draft: stele.DraftField{Name: "extra", Type: "INT", Required: true}, Default: stele.Raw{Kind: stele.KindNumber, Text: "5"}}},
		{{Op: stele.SetRequired, Field: "town"}},
		{{Op: stele.DropRequired, Field: "town"}},
		{{Op: stele.SetUnique, Field: "number"}},
		{{Op: stele.DropUnique, Field: "number"}},
		{{Op: stele.SetUnique, Field: "town"}},                                        // refused
		{{Op: stele.ChangeType, Field: "town", Draft: stele.DraftField{Type: "INT"}}}, // refused
		{{Op: stele.ChangeType, Field: "number", Draft: stele.DraftField{Type: "TEXT"}}},
		{{Op: stele.ChangeType, Field: "number", Draft: stele.DraftField{Type: "INT"}}, {Op: stele.SetUnique, Field: "number"}},
		{{Op: stele.DropField, Field: "extra"}},
		{{Op: stele.SetKeywordIndex}},
		{{Op: stele.AddField, Draft: stele.DraftField{Name: "late", Type: "TEXT"}}}, // beside the index
		{{Op: stele.DropKeywordIndex}},
	} {
		name := "nothing"
		for i, c := range list {
			if name += "+" + string(c.Op); i == 0 {
				name = string(c.Op) + "_" + c.Field
			}
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				number := func() string {
					t, err := agent.Tables(b.Context(), "", nil)
					no(err)
					return t[0].Fields[2].Name
				}()
				ctx, stop := context.WithCancel(b.Context())
				var all sync.WaitGroup
				var writes, reads []time.Duration
				var failed error
				all.Go(func() {
					for tick := time.NewTicker(50 * time.Millisecond); ctx.Err() == nil; <-tick.C {
						var rows []stele.Row
						for range 10 {
							made++
							rows = append(rows, stele.Row{Cells: []stele.Cell{
								{Name: "code", Raw: stele.Raw{Kind: stele.KindString, Text: fmt.Sprint("PX-", made)}}, {Name: "town", Raw: stele.Raw{Kind: stele.KindString, Text: "x"}},
								{Name: number, Raw: stele.Raw{Kind: stele.KindString, Text: fmt.Sprint(made)}}, {Name: "extra", Raw: stele.Raw{Kind: stele.KindString, Text: "1"}},
							}})
						}
						begun := time.Now()
						if _, err := agent.Import(b.Context(), string(table), rows, nil); err != nil {
							failed = err
						}
						writes = append(writes, time.Since(begun))
					}
				})
				all.Go(func() {
					for page := int64(1); ctx.Err() == nil; page = (page + 997) % 9000 {
						begun := time.Now()
						if _, _, err := agent.Records(b.Context(), string(table), stele.PageQuery{Page: stele.PageNumber{Page: page + 1, Size: 100}}); err != nil {
							failed = err
						}
						reads = append(reads, time.Since(begun))
					}
				})
				begun := time.Now()
				var done stele.Altered
				var err error
				if list == nil {
					<-time.After(2 * time.Second)
				} else {
					done, err = agent.Alter(b.Context(), string(table), list, nil)
				}
				took := time.Since(begun)
				stop()
				all.Wait()
				no(err)
				no(failed)
				if done.Refused() {
					b.Logf("refused: %d of %d", done.Count, done.Records)
				}
				b.ReportMetric(float64(took.Milliseconds()), "ms")
				b.ReportMetric(float64(slices.Max(writes).Microseconds())/1000, "ms/longest-write")
				b.ReportMetric(float64(slices.Max(reads).Microseconds())/1000, "ms/longest-read")
			}
		})
	}
	b.Run("drop_table", func(b *testing.B) {
		for b.Loop() {
			begun := time.Now()
			_, err := agent.DropTable(b.Context(), string(table), "parcels", nil)
			no(err)
			b.ReportMetric(float64(time.Since(begun).Milliseconds()), "ms")
		}
	})
}
