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
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// child is a process that serves HTTP on a loopback port for as long as the measurement lasts.
type child struct {
	cmd    *exec.Cmd
	url    string
	secret string    // API key that one of our own servers has made
	aside  string    // base URL of the listener for metrics and profiles; empty if there is none
	input  io.Closer // its end tells one of our own servers to stop; nil for Stele, which gets a signal
	log    *os.File  // its standard error: a file, so that logging costs the clients nothing
}

// startSelf starts this program again as one of its own servers. Floors run in a process of their own, as the server
// under test does, so that neither shares memory or scheduler with the clients.
func startSelf(ctx context.Context, dir string, args ...string) (*child, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program: %w", err)
	}
	c, err := newChild(exec.CommandContext(ctx, exe, args...), dir)
	if err != nil {
		return nil, err
	}
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe: %w", err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe: %w", err)
	}
	c.input = in
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", args[0], err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s gave no address: %s", args[0], c.logged()), c.stop())
	}
	c.url, c.secret, _ = strings.Cut(strings.TrimSpace(line), " ")
	return c, nil
}

func newChild(cmd *exec.Cmd, dir string) (*child, error) {
	log, err := os.CreateTemp(dir, "*.log")
	if err != nil {
		return nil, fmt.Errorf("making a log file: %w", err)
	}
	cmd.Stderr = log
	return &child{cmd: cmd, log: log}, nil
}

// startStele starts the server under test on the store that flags name, and waits until it is ready. Its log is in dir.
func startStele(ctx context.Context, binary, dir string, store ...string) (*child, error) {
	addr, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	aside, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	args := append([]string{"serve", "--listen", addr, "--metrics-listen", aside}, store...)
	c, err := newChild(exec.CommandContext(ctx, binary, args...), dir)
	if err != nil {
		return nil, err
	}
	c.url, c.aside = "http://"+addr, "http://"+aside
	c.cmd.Cancel = func() error { return c.cmd.Process.Signal(syscall.SIGTERM) }
	c.cmd.WaitDelay = 30 * time.Second
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", binary, err)
	}
	for range 1000 {
		if err = ready(ctx, c.url); err == nil {
			return c, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil, errors.Join(fmt.Errorf("the server was not ready in time: %w: %s", err, c.logged()), c.stop())
}

func ready(ctx context.Context, base string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("/readyz answered %s", resp.Status)
	}
	return nil
}

// freeAddress finds a loopback port that is free now.
func freeAddress(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("finding a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// stop ends the process and waits for it.
func (c *child) stop() error {
	if c.input != nil {
		_ = c.input.Close()
	} else if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stopping a server: %w", err)
	}
	err := c.cmd.Wait()
	if err != nil {
		err = fmt.Errorf("a server ended badly: %w: %s", err, c.logged())
	}
	return errors.Join(err, c.log.Close())
}

// logged is the end of what the process wrote to standard error.
func (c *child) logged() []byte {
	const most = 2000
	b, err := os.ReadFile(c.log.Name())
	if err != nil {
		return nil
	}
	return bytes.TrimSpace(b[max(0, len(b)-most):])
}

// memory reads the process's resident memory and the most it ever was, in bytes.
func (c *child) memory() (resident, peak int64, err error) {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(c.cmd.Process.Pid), "status"))
	if err != nil {
		return 0, 0, fmt.Errorf("reading resident memory: %w", err)
	}
	return statusBytes(b, "VmRSS:"), statusBytes(b, "VmHWM:"), nil
}

// statusBytes reads a line of /proc/PID/status, whose unit is kB.
func statusBytes(status []byte, name string) int64 {
	for line := range bytes.Lines(status) {
		if f := strings.Fields(string(line)); len(f) == 3 && f[0] == name {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n << 10
		}
	}
	return 0
}
