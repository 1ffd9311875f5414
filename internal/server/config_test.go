package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// testConfig listens on free ports and keeps its data in a directory of the test.
func testConfig(t *testing.T) Config {
	return Config{
		Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0", Data: filepath.Join(t.TempDir(), "data"), Dialect: "hybrid",
		Timeout: 25 * time.Second, Drain: time.Minute, BodyMemory: 256 << 20, MaxOpenAgents: 256,
	}
}

func TestConfigCheck(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*Config){
		"":                                          func(*Config) {},
		"--listen must be HOST:PORT":                func(c *Config) { c.Listen = "8080" },
		"got \"localhost:http\"":                    func(c *Config) { c.Listen = "localhost:http" },
		"got \"127.0.0.1:65536\"":                   func(c *Config) { c.Listen = "127.0.0.1:65536" },
		"--metrics-listen must be":                  func(c *Config) { c.MetricsListen = "" },
		"--data must name a directory":              func(c *Config) { c.Data = "" },
		"--timeout must be more than 0":             func(c *Config) { c.Timeout = 0 },
		"--drain cannot be negative":                func(c *Config) { c.Drain = -1 },
		"--body-memory must be at least":            func(c *Config) { c.BodyMemory = 192<<20 - 1 },
		"--pool must be from 2 to 10000; got 1":     func(c *Config) { c.Database, c.Pool = "postgres://x", 1 },
		"--pool must be from 2 to 10000; got 10001": func(c *Config) { c.Database, c.Pool = "postgres://x", 10_001 },
		"--max-open-agents must be at":              func(c *Config) { c.MaxOpenAgents = 0 },
		"are both given: which is meant?":           func(c *Config) { c.AdminKey, c.AdminKeyFile = "x", "y" },
	} {
		cfg := testConfig(t)
		change(&cfg)
		err := cfg.Check()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v; want %q", err, want)
		}
	}
	good := testConfig(t)
	good.Listen, good.MetricsListen, good.Drain, good.BodyMemory = ":8080", Off, 0, 192<<20
	if err := good.Check(); err != nil {
		t.Error(err)
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Size{
		"256MiB": 256 << 20, "1GiB": 1 << 30, "3KiB": 3072, "0B": 0, "17B": 17, "1025MiB": 1025 << 20, "4096GiB": 4 << 40,
	} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%q: %d, %v", text, s, err)
		}
		var again Size
		if err := again.UnmarshalText([]byte(s.String())); err != nil || again != s {
			t.Errorf("%q is written as %q, which reads as %d, %v", text, s, again, err)
		}
	}
	for _, text := range []string{"", "256", "MiB", "256MB", "1.5GiB", "-1MiB", "99999999999GiB", "9223372036854775808B", "1 MiB"} {
		s := Size(7)
		if err := s.UnmarshalText([]byte(text)); err == nil || s != 7 {
			t.Errorf("%q was read as %d", text, s)
		}
	}
}

func TestAdminKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // whatever the umask is
			t.Fatal(err)
		}
		return path
	}
	const good = "0123456789abcdef"
	for _, c := range []struct {
		name      string
		cfg       Config
		key, fail string
	}{
		{"given", Config{AdminKey: good}, good, ""},
		{"given, too short", Config{AdminKey: "short"}, "", "STELE_ADMIN_KEY holds 5 characters"},
		{"given, with a blank", Config{AdminKey: good + " x"}, "", "a blank or a character outside ASCII"},
		{"given, not ASCII", Config{AdminKey: good + "é"}, "", "a blank or a character outside ASCII"},
		{"file", Config{AdminKeyFile: file("good", good+"\n", 0o600)}, good, ""},
		{"file, read-only", Config{AdminKeyFile: file("readonly", good, 0o400)}, good, ""},
		{"file for the group", Config{AdminKeyFile: file("group", good, 0o640)}, "", "can be read by others (mode 0640)"},
		{"file for all", Config{AdminKeyFile: file("all", good, 0o604)}, "", "can be read by others (mode 0604)"},
		{"file, empty", Config{AdminKeyFile: file("empty", "\n", 0o600)}, "", "holds 0 characters"},
		{"file, absent", Config{AdminKeyFile: filepath.Join(dir, "absent")}, "", "is not there: write a key"},
		{"file, a directory", Config{AdminKeyFile: dir}, "", "is not a plain file"},
		{"none given", Config{}, "", ""},
	} {
		key, err := givenAdminKey(&c.cfg)
		if c.fail == "" && (err != nil || key != c.key) || c.fail != "" && (err == nil || !strings.Contains(err.Error(), c.fail)) {
			t.Errorf("%s: %q, %v", c.name, key, err)
		}
		if err != nil && strings.Contains(err.Error(), good) {
			t.Errorf("%s: the error shows the key: %v", c.name, err)
		}
	}
}

func TestAdminKeyIsMadeOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	made, err := adminKeyIn(dir)
	if err != nil || !strings.HasPrefix(made, "adm-") || len(made) != 47 {
		t.Fatalf("%q, %v", made, err)
	}
	info, err := os.Stat(filepath.Join(dir, "admin.key"))
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if again, err := adminKeyIn(dir); err != nil || again != made {
		t.Errorf("the second time it is %q, %v", again, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if key, err := adminKeyIn(filepath.Join(dir, "nowhere")); err == nil || !strings.Contains(err.Error(), "writing the admin key") {
		t.Errorf("in a directory that is not there: %q, %v", key, err)
	}
}
