package pgtest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// A folder holds one server: data, socket and log. It is locked while its test binary or its janitor lives, so that an
// unlocked one is known to be left over.
type folder struct {
	path    string
	lock    *os.File
	janitor *exec.Cmd
	life    *os.File // closed by us or by our death: then the janitor sets to work
}

// clean is the janitor: a process beside the test binary, because nothing within it would outlive a kill. It waits until its
// input ends, which happens however the binary ends, and then removes the server. Being told that there is no server is fine.
const clean = `trap '' HUP INT QUIT TERM
read -r _
"$1" stop -s -D "$2/data" -m immediate -t 30 >/dev/null 2>&1
exec rm -rf "$2"`

// hba has roles that a test made prove themselves as they would anywhere. Database makes a role for each database, of the same name.
const hba = `local all all trust
local replication all trust
host all ` + superuser + ` 127.0.0.1/32 trust
host sameuser all 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
`

// templateAge is when the template is made again: what cleans a temporary folder takes old files singly.
const templateAge = 12 * time.Hour

// root is where the folders are and the template of their data, open and locked: one test binary at a time looks around in it.
type root struct {
	*install
	path string
	lock *os.File
}

// base is where the root is. In memory a database is made in a sixth of the time; what is to be synced belongs on a disk.
func base(o Options) string {
	const memory, room = "/dev/shm", 1 << 30 // bytes; containers often have only a few there
	var stat syscall.Statfs_t
	if o.Dir != "" {
		return o.Dir
	}
	if o.Fsync || os.Getenv("TMPDIR") != "" || syscall.Statfs(memory, &stat) != nil || stat.Bavail*uint64(stat.Bsize) < room {
		return os.TempDir()
	}
	return memory
}

func (i *install) openRoot(o Options) (*root, error) {
	path := filepath.Join(base(o), fmt.Sprintf("pgtest-%d", i.uid))
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	// The name can be guessed: nobody else may have been here first. One of ourselves may be, who has not come to own yet.
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	owner := int(info.Sys().(*syscall.Stat_t).Uid)
	if !info.IsDir() || info.Mode().Perm() != 0o700 || owner != i.uid && owner != os.Getuid() {
		return nil, fmt.Errorf("%s is not a folder of user %d alone: please remove it", path, i.uid)
	}
	if err := i.own(path); err != nil {
		return nil, err
	}
	lock, err := locked(path, syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	return &root{install: i, path: path, lock: lock}, nil
}

// own hands what we made to the user who runs the server.
func (i *install) own(path string) error {
	if i.cred == nil {
		return nil
	}
	return os.Chown(path, int(i.cred.Uid), int(i.cred.Gid))
}

// locked opens a folder and locks it: how is LOCK_EX, with LOCK_NB to be refused instead of waiting.
func locked(path string, how int) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(err, f.Close())
		}
	}
}

// sweep removes the folders that a test binary and its janitor have both left behind.
func (r *root) sweep() error {
	left, err := filepath.Glob(filepath.Join(r.path, "server-*"))
	if err != nil {
		return err
	}
	for _, path := range left {
		lock, err := locked(path, syscall.LOCK_EX|syscall.LOCK_NB)
		if err != nil {
			continue // in use, or just now removed
		}
		err = r.cleaner(path).Run() // without an input it does not wait
		if err := errors.Join(err, lock.Close()); err != nil {
			return fmt.Errorf("removing %s: %w", path, err)
		}
	}
	return nil
}

// cleaner is the janitor's command.
func (i *install) cleaner(path string) *exec.Cmd {
	return i.program("/", "/bin/sh", "-c", clean, "pgtest-janitor", filepath.Join(i.bin, "pg_ctl"), path)
}

// newFolder makes a folder with its janitor, without data.
func (r *root) newFolder() (*folder, error) {
	path, err := os.MkdirTemp(r.path, "server-")
	if err != nil {
		return nil, err
	}
	if err := r.own(path); err != nil {
		return nil, err
	}
	f := &folder{path: path}
	if f.lock, err = locked(path, syscall.LOCK_EX); err != nil {
		return nil, err
	}
	end, life, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	f.life, f.janitor = life, r.cleaner(path)
	f.janitor.Stdin = end
	f.janitor.ExtraFiles = []*os.File{f.lock}
	return f, errors.Join(f.janitor.Start(), end.Close())
}

// remove has the janitor do its work now.
func (f *folder) remove() error {
	err := f.life.Close()
	return errors.Join(err, f.janitor.Wait(), f.lock.Close())
}

// template returns a folder of fresh data, to be copied: initdb takes several times as long as a copy of what it makes.
func (r *root) template() (string, error) {
	path := filepath.Join(r.path, "template-"+r.version)
	if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) < templateAge {
		return path, nil
	}
	unfinished := filepath.Join(r.path, "unfinished")
	if err := errors.Join(os.RemoveAll(path), os.RemoveAll(unfinished)); err != nil {
		return "", err
	}
	initdb := r.program(r.path, "initdb", "-D", unfinished, "-U", superuser, "--no-sync", "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust")
	if err := run(initdb); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(unfinished, "pg_hba.conf"), []byte(hba), 0o600); err != nil {
		return "", err
	}
	now := time.Now()
	return path, errors.Join(os.Chtimes(unfinished, now, now), os.Rename(unfinished, path))
}

// fill makes the folder's data. It is called with the root locked, so that nobody takes the template away.
func (r *root) fill(f *folder) error {
	from, err := r.template()
	if err != nil {
		return err
	}
	return run(r.program(r.path, "cp", "-Rp", from, f.data()))
}

func (f *folder) data() string { return filepath.Join(f.path, "data") }

// run runs a command to its end; what it said is in the error.
func run(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, out)
	}
	return nil
}
