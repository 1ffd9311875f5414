package cli

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// memory is the most that was seen of processes: their private memory, without files and what they share.
type memory struct {
	All     int64 `json:"all_bytes"`      // of all together
	Largest int64 `json:"largest_bytes"`  // of one
	Count   int   `json:"most_processes"` // there at a time
}

func (m *memory) line() string {
	return fmt.Sprintf("memory: %d MiB of all %d processes together, %d MiB of the largest", m.All>>20, m.Count, m.Largest>>20)
}

// watched is processes whose memory is looked at ten times a second.
type watched struct {
	most  memory
	err   error
	roots []int
	end   chan struct{}
	once  sync.Once
	wg    sync.WaitGroup
}

func watchMemory(roots []int) *watched {
	w := &watched{roots: roots, end: make(chan struct{})}
	if len(roots) == 0 {
		return w
	}
	w.wg.Go(func() {
		for w.err == nil {
			w.err = w.look()
			select {
			case <-w.end:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
	return w
}

func (w *watched) stop() {
	w.once.Do(func() { close(w.end) })
	w.wg.Wait()
}

func (w *watched) seen() *memory {
	if len(w.roots) == 0 {
		return nil
	}
	return &w.most
}

// look adds the processes up.
func (w *watched) look() error {
	parents, err := processes()
	if err != nil {
		return err
	}
	inside := make(map[int]bool)
	for _, pid := range w.roots {
		if _, there := parents[pid]; !there {
			return fmt.Errorf("there is no process %d", pid)
		}
		inside[pid] = true
	}
	for more := true; more; {
		more = false
		for pid, parent := range parents {
			if inside[parent] && !inside[pid] {
				inside[pid], more = true, true
			}
		}
	}
	var now memory
	for pid := range inside {
		if n := privateMemory(pid); n > 0 {
			now.All, now.Largest, now.Count = now.All+n, max(now.Largest, n), now.Count+1
		}
	}
	w.most = memory{max(w.most.All, now.All), max(w.most.Largest, now.Largest), max(w.most.Count, now.Count)}
	return nil
}

// processes are all that there are, with their parents.
func processes() (map[int]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("--pid needs Linux: %w", err)
	}
	parents := make(map[int]int)
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // the name before may hold anything
		if len(fields) > 1 {
			parents[pid], _ = strconv.Atoi(fields[1])
		}
	}
	return parents, nil
}

// privateMemory is what a process has in memory of its own, in bytes; 0 if it has ended.
func privateMemory(pid int) int64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "RssAnon:" {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n << 10
		}
	}
	return 0
}
