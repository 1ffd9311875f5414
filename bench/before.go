package main

import (
	"context"
	"fmt"
	"path/filepath"
)

// before holds the server against another build of it, such as one of an earlier commit: the same requests to each in turn.
type before struct {
	tables [2]*agentTable // the server's, and the other's
	next   int64

	imports, updates, pages, deletes measure
}

// beforeTarget leaves room for what two runs of one binary differ by.
const beforeTarget = 1.05

func newBefore(ctx context.Context, b *bench) (*before, error) {
	line := func(name string) measure {
		return measure{name: name, sides: []string{"stele", "before"}, ratio: overSecond, target: beforeTarget}
	}
	s := &before{
		next: baseRecords, imports: line("import of 1000, against before"), updates: line("update of 100 by unique key, against before"),
		pages: line("page of 100, against before"), deletes: line("delete of 1000, against before"),
	}
	for i, binary := range []string{b.stele, b.before} {
		name := s.imports.sides[i]
		server := &server{data: filepath.Join(b.dir, "against-"+name), binary: binary}
		c, err := startStele(ctx, binary, b.dir, "--data", server.data)
		if err != nil {
			return nil, err
		}
		server.child = c
		b.closing(c.stop)
		if s.tables[i], err = server.agentTable(ctx, "serial"); err != nil {
			return nil, err
		}
		if err := s.tables[i].fill(ctx, 0, baseRecords); err != nil {
			return nil, fmt.Errorf("filling the table of %s: %w", name, err)
		}
	}
	if err := s.round(ctx, 0); err != nil { // warms both
		return nil, err
	}
	for _, m := range s.measures() {
		m.times = nil
	}
	return s, nil
}

func (s *before) measures() []*measure {
	return []*measure{&s.imports, &s.updates, &s.pages, &s.deletes}
}

// both measures one kind of request on the two, each with bodies of its own.
func (s *before) both(ctx context.Context, r int, m *measure, path, text string, bodies func(*agentTable) ([][]byte, error)) error {
	var sides [2]side
	for i, t := range s.tables {
		bs, err := bodies(t)
		if err != nil {
			return err
		}
		sides[i] = post(t.caller, path, text, bs)
	}
	return m.round(ctx, r, sides[:]...)
}

func (s *before) round(ctx context.Context, r int) error {
	from := s.next
	s.next += writeSamples * batch
	several := func(body func(t *agentTable, ps []parcel) []byte) func(*agentTable) ([][]byte, error) {
		return func(t *agentTable) (bodies [][]byte, _ error) {
			for i := range int64(writeSamples) {
				bodies = append(bodies, body(t, parcelsFrom(from+i*batch, batch)))
			}
			return bodies, nil
		}
	}
	err := s.both(ctx, r, &s.imports, routeImport, "", several(func(t *agentTable, ps []parcel) []byte { return importBody(t.table, ps) }))
	if err != nil {
		return err
	}
	err = s.both(ctx, r, &s.updates, routeUpdate, `"success_count":100`, several(func(t *agentTable, ps []parcel) []byte {
		return updateBody(t.table, changed(ps[:changes]))
	}))
	if err != nil {
		return err
	}
	err = s.both(ctx, r, &s.deletes, routeDelete, "", func(t *agentTable) (bodies [][]byte, err error) {
		ids, err := t.ids(ctx, baseRecords, writeSamples*batch)
		for i := 0; i < len(ids); i += batch {
			bodies = append(bodies, deleteBody(t.table, ids[i:i+batch]))
		}
		return bodies, err
	})
	if err != nil {
		return err
	}
	err = s.both(ctx, r, &s.pages, routePage, someRecords, func(t *agentTable) (bodies [][]byte, _ error) {
		for i := range pageSamples {
			bodies = append(bodies, pageBody(t.table, (r*7+i*13)%(baseRecords/pageSize)+1))
		}
		return bodies, nil
	})
	if err != nil {
		return err
	}
	for _, t := range s.tables {
		if err := t.hold(ctx, baseRecords); err != nil {
			return err
		}
	}
	return nil
}
