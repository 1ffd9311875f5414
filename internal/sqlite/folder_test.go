package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stele"
)

// closed closes a store in the middle of a test; its Cleanup then finds it closed.
func closed(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSecondStartIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir, Options{})
	for range 2 {
		if _, err := Open(dir, Options{}); !errors.Is(err, ErrInUse) || err.Error() != "the data directory "+dir+" is in use by another stele process" {
			t.Errorf("a second start: %v", err)
		}
	}
	newAgent(t, s, "still works")
	closed(t, s)
	openTest(t, dir, Options{})
}

func TestFreshIsSaidOnce(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "on the way")
	s := openTest(t, dir, Options{})
	if !s.Fresh() {
		t.Error("a new folder is not fresh")
	}
	newAgent(t, s, "a")
	closed(t, s)
	if s = openTest(t, dir, Options{}); s.Fresh() {
		t.Error("a used folder is fresh")
	}
	closed(t, s)
	must(t, os.Remove(filepath.Join(dir, "catalog.db")))
	if s = openTest(t, dir, Options{}); s.Fresh() {
		t.Error("a folder that lost its catalog is fresh")
	}
}

func TestNobodyElseMayRead(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	s := openTest(t, dir, Options{})
	db, def := newAgent(t, s, "a")
	importN(t, db, def, 1, 10)
	files := 0
	must(t, filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		want := os.FileMode(0o600)
		if info.IsDir() {
			want = 0o700
		} else {
			files++
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has the mode %v", path, info.Mode().Perm())
		}
		return err
	}))
	if files < 7 { // lock, catalog, agent, the logs of both
		t.Errorf("%d files", files)
	}
}

// setPragma changes a file that nobody has open.
func setPragma(t *testing.T, path, pragma string) {
	t.Helper()
	c, err := openWriter(path)
	must(t, err)
	must(t, errors.Join(c.script("PRAGMA "+pragma), c.close()))
}

func TestFilesOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	garbage := func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte("no database "), 1000), 0o600) }
	for _, c := range []struct {
		name    string
		spoil   func(t *testing.T, path string)
		want    error
		catalog bool
	}{
		{"newer", func(t *testing.T, p string) { setPragma(t, p, "user_version=99") }, ErrNewer, true},
		{"of another program", func(t *testing.T, p string) { setPragma(t, p, "application_id=7") }, ErrDamaged, true},
		{"garbage", func(t *testing.T, p string) { must(t, garbage(p)) }, ErrDamaged, true},
		{"newer", func(t *testing.T, p string) { setPragma(t, p, "user_version=99") }, ErrNewer, false},
		{"of another program", func(t *testing.T, p string) { setPragma(t, p, "application_id=7") }, ErrDamaged, false},
		{"garbage", func(t *testing.T, p string) { must(t, garbage(p)) }, ErrDamaged, false},
		{"gone", func(t *testing.T, p string) { must(t, os.Remove(p)) }, nil, false},
	} {
		t.Run(fmt.Sprintf("%s, catalog %t", c.name, c.catalog), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := openTest(t, dir, Options{})
			db, def := newAgent(t, s, "a")
			path := s.agents.path(db.(*database).id)
			closed(t, s)
			if c.catalog {
				path = filepath.Join(dir, "catalog.db")
			}
			c.spoil(t, path)
			if c.catalog {
				if _, err := Open(dir, Options{}); !errors.Is(err, c.want) || strings.Contains(err.Error(), "\n") {
					t.Errorf("opening: %v", err)
				}
				return
			}
			s = openTest(t, dir, Options{})
			for range 2 {
				_, err := s.Database(db.(*database).id).Table(t.Context(), def.ID)
				if err == nil || c.want != nil && !errors.Is(err, c.want) || stele.ErrorCode(err) != stele.CodeInternal {
					t.Errorf("using the agent: %v", err)
				}
			}
			newAgent(t, s, "others work")
		})
	}
}

// TestLostCatalog is the promise that a lost catalog costs keys, never data.
func TestLostCatalog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir, Options{})
	var ids []stele.AgentID
	var defs []*stele.Table
	for i, name := range []string{"first", "second", "third"} {
		a := stele.AgentInfo{ID: stele.NewAgentID(time.Now()), Name: name, Created: stele.Millis(1000 - i)} // listed as they were made
		must(t, s.CreateAgent(t.Context(), a))
		def := newTable6(t, s.Database(a.ID), "parcels")
		importN(t, s.Database(a.ID), def, 1, 10*(i+1))
		must(t, s.CreateKey(t.Context(), stele.Key{ID: "key_1", Hash: stele.HashKey(name), Agent: a.ID}))
		must(t, s.catalog.revoke("key_1"))
		ids, defs = append(ids, a.ID), append(defs, def)
	}
	closed(t, s)
	must(t, os.Remove(filepath.Join(dir, "catalog.db")))
	must(t, os.WriteFile(filepath.Join(dir, "agents", "0123456789abcdef01234567.db"), []byte("broken beyond repair, and longer than a header of SQLite, which has a hundred bytes, so that it is read"), 0o600))

	var log bytes.Buffer
	s = openTest(t, dir, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if as, n, err := s.Agents(t.Context(), stele.Page{}); err != nil || n != 3 || as[0].Name != "third" || as[2].Name != "first" || as[2].Created != 1000 {
		t.Errorf("agents: %v of %d, %v", as, n, err)
	}
	for i, id := range ids {
		ts, err := s.Database(id).Tables(t.Context(), stele.Page{})
		if err != nil || len(ts) != 1 || ts[0].Records != int64(10*(i+1)) || ts[0].ID != defs[i].ID {
			t.Errorf("tables of %s: %v, %v", id, ts, err)
		}
		if owner, err := s.Owner(t.Context(), defs[i].ID); err != nil || owner != id {
			t.Errorf("owner: %s, %v", owner, err)
		}
	}
	if !strings.Contains(log.String(), "agent=0123456789abcdef01234567") || !strings.Contains(log.String(), "keys are lost") {
		t.Errorf("the log says %s", log.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "agents", "0123456789abcdef01234567.db")); err != nil {
		t.Errorf("the broken file: %v", err)
	}
}

// TestAdoptedNameIsTaken puts the file of one installation into another that has an agent of the name.
func TestAdoptedNameIsTaken(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("名", 64)
	for name, want := range map[string]string{"same": "same-3", long: strings.Repeat("名", 62) + "-3"} {
		one, other := t.TempDir(), t.TempDir()
		s := openTest(t, one, Options{})
		db, _ := newAgent(t, s, name)
		id := db.(*database).id
		closed(t, s)
		s = openTest(t, other, Options{})
		newAgent(t, s, name)
		newAgent(t, s, strings.Replace(want, "-3", "-2", 1))
		closed(t, s)
		must(t, os.Rename(filepath.Join(one, "agents", string(id)+".db"), filepath.Join(other, "agents", string(id)+".db")))
		for range 2 { // the second time it is known, and its file has the new name
			s = openTest(t, other, Options{})
			if a, err := s.Agent(t.Context(), string(id)); err != nil || a.Name != want {
				t.Errorf("it is called %q, %v", a.Name, err)
			}
			closed(t, s)
			must(t, os.Remove(filepath.Join(other, "catalog.db")))
			_ = os.Remove(filepath.Join(other, "catalog.db-wal"))
		}
	}
}

// TestStaleLog leaves the log of a lost file beside the place of a new one.
func TestStaleLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir, Options{})
	newAgent(t, s, "a")
	ghost, _ := newAgent(t, s, "deleted later")
	path := filepath.Join(dir, "catalog.db")
	log, err := os.ReadFile(path + "-wal")
	if err != nil || len(log) == 0 {
		t.Fatal(len(log), err)
	}
	must(t, s.DeleteAgent(t.Context(), ghost.(*database).id))
	closed(t, s)
	must(t, os.Remove(path))
	must(t, os.WriteFile(path+"-wal", log, 0o600))
	s = openTest(t, dir, Options{})
	if _, n, err := s.Agents(t.Context(), stele.Page{}); n != 1 || err != nil {
		t.Errorf("%d agents, %v", n, err)
	}
	if n, err := s.catalog.w.single("SELECT count(*) FROM agents"); n != 1 || err != nil {
		t.Errorf("%d agents in the file, %v", n, err)
	}
}

func TestDraftsAreSweptAway(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	closed(t, openTest(t, dir, Options{}))
	draft := filepath.Join(dir, "agents", "66f0a1b2c3d4e5f601234567.db.new")
	must(t, os.WriteFile(draft, []byte("half"), 0o600))
	s := openTest(t, dir, Options{})
	if _, err := os.Stat(draft); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the draft: %v", err)
	}
	if _, n, _ := s.Agents(t.Context(), stele.Page{}); n != 0 {
		t.Errorf("%d agents", n)
	}
}

// TestInterruptedDeletion stops between the catalog and the files, and then puts the file back as from a backup.
func TestInterruptedDeletion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir, Options{})
	db, def := newAgent(t, s, "a")
	importN(t, db, def, 1, 10)
	id := db.(*database).id
	path := s.agents.path(id)
	must(t, s.CreateKey(t.Context(), stele.Key{ID: "key_1", Agent: id}))
	must(t, s.catalog.deleteAgent(id)) // and here the power goes
	closed(t, s)
	backup, err := os.ReadFile(path)
	must(t, err)

	s = openTest(t, dir, Options{})
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file: %v", err)
	}
	if _, n, _ := s.Agents(t.Context(), stele.Page{}); n != 0 {
		t.Errorf("%d agents", n)
	}
	closed(t, s)
	must(t, os.WriteFile(path, backup, 0o600))
	s = openTest(t, dir, Options{})
	if ts, err := s.Database(id).Tables(t.Context(), stele.Page{}); err != nil || len(ts) != 1 || ts[0].Records != 10 {
		t.Errorf("put back: %v, %v", ts, err)
	}
}

// TestInterruptedCreateTable stops between the agent's file and the catalog.
func TestInterruptedCreateTable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir, Options{})
	db, def := newAgent(t, s, "a")
	id := db.(*database).id
	must(t, s.catalog.write(func(w *conn) error {
		return errors.Join(w.exec("DELETE FROM tables WHERE id=?", def.ID), w.exec("UPDATE agents SET tables=0"))
	}, func() {}))
	closed(t, s)
	s = openTest(t, dir, Options{})
	if _, err := s.Owner(t.Context(), def.ID); stele.ErrorCode(err) != stele.CodeTableNotFound {
		t.Fatalf("the crash did not happen: %v", err)
	}
	if _, err := s.Database(id).Table(t.Context(), def.ID); err != nil {
		t.Error(err)
	}
	if owner, err := s.Owner(t.Context(), def.ID); err != nil || owner != id {
		t.Errorf("owner: %s, %v", owner, err)
	}
}

func TestNothingIsUsedAfterClose(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	db, def := newAgent(t, s, "a")
	must(t, s.Ready(t.Context()))
	closed(t, s)
	_, table := db.Table(t.Context(), def.ID)
	_, owner := s.Owner(t.Context(), def.ID)
	for what, err := range map[string]error{
		"ready": s.Ready(t.Context()), "table": table, "owner": owner,
		"agent":  s.CreateAgent(t.Context(), stele.AgentInfo{ID: stele.NewAgentID(time.Now()), Name: "late"}),
		"key":    s.CreateKey(t.Context(), stele.Key{ID: "key_2", Agent: db.(*database).id}),
		"delete": s.DeleteAgent(t.Context(), db.(*database).id),
	} {
		if !errors.Is(err, errClosed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestDefensive(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir(), Options{})
	db, _ := newAgent(t, s, "a")
	must(t, s.agents.use(t.Context(), db.(*database).id, func(f *agentFile) error {
		c := f.writer.conn
		for pragma, want := range map[string]int64{
			"writable_schema=1": 0, "writable_schema": 0, "synchronous": 2, "trusted_schema": 0, "wal_autocheckpoint": 10000,
		} {
			if n, err := c.pragma(pragma); n != want || err != nil {
				t.Errorf("PRAGMA %s is %d, %v", pragma, n, err)
			}
		}
		if err := c.script("UPDATE sqlite_schema SET sql=''"); err == nil {
			t.Error("the schema can be written")
		}
		if err := c.script(`INSERT INTO parcels VALUES (1,NULL,1,NULL,NULL,NULL,NULL,1,1)`); err == nil {
			t.Error("a required column takes NULL")
		}
		return f.read(t.Context(), false, func(r *conn) error {
			if err := r.script("DELETE FROM parcels"); err == nil {
				t.Error("a reader can write")
			}
			if n, err := r.pragma("query_only"); n != 1 || err != nil {
				t.Errorf("query_only is %d, %v", n, err)
			}
			return nil
		})
	}))
}
