package main

import (
	"context"
	"fmt"
	"time"
)

const (
	importers       = 8
	importerRows    = 10
	importerSamples = 25 // requests of each client in a round

	updaters       = 32
	updaterSamples = 15
)

// concurrent is many clients of one agent at once, each sending its next request when its last one was answered. The
// time of a side is wall time over requests. The floors run at the same concurrency: as many writers share the SQLite
// connection under its mutex, or have a connection to PostgreSQL each, a commit each, and as many clients call the bare handler.
type concurrent struct {
	measure

	stele   *agentTable
	floor   crowdFloor
	clients []*caller // of the server
	bare    []*caller
	route   string
	text    string // in every answer
	perCall int    // rows of a request
	samples int

	// prepare makes the rows of a round: a list for each client and request.
	prepare func(clients, samples, rows int) [][][]parcel
	body    func(tableID string, ps []parcel) []byte
	write   crowdWrite

	records0 int // in the table when the round begins
	grows    bool
}

// crowdFloor is a floor as several writers use it at once.
type crowdFloor struct {
	name           string
	fill           func(ctx context.Context, count int) error
	insert, update crowdWrite
}

// crowdWrite is one request of one of the writers.
type crowdWrite func(ctx context.Context, client int, ps []parcel) error

// crowd lets all writers share the one connection.
func (f *sqliteFloor) crowd() crowdFloor {
	return crowdFloor{
		name:   "sqlite",
		fill:   func(_ context.Context, count int) error { _, err := fillFloor(f, 0, count); return err },
		insert: func(_ context.Context, _ int, ps []parcel) error { _, err := f.importParcels(ps); return err },
		update: func(_ context.Context, _ int, ps []parcel) error { return f.updateParcels(ps) },
	}
}

// newImporters measures 8 clients that import 10 rows each.
func newImporters(ctx context.Context, stele *agentTable, floor crowdFloor, bareURL string) (*concurrent, error) {
	next := int64(baseRecords)
	c := &concurrent{
		measure: measure{name: "8 clients importing 10 rows each", sides: []string{"stele", floor.name, "http"}, ratio: overFloors, target: 1.5},
		stele:   stele, floor: floor, clients: stele.callers(importers), bare: newCallers(importers, bareURL+"/importers", ""),
		route: routeImport, perCall: importerRows, samples: importerSamples, grows: true,
		prepare: func(clients, samples, rows int) [][][]parcel {
			out := make([][][]parcel, clients)
			for i := range out {
				out[i] = make([][]parcel, samples)
			}
			for j := range samples { // clients take turns, so that keys ascend as they would from a shared counter
				for i := range out {
					out[i][j] = parcelsFrom(next, rows)
					next += int64(rows)
				}
			}
			return out
		},
		body:  importBody,
		write: floor.insert,
	}
	return c, c.begin(ctx)
}

// newUpdaters measures 32 clients that update one row each, every client rows of its own.
func newUpdaters(ctx context.Context, stele *agentTable, floor crowdFloor, bareURL string) (*concurrent, error) {
	turn := int64(0)
	c := &concurrent{
		measure: measure{name: "32 clients updating one row each", sides: []string{"stele", floor.name, "http"}, ratio: overFloors,
			note: "for information; the line with shared commits has the target"},
		stele: stele, floor: floor, clients: stele.callers(updaters), bare: newCallers(updaters, bareURL+"/updaters", ""),
		route: routeUpdate, text: `"success_count":1`, perCall: 1, samples: updaterSamples,
		prepare: func(clients, samples, rows int) [][][]parcel { return scattered(&turn, clients, samples) },
		body:    updateBody,
		write:   floor.update,
	}
	return c, c.begin(ctx)
}

// scattered picks single parcels of the base records, spread over the table, for each client and request.
func scattered(turn *int64, clients, samples int) [][][]parcel {
	const stride = 7919 // prime to the number of base records: it visits all of them
	out := make([][][]parcel, clients)
	for i := range out {
		out[i] = make([][]parcel, samples)
		for j := range out[i] {
			*turn++
			p := parcelAt(*turn * stride % baseRecords)
			p.weight += float64(*turn)
			out[i][j] = []parcel{p}
		}
	}
	return out
}

// begin fills the tables, shows the HTTP floor an answer, and runs a round that does not count.
func (c *concurrent) begin(ctx context.Context) error {
	if err := c.stele.fill(ctx, 0, baseRecords); err != nil {
		return fmt.Errorf("filling the table: %w", err)
	}
	if err := c.floor.fill(ctx, baseRecords); err != nil {
		return err
	}
	c.records0 = baseRecords
	ps := c.prepare(1, 1, c.perCall)[0][0]
	if c.grows {
		c.records0 += len(ps)
	}
	answer, err := c.clients[0].post(ctx, c.route, c.body(c.stele.table, ps))
	if err != nil {
		return err
	}
	if _, err := c.bare[0].send(ctx, "PUT", c.route, append([]byte(nil), answer...)); err != nil {
		return err
	}
	if err := c.round(ctx, 0); err != nil {
		return fmt.Errorf("rehearsing: %w", err)
	}
	c.times = nil
	return nil
}

func (c *concurrent) measures() []*measure { return []*measure{&c.measure} }

func (c *concurrent) round(ctx context.Context, r int) error {
	rows := c.prepare(len(c.clients), c.samples, c.perCall)
	bodies := prebuilt(c.stele.table, rows, c.body)
	over := func(callers []*caller) side {
		return func(ctx context.Context) (time.Duration, error) {
			return together(len(callers), c.samples, func(client, i int) error {
				return callers[client].expect(ctx, c.route, bodies[client][i], c.text)
			})
		}
	}
	floor := func(ctx context.Context) (time.Duration, error) {
		return together(len(rows), c.samples, func(client, i int) error { return c.write(ctx, client, rows[client][i]) })
	}
	if err := c.measure.round(ctx, r, over(c.clients), floor, over(c.bare)); err != nil {
		return err
	}
	if c.grows {
		c.records0 += len(rows) * c.samples * c.perCall
	}
	return c.stele.hold(ctx, c.records0)
}

// prebuilt makes the bodies of rows listed by client and request.
func prebuilt(table string, rows [][][]parcel, body func(tableID string, ps []parcel) []byte) [][][]byte {
	bodies := make([][][]byte, len(rows))
	for i := range rows {
		bodies[i] = make([][]byte, len(rows[i]))
		for j, ps := range rows[i] {
			bodies[i][j] = body(table, ps)
		}
	}
	return bodies
}
