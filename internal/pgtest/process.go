package pgtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// errPortTaken is told by a server whose port is somebody else's.
var errPortTaken = errors.New("the port is taken")

// process is a running postgres. It is reaped without a goroutine: one that lived as long as the server would be a leak to
// those who look for leaks.
type process struct {
	pid  int
	gone bool
	log  string
	from int64 // where its part of the log begins
}

func (i *install) start(f *folder, args []string) (*process, error) {
	path := filepath.Join(f.path, "log")
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := log.Stat()
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	cmd := i.program(f.path, "postgres", args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := errors.Join(cmd.Start(), log.Close()); err != nil {
		return nil, err
	}
	p := &process{pid: cmd.Process.Pid, log: path, from: info.Size()}
	return p, cmd.Process.Release()
}

// ended reports whether the process has ended.
func (p *process) ended() bool {
	if !p.gone {
		pid, err := syscall.Wait4(p.pid, nil, syscall.WNOHANG, nil)
		p.gone = pid == p.pid || errors.Is(err, syscall.ECHILD)
	}
	return p.gone
}

// end signals the process until it has ended.
func (p *process) end(sig syscall.Signal) error {
	if p.ended() {
		return nil
	}
	if err := syscall.Kill(p.pid, sig); err != nil {
		return err
	}
	for deadline := time.Now().Add(patience); !p.ended(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("PostgreSQL does not end\n%s", p.said())
		}
	}
	return nil
}

// said is the last of what the process has logged.
func (p *process) said() string {
	text, err := os.ReadFile(p.log)
	if err != nil || int64(len(text)) < p.from {
		return fmt.Sprintf("(its log: %v)", err)
	}
	text = text[p.from:]
	return string(text[max(0, len(text)-4096):])
}

// failure is why the process ended when it should have started.
func (p *process) failure() error {
	said := p.said()
	if strings.Contains(said, "could not bind") {
		return errPortTaken
	}
	return fmt.Errorf("PostgreSQL did not start\n%s", said)
}
