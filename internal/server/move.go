package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"

	"stele"
	"stele/internal/move"
	"stele/internal/postgres"
	"stele/internal/sqlite"
)

// MoveConfig says what is moved where: `stele move` reads it from flags and STELE_* variables by these tags.
type MoveConfig struct {
	From string `help:"Where the installation is: a data directory, or the URL of a database, such as postgres://stele@localhost/stele." env:"STELE_MOVE_FROM" placeholder:"PLACE" complete:"dir"`
	To   string `help:"Where it goes; there must be no agents in it. A data directory is made when it is not there." env:"STELE_MOVE_TO" placeholder:"PLACE" complete:"dir"`
	Undo bool   `help:"Give a move up instead: the place of --from may be served again, a part of a copy in the place of --to is cleared away."`
}

// MoveProgress is how far a move has come, MoveReport what it has done.
type (
	MoveProgress = move.Progress
	MoveReport   = move.Report
)

// Check refuses what cannot be meant.
func (c *MoveConfig) Check() error {
	switch {
	case c.Undo && c.From == "" && c.To == "":
		return errors.New("--undo needs --from, the place that is to be served again, or --to, the place that is to be cleared, or both")
	case !c.Undo && c.From == "":
		return errors.New("--from must name where the installation is")
	case !c.Undo && c.To == "":
		return errors.New("--to must name where the installation goes")
	}
	for flag, place := range map[string]string{"--from": c.From, "--to": c.To} {
		// Neither another URL nor libpq's other form, which may hold a password, is taken for a directory.
		if !isDatabase(place) && (strings.Contains(place, "://") || strings.Contains(place, "password=")) {
			return fmt.Errorf("%s must be a data directory, or a URL that begins with postgres://", flag)
		}
	}
	return nil
}

// isDatabase tells the URL of a database from a directory.
func isDatabase(place string) bool {
	return strings.HasPrefix(place, "postgres://") || strings.HasPrefix(place, "postgresql://")
}

// HoldsPassword reports whether a place holds a password, or may do so because it cannot be read.
func HoldsPassword(place string) bool {
	if !isDatabase(place) {
		return false
	}
	u, err := url.Parse(place)
	if err != nil {
		return true
	}
	_, given := u.User.Password()
	q := u.Query()
	return given || q.Has("password") || q.Has("sslpassword")
}

// shown is what a place is called in messages, and in the other place's state: without password and settings, and so
// that it can be found from elsewhere too.
func shown(place string) string {
	if !isDatabase(place) {
		if abs, err := filepath.Abs(place); err == nil {
			return abs
		}
		return place
	}
	return postgres.Place(place)
}

// Move moves an installation from one store to another, or gives a move up. progress may be nil.
func Move(ctx context.Context, cfg MoveConfig, p Process, progress func(MoveProgress)) (report MoveReport, err error) {
	if err := cfg.Check(); err != nil {
		return report, err
	}
	opt := move.Options{From: shown(cfg.From), To: shown(cfg.To), Progress: progress}
	if cfg.From != "" && cfg.To != "" && opt.From == opt.To {
		return report, fmt.Errorf("--from and --to are the same: %s", opt.From)
	}
	log := slog.New(slog.NewTextHandler(p.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	var from, to stele.Movable
	for _, o := range []struct {
		place  string
		create bool
		store  *stele.Movable
	}{{cfg.From, false, &from}, {cfg.To, !cfg.Undo, &to}} {
		if o.place == "" {
			continue
		}
		s, err := openMovable(ctx, o.place, o.create, log)
		if err != nil {
			return report, err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
		*o.store = s
	}
	if cfg.Undo {
		return report, move.Undo(ctx, from, to, opt)
	}
	return move.Run(ctx, from, to, opt)
}

// openMovable opens a place. Only a target is made when it is not there.
func openMovable(ctx context.Context, place string, create bool, log *slog.Logger) (stele.Movable, error) {
	if isDatabase(place) {
		return openMovableDatabase(ctx, place, create, log)
	}
	if !create && !sqlite.Holds(place) {
		return nil, fmt.Errorf("there is no installation in the directory %s", place)
	}
	// Agents are moved one by one: one open file gets much memory for pages, and all there is takes little.
	store, err := sqlite.Open(place, sqlite.Options{MaxOpenAgents: 1, Log: log})
	switch {
	case err == nil:
		return store, nil
	case errors.Is(err, sqlite.ErrInUse):
		return nil, fmt.Errorf("the data directory %s is in use by another stele: stop that first", place)
	case errors.Is(err, sqlite.ErrNewer):
		return nil, fmt.Errorf("the data directory %s was written by a newer version of stele: use that one", place)
	default:
		return nil, fmt.Errorf("opening the data directory %s: %w", place, err)
	}
}

func openMovableDatabase(ctx context.Context, place string, create bool, log *slog.Logger) (stele.Movable, error) {
	if !create {
		switch there, err := postgres.Holds(ctx, place); {
		case err != nil:
			return nil, err
		case !there:
			return nil, fmt.Errorf("there is no installation in the database %s", shown(place))
		}
	}
	return postgres.Open(ctx, place, postgres.Options{Moving: true, Log: log})
}

// refuseMoved refuses to serve a store that is neither here nor there.
func refuseMoved(ctx context.Context, store stele.Movable, place string) error {
	state, err := store.MoveState(ctx)
	if err != nil {
		return err
	}
	return move.Refusal(state, place)
}
