package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"stele/client"
)

// A server is the real program, on a store of its own.
type server struct {
	cmd  *exec.Cmd
	log  string
	base string
}

const adminKey = "evals-administrator-of-one-run"

var listens = regexp.MustCompile(`listens on (http://[0-9.:]+)`)

// startServer starts the program and waits until it is ready. Its log is a file in dir.
func startServer(ctx context.Context, binary, dir string, store ...string) (*server, error) {
	log, err := os.CreateTemp(dir, "*.log")
	if err != nil {
		return nil, err
	}
	s := &server{log: log.Name()}
	s.cmd = exec.CommandContext(ctx, binary, append([]string{"serve", "--listen", "127.0.0.1:0", "--metrics-listen", "off"}, store...)...)
	s.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "STELE_ADMIN_KEY=" + adminKey}
	s.cmd.Stdout, s.cmd.Stderr = log, log
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(syscall.SIGTERM) }
	s.cmd.WaitDelay = 30 * time.Second
	if err := errors.Join(s.cmd.Start(), log.Close()); err != nil {
		return nil, err
	}
	for range 3000 {
		text, err := os.ReadFile(s.log)
		if err != nil {
			return nil, err
		}
		if found := listens.FindSubmatch(text); found != nil {
			s.base = string(found[1])
			return s, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil, errors.Join(errors.New("the server was not ready in time"), s.close())
}

func (s *server) close() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	if err := s.cmd.Wait(); err != nil {
		text, _ := os.ReadFile(s.log)
		return fmt.Errorf("the server ended badly: %w: %s", err, text[max(0, len(text)-2000):])
	}
	return nil
}

// An agent has one database of a set, loaded by the published API.
type agent struct{ *client.Client }

// load makes an agent, its tables and all their rows.
func (s *server) load(ctx context.Context, d *database) (*agent, error) {
	admin := &client.Client{URL: s.base, Key: adminKey}
	made, err := admin.CreateAgent(ctx, d.name)
	if err != nil {
		return nil, err
	}
	key, err := admin.CreateKey(ctx, made.ID, client.KeySpec{})
	if err != nil {
		return nil, err
	}
	a := &agent{&client.Client{URL: s.base, Key: key.Secret}}
	for _, t := range d.tables {
		if err := a.load(ctx, t); err != nil {
			return nil, fmt.Errorf("loading %s of %s: %w", t.name, d.name, err)
		}
	}
	return a, nil
}

func (a *agent) load(ctx context.Context, t *table) error {
	def := client.NewTable{Name: legal(t.name), Description: t.name}
	for _, c := range t.columns {
		def.Fields = append(def.Fields, client.Field{Name: legal(c.name), Description: c.name, Type: string(c.kind)})
	}
	id, err := a.CreateTable(ctx, def)
	if err != nil {
		return err
	}
	for rows := range slices.Chunk(t.rows, 1000) {
		batch := make([]client.Row, len(rows))
		for i, row := range rows {
			batch[i] = make(client.Row, len(row))
			for j, c := range def.Fields {
				batch[i][c.Name] = row[j]
			}
		}
		task, err := a.Import(ctx, id, batch)
		if err != nil {
			return err
		}
		done, err := a.Tasks(ctx, task)
		if err != nil {
			return err
		}
		if len(done) != 1 || done[0].Success != len(rows) {
			return fmt.Errorf("of %d rows not all were added: %+v", len(rows), done)
		}
	}
	return nil
}

// ask asks for as long an answer as there can be.
func (a *agent) ask(ctx context.Context, sql string) (*answer, error) {
	found, err := a.Ask(ctx, client.Question{SQL: sql, MaxRows: 10_000, MaxBytes: 8 << 20})
	if err != nil {
		return nil, err
	}
	got := &answer{cut: found.Truncated}
	for _, c := range found.Columns {
		got.columns = append(got.columns, c.Name)
	}
	for _, r := range found.Rows {
		row := make([]value, len(r))
		for i, v := range r {
			row[i] = valueOf(v)
		}
		got.rows = append(got.rows, row)
	}
	return got, nil
}

func valueOf(v any) value {
	switch v := v.(type) {
	case nil:
		return value{}
	case json.Number:
		return value{isNumber, v.String()}
	case bool:
		return truth(v)
	}
	return value{isText, fmt.Sprint(v)}
}

// shape is an error's text without what is the question's own, so that the same faults come together.
func shape(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	line = regexp.MustCompile(`"[^"]*"|'[^']*'|\b[0-9]+\b`).ReplaceAllString(line, "_")
	return line[:min(len(line), 100)]
}
