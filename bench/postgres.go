package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"stele"
	"stele/internal/pgtest"
	"stele/internal/postgres"
)

// pgPool is the connections that each server of a run may open: what `stele serve` does without being told.
const pgPool = 16

// pgSettings are those of the run's PostgreSQL that differ from its defaults: as for a machine of some gigabytes, and so
// that checkpoints come as seldom as on one that is not loaded all the time. Every write is synced.
var pgSettings = map[string]string{
	"shared_buffers": "512MB", "max_wal_size": "4GB", "checkpoint_timeout": "15min", "max_connections": "200",
}

// pgServer is the PostgreSQL of this run, with the floors' databases and the installations of Stele.
type pgServer struct {
	*bench
	server *pgtest.Server
	watch  *watch
}

// startPostgres starts a PostgreSQL whose data is in the run's directory, and begins to count connections.
func (b *bench) startPostgres(ctx context.Context) (*pgServer, error) {
	if err := os.Chmod(b.dir, 0o711); err != nil { // PostgreSQL may be run by another user
		return nil, fmt.Errorf("opening the run's directory: %w", err)
	}
	s, err := pgtest.Start(pgtest.Options{Fsync: true, Dir: b.dir, Settings: pgSettings})
	if err != nil {
		return nil, fmt.Errorf("starting PostgreSQL: %w", err)
	}
	b.closing(s.Close)
	w, err := startWatch(ctx, s.SuperuserURL())
	if err != nil {
		return nil, err
	}
	b.closing(w.stop)
	return &pgServer{bench: b, server: s, watch: w}, nil
}

// floor makes a floor with a database of its own, and as many connections to it as there are writers.
func (p *pgServer) floor(ctx context.Context, schema string, writers int) ([]*pgFloor, error) {
	url, err := p.server.NewDatabase()
	if err != nil {
		return nil, fmt.Errorf("making a database: %w", err)
	}
	var next *atomic.Int64
	floors := make([]*pgFloor, writers)
	for i := range floors {
		if floors[i], err = openPostgresFloor(ctx, url, schema, next); err != nil {
			return nil, err
		}
		p.closing(floors[i].close)
		next = floors[i].nextID
	}
	return floors, nil
}

// crowdFloor has a connection for each writer.
func (p *pgServer) crowdFloor(ctx context.Context, writers int) (crowdFloor, error) {
	floors, err := p.floor(ctx, pgFloorSchema+pgSerialIndex, writers)
	return crowdFloor{
		name: "postgres",
		fill: func(ctx context.Context, count int) error { _, err := floors[0].fill(ctx, 0, count); return err },
		insert: func(ctx context.Context, client int, ps []parcel) error {
			_, err := floors[client].insert(ctx, columnsOf(ps))
			return err
		},
		update: func(ctx context.Context, client int, ps []parcel) error {
			return floors[client].update(ctx, columnsOf(ps))
		},
	}, err
}

// installation is a database of Stele's, a server on it, and the same store opened here: it makes agents, and is measured
// without a server around it.
type installation struct {
	*pgServer
	url     string
	server  *child
	store   *postgres.Store
	service *stele.Service
	fresh   int // replicas that were started beside the server
}

func (p *pgServer) installation(ctx context.Context) (*installation, error) {
	url, err := p.server.NewDatabase()
	if err != nil {
		return nil, fmt.Errorf("making a database: %w", err)
	}
	in := &installation{pgServer: p, url: url}
	if in.store, err = postgres.Open(ctx, named(url, "inside"), postgres.Options{}); err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	p.closing(in.store.Close)
	in.service = &stele.Service{Store: in.store, Limits: stele.DefaultLimits(), Now: time.Now}
	if in.server, err = in.replica(ctx, url); err != nil {
		return nil, err
	}
	p.closing(in.server.stop)
	return in, nil
}

// named is the URL under another name than the server's own "stele", so that connections can be told apart.
func named(url, name string) string { return url + "&application_name=" + watched + "-" + name }

func (in *installation) replica(ctx context.Context, url string) (*child, error) {
	return startStele(ctx, in.stele, in.dir, "--database", url, "--pool", strconv.Itoa(pgPool))
}

// freshReplica starts one more server, which has met no agent. Whoever asks for it stops it.
func (in *installation) freshReplica(ctx context.Context) (*child, error) {
	in.fresh++
	return in.replica(ctx, named(in.url, "fresh-"+strconv.Itoa(in.fresh)))
}

// secret makes an agent and returns an API key of it.
func (in *installation) secret(ctx context.Context, name string) (stele.AgentID, string, error) {
	agent, err := in.service.CreateAgent(ctx, name)
	if err != nil {
		return "", "", fmt.Errorf("making the agent %s: %w", name, err)
	}
	_, secret, err := in.service.CreateKey(ctx, string(agent.ID), stele.KeySpec{Scope: stele.ScopeAll})
	if err != nil {
		return "", "", fmt.Errorf("making a key of the agent %s: %w", name, err)
	}
	return agent.ID, secret, nil
}

func (in *installation) agentTable(ctx context.Context, name, draft string) (*agentTable, error) {
	_, secret, err := in.secret(ctx, name)
	if err != nil {
		return nil, err
	}
	return openAgentTable(ctx, in.server.url, secret, draft)
}

// pgParts are the parts that "postgres" stands for.
const pgParts = "pg-serial,pg-clients,pg-scale,pg-agents,pg-questions"

// onPostgres measures what is asked for of the store on PostgreSQL, all of it in one interleaved run.
func (b *bench) onPostgres(ctx context.Context, rep *report) error {
	p, err := b.startPostgres(ctx)
	if err != nil {
		return err
	}
	floor, err := startSelf(ctx, b.dir, floorCommand)
	if err != nil {
		return err
	}
	b.closing(floor.stop)
	in, err := p.installation(ctx)
	if err != nil {
		return err
	}
	suites := make(map[string]suite)
	var inTurn []suite
	for _, part := range strings.Split(pgParts, ",") {
		if !b.only[part] {
			continue
		}
		made, err := in.suites(ctx, part, floor.url)
		if err != nil {
			return fmt.Errorf("preparing %s: %w", part, err)
		}
		suites[part] = several(made)
		inTurn = append(inTurn, made...)
	}
	if b.profile != "" {
		delete(suites, "pg-agents") // it has servers of its own
		return b.profiled(ctx, rep, &server{child: in.server}, suites)
	}
	err = b.rounds(ctx, rep, inTurn)
	rep.Connections = p.watch.seen(pgPool)
	if err == nil && !rep.Connections.Reached {
		err = fmt.Errorf("a server had %d connections to the database; it may have %d", rep.Connections.Most, pgPool)
	}
	return err
}

// suites makes those of a part.
func (in *installation) suites(ctx context.Context, part, floorURL string) ([]suite, error) {
	switch part {
	case "pg-serial":
		return in.serialSuites(ctx, newCaller(floorURL, ""))
	case "pg-clients":
		return in.clientSuites(ctx, floorURL)
	case "pg-scale":
		return in.scaleSuites(ctx)
	case "pg-questions":
		s, err := in.questionSuite(ctx)
		return []suite{s}, err
	default:
		s, err := in.newAgents(ctx)
		return []suite{s}, err
	}
}

func (in *installation) clientSuites(ctx context.Context, floorURL string) ([]suite, error) {
	var made []suite
	for _, kind := range []struct {
		name    string
		clients int
		make    func(context.Context, *agentTable, crowdFloor, string) (*concurrent, error)
	}{{"importers", importers, newImporters}, {"updaters", updaters, newUpdaters}} {
		table, err := in.agentTable(ctx, kind.name, tableDraft)
		if err != nil {
			return nil, err
		}
		floor, err := in.crowdFloor(ctx, kind.clients)
		if err != nil {
			return nil, err
		}
		c, err := kind.make(ctx, table, floor, floorURL)
		if err != nil {
			return nil, err
		}
		c.target, c.note = 0, ""
		made = append(made, c)
	}
	return made, nil
}

// several is suites as one.
type several []suite

func (s several) round(ctx context.Context, r int) error {
	for _, one := range s {
		if err := one.round(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func (s several) measures() (all []*measure) {
	for _, one := range s {
		all = append(all, one.measures()...)
	}
	return all
}
