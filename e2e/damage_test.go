package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamagedFiles overwrites parts of two agents' files while the server is stopped. Each of their requests ends in an
// internal error of which they learn the number alone (scanner: no word of the engine, no path), the log has the cause,
// and a third agent notices nothing.
func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
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
	overwrite(t, c, agents[0].id, 0)     // no database any more
	overwrite(t, c, agents[1].id, 8<<10) // a database with holes
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
			if a.status == http.StatusOK { // a part of the file that is whole
				continue
			}
			refused++
			if err := a.is(http.StatusInternalServerError, 50000); err != nil {
				t.Errorf("damaged file %d, %s: %v", i, path, err)
			}
		}
		if refused == 0 {
			t.Errorf("damaged file %d is not noticed", i)
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

// overwrite puts garbage into an agent's file from a place to its end.
func overwrite(t *testing.T, c *child, agent string, from int) {
	t.Helper()
	path := filepath.Join(c.at.place(), "agents", agent+".db")
	b, err := os.ReadFile(path)
	no(t, err)
	if len(b) < from+8192 {
		t.Fatalf("the file has only %d bytes", len(b))
	}
	copy(b[from:], bytes.Repeat([]byte("garbage "), len(b)/8))
	no(t, os.WriteFile(path, b, 0o600))
}
