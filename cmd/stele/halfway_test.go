package main

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"
)

// halfway runs a command that imports, with a proxy before the server. At the batch of that number the server has added its rows, and the
// command gets no answer to it: it is killed, or it gets a refusal instead. Later batches do not reach the server.
func halfway(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || args[1] != "kill" && args[1] != "refuse" {
		ts.Fatalf("usage: halfway BATCH kill|refuse CMD...")
	}
	at, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	to, err := url.Parse(ts.Getenv("STELE_URL"))
	ts.Check(err)
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ErrorLog = log.New(io.Discard, "", 0) // of the requests of a killed command
	var batches atomic.Int64
	cmd := exec.Command(args[2], args[3:]...)
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
			proxy.ServeHTTP(httptest.NewRecorder(), r)
			if args[1] == "kill" {
				_ = cmd.Process.Kill()
			}
		}
		if args[1] == "refuse" {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"code":40353,"message":"the quota is used up"}`)
			return
		}
		<-over
	}))
	defer front.Close()
	var out bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), &out, &out
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "STELE_API_KEY"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	cmd.Env = append(cmd.Env, "STELE_URL="+front.URL)
	err = cmd.Run()
	close(over)
	ts.Logf("%s\n%v", &out, err)
	if err == nil {
		ts.Fatalf("it came to its end")
	}
	ts.Check(os.WriteFile(ts.MkAbs("halfway.out"), out.Bytes(), 0o600))
}
