package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"

	"stele/internal/pgtest"
	"stele/internal/sqlite"
)

// patience bounds every wait of a script. Nothing that works comes near it.
const patience = time.Minute

func TestMain(m *testing.M) {
	sqlite.ServeIfWorker()
	testscript.Main(m, map[string]func(){"stele": main})
}

// TestScripts runs testdata/script: the command as a user types it. Those to which the store makes no difference are in
// the folder both (see TestScriptsOnEachStore).
//
//	start NAME ARG...         run `stele serve ARG...` on free ports; sets $STELE_URL and $METRICS; its output is in NAME.out and NAME.err
//	end NAME [SIGNAL]         end it by TERM or INT; it must exit with status 0
//	inflight NAME KEY TABLE   begin an import, end the server by TERM, finish the import
//	twice NAME KEY TABLE      begin an import, end the server by two signals
//	quickstart FILE NAME      write the paste-and-run commands of FILE to NAME, for $STELE_URL and $KEY
//	eventually REGEXP CMD...  run CMD until its output matches
//	setenv NAME FILE          set a variable to the content of a file, such as stdout
//	database NAME             set a variable to the URL of a new, empty PostgreSQL database
//	halfway BATCH kill|refuse|interrupt CMD...   run a command that imports, and cut it off at that batch; its output is in halfway.out
//	sql URL STATEMENT         run a statement in a database as its superuser
func TestScripts(t *testing.T) {
	t.Parallel()
	runScripts(t, "testdata/script", nil)
}

// TestScriptsOnEachStore runs testdata/script/both: what the store makes no difference to. They start servers without saying
// where the data goes.
func TestScriptsOnEachStore(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]func(*testscript.Env){
		"sqlite": nil, // the data directory of the default
		"postgres": func(e *testscript.Env) {
			e.Setenv("STELE_DATABASE_URL", pgtest.Database(e.T().(testing.TB)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if place != nil && testing.Short() {
				t.Skip("needs a server: left out under -short")
			}
			runScripts(t, "testdata/script/both", place)
		})
	}
}

// runScripts runs the scripts of a folder; place is called for each.
func runScripts(t *testing.T, dir string, place func(*testscript.Env)) {
	testscript.Run(t, testscript.Params{
		Dir: dir,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start": start, "end": end, "inflight": inflight, "twice": twice,
			"quickstart": quickstart, "eventually": eventually, "setenv": setenv,
			"database": database, "sql": sql, "halfway": halfway,
		},
		Setup: func(e *testscript.Env) error {
			e.Values[serversKey] = servers{}
			e.Values[testKey] = e.T()
			readme, err := filepath.Abs("../../README.md")
			e.Setenv("README", readme)
			if place != nil {
				place(e)
			}
			e.Defer(func() { // what a failed script has left running
				for _, s := range e.Values[serversKey].(servers) {
					_ = s.cmd.Process.Kill()
					<-s.ended
				}
			})
			return err
		},
	})
}

// server is a running `stele serve`.
type server struct {
	cmd    *exec.Cmd
	url    string
	status error // of the process, once ended is closed
	ended  chan struct{}
}

type servers map[string]*server

// serversKey is where a script keeps its servers.
const serversKey = "servers"

// testKey is where a script keeps its test.
const testKey = "test"

func find(ts *testscript.TestScript, name string) *server {
	s, ok := ts.Value(serversKey).(servers)[name]
	if !ok {
		ts.Fatalf("no server is called %s", name)
	}
	return s
}

func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: start NAME ARG...")
	}
	s := &server{ended: make(chan struct{})}
	s.cmd = exec.Command("stele", append([]string{"serve", "--listen=127.0.0.1:0", "--metrics-listen=127.0.0.1:0"}, args[1:]...)...)
	s.cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "STELE_ADMIN_KEY", "STELE_ADMIN_KEY_FILE", "STELE_DIALECT", "STELE_DATABASE_URL", "STELE_POOL"} {
		if v := ts.Getenv(name); v != "" {
			s.cmd.Env = append(s.cmd.Env, name+"="+v)
		}
	}
	stderr, err := os.Create(ts.MkAbs(args[0] + ".err"))
	ts.Check(err)
	s.cmd.Stderr = stderr
	stdout, err := s.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(s.cmd.Start())
	ts.Check(stderr.Close())
	ts.Value(serversKey).(servers)[args[0]] = s
	out, addresses := readUntilListening(stdout)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".out"), out, 0o600))
	go func() {
		_, _ = io.Copy(io.Discard, stdout)
		s.status = s.cmd.Wait()
		close(s.ended)
	}()
	if addresses == nil {
		ts.Fatalf("it did not start: %s%s", out, ts.ReadFile(args[0]+".err"))
	}
	s.url = addresses[1]
	ts.Setenv("STELE_URL", addresses[1])
	ts.Setenv("METRICS", addresses[2])
}

// readUntilListening reads the output up to the line that tells the addresses; nil addresses if it never came.
func readUntilListening(r io.Reader) (out []byte, addresses []string) {
	line := regexp.MustCompile(`^stele listens on (\S+), console on \S+, metrics on (\S+), data in`)
	for sc := bufio.NewScanner(r); sc.Scan(); {
		out = append(append(out, sc.Bytes()...), '\n')
		if m := line.FindStringSubmatch(sc.Text()); m != nil {
			return out, m
		}
	}
	return out, nil
}

// wait returns the status with which the server ended.
func (s *server) wait(ts *testscript.TestScript) error {
	select {
	case <-s.ended:
		return s.status
	case <-time.After(patience):
		ts.Fatalf("the server did not end")
		return nil
	}
}

func end(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: end NAME [SIGNAL]")
	}
	s, sig := find(ts, args[0]), syscall.SIGTERM
	if len(args) > 1 && args[1] == "INT" {
		sig = syscall.SIGINT
	}
	ts.Check(s.cmd.Process.Signal(sig))
	ts.Check(s.wait(ts))
}

// begin sends the header of an import and returns once the server asks for the body: it is at work on the request then.
func begin(ts *testscript.TestScript, args []string) (s *server, c net.Conn, answer *bufio.Reader, body string) {
	if len(args) != 3 {
		ts.Fatalf("usage: COMMAND NAME KEY TABLE")
	}
	s = find(ts, args[0])
	u, err := url.Parse(s.url)
	ts.Check(err)
	c, err = net.Dial("tcp", u.Host)
	ts.Check(err)
	ts.Check(c.SetDeadline(time.Now().Add(patience)))
	body = fmt.Sprintf(`{"table_id":%q,"records":[{"code":"IN-FLIGHT"}]}`, args[2])
	_, err = fmt.Fprintf(c, "POST /v1/database/import/records HTTP/1.1\r\nHost: stele\r\nAuthorization: Bearer %s\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", args[1], len(body))
	ts.Check(err)
	answer = bufio.NewReader(c)
	line, err := answer.ReadString('\n')
	ts.Check(err)
	if !strings.HasPrefix(line, "HTTP/1.1 100") {
		ts.Fatalf("the server answered %q to the header of an import", line)
	}
	_, err = answer.ReadString('\n')
	ts.Check(err)
	// One signal, and the listener is gone: the server is stopping.
	ts.Check(s.cmd.Process.Signal(syscall.SIGTERM))
	for deadline := time.Now().Add(patience); ; {
		probe, err := net.Dial("tcp", u.Host)
		if errors.Is(err, syscall.ECONNREFUSED) {
			return s, c, answer, body
		}
		if err == nil {
			ts.Check(probe.Close())
		}
		if time.Now().After(deadline) {
			ts.Fatalf("the server still listens after SIGTERM")
		}
	}
}

func inflight(ts *testscript.TestScript, neg bool, args []string) {
	s, c, answer, body := begin(ts, args)
	_, err := io.WriteString(c, body)
	ts.Check(err)
	resp, err := http.ReadResponse(answer, nil)
	ts.Check(err)
	text, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if neg || resp.StatusCode != http.StatusOK {
		ts.Fatalf("the import was answered %d: %s", resp.StatusCode, text)
	}
	ts.Check(c.Close())
	ts.Check(s.wait(ts))
}

func twice(ts *testscript.TestScript, neg bool, args []string) {
	s, c, _, _ := begin(ts, args)
	ts.Check(s.cmd.Process.Signal(syscall.SIGTERM))
	err := s.wait(ts)
	var exit *exec.ExitError
	if neg || !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		ts.Fatalf("after the second signal the server ended with %v, not by the signal", err)
	}
	ts.Check(c.Close())
}

// quickstart takes the block that begins with `url=` and ends with the third curl, with or without an indent.
func quickstart(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: quickstart FILE NAME")
	}
	text := ts.ReadFile(args[0])
	block := regexp.MustCompile(`(?m)^( *)url=http\S+ key=app-\S+.*\n`).FindStringSubmatchIndex(text)
	if block == nil {
		ts.Fatalf("%s has no commands that begin with url=... key=app-...", args[0])
	}
	indent := text[block[2]:block[3]]
	var commands []string
	for line := range strings.Lines(text[block[1]:]) {
		line, ok := strings.CutPrefix(line, indent)
		if strings.TrimSpace(line) != "" && !ok || strings.HasPrefix(line, "```") {
			break
		}
		commands = append(commands, line)
	}
	script := strings.TrimSpace(strings.Join(commands, ""))
	if n := strings.Count(script, "curl "); n != 3 {
		ts.Fatalf("%s has %d curl commands, not 3:\n%s", args[0], n, script)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(script+"\n"), 0o600))
	given := text[block[0]:block[1]]
	ts.Check(os.WriteFile(ts.MkAbs(args[1]+".given"), []byte(strings.TrimSpace(given)+"\n"), 0o600))
}

func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually REGEXP CMD...")
	}
	want := regexp.MustCompile(args[0])
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var out []byte
	for ctx.Err() == nil {
		cmd := exec.CommandContext(ctx, args[1], args[2:]...)
		cmd.Dir = ts.MkAbs(".")
		if out, _ = cmd.CombinedOutput(); want.Match(out) {
			return
		}
	}
	ts.Fatalf("it never said %s: %s", args[0], out)
}

func setenv(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: setenv NAME FILE")
	}
	ts.Setenv(args[0], string(bytes.TrimSpace([]byte(ts.ReadFile(args[1])))))
}

// database makes a database that is dropped when the script's test ends. Without a PostgreSQL the script is skipped.
func database(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: database NAME")
	}
	ts.Setenv(args[0], pgtest.Database(ts.Value(testKey).(testing.TB)))
}

func sql(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sql URL STATEMENT")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, pgtest.Superuser(ts.Value(testKey).(testing.TB), args[0]))
	ts.Check(err)
	_, err = conn.Exec(ctx, args[1])
	ts.Check(errors.Join(err, conn.Close(ctx)))
}
