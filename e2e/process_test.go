package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const adminKey = "adm-e2e-0123456789abcdefghijklmnopqrstuvwxyzABCDEF"

// patience is how long anything may take before a test calls it stuck. It is no measure of speed.
const patience = 2 * time.Minute

// child is the server as a process of its own. It is used by several goroutines, but started, stopped and killed by one
// at a time.
type child struct {
	t     *testing.T
	store *store
	at    keeper
	flags []string
	http  *http.Client
	leaks scanner
	// broken says that the test has damaged the data, so that internal errors are right: they are logged, and told to
	// callers by their number alone.
	broken bool
	// orphans are sessions of processes that were killed. What was sent to them in one piece, a commit too, they may yet
	// carry out when the next process serves.
	orphans []string

	mu   sync.Mutex // guards what a restart changes
	base string     // http://127.0.0.1:port
	proc *process
}

// process is one run of the binary.
type process struct {
	cmd    *exec.Cmd
	out    journal
	exited chan struct{} // closed when it is gone; then err is set
	err    error
}

// journal keeps what a process prints.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

// start runs the server on a place of its own until the test ends.
func (s *store) start(t *testing.T, flags ...string) *child {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}
	c := &child{t: t, store: s, at: s.make(t), flags: flags, http: &http.Client{Transport: transport, Timeout: patience}}
	c.leaks.words = append(append(forbidden(), adminKey), c.at.secrets()...)
	t.Cleanup(func() {
		c.finish()
		transport.CloseIdleConnections()
	})
	c.begin()
	return c
}

var listens = regexp.MustCompile(`listens on (http://[0-9.:]+)`)

// launch starts a process without waiting for it to serve.
func (c *child) launch() *process {
	c.t.Helper()
	p := &process{exited: make(chan struct{})}
	// A loaded machine may take longer than clients would wait.
	args := []string{"serve", c.store.flag, c.at.place(), "--listen", "127.0.0.1:0", "--metrics-listen", "off", "--timeout", "100s"}
	p.cmd = exec.Command(binary, append(args, c.flags...)...)
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "STELE_ADMIN_KEY=" + adminKey}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // a test that dies leaves no server behind
	if err := p.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	return p
}

// begin starts a process and waits until it is ready.
func (c *child) begin() {
	c.t.Helper()
	p := c.launch()
	deadline := time.After(patience)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-p.exited:
			c.t.Fatalf("the server ended at its start: %v\n%s", p.err, p.out.String())
		case <-deadline:
			_ = p.cmd.Process.Kill()
			c.t.Fatalf("the server is not ready after %s\n%s", patience, p.out.String())
		case <-tick.C:
		}
		found := listens.FindStringSubmatch(p.out.String())
		if found == nil {
			continue
		}
		c.mu.Lock()
		c.base, c.proc = found[1], p
		c.mu.Unlock()
		if c.ready() {
			c.settle()
			return
		}
	}
}

// settle waits for the orphans to end, so that nothing changes any more by itself.
func (c *child) settle() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	for len(c.orphans) > 0 {
		there, err := c.at.sessions(ctx)
		no(c.t, err)
		c.orphans = slices.DeleteFunc(c.orphans, func(o string) bool { return !slices.Contains(there, o) })
	}
}

// ready asks /readyz.
func (c *child) ready() bool {
	a, err := caller{child: c}.get(context.Background(), "/readyz")
	return err == nil && a.status == http.StatusOK
}

func (c *child) now() (base string, p *process) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base, c.proc
}

// kill ends the process at once, as a power cut would, and waits until it is gone.
func (c *child) kill() {
	_, p := c.now()
	c.killed(p)
}

func (c *child) killed(p *process) {
	_ = p.cmd.Process.Kill()
	<-p.exited
	left, err := c.at.sessions(c.t.Context())
	if err != nil {
		c.t.Error(err)
	}
	c.orphans = append(c.orphans, left...)
	c.inspect(p)
}

// terminate asks the process to stop and returns without waiting.
func (c *child) terminate() *process {
	_, p := c.now()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	return p
}

// stop asks the process to stop, waits for it and wants it to end well.
func (c *child) stop() {
	c.t.Helper()
	c.ended(c.terminate())
}

// ended waits for a process that was told to stop.
func (c *child) ended(p *process) {
	c.t.Helper()
	select {
	case <-p.exited:
		if p.err != nil {
			c.t.Errorf("the server did not stop well: %v\n%s", p.err, tail(p.out.String()))
		}
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.exited
		c.t.Errorf("the server did not stop in %s\n%s", patience, tail(p.out.String()))
	}
	c.inspect(p)
}

// finish ends a test's last process, whatever state it is in.
func (c *child) finish() {
	_, p := c.now()
	if p == nil {
		return
	}
	select {
	case <-p.exited: // killed or stopped by the test, and inspected then
	default:
		c.stop()
	}
	if c.t.Failed() {
		c.t.Logf("the end of the server's log:\n%s", tail(p.out.String()))
	}
}

// inspect looks for what no log may have after any test: a panic, a race, an internal error, a secret.
func (c *child) inspect(p *process) {
	out := p.out.String()
	for _, bad := range []string{"panic", "goroutine ", "fatal error", "DATA RACE", "level=ERROR", adminKey} {
		if i := strings.Index(out, bad); i >= 0 && !(c.broken && bad == "level=ERROR") {
			c.t.Errorf("the server's log has %q:\n%s", bad, out[max(0, i-500):min(len(out), i+3000)])
		}
	}
	for _, key := range c.leaks.secrets() {
		if strings.Contains(out, key) {
			c.t.Errorf("the server's log has an API key")
		}
	}
}

func tail(s string) string { return s[max(0, len(s)-4000):] }

// status reads a number of kB from /proc/PID/status, such as VmHWM, the most memory that the process ever held.
func (c *child) status(name string) (bytes int64) {
	c.t.Helper()
	_, p := c.now()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	no(c.t, err)
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			no(c.t, err)
			return kb << 10
		}
	}
	c.t.Fatalf("/proc/PID/status has no %s", name)
	return 0
}

// handles counts the open files of the process, and of those the ones in the data directory.
func (c *child) handles() (all, data int, err error) {
	_, p := c.now()
	dir := fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, 0, err
	}
	for _, e := range entries {
		to, err := os.Readlink(filepath.Join(dir, e.Name()))
		if err == nil && strings.HasPrefix(to, c.at.place()) {
			data++
		}
	}
	return len(entries), data, nil
}
