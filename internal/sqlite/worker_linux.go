package sqlite

import (
	"os/exec"
	"syscall"
)

// detach has the worker die with this process, and not by the signals of its terminal.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// bound has the operating system bound this process: private memory that can be written, which Go's reserved but unused
// addresses are not, no byte to any file, no core.
func bound(memory uint64) error {
	for what, most := range map[int]uint64{syscall.RLIMIT_DATA: memory, syscall.RLIMIT_FSIZE: 0, syscall.RLIMIT_CORE: 0} {
		if err := syscall.Setrlimit(what, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
			return err
		}
	}
	return nil
}
