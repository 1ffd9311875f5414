package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// shell is an engine's own shell, started once, so that neither starting it nor a cold cache counts.
type shell struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	echo string // the shell's command that prints a text
}

// asked is the text that ends an answer.
const asked = "==asked=="

// sqliteShell starts the sqlite3 on the PATH.
func (b *bench) sqliteShell(ctx context.Context, path string) (*shell, error) {
	return b.startShell(exec.CommandContext(ctx, "sqlite3", "-batch", "-readonly", path), ".print")
}

// psql starts the psql on the PATH.
func (b *bench) psql(ctx context.Context, url string) (*shell, error) {
	return b.startShell(exec.CommandContext(ctx, "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", url), `\echo`)
}

func (b *bench) startShell(cmd *exec.Cmd, echo string) (*shell, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the engine's shell: %w", err)
	}
	s := &shell{cmd: cmd, in: in, out: bufio.NewReader(out), echo: echo}
	b.closing(func() error {
		_ = s.in.Close()
		return s.cmd.Wait()
	})
	return s, nil
}

// ask runs a statement and returns what the shell prints.
func (s *shell) ask(sql string) (string, error) {
	if _, err := fmt.Fprintf(s.in, "%s;\n%s %s\n", sql, s.echo, asked); err != nil {
		return "", fmt.Errorf("asking the engine's shell: %w", err)
	}
	var answer strings.Builder
	for {
		line, err := s.out.ReadString('\n')
		if err != nil {
			return "", fmt.Errorf("the engine's shell has ended at %s: %w", sql, err)
		}
		if strings.TrimSpace(line) == asked {
			return answer.String(), nil
		}
		answer.WriteString(line)
	}
}

// side is the side that asks once.
func (s *shell) side(sql string) side {
	return func(context.Context) (time.Duration, error) {
		return each(1, func(int) error {
			answer, err := s.ask(sql)
			if err == nil && answer == "" {
				err = fmt.Errorf("the engine's shell answers nothing to %s", sql)
			}
			return err
		})
	}
}
