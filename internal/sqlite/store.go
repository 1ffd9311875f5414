// Package sqlite is the embedded store: a folder with one SQLite file for each agent, and a catalog of agents and keys
// beside them. One process at a time has the folder. DESIGN.md says why it is built as it is.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"stele"
)

// Why a folder or a file in it cannot be opened.
var (
	ErrInUse   = errors.New("is in use by another stele process")
	ErrNewer   = errors.New("was written by a newer version of stele")
	ErrDamaged = errors.New("is no database of stele or is damaged")
)

// Options are the settings of a store; the zero value of each means its default.
type Options struct {
	MaxOpenAgents int              // agents' files open at once; 256
	CommitWriters int              // waiting writers of an agent that share one commit at most; 128, 1 gives each its own
	IdleClose     time.Duration    // a file nobody used for so long is closed; 5 minutes
	QueryTimeout  time.Duration    // the most that a question may take; 5 seconds
	Worker        []string         // the command that answers questions, as ServeWorker does; this program with WorkerCommand
	Log           *slog.Logger     // discards
	Now           func() time.Time // time.Now
}

const (
	defaultOpenAgents   = 256
	defaultIdleClose    = 5 * time.Minute
	defaultQueryTimeout = 5 * time.Second
	restAfter           = 3 * time.Second // a file idle for so long gives back what it can
	tidyEvery           = 2 * time.Second
)

func (o Options) withDefaults() Options {
	if o.MaxOpenAgents <= 0 {
		o.MaxOpenAgents = defaultOpenAgents
	}
	if o.CommitWriters <= 0 {
		o.CommitWriters = batchOps
	}
	if o.IdleClose <= 0 {
		o.IdleClose = defaultIdleClose
	}
	if o.QueryTimeout <= 0 {
		o.QueryTimeout = defaultQueryTimeout
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Store is a folder that is open.
type Store struct {
	dir      string
	opt      Options
	lock     *os.File
	catalog  *catalog
	agents   *agents
	workers  *workers
	profiles profiles
	fresh    bool
	adopted  int
	moving   sync.Mutex // guards the file that holds the state of a move

	stop    chan struct{}
	stopped sync.WaitGroup
	once    sync.Once
	closed  error
}

var _ stele.Store = (*Store)(nil)

// Open opens the store in the folder dir, which is made when it is not there. ErrInUse if another process has it open,
// ErrNewer if a later version of the program wrote it, ErrDamaged if something else did.
func Open(dir string, opt Options) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, "agents"), 0o700); err != nil {
		return nil, fmt.Errorf("making the data directory: %w", err)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, opt: opt.withDefaults(), lock: lock, stop: make(chan struct{})}
	if err := s.prepareWorkers(); err != nil {
		return nil, errors.Join(err, unlockFolder(lock))
	}
	if err := s.open(); err != nil {
		if s.catalog != nil {
			err = errors.Join(err, s.catalog.close())
		}
		return nil, errors.Join(err, unlockFolder(lock))
	}
	s.stopped.Go(s.tidy)
	return s, nil
}

// prepareWorkers finds out how workers are started; none is before a question comes.
func (s *Store) prepareWorkers() error {
	command := s.opt.Worker
	if len(command) == 0 {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("finding this program: %w", err)
		}
		command = []string{self, WorkerCommand}
	}
	s.workers = newWorkers(command, s.opt.Log)
	return nil
}

// Holds reports whether there is an installation in the folder dir, which Open would make: a catalog or agents' files.
func Holds(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, "catalog.db")); err == nil {
		return true
	}
	entries, _ := os.ReadDir(filepath.Join(dir, "agents"))
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return strings.HasSuffix(e.Name(), ".db") })
}

func (s *Store) open() error {
	path := filepath.Join(s.dir, "catalog.db")
	_, err := os.Stat(path)
	created := errors.Is(err, fs.ErrNotExist)
	if created {
		err = createFile(catalogLine(), path, nil)
	}
	if err != nil {
		return fmt.Errorf("creating the catalog: %w", err)
	}
	if s.catalog, err = openCatalog(path); err != nil {
		return err
	}
	s.agents = &agents{
		folder: filepath.Join(s.dir, "agents"), most: s.opt.MaxOpenAgents, now: s.opt.Now, log: s.opt.Log,
		ready: s.catalog.reconcile, share: s.opt.CommitWriters,
	}
	s.agents.init()
	files, err := s.takeStock()
	s.fresh = created && files == 0
	return err
}

// tidy closes what is idle, until the store closes.
func (s *Store) tidy() {
	t := time.NewTicker(min(tidyEvery, s.opt.IdleClose))
	defer t.Stop()
	for {
		select {
		case <-t.C:
			s.agents.tidy(s.opt.IdleClose, restAfter)
			s.workers.tidy(time.Now())
		case <-s.stop:
			return
		}
	}
}

// Fresh reports whether Open made this store: there was no catalog and no agent's file.
func (s *Store) Fresh() bool { return s.fresh }

// Adopted is the number of agents that Open found by their files alone: the catalog did not know them, their keys are lost.
func (s *Store) Adopted() int { return s.adopted }

// OpenAgents is the number of agents whose files are open now.
func (s *Store) OpenAgents() int { return s.agents.count() }

// Close waits for what is under way and closes all files.
func (s *Store) Close() error {
	s.once.Do(func() {
		close(s.stop)
		s.stopped.Wait()
		s.workers.close()
		s.agents.close()
		s.closed = errors.Join(s.catalog.close(), unlockFolder(s.lock))
	})
	return s.closed
}

// CreateAgent makes the agent's file and then enters it in the catalog. A crash between leaves an agent without a key,
// which the next Open finds.
func (s *Store) CreateAgent(ctx context.Context, a stele.AgentInfo) error {
	if err := errors.Join(ctx.Err(), s.catalog.check(a)); err != nil {
		return err
	}
	if err := createAgentFile(s.agents.path(a.ID), a); err != nil {
		return fmt.Errorf("creating agent database: %w", err)
	}
	err := s.catalog.addAgent(a, nil)
	if err != nil {
		err = errors.Join(err, s.agents.unlink(a.ID)) // another was faster with the name, or the catalog cannot be written
	}
	return err
}

// Agents lists agents in order of creation.
func (s *Store) Agents(ctx context.Context, p stele.Page) ([]stele.AgentInfo, int, error) {
	infos, n := s.catalog.list(p)
	return infos, n, ctx.Err()
}

// Agent finds an agent by id or name.
func (s *Store) Agent(_ context.Context, idOrName string) (stele.AgentInfo, error) {
	return s.catalog.find(idOrName)
}

// DeleteAgent takes the agent and its keys out of the catalog, and then deletes its files; when it is in use just now,
// as soon as it is not. What a crash leaves, the next Open deletes.
func (s *Store) DeleteAgent(ctx context.Context, id stele.AgentID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.catalog.deleteAgent(id); err != nil {
		return err
	}
	s.agents.remove(id, func(err error) {
		if err == nil {
			err = s.catalog.buried(id)
		}
		if err != nil {
			s.opt.Log.Error("deleting an agent's files; the next start will finish it", "agent", id, "error", err)
		}
	})
	return nil
}

// CreateKey adds a key.
func (s *Store) CreateKey(ctx context.Context, k stele.Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.catalog.addKey(k)
}

// Keys lists an agent's keys.
func (s *Store) Keys(_ context.Context, agent stele.AgentID) ([]stele.Key, error) {
	return s.catalog.listKeys(agent)
}

// Key finds a key by its hash, in memory.
func (s *Store) Key(_ context.Context, hash stele.KeyHash) (stele.Key, error) {
	return s.catalog.key(hash)
}

// RevokeKey removes a key.
func (s *Store) RevokeKey(ctx context.Context, id stele.KeyID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.catalog.revoke(id)
}

// Owner says whose a table is.
func (s *Store) Owner(_ context.Context, id stele.TableID) (stele.AgentID, error) {
	return s.catalog.owner(id)
}

// Database opens nothing yet.
func (s *Store) Database(id stele.AgentID) stele.Database { return &database{store: s, id: id} }

// Ready returns an error once the store is closed or its folder cannot be read.
func (s *Store) Ready(ctx context.Context) error {
	select {
	case <-s.stop:
		return errClosed
	default:
	}
	if _, err := s.catalog.owner(""); stele.ErrorCode(err) != stele.CodeTableNotFound {
		return err
	}
	return ctx.Err()
}
