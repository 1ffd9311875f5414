package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// report is what a run found. Memory is in bytes, loads are the averages over a minute.
type report struct {
	Started   time.Time `json:"started"`
	Seconds   float64   `json:"seconds"`
	Go        string    `json:"go"`
	CPUs      int       `json:"cpus"`
	LoadStart string    `json:"load_start"`
	LoadEnd   string    `json:"load_end"`
	Directory string    `json:"directory"`
	Results   []result  `json:"results"`
	Memory    *memory   `json:"memory,omitempty"`

	Connections *connections `json:"connections,omitempty"`
	Absent      []string     `json:"absent,omitempty"` // what could not be compared with, and why
}

// memory is that of the server process after a table was filled.
type memory struct {
	Records  int   `json:"records"`
	Resident int64 `json:"resident_bytes"`
	Peak     int64 `json:"peak_bytes"`
	Target   int64 `json:"target_bytes"`
	Reached  bool  `json:"reached"`
}

// memoryTarget holds for the resident memory after a million records.
const memoryTarget = 100_000_000

func newReport(o options) *report {
	return &report{
		Started: time.Now(), Go: runtime.Version(), CPUs: runtime.NumCPU(), LoadStart: load(), Directory: o.dir,
	}
}

func (r *report) finish() {
	r.Seconds = time.Since(r.Started).Seconds()
	r.LoadEnd = load()
}

func (r *report) memory(records int, resident, peak int64) {
	r.Memory = &memory{records, resident, peak, memoryTarget, resident < memoryTarget}
}

// load is the machine's load over the last minute, "?" where it is not told.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "?"
	}
	one, _, _ := strings.Cut(string(b), " ")
	return one
}

func (r *report) writeJSON(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// print writes the report as an aligned table.
func (r *report) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "%s, %d CPUs, load %s before and %s after, %.0f s\n\n", r.Go, r.CPUs, r.LoadStart, r.LoadEnd, r.Seconds)
	_, _ = fmt.Fprintln(w, "scenario\tmedian\tagainst\tratio\tp10..p90\ttarget\t\trounds")
	for _, res := range r.Results {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%.2f\t%.2f..%.2f\t%s\t%s\t%d\n", res.Name, shortTime(res.Medians[res.Sides[0]]), res.against(),
			res.Ratio, res.P10, res.P90, res.targetText(), res.verdict(), res.Rounds)
	}
	if m := r.Memory; m != nil {
		_, _ = fmt.Fprintf(w, "resident memory after %d records\t%.1f MB\tpeak %.1f MB\t\t\t< %d MB\t%s\t\n",
			m.Records, float64(m.Resident)/1e6, float64(m.Peak)/1e6, m.Target/1e6, verdict(m.Reached))
	}
	if c := r.Connections; c != nil {
		_, _ = fmt.Fprintf(w, "connections of a server to the database\t%d\tseen %d times\t\t\t<= %d\t%s\t\n", c.Most, c.Samples, c.Allowed, verdict(c.Reached))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("printing the report: %w", err)
	}
	for _, text := range r.Absent {
		if _, err := fmt.Fprintln(out, text); err != nil {
			return fmt.Errorf("printing the report: %w", err)
		}
	}
	return nil
}

// against names the other sides and their medians.
func (r result) against() string {
	var parts []string
	for _, side := range r.Sides[1:] {
		parts = append(parts, side+" "+shortTime(r.Medians[side]))
	}
	return strings.Join(parts, " + ")
}

func (r result) targetText() string {
	switch {
	case r.Target == 0:
		return "-"
	case r.AtLeast:
		return fmt.Sprintf(">= %.2f", r.Target)
	default:
		return fmt.Sprintf("<= %.2f", r.Target)
	}
}

func (r result) verdict() string {
	switch {
	case r.Target == 0:
		return ""
	default:
		return verdict(r.Reached)
	}
}

func verdict(reached bool) string {
	if reached {
		return "reached"
	}
	return "missed"
}

// shortTime writes seconds in milliseconds with three digits or so.
func shortTime(s float64) string { return fmt.Sprintf("%.3g ms", s*1000) }
