//go:build !linux

package sqlite

import "os/exec"

// detach does nothing here: a worker ends when its input does.
func detach(*exec.Cmd) {}

// bound does nothing: outside Linux a worker's memory is bounded by SQLite's own limits alone.
func bound(uint64) error { return nil }
