package stele

import (
	"context"
	"crypto/subtle"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Service is an installation: the store and the rules for it.
type Service struct {
	Store  Store
	Limits Limits
	Now    func() time.Time
	Log    *QueryLog // of questions; nil: none is kept
	Uses   *KeyUses  // of keys; nil: when a key was used is not kept
}

func (s *Service) now() Millis { return MillisOf(s.Now()) }

// Authenticate finds the agent that an API key speaks for. CodeUnauthenticated for a key that is not known,
// CodeExpired for one past its time.
func (s *Service) Authenticate(ctx context.Context, secret string) (*Agent, error) {
	hash := HashKey(secret)
	k, err := s.Store.Key(ctx, hash)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(hash[:], k.Hash[:]) != 1 {
		return nil, Errorf(CodeUnauthenticated, "the API key is not known here")
	}
	if k.Expires != 0 && k.Expires <= s.now() {
		return nil, Errorf(CodeExpired, "the API key expired at %s", k.Expires.Time().Format(time.RFC3339))
	}
	if s.Uses != nil {
		s.Uses.note(k.ID, s.now())
	}
	return &Agent{Key: k, svc: s, db: s.Store.Database(k.Agent)}, nil
}

// CreateAgent makes an agent. The name has 1 to 64 printable characters, does not look like an id, and is unique.
func (s *Service) CreateAgent(ctx context.Context, name string) (AgentInfo, error) {
	_, isID := ParseID[AgentID](name)
	switch {
	case name == "" || utf8.RuneCountInString(name) > maxName:
		return AgentInfo{}, Errorf(CodeParameter, "the name of an agent must have 1 to %d characters", maxName)
	case isID:
		return AgentInfo{}, Errorf(CodeParameter, "the name of an agent must not look like an id of 24 hexadecimal digits")
	case name != strings.TrimSpace(name) || strings.Contains(name, "/") || strings.HasPrefix(name, "-") ||
		strings.Trim(name, ".") == "" || // a path cannot name it
		strings.IndexFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) >= 0 || !utf8.ValidString(name):
		return AgentInfo{}, Errorf(CodeParameter, "the name of an agent must be printable, without a slash, a hyphen at its start or blanks at its ends, and more than dots")
	}
	a := AgentInfo{ID: NewAgentID(s.Now()), Name: name, Created: s.now()}
	return a, s.Store.CreateAgent(ctx, a)
}

// DeleteAgent removes the agent of that id or name with everything it owns.
func (s *Service) DeleteAgent(ctx context.Context, idOrName string) (AgentInfo, error) {
	a, err := s.Store.Agent(ctx, idOrName)
	if err != nil {
		return a, err
	}
	return a, s.Store.DeleteAgent(ctx, a.ID)
}

// KeySpec describes a key to be made.
type KeySpec struct {
	Scope   Scope
	Expires time.Duration // 0: never
	RPM     int           // requests a minute; 0: no limit
}

// CreateKey makes an API key for the agent of that id or name. The secret is returned this once.
func (s *Service) CreateKey(ctx context.Context, idOrName string, spec KeySpec) (k Key, secret string, err error) {
	switch {
	case spec.Scope == 0:
		return k, "", Errorf(CodeParameter, "a key needs at least one scope: read, write, schema")
	case spec.Expires < 0:
		return k, "", Errorf(CodeParameter, "a key cannot expire in the past")
	case spec.RPM < 0:
		return k, "", Errorf(CodeParameter, "requests per minute cannot be negative")
	}
	a, err := s.Store.Agent(ctx, idOrName)
	if err != nil {
		return k, "", err
	}
	secret = NewSecret("app-")
	k = Key{ID: NewKeyID(), Hash: HashKey(secret), Agent: a.ID, Scope: spec.Scope, Created: s.now(), RPM: spec.RPM}
	if spec.Expires > 0 {
		k.Expires = MillisOf(s.Now().Add(spec.Expires))
	}
	return k, secret, s.Store.CreateKey(ctx, k)
}

// Keys lists the keys of the agent of that id or name.
func (s *Service) Keys(ctx context.Context, idOrName string) ([]Key, error) {
	a, err := s.Store.Agent(ctx, idOrName)
	if err != nil {
		return nil, err
	}
	ks, err := s.Store.Keys(ctx, a.ID)
	if err == nil && s.Uses != nil {
		s.Uses.latest(ks)
	}
	return ks, err
}

// foreign turns "no such table here" into "another agent's table" where that is so (wire.md 3, 403131).
func (s *Service) foreign(ctx context.Context, own AgentID, id TableID, err error) error {
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeTableNotFound {
		return err
	}
	owner, oerr := s.Store.Owner(ctx, id)
	switch {
	case oerr == nil && owner != own:
		return Errorf(CodeForbidden, "the table belongs to another agent")
	case oerr == nil || ErrorCode(oerr) == CodeTableNotFound:
		return err
	default:
		return oerr
	}
}
