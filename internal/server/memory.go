package server

import (
	"fmt"
	"os"
	"runtime"
)

// residentMemory is how much memory the process takes, in bytes: where the system does not say, what Go has of it.
func residentMemory() int64 {
	var whole, resident int64
	if b, err := os.ReadFile("/proc/self/statm"); err == nil { // proc(5): in pages
		if _, err := fmt.Sscan(string(b), &whole, &resident); err == nil {
			return resident * int64(os.Getpagesize())
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys)
}
