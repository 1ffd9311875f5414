// Package cutter stands between a client and PostgreSQL. It knows where a message of their protocol ends, and breaks
// connections at the message that a test has chosen.
package cutter

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"
)

// Side is an end of a connection.
type Side int

// The sides, by their names in the protocol.
const (
	Frontend Side = iota // the client
	Backend              // PostgreSQL
)

// Message is one that came by. SSLRequest and GSSENCRequest are no messages: the cutter itself answers no to them.
type Message struct {
	Conn int    // number of its connection, from 1
	From Side   // who sent it
	Name string // its type: "P", "B", "Z", and for those without one "startup" and "cancel"
	Size int    // bytes in all
}

// String is the side and the name, "F:P" or "B:Z".
func (m Message) String() string { return string("FB"[m.From]) + ":" + m.Name }

// How is a way to break a connection.
type How int

// The ways to break a connection.
const (
	Close   How = iota // its end is sent (FIN)
	Reset              // it is reset (RST)
	Silence            // what is sent is swallowed, nobody is told: a network that is cut off
	Hold               // what is sent is kept back until Heal
)

func (h How) String() string { return [...]string{"close", "reset", "silence", "hold"}[h] }

// Place is where in a message a connection is broken.
type Place int

// The places of a cut.
const (
	Before Place = iota // nothing of the message is passed on
	Within              // half of its bytes are passed on
	After               // all of it is passed on
)

// Cut says at which message a connection is broken, and how.
type Cut struct {
	From  Side // whose messages are counted
	At    int  // which one, from 1, of all connections together, counted from Arm on
	Place Place
	How   How
	Half  bool // only what PostgreSQL sends is lost; what the client sends still reaches it
	All   bool // breaks every connection, and until Heal each new one
	Fresh bool // only messages of connections that begin after Arm are counted
}

// String names the cut as a test's messages do: "after F:3, reset".
func (c Cut) String() string {
	s := fmt.Sprintf("%s %c:%d, %s", [...]string{"before", "within", "after"}[c.Place], "FB"[c.From], c.At, c.How)
	if c.Half {
		s += ", towards the client"
	}
	if c.All {
		s += ", all connections"
	}
	return s
}

const longestTrace = 1 << 16

// Cutter is a proxy before one PostgreSQL.
type Cutter struct {
	tb       testing.TB
	target   string // HOST:PORT of PostgreSQL
	url      string
	listener net.Listener
	ctx      context.Context // ends with Close
	stop     context.CancelFunc
	running  sync.WaitGroup

	mu     sync.Mutex
	healed *sync.Cond // some fate is no longer held
	links  map[*link]struct{}
	last   int // number of the last connection
	trace  []Message
	cut    *Cut          // not yet made
	left   int           // messages until then
	since  int           // connections up to this number do not count
	hit    chan struct{} // closed when the cut is made
	gate   *How          // of new connections; nil where they pass
	delay  time.Duration
}

// New starts a cutter before the PostgreSQL of a database's URL, which names a host and a port. It ends with the test.
func New(tb testing.TB, database string) *Cutter {
	tb.Helper()
	u, err := url.Parse(database)
	if err != nil {
		tb.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	if u.Port() == "" {
		u.Host += ":5432"
	}
	c := &Cutter{tb: tb, target: u.Host, listener: listener, links: map[*link]struct{}{}}
	u.Host = listener.Addr().String()
	c.url = u.String()
	c.healed = sync.NewCond(&c.mu)
	c.ctx, c.stop = context.WithCancel(context.Background())
	c.running.Go(c.accept)
	tb.Cleanup(c.Close)
	return c
}

// URL is that of the same database through the cutter.
func (c *Cutter) URL() string { return c.url }

// Close ends every connection and waits for all that the cutter has started.
func (c *Cutter) Close() {
	c.stop()
	_ = c.listener.Close()
	c.mu.Lock()
	for l := range c.links {
		l.breakOff(Reset, false)
	}
	c.mu.Unlock()
	c.running.Wait()
}

// Record begins a new trace.
func (c *Cutter) Record() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trace = nil
}

// Trace is what has come by since Record or Arm, the first 65536 messages at most. A message stands behind those that
// it answers.
func (c *Cutter) Trace() []Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.trace)
}

// Arm begins a new trace and makes one cut in what comes. The channel is closed when it is made.
func (c *Cutter) Arm(cut Cut) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trace, c.cut, c.left, c.hit, c.since = nil, &cut, cut.At, make(chan struct{}), 0
	if cut.Fresh {
		c.since = c.last
	}
	return c.hit
}

// Drop breaks every connection there is.
func (c *Cutter) Drop(how How) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for l := range c.links {
		l.breakOff(how, false)
	}
}

// Refuse breaks every connection that comes, until Heal. With Close or Reset it is as if no server were there.
func (c *Cutter) Refuse(how How) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gate = &how
}

// Delay makes all that passes arrive by d later, until Heal.
func (c *Cutter) Delay(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.delay = d
}

// Heal lets everything pass again and disarms. What was held back goes its way; connections that were silenced are
// reset, as when a network is back whose ends have given up.
func (c *Cutter) Heal() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut, c.gate, c.delay = nil, nil, 0
	for l := range c.links {
		l.heal()
	}
	c.healed.Broadcast()
}

// meet waits while the message is held, takes it down, and says how many of its bytes pass; then a cut is to be made
// if there is one. Whatever that cut loses or holds does not pass from here on.
func (c *Cutter) meet(l *link, m Message) (pass int, cut *Cut) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.outcome(m.From) == lost {
		return 0, nil
	}
	if len(c.trace) < longestTrace {
		c.trace = append(c.trace, m)
	}
	if c.cut == nil || c.cut.From != m.From || m.Conn <= c.since {
		return m.Size, nil
	}
	if c.left--; c.left > 0 {
		return m.Size, nil
	}
	cut, c.cut = c.cut, nil
	if cut.All {
		c.gate = &cut.How
	}
	for other := range c.links {
		if other == l || cut.All {
			other.doom(cut.How, cut.Half)
		}
	}
	return [...]int{Before: 0, Within: m.Size / 2, After: m.Size}[cut.Place], cut
}

// make does to the connections what meet has decided.
func (c *Cutter) make(cut *Cut, l *link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for other := range c.links {
		if other == l || cut.All {
			other.breakOff(cut.How, cut.Half)
		}
	}
	close(c.hit)
}

// Cuts lists every cut that can be made in what was traced, in each of the ways. Cuts that come to the same are listed
// once: before a message is after the one before it of its side.
func Cuts(trace []Message, ways ...How) []Cut {
	var cuts []Cut
	var last [2]int
	add := func(from Side, at int, places ...Place) {
		for _, p := range places {
			for _, how := range ways {
				cuts = append(cuts, Cut{From: from, At: at, Place: p, How: how})
				if from == Backend || p == After {
					cuts = append(cuts, Cut{From: from, At: at, Place: p, How: how, Half: true})
				}
			}
		}
	}
	for _, m := range trace {
		last[m.From]++
		if last[m.From] == 1 {
			add(m.From, 1, Before)
		}
		add(m.From, last[m.From], Within, After)
	}
	return cuts
}
