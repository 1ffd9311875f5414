package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamage spoils the data of two agents while the server is stopped. Each of their requests ends in an internal error of
// which they learn the number alone (scanner: no word of the engine, no path), the log has the cause, and a third agent
// notices nothing.
func TestDamage(t *testing.T) { eachStore(t, testDamage) }

func testDamage(t *testing.T, s *store) {
	c := s.start(t)
	c.broken = true
	ctx := t.Context()
	var agents [3]caller
	var tables [3]string
	for i := range agents {
		var err error
		agents[i], err = c.agent(ctx)
		no(t, err)
		tables[i], err = agents[i].createTable(ctx, "parcels", key("code"), field{Name: "text", Type: "TEXT"})
		no(t, err)
		var rows []row
		for n := range 500 {
			rows = append(rows, row{"code": fmt.Sprint("PX-", n), "text": strings.Repeat("x", 200)})
		}
		no(t, agents[i].importAll(ctx, tables[i], rows))
	}
	c.stop()
	no(t, c.at.spoil(ctx, agents[0].id, true))
	no(t, c.at.spoil(ctx, agents[1].id, false))
	c.begin()
	for i, agent := range agents[:2] {
		refused := 0
		for path, body := range map[string]row{
			pathTables:  {},
			pathRecords: {"table_id": tables[i], "page": 1, "page_size": 100},
			pathImport:  {"table_id": tables[i], "records": []row{{"code": "PX-1"}, {"code": "PX-new"}}},
			pathUpdate:  {"table_id": tables[i], "update_data": []row{{"filter": row{"code": "PX-2"}, "updated_fields": row{"text": "y"}}}},
			pathDelete:  {"table_id": tables[i], "delete_data": []row{{"filter": row{"code": "PX-3"}}}},
			pathCreate:  draft("more", key("code")),
		} {
			a, err := agent.post(ctx, path, body)
			no(t, err)
			if a.status == http.StatusOK { // a part that is whole
				continue
			}
			refused++
			if err := a.is(http.StatusInternalServerError, 50000); err != nil {
				t.Errorf("damaged agent %d, %s: %v", i, path, err)
			}
		}
		if refused == 0 {
			t.Errorf("the damage of agent %d is not noticed", i)
		}
	}
	_, p := c.now()
	if !strings.Contains(p.out.String(), "level=ERROR") {
		t.Error("the log does not tell of the damage")
	}
	rs, err := agents[2].all(ctx, tables[2])
	no(t, err)
	no(t, agents[2].importAll(ctx, tables[2], []row{{"code": "PX-new"}}))
	if len(rs) != 500 {
		t.Errorf("the third agent has %d records", len(rs))
	}
}

// spoil puts garbage into the agent's file: from its beginning, so that it is no database any more, or into a part of it.
func (d dataDir) spoil(_ context.Context, agent string, all bool) error {
	path := filepath.Join(string(d), "agents", agent+".db")
	from := 8 << 10
	if all {
		from = 0
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if len(b) < from+8192 {
		return fmt.Errorf("the file has only %d bytes", len(b))
	}
	copy(b[from:], bytes.Repeat([]byte("garbage "), len(b)/8))
	return os.WriteFile(path, b, 0o600)
}

// spoil takes away the agent's table, parcels, or a column of it.
func (d *serverSide) spoil(ctx context.Context, agent string, all bool) error {
	names, err := d.texts(ctx, `SELECT attrelid::regclass::text FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
		WHERE relnamespace = ('agent_' || $1)::regnamespace AND relkind = 'r' AND attname = 'text'`, agent)
	if err != nil || len(names) != 1 {
		return fmt.Errorf("tables with a field called text: %v, %w", names, err)
	}
	sql := "ALTER TABLE " + names[0] + " RENAME COLUMN text TO another"
	if all {
		sql = "DROP TABLE " + names[0]
	}
	_, err = d.conn.Exec(ctx, sql)
	return err
}
