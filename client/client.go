package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Client speaks to one server with one key. It may be used by several goroutines, and its copies share what they know of the
// key's rate.
//
// Every method returns a *Error for a refusal by the server and a *UnreachableError when no answer came, within a *RetryError
// if it was tried more than once.
type Client struct {
	URL string // such as http://127.0.0.1:8080; a trailing slash does no harm
	Key string // an API key, or the admin key for the verbs on agents and keys
	// HTTP is http.DefaultClient if nil. Its Timeout bounds each attempt; a call's context bounds all of them.
	HTTP *http.Client
	// MaxAnswer is the most bytes that are read of an answer; 0 means 256 MiB.
	MaxAnswer int64
	Retry     RetryPolicy // the zero value tries again
	Clock     Clock       // that of the machine if nil

	pace *pace // nil: requests are not slowed down before the server refuses them
}

// New returns a client that also slows down when its key has used up its requests of the minute.
func New(url, key string) *Client { return &Client{URL: url, Key: key, pace: &pace{key: key}} }

// Error is a refusal: what the server answered instead of 2xx.
type Error struct {
	Status     int    // HTTP status
	Code       int    // published number (wire.md 3); 0 when the answer was none of Stele's
	Message    string // safe to show
	RetryAfter time.Duration

	Violations     []Violation // of AlterTable: the first records that do not fit
	ViolationCount int64       // of all that do not fit
}

func (e *Error) Error() string {
	if e.Code == 0 {
		return fmt.Sprintf("HTTP %d: %s", e.Status, e.Message)
	}
	return fmt.Sprintf("%d: %s", e.Code, e.Message)
}

// UnreachableError says that no answer came: whether the request was applied is not known.
type UnreachableError struct {
	URL string
	Err error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("no answer from %s: %v", e.URL, rootCause(e.Err))
}

// Unwrap gives the cause, such as context.DeadlineExceeded or syscall.ECONNREFUSED.
func (e *UnreachableError) Unwrap() error { return e.Err }

// rootCause drops the layers that repeat method and address.
func rootCause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// Option changes one request.
type Option func(http.Header)

// IdempotencyKey makes a repeat of the same request get the first one's answer instead of being applied again. Every write of
// tables and records has a key of the client's making unless one is given: give one where the program itself may repeat the
// call, after a crash for instance. A key has 1 to 255 visible ASCII characters, and is known for a day at least; with another
// request it is refused (409).
func IdempotencyKey(key string) Option {
	return func(h http.Header) { h.Set("Idempotency-Key", key) }
}

// call sends in as JSON, unless it is nil, and decodes the answer into out, unless that is nil; bytes are taken as they are.
func (c *Client) call(ctx context.Context, method, path string, in, out any, opts ...Option) (http.Header, error) {
	r, err := c.request(method, path, in, opts)
	if err != nil {
		return nil, err
	}
	return c.send(ctx, r, out)
}

// send sends what call has made.
func (c *Client) send(ctx context.Context, r *request, out any) (http.Header, error) {
	var h http.Header
	err := c.try(ctx, r, func(resp *http.Response) error {
		defer func() { _ = resp.Body.Close() }()
		h = resp.Header
		return c.answer(resp, out)
	})
	return h, err
}

func (c *Client) answer(resp *http.Response, out any) error {
	most := cmp.Or(c.MaxAnswer, 256<<20)
	b, err := readBody(resp, most)
	switch {
	case err != nil:
		return &UnreachableError{c.URL, err}
	case int64(len(b)) > most:
		return fmt.Errorf("the answer has more than %d bytes: ask for less at once", most)
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return refusal(resp, b)
	case out == nil:
		return nil
	}
	switch out := out.(type) {
	case *[]byte:
		*out = b
	case scanned:
		err = out.scan(b)
	default:
		err = decodeNumbers(b, out)
	}
	if err != nil {
		return fmt.Errorf("the answer of %s is not what Stele sends: %w", c.URL, err)
	}
	return nil
}

// decodeNumbers reads JSON; what may be any number keeps its digits.
func decodeNumbers(b []byte, out any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode(out)
}

func refusal(resp *http.Response, body []byte) *Error {
	e := &Error{Status: resp.StatusCode}
	var eb struct {
		Code       int         `json:"code"`
		Message    string      `json:"message"`
		Count      int64       `json:"violation_count"`
		Violations []Violation `json:"violations"`
	}
	if json.Unmarshal(body, &eb) == nil && eb.Code != 0 {
		e.Code, e.Message, e.Violations, e.ViolationCount = eb.Code, eb.Message, eb.Violations, eb.Count
	} else {
		e.Message = fmt.Sprintf("the answer is not one of Stele's (%s)", resp.Header.Get("Content-Type"))
	}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		e.RetryAfter = time.Duration(s) * time.Second
	}
	return e
}
