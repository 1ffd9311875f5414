package sqlite

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"stele"
)

const (
	workerMemory = 512 << 20 // of the process in all; at rest it has reserved some 117 MiB of it and uses 17
	workerHeap   = 192 << 20 // of Go's heap, before its collector works harder
	workerFiles  = 4         // agents' files that a worker keeps open
)

// ServeIfWorker serves as a worker and does not return, if this program was started as one. It is for the main functions of
// tests, which are programs of their own.
func ServeIfWorker() {
	if len(os.Args) == 2 && os.Args[1] == WorkerCommand {
		os.Exit(ServeWorker(os.Stdin, os.Stdout))
	}
}

// ServeWorker answers questions until in ends, and returns the exit status. It bounds the process that it runs in.
func ServeWorker(in io.Reader, out io.Writer) int {
	debug.SetMemoryLimit(workerHeap)
	if err := errors.Join(bound(workerMemory), keepTempFiles()); err != nil {
		return 1
	}
	from, to := gob.NewDecoder(in), gob.NewEncoder(out)
	if err := to.Encode(workerHello); err != nil {
		return 1
	}
	var open desks
	for {
		var q asked
		if err := from.Decode(&q); err != nil {
			if errors.Is(err, io.EOF) {
				return 0
			}
			return 1
		}
		a := open.answer(&q)
		if err := to.Encode(a); err != nil {
			return 1
		}
	}
}

// desks are the files that a worker has open, used last at the end.
type desks []*desk

// answer answers one question. A panic is told, and the worker is then given up.
func (ds *desks) answer(q *asked) (a *answered) {
	defer func() {
		if p := recover(); p != nil {
			a = &answered{Broken: fmt.Sprintf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	late := make(chan struct{})
	timer := time.AfterFunc(q.Left, func() { close(late) })
	defer timer.Stop()
	d, err := ds.find(q.Path)
	if err == nil {
		a, err = d.answer(q, late)
	}
	if err == nil {
		return a
	}
	if fault, ok := errors.AsType[*stele.QueryFault](err); ok {
		return &answered{Fault: fault}
	}
	return &answered{Broken: err.Error()}
}

func (ds *desks) find(path string) (*desk, error) {
	for i, d := range *ds {
		if d.path == path {
			*ds = append(append((*ds)[:i], (*ds)[i+1:]...), d)
			return d, nil
		}
	}
	d, err := openDesk(path)
	if err != nil {
		return nil, err
	}
	if len(*ds) == workerFiles {
		_ = (*ds)[0].close() // it only read
		*ds = append((*ds)[:0], (*ds)[1:]...)
	}
	*ds = append(*ds, d)
	return d, nil
}
