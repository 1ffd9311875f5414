// Package server puts the house together: a configuration in, a running process out.
package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"stele"
	"stele/internal/api"
	"stele/internal/mcp"
	"stele/internal/wire"
)

// Process is what surrounds a run.
type Process struct {
	Stdout    io.Writer // the welcome and the line that says where the server listens
	Stderr    io.Writer // the log
	Version   string
	Listening func(Addresses) // called once the server answers; may be nil
	KeyUses   time.Duration   // how often it is written when keys were used; 0: once a minute
}

// Addresses are where a server listens. Metrics is nil when they are off.
type Addresses struct{ API, Metrics net.Addr }

// Run serves until ctx ends, and returns when all is closed. An error is one line that says why the server did not
// start, or what broke.
//
// When ctx ends, readiness says no, the listeners stop, requests in flight finish within cfg.Drain, then the store closes.
func Run(ctx context.Context, cfg Config, p Process) (err error) {
	if err := cfg.Check(); err != nil {
		return err
	}
	log := newLog(p.Stderr, &cfg)
	given, err := givenAdminKey(&cfg)
	if err != nil {
		return err
	}
	// The ports come before the store: a start that is refused for a busy port must not have used up the first start.
	ls, err := bind(&cfg)
	if err != nil {
		return err
	}
	defer ls.close()
	store, err := openStore(ctx, &cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := refuseMoved(ctx, store, store.place); err != nil {
		return err
	}
	key, shown := stele.HashKey(given), ""
	if given == "" {
		if key, shown, err = store.adminKey(ctx); err != nil {
			return err
		}
	}
	m := newMetrics(p.Version, store.open)
	s := &server{cfg: &cfg, log: log, place: store.place, version: p.Version, service: &stele.Service{
		Store: timedStore{store, m.calls}, Limits: stele.DefaultLimits(), Now: time.Now,
	}}
	if err := s.assemble(ctx, m, key, metricsURL(ls.addresses())); err != nil {
		return err
	}
	defer s.cut()
	defer s.writeBehind(p.KeyUses)()
	if err := welcomeOnce(ctx, store, s.service, greeting{p.Stdout, baseURL(ls.api.Addr()), cfg.hasConsole(), shown}); err != nil {
		return err
	}
	return s.serve(ctx, ls, p)
}

// server is the parts of a running process.
type server struct {
	cfg      *Config
	log      *slog.Logger
	place    string // where the data is
	version  string
	service  *stele.Service
	api      *http.Server
	metrics  *http.Server
	stopping atomic.Bool
	working  sync.RWMutex       // held for reading by each request, for writing once the last one has ended
	cut      context.CancelFunc // ends the requests that are still in flight
}

// assemble makes the two HTTP servers. metricsAt is the URL of the metrics, "" for none.
func (s *server) assemble(ctx context.Context, m *metrics, key stele.KeyHash, metricsAt string) error {
	dialect, ok := wire.ParseDialect(s.cfg.Dialect)
	if !ok {
		return fmt.Errorf("--dialect must be gptbots, altatech, legacy or hybrid; got %q", s.cfg.Dialect)
	}
	models, err := mcp.New(mcp.Config{Log: s.log, Limits: s.service.Limits, Timeout: s.cfg.Timeout, Version: s.version})
	if err != nil {
		return err
	}
	handler := api.New(api.Config{
		Service: s.service, Dialect: dialect, AdminKey: key, Log: s.log, Version: s.version, Memory: residentMemory, Metrics: metricsAt,
		BodyMemory: int64(s.cfg.BodyMemory), Timeout: s.cfg.Timeout, Observe: m.observe, Ready: s.ready,
		MCP: models.Serve,
	})
	if s.cfg.hasConsole() {
		if handler, err = withConsole(handler); err != nil {
			return err
		}
	}
	requests, cut := context.WithCancel(context.WithoutCancel(ctx))
	s.cut = cut
	s.api = newHTTPServer(s.tracked(handler), s.cfg.Timeout, s.log)
	s.api.BaseContext = func(net.Listener) context.Context { return requests }
	s.metrics = newHTTPServer(m.handler(), time.Minute, s.log) // a CPU profile takes half of it
	return nil
}

// writeBehind keeps the log of questions, and when keys were used, until stop is called, which writes what still waits.
func (s *server) writeBehind(keyUses time.Duration) (stop func()) {
	s.service.Log = &stele.QueryLog{Store: s.service.Store, Lost: func(n int, err error) {
		s.log.Warn("entries of the log of questions could not be written", "entries", n, "error", err)
	}}
	s.service.Uses = &stele.KeyUses{Store: s.service.Store, Every: keyUses, Lost: func(n int, err error) {
		s.log.Warn("it could not be written when keys were used last", "keys", n, "error", err)
	}}
	ctx, cancel := context.WithCancel(context.Background())
	var writing sync.WaitGroup
	writing.Go(func() { s.service.Log.Run(ctx) })
	writing.Go(func() { s.service.Uses.Run(ctx) })
	return func() {
		cancel()
		writing.Wait()
	}
}

// ready refuses while the server stops; api asks the store itself.
func (s *server) ready(context.Context) error {
	if s.stopping.Load() {
		return errors.New("the server is stopping")
	}
	return nil
}

// tracked lets serve wait for requests: http.Server.Close does not.
func (s *server) tracked(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.working.RLock()
		defer s.working.RUnlock()
		h.ServeHTTP(w, r)
	})
}

// newHTTPServer bounds what a connection may hold. The handler gives a body two minutes, and listens to a refused one for
// one; these bounds lie behind that.
func newHTTPServer(h http.Handler, work time.Duration, log *slog.Logger) *http.Server {
	const body, answer = 5 * time.Minute, time.Minute
	return &http.Server{
		Handler:                      h,
		DisableGeneralOptionsHandler: true, // OPTIONS * gets an answer of ours too
		ReadHeaderTimeout:            10 * time.Second,
		ReadTimeout:                  body,
		WriteTimeout:                 body + work + answer,
		IdleTimeout:                  2 * time.Minute,
		MaxHeaderBytes:               64 << 10, // 500 task ids in the longest spelling of wire.md 5.4 are 25 kB
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// serve answers until ctx ends or a listener breaks.
func (s *server) serve(ctx context.Context, ls *listeners, p Process) error {
	var serving sync.WaitGroup
	broken := make(chan error, 2)
	start := func(srv *http.Server, l net.Listener) {
		serving.Go(func() {
			if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				broken <- fmt.Errorf("serving on %s: %w", l.Addr(), err)
			}
		})
	}
	start(s.api, ls.api)
	if ls.metrics != nil {
		start(s.metrics, ls.metrics)
	}
	s.log.Info("serving", "version", p.Version, "listen", ls.api.Addr().String(), "data", s.place)
	printListening(p.Stdout, ls.addresses(), s.cfg, s.place)
	if p.Listening != nil {
		p.Listening(ls.addresses())
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-broken:
	}
	s.stop()
	serving.Wait()
	return err
}

// stop ends the servers; when it returns no request is at work.
func (s *server) stop() {
	s.stopping.Store(true)
	s.log.Info("stopping", "drain", s.cfg.Drain)
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.Drain)
	defer cancel()
	if err := s.api.Shutdown(ctx); err != nil {
		s.log.Warn("requests were cut: they did not end in time", "drain", s.cfg.Drain)
		s.cut()
		_ = s.api.Close()
	}
	_ = s.metrics.Close()
	s.working.Lock()
	defer s.working.Unlock()
	s.log.Info("stopped")
}

func newLog(w io.Writer, cfg *Config) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(cfg.LogLevel)) // one of four known words, or empty in a test: info
	opt := &slog.HandlerOptions{Level: level}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, opt))
	}
	return slog.New(slog.NewTextHandler(w, opt))
}
