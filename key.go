package stele

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"strings"
)

// Scope is a set of the things an API key may do.
type Scope uint8

// ScopeRead lets a key read tables and records, ScopeWrite import, update and delete, ScopeSchema make tables.
const (
	ScopeRead Scope = 1 << iota
	ScopeWrite
	ScopeSchema
	ScopeAll = ScopeRead | ScopeWrite | ScopeSchema
)

var scopeNames = []struct {
	scope Scope
	name  string
}{{ScopeRead, "read"}, {ScopeWrite, "write"}, {ScopeSchema, "schema"}}

// ParseScopes reads names of scopes.
func ParseScopes(names []string) (Scope, error) {
	var s Scope
next:
	for _, n := range names {
		for _, sn := range scopeNames {
			if sn.name == strings.TrimSpace(n) {
				s |= sn.scope
				continue next
			}
		}
		return 0, Errorf(CodeParameter, "scope %q is unknown: use read, write, schema", n)
	}
	if s == 0 {
		return 0, Errorf(CodeParameter, "no scope given: use read, write, schema")
	}
	return s, nil
}

// Names lists the scopes of the set.
func (s Scope) Names() []string {
	names := []string{}
	for _, sn := range scopeNames {
		if s&sn.scope != 0 {
			names = append(names, sn.name)
		}
	}
	return names
}

// KeyHash is the SHA-256 of an API key: all that is kept of it. A key has 256 random bits, so nothing slower is needed.
type KeyHash [sha256.Size]byte

// HashKey hashes a key as a client sends it.
func HashKey(secret string) KeyHash { return sha256.Sum256([]byte(secret)) }

// KeyID names a key where its secret must not be shown: "key_" and 16 hexadecimal digits.
type KeyID string

// Key is what is kept of an API key. It speaks for one agent.
type Key struct {
	ID      KeyID
	Hash    KeyHash
	Agent   AgentID
	Scope   Scope
	Created Millis
	Expires Millis // 0: never
	RPM     int    // requests allowed in a minute; 0: no limit

	LastUsed Millis // up to a minute late; 0: never. Of a key that [Store.Key] finds it may be older still
}

// LogValue keeps the hash out of logs.
func (k Key) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", string(k.ID)), slog.String("agent", string(k.Agent)))
}

// NewSecret makes an API key or an admin key: the prefix and 43 base-62 characters, over 256 random bits.
func NewSecret(prefix string) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	b := []byte(prefix)
	for random := [1]byte{}; len(b) < len(prefix)+43; {
		_, _ = rand.Read(random[:])                 // never fails: it would crash the program
		if n := int(random[0]); n < 4*len(digits) { // above, some digits would come more often than others
			b = append(b, digits[n%len(digits)])
		}
	}
	return string(b)
}

// NewKeyID makes the public name of a key.
func NewKeyID() KeyID {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return KeyID(fmt.Sprintf("key_%x", b))
}
