//go:build unix && !solaris && !aix

package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockFolder takes the folder for this process until unlockFolder. ErrInUse if another has it.
// The lock goes with the process, however it ends; the file stays and means nothing.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("the data directory %s %w", dir, ErrInUse)
		}
		return nil, fmt.Errorf("locking the data directory %s: %w", dir, err)
	}
	return f, nil
}

// unlockFolder gives the folder back at once. Closing alone would not while a child process that has just been made has its copy of the
// file, from its beginning until it runs its own program.
func unlockFolder(f *os.File) error {
	return errors.Join(syscall.Flock(int(f.Fd()), syscall.LOCK_UN), f.Close())
}

// syncFolder makes the names in the folder of path durable.
func syncFolder(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
