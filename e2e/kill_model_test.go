package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
)

// The model of the kill -9 test: what one client believes of the records that only it writes. A client has one request
// under way at most, so after a kill the server must hold either what it held before that request or what it holds after.

// parcel is a record as the model knows it.
type parcel struct {
	n    int64  // unique, as the code is
	note string // the operation that wrote it last
	id   string // "" until it was read
}

// state is all that one client owns: its parcels by code, and its tables by name.
type state struct {
	parcels map[string]parcel
	tables  map[string]bool
}

func newState() state { return state{map[string]parcel{}, map[string]bool{}} }

func (s state) clone() state { return state{maps.Clone(s.parcels), maps.Clone(s.tables)} }

// same compares with what was read from the server; an id counts only where the model knows it.
func (s state) same(seen state) error {
	for code, want := range s.parcels {
		got, ok := seen.parcels[code]
		switch {
		case !ok:
			return fmt.Errorf("parcel %s is gone", code)
		case got.n != want.n || got.note != want.note || want.id != "" && got.id != want.id:
			return fmt.Errorf("parcel %s is %+v, want %+v", code, got, want)
		}
	}
	for code := range seen.parcels {
		if _, ok := s.parcels[code]; !ok {
			return fmt.Errorf("parcel %s should not be there", code)
		}
	}
	for name := range s.tables {
		if !seen.tables[name] {
			return fmt.Errorf("table %s is gone", name)
		}
	}
	for name := range seen.tables {
		if !s.tables[name] {
			return fmt.Errorf("table %s should not be there", name)
		}
	}
	return nil
}

// operation is one write with all that is to be known of it.
type operation struct {
	key   string // Idempotency-Key
	path  string
	body  []byte
	after func(state)        // changes the client's state as the write does
	check func(answer) error // what the first answer must be
	task  func(task) error   // for imports: what import-results must say
	bid   int                // for contests: the number of the contest, else -1
	reply answer             // once acknowledged
	seen  bool               // not acknowledged, but found applied after a restart
}

// client makes operations from its own source of chance.
type client struct {
	number    int
	agent     int // index of the agent it writes for
	rnd       *rand.Rand
	state     state
	pending   *operation // sent, not acknowledged
	acked     []*operation
	serial    int64 // of operations
	fresh     int64 // of parcels
	newTables int
	contest   func() int            // the number of a contest that others bid in just now
	imported  map[string]*operation // acknowledged imports by task id, until their tasks are checked
}

// uniqueN makes numbers that no other client makes.
func (c *client) uniqueN() int64 {
	c.fresh++
	return int64(c.number)<<32 | c.fresh
}

func (c *client) newRow(note string) (code string, p parcel) {
	n := c.uniqueN()
	return fmt.Sprintf("c%d-%d", c.number, c.fresh), parcel{n: n, note: note}
}

// some picks up to most codes that are there.
func (c *client) some(most int) []string {
	codes := slices.Sorted(maps.Keys(c.state.parcels)) // sorted, so that a seed says which ones
	c.rnd.Shuffle(len(codes), func(i, j int) { codes[i], codes[j] = codes[j], codes[i] })
	return codes[:min(len(codes), 1+c.rnd.IntN(most))]
}

// next makes the next operation on the two tables, parcels and contests.
func (c *client) next(parcels, contests string) *operation {
	c.serial++
	o := &operation{key: fmt.Sprintf("key-%d-%d", c.number, c.serial), bid: -1}
	note := fmt.Sprintf("op%d", c.serial)
	const full = 1500 // then it is time to delete
	switch dice := c.rnd.IntN(100); {
	case len(c.state.parcels) > full || len(c.state.parcels) > 0 && dice < 12:
		c.delete(o, parcels)
	case len(c.state.parcels) == 0 || dice < 40:
		c.imports(o, parcels, note, 10)
	case dice < 48:
		c.imports(o, parcels, note, 300)
	case dice < 52:
		c.clashing(o, parcels, note)
	case dice < 72:
		c.update(o, parcels, note, false)
	case dice < 88:
		c.update(o, parcels, note, true)
	case dice < 97:
		c.enter(o, contests)
	default:
		c.table(o)
	}
	return o
}

// request sets path and body.
func (o *operation) request(path string, v any) {
	o.path = path
	o.body, _ = json.Marshal(v)
}

// imports adds rows; now and then one of them is bad and must be left out alone.
func (c *client) imports(o *operation, table, note string, size int) {
	rows, added := make([]row, 0, size), map[string]parcel{}
	bad := -1
	if c.rnd.IntN(4) == 0 {
		bad = c.rnd.IntN(size)
	}
	for i := range size {
		code, p := c.newRow(note)
		var n any = p.n
		if i == bad {
			n = "heavy"
		} else {
			added[code] = p
		}
		rows = append(rows, row{"code": code, "n": n, "note": note, "owner": c.number})
	}
	o.request(pathImport, row{"table_id": table, "records": rows})
	o.after = func(s state) { maps.Copy(s.parcels, added) }
	o.check = func(answer) error { return nil } // its task is what tells
	o.task = func(t task) error {
		if t.Status != "AVAILABLE" || t.TotalCount != size || t.SuccessCount != len(added) || t.FailCount != size-len(added) {
			return fmt.Errorf("of %d rows, %d good: %+v", size, len(added), t)
		}
		return nil
	}
}

// clashing imports ten rows of which one has a code that the table holds: none may be added.
func (c *client) clashing(o *operation, table, note string) {
	var rows []row
	for range 10 {
		code, p := c.newRow(note)
		rows = append(rows, row{"code": code, "n": p.n, "note": note, "owner": c.number})
	}
	at := c.rnd.IntN(10)
	rows[at]["code"] = c.some(1)[0]
	o.request(pathImport, row{"table_id": table, "records": rows})
	o.after = func(state) {}
	o.check = func(answer) error { return nil } // its task is what tells
	o.task = func(t task) error {
		if t.Status != "FAIL" || t.SuccessCount != 0 || t.FailCount != 10 || len(t.FailDetail) != 1 || t.FailDetail[0].Start != at+1 {
			return fmt.Errorf("row %d clashes: %+v", at+1, t)
		}
		return nil
	}
}

// update changes some parcels, by filter or by record id; with create some of its entries make new ones.
func (c *client) update(o *operation, table, note string, create bool) {
	changed := map[string]parcel{}
	var entries []row
	for _, code := range c.some(20) {
		p := c.state.parcels[code]
		p.note = note
		set := row{"note": note}
		if c.rnd.IntN(2) == 0 { // a unique value moves too
			p.n = c.uniqueN()
			set["n"] = p.n
		}
		address := row{"filter": row{"code": code}, "updated_fields": set}
		if p.id != "" && c.rnd.IntN(2) == 0 {
			address = row{"record_id": p.id, "updated_fields": set}
		}
		changed[code] = p
		entries = append(entries, address)
	}
	for range c.rnd.IntN(6) {
		if !create {
			break
		}
		code, p := c.newRow(note)
		if c.rnd.IntN(2) == 0 {
			entries = append(entries, row{"filter": row{"code": code}, "updated_fields": row{"n": p.n, "note": note, "owner": c.number}})
		} else {
			p.id = fmt.Sprint(p.n) // an id of ours, far below those that the server gives
			entries = append(entries, row{"record_id": p.id, "updated_fields": row{"code": code, "n": p.n, "note": note, "owner": c.number}})
		}
		changed[code] = p
	}
	o.request(pathUpdate, row{"table_id": table, "is_create": create, "update_data": entries})
	o.after = func(s state) { maps.Copy(s.parcels, changed) }
	o.check = func(a answer) error {
		u, err := read[outcome](a, nil)
		if err == nil && (u.SuccessCount != len(entries) || u.FailCount != 0) {
			err = fmt.Errorf("of %d entries: %+v", len(entries), u)
		}
		return err
	}
}

// delete removes some parcels, by filter or by record id.
func (c *client) delete(o *operation, table string) {
	codes := c.some(300)
	var entries []row
	for _, code := range codes {
		if p := c.state.parcels[code]; p.id != "" && c.rnd.IntN(2) == 0 {
			entries = append(entries, row{"record_id": p.id})
		} else {
			entries = append(entries, row{"filter": row{"code": code}})
		}
	}
	o.request(pathDelete, row{"table_id": table, "delete_data": entries})
	o.after = func(s state) {
		for _, code := range codes {
			delete(s.parcels, code)
		}
	}
	o.check = func(a answer) error {
		if err := a.is(200, 0); err != nil {
			return err
		}
		if got := a.header.Get("X-Stele-Deleted"); got != fmt.Sprint(len(codes)) {
			return fmt.Errorf("deleted %s of %d", got, len(codes))
		}
		return nil
	}
}

// enter bids in a contest: ten rows that all clients of the agent try to import, of which one client gets all ten.
func (c *client) enter(o *operation, table string) {
	o.bid = c.contest()
	var rows []row
	for i := range 10 {
		rows = append(rows, row{"code": fmt.Sprintf("contest%d-%d", o.bid, i), "owner": c.number})
	}
	o.request(pathImport, row{"table_id": table, "records": rows})
	o.after = func(state) {}
	o.check = func(answer) error { return nil } // its task is what tells
	o.task = func(t task) error {
		won, lost := t.Status == "AVAILABLE" && t.SuccessCount == 10, t.Status == "FAIL" && t.SuccessCount == 0 && len(t.FailDetail) == 10
		if !won && !lost {
			return fmt.Errorf("a contest must be won or lost whole: %+v", t)
		}
		return nil
	}
}

// table makes a table.
func (c *client) table(o *operation) {
	c.newTables++
	name := fmt.Sprintf("made_by_%d_%d", c.number, c.newTables)
	o.request(pathCreate, draft(name, key("code")))
	o.after = func(s state) { s.tables[name] = true }
	o.check = func(a answer) error { return a.is(200, 0) }
}

// acknowledge takes an operation's answer into the model.
func (c *client) acknowledge(o *operation, a answer) error {
	if err := o.check(a); err != nil {
		return fmt.Errorf("%s: %w", o.path, err)
	}
	o.reply = a
	o.after(c.state)
	c.pending = nil
	if o.task != nil {
		id, err := taskID(a, nil)
		if err != nil {
			return err
		}
		c.imported[id] = o
	}
	const kept = 40 // for later repeats
	if len(c.acked) < kept {
		c.acked = append(c.acked, o)
	} else {
		c.acked[c.rnd.IntN(kept)] = o
	}
	return nil
}

// settle holds what was read after a restart against the model: what was acknowledged is there; the pending operation
// is whole or absent. It takes over the ids that it learns.
func (c *client) settle(seen state) error {
	before := c.state.same(seen)
	if c.pending == nil {
		if before != nil {
			return before
		}
		c.learn(seen)
		return nil
	}
	next := c.state.clone()
	c.pending.after(next)
	after := next.same(seen)
	switch {
	case before != nil && after != nil:
		return fmt.Errorf("%s is neither whole nor absent:\n\tagainst before: %w\n\tagainst after: %w", c.pending.path, before, after)
	case c.pending.seen && after != nil:
		return fmt.Errorf("%s was there after an earlier restart and is gone: %w", c.pending.path, after)
	case before != nil: // and so it was applied; an operation that changes nothing cannot be told
		c.pending.seen = true
	}
	if after == nil && before != nil {
		return nil // ids are learnt once the operation is acknowledged
	}
	c.learn(seen)
	return nil
}

func (c *client) learn(seen state) {
	for code, p := range c.state.parcels {
		p.id = seen.parcels[code].id
		c.state.parcels[code] = p
	}
}

// repeated checks the answer to a repeat of an acknowledged operation: the same one again, and marked.
func (o *operation) repeated(a answer) error {
	switch {
	case a.header.Get("Idempotency-Replayed") != "true":
		return fmt.Errorf("not answered by replay: %s", a)
	case a.status != o.reply.status || string(a.body) != string(o.reply.body):
		return fmt.Errorf("a repeat got another answer: %s, first %s", a, o.reply)
	}
	return nil
}
