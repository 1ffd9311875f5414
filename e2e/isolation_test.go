package e2e

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// resident is an agent with the tables that its neighbours have too, and what it did with them.
type resident struct {
	caller
	tables [2]string // ids of "parcels" and "orders"

	mu    sync.Mutex
	tasks []string
	added [2]int
}

// codes are the same for all residents; what they mean is marked with the agent's name.
func (r *resident) row(writer, i int) row {
	return row{"code": fmt.Sprintf("PX-%d-%d", writer, i), "whose": r.name, "n": i}
}

// TestNeighboursNeverMeet lets two agents with equal table names, equal unique values and equal idempotency keys write and
// read at the same time. Every answer is scanned for the other one's name (scanner); here counts and refusals are checked.
func TestNeighboursNeverMeet(t *testing.T) { eachStore(t, testNeighboursNeverMeet) }

func testNeighboursNeverMeet(t *testing.T, s *store) {
	c := s.start(t, "--max-open-agents", "1") // so that their files are closed and opened again all the while
	var all []*resident
	for range 2 {
		a, err := c.agent(t.Context())
		no(t, err)
		r := &resident{caller: a}
		for i, name := range []string{"parcels", "orders"} {
			r.tables[i], err = a.createTable(t.Context(), name, key("code"), field{Name: "whose", Type: "TEXT", Required: true}, field{Name: "n", Type: "INT"})
			no(t, err)
		}
		all = append(all, r)
	}
	const writers, rounds = 3, 15
	var wg sync.WaitGroup
	for i, r := range all {
		other := all[1-i]
		for w := range writers {
			wg.Go(func() {
				for round := range rounds {
					if err := firstOf(r.live(t.Context(), w, round), r.trespass(t.Context(), other)); err != nil {
						t.Errorf("%s: %v", r.name, err)
						return
					}
				}
			})
		}
	}
	wg.Wait()
	for i, r := range all {
		no(t, r.takeStock(t.Context(), all[1-i]))
	}
}

// live writes a batch to both tables, changes and deletes some of it, and reads.
func (r *resident) live(ctx context.Context, writer, round int) error {
	const size = 20
	for i, table := range r.tables {
		var rows []row
		for n := range size {
			rows = append(rows, r.row(writer, round*size+n))
		}
		idempotency := fmt.Sprintf("w%d-r%d-t%d", writer, round, i) // the neighbour uses the same
		a, err := r.post(ctx, pathImport, row{"table_id": table, "records": rows}, "Idempotency-Key", idempotency)
		id, err := taskID(a, err)
		switch {
		case err != nil:
			return err
		case a.header.Get("Idempotency-Replayed") != "":
			return fmt.Errorf("the neighbour's answer was replayed: %s", a)
		}
		r.mu.Lock()
		r.tasks = append(r.tasks, id)
		r.added[i] += size - 1
		r.mu.Unlock()
		first := rows[0]["code"]
		u, err := read[outcome](r.post(ctx, pathUpdate, row{"table_id": table, "update_data": []row{
			{"filter": row{"code": first}, "updated_fields": row{"n": -1, "whose": r.name}}}}))
		if err != nil || u.SuccessCount != 1 {
			return fmt.Errorf("update: %+v, %v", u, err)
		}
		a, err = r.post(ctx, pathDelete, row{"table_id": table, "delete_data": []row{{"filter": row{"code": first}}}})
		if err != nil || a.header.Get("X-Stele-Deleted") != "1" {
			return fmt.Errorf("delete: %s, %v", a, err)
		}
		p, err := r.page(ctx, table, 1+round%3, 100)
		if err != nil {
			return err
		}
		for _, rec := range p.Records {
			if rec.Value["whose"] != r.name {
				return fmt.Errorf("reads %v", rec.Value)
			}
		}
	}
	return nil
}

// trespass tries the other agent's tables in every way; an id that nobody has is told from one that somebody has, and
// nothing else is.
func (r *resident) trespass(ctx context.Context, other *resident) error {
	other.mu.Lock()
	tasks := slices.Clone(other.tasks)
	other.mu.Unlock()
	for _, try := range []struct {
		table          string
		status, number int
	}{{other.tables[0], 403, 403131}, {strings.ToUpper(other.tables[1]), 403, 403131}, {"0123456789abcdef01234567", 404, 403106}, {"nonsense", 404, 403106}} {
		requests := map[string]row{
			pathImport:  {"table_id": try.table, "records": []row{r.row(99, 1)}},
			pathRecords: {"table_id": try.table, "page": 1, "page_size": 10},
			pathUpdate:  {"table_id": try.table, "is_create": true, "update_data": []row{{"filter": row{"code": "PX-0-1"}, "updated_fields": row{"whose": r.name}}}},
			pathDelete:  {"table_id": try.table, "delete_data": []row{{"filter": row{"code": "PX-0-1"}}}},
		}
		for path, body := range requests {
			a, err := r.post(ctx, path, body)
			if err := firstOf(err, a.is(try.status, try.number)); err != nil {
				return fmt.Errorf("%s of a table %s: %w", path, try.table, err)
			}
		}
	}
	a, err := r.post(ctx, pathTables, row{"agent_id": other.id})
	if err := firstOf(err, a.is(http.StatusForbidden, 40113)); err != nil {
		return err
	}
	if len(tasks) == 0 {
		return nil
	}
	mine := r.ownTask()
	got, err := r.caller.tasks(ctx, append(tasks[max(0, len(tasks)-20):], mine)...)
	if err == nil && (len(got) != 1 || got[0].ID != mine) {
		err = fmt.Errorf("asked for %d tasks of another agent and one of its own, got %d", len(tasks), len(got))
	}
	return err
}

func (r *resident) ownTask() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tasks[0]
}

// takeStock reads everything after the load: exactly what this agent wrote, and nobody else.
func (r *resident) takeStock(ctx context.Context, other *resident) error {
	for i, table := range r.tables {
		n := 0
		err := r.each(ctx, table, func(_ int, rec record) error {
			n++
			if rec.Value["whose"] != r.name {
				return fmt.Errorf("holds %v", rec.Value)
			}
			return nil
		})
		if err == nil && n != r.added[i] {
			err = fmt.Errorf("%d records, want %d", n, r.added[i])
		}
		if err != nil {
			return err
		}
	}
	ts, err := r.caller.tables(ctx)
	if err != nil {
		return err
	}
	if len(ts) != 2 || ts[0].ID != r.tables[0] || ts[1].ID != r.tables[1] {
		return fmt.Errorf("lists %+v", ts)
	}
	type verified struct{ Data struct{ Type, ID string } }
	v, err := read[verified](r.get(ctx, pathVerify))
	if err == nil && (v.Data.ID != r.id || v.Data.Type != "agent" || r.id == other.id) {
		err = fmt.Errorf("the key is verified as %+v", v)
	}
	return err
}
