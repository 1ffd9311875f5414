package api

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"stele"
)

// bodyState says how far a request's body was read.
type bodyState uint8

const (
	bodyUntouched bodyState = iota
	bodyBegun
	bodyRead   // to its end
	bodyBroken // reading on is of no use
)

const (
	adminBody = 64 << 10 // bytes of a body of the admin API
	firstStep = 64 << 10 // what a body of unknown length gets of the budget at first
	leftover  = 64 << 20 // bytes beyond its limit that a refused body is listened to
)

// readBody returns the request's body, decoded, of at most limit bytes. It is no buffer of a pool: what is decoded from
// it goes on pointing into it. The loan is the body's part of the budget.
func (x *exchange) readBody(limit int) ([]byte, *loan, error) {
	l := &loan{of: x.h.budget, agent: x.agent}
	if limit == 0 || x.r.Body == nil || x.r.Body == http.NoBody {
		return nil, l, nil
	}
	zipped, err := encoding(x.r.Header)
	if err != nil {
		return nil, l, err
	}
	most := int64(limit)
	if zipped { // text that cannot be compressed grows a little
		most += most/64 + 1024
	}
	if x.r.ContentLength > most {
		return nil, l, tooLarge(limit)
	}
	conn := http.NewResponseController(x.w)
	_ = conn.SetReadDeadline(time.Now().Add(x.h.arrival)) // where that is not supported, nothing can be slow either
	ctx := x.r.Context()
	var b []byte
	switch {
	case zipped:
		b, err = l.unzip(ctx, &capped{x, most}, limit)
	case x.r.ContentLength >= 0:
		b, err = l.readExactly(ctx, x, int(x.r.ContentLength))
	default:
		b, err = l.readAll(ctx, x, limit)
	}
	if err != nil {
		return nil, l, unreadable(err, limit)
	}
	x.body = bodyRead
	_ = conn.SetReadDeadline(time.Time{}) // the connection is watched for its end while the work is done
	return b, l, nil
}

// Read reads the request's body, and notes how far that went. Once it was begun, a client that waits to be asked for it
// (Expect: 100-continue) has been.
func (x *exchange) Read(p []byte) (int, error) {
	n, err := x.r.Body.Read(p)
	switch err {
	case nil:
		x.body = bodyBegun
	case io.EOF:
		x.body = bodyRead
	default:
		x.body = bodyBroken
	}
	return n, err
}

// readExactly reads a body of known length.
func (l *loan) readExactly(ctx context.Context, r io.Reader, n int) ([]byte, error) {
	if err := l.take(ctx, int64(n)); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	_, err := io.ReadFull(r, b)
	return b, err
}

// errTooLarge says that a body has more bytes than it may have.
var errTooLarge = errors.New("the body is too large")

// readAll reads a body of unknown length in steps that double, each taken from the budget before it is made.
func (l *loan) readAll(ctx context.Context, r io.Reader, limit int) ([]byte, error) {
	var b []byte
	for {
		if len(b) == cap(b) {
			if len(b) > limit {
				return nil, errTooLarge
			}
			size := max(2*cap(b), firstStep)
			if size > limit/2 { // the last step, from at most half
				size = limit + 1 // one more than the limit shows that it is passed
			}
			if err := l.take(ctx, int64(size)); err != nil {
				return nil, err
			}
			bigger := make([]byte, len(b), size)
			copy(bigger, b)
			l.give(int64(cap(b)))
			b = bigger
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case len(b) > limit:
			return nil, errTooLarge
		case err == io.EOF:
			return b, nil
		case err != nil:
			return nil, err
		}
	}
}

// unzip reads a body in gzip. Not what is sent is bounded by limit, but what comes out of it.
func (l *loan) unzip(ctx context.Context, r io.Reader, limit int) ([]byte, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	return l.readAll(ctx, z, limit)
}

// capped is a reader of at most left bytes: gzip can take in bytes without end and give out none.
type capped struct {
	r    io.Reader
	left int64
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errTooLarge
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// encoding reports whether the body is in gzip; any other encoding is refused.
func encoding(h http.Header) (zipped bool, err error) {
	switch e := strings.ToLower(strings.TrimSpace(strings.Join(h.Values("Content-Encoding"), ","))); e {
	case "", "identity":
		return false, nil
	case "gzip", "x-gzip":
		return true, nil
	}
	return false, stele.Errorf(stele.CodeMediaType, "the body's Content-Encoding is not read here; send it plain or as gzip")
}

func tooLarge(limit int) error {
	return stele.Errorf(stele.CodeTooLarge, "the body has more than the %d bytes allowed here; send fewer entries at a time", limit)
}

// unreadable says why a body could not be read.
func unreadable(err error, limit int) error {
	_, known := errors.AsType[*stele.Error](err)
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	switch {
	case known:
		return err
	case errors.Is(err, errTooLarge):
		return tooLarge(limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return stele.Errorf(stele.CodeParameter, "the body did not arrive in time")
	case corrupt, errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return stele.Errorf(stele.CodeParameter, "the body is not the gzip that its Content-Encoding says")
	}
	return stele.Errorf(stele.CodeParameter, "the body broke off before its end")
}

// discard listens to the rest of a body that was refused, within bounds of size and time: a client that is still sending
// would meet a broken connection instead of its answer. A client that waits to be asked for the body is not asked. Where
// the end of the body was not reached the connection ends with the answer, and its deadline stays: there is no waiting
// for more.
func (x *exchange) discard() {
	if x.r.Body == nil || x.r.Body == http.NoBody || x.body == bodyRead {
		return
	}
	asks := x.body == bodyUntouched && strings.EqualFold(x.r.Header.Get("Expect"), "100-continue")
	if !asks && x.body != bodyBroken {
		conn := http.NewResponseController(x.w)
		_ = conn.SetReadDeadline(time.Now().Add(x.h.leave))
		l := x.h.Service.Limits
		_, _ = io.CopyN(io.Discard, x, leftover+int64(max(l.ImportBody, l.UpdateBody, l.Body)))
		if x.body == bodyRead {
			_ = conn.SetReadDeadline(time.Time{})
			return
		}
	}
	x.w.Header().Set("Connection", "close")
}
