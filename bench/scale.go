package main

import (
	"context"
	"fmt"
	"time"
)

const smallRecords = 1000

// scale holds a large table against a small one, the server against itself: a page at three places, and an import with
// ascending keys, whose rows are deleted again outside the measured time.
type scale struct {
	large, small tableOfSize
	pages        [3]measure // first, middle, last
	imports      measure
}

// tableOfSize is a filled table and the parcel that comes next in it.
type tableOfSize struct {
	*agentTable
	records int
	next    int64
}

func newScale(ctx context.Context, large, small *agentTable, records int) (*scale, error) {
	line := func(what string) measure {
		return measure{
			name:  fmt.Sprintf("%s at %d records against %d", what, records, smallRecords),
			sides: []string{"large", "small"}, ratio: overSecond, target: 1.5,
		}
	}
	s := &scale{
		large:   tableOfSize{large, records, int64(records)},
		small:   tableOfSize{small, smallRecords, smallRecords},
		pages:   [3]measure{line("first page"), line("middle page"), line("last page")},
		imports: line("import"),
	}
	if err := small.fill(ctx, 0, smallRecords); err != nil {
		return nil, fmt.Errorf("filling the small table: %w", err)
	}
	if err := s.round(ctx, 0); err != nil {
		return nil, fmt.Errorf("rehearsing: %w", err)
	}
	for _, m := range s.measures() {
		m.times = nil
	}
	return s, nil
}

func (s *scale) measures() []*measure {
	return []*measure{&s.pages[0], &s.pages[1], &s.pages[2], &s.imports}
}

func (s *scale) round(ctx context.Context, r int) error {
	for i := range s.pages {
		if err := s.pages[i].round(ctx, r, s.large.reading(i), s.small.reading(i)); err != nil {
			return err
		}
	}
	large, small := s.large.take(writeSamples), s.small.take(writeSamples)
	err := s.imports.round(ctx, r, post(s.large.caller, routeImport, "", large.imports), post(s.small.caller, routeImport, "", small.imports))
	if err != nil {
		return err
	}
	if err := s.large.restore(ctx, large); err != nil {
		return err
	}
	return s.small.restore(ctx, small)
}

// reading is the side that reads one page several times: the first, a middle or the last one.
func (t *tableOfSize) reading(place int) side { return t.readingSome(place, pageSamples) }

func (t *tableOfSize) readingSome(place, samples int) side {
	pages := (t.records + pageSize - 1) / pageSize
	number := [3]int{1, (pages + 1) / 2, pages}[place]
	body := pageBody(t.table, number)
	return func(ctx context.Context) (time.Duration, error) {
		return each(samples, func(int) error { return t.caller.expect(ctx, routePage, body, someRecords) })
	}
}

// taken is some imports and the deletes that undo them.
type taken struct{ imports, deletes [][]byte }

func (t *tableOfSize) take(samples int) taken {
	var out taken
	for range samples {
		ps := parcelsFrom(t.next, batch)
		t.next += batch
		out.imports = append(out.imports, importBody(t.table, ps))
		out.deletes = append(out.deletes, deleteByCodeBody(t.table, ps))
	}
	return out
}

func (t *tableOfSize) restore(ctx context.Context, what taken) error {
	for _, body := range what.deletes {
		if _, err := t.caller.post(ctx, routeDelete, body); err != nil {
			return err
		}
	}
	return t.hold(ctx, t.records)
}
