package e2e

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"
)

// mover is an agent whose data is moved: what it has before, as its clients see it.
type mover struct {
	caller
	set     dataset
	table   string
	records []record
	task    task
	once    answer // of an import with an idempotency key
}

// onceRows is that import. Its rows fail, so that it leaves nothing but its result.
func (m *mover) onceRows() row {
	return row{"table_id": m.table, "records": []row{{"no_such_field": 1}}}
}

// TestMoveSurvivesKills moves real data and kills the move again and again, wherever it is. In the end every value, id,
// time, key, import result and idempotency key is in the new place, and no place was served that must not be.
func TestMoveSurvivesKills(t *testing.T) {
	t.Parallel()
	seed := setting(t, "E2E_SEED", rand.Int64())
	t.Logf("E2E_SEED=%d", seed)
	rnd := rand.New(rand.NewPCG(uint64(seed), 2))
	old := directory.start(t)
	var agents []*mover
	for _, s := range sources(t) {
		agents = append(agents, newMover(t, old, s))
	}
	old.stop()
	dir := filepath.Join(t.TempDir(), "moved")
	kills, compared := 0, false
	size, most := int64(0), int64(0)
	for {
		p := launchMove(t, old.at.place(), dir)
		until := size + 1 + rnd.Int64N(3<<20)
		killed := p.killWhen(func() bool {
			now, _ := status(p.cmd.Process.Pid, "VmHWM") // fails when it has ended
			most = max(most, now)
			comparing := strings.Contains(p.out.String(), "comparing agent")
			compared = compared || comparing
			return comparing || folderSize(dir) >= until
		}, compared)
		if !killed {
			p.mustHaveMoved(t)
			if most > 200<<20 && !raced() {
				t.Errorf("the move took %d MiB of memory", most>>20)
			}
			t.Logf("moved after %d kills; at most %d MiB of memory: %s", kills, most>>20, p.out.String())
			break
		}
		kills++
		if size = folderSize(dir); size > 0 {
			refused(t, directory, old.at.place())
			refused(t, directory, dir)
		}
	}
	refused(t, directory, old.at.place())
	fresh := (&store{directory.name, directory.flag, func(*testing.T) keeper { return dataDir(dir) }}).start(t)
	for _, m := range agents {
		m.child = fresh
		no(t, m.same(t.Context()))
	}
}

// TestMoveThroughDatabase moves data into PostgreSQL and back, and kills both moves now and then.
func TestMoveThroughDatabase(t *testing.T) {
	t.Parallel()
	between := database.make(t).place()
	seed := setting(t, "E2E_SEED", rand.Int64())
	t.Logf("E2E_SEED=%d", seed)
	rnd := rand.New(rand.NewPCG(uint64(seed), 3))
	old := directory.start(t)
	agents := []*mover{newMover(t, old, samples()[0]), newMover(t, old, samples()[1])}
	old.stop()
	dir := filepath.Join(t.TempDir(), "moved")
	for _, way := range []struct{ from, to string }{{old.at.place(), between}, {between, dir}} {
		for range 5 {
			p := launchMove(t, way.from, way.to)
			after := time.Now().Add(time.Duration(rnd.IntN(600)) * time.Millisecond) // wherever it is then
			if !p.killWhen(func() bool { return time.Now().After(after) }, false) {
				break
			}
		}
		// The last run may have come to its end: then there is nothing left to be done, and it says so.
		p := launchMove(t, way.from, way.to)
		<-p.exited
		if out := p.out.String(); p.err != nil && !strings.Contains(out, " was moved to ") {
			t.Fatalf("the move ended with %v: %s", p.err, out)
		}
	}
	refused(t, directory, old.at.place())
	refused(t, database, between)
	fresh := (&store{directory.name, directory.flag, func(*testing.T) keeper { return dataDir(dir) }}).start(t)
	for _, m := range agents {
		m.child = fresh
		no(t, m.same(t.Context()))
	}
}

// newMover makes an agent with a data set.
func newMover(t *testing.T, c *child, s source) *mover {
	t.Helper()
	set, err := s.load()
	no(t, err)
	m := &mover{set: set}
	m.caller, err = c.agent(t.Context())
	no(t, err)
	no(t, m.fill(t.Context()))
	return m
}

// mustHaveMoved wants a move to have come to its end.
func (p *process) mustHaveMoved(t *testing.T) {
	t.Helper()
	if p.err != nil {
		t.Fatalf("the move ended with %v: %s", p.err, p.out.String())
	}
}

// fill imports the data set and remembers what clients see of it.
func (m *mover) fill(ctx context.Context) (err error) {
	if m.table, err = m.createTable(ctx, "real_rows", m.set.fields...); err != nil {
		return err
	}
	if err = m.importAll(ctx, m.table, m.set.rows); err != nil {
		return err
	}
	if m.once, err = m.post(ctx, pathImport, m.onceRows(), "Idempotency-Key", "once"); err != nil {
		return err
	}
	id, err := taskID(m.once, nil)
	if err != nil {
		return err
	}
	if m.task, err = m.result(ctx, id); err != nil {
		return err
	}
	m.records, err = m.all(ctx, m.table)
	return err
}

func (m *mover) result(ctx context.Context, id string) (task, error) {
	ts, err := m.tasks(ctx, id)
	if err != nil || len(ts) != 1 {
		return task{}, fmt.Errorf("%d results of import %s, %w", len(ts), id, err)
	}
	return ts[0], nil
}

// same holds what clients see now against what they saw before.
func (m *mover) same(ctx context.Context) error {
	records, err := m.all(ctx, m.table)
	if err != nil {
		return err
	}
	if len(records) != len(m.records) {
		return fmt.Errorf("%d records, there were %d", len(records), len(m.records))
	}
	for i, r := range records {
		if !reflect.DeepEqual(r, m.records[i]) {
			return fmt.Errorf("record %d is %+v, it was %+v", i, r, m.records[i])
		}
	}
	again, err := m.post(ctx, pathImport, m.onceRows(), "Idempotency-Key", "once")
	if err != nil || again.header.Get("Idempotency-Replayed") != "true" || string(again.body) != string(m.once.body) {
		return fmt.Errorf("a repeat of an import is answered %s, %w", again, err)
	}
	if result, err := m.result(ctx, m.task.ID); err != nil || !reflect.DeepEqual(result, m.task) {
		return fmt.Errorf("the result of an import is %+v, it was %+v, %w", result, m.task, err)
	}
	a, err := m.post(ctx, pathImport, row{"table_id": m.table, "records": []row{m.set.rows[0]}})
	if err != nil || a.status != http.StatusOK {
		return fmt.Errorf("an import is answered %s, %w", a, err)
	}
	return nil
}

// launchMove begins a move without waiting for it.
func launchMove(t *testing.T, from, to string) *process {
	t.Helper()
	p := &process{exited: make(chan struct{})}
	p.cmd = exec.Command(binary, "move")
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "STELE_MOVE_FROM=" + from, "STELE_MOVE_TO=" + to}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	no(t, p.cmd.Start())
	go func() {
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	return p
}

// killWhen waits for a process, and kills it as soon as it has come to a certain point; not at all where it is spared.
func (p *process) killWhen(there func() bool, spared bool) (killed bool) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-p.exited:
			return killed && p.err != nil // else it was faster
		case <-tick.C:
			if there() && !spared && !killed {
				killed = p.cmd.Process.Kill() == nil
			}
		}
	}
}

// folderSize is how much the files of agents take in a data directory, 0 where there are none.
func folderSize(dir string) (size int64) {
	_ = filepath.WalkDir(filepath.Join(dir, "agents"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".new") {
			return nil // what is gone again does not count
		}
		if info, err := d.Info(); err == nil {
			size += info.Size()
		}
		return nil
	})
	return size
}

// refused wants no server to serve the place.
func refused(t *testing.T, s *store, place string) {
	t.Helper()
	cmd := exec.Command(binary, "serve", s.flag, place, "--listen", "127.0.0.1:0", "--metrics-listen", "off")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 1 || strings.Count("\n"+string(out), "\nstele: ") != 1 || !strings.Contains(string(out), "stele move") {
		t.Errorf("serve ended with %v: %s", err, out)
	}
}
