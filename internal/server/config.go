package server

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"stele"
)

// Config is all that can be set on a server: `stele serve` reads it from flags and STELE_* variables by these tags, a
// test fills it in.
type Config struct {
	Listen        string        `help:"Address that serves the API." default:"127.0.0.1:8080" env:"STELE_LISTEN"`
	MetricsListen string        `help:"Address that serves /metrics and /debug/pprof; keep it private. \"off\" turns it off." default:"127.0.0.1:9090" env:"STELE_METRICS_LISTEN"`
	Data          string        `help:"Data directory; made when it is not there." default:"./stele-data" env:"STELE_DATA"`
	Database      string        `help:"PostgreSQL database to keep everything in, in place of a data directory, for any number of replicas: postgres://USER@HOST:PORT/DATABASE. ps shows flags to everybody: set the variable instead when the URL holds a password." env:"STELE_DATABASE_URL" placeholder:"URL"`
	Pool          int           `help:"Connections to the database that this server opens at most; at least 2. No effect without --database." default:"16" env:"STELE_POOL"`
	Dialect       string        `help:"How answers are wrapped where neither path nor host says so: gptbots, altatech, legacy or hybrid." default:"hybrid" enum:"gptbots,altatech,legacy,hybrid" env:"STELE_DIALECT"`
	Console       string        `help:"Whether the web console is served, under /console/: on or off. It is a client of the API, and opens nothing without a key." default:"on" enum:"on,off" env:"STELE_CONSOLE"`
	AdminKeyFile  string        `help:"File with the admin key. Without it and without STELE_ADMIN_KEY it is admin.key in the data directory, made when it is not there; with --database one is made and shown on the first start." env:"STELE_ADMIN_KEY_FILE" placeholder:"FILE"`
	Timeout       time.Duration `help:"Time for the work of one request; clients wait 30s." default:"25s" env:"STELE_TIMEOUT"`
	Drain         time.Duration `help:"Time that requests in flight get to finish after SIGINT or SIGTERM." default:"15s" env:"STELE_DRAIN"`
	BodyMemory    Size          `help:"Memory for the bodies of all requests together; an agent may have half of what is left, and waits for more." default:"256MiB" env:"STELE_BODY_MEMORY"`
	MaxOpenAgents int           `help:"Agents whose files are kept open at once; the longest unused one is closed for the next. No effect with --database." default:"256" env:"STELE_MAX_OPEN_AGENTS"`
	LogLevel      string        `help:"Least level that is logged: debug, info, warn or error." default:"info" enum:"debug,info,warn,error" env:"STELE_LOG_LEVEL"`
	LogFormat     string        `help:"Form of the log on standard error: text or json." default:"text" enum:"text,json" env:"STELE_LOG_FORMAT"`

	// AdminKey comes from STELE_ADMIN_KEY: a secret is never a flag, where `ps` shows it.
	AdminKey string `kong:"-"`
}

// Off is the MetricsListen of a server without metrics, and the Console of one without the console.
const Off = "off"

func (c *Config) hasConsole() bool { return c.Console != Off }

// Bounds of --pool. One agent may have half of the connections, so with two another one finds one free.
const leastPool, mostPool = 2, 10_000

// Check refuses values that no server can run with.
func (c *Config) Check() error {
	switch {
	case badAddress(c.Listen):
		return fmt.Errorf("--listen must be HOST:PORT, such as 127.0.0.1:8080; got %q", c.Listen)
	case c.MetricsListen != Off && badAddress(c.MetricsListen):
		return fmt.Errorf("--metrics-listen must be HOST:PORT or off; got %q", c.MetricsListen)
	case c.Data == "" && c.Database == "":
		return fmt.Errorf("--data must name a directory")
	case c.Database != "" && (c.Pool < leastPool || c.Pool > mostPool):
		return fmt.Errorf("--pool must be from %d to %d; got %d", leastPool, mostPool, c.Pool)
	case c.Timeout <= 0:
		return fmt.Errorf("--timeout must be more than 0; got %s", c.Timeout)
	case c.Drain < 0:
		return fmt.Errorf("--drain cannot be negative; got %s", c.Drain)
	case c.BodyMemory < leastBodyMemory():
		return fmt.Errorf("--body-memory must be at least %s, three times the largest request; got %s", leastBodyMemory(), c.BodyMemory)
	case c.MaxOpenAgents < 1:
		return fmt.Errorf("--max-open-agents must be at least 1; got %d", c.MaxOpenAgents)
	case c.AdminKey != "" && c.AdminKeyFile != "":
		return fmt.Errorf("STELE_ADMIN_KEY and --admin-key-file (STELE_ADMIN_KEY_FILE) are both given: which is meant?")
	}
	return nil
}

// leastBodyMemory is what the largest request takes while it grows, with as much left for others.
func leastBodyMemory() Size { return 3 * Size(stele.DefaultLimits().ImportBody) }

// badAddress reports whether s is not HOST:PORT with a port by number. HOST may be empty: all addresses.
func badAddress(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return true
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err != nil
}

// Size is a number of bytes, written as 256MiB. Units are powers of 1024.
type Size int64

var sizeUnits = [...]struct {
	name  string
	bytes Size
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// UnmarshalText reads a whole number and a unit.
func (s *Size) UnmarshalText(text []byte) error {
	for _, u := range sizeUnits {
		digits, found := strings.CutSuffix(string(text), u.name)
		if !found {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n < 0 || n > (1<<62)/int64(u.bytes) {
			break
		}
		*s = Size(n) * u.bytes
		return nil
	}
	return fmt.Errorf("a size is a whole number and a unit, such as 256MiB (B, KiB, MiB, GiB); got %q", text)
}

// String writes the size in the largest unit that leaves a whole number.
func (s Size) String() string {
	for _, u := range sizeUnits {
		if s >= u.bytes && s%u.bytes == 0 {
			return fmt.Sprintf("%d%s", s/u.bytes, u.name)
		}
	}
	return "0B"
}
