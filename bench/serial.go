package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const (
	batch       = 1000   // rows of an import, records of a delete
	changes     = 100    // entries of an update
	baseRecords = 10_000 // in the table before a round and after it
)

// serial is one client that imports, updates, reads and deletes, each request when the last one was answered. A round
// leaves the tables as it found them, so that rounds are alike.
type serial struct {
	stele   *agentTable
	records *sqliteFloor
	bare    *caller
	next    int64 // parcel that was not used yet
	first   int64 // id of the floor's first record

	imports, updates, pages, coldPages, deletes measure
}

// samples are how often a round repeats each request, pages more often since they are short. Each page is read
// pageTurns times: the first reading after a write fills the readers' page cache, which is a line of its own.
const (
	writeSamples = 4
	pageSamples  = 20
	pageTurns    = 3
	coldSamples  = 5
)

func newSerial(ctx context.Context, stele *agentTable, records *sqliteFloor, bare *caller) (*serial, error) {
	line := func(name string, target float64) measure {
		return measure{name: name, sides: []string{"stele", "sqlite", "http"}, ratio: overFloors, target: target}
	}
	s := &serial{
		stele: stele, records: records, bare: bare, next: baseRecords,
		imports: line("import of 1000 rows", 1.35), updates: line("update of 100 by unique key", 1.5),
		pages: line("page of 100", 1.5), coldPages: line("page of 100 right after a write", 0),
		deletes: line("delete of 1000", 1.5),
	}
	if err := stele.fill(ctx, 0, baseRecords); err != nil {
		return nil, fmt.Errorf("filling the table: %w", err)
	}
	first, err := fillFloor(records, 0, baseRecords)
	if err != nil {
		return nil, err
	}
	s.first = first
	if err := s.rehearse(ctx); err != nil {
		return nil, fmt.Errorf("rehearsing: %w", err)
	}
	return s, nil
}

// fillFloor imports as agentTable.fill does, and returns the id of the first record.
func fillFloor(f *sqliteFloor, from int64, count int) (first int64, err error) {
	for at := 0; at < count; at += batch {
		id, err := f.importParcels(parcelsFrom(from+int64(at), min(batch, count-at)))
		if err != nil {
			return 0, err
		}
		if at == 0 {
			first = id
		}
	}
	return first, nil
}

// rehearse shows the HTTP floor what the server answers to each request, and warms all sides.
func (s *serial) rehearse(ctx context.Context) error {
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
	if err := show(routeDelete, deleteBody(s.stele.table, ids)); err != nil {
		return err
	}
	if err := s.round(ctx, 0); err != nil {
		return err
	}
	for _, m := range s.measures() {
		m.times = nil
	}
	return nil
}

func (s *serial) measures() []*measure {
	return []*measure{&s.imports, &s.updates, &s.pages, &s.coldPages, &s.deletes}
}

func (s *serial) round(ctx context.Context, r int) error {
	batches := make([][]parcel, writeSamples)
	for i := range batches {
		batches[i] = parcelsFrom(s.next, batch)
		s.next += batch
	}
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
	if err := s.roundColdPages(ctx, r); err != nil {
		return err
	}
	return s.stele.hold(ctx, baseRecords)
}

// post is a side that sends prepared bodies and looks for a text in each answer; "" is in every answer.
func post(c *caller, path, text string, bodies [][]byte) side {
	return func(ctx context.Context) (time.Duration, error) {
		return each(len(bodies), func(i int) error { return c.expect(ctx, path, bodies[i], text) })
	}
}

func (s *serial) roundImports(ctx context.Context, r int, batches [][]parcel) (firsts []int64, err error) {
	bodies := make([][]byte, len(batches))
	for i, ps := range batches {
		bodies[i] = importBody(s.stele.table, ps)
	}
	firsts = make([]int64, len(batches))
	floor := func(context.Context) (time.Duration, error) {
		return each(len(batches), func(i int) (err error) {
			firsts[i], err = s.records.importParcels(batches[i])
			return err
		})
	}
	err = s.imports.round(ctx, r, post(s.stele.caller, routeImport, "", bodies), floor, post(s.bare, routeImport, "", bodies))
	return firsts, err
}

func (s *serial) roundUpdates(ctx context.Context, r int, batches [][]parcel) error {
	bodies, sets := make([][]byte, len(batches)), make([][]parcel, len(batches))
	for i, ps := range batches {
		some := make([]parcel, changes)
		for j := range some {
			some[j] = ps[j*len(ps)/changes] // spread over the batch
		}
		sets[i] = changed(some)
		bodies[i] = updateBody(s.stele.table, sets[i])
	}
	floor := func(context.Context) (time.Duration, error) {
		return each(len(sets), func(i int) error { return s.records.updateParcels(sets[i]) })
	}
	const all = `"success_count":100`
	return s.updates.round(ctx, r, post(s.stele.caller, routeUpdate, all, bodies), floor, post(s.bare, routeUpdate, all, bodies))
}

// someRecords is in every answer with a record in it.
const someRecords = `"records":[{`

// somePages are pages all over the table: request and, for the floor, first record.
func (s *serial) somePages(r, count int) (bodies [][]byte, froms []int64) {
	for i := range count {
		number := (r*7+i*13)%(baseRecords/pageSize) + 1
		bodies = append(bodies, pageBody(s.stele.table, number))
		froms = append(froms, s.first+int64(number-1)*pageSize)
	}
	return bodies, froms
}

func (s *serial) roundPages(ctx context.Context, r int) error {
	bodies, froms := s.somePages(r, pageSamples)
	bodies, froms = slices.Repeat(bodies, pageTurns), slices.Repeat(froms, pageTurns)
	floor := func(context.Context) (time.Duration, error) {
		return each(len(froms), func(i int) error { return s.records.readPage(froms[i]) })
	}
	return s.pages.round(ctx, r, post(s.stele.caller, routePage, someRecords, bodies), floor, post(s.bare, routePage, someRecords, bodies))
}

// roundColdPages reads each page once, right after another write. What writes is not measured.
func (s *serial) roundColdPages(ctx context.Context, r int) error {
	bodies, froms := s.somePages(r, coldSamples)
	written := parcelsFrom(int64(r)%baseRecords, 1)
	write := updateBody(s.stele.table, written)
	stele := func(ctx context.Context) (time.Duration, error) {
		return eachAfter(len(bodies),
			func(int) error { return s.stele.caller.expect(ctx, routeUpdate, write, `"success_count":1`) },
			func(i int) error { return s.stele.caller.expect(ctx, routePage, bodies[i], someRecords) })
	}
	floor := func(context.Context) (time.Duration, error) {
		return eachAfter(len(froms),
			func(int) error { return s.records.updateParcels(written) },
			func(i int) error { return s.records.readPage(froms[i]) })
	}
	return s.coldPages.round(ctx, r, stele, floor, post(s.bare, routePage, someRecords, bodies))
}

func (s *serial) roundDeletes(ctx context.Context, r int, firsts []int64) error {
	ids, err := s.stele.ids(ctx, baseRecords, len(firsts)*batch)
	if err != nil {
		return err
	}
	bodies := make([][]byte, len(firsts))
	for i := range bodies {
		bodies[i] = deleteBody(s.stele.table, ids[i*batch:(i+1)*batch])
	}
	floor := func(context.Context) (time.Duration, error) {
		return each(len(firsts), func(i int) error { return s.records.deleteParcels(firsts[i], batch) })
	}
	return s.deletes.round(ctx, r, post(s.stele.caller, routeDelete, "", bodies), floor, post(s.bare, routeDelete, "", bodies))
}
