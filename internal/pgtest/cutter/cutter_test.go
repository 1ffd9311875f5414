package cutter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.uber.org/goleak"

	"stele/internal/pgtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stuck bounds every wait. Nothing that works comes near it.
const stuck = time.Minute

// bench is a cutter before a database with a table of numbers.
type bench struct {
	*testing.T
	*Cutter
	direct *pgx.Conn // past the cutter
}

func newBench(t *testing.T) *bench {
	database := pgtest.Database(t)
	b := &bench{t, New(t, database), nil}
	conn, err := pgx.Connect(t.Context(), database)
	b.must(err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	b.direct = conn
	b.must(failure(conn.Exec(t.Context(), "CREATE TABLE numbers (n bigint)")))
	return b
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// failure is the error of a call whose result does not matter.
func failure(_ any, err error) error { return err }

// connect connects through the cutter until the test ends.
func (b *bench) connect() *pgconn.PgConn {
	b.Helper()
	conf, err := pgconn.ParseConfig(b.URL() + "&application_name=cut")
	b.must(err)
	dial, dialled := conf.DialFunc, false
	conf.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if dialled {
			return nil, errors.New("no cancel requests: they would come at any time")
		}
		dialled = true
		return dial(ctx, network, address)
	}
	c, err := pgconn.ConnectConfig(b.Context(), conf)
	b.must(err)
	b.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// insert adds a number, in a message each: P B D E S.
func insert(ctx context.Context, c *pgconn.PgConn, n int) error {
	r := c.ExecParams(ctx, "INSERT INTO numbers VALUES ($1)", [][]byte{fmt.Append(nil, n)}, nil, nil, nil).Read()
	return r.Err
}

// until asks again and again until the answer is yes.
func (b *bench) until(what, sql string, args ...any) {
	b.Helper()
	for from, yes := time.Now(), false; !yes; {
		b.must(b.direct.QueryRow(b.Context(), sql, args...).Scan(&yes))
		if time.Since(from) > stuck {
			b.Fatalf("not so: %s", what)
		}
	}
}

// alone waits until nothing that went through the cutter is left at the server.
func (b *bench) alone() {
	b.Helper()
	b.until("no session is left", "SELECT NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname=current_database() AND application_name='cut')")
}

func (b *bench) count(n int) (count int) {
	b.Helper()
	b.must(b.direct.QueryRow(b.Context(), "SELECT count(*) FROM numbers WHERE n=$1", n).Scan(&count))
	return count
}

func (b *bench) traced() string {
	var names []string
	for _, m := range b.Trace() {
		names = append(names, m.String())
	}
	return strings.Join(names, " ")
}

func TestTrace(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := b.connect()
	if got := b.traced(); !strings.HasPrefix(got, "F:startup B:R B:S ") || !strings.HasSuffix(got, " B:K B:Z") {
		t.Errorf("connecting: %s", got)
	}
	b.Record()
	b.must(insert(t.Context(), c, 1))
	if got, want := b.traced(), "F:P F:B F:D F:E F:S B:1 B:2 B:n B:C B:Z"; got != want {
		t.Errorf("a statement: %s, want %s", got, want)
	}
	b.Record()
	b.must(failure(c.Exec(t.Context(), "SELECT n FROM numbers").ReadAll()))
	if got, want := b.traced(), "F:Q B:T B:D B:C B:Z"; got != want {
		t.Errorf("a simple query: %s, want %s", got, want)
	}
	if m := b.Trace()[0]; m != (Message{Conn: 1, From: Frontend, Name: "Q", Size: 5 + len("SELECT n FROM numbers") + 1}) {
		t.Errorf("the query was traced as %+v", m)
	}
	b.Record()
	batch := &pgconn.Batch{}
	for range 500 { // far more than one segment
		batch.ExecParams("SELECT $1", [][]byte{[]byte("x")}, nil, nil, nil)
	}
	b.must(failure(c.ExecBatch(t.Context(), batch).ReadAll()))
	if got := b.traced(); strings.Count(got, "F:E") != 500 || strings.Count(got, "B:C") != 500 || strings.Count(got, "F:S") != 1 {
		t.Errorf("a pipeline: %s", got)
	}
}

// TestLarge sends and reads messages far larger than any buffer.
func TestLarge(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := b.connect()
	large := strings.Repeat("0123456789abcdef", 1<<19) // 8 MiB
	r := c.ExecParams(t.Context(), "SELECT $1", [][]byte{[]byte(large)}, nil, nil, nil).Read()
	b.must(r.Err)
	if string(r.Rows[0][0]) != large {
		t.Error("a large value came back changed")
	}
	rows := strings.Repeat("1\n2\n3\n", 1<<17)
	b.must(failure(c.CopyFrom(t.Context(), strings.NewReader(rows), "COPY numbers FROM STDIN")))
	var back strings.Builder
	b.must(failure(c.CopyTo(t.Context(), &back, "COPY numbers TO STDOUT")))
	if back.String() != rows {
		t.Errorf("%d bytes copied in, others copied out", len(rows))
	}
}

// TestCuts cuts an insert at each of its messages in each way, and holds what the client learns and what PostgreSQL has then
// against what they can.
func TestCuts(t *testing.T) {
	t.Parallel()
	for _, how := range []How{Close, Reset, Silence} {
		t.Run(how.String(), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			c := b.connect()
			b.Record()
			b.must(insert(t.Context(), c, 0))
			b.must(c.Close(t.Context()))
			cuts := Cuts(b.Trace()[:10], how)
			if len(cuts) != (5*2+1)+5+(5*2+1)*2 {
				t.Fatalf("the cuts are %v", cuts)
			}
			for i, cut := range cuts {
				if how == Reset || i%4 == 0 { // each costs PostgreSQL a process
					b.insertCut(i+1, cut)
				}
			}
		})
	}
}

func (b *bench) insertCut(n int, cut Cut) {
	c := b.connect()
	hit := b.Arm(cut)
	ctx, cancel := context.WithTimeout(b.Context(), stuck)
	defer cancel()
	if cut.How == Silence {
		go func() { <-hit; cancel() }() // who waits longer learns no more
	}
	err := insert(ctx, c, n)
	b.must(c.Close(b.Context()))
	wait(b.T, hit)
	answered := cut.From == Backend && cut.At == 5 && cut.Place == After // wholly, so that an end behind it may be seen or not
	switch {
	case answered:
	case err == nil:
		b.Errorf("%s: no error", cut)
	case cut.How == Close && !errors.Is(err, io.ErrUnexpectedEOF),
		cut.How == Reset && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE),
		cut.How == Silence && !errors.Is(err, context.Canceled):
		b.Errorf("%s: error %v", cut, err)
	}
	b.Heal()
	b.alone()
	want := 0
	if cut.From == Backend || cut.Half || cut.At == 5 && cut.Place == After {
		want = 1
	}
	if got := b.count(n); got != want {
		b.Errorf("%s: %d records at the server, want %d", cut, got, want)
	}
}

func wait(t *testing.T, hit <-chan struct{}) {
	t.Helper()
	select {
	case <-hit:
	case <-time.After(stuck):
		t.Fatal("the cut was not made")
	}
}

// TestHold keeps a Sync back until its client is gone: it still arrives.
func TestHold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for n, cut := range []Cut{
		{From: Frontend, At: 5, Place: Before, How: Hold},
		{From: Frontend, At: 5, Place: Within, How: Hold},
		{From: Frontend, At: 4, Place: After, How: Hold},
	} {
		c := b.connect()
		hit := b.Arm(cut)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-hit; cancel() }()
		if err := insert(ctx, c, n); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", cut, err)
		}
		b.must(c.Close(t.Context()))
		b.until("the insert has run", "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname=current_database() AND application_name='cut' AND backend_xid IS NOT NULL)")
		if b.count(n) != 0 {
			t.Errorf("%s: the insert is committed", cut)
		}
		b.Heal()
		b.alone()
		if b.count(n) != 1 {
			t.Errorf("%s: what was held did not arrive", cut)
		}
	}
	c := b.connect()
	hit := b.Arm(Cut{From: Backend, At: 2, Place: Within, How: Hold, Half: true})
	go func() { <-hit; b.Heal() }()
	b.must(insert(t.Context(), c, 9)) // a client that waits gets its answer
}

func TestFresh(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	old := b.connect()
	hit := b.Arm(Cut{From: Frontend, At: 1, Place: Within, How: Reset, Fresh: true})
	b.must(insert(t.Context(), old, 1))
	if _, err := pgconn.Connect(t.Context(), b.URL()); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("connecting: %v", err)
	}
	wait(t, hit)
	if got, want := b.traced(), "F:P F:B F:D F:E F:S B:1 B:2 B:n B:C B:Z F:startup"; got != want {
		t.Errorf("traced %s, want %s", got, want)
	}
	b.must(insert(t.Context(), old, 2))
	b.must(insert(t.Context(), b.connect(), 3)) // one cut only
}

// TestAll cuts every connection at a message of one of them.
func TestAll(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, how := range []How{Close, Reset, Silence} {
		one, other := b.connect(), b.connect()
		patience := stuck
		if how == Silence {
			patience = 50 * time.Millisecond // nothing else tells a client of it
		}
		wait := func() context.Context {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			t.Cleanup(cancel)
			return ctx
		}
		b.Arm(Cut{From: Frontend, At: 1, Place: Before, How: how, All: true})
		for _, c := range []*pgconn.PgConn{one, other} {
			if err := insert(wait(), c, 1); err == nil {
				t.Errorf("%s: no error", how)
			}
		}
		if _, err := pgconn.Connect(wait(), b.URL()); err == nil {
			t.Errorf("%s: a new connection passes", how)
		}
		b.Heal()
		b.must(one.Close(t.Context()))
		b.must(other.Close(t.Context()))
		b.alone()
		b.must(b.connect().Close(t.Context()))
	}
	if b.count(1) != 0 {
		t.Error("an insert arrived")
	}
}

func TestRefuseAndDrop(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	old := b.connect()
	b.Refuse(Reset)
	if _, err := pgconn.Connect(t.Context(), b.URL()); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("refused: %v", err)
	}
	b.must(insert(t.Context(), old, 1))
	b.Drop(Reset)
	if err := insert(t.Context(), old, 2); err == nil {
		t.Error("dropped, but no error")
	}
	b.Heal()
	b.must(insert(t.Context(), b.connect(), 3))

	b.Refuse(Hold)
	done := make(chan error, 1)
	go func() {
		c, err := pgconn.Connect(t.Context(), b.URL())
		if err == nil {
			err = c.Close(t.Context())
		}
		done <- err
	}()
	b.Heal()
	b.must(<-done)
}

func TestDelay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := b.connect()
	b.Delay(30 * time.Millisecond)
	from := time.Now()
	b.must(insert(t.Context(), c, 1))
	if d := time.Since(from); d < 60*time.Millisecond {
		t.Errorf("there and back took %s, less than twice 30ms", d)
	}
}

// TestBeginnings speaks what may stand before or instead of a startup message.
func TestBeginnings(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c, err := pgconn.Connect(t.Context(), strings.Replace(b.URL(), "sslmode=disable", "sslmode=prefer", 1))
	b.must(err)
	b.Cleanup(func() { _ = c.Close(context.Background()) })
	if got := b.traced(); !strings.HasPrefix(got, "F:startup") {
		t.Errorf("a connection without encryption: %s", got)
	}
	b.Record()
	done := make(chan error, 1)
	go func() {
		r := c.Exec(t.Context(), "SELECT pg_sleep(3600)")
		done <- r.Close()
	}()
	b.until("it sleeps", "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE pid=$1 AND wait_event='PgSleep')", c.PID())
	b.must(c.CancelRequest(t.Context()))
	if e, ok := errors.AsType[*pgconn.PgError](<-done); !ok || e.Code != "57014" {
		t.Errorf("cancelled: %v", e)
	}
	if names := b.traced(); !strings.Contains(names, "F:cancel") {
		t.Errorf("traced %s", names)
	}
}

// complaints is a test that takes down what it is told.
type complaints struct {
	testing.TB
	said []string
}

func (c *complaints) Error(args ...any) { c.said = append(c.said, fmt.Sprint(args...)) }

func TestAnotherProtocol(t *testing.T) {
	t.Parallel()
	for _, hello := range []string{"GET / HTTP/1.1\r\n\r\n", strings.Repeat("\x00", 100)} {
		heard := &complaints{TB: t}
		c := New(heard, pgtest.Database(t))
		conn, err := net.Dial("tcp", c.listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(hello)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Errorf("an answer to %q", hello)
		}
		_ = conn.Close()
		c.Close()
		if !slices.ContainsFunc(heard.said, func(s string) bool { return strings.Contains(s, "F:startup has a length of") }) {
			t.Errorf("the test was told %q", heard.said)
		}
	}
}

// TestServerGone: the client of a cutter without a server behind it learns so.
func TestServerGone(t *testing.T) {
	t.Parallel()
	s := pgtest.New(t, pgtest.Options{})
	c := New(t, s.Database(t))
	conn, err := pgconn.Connect(t.Context(), c.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "SELECT 1").ReadAll(); err == nil {
		t.Error("an answer of a server that was killed")
	}
	if _, err := pgconn.Connect(t.Context(), c.URL()); err == nil {
		t.Error("a connection to a server that was killed")
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	again, err := pgconn.Connect(t.Context(), c.URL())
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}
