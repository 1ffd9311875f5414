package server

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"stele"
)

// minAdminKey is the fewest characters of an admin key that somebody chose: it may be tried as often as the network allows.
const minAdminKey = 16

// givenAdminKey is the admin key that the configuration holds, itself or in a file; "" when it has none.
func givenAdminKey(cfg *Config) (string, error) {
	switch {
	case cfg.AdminKey != "":
		return cfg.AdminKey, checkAdminKey(cfg.AdminKey, "STELE_ADMIN_KEY")
	case cfg.AdminKeyFile != "":
		return readAdminKey(cfg.AdminKeyFile)
	}
	return "", nil
}

// adminKeyIn is the admin key of a data directory, which is made if it is not there.
func adminKeyIn(dir string) (string, error) {
	path := filepath.Join(dir, "admin.key")
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return makeAdminKey(path)
	}
	return readAdminKey(path)
}

// readAdminKey refuses a file that others may read. To tighten it silently would hide that the key may be known already.
func readAdminKey(path string) (string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("the admin key file %s is not there: write a key of at least %d characters to it, or name no file to have one made", path, minAdminKey)
	} else if err != nil {
		return "", fmt.Errorf("reading the admin key: %w", err)
	}
	if mode := info.Mode(); !mode.IsRegular() {
		return "", fmt.Errorf("the admin key file %s is not a plain file", path)
	} else if mode.Perm()&0o077 != 0 {
		return "", fmt.Errorf("the admin key file %s can be read by others (mode %04o): run `chmod 600 %s`, or delete it to get a new key", path, mode.Perm(), path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading the admin key: %w", err)
	}
	key := strings.TrimSpace(string(b))
	return key, checkAdminKey(key, "the admin key file "+path)
}

// checkAdminKey refuses a key that is short, or that no header can carry.
func checkAdminKey(key, source string) error {
	if len(key) < minAdminKey {
		return fmt.Errorf("%s holds %d characters; an admin key has at least %d", source, len(key), minAdminKey)
	}
	for _, r := range key {
		if r <= ' ' || r > '~' {
			return fmt.Errorf("%s holds a blank or a character outside ASCII; an admin key has neither", source)
		}
	}
	return nil
}

// makeAdminKey writes a new key. The file gets its name last, so that a crash leaves no half-written key behind.
func makeAdminKey(path string) (key string, err error) {
	key = stele.NewSecret("adm-")
	f, err := os.CreateTemp(filepath.Dir(path), "admin.key.*") // mode 0600
	if err != nil {
		return "", fmt.Errorf("writing the admin key: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.WriteString(key + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", fmt.Errorf("writing the admin key: %w", err)
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return "", fmt.Errorf("writing the admin key: %w", err)
	}
	return key, nil
}
