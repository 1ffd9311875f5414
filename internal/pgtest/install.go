package pgtest

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"syscall"
)

// errAbsent is told where there is no PostgreSQL to start.
var errAbsent = fmt.Errorf("no PostgreSQL of version %d or later is installed (Debian: apt-get install postgresql)", oldest)

// oldest is the first major version whose CREATE DATABASE and DROP DATABASE do what this package asks.
const oldest = 14

// install is a PostgreSQL that can be started.
type install struct {
	bin     string // folder of its programs
	version string // "15.18"
	major   int
	uid     int                 // who runs it
	cred    *syscall.Credential // nil if that is ourselves
}

// program is a command of this PostgreSQL. It runs in dir with nothing of our environment: a PGDATA or PGOPTIONS of the
// developer's must not reach it, and its messages must be those that start reads.
func (i *install) program(dir, name string, args ...string) *exec.Cmd {
	if name == "initdb" || name == "postgres" || name == "pg_basebackup" || name == "pg_ctl" {
		name = filepath.Join(i.bin, name)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = dir // not ours: it need not be readable for the other user
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC"}
	// A group of its own: Ctrl-C reaches us alone, and the janitor sees to the rest.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: i.cred}
	return cmd
}

// installed is the installation that all servers are started from, looked for once.
var installed = sync.OnceValues(findInstall)

// findInstall looks on the PATH and where Debian keeps every version beside the others.
func findInstall() (*install, error) {
	var folders []string
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil { // a link may stand alone, without the other programs
			folders = append(folders, filepath.Dir(path))
		}
	}
	debian, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return nil, err
	}
	number := func(bin string) int { n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin))); return n }
	slices.SortFunc(debian, func(a, b string) int { return cmp.Compare(number(b), number(a)) })
	i, err := choose(append(folders, debian...))
	if err != nil {
		return nil, err
	}
	return i, i.chooseUser()
}

// choose returns the first installation that is complete and new enough.
func choose(folders []string) (*install, error) {
	version := regexp.MustCompile(`\(PostgreSQL\) (\d+)[.\w]*`)
	for _, bin := range folders {
		out, err := exec.Command(filepath.Join(bin, "postgres"), "--version").Output()
		found := version.FindSubmatch(out)
		if err != nil || found == nil {
			continue
		}
		major, err := strconv.Atoi(string(found[1]))
		if err != nil || major < oldest {
			continue
		}
		return &install{bin: bin, version: string(found[0][len("(PostgreSQL) "):]), major: major}, nil
	}
	return nil, errAbsent
}

// chooseUser settles who runs the server: PostgreSQL refuses to be run by root.
func (i *install) chooseUser() error {
	i.uid = os.Getuid()
	if i.uid != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return err
		}
		i.uid, i.cred = int(uid), &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return nil
	}
	return errors.New("root cannot run PostgreSQL, and there is no user called postgres or nobody")
}
