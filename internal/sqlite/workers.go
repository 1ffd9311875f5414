package sqlite

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"time"

	"stele"
)

// WorkerCommand is the command line's word that has this program serve as a worker.
const WorkerCommand = "query-worker"

const (
	mostWorkers  = 4 // processes, of which an agent has half at most: on two cores too one question is read while another runs
	agentWorkers = mostWorkers / 2
	workerIdle   = time.Minute            // a worker that nobody needed for so long is ended
	workerGrace  = 500 * time.Millisecond // a worker that is late by so much is killed
	workerStart  = 20 * time.Second       // the machine may be busy
	workerHello  = "stele query worker 1"
)

var (
	errLate   = errors.New("the question is late")
	errUnread = errors.New("the query worker was gone before it could read the question")
)

// workers are the processes that answer questions. One is made when it is needed and none is idle.
type workers struct {
	command []string
	slots   chan struct{} // a token for each worker in use
	log     *slog.Logger

	mu     sync.Mutex
	idle   []*worker               // used last at the end
	gates  map[stele.AgentID]*gate // of agents that ask just now
	closed bool
}

// gate bounds the workers of an agent.
type gate struct {
	slots chan struct{}
	users int
}

// worker is a process and the pipes to it. It answers one question at a time.
type worker struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *os.File
	to    *gob.Encoder
	from  *gob.Decoder
	since time.Time // idle since
	dead  bool
	died  bool          // of its own accord
	ran   time.Duration // its last question, until it died
}

func newWorkers(command []string, log *slog.Logger) *workers {
	return &workers{command: command, slots: make(chan struct{}, mostWorkers), log: log, gates: map[stele.AgentID]*gate{}}
}

// take waits for a worker: first for the agent's own turn, so that one that asks much keeps out itself alone.
func (ws *workers) take(ctx context.Context, id stele.AgentID) (*worker, error) {
	ws.mu.Lock()
	g := ws.gates[id]
	if g == nil {
		g = &gate{slots: make(chan struct{}, agentWorkers)}
		ws.gates[id] = g
	}
	g.users++
	ws.mu.Unlock()
	select {
	case g.slots <- struct{}{}:
	case <-ctx.Done():
		ws.leave(id, g)
		return nil, ctx.Err()
	}
	select {
	case ws.slots <- struct{}{}:
	case <-ctx.Done():
		<-g.slots
		ws.leave(id, g)
		return nil, ctx.Err()
	}
	w, err := ws.find()
	if err != nil {
		<-ws.slots
		<-g.slots
		ws.leave(id, g)
	}
	return w, err
}

// leave forgets the gate of an agent that nobody waits at.
func (ws *workers) leave(id stele.AgentID, g *gate) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if g.users--; g.users == 0 {
		delete(ws.gates, id)
	}
}

func (ws *workers) find() (*worker, error) {
	ws.mu.Lock()
	closed, n := ws.closed, len(ws.idle)
	if n > 0 {
		w := ws.idle[n-1]
		ws.idle = ws.idle[:n-1]
		ws.mu.Unlock()
		return w, nil
	}
	ws.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	w, err := startWorker(ws.command)
	if err != nil {
		return nil, fmt.Errorf("starting a query worker: %w", err)
	}
	return w, nil
}

// give puts a worker back, or ends one that is of no use any more.
func (ws *workers) give(w *worker, id stele.AgentID) {
	ws.mu.Lock()
	g := ws.gates[id]
	keep := !w.dead && !ws.closed
	if keep {
		w.since = time.Now()
		ws.idle = append(ws.idle, w)
	}
	ws.mu.Unlock()
	if !keep {
		w.end()
	}
	if w.died { // of the question no word: it may hold values of records
		ws.log.Warn("a query worker died", "agent", id, "ended", w.cmd.ProcessState.String(), "ran", w.ran.Round(time.Millisecond))
	}
	<-ws.slots
	<-g.slots
	ws.leave(id, g)
}

// ask has a worker answer. One that died while nobody used it, as by the system's own want of memory, has not read the question: then it
// is asked once more, of a new process. What a worker may have read it is never asked again, since it may have died of that.
func (ws *workers) ask(ctx context.Context, w *worker, deadline time.Time, q *asked) (*stele.Answer, error) {
	a, err := w.ask(ctx, deadline, q)
	if !errors.Is(err, errUnread) {
		return a, err
	}
	w.end()
	ws.log.Warn("a query worker died while it was idle", "ended", w.cmd.ProcessState.String())
	fresh, err := startWorker(ws.command)
	if err != nil {
		return nil, fmt.Errorf("starting a query worker: %w", err)
	}
	*w = *fresh
	return w.ask(ctx, deadline, q)
}

// tidy ends workers that have been idle for long.
func (ws *workers) tidy(now time.Time) {
	ws.mu.Lock()
	var old []*worker
	for len(ws.idle) > 0 && now.Sub(ws.idle[0].since) > workerIdle {
		old, ws.idle = append(old, ws.idle[0]), ws.idle[1:]
	}
	ws.mu.Unlock()
	for _, w := range old {
		w.end()
	}
}

// close ends all workers; it waits for those in use, which is bounded by the time of a question.
func (ws *workers) close() {
	ws.mu.Lock()
	ws.closed = true
	idle := ws.idle
	ws.idle = nil
	ws.mu.Unlock()
	for _, w := range idle {
		w.end()
	}
	for range cap(ws.slots) {
		ws.slots <- struct{}{}
	}
	for range cap(ws.slots) {
		<-ws.slots
	}
}

// startWorker starts a process and waits until it says that it has bound itself. It gets neither this process's environment,
// which may hold secrets, nor its place in the file system, nor its standard error.
func startWorker(command []string) (*worker, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env, cmd.Dir = []string{"TZ=UTC", "GOMAXPROCS=2"}, os.TempDir()
	detach(cmd)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	file := out.(*os.File) // so that a deadline can be set; what exec makes of a pipe
	w := &worker{cmd: cmd, in: in, out: file, to: gob.NewEncoder(in), from: gob.NewDecoder(file)}
	var hello string
	err = file.SetReadDeadline(time.Now().Add(workerStart))
	if err == nil {
		err = w.from.Decode(&hello)
	}
	if err == nil && hello != workerHello {
		err = errors.New("it is another program")
	}
	if err != nil {
		w.end()
		return nil, err
	}
	return w, nil
}

// ask has the worker answer. A worker that dies on its own has died of its bound on memory: Go cannot go on without.
func (w *worker) ask(ctx context.Context, deadline time.Time, q *asked) (*stele.Answer, error) {
	if q.Left = time.Until(deadline); q.Left <= 0 {
		return nil, errLate
	}
	stop := context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.Canceled) {
			_ = w.cmd.Process.Kill()
		}
	})
	began, sent := time.Now(), false
	var a answered
	err := w.out.SetReadDeadline(deadline.Add(workerGrace))
	if err == nil {
		err = w.to.Encode(q) // nobody reads from a dead worker's pipe, so that this fails
		sent = err == nil
	}
	if sent {
		err = w.from.Decode(&a)
	}
	w.dead = !stop() && errors.Is(ctx.Err(), context.Canceled) || err != nil
	switch {
	case w.dead && errors.Is(ctx.Err(), context.Canceled):
		return nil, ctx.Err()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, errLate
	case !sent && err != nil:
		return nil, fmt.Errorf("%w: %w", errUnread, err)
	case err != nil:
		w.died, w.ran = true, time.Since(began)
		return nil, &stele.QueryFault{Fault: stele.FaultMemory, Detail: "it needed more memory than it may"}
	case a.Fault != nil:
		return nil, a.Fault
	case a.Broken != "":
		w.dead = true
		return nil, fmt.Errorf("answering a question: %s", a.Broken)
	}
	return a.answer(), nil
}

// end kills the process, which has nothing to lose, and waits for it. One that was ending by itself keeps its own status.
func (w *worker) end() {
	_ = w.cmd.Process.Kill()
	_ = w.in.Close()
	_ = w.cmd.Wait() // what it says is in ProcessState
}
