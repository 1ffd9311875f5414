package pgtest

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestServer stops and kills a server and finds on the same URL what was committed.
func TestServer(t *testing.T) {
	t.Parallel()
	s := New(t, Options{Fsync: true, Settings: map[string]string{"max_connections": "30"}})
	url := s.Database(t)
	conn := open(t, url)
	for sql, want := range map[string]string{"SHOW fsync": "on", "SHOW full_page_writes": "on", "SHOW max_connections": "30"} {
		if got := ask(t, conn, sql); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
	do(t, conn, "CREATE TABLE t (a int)")
	for i, again := range []func() error{
		s.Restart,
		func() error { return errors.Join(s.Kill(), s.Start()) },
		func() error { return errors.Join(s.Kill(), s.Kill(), s.Stop(), s.Start()) },
	} {
		do(t, conn, "INSERT INTO t VALUES ($1)", i)
		if err := again(); err != nil {
			t.Fatal(err)
		}
		if err := conn.Ping(t.Context()); err == nil {
			t.Error("the session lived on")
		}
		conn = open(t, url)
		if got := ask(t, conn, "SELECT count(*) FROM t"); got != strconv.Itoa(i+1) {
			t.Errorf("%s rows after start %d", got, i)
		}
	}
	admin := open(t, Superuser(t, url))
	do(t, admin, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
	open(t, s.Database(t)) // although its own session was among those ended
	if err := s.Start(); err == nil {
		t.Error("it was started twice")
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		_ = conn.Close(t.Context())
		t.Error("it answers although it was stopped")
	}
}

// TestClosed checks that nothing stays: neither the folder nor anyone on the port.
func TestClosed(t *testing.T) {
	t.Parallel()
	var s *Server
	t.Run("in use", func(t *testing.T) {
		s = New(t, Options{})
		open(t, s.Database(t))
	})
	if s == nil {
		t.SkipNow() // no PostgreSQL, which the test within has said
	}
	if _, err := os.Stat(s.folder.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
	if conn, err := net.Dial("tcp", s.host()); err == nil {
		_ = conn.Close()
		t.Error("somebody answers on the port")
	}
}

// TestStandby checks that a standby has what its primary has, and takes no writes.
func TestStandby(t *testing.T) {
	t.Parallel()
	s := New(t, Options{})
	url := s.Database(t)
	primary := open(t, url)
	do(t, primary, "CREATE TABLE t AS SELECT 1 AS a")
	standby := s.Standby(t)
	follow := func() *pgx.Conn {
		conn := open(t, standby.URL(t, url))
		lsn := ask(t, primary, "SELECT pg_current_wal_insert_lsn()::text")
		for deadline := time.Now().Add(patience); ask(t, conn, "SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn", lsn) != "true"; {
			if time.Now().After(deadline) {
				t.Fatal("the standby does not follow")
			}
		}
		return conn
	}
	do(t, primary, "INSERT INTO t VALUES (2)")
	conn := follow()
	if got := ask(t, conn, "SELECT sum(a) FROM t"); got != "3" {
		t.Errorf("the standby's sum is %s", got)
	}
	if _, err := conn.Exec(t.Context(), "INSERT INTO t VALUES (3)"); err == nil {
		t.Error("the standby takes writes")
	}
	if err := errors.Join(s.Restart(), standby.Restart()); err != nil {
		t.Fatal(err)
	}
	primary = open(t, url)
	do(t, primary, "INSERT INTO t VALUES (4)")
	conn = follow()
	if got := ask(t, conn, "SELECT sum(a) FROM t"); got != "7" {
		t.Errorf("after a restart of both the standby's sum is %s", got)
	}
	do(t, open(t, Superuser(t, standby.URL(t, url))), "SELECT pg_promote()")
	do(t, conn, "INSERT INTO t VALUES (5)")
}

// TestRefusedStart checks what is told of a server that cannot start.
func TestRefusedStart(t *testing.T) {
	t.Parallel()
	needsPostgres(t)
	if _, err := Start(Options{Settings: map[string]string{"no_such_parameter": "1"}}); err == nil || !strings.Contains(err.Error(), `"no_such_parameter"`) {
		t.Errorf("an unknown parameter: %v", err)
	}
	s := New(t, Options{})
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", s.host())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); !errors.Is(err, errPortTaken) {
		t.Errorf("its port is taken: %v", err)
	}
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Errorf("its port is free again: %v", err)
	}
}

// needsPostgres skips a test that calls Start itself, as New does.
func needsPostgres(t *testing.T) {
	t.Helper()
	_, err := installed()
	refuse(t, err)
}

// TestChoose checks which of several installations is taken.
func TestChoose(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var folders []string
	for _, says := range []string{"", "postgres (PostgreSQL) 13.22", "something else", "postgres (PostgreSQL) 18beta2 (Debian 18~beta2-1)", "postgres (PostgreSQL) 17.6"} {
		bin := filepath.Join(dir, strconv.Itoa(len(folders)))
		folders = append(folders, bin)
		if says == "" {
			continue
		}
		// Written by another process: what we had open ourselves, a fork of a test beside this one would keep open, and it could not be run.
		write := exec.Command("sh", "-c", `mkdir "$1"; printf '#!/bin/sh\necho "%s"\n' "$2" >"$1/postgres"; chmod +x "$1/postgres"`, "sh", bin, says)
		if err := run(write); err != nil {
			t.Fatal(err)
		}
	}
	i, err := choose(folders)
	if err != nil || i.bin != folders[3] || i.version != "18beta2" || i.major != 18 {
		t.Errorf("%+v %v", i, err)
	}
	if _, err := choose(folders[:3]); !errors.Is(err, errAbsent) {
		t.Errorf("nothing fits: %v", err)
	}
}

// gone waits until a server's folder is removed.
func gone(t *testing.T, path string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for tick := time.NewTicker(10 * time.Millisecond); ; {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			tick.Stop()
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s is still there", path)
		case <-tick.C:
		}
	}
}

// TestForeignRoot cannot run in parallel: it sets the environment. Somebody else may have made the folder whose name can be guessed.
func TestForeignRoot(t *testing.T) {
	needsPostgres(t)
	i, err := installed()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	path := filepath.Join(dir, "pgtest-"+strconv.Itoa(i.uid))
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(Options{}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("started in a folder that others can read: %v", err)
	}
}
