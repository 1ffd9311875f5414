package main

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"
)

// searchRecords is how large the table is at most that is searched for a keyword.
const searchRecords = 100_000

// scaleSuites are about large tables: the server against itself, as scale is; pages of a table with a gap; and a search.
func (in *installation) scaleSuites(ctx context.Context) ([]suite, error) {
	large, err := in.agentTable(ctx, "large", tableDraft)
	if err != nil {
		return nil, err
	}
	gaps, err := in.agentTable(ctx, "gaps", tableDraft)
	if err != nil {
		return nil, err
	}
	small, err := in.agentTable(ctx, "small", tableDraft)
	if err != nil {
		return nil, err
	}
	_, _ = fmt.Fprintf(in.log, "importing %d records twice\n", in.records)
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for i, table := range []*agentTable{large, gaps} {
		wg.Go(func() { errs[i] = table.fill(ctx, 0, in.records) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("filling a large table: %w", err)
		}
	}
	s, err := newScale(ctx, large, small, in.records)
	if err != nil {
		return nil, fmt.Errorf("preparing the tables: %w", err)
	}
	for i := range s.pages {
		s.pages[i].target = 0
	}
	s.imports.target = 2
	g, err := newGaps(ctx, gaps, large, in.records)
	if err != nil {
		return nil, fmt.Errorf("preparing the table with a gap: %w", err)
	}
	k, err := in.newSearch(ctx)
	return []suite{s, g, k}, err
}

// gaps holds pages of a large table of which one record is missing against those of one without gaps.
type gaps struct {
	gaps, dense tableOfSize
	pages       [2]measure // middle, last
}

func newGaps(ctx context.Context, table, dense *agentTable, records int) (*gaps, error) {
	line := func(what string) measure {
		return measure{
			name:  fmt.Sprintf("%s page at %d records, one missing", what, records),
			sides: []string{"gaps", "dense"}, ratio: overSecond,
		}
	}
	g := &gaps{
		gaps: tableOfSize{agentTable: table, records: records - 1}, dense: tableOfSize{agentTable: dense, records: records},
		pages: [2]measure{line("middle"), line("last")},
	}
	missing := deleteByCodeBody(table.table, []parcel{parcelAt(int64(records) / 3)})
	if err := table.caller.expect(ctx, routeDelete, missing, ""); err != nil {
		return nil, err
	}
	if err := g.round(ctx, 0); err != nil {
		return nil, fmt.Errorf("rehearsing: %w", err)
	}
	for i := range g.pages {
		g.pages[i].times = nil
	}
	return g, nil
}

func (g *gaps) measures() []*measure { return []*measure{&g.pages[0], &g.pages[1]} }

func (g *gaps) round(ctx context.Context, r int) error {
	for i := range g.pages {
		if err := g.pages[i].round(ctx, r, g.gaps.readingSome(i+1, gapSamples), g.dense.readingSome(i+1, gapSamples)); err != nil {
			return err
		}
	}
	return g.gaps.hold(ctx, g.gaps.records)
}

// gapSamples are few: such a page may take a while.
const gapSamples = 3

// search looks for a keyword that one record in ninety-seven has, and reads the first page of them.
type search struct {
	measure
	stele *agentTable
	floor *pgFloor
}

func (in *installation) newSearch(ctx context.Context) (*search, error) {
	table, err := in.agentTable(ctx, "search", tableDraft)
	if err != nil {
		return nil, err
	}
	floors, err := in.pgServer.floor(ctx, pgFloorSchema+pgSerialIndex, 1)
	if err != nil {
		return nil, err
	}
	records := min(in.records, searchRecords)
	s := &search{
		measure: measure{name: fmt.Sprintf("keyword in %d records", records), sides: []string{"stele", "statements"}, ratio: overSecond},
		stele:   table, floor: floors[0],
	}
	if err := table.fill(ctx, 0, records); err != nil {
		return nil, fmt.Errorf("filling the table: %w", err)
	}
	if _, err := s.floor.fill(ctx, 0, records); err != nil {
		return nil, err
	}
	if err := s.round(ctx, 0); err != nil {
		return nil, fmt.Errorf("rehearsing: %w", err)
	}
	s.times = nil
	return s, nil
}

func (s *search) measures() []*measure { return []*measure{&s.measure} }

func (s *search) round(ctx context.Context, r int) error {
	keyword := fmt.Sprintf("counter %d", 10+r%80)
	body := bytes.Replace(pageBody(s.stele.table, 1), []byte("{"), fmt.Appendf(nil, `{"keyword":%q,`, keyword), 1)
	var found int
	var answer []byte
	err := s.measure.round(ctx, r,
		func(ctx context.Context) (time.Duration, error) {
			return each(1, func(int) (err error) { answer, err = s.stele.caller.post(ctx, routePage, body); return err })
		},
		func(ctx context.Context) (time.Duration, error) {
			return each(1, func(int) (err error) { found, err = s.floor.search(ctx, keyword); return err })
		})
	if err != nil {
		return err
	}
	p, err := parsePage(answer)
	if err == nil && (p.TotalCount != found || len(p.Records) != min(found, pageSize) || found == 0) {
		err = fmt.Errorf("the server finds %d records with %q and shows %d, the bare statement finds %d", p.TotalCount, keyword, len(p.Records), found)
	}
	return err
}
