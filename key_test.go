package stele

import (
	"bytes"
	"encoding/hex"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestScopes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in    []string
		want  Scope
		names []string
	}{
		{[]string{"read"}, ScopeRead, []string{"read"}},
		{[]string{"write"}, ScopeWrite, []string{"write"}},
		{[]string{"schema"}, ScopeSchema, []string{"schema"}},
		{[]string{"schema", " read ", "read"}, ScopeRead | ScopeSchema, []string{"read", "schema"}},
		{[]string{"write", "schema", "read"}, ScopeAll, []string{"read", "write", "schema"}},
	} {
		got, err := ParseScopes(c.in)
		if err != nil || got != c.want || !slices.Equal(got.Names(), c.names) {
			t.Errorf("ParseScopes(%q) = %b, %v, named %q", c.in, got, err, got.Names())
		}
	}
	for _, in := range [][]string{nil, {}, {""}, {"read", ""}, {"READ"}, {"admin"}, {"read,write"}, {"read", "delete"}} {
		if got, err := ParseScopes(in); got != 0 || ErrorCode(err) != CodeParameter || !strings.Contains(err.Error(), "read, write, schema") {
			t.Errorf("ParseScopes(%q) = %b, %v; want CodeParameter that names the scopes", in, got, err)
		}
	}
	if names := Scope(0).Names(); names == nil || len(names) != 0 {
		t.Errorf("no scope is named %#v; want an empty list", names)
	}
}

func TestHashKey(t *testing.T) {
	t.Parallel()
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // SHA-256 of abc, FIPS 180
	if h := HashKey("abc"); hex.EncodeToString(h[:]) != abc {
		t.Errorf("HashKey(abc) = %x", h)
	}
	if HashKey("app-x") == HashKey("app-X") {
		t.Error("the case of a key's letters does not count")
	}
}

// TestNewSecret: at least 32 random base-62 characters (wire.md 3), none of which comes more often than another.
func TestNewSecret(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^app-[0-9A-Za-z]{43}$`)
	const secrets = 2000
	seen, count := map[string]bool{}, map[byte]int{}
	for range secrets {
		s := NewSecret("app-")
		if !form.MatchString(s) || seen[s] {
			t.Fatalf("%q is out of form or came before", s)
		}
		seen[s] = true
		for i := len("app-"); i < len(s); i++ {
			count[s[i]]++
		}
	}
	// Each count is binomial with mean 1387 and deviation 37: seven deviations either side never fail by chance.
	for _, c := range []byte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
		if n := count[c]; n < 1128 || n > 1646 {
			t.Errorf("%c came %d times; want about %d", c, n, secrets*43/62)
		}
	}
	if s := NewSecret(""); len(s) != 43 {
		t.Errorf("a secret without a prefix has %d characters", len(s))
	}
}

func TestNewKeyID(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^key_[0-9a-f]{16}$`)
	if a, b := NewKeyID(), NewKeyID(); !form.MatchString(string(a)) || a == b {
		t.Errorf("NewKeyID gave %q, then %q", a, b)
	}
}

// TestKeyInLog: a log shows which key and whose, and nothing that could be looked up or used.
func TestKeyInLog(t *testing.T) {
	t.Parallel()
	k := Key{ID: "key_0123456789abcdef", Hash: HashKey("app-secret"), Agent: "66e000000000000000000001"}
	for _, handler := range []func(*bytes.Buffer) slog.Handler{
		func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).Info("request", "key", k)
		line := b.String()
		if !strings.Contains(line, string(k.ID)) || !strings.Contains(line, string(k.Agent)) {
			t.Errorf("the log does not name the key: %s", line)
		}
		if strings.Contains(strings.ToLower(line), "hash") || strings.Contains(line, hex.EncodeToString(k.Hash[:4])) {
			t.Errorf("the log shows the hash: %s", line)
		}
	}
}
