package client

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// RetryPolicy says how often a call is tried, and how long the client waits in between. The zero value stands for six
// attempts, and waits of up to 200 ms, 400 ms and so on, at most 10 s.
//
// A call is tried again when no answer came, or only a part of one, and when the server is too busy (503) or the key has made
// too many requests (429): after the time that the server names, where it names one. Only what is safe is sent again: reads, and
// writes of tables and records, which all bear an Idempotency-Key and so are applied once. What makes or ends agents and
// keys bears none, and is sent once.
//
// A call that would have to wait beyond the deadline of its context does not wait.
type RetryPolicy struct {
	Attempts int           // of one call, the first one among them; 0 means 6, 1 that nothing is sent again
	Base     time.Duration // most that is waited after the first attempt; it doubles from one to the next; 0 means 200 ms
	Most     time.Duration // that is waited where the server names no time; 0 means 10 s
}

// RetryError is what was wrong in the end with a call that was tried more than once.
type RetryError struct {
	Attempts int
	Err      error // of the last attempt: a *Error or a *UnreachableError
	Ended    error // of the context, if that is why there was no other attempt
}

func (e *RetryError) Error() string {
	if e.Ended != nil {
		return fmt.Sprintf("%v (attempt %d; %v before the next)", e.Err, e.Attempts, e.Ended)
	}
	return fmt.Sprintf("%v (after %d attempts)", e.Err, e.Attempts)
}

// Unwrap gives the last cause, and why the context ended, if it did.
func (e *RetryError) Unwrap() []error {
	if e.Ended != nil {
		return []error{e.Err, e.Ended}
	}
	return []error{e.Err}
}

// Clock is the time by which a client waits. Tests hand in one that does not pass by itself.
type Clock interface {
	Now() time.Time
	// Sleep waits for d, or until ctx ends: then it returns the context's error.
	Sleep(ctx context.Context, d time.Duration) error
}

// machine is the clock of the machine.
type machine struct{}

func (machine) Now() time.Time { return time.Now() }

func (machine) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Client) clock() Clock {
	if c.Clock == nil {
		return machine{}
	}
	return c.Clock
}

// try makes attempts until one succeeds, or another is of no use.
func (c *Client) try(ctx context.Context, r *request, take func(*http.Response) error) error {
	for n := 1; ; n++ {
		err := c.once(ctx, r, take)
		if err == nil {
			return nil
		}
		tried := func(ended error) error {
			if n == 1 && ended == nil {
				return err
			}
			return &RetryError{Attempts: n, Err: err, Ended: ended}
		}
		if !r.safe || n >= cmp.Or(c.Retry.Attempts, 6) || ctx.Err() != nil || !passing(err) {
			return tried(nil)
		}
		wait := c.Retry.wait(n, err)
		if until, ok := ctx.Deadline(); ok && c.clock().Now().Add(wait).After(until) {
			return tried(nil)
		}
		if ended := c.clock().Sleep(ctx, wait); ended != nil {
			return tried(ended)
		}
	}
}

// passing reports whether the same request may get another answer soon.
func passing(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return false
	}
	if _, ok := errors.AsType[*UnreachableError](err); ok {
		return true
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return true
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return e.Code == 0 // of something on the way, which got no answer
	}
	return false
}

// wait is how long to wait after the nth attempt: what the server asks for, and a part by chance, so that clients that were
// refused together do not come back together.
func (p RetryPolicy) wait(n int, err error) time.Duration {
	most := cmp.Or(p.Most, 10*time.Second)
	d := cmp.Or(p.Base, 200*time.Millisecond)
	for range n - 1 {
		if d *= 2; d >= most {
			break
		}
	}
	wait := rand.N(max(1, min(d, most)))
	if e, ok := errors.AsType[*Error](err); ok {
		wait += e.RetryAfter
	}
	return wait
}
