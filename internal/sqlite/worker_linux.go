package sqlite

import (
	"os/exec"
	"syscall"
)

// detach has the worker die with this process, and not by the signals of its terminal.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// yielding is how much less this process asks of a busy processor than the server does, which has others to answer.
const yielding = 10

// bound has the operating system bound this process: private memory that can be written, which Go's reserved but unused
// addresses are not, no byte to any file, no core. On a busy machine it comes after the server.
func bound(memory uint64) error {
	for what, most := range map[int]uint64{syscall.RLIMIT_DATA: memory, syscall.RLIMIT_FSIZE: 0, syscall.RLIMIT_CORE: 0} {
		if err := syscall.Setrlimit(what, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
			return err
		}
	}
	raw, err := syscall.Getpriority(syscall.PRIO_PGRP, 0)
	if err != nil {
		return err
	}
	const highest = 20 // Linux hands out 20 less the niceness
	// Of the group, which is this process alone and has all its threads: of a process it would be a single thread's.
	return syscall.Setpriority(syscall.PRIO_PGRP, 0, min(highest-1, highest-raw+yielding))
}
