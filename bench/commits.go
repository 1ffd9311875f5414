package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"time"
)

// commits holds one server against itself: 32 clients that update one row each, with shared commits and with a commit
// for each of them.
type commits struct {
	measure
	turn          int64
	shared, alone crowd
}

// crowd is the clients of one of the two servers.
type crowd struct {
	*agentTable
	clients []*caller
}

// newCommits starts both servers.
func newCommits(ctx context.Context, b *bench) (*commits, error) {
	c := &commits{measure: measure{
		name: "32 clients updating one row each, shared commits", sides: []string{"shared", "a commit each"},
		ratio: speedup, target: 5, atLeast: true,
	}}
	for _, side := range []struct {
		crowd   *crowd
		writers int
	}{{&c.shared, 0}, {&c.alone, 1}} {
		server, err := startSelf(ctx, b.dir, storeCommand, filepath.Join(b.dir, "commits-"+strconv.Itoa(side.writers)), strconv.Itoa(side.writers))
		if err != nil {
			return nil, err
		}
		b.closing(server.stop)
		table, err := openAgentTable(ctx, server.url, server.secret, tableDraft)
		if err != nil {
			return nil, err
		}
		if err := table.fill(ctx, 0, baseRecords); err != nil {
			return nil, fmt.Errorf("filling the table: %w", err)
		}
		*side.crowd = crowd{table, table.callers(updaters)}
	}
	if err := c.round(ctx, 0); err != nil {
		return nil, fmt.Errorf("rehearsing: %w", err)
	}
	c.times = nil
	return c, nil
}

func (c *commits) measures() []*measure { return []*measure{&c.measure} }

func (c *commits) round(ctx context.Context, r int) error {
	rows := scattered(&c.turn, updaters, updaterSamples)
	return c.measure.round(ctx, r, c.shared.updating(rows), c.alone.updating(rows))
}

func (c *crowd) updating(rows [][][]parcel) side {
	bodies := prebuilt(c.table, rows, updateBody)
	return func(ctx context.Context) (time.Duration, error) {
		return together(len(c.clients), updaterSamples, func(client, i int) error {
			return c.clients[client].expect(ctx, routeUpdate, bodies[client][i], `"success_count":1`)
		})
	}
}
