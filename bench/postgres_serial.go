package main

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"
)

// pgSerial is one client that imports, updates, reads and deletes, as serial is: through a server, through the store in
// this process, and in bare statements. A round leaves the tables as it found them.
type pgSerial struct {
	stele *agentTable
	store *storeTable
	floor *pgFloor
	bare  *caller
	next  int64 // parcel that was not used yet
	first int64 // id of the floor's first record

	imports, updates, pages, deletes measure
}

func (in *installation) serialSuites(ctx context.Context, bare *caller) ([]suite, error) {
	stele, err := in.agentTable(ctx, "serial", tableDraft)
	if err != nil {
		return nil, err
	}
	store, err := in.storeTable(ctx, "store")
	if err != nil {
		return nil, err
	}
	floors, err := in.pgServer.floor(ctx, pgFloorSchema+pgSerialIndex, 1)
	if err != nil {
		return nil, err
	}
	s := &pgSerial{stele: stele, store: store, floor: floors[0], bare: bare, next: baseRecords}
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	u, err := in.newUpserts(ctx)
	return []suite{s, u}, err
}

func (s *pgSerial) begin(ctx context.Context) (err error) {
	for m, name := range map[*measure]string{
		&s.imports: "import of 1000 rows", &s.updates: "update of 100 by unique key", &s.pages: "page of 100", &s.deletes: "delete of 1000",
	} {
		*m = measure{name: name, sides: []string{"stele", "store", "statement", "http"}}
	}
	s.imports.sides = append(s.imports.sides, "plain insert")
	if err := s.stele.fill(ctx, 0, baseRecords); err != nil {
		return fmt.Errorf("filling the table: %w", err)
	}
	if err := s.store.fill(ctx, 0, baseRecords); err != nil {
		return fmt.Errorf("filling the table of the store alone: %w", err)
	}
	if s.first, err = s.floor.fill(ctx, 0, baseRecords); err != nil {
		return err
	}
	if err := s.show(ctx); err != nil {
		return fmt.Errorf("rehearsing: %w", err)
	}
	if err := s.round(ctx, 0); err != nil {
		return fmt.Errorf("rehearsing: %w", err)
	}
	for _, m := range []*measure{&s.imports, &s.updates, &s.pages, &s.deletes} {
		m.times = nil
	}
	return nil
}

// show shows the HTTP floor what the server answers to each request.
func (s *pgSerial) show(ctx context.Context) error {
	ps := parcelsFrom(s.next, batch)
	s.next += batch
	show := func(path string, body []byte) error {
		answer, err := s.stele.caller.post(ctx, path, body)
		if err != nil {
			return err
		}
		_, err = s.bare.send(ctx, "PUT", path, append([]byte(nil), answer...))
		return err
	}
	if err := show(routeImport, importBody(s.stele.table, ps)); err != nil {
		return err
	}
	if err := show(routeUpdate, updateBody(s.stele.table, changed(ps[:changes]))); err != nil {
		return err
	}
	if err := show(routePage, pageBody(s.stele.table, baseRecords/pageSize/2)); err != nil {
		return err
	}
	ids, err := s.stele.ids(ctx, baseRecords, batch)
	if err != nil {
		return err
	}
	return show(routeDelete, deleteBody(s.stele.table, ids))
}

// measures are, of each request, the server over the bare statement; over the statement and the HTTP floor; and the store
// over the statement.
func (s *pgSerial) measures() []*measure {
	var lines []*measure
	for _, m := range []struct {
		*measure
		target float64
	}{{&s.imports, 1.5}, {&s.updates, 2}, {&s.deletes, 2}, {&s.pages, 0}} {
		lines = append(lines,
			m.line(m.name, m.target, "stele", "statement"),
			m.line(m.name+", both floors", 0, "stele", "statement", "http"),
			m.line(m.name+", store alone", 0, "store", "statement"))
		if m.name == s.imports.name {
			lines = append(lines, m.line(m.name+", against a plain insert", 0, "stele", "plain insert"))
		}
	}
	return lines
}

func (s *pgSerial) round(ctx context.Context, r int) error {
	batches := s.some(writeSamples)
	firsts, err := s.roundImports(ctx, r, batches)
	if err != nil {
		return err
	}
	if err := s.roundUpdates(ctx, r, batches); err != nil {
		return err
	}
	if err := s.roundDeletes(ctx, r, firsts); err != nil {
		return err
	}
	if err := s.roundPages(ctx, r); err != nil { // after the deletes: ids without gaps
		return err
	}
	if err := s.stele.hold(ctx, baseRecords); err != nil {
		return err
	}
	if err := s.store.hold(ctx, baseRecords); err != nil {
		return err
	}
	return s.floor.hold(ctx, baseRecords)
}

// some makes lists of parcels that were not used yet.
func (s *pgSerial) some(count int) [][]parcel {
	batches := make([][]parcel, count)
	for i := range batches {
		batches[i] = parcelsFrom(s.next, batch)
		s.next += batch
	}
	return batches
}

// repeated is a side that makes n calls, one after the other.
func repeated(n int, call func(ctx context.Context, i int) error) side {
	return func(ctx context.Context) (time.Duration, error) {
		return each(n, func(i int) error { return call(ctx, i) })
	}
}

func (s *pgSerial) roundImports(ctx context.Context, r int, batches [][]parcel) (firsts []int64, err error) {
	bodies := make([][]byte, len(batches))
	for i, ps := range batches {
		bodies[i] = importBody(s.stele.table, ps)
	}
	accepted, err := s.store.accept(batches)
	if err != nil {
		return nil, err
	}
	columns := columnsOfAll(batches)
	firsts = make([]int64, 2*len(batches))
	plain := columnsOfAll(s.some(len(batches)))
	err = s.imports.round(ctx, r,
		post(s.stele.caller, routeImport, "", bodies),
		repeated(len(accepted), func(ctx context.Context, i int) error { return s.store.load(ctx, accepted[i]) }),
		repeated(len(columns), func(ctx context.Context, i int) (err error) {
			firsts[i], err = s.floor.insert(ctx, columns[i])
			return err
		}),
		post(s.bare, routeImport, "", bodies),
		repeated(len(plain), func(ctx context.Context, i int) (err error) {
			firsts[len(batches)+i], err = s.floor.plainly(ctx, plain[i])
			return err
		}))
	if err != nil {
		return nil, err
	}
	for _, first := range firsts[len(batches):] { // the other half goes where deletes are measured
		if err := s.floor.remove(ctx, inRow(first, batch)); err != nil {
			return nil, err
		}
	}
	return firsts[:len(batches)], nil
}

func (s *pgSerial) roundUpdates(ctx context.Context, r int, batches [][]parcel) error {
	bodies, sets := make([][]byte, len(batches)), make([][]parcel, len(batches))
	for i, ps := range batches {
		some := make([]parcel, changes)
		for j := range some {
			some[j] = ps[j*len(ps)/changes] // spread over the batch
		}
		sets[i] = changed(some)
		bodies[i] = updateBody(s.stele.table, sets[i])
	}
	columns := columnsOfAll(sets)
	const all = `"success_count":100`
	return s.updates.round(ctx, r,
		post(s.stele.caller, routeUpdate, all, bodies),
		repeated(len(sets), func(ctx context.Context, i int) error { return s.store.update(ctx, sets[i]) }),
		repeated(len(columns), func(ctx context.Context, i int) error { return s.floor.update(ctx, columns[i]) }),
		post(s.bare, routeUpdate, all, bodies))
}

func (s *pgSerial) roundDeletes(ctx context.Context, r int, firsts []int64) error {
	ids, err := s.stele.ids(ctx, baseRecords, len(firsts)*batch)
	if err != nil {
		return err
	}
	own, err := s.store.ids(ctx, baseRecords, len(firsts)*batch)
	if err != nil {
		return err
	}
	bodies := make([][]byte, len(firsts))
	for i := range bodies {
		bodies[i] = deleteBody(s.stele.table, ids[i*batch:(i+1)*batch])
	}
	return s.deletes.round(ctx, r,
		post(s.stele.caller, routeDelete, "", bodies),
		repeated(len(firsts), func(ctx context.Context, i int) error { return s.store.remove(ctx, own[i*batch:(i+1)*batch]) }),
		repeated(len(firsts), func(ctx context.Context, i int) error { return s.floor.remove(ctx, inRow(firsts[i], batch)) }),
		post(s.bare, routeDelete, "", bodies))
}

func (s *pgSerial) roundPages(ctx context.Context, r int) error {
	numbers, bodies := make([]int, pageSamples), make([][]byte, pageSamples)
	for i := range numbers {
		numbers[i] = (r*7 + i*13) % (baseRecords / pageSize)
		bodies[i] = pageBody(s.stele.table, numbers[i]+1)
	}
	return s.pages.round(ctx, r,
		post(s.stele.caller, routePage, someRecords, bodies),
		repeated(pageSamples, func(ctx context.Context, i int) error { return s.store.page(ctx, int64(numbers[i])*pageSize) }),
		repeated(pageSamples, func(ctx context.Context, i int) error { return s.floor.page(ctx, s.first+int64(numbers[i])*pageSize) }),
		post(s.bare, routePage, someRecords, bodies))
}

// upserts is one client that updates by unique key and creates what is not there: half of it is. One side sends an
// idempotency key with each request.
type upserts struct {
	measure
	stele *agentTable
	keyed *caller
	floor *pgFloor
	next  int64 // parcel that was not used yet
	keys  int
}

func (in *installation) newUpserts(ctx context.Context) (*upserts, error) {
	table, err := in.agentTable(ctx, "upserts", upsertDraft)
	if err != nil {
		return nil, err
	}
	floors, err := in.pgServer.floor(ctx, pgFloorSchema, 1)
	if err != nil {
		return nil, err
	}
	u := &upserts{
		measure: measure{sides: []string{"stele", "with a key", "statement"}},
		stele:   table, keyed: newCaller(table.base, table.secret), floor: floors[0], next: baseRecords,
	}
	if err := table.fill(ctx, 0, baseRecords); err != nil {
		return nil, fmt.Errorf("filling the table: %w", err)
	}
	if _, err := u.floor.fill(ctx, 0, baseRecords); err != nil {
		return nil, err
	}
	if err := u.round(ctx, 0); err != nil {
		return nil, fmt.Errorf("rehearsing: %w", err)
	}
	u.times = nil
	return u, nil
}

func (u *upserts) measures() []*measure {
	return []*measure{
		u.line("update of 100 or creation, half of each", 0, "stele", "statement"),
		u.line("the same with an idempotency key", 0, "with a key", "statement"),
	}
}

// sets makes the rows of some requests: parcels that are there and new ones in turn. fresh are the new ones.
func (u *upserts) sets() (sets [][]parcel, fresh []parcel) {
	for i := range writeSamples {
		var set []parcel
		for j := range changes / 2 {
			p := parcelAt(u.next)
			u.next++
			fresh = append(fresh, p)
			set = append(set, p, parcelAt(int64(i*changes+j*97)%baseRecords))
		}
		sets = append(sets, changed(set))
	}
	return sets, fresh
}

func (u *upserts) round(ctx context.Context, r int) error {
	posting := func(c *caller) (side, []parcel) {
		sets, fresh := u.sets()
		bodies := make([][]byte, len(sets))
		for i, set := range sets {
			bodies[i] = bytes.Replace(updateBody(u.stele.table, set), []byte("{"), []byte(`{"is_create":true,`), 1)
		}
		return repeated(len(bodies), func(ctx context.Context, i int) error {
			if c == u.keyed {
				u.keys++
				c.header.Set("Idempotency-Key", "upsert-"+strconv.Itoa(u.keys))
			}
			return c.expect(ctx, routeUpdate, bodies[i], `"success_count":100`)
		}), fresh
	}
	plain, fresh := posting(u.stele.caller)
	keyed, more := posting(u.keyed)
	sets, others := u.sets()
	columns := columnsOfAll(sets)
	bare := repeated(len(columns), func(ctx context.Context, i int) error { return u.floor.upsert(ctx, columns[i]) })
	if err := u.measure.round(ctx, r, plain, keyed, bare); err != nil {
		return err
	}
	return u.restore(ctx, append(fresh, more...), others)
}

// restore deletes what a round has created, which must have been all of it.
func (u *upserts) restore(ctx context.Context, fresh, others []parcel) error {
	if err := u.stele.hold(ctx, baseRecords+len(fresh)); err != nil {
		return err
	}
	if _, err := u.stele.caller.post(ctx, routeDelete, deleteByCodeBody(u.stele.table, fresh)); err != nil {
		return err
	}
	if err := u.stele.hold(ctx, baseRecords); err != nil {
		return err
	}
	if err := u.floor.removeByCode(ctx, columnsOf(others).codes); err != nil {
		return err
	}
	return u.floor.hold(ctx, baseRecords)
}
