package pgtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// asChild is set for a test binary that a test has started: it starts a server, tells of it, and ends as the variable says.
const asChild = "PGTEST_CHILD"

// child is what a test binary without care for its server is like.
func child() {
	s, err := Start(Options{})
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	fmt.Println(s.folder.path, s.host(), s.process.pid, s.folder.janitor.Process.Pid)
	switch os.Getenv(asChild) {
	case "panic":
		panic("as asked")
	case "exit":
		os.Exit(3)
	default:
		_, _ = io.Copy(io.Discard, os.Stdin) // until killed, or the parent is gone
	}
}

// begin runs a child up to where its server has started.
func begin(t *testing.T, end string) (cmd *exec.Cmd, path, host string, server, janitor int) {
	t.Helper()
	needsPostgres(t)
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asChild+"="+end)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(line, &path, &host, &server, &janitor); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return cmd, path, host, server, janitor
}

// TestOrphan checks that a server goes with its test binary, however that ends.
func TestOrphan(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"panic", "exit", "kill"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			cmd, path, host, _, _ := begin(t, how)
			if how == "kill" {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
			if err := cmd.Wait(); err == nil {
				t.Error("the child ended well")
			}
			gone(t, path)
			if conn, err := pgx.Connect(t.Context(), "postgres://postgres@"+host+"/postgres?sslmode=disable"); err == nil {
				_ = conn.Close(t.Context())
				t.Error("the server lives")
			}
		})
	}
}

// TestSweep checks that the next server's start removes what a dead test binary and its dead janitor left behind.
func TestSweep(t *testing.T) {
	t.Parallel()
	cmd, path, _, server, janitor := begin(t, "kill")
	if err := errors.Join(syscall.Kill(janitor, syscall.SIGKILL), cmd.Process.Kill()); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the child: %v", err)
	}
	New(t, Options{})
	gone(t, path)
	if err := syscall.Kill(server, 0); err == nil && !defunct(server) {
		t.Error("the server lives")
	}
}

// defunct reports whether a process has ended and merely waits for its parent, which may be slow.
func defunct(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}
