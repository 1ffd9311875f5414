package main

import (
	"context"
	"fmt"
	"time"

	"stele"
	"stele/internal/wire"
)

// storeTable is an agent's table as the store has it, in this process: no HTTP, no JSON, no rules.
type storeTable struct {
	db    stele.Database
	table *stele.Table
}

func (in *installation) storeTable(ctx context.Context, name string) (*storeTable, error) {
	agent, secret, err := in.secret(ctx, name)
	if err != nil {
		return nil, err
	}
	made, err := openAgentTable(ctx, in.server.url, secret, tableDraft)
	if err != nil {
		return nil, err
	}
	defer made.caller.close()
	s := &storeTable{db: in.store.Database(agent)}
	s.table, err = s.db.Table(ctx, stele.TableID(made.table))
	return s, err
}

// accept makes of each list of parcels what the rules hand to the store.
func (s *storeTable) accept(batches [][]parcel) ([]*stele.Batch, error) {
	accepted := make([]*stele.Batch, len(batches))
	for i, ps := range batches {
		in, err := wire.DecodeImport(wire.Input{Body: importBody(string(s.table.ID), ps), Limits: stele.DefaultLimits()})
		if err != nil {
			return nil, err
		}
		b, err := s.table.Accept(in.Rows, stele.DefaultLimits())
		if err != nil {
			return nil, err
		}
		b.Task.ID, b.Task.Created = stele.NewTaskID(time.Now()), stele.MillisOf(time.Now())
		accepted[i] = b
	}
	return accepted, nil
}

// load imports a batch.
func (s *storeTable) load(ctx context.Context, b *stele.Batch) error {
	task, err := s.db.Import(ctx, s.table, b, b.Task.Created, nil)
	if err == nil && task.Success != len(b.Records) {
		err = fmt.Errorf("the store took %d records of %d", task.Success, len(b.Records))
	}
	return err
}

func (s *storeTable) fill(ctx context.Context, from int64, count int) error {
	for at := 0; at < count; at += batch {
		accepted, err := s.accept([][]parcel{parcelsFrom(from+int64(at), min(batch, count-at))})
		if err != nil {
			return err
		}
		if err := s.load(ctx, accepted[0]); err != nil {
			return err
		}
	}
	return s.hold(ctx, count)
}

// The places of fields in tableDraft.
const (
	fieldCode   = 0
	fieldName   = 2
	fieldWeight = 3
)

func (s *storeTable) update(ctx context.Context, ps []parcel) error {
	cs := make([]stele.Change, len(ps))
	for i, p := range ps {
		cs[i] = stele.Change{
			Selector: stele.Selector{Pairs: []stele.Pair{{Field: fieldCode, Value: stele.TextValue(p.code)}}},
			Set:      []stele.Pair{{Field: fieldName, Value: stele.TextValue(p.name)}, {Field: fieldWeight, Value: stele.FloatValue(p.weight)}},
		}
	}
	outcomes, err := s.db.Update(ctx, s.table, cs, stele.MillisOf(time.Now()), nil)
	for _, o := range outcomes {
		if o.Reason != "" {
			return fmt.Errorf("the store updated not all: %s", o.Reason)
		}
	}
	return err
}

func (s *storeTable) remove(ctx context.Context, ids []stele.RecordID) error {
	ss := make([]stele.Selector, len(ids))
	for i, id := range ids {
		ss[i].ID = id
	}
	n, err := s.db.Delete(ctx, s.table, ss, nil)
	if err == nil && n != len(ids) {
		err = fmt.Errorf("the store deleted %d records of %d", n, len(ids))
	}
	return err
}

func (s *storeTable) page(ctx context.Context, offset int64) error {
	p, err := s.db.Records(ctx, s.table, stele.RecordQuery{Offset: offset, Limit: pageSize})
	if err == nil && len(p.Records) != pageSize {
		err = fmt.Errorf("a page of the store has %d records", len(p.Records))
	}
	return err
}

// ids reads count record ids behind the first skip records.
func (s *storeTable) ids(ctx context.Context, skip, count int) (ids []stele.RecordID, err error) {
	p, err := s.db.Records(ctx, s.table, stele.RecordQuery{Offset: int64(skip), Limit: count})
	if err == nil && len(p.Records) != count {
		err = fmt.Errorf("the store has %d records behind the first %d, not %d", len(p.Records), skip, count)
	}
	for _, r := range p.Records {
		ids = append(ids, r.ID)
	}
	return ids, err
}

// hold fails unless the table has exactly that many records.
func (s *storeTable) hold(ctx context.Context, records int) error {
	p, err := s.db.Records(ctx, s.table, stele.RecordQuery{Limit: 1})
	if err == nil && int(p.Total) != records {
		err = fmt.Errorf("the store holds %d records; it should hold %d", p.Total, records)
	}
	return err
}
