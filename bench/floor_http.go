package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// httpFloor is the second floor: a bare handler that reads a body, decodes it into typed cells, and answers bytes that
// were put there before. It checks no key, no table and no value, and stores nothing.
type httpFloor struct {
	mu      sync.RWMutex
	answers map[string][]byte // by path

	scratch sync.Pool // *floorScratch: what a request needs while it is read
}

type floorScratch struct {
	body  []byte
	cells []cell
}

func newHTTPFloor() *httpFloor {
	return &httpFloor{
		answers: make(map[string][]byte),
		scratch: sync.Pool{New: func() any { return new(floorScratch) }},
	}
}

// ServeHTTP answers a POST with the bytes that a PUT to the same path left.
func (f *httpFloor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := f.scratch.Get().(*floorScratch)
	defer f.scratch.Put(s)
	if err := s.read(r); err != nil {
		http.Error(w, "reading the body failed", http.StatusBadRequest)
		return
	}
	if r.Method == http.MethodPut {
		f.mu.Lock()
		f.answers[r.URL.Path] = append([]byte(nil), s.body...)
		f.mu.Unlock()
		return
	}
	cells, err := decodeCells(s.body, s.cells[:0])
	if err != nil {
		http.Error(w, "the body is no JSON", http.StatusBadRequest)
		return
	}
	s.cells = cells
	f.mu.RLock()
	answer, ok := f.answers[r.URL.Path]
	f.mu.RUnlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	_, _ = w.Write(answer) // the caller notices a short answer by its length
}

// read fills the body from the request, without growing it by steps when the length is known.
func (s *floorScratch) read(r *http.Request) error {
	if r.ContentLength < 0 {
		b, err := io.ReadAll(r.Body)
		s.body = b
		return err
	}
	if int64(cap(s.body)) < r.ContentLength {
		s.body = make([]byte, r.ContentLength)
	}
	s.body = s.body[:r.ContentLength]
	_, err := io.ReadFull(r.Body, s.body)
	return err
}

// serveHTTPFloor is the child process of the HTTP floor: it prints its base URL and serves until its input ends, which
// happens at the latest when the parent is gone.
func serveHTTPFloor(ctx context.Context, in io.Reader, out io.Writer) error {
	return serveChild(ctx, newHTTPFloor(), "", in, out)
}

// serveChild serves a handler on a free loopback port, prints the base URL and a secret, and returns when in ends.
func serveChild(ctx context.Context, h http.Handler, secret string, in io.Reader, out io.Writer) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	if _, err := fmt.Fprintf(out, "http://%s %s\n", l.Addr(), secret); err != nil {
		return errors.Join(fmt.Errorf("printing the address: %w", err), srv.Close(), <-done)
	}
	_, _ = io.Copy(io.Discard, in)
	err = srv.Close()
	if served := <-done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
