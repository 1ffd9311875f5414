package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stele/client"
)

// An answer is what a scripted server does with one request.
type answer func(http.ResponseWriter, *http.Request)

func says(status int, retryAfter, body string) answer {
	return func(w http.ResponseWriter, _ *http.Request) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.Header().Set("X-Stele-Deleted", "3")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

var (
	fine    = says(200, "", `{"id":"a","data":"t"}`)
	busy    = says(503, "2", `{"code":50000,"message":"Internal system error: busy"}`)
	tooFast = says(429, "30", `{"code":40008,"message":"Agent RPM request limit exceeded"}`)
	used    = says(409, "", `{"code":40000,"message":"Parameter error: used"}`)
	broken  = says(500, "", `{"code":50000,"message":"Internal system error"}`)
	gateway = says(502, "", "<html>")
)

func silent(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// cut is an answer that breaks off.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, `{"id":`)
	panic(http.ErrAbortHandler)
}

// scripted is a server that gives these answers in turn, the last one for ever, and the keys of the requests that it got.
func scripted(t *testing.T, answers ...answer) (c *client.Client, keys func() []string, clk *clock) {
	t.Helper()
	var mu sync.Mutex
	var got []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then it is noticed when the client goes
		mu.Lock()
		got = append(got, r.Header.Get("Idempotency-Key"))
		a := answers[min(len(got), len(answers))-1]
		mu.Unlock()
		a(w, r)
	}))
	t.Cleanup(srv.Close)
	clk = newClock()
	c = client.New(srv.URL, "k")
	c.HTTP, c.Clock = alone(), clk
	return c, func() []string { mu.Lock(); defer mu.Unlock(); return got }, clk
}

func importOne(ctx context.Context, c *client.Client) error {
	_, err := c.ImportAs(ctx, "t", []client.Row{{"a": 1}}, client.How{})
	return err
}
func verify(ctx context.Context, c *client.Client) error { _, err := c.Verify(ctx); return err }
func createAgent(ctx context.Context, c *client.Client) error {
	_, err := c.CreateAgent(ctx, "a")
	return err
}

// TestRetries: which calls are made again after which answers, with which keys, and after which waits.
func TestRetries(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		call     func(context.Context, *client.Client) error
		answers  []answer
		attempts int
		fails    bool
		least    []time.Duration // waits before each attempt but the first, without the part by chance
	}{
		"fine at once":           {verify, []answer{fine}, 1, false, nil},
		"read, no answer":        {verify, []answer{silent, fine}, 2, false, []time.Duration{0}},
		"read, cut":              {verify, []answer{cut, cut, fine}, 3, false, []time.Duration{0, 0}},
		"read, busy":             {verify, []answer{busy, busy, fine}, 3, false, []time.Duration{2 * time.Second, 2 * time.Second}},
		"read, too fast":         {verify, []answer{tooFast, fine}, 2, false, []time.Duration{30 * time.Second}},
		"read, gateway":          {verify, []answer{gateway, fine}, 2, false, []time.Duration{0}},
		"read, never":            {verify, []answer{silent}, 6, true, []time.Duration{0, 0, 0, 0, 0}},
		"read, broken":           {verify, []answer{broken}, 1, true, nil},
		"write, no answer":       {importOne, []answer{silent, fine}, 2, false, []time.Duration{0}},
		"write, cut":             {importOne, []answer{cut, fine}, 2, false, []time.Duration{0}},
		"write, busy":            {importOne, []answer{busy, fine}, 2, false, []time.Duration{2 * time.Second}},
		"write, its key is used": {importOne, []answer{used}, 1, true, nil},
		"admin, no answer":       {createAgent, []answer{silent}, 1, true, nil},
		"admin, busy":            {createAgent, []answer{busy}, 1, true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cl, keys, clk := scripted(t, c.answers...)
			err := c.call(t.Context(), cl)
			if (err != nil) != c.fails || len(keys()) != c.attempts {
				t.Errorf("%d attempts, %v", len(keys()), err)
			}
			var again *client.RetryError
			if errors.As(err, &again) != (c.fails && c.attempts > 1) || again != nil && again.Attempts != c.attempts {
				t.Errorf("%v", err)
			}
			waits := clk.waits()
			if len(waits) != len(c.least) {
				t.Fatalf("waited %v", waits)
			}
			for n, least := range c.least {
				if most := least + 200*time.Millisecond<<n; waits[n] < least || waits[n] > most {
					t.Errorf("waited %v before attempt %d, not %v to %v", waits[n], n+2, least, most)
				}
			}
		})
	}
}

// TestOneKeyForAllAttempts: and another one for the next call, unless the caller has chosen it.
func TestOneKeyForAllAttempts(t *testing.T) {
	t.Parallel()
	c, keys, _ := scripted(t, silent, cut, fine, fine, fine)
	for range 2 {
		if err := importOne(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Delete(t.Context(), "t", nil, client.IdempotencyKey("mine")); err != nil {
		t.Fatal(err)
	}
	k := keys()
	if len(k) != 5 || len(k[0]) < 16 || k[1] != k[0] || k[2] != k[0] || len(k[3]) < 16 || k[3] == k[0] || k[4] != "mine" {
		t.Errorf("%q", k)
	}
}

// TestKeysOfWrites: every write of tables and records has one, and nothing else.
func TestKeysOfWrites(t *testing.T) {
	t.Parallel()
	c, keys, _ := scripted(t, says(200, "", "null"))
	ctx := t.Context()
	writes := []func() error{
		func() error { _, err := c.CreateTable(ctx, client.NewTable{}); return err },
		func() error { _, err := c.Import(ctx, "t", nil); return err },
		func() error { _, err := c.ImportAs(ctx, "t", nil, client.How{}); return err },
		func() error { _, err := c.Update(ctx, "t", nil, false); return err },
		func() error { _, err := c.UpdateAs(ctx, "t", nil, client.How{}); return err },
		func() error { _, err := c.Delete(ctx, "t", nil); return err },
	}
	others := []func() error{
		func() error { _, err := c.RecordsPage(ctx, "t", client.RecordQuery{}); return err },
		func() error { _, err := client.Collect(c.Tables(ctx)); return err },
		func() error { _, err := c.Ask(ctx, client.Question{}); return err },
		func() error { _, err := c.Schema(ctx); return err },
		func() error { _, err := c.Tasks(ctx, "t"); return err },
		func() error { _, err := c.CreateKey(ctx, "a", client.KeySpec{}); return err },
	}
	seen := map[string]bool{}
	for i, call := range append(writes, others...) {
		if err := call(); err != nil {
			t.Fatal(i, err)
		}
		key := keys()[i]
		if (key != "") != (i < len(writes)) || key != "" && seen[key] {
			t.Errorf("call %d has the key %q", i, key)
		}
		seen[key] = true
	}
}

// TestRetriesEndWithContext: a wait beyond the deadline is not begun, one that is cut short says so, and the cause is told.
func TestRetriesEndWithContext(t *testing.T) {
	t.Parallel()
	c, keys, clk := scripted(t, tooFast)
	ctx, cancel := context.WithDeadline(t.Context(), clk.Now().Add(45*time.Second))
	defer cancel()
	var again *client.RetryError
	var refused *client.Error
	err := verify(ctx, c)
	if !errors.As(err, &again) || again.Attempts != 2 || !errors.As(err, &refused) || refused.Code != client.CodeRateLimited || len(keys()) != 2 || len(clk.waits()) != 1 {
		t.Errorf("%d attempts, %v", len(keys()), err)
	}

	ctx, cancel = context.WithCancel(t.Context())
	c, keys, _ = scripted(t, busy)
	c.Clock = cancelling{newClock(), cancel}
	err = verify(ctx, c)
	if !errors.Is(err, context.Canceled) || !errors.As(err, &refused) || refused.Status != 503 || len(keys()) != 1 {
		t.Errorf("%d attempts, %v", len(keys()), err)
	}
	if want := "50000: Internal system error: busy (attempt 1; context canceled before the next)"; err.Error() != want {
		t.Errorf("%q", err)
	}
}

// cancelling is a clock by which nobody waits to the end.
type cancelling struct {
	*clock
	cancel context.CancelFunc
}

func (c cancelling) Sleep(ctx context.Context, _ time.Duration) error { c.cancel(); return ctx.Err() }

// TestPolicy: attempts and waits are what the caller says.
func TestPolicy(t *testing.T) {
	t.Parallel()
	c, keys, clk := scripted(t, silent)
	c.Retry = client.RetryPolicy{Attempts: 40, Base: time.Second, Most: 3 * time.Second}
	err := verify(t.Context(), c)
	var sum time.Duration
	for _, w := range clk.waits() {
		if w > 3*time.Second {
			t.Errorf("waited %v", w)
		}
		sum += w
	}
	if len(keys()) != 40 || sum < 10*time.Second { // 1.5 s each by chance
		t.Errorf("%d attempts, %v of waits, %v", len(keys()), sum, err)
	}
	c, keys, _ = scripted(t, silent)
	c.Retry.Attempts = 1
	if err := verify(t.Context(), c); len(keys()) != 1 || err == nil || errors.As(err, new(*client.RetryError)) {
		t.Errorf("%d attempts, %v", len(keys()), err)
	}
}

// TestSlowAnswer: an attempt that takes longer than HTTP.Timeout is given up, and another one made.
func TestSlowAnswer(t *testing.T) {
	t.Parallel()
	var served atomic.Int32
	c, _, _ := scripted(t, func(w http.ResponseWriter, r *http.Request) {
		if served.Add(1) == 1 {
			<-r.Context().Done() // the client has gone
			return
		}
		fine(w, r)
	})
	c.HTTP.Timeout = time.Second
	c.Retry.Attempts = 100 // others may be late as well on a busy machine
	if err := importOne(t.Context(), c); err != nil || served.Load() < 2 {
		t.Errorf("%d, %v", served.Load(), err)
	}
}

// counting is a server that allows so many requests a minute of a clock and refuses others as Stele does.
func counting(t *testing.T, rpm int, now func() time.Time) (url string, refused *atomic.Int32) {
	t.Helper()
	var mu sync.Mutex
	var minute int64
	used, refused := 0, new(atomic.Int32)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		at := now().Add(time.Hour) // its clock is wrong
		if m := at.Unix() / 60; m != minute {
			minute, used = m, 0
		}
		used++
		h := w.Header()
		h.Set("Date", at.UTC().Format(http.TimeFormat))
		h.Set("X-RateLimit-Limit", strconv.Itoa(rpm))
		h.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, rpm-used)))
		h.Set("X-RateLimit-Reset", fmt.Sprint((minute+1)*60))
		if used > rpm {
			refused.Add(1)
			tooFast(w, r)
			return
		}
		fine(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, refused
}

// TestPace: a client with a limited key is never refused, waits for the minute and not for more, and another key is not held up.
func TestPace(t *testing.T) {
	t.Parallel()
	clk := newClock()
	url, refused := counting(t, 7, clk.Now)
	c := client.New(url, "k")
	c.HTTP, c.Clock = alone(), clk
	begun := clk.Now()
	for range 50 {
		if err := verify(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if took := clk.Now().Sub(begun); refused.Load() != 0 || took > 8*time.Minute || took < 6*time.Minute {
		t.Errorf("%d refused, in %v", refused.Load(), took)
	}
	waits := len(clk.waits())
	other := *c
	other.Key = "other"
	if err := verify(t.Context(), &other); err != nil || len(clk.waits()) != waits {
		t.Errorf("%v, %v", clk.waits(), err)
	}
}

// TestPaceOfMany: several goroutines share what they know, and so does a copy of the client. All get through.
func TestPaceOfMany(t *testing.T) {
	t.Parallel()
	clk := newClock()
	url, refused := counting(t, 20, clk.Now)
	c := client.New(url, "k")
	c.HTTP, c.Clock = alone(), clk
	if err := verify(t.Context(), c); err != nil { // from here the limit is known
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			own := *c
			for range 25 {
				if err := verify(t.Context(), &own); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := refused.Load(); n > 0 {
		t.Errorf("%d refused", n)
	}
}

// TestPaceEndsWithContext: who cannot wait for the next minute is told so at once.
func TestPaceEndsWithContext(t *testing.T) {
	t.Parallel()
	clk := newClock()
	url, _ := counting(t, 1, clk.Now)
	c := client.New(url, "k")
	c.HTTP, c.Clock = alone(), clk
	if err := verify(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithDeadline(t.Context(), clk.Now())
	defer cancel()
	if err := verify(ctx, c); !errors.Is(err, context.DeadlineExceeded) || len(clk.waits()) != 0 {
		t.Errorf("%v, waited %v", err, clk.waits())
	}
}

// TestNoServerToSpeakTo: an address that leads nowhere is refused without a wait.
func TestNoServerToSpeakTo(t *testing.T) {
	t.Parallel()
	clk := newClock()
	for _, url := range []string{"", "127.0.0.1:8080", "ftp://127.0.0.1"} {
		c := client.New(url, "k")
		c.Clock = clk
		if err := verify(t.Context(), c); err == nil || len(clk.waits()) != 0 {
			t.Errorf("%q: %v", url, err)
		}
	}
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS() // its certificate is nobody's
	t.Cleanup(srv.Close)
	c := client.New(srv.URL, "k")
	c.HTTP, c.Clock = alone(), clk
	if err := verify(t.Context(), c); err == nil || len(clk.waits()) != 0 {
		t.Errorf("%v", err)
	}
}
