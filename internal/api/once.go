package api

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"net/http"
	"strings"
	"time"

	"stele"
)

// onceKey is what makes a request known again: its Idempotency-Key and what the request was.
type onceKey struct {
	key         string // "" for a request that may be applied again
	fingerprint stele.Fingerprint
	at          stele.Millis
}

// seal notes what the request is: two are the same when route and decoded body are.
func (o *onceKey) seal(pattern string, body []byte, now time.Time) {
	h := sha256.New()
	h.Write([]byte(pattern))
	h.Write([]byte{0})
	h.Write(body)
	h.Sum(o.fingerprint[:0])
	o.at = stele.MillisOf(now)
}

// apply runs a write as the request wants it done; if that bears an Idempotency-Key, at most once. An answer that encode
// turns into an error is not kept, nor is that of a trial.
func apply[T any](c *call, h stele.How, encode func(T) (answer, error), verb func(*stele.Agent, *stele.Once[T]) (T, error)) (answer, error) {
	var once *stele.Once[T]
	if c.once.key != "" && !h.Dry {
		once = &stele.Once[T]{Key: c.once.key, Fingerprint: c.once.fingerprint, At: c.once.at, Answer: func(v T) []byte {
			ans, err := encode(v)
			if err != nil {
				return nil
			}
			return ans.keep()
		}}
	}
	v, err := verb(c.agent.With(h), once)
	if before, ok := errors.AsType[*stele.Replay](err); ok {
		return replay(before.Answer)
	}
	if err != nil {
		return answer{}, err
	}
	return encode(v)
}

// keep is the answer as it is kept: a line for X-Stele-Deleted, then the body.
func (a answer) keep() []byte {
	return append([]byte(a.deleted+"\n"), a.body...)
}

// replay is the answer that was kept.
func replay(kept []byte) (answer, error) {
	deleted, body, ok := bytes.Cut(kept, []byte("\n"))
	if !ok {
		return answer{}, errors.New("reading a kept answer: it has no first line")
	}
	return answer{deleted: string(deleted), body: body, replayed: true}, nil
}

// idempotencyKey reads the header: a string in double quotes, as the IETF draft has it, or the bare key. "" without one.
func idempotencyKey(h http.Header) (string, error) {
	lines := h.Values("Idempotency-Key")
	if len(lines) == 0 {
		return "", nil
	}
	if len(lines) > 1 {
		return "", stele.Errorf(stele.CodeParameter, "the header Idempotency-Key may come only once")
	}
	key, ok := strings.Trim(lines[0], " \t"), true
	if strings.HasPrefix(key, `"`) {
		key, ok = unquote(key)
	}
	visible := strings.IndexFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
	if !ok || !visible || key == "" || len(key) > 255 {
		return "", stele.Errorf(stele.CodeParameter, "the header Idempotency-Key must have 1 to 255 visible ASCII characters, in double quotes or bare")
	}
	return key, nil
}

// unquote reads a quoted string in which a backslash stands before a quote or a backslash, and nothing else.
func unquote(s string) (string, bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), i == len(s)-1
		case '\\':
			i++
			if i == len(s) || s[i] != '"' && s[i] != '\\' {
				return "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", false
}
