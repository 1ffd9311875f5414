package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// unreadable says why a file that somebody named cannot be opened, and what to do. Other errors are left as they are.
func unreadable(path string, err error) error {
	fault, ok := errors.AsType[*fs.PathError](err)
	if !ok || fault.Path != path {
		return err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		text := "there is no file " + path
		if whole, e := filepath.Abs(path); e == nil && whole != path {
			text += ": a path is taken from here, so it would be " + whole
		}
		if near := alike(filepath.Base(path), namesIn(filepath.Dir(path))); near != "" {
			text += "; is " + filepath.Join(filepath.Dir(path), near) + " meant?"
		}
		return errors.New(text)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s may not be read by whoever runs this: `ls -l` shows who may", path)
	}
	return fmt.Errorf("%s cannot be opened: %w", path, fault.Err)
}

// unwritable says the same of a file that is to be written.
func unwritable(path string, err error) error {
	dir := filepath.Dir(path)
	fault := err
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		fault = e.Err
	}
	switch {
	case errors.Is(err, syscall.EISDIR):
		return fmt.Errorf("%s is a directory: name a file in it", path)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no directory %s: make it, as by `mkdir -p`, or name another", dir)
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%s is no directory: name another place for the file", dir)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("nothing may be written to %s by whoever runs this (%w): name another place", path, fault)
	}
	return fmt.Errorf("%s cannot be written: %w", path, fault)
}

// namesIn are the names of what is in a directory, so far as they can be read and are no more than a few hundred.
func namesIn(dir string) []string {
	const most = 500
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer func() { _ = d.Close() }()
	names, err := d.Readdirnames(most)
	if err != nil {
		return nil
	}
	return names
}
