package main

import (
	"bytes"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"
)

// halfway runs a command that imports, with a proxy before the server. At the batch of that number the server has added its rows, and the
// command gets no answer to it: it is killed, or gets a refusal instead, and later batches do not reach the server; or it is interrupted, and all
// are answered once it says so. With killbefore it is killed before the server has seen the batch. The batch any is one of the first 18, by chance, and then
// it is by chance too whether the server has seen it.
func halfway(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || !slices.Contains([]string{"kill", "killbefore", "refuse", "interrupt"}, args[1]) {
		ts.Fatalf("usage: halfway BATCH|any kill|killbefore|refuse|interrupt CMD...")
	}
	if args[0] == "any" {
		args = slices.Clone(args)
		args[0] = strconv.Itoa(1 + rand.IntN(18))
		if rand.IntN(2) == 0 {
			args[1] = "killbefore"
		}
		ts.Logf("%s at batch %s", args[1], args[0])
	}
	at, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	to, err := url.Parse(ts.Getenv("STELE_URL"))
	ts.Check(err)
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ErrorLog = log.New(io.Discard, "", 0) // of the requests of a killed command
	var batches atomic.Int64
	cmd := exec.Command(args[2], args[3:]...)
	out := &heard{said: make(chan struct{})}
	over := make(chan struct{})
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int64(0)
		if strings.HasSuffix(r.URL.Path, "/import/records") {
			n = batches.Add(1)
		}
		switch {
		case n < at:
			proxy.ServeHTTP(w, r)
			return
		case n == at:
			switch args[1] {
			case "kill":
				proxy.ServeHTTP(httptest.NewRecorder(), r)
				_ = cmd.Process.Kill()
			case "killbefore":
				_ = cmd.Process.Kill()
			case "refuse":
				proxy.ServeHTTP(httptest.NewRecorder(), r)
			case "interrupt":
				_ = cmd.Process.Signal(os.Interrupt)
			}
		}
		switch args[1] {
		case "kill", "killbefore":
			<-over
		case "refuse":
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"code":40353,"message":"the quota is used up"}`)
		case "interrupt":
			select {
			case <-out.said:
			case <-over:
			}
			proxy.ServeHTTP(w, r)
		}
	}))
	defer front.Close()
	cmd.Dir, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), out, out
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "STELE_API_KEY"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	cmd.Env = append(cmd.Env, "STELE_URL="+front.URL)
	err = cmd.Run()
	close(over)
	ts.Logf("%s\n%v", &out.all, err)
	if err == nil {
		ts.Fatalf("it came to its end")
	}
	ts.Check(os.WriteFile(ts.MkAbs("halfway.out"), out.all.Bytes(), 0o600))
}

// heard keeps what a command prints, and closes said once it says that it is interrupted. Standard output and error are one, so writes
// come one at a time.
type heard struct {
	all  bytes.Buffer
	said chan struct{}
	once sync.Once
}

func (h *heard) Write(b []byte) (int, error) {
	n, err := h.all.Write(b)
	if bytes.Contains(h.all.Bytes(), []byte("\ninterrupted: ")) {
		h.once.Do(func() { close(h.said) })
	}
	return n, err
}
