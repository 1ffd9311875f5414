package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// moveFile holds the state in which a move has left the folder. It is a file of its own: a lost catalog is made again
// from the agents' files, and must not take with it that the folder is not to be served; and who looks into the folder
// sees it.
func (s *Store) moveFile() string { return filepath.Join(s.dir, "move") }

// MoveState reads the file; there is none where there is no state.
func (s *Store) MoveState(ctx context.Context) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	s.moving.Lock()
	defer s.moving.Unlock()
	return s.moveState()
}

func (s *Store) moveState() (string, error) {
	b, err := os.ReadFile(s.moveFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("reading the state of a move: %w", err)
	}
	return strings.TrimSuffix(string(b), "\n"), nil
}

// SetMoveState writes the file under another name, flushes it and gives it its own.
func (s *Store) SetMoveState(ctx context.Context, was, state string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.moving.Lock()
	defer s.moving.Unlock()
	now, err := s.moveState()
	switch {
	case err != nil:
		return err
	case now != was:
		return fmt.Errorf("writing the state of a move: it is %q, not %q", now, was)
	case state == "":
		err = os.Remove(s.moveFile())
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	default:
		err = writeWhole(s.moveFile(), state+"\n")
	}
	if err == nil {
		err = syncFolder(s.moveFile())
	}
	if err != nil {
		return fmt.Errorf("writing the state of a move: %w", err)
	}
	return nil
}

// writeWhole writes a small file so that a crash leaves the old one or the new one.
func writeWhole(path, text string) error {
	draft := path + draftSuffix
	f, err := os.OpenFile(draft, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(draft, path)
}
