package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// profileTime is how long the server is watched in each suite.
const profileTime = 20 * time.Second

// profiled runs the suites one after the other, each for profileTime, and keeps a CPU profile of the server for each.
// While a floor has its turn the server does nothing, so that the profile is the server's work alone.
func (b *bench) profiled(ctx context.Context, rep *report, stele *server, suites map[string]suite) error {
	if err := os.MkdirAll(b.profile, 0o755); err != nil {
		return fmt.Errorf("making the directory for profiles: %w", err)
	}
	b.limit = profileTime
	for name, s := range suites {
		done := make(chan error, 1)
		go func() { done <- stele.cpuProfile(ctx, filepath.Join(b.profile, name+".pprof")) }()
		err := b.rounds(ctx, rep, []suite{s})
		if perr := <-done; err == nil {
			err = perr
		}
		if err != nil {
			return fmt.Errorf("profiling %s: %w", name, err)
		}
	}
	return nil
}

// cpuProfile fetches a CPU profile of the next profileTime from the server's second listener.
func (s *server) cpuProfile(ctx context.Context, path string) error {
	url := fmt.Sprintf("%s/debug/pprof/profile?seconds=%d", s.aside, int(profileTime.Seconds()))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("asking for a profile: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("asking for a profile: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("asking for a profile: %s", resp.Status)
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("keeping a profile: %w", err)
	}
	_, err = io.Copy(f, resp.Body)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
