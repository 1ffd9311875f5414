package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"stele/internal/pgtest"
)

// replica is a `stele serve` of TestReplicasStartTogether.
type replica struct {
	cmd    *exec.Cmd
	stdout io.Reader
	stderr strings.Builder
	out    string
	url    string // "" if it did not start
}

var (
	shownKey   = regexp.MustCompile(`(?m)^    (app-\w{43})$`)
	shownAdmin = regexp.MustCompile(`(?m)^    export STELE_ADMIN_KEY=(adm-\w{43})$`)
)

// TestReplicasStartTogether: of many processes that start at one moment on an empty database all serve, one makes the
// catalog and the first agent, and that one shows both keys.
func TestReplicasStartTogether(t *testing.T) {
	t.Parallel()
	database := pgtest.Database(t)
	list := make([]*replica, 8)
	for i := range list {
		r := &replica{cmd: exec.Command("stele", "serve", "--listen=127.0.0.1:0", "--metrics-listen=127.0.0.1:0", "--pool=2")}
		r.cmd.Env = append(os.Environ(), "STELE_DATABASE_URL="+database)
		r.cmd.Dir, r.cmd.Stderr = t.TempDir(), &r.stderr
		var err error
		if r.stdout, err = r.cmd.StdoutPipe(); err != nil {
			t.Fatal(err)
		}
		list[i] = r
	}
	var listening sync.WaitGroup
	for _, r := range list {
		if err := r.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.cmd.Process.Kill() }() // those that a failed test leaves
		listening.Go(func() {
			out, addresses := readUntilListening(r.stdout)
			if r.out = string(out); addresses != nil {
				r.url = addresses[1]
			}
		})
	}
	listening.Wait()
	var key, admin string
	for _, r := range list {
		k, a := shownKey.FindStringSubmatch(r.out), shownAdmin.FindStringSubmatch(r.out)
		switch {
		case r.url == "":
			_ = r.cmd.Wait()
			t.Fatalf("one did not start: %s%s", r.out, &r.stderr)
		case k == nil && a == nil && strings.Count(r.out, "\n") == 1:
		case k == nil || a == nil || key != "":
			t.Errorf("two welcomes, or one with a key alone:\n%s", r.out)
		default:
			key, admin = k[1], a[1]
		}
	}
	for _, r := range list {
		if body := ask(t, r.url+"/v1/api-key/verify", key); !strings.Contains(body, `"id":"`) {
			t.Errorf("the API key opens nothing: %s", body)
		}
		if body := ask(t, r.url+"/admin/v1/agents", admin); strings.Count(body, `"id"`) != 1 || !strings.Contains(body, `"default"`) {
			t.Errorf("agents: %s", body)
		}
	}
	if got := count(t, database); got != [4]int{1, 1, 1, 1} {
		t.Errorf("installations, agents, keys, schemas of agents: %v", got)
	}
	for _, r := range list {
		if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
	}
	for _, r := range list {
		if err := r.cmd.Wait(); err != nil {
			t.Errorf("one ended with %v: %s", err, &r.stderr)
		}
	}
}

func ask(t *testing.T, url, key string) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func count(t *testing.T, database string) (n [4]int) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	err = conn.QueryRow(ctx, `SELECT (SELECT count(*) FROM stele_catalog.installation), (SELECT count(*) FROM stele_catalog.agents),
		(SELECT count(*) FROM stele_catalog.keys), (SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'agent\_%')`).
		Scan(&n[0], &n[1], &n[2], &n[3])
	if err != nil {
		t.Fatal(err)
	}
	return n
}
