package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgtype"

	"stele"
)

// asker is one connection.
type asker struct {
	id    stele.AgentID
	conn  *pgconn.PgConn
	meter *meter
	timer *time.Timer

	pipe   *pgconn.Pipeline // of the question that runs
	cancel func()           // gives it up
	ended  func() error     // not nil once it was given up
}

// meter bounds what is read from a connection: the driver reads a row whole before anybody can look at its length.
type meter struct{ left atomic.Int64 }

var errTooMuch = errors.New("the answer is longer than is read")

type metered struct {
	net.Conn
	*meter
}

func (m metered) Read(b []byte) (int, error) {
	if m.left.Load() < 0 {
		return 0, errTooMuch
	}
	n, err := m.Conn.Read(b)
	m.left.Add(-int64(n))
	return n, err
}

// readAside is how much may be read where no answer is.
const readAside = 1 << 20

// allow bounds what is read from now on, in all and in one message: the driver makes room for as long a message as the server announces.
func (x *asker) allow(bytes int) {
	x.meter.left.Store(int64(bytes))
	x.conn.Frontend().SetMaxBodyLen(bytes)
}

// isTooMuch reports whether more was to be read than may be.
func isTooMuch(err error) bool {
	_, long := errors.AsType[*pgproto3.ExceededMaxBodyLenErr](err)
	return long || errors.Is(err, errTooMuch)
}

func (x *asker) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = x.conn.Close(ctx)
}

// askerSettings are those of a question's session; DISCARD ALL brings them back. Functions of ours stand before the server's own of the
// same name and arguments; the agent's schema comes last, since a table's name is that of a type too.
func askerSettings(schema string) map[string]string {
	return map[string]string{
		"application_name": "stele-query", "client_encoding": "UTF8", "search_path": "stele_functions, pg_catalog, " + schema + ", pg_temp",
		"TimeZone": "UTC", "DateStyle": "ISO, YMD", "IntervalStyle": "postgres", "bytea_output": "hex", "extra_float_digits": "1",
		"standard_conforming_strings": "on", "jit": "off", "max_parallel_workers_per_gather": "0", "work_mem": "16MB",
		"lock_timeout": "1s", "statement_timeout": "10s", "idle_in_transaction_session_timeout": "10s", "default_transaction_read_only": "on",
	}
}

// openAsker connects as the agent's role.
func (d *database) openAsker(ctx context.Context, secret []byte) (*asker, error) {
	x := &asker{id: d.id, meter: &meter{}}
	x.meter.left.Store(readAside)
	cfg := d.store.server.Config.Copy()
	cfg.MaxProtocolMessageBodyLen = readAside
	cfg.User, cfg.Password = roleOf(secret, d.id)
	cfg.RuntimeParams = askerSettings(d.schema)
	cfg.ValidateConnect = func(_ context.Context, c *pgconn.PgConn) error {
		if c.ParameterStatus("in_hot_standby") == "on" {
			return errStandby
		}
		return nil
	}
	cfg.AfterConnect = nil
	dial := cfg.DialFunc
	cfg.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return metered{c, x.meter}, nil
	}
	cfg.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: time.Second}
	}
	var err error
	x.conn, err = pgconn.ConnectConfig(ctx, cfg)
	return x, err
}

// ask sends the question in a transaction that can only read, and what cleans up behind it, in one round trip, and reads the
// answer. What is still to be read is for rest.
func (x *asker) ask(ctx context.Context, q stele.Question) (*stele.Answer, error) {
	x.allow(q.MaxBytes*8 + readBeyond)
	left := defaultQueryTimeout
	if at, ok := ctx.Deadline(); ok {
		left = time.Until(at)
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	x.cancel, x.ended = cancel, running.Err
	heard := context.AfterFunc(ctx, x.cancel)
	defer heard() // the end of the answered call is not to end what comes behind
	x.pipe = x.conn.StartPipeline(running)
	x.send("BEGIN TRANSACTION READ ONLY")
	x.send(fmt.Sprintf("SET LOCAL statement_timeout=%d", max(1, left.Milliseconds())))
	params, types := values(q.Params)
	x.pipe.SendQueryParams(q.SQL, params, types, nil, nil)
	x.pipe.SendPipelineSync()
	x.send("ROLLBACK")
	x.pipe.SendPipelineSync()
	x.send("DISCARD ALL") // takes no transaction around it
	if err := x.pipe.Sync(); err != nil {
		return nil, err
	}
	var r *pgconn.ResultReader
	for range 3 { // asking for the next result reads the one before to its end
		got, err := x.pipe.GetResults()
		if err != nil {
			return nil, err
		}
		r = got.(*pgconn.ResultReader)
	}
	a := &collector{}
	for r.NextRow() {
		if a.add(r, q); a.cut != stele.Whole {
			return a.answer(), nil
		}
	}
	a.describe(r)
	if _, err := r.Close(); err != nil {
		return nil, err
	}
	return a.answer(), nil
}

func (x *asker) send(sql string) { x.pipe.SendQueryParams(sql, nil, nil, nil, nil) }

// values are parameters as text, of no type, so that the server infers one; but a number that is no INT is a FLOAT, where an INT is
// compared with it too.
func values(params []stele.Raw) (out [][]byte, types []uint32) {
	out, types = make([][]byte, len(params)), make([]uint32, len(params))
	for i, p := range params {
		switch p.Kind {
		case stele.KindNull:
		case stele.KindTrue:
			out[i] = []byte("true")
		case stele.KindFalse:
			out[i] = []byte("false")
		case stele.KindNumber:
			out[i] = []byte(p.Text)
			if _, err := strconv.ParseInt(p.Text, 10, 64); err != nil {
				types[i] = pgtype.Float8OID
			}
		default:
			out[i] = append([]byte{}, p.Text...)
		}
	}
	return out, types
}

// rest reads what comes behind a question. An error means that the connection is not as it was before.
func (x *asker) rest() error {
	x.allow(readAside)
	late := time.AfterFunc(time.Second, x.cancel)
	defer late.Stop()
	return errors.Join(x.pipe.Close(), x.ended())
}
