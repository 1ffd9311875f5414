package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	fewAgents = 10

	agentRows    = 10  // of an import
	agentSamples = 160 // requests of a kind in a round, each of the next agent
	openSamples  = 20  // agents that are met by fresh replicas in a round
	burstSamples = 5   // imports of each of many clients

	// What each agent has had before anything counts. After five times PostgreSQL thinks of keeping a statement's plan.
	warmTurns  = 6 // list of tables and import, by one client
	warmBursts = 3 // import, by many clients at once

	metSamples = 20 // agents whom a fresh replica lists in a round, again and again
	metTurns   = 8  // the first against the last
)

// agents holds an installation of many agents, a table each, against one of ten. All of them have been at work for a while when
// it begins, on either side. What it costs that the database has not met an agent stands in the lines of fresh replicas.
type agents struct {
	many, few                               *population
	opening, met, listing, imports, clients measure
}

func (in *installation) newAgents(ctx context.Context) (a *agents, err error) {
	line := func(what string, target float64) measure {
		return measure{
			name:  fmt.Sprintf("%s, %d agents against %d", what, in.agents, fewAgents),
			sides: []string{"many", "few"}, ratio: overSecond, target: target,
		}
	}
	a = &agents{
		opening: line("first use by a fresh replica", 1.5), listing: line("list of tables", 1.5),
		imports: line("import of 10 rows", 1.5), clients: line("32 clients importing 10 rows each", 0),
		met: measure{
			name:  fmt.Sprintf("first list of tables by a fresh replica, against its list no. %d", metTurns),
			sides: []string{"first", "later"}, ratio: overSecond, times: make([][]time.Duration, 2),
		},
	}
	if a.many, err = in.population(ctx, in.agents); err != nil {
		return nil, err
	}
	if a.few, err = in.population(ctx, fewAgents); err != nil {
		return nil, err
	}
	if err := a.round(ctx, 0); err != nil {
		return nil, fmt.Errorf("rehearsing: %w", err)
	}
	for _, m := range a.measures() {
		for i := range m.times {
			m.times[i] = nil
		}
	}
	return a, nil
}

func (a *agents) measures() []*measure {
	return []*measure{&a.opening, &a.met, &a.listing, &a.imports, &a.clients}
}

func (a *agents) round(ctx context.Context, r int) error {
	if err := a.opening.round(ctx, r, a.many.opening, a.few.opening); err != nil {
		return err
	}
	first, later, err := a.many.meeting(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", a.met.name, err)
	}
	a.met.times[0], a.met.times[1] = append(a.met.times[0], first), append(a.met.times[1], later)
	if err := a.listing.round(ctx, r, a.many.listing(), a.few.listing()); err != nil {
		return err
	}
	if err := a.imports.round(ctx, r, a.many.importing(), a.few.importing()); err != nil {
		return err
	}
	if err := a.clients.round(ctx, r, a.many.burst(), a.few.burst()); err != nil {
		return err
	}
	return errors.Join(a.many.hold(ctx), a.few.hold(ctx))
}

// population is an installation's agents, who take turns.
type population struct {
	*installation
	members []oneAgent
	turn    int
	client  *caller
	clients []*caller
	next    int64 // parcel that was not used yet
}

type oneAgent struct {
	secret, table string
	records       int
	grown         bool // since its records were counted
}

// population makes an installation of count agents on a database of their own.
func (in *installation) population(ctx context.Context, count int) (*population, error) {
	own, err := in.pgServer.installation(ctx)
	if err != nil {
		return nil, err
	}
	_, _ = fmt.Fprintf(in.log, "making %d agents\n", count)
	p := &population{installation: own, client: newCaller(own.server.url, ""), clients: newCallers(updaters, own.server.url, "")}
	for i := range count {
		t, err := own.agentTable(ctx, fmt.Sprintf("agent %d", i), tableDraft)
		if err != nil {
			return nil, err
		}
		t.caller.close()
		p.members = append(p.members, oneAgent{secret: t.secret, table: t.table})
	}
	return p, errors.Join(p.warm(ctx), p.hold(ctx))
}

// warm has every agent at work, one after the other.
func (p *population) warm(ctx context.Context) error {
	for range warmTurns * len(p.members) {
		if _, err := p.post(ctx, p.client, p.list(p.turn)); err != nil {
			return err
		}
		if _, err := p.post(ctx, p.client, p.nextImport()); err != nil {
			return err
		}
	}
	for end := p.turn + warmBursts*len(p.members); p.turn < end; {
		if _, err := p.burst()(ctx); err != nil {
			return err
		}
	}
	return nil
}

// request is what one of the agents sends.
type request struct {
	agent int
	route string
	body  []byte
}

func (p *population) post(ctx context.Context, c *caller, r request) ([]byte, error) {
	c.header.Set("Authorization", "Bearer "+p.members[r.agent].secret)
	return c.post(ctx, r.route, r.body)
}

// each is a side that sends requests one after the other.
func (p *population) each(rs []request) side {
	return repeated(len(rs), func(ctx context.Context, i int) error {
		_, err := p.post(ctx, p.client, rs[i])
		return err
	})
}

// nextImport is an import of the agent whose turn it is.
func (p *population) nextImport() request {
	i := p.turn % len(p.members)
	a := &p.members[i]
	ps := parcelsFrom(p.next, agentRows)
	p.turn, p.next = p.turn+1, p.next+agentRows
	a.records, a.grown = a.records+agentRows, true
	return request{i, routeImport, importBody(a.table, ps)}
}

// list asks for the tables of the agent whose turn it is then.
func (p *population) list(turn int) request {
	return request{turn % len(p.members), routeTables, []byte(`{"page":1,"page_size":10}`)}
}

func (p *population) importing() side {
	rs := make([]request, agentSamples)
	for i := range rs {
		rs[i] = p.nextImport()
	}
	return p.each(rs)
}

// listing asks agents half a round away from those that import, for whom the server has not just made ready.
func (p *population) listing() side {
	rs := make([]request, agentSamples)
	for i := range rs {
		rs[i] = p.list(p.turn + len(p.members)/2 + i)
	}
	return p.each(rs)
}

// burst is many clients at once, each importing for the next agent.
func (p *population) burst() side {
	rs := make([][]request, len(p.clients))
	for range burstSamples {
		for c := range rs {
			rs[c] = append(rs[c], p.nextImport())
		}
	}
	return func(ctx context.Context) (time.Duration, error) {
		return together(len(rs), burstSamples, func(client, i int) error {
			_, err := p.post(ctx, p.clients[client], rs[client][i])
			return err
		})
	}
}

// opening reads the first page of agents whom a server has not met. The median leaves out its first connection.
func (p *population) opening(ctx context.Context) (time.Duration, error) {
	var times []float64
	for len(times) < openSamples {
		fresh, err := p.freshReplica(ctx)
		if err != nil {
			return 0, err
		}
		c := newCaller(fresh.url, "")
		for i := 0; i < len(p.members) && len(times) < openSamples && err == nil; i++ {
			agent := (p.turn + i*7) % len(p.members)
			start := time.Now()
			_, err = p.post(ctx, c, request{agent, routePage, pageBody(p.members[agent].table, 1)})
			times = append(times, time.Since(start).Seconds())
		}
		c.close()
		if err := errors.Join(err, fresh.stop()); err != nil {
			return 0, err
		}
	}
	return time.Duration(median(times) * float64(time.Second)), nil
}

// meeting lists the tables of some agents on a server that has met none of them, in turn, and again and again.
func (p *population) meeting(ctx context.Context) (first, later time.Duration, err error) {
	fresh, err := p.freshReplica(ctx)
	if err != nil {
		return 0, 0, err
	}
	c := newCaller(fresh.url, "")
	for turn := 0; turn < metTurns && err == nil; turn++ {
		later, err = each(min(metSamples, len(p.members)), func(i int) error {
			_, err := p.post(ctx, c, p.list(p.turn+i*7))
			return err
		})
		if turn == 0 {
			first = later
		}
	}
	c.close()
	return first, later, errors.Join(err, fresh.stop())
}

// hold fails unless the tables that have grown have exactly the records that they should.
func (p *population) hold(ctx context.Context) error {
	for i := range p.members {
		a := &p.members[i]
		if !a.grown {
			continue
		}
		b, err := p.post(ctx, p.client, request{i, routePage, pageBody(a.table, 1)})
		if err != nil {
			return err
		}
		if got, err := parsePage(b); err != nil || got.TotalCount != a.records {
			return errors.Join(fmt.Errorf("agent %d holds %d records; it should hold %d", i, got.TotalCount, a.records), err)
		}
		a.grown = false
	}
	return nil
}
