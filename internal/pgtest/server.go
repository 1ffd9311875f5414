package pgtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// superuser is the role that owns the server.
const superuser = "postgres"

// patience bounds every wait. Nothing that works comes near it.
const patience = time.Minute

// A Server is a PostgreSQL of our own. Its methods may be called at the same time from several goroutines.
type Server struct {
	install *install
	options Options
	folder  *folder
	port    int
	made    atomic.Int64 // databases

	mu      sync.Mutex
	process *process // nil before the first start

	sql   sync.Mutex
	admin *pgx.Conn // the superuser's session, kept because its start costs more than what it is asked for
}

// Start makes a server and starts it. Whoever has a testing.TB calls New instead.
func Start(o Options) (*Server, error) {
	i, err := installed()
	if err != nil {
		return nil, err
	}
	return i.launch(o, (*root).fill)
}

// launch makes a folder, has its data made, and starts a server on it.
func (i *install) launch(o Options, fill func(*root, *folder) error) (*Server, error) {
	r, err := i.openRoot(o)
	if err != nil {
		return nil, err
	}
	s := &Server{install: i, options: o}
	err = r.sweep()
	if err == nil {
		s.folder, err = r.newFolder()
	}
	if err == nil {
		err = fill(r, s.folder)
	}
	err = errors.Join(err, r.lock.Close())
	if err == nil {
		err = s.firstStart()
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// firstStart finds a port. The system's own choice is not asked for: such a port may become the near end of anyone's
// connection while this server is stopped, and it could not come back.
func (s *Server) firstStart() error {
	for tries := 0; ; tries++ {
		s.port = 12000 + rand.IntN(20000)
		if err := s.Start(); !errors.Is(err, errPortTaken) || tries == 20 {
			return err
		}
	}
}

// Start starts a stopped server, on the same data and port, and returns when it answers.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil && !s.process.ended() {
		return errors.New("the PostgreSQL is running already")
	}
	p, err := s.install.start(s.folder, s.arguments())
	if err != nil {
		return err
	}
	s.process = p
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		// Asked before connecting, so that a server which answers and then ends is noticed as well.
		ended := p.ended()
		conn, err := s.connect()
		if err == nil {
			s.keep(conn)
			return nil
		}
		if ended {
			return p.failure()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("PostgreSQL does not answer: %w\n%s", err, p.said())
		}
	}
}

// arguments are the server's settings.
func (s *Server) arguments() []string {
	settings := map[string]string{
		"max_connections":             "200", // parallel tests with a pool each
		"wal_retrieve_retry_interval": "100ms",
	}
	if !s.options.Fsync {
		settings["fsync"], settings["full_page_writes"] = "off", "off"
	}
	maps.Copy(settings, s.options.Settings)
	maps.Copy(settings, map[string]string{
		"port": strconv.Itoa(s.port), "listen_addresses": "127.0.0.1", "unix_socket_directories": s.folder.path, "logging_collector": "off",
	})
	args := []string{"-D", s.folder.data()}
	for name, value := range settings {
		args = append(args, "-c", name+"="+value)
	}
	return args
}

// Stop ends the server in good order: sessions are cut, and what is in memory is written.
func (s *Server) Stop() error { return s.end(syscall.SIGINT) }

// Kill ends the server as a crash of its processes would: at its next start it recovers from its log.
func (s *Server) Kill() error { return s.end(syscall.SIGQUIT) }

// Restart stops the server in good order and starts it.
func (s *Server) Restart() error {
	if err := s.Stop(); err != nil {
		return err
	}
	return s.Start()
}

// end signals the server and waits for its end. A server that is not running is no error.
func (s *Server) end(sig syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return nil
	}
	err := s.process.end(sig)
	s.keep(nil)
	return err
}

// Close ends the server and removes its data.
func (s *Server) Close() error {
	err := s.Kill()
	if s.folder == nil {
		return err
	}
	return errors.Join(err, s.folder.remove())
}

// closeAfter closes the server when the test ends.
func (s *Server) closeAfter(tb testing.TB) {
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("removing a PostgreSQL: %v", err)
		}
	})
}

// Database returns the URL of a new, empty database on this server, as the function Database does.
func (s *Server) Database(tb testing.TB) string {
	tb.Helper()
	name, err := s.create()
	if err != nil {
		tb.Fatalf("making a database: %v", err)
	}
	tb.Cleanup(func() {
		if !s.running() {
			return // stopped by the test, and gone with it
		}
		if err := s.drop(name); err != nil {
			tb.Errorf("dropping a database: %v", err)
		}
	})
	return s.urlOf(name, name)
}

// NewDatabase is Database for whoever has no testing.TB: the database goes with the server.
func (s *Server) NewDatabase() (string, error) {
	name, err := s.create()
	return s.urlOf(name, name), err
}

// SuperuserURL is the URL of the superuser's own database.
func (s *Server) SuperuserURL() string { return s.urlOf(superuser, superuser) }

func (s *Server) urlOf(user, database string) string {
	return (&url.URL{Scheme: "postgres", User: url.User(user), Host: s.host(), Path: database, RawQuery: "sslmode=disable"}).String()
}

// create makes a database and a role of the same name that owns it.
func (s *Server) create() (name string, err error) {
	name = fmt.Sprintf("db_%d", s.made.Add(1))
	strategy := ""
	if s.install.major >= 15 && !s.options.Fsync {
		strategy = " STRATEGY file_copy" // a fifth of the time of a copy through the log, where files need not be synced
	}
	return name, s.exec("CREATE ROLE "+name+" LOGIN CREATEROLE", "CREATE DATABASE "+name+" OWNER "+name+strategy)
}

func (s *Server) drop(name string) error {
	return s.exec("DROP DATABASE "+name+" WITH (FORCE)", "DROP OWNED BY "+name, "DROP ROLE "+name)
}

// URL returns the URL that a database of another server has on this one: on a standby that follows it.
func (s *Server) URL(tb testing.TB, database string) string {
	tb.Helper()
	return edit(tb, database, func(u *url.URL) { u.Host = s.host() })
}

// Standby returns a server that follows this one and answers reads. It is removed when the test ends.
func (s *Server) Standby(tb testing.TB) *Server {
	tb.Helper()
	standby, err := s.install.launch(s.options, func(r *root, f *folder) error {
		return run(r.program(r.path, "pg_basebackup", "-h", s.folder.path, "-p", strconv.Itoa(s.port), "-U", superuser,
			"-D", f.data(), "--write-recovery-conf", "--checkpoint=fast", "--no-sync"))
	})
	if err != nil {
		tb.Fatalf("starting a standby: %v", err)
	}
	standby.closeAfter(tb)
	return standby
}

func (s *Server) host() string { return "127.0.0.1:" + strconv.Itoa(s.port) }

func (s *Server) running() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process != nil && !s.process.ended()
}

// connect opens a session of the superuser. It goes through the socket: on the port another server might answer.
func (s *Server) connect() (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return pgx.Connect(ctx, fmt.Sprintf("host='%s' port=%d user=%s database=postgres sslmode=disable", s.folder.path, s.port, superuser))
}

// keep replaces the superuser's session.
func (s *Server) keep(conn *pgx.Conn) {
	s.sql.Lock()
	defer s.sql.Unlock()
	if s.admin != nil {
		_ = s.admin.Close(context.Background()) // its server has ended, or it has failed
	}
	s.admin = conn
}

// exec runs statements one by one, for none may share a transaction with CREATE DATABASE.
func (s *Server) exec(statements ...string) error {
	s.sql.Lock()
	defer s.sql.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if s.admin != nil && s.admin.Ping(ctx) != nil {
		_ = s.admin.Close(ctx) // a test has ended all sessions, or the server
		s.admin = nil
	}
	if s.admin == nil {
		conn, err := s.connect()
		if err != nil {
			return err
		}
		s.admin = conn
	}
	for _, sql := range statements {
		if _, err := s.admin.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}
