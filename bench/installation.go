package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// The routes of the Database API that are measured (wire.md 5).
const (
	routeCreate = "/v1/database/create-table"
	routeTables = "/v1/database/tables/page"
	routeImport = "/v1/database/import/records"
	routePage   = "/v1/database/records/page"
	routeUpdate = "/v2/database/update/record"
	routeDelete = "/v2/database/delete/record"
)

// agentTable is one agent with the measured table in it, on one server.
type agentTable struct {
	agent        string // its id, where it was made here
	base, secret string
	table        string
	caller       *caller
}

// newAgentTable makes an agent by the command line, as a user does, and the table by the API.
func newAgentTable(ctx context.Context, binary, data, base, name string) (*agentTable, error) {
	admin := []string{"--url", base, "--admin-key-file", filepath.Join(data, "admin.key")}
	id, err := command(ctx, binary, append([]string{"agent", "create", name}, admin...)...)
	if err != nil {
		return nil, err
	}
	secret, err := command(ctx, binary, append([]string{"key", "create", "--agent", name}, admin...)...)
	if err != nil {
		return nil, err
	}
	a, err := openAgentTable(ctx, base, secret, tableDraft)
	if err != nil {
		return nil, err
	}
	a.agent = id
	return a, nil
}

// openAgentTable makes a table of parcels for the agent of a key.
func openAgentTable(ctx context.Context, base, secret, draft string) (*agentTable, error) {
	a := &agentTable{base: base, secret: secret, caller: newCaller(base, secret)}
	b, err := a.caller.post(ctx, routeCreate, []byte(draft))
	if err != nil {
		return nil, err
	}
	var made struct {
		Data string `json:"data"`
	}
	if err := json.Unmarshal(b, &made); err != nil || made.Data == "" {
		return nil, fmt.Errorf("creating a table answered %s: %w", b, err)
	}
	a.table = made.Data
	return a, nil
}

func command(ctx context.Context, binary string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, binary, args...).Output()
	if err != nil {
		if e, ok := err.(*exec.ExitError); ok {
			err = fmt.Errorf("%w: %s", err, bytes.TrimSpace(e.Stderr))
		}
		return "", fmt.Errorf("running %s %s: %w", filepath.Base(binary), strings.Join(args[:2], " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

// callers makes n more clients of the same agent.
func (a *agentTable) callers(n int) []*caller { return newCallers(n, a.base, a.secret) }

// fill imports count parcels from the given one on, a thousand to a request.
func (a *agentTable) fill(ctx context.Context, first int64, count int) error {
	for at := 0; at < count; at += batch {
		ps := parcelsFrom(first+int64(at), min(batch, count-at))
		if _, err := a.caller.post(ctx, routeImport, importBody(a.table, ps)); err != nil {
			return err
		}
	}
	return a.hold(ctx, count)
}

// hold fails unless the table has exactly that many records: every import, and every delete, took effect.
func (a *agentTable) hold(ctx context.Context, records int) error {
	p, err := a.page(ctx, 1)
	if err == nil && p.TotalCount != records {
		return fmt.Errorf("the table holds %d records; it should hold %d", p.TotalCount, records)
	}
	return err
}

func (a *agentTable) page(ctx context.Context, number int) (page, error) {
	b, err := a.caller.post(ctx, routePage, pageBody(a.table, number))
	if err != nil {
		return page{}, err
	}
	return parsePage(b)
}

// ids reads the record ids behind the first skip records; the table holds count more.
func (a *agentTable) ids(ctx context.Context, skip, count int) ([]string, error) {
	ids := make([]string, 0, count)
	for number := skip/pageSize + 1; len(ids) < count; number++ {
		p, err := a.page(ctx, number)
		if err != nil {
			return nil, err
		}
		if len(p.Records) == 0 {
			return nil, fmt.Errorf("page %d is empty; %d ids were read of %d", number, len(ids), count)
		}
		for _, r := range p.Records {
			ids = append(ids, r.ID)
		}
	}
	return ids[:count], nil
}
