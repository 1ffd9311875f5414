package cutter

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// link is one connection through the cutter.
type link struct {
	c      *Cutter
	number int
	client *net.TCPConn

	// under c.mu
	server   *net.TCPConn // nil until it is reached
	fate     [2]fate      // of what each side sends
	silenced bool
}

// fate is what becomes of the messages of one side.
type fate int

const (
	passed fate = iota
	held
	lost
)

// accept serves connections until the listener is closed.
func (c *Cutter) accept() {
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			if c.ctx.Err() == nil {
				c.tb.Errorf("the cutter accepts no more connections: %v", err)
			}
			return
		}
		c.running.Go(func() { c.serve(conn.(*net.TCPConn)) })
	}
}

// serve carries one connection to its end.
func (c *Cutter) serve(client *net.TCPConn) {
	l := c.enter(client)
	defer c.leave(l)
	server := l.reach()
	if server == nil {
		_, _ = io.Copy(io.Discard, client)
		return
	}
	var pumps sync.WaitGroup
	pumps.Go(func() { l.pump(Frontend, client, server) })
	pumps.Go(func() { l.pump(Backend, server, client) })
	pumps.Wait()
}

func (c *Cutter) enter(client *net.TCPConn) *link {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	l := &link{c: c, number: c.last, client: client}
	c.links[l] = struct{}{}
	switch {
	case c.ctx.Err() != nil:
		l.breakOff(Reset, false)
	case c.gate != nil:
		l.breakOff(*c.gate, false)
	}
	return l
}

func (c *Cutter) leave(l *link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.links, l)
	_ = l.client.Close()
	if l.server != nil {
		_ = l.server.Close()
	}
}

// reach connects with PostgreSQL; nil if the link is broken before it is there.
func (l *link) reach() *net.TCPConn {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	if l.outcome(Frontend) == lost {
		return nil
	}
	l.c.mu.Unlock()
	var d net.Dialer
	conn, err := d.DialContext(l.c.ctx, "tcp", l.c.target)
	l.c.mu.Lock()
	if err != nil {
		l.breakOff(Reset, false)
		return nil
	}
	l.server = conn.(*net.TCPConn)
	if l.outcome(Frontend) == lost {
		return nil
	}
	return l.server
}

// outcome waits until the side's messages are no longer held, and says whether they are passed or lost. Under c.mu, as
// are the next three.
func (l *link) outcome(from Side) fate {
	for l.fate[from] == held {
		l.c.healed.Wait()
	}
	return l.fate[from]
}

// doom decides what becomes of messages from now on.
func (l *link) doom(how How, half bool) {
	f := lost
	if how == Hold {
		f = held
	}
	l.fate[Backend] = max(l.fate[Backend], f)
	if !half {
		l.fate[Frontend] = max(l.fate[Frontend], f)
	}
	l.silenced = l.silenced || how == Silence
}

// breakOff does so, and tells the ends as far as they are to know.
func (l *link) breakOff(how How, half bool) {
	l.doom(how, half)
	l.c.healed.Broadcast() // what was held may be lost now
	ends := []*net.TCPConn{l.client}
	if l.server != nil && !half {
		ends = append(ends, l.server)
	}
	for _, e := range ends {
		switch how {
		case Close:
			_ = e.CloseWrite()
		case Reset:
			_ = e.SetLinger(0)
			_ = e.Close()
		}
	}
}

func (l *link) heal() {
	if l.silenced {
		l.breakOff(Reset, false)
	}
	for i, f := range l.fate {
		if f == held {
			l.fate[i] = passed
		}
	}
}

// pump passes on what one side sends.
func (l *link) pump(from Side, in, out *net.TCPConn) {
	p := &pump{link: l, from: from, r: bufio.NewReaderSize(in, 1<<14), in: in}
	p.w = bufio.NewWriterSize(struct{ io.Writer }{out}, 1<<14) // without ReadFrom, which would not gather messages
	var err error
	for err == nil {
		err = p.step()
	}
	l.c.mu.Lock()
	f := l.outcome(from)
	l.c.mu.Unlock()
	if f == passed {
		_ = p.flush()
		_ = out.CloseWrite()
	}
	_, _ = io.Copy(io.Discard, in) // who still sends must not wait for ever
}

// pump is one direction of a link.
type pump struct {
	*link
	from    Side
	in      *net.TCPConn
	r       *bufio.Reader
	w       *bufio.Writer
	started bool // the startup message, which alone has no type, has come by
}

// step passes on one message, or what a cut leaves of it. What is sent at once stays together.
func (p *pump) step() error {
	if p.r.Buffered() < 5 {
		if err := p.flush(); err != nil {
			return err
		}
	}
	m, err := p.next()
	if err != nil {
		return err
	}
	pass, cut := p.c.meet(p.link, m)
	if _, err := io.CopyN(p.w, p.r, int64(pass)); err != nil && cut == nil {
		return err
	}
	if cut != nil {
		_ = p.flush()
		p.c.make(cut, p.link)
	}
	if pass == m.Size {
		return nil
	}
	var w io.Writer = p.w
	p.c.mu.Lock()
	if p.outcome(p.from) == lost {
		w = io.Discard
	}
	p.c.mu.Unlock()
	_, err = io.CopyN(w, p.r, int64(m.Size-pass))
	return err
}

func (p *pump) flush() error {
	p.c.mu.Lock()
	d := p.c.delay
	p.c.mu.Unlock()
	if d > 0 && p.w.Buffered() > 0 {
		select {
		case <-time.After(d):
		case <-p.c.ctx.Done():
		}
	}
	return p.w.Flush()
}

// next looks at the head of the next message.
func (p *pump) next() (Message, error) {
	m := Message{Conn: p.number, From: p.from}
	if p.from == Frontend && !p.started {
		return p.first(m)
	}
	head, err := p.r.Peek(5)
	if err != nil {
		return m, err
	}
	m.Name, m.Size = string(head[:1]), 1+int(binary.BigEndian.Uint32(head[1:]))
	return m, p.check(m, 5)
}

// Codes where the version of the protocol would stand.
const (
	codeCancel = 80877102
	codeSSL    = 80877103
	codeGSS    = 80877104
)

// first looks at the head of the message that begins a connection, and says no to encryption.
func (p *pump) first(m Message) (Message, error) {
	for {
		head, err := p.r.Peek(8)
		if err != nil {
			return m, err
		}
		m.Name, m.Size = "startup", int(binary.BigEndian.Uint32(head))
		switch binary.BigEndian.Uint32(head[4:]) {
		case codeCancel:
			m.Name = "cancel"
		case codeSSL, codeGSS:
			_, _ = p.r.Discard(8)
			if _, err := p.in.Write([]byte("N")); err != nil {
				return m, err
			}
			continue
		}
		p.started = true
		return m, p.check(m, 8)
	}
}

// check refuses lengths that PostgreSQL does not know: then this is not its protocol, or not read as it should be.
func (p *pump) check(m Message, least int) error {
	if m.Size >= least && m.Size <= 1<<30 {
		return nil
	}
	err := fmt.Errorf("connection %d: %s has a length of %d", m.Conn, m, m.Size)
	p.c.tb.Error(err)
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	p.breakOff(Reset, false)
	return err
}
