package stele

import (
	"context"
	"errors"
)

// AgentInfo is what the catalog keeps of an agent.
type AgentInfo struct {
	ID      AgentID
	Name    string // unique in the installation
	Created Millis
}

// A Store keeps the agents of one installation. storetest.Run proves an implementation.
//
// Methods return a *Error for what a caller may learn, and any other error for what is broken.
type Store interface {
	// CreateAgent returns CodeExists if another agent has the name.
	CreateAgent(ctx context.Context, a AgentInfo) error
	// Agents lists agents in order of creation, and says how many there are in all.
	Agents(ctx context.Context, p Page) ([]AgentInfo, int, error)
	// Agent finds an agent by its id or its name. CodeNotFound if there is none.
	Agent(ctx context.Context, idOrName string) (AgentInfo, error)
	// DeleteAgent removes an agent, its keys and all its data. CodeNotFound if there is none.
	DeleteAgent(ctx context.Context, id AgentID) error

	// CreateKey returns CodeNotFound if the key's agent is not there.
	CreateKey(ctx context.Context, k Key) error
	// Keys lists an agent's keys in order of creation.
	Keys(ctx context.Context, agent AgentID) ([]Key, error)
	// Key finds a key, expired or not, by its hash. CodeUnauthenticated if there is none.
	Key(ctx context.Context, hash KeyHash) (Key, error)
	// UseKeys keeps when keys were used last: of two times the later one, also where replicas write both. Keys that are not there
	// are passed over.
	UseKeys(ctx context.Context, uses map[KeyID]Millis) error
	// RevokeKey removes a key; it holds at once in this process, and within seconds in others on the same store.
	// CodeNotFound if there is none.
	RevokeKey(ctx context.Context, id KeyID) error

	// Owner says whose table an id is, and never more. CodeTableNotFound if there is none.
	Owner(ctx context.Context, id TableID) (AgentID, error)
	// Database opens an agent's database; it costs nothing until it is used. Methods of the database of an agent that
	// is gone return CodeUnauthenticated: only a key could have led there.
	Database(id AgentID) Database
	// DataBytes is about how much the installation takes, on disk or in the database.
	DataBytes(ctx context.Context) (int64, error)
	// Ready returns an error while the store cannot serve.
	Ready(ctx context.Context) error
	// Close waits for the calls under way and ends the store. A later call is a fault of the program: what is not
	// answered from memory fails, and not with a *Error.
	Close() error
}

// A Database is one agent's. No method names an agent: what is reached here cannot be another agent's.
//
// A write is one transaction, durable when the call returns. A write whose ctx ends before it has begun is not
// applied; one that has begun is carried to its end. Where a call ends early because ctx did, its error is ctx.Err().
// A write of which it is not known whether it was applied ends with CodeUnavailable.
//
// A call that is handed a table may return ErrTableChanged.
//
// Where a write takes a *Once that is not nil, its key and answer are kept in the same transaction. If the key is
// known already, nothing is written and the error is a *Replay, or CodeKeyReused when the request differed.
type Database interface {
	// CreateTable returns CodeTableExists if the agent has a table of that name.
	CreateTable(ctx context.Context, t *Table, once *Once[TableID]) error
	// Table returns a table of this agent. CodeTableNotFound if it has none of that id.
	Table(ctx context.Context, id TableID) (*Table, error)
	// Tables lists tables in order of creation with exact counts.
	Tables(ctx context.Context, p Page) ([]TableCount, error)

	// Alter changes a table's definition, and its records with it, or tells which of them do not fit; then a.Before is as it was
	// and nothing is kept for once. CodeTableExists if another table has the new name. Readers and writers go on meanwhile, but
	// for a moment; a write that comes between is in the table when it has changed, or ends with ErrTableChanged.
	Alter(ctx context.Context, a *Alteration, once *Once[Altered]) (Altered, error)
	// DropTable removes a table with its records, and returns how many there were. Tasks remain.
	DropTable(ctx context.Context, t *Table, once *Once[int64]) (int64, error)

	// With returns this database with its writes done so: with Mode Atomic an Update applies all of its changes or, where
	// one fails, none; with Dry whatever Import, Update, Delete, Alter and DropTable do is undone when it is done, and a Once
	// is not looked at.
	With(h How) Database

	// Import adds the batch's records and its task, and returns the task. Record ids and times are given here. If the
	// table holds any of the unique values already, none is added and the task is b.Refused with every conflict, in
	// order of rows and within a row of fields; so it is where b is doomed. Else it is b.Added, for which the store
	// puts their ids into the records if there is a receipt. A batch of changes is applied in order, each on its own,
	// also where one repeats what another has done; its task is b.Done.
	Import(ctx context.Context, t *Table, b *Batch, now Millis, once *Once[Task]) (Task, error)
	// Tasks returns those of the tasks that are there and were created at or after since, in the order of ids.
	Tasks(ctx context.Context, ids []TaskID, since Millis) ([]Task, error)
	// TaskList lists tasks in descending order of ids, at a cost that does not grow with how many there are.
	TaskList(ctx context.Context, q TaskQuery) ([]TaskEntry, error)

	// Update applies changes in order, each on its own: one that fails leaves the others. The outcomes stand in the
	// order of the changes. An error means that nothing was applied.
	Update(ctx context.Context, t *Table, cs []Change, now Millis, once *Once[[]Outcome]) ([]Outcome, error)
	// Delete removes the selected records and returns how many there were. A selector that selects nothing is no error.
	Delete(ctx context.Context, t *Table, ss []Selector, once *Once[int]) (int, error)
	// Records returns one page, and CodeParameter as soon as CheckPageText refuses it, or a shorter one where the query has Short.
	Records(ctx context.Context, t *Table, q RecordQuery) (RecordPage, error)

	// Query answers a question that [Agent.Query] has checked. It reads this agent's tables and nothing else, writes nothing,
	// and its time, memory, rows and bytes are bounded by the engine or the operating system. A *QueryFault says what is wrong with
	// the question, also when the time of ctx was over before it was answered.
	Query(ctx context.Context, q Question) (*Answer, error)

	// LogQueries adds entries to the log of questions, and lets those go that are older than the latest KeptQueries.
	LogQueries(ctx context.Context, es []QueryEntry) error
	// Queries lists the latest entries of the log, the latest first.
	Queries(ctx context.Context, limit int) ([]QueryEntry, error)
	// SavedQueries lists saved queries in the order of their names' bytes.
	SavedQueries(ctx context.Context) ([]SavedQuery, error)
	// SaveQuery keeps a query: another one where it is fresh, else in place of the one of its id. It returns the error of
	// [SavedQuery.CheckSaved], and then keeps nothing.
	SaveQuery(ctx context.Context, q SavedQuery, fresh bool, once *Once[SavedQuery]) error
	// DeleteSavedQuery reports whether there was one.
	DeleteSavedQuery(ctx context.Context, id SavedID, once *Once[bool]) (bool, error)

	// Size says what the database takes, at a cost that is bounded whatever there is.
	Size(ctx context.Context) (Size, error)
	// Engine says in which SQL questions are put.
	Engine() Engine
	// Profile says what a table's fields hold. On a large table it looks at a part of it, spread over the whole.
	Profile(ctx context.Context, t *Table) (*Profile, error)

	// Answered returns the answer kept for an idempotency key, nil if there is none, CodeKeyReused if its request
	// differed.
	Answered(ctx context.Context, key string, fingerprint Fingerprint) ([]byte, error)
}

// Engine names the SQL of a database, as people call it.
type Engine string

// The engines.
const (
	SQLite     Engine = "sqlite"
	PostgreSQL Engine = "postgresql"
)

// ErrTableChanged is the error of a call whose table is no longer as its definition says, as when another replica has
// changed it. Nothing was read or written; [Database.Table] then has the new definition.
var ErrTableChanged = errors.New("the definition of the table has changed")

// Fingerprint tells one request from another: a SHA-256 over route and body.
type Fingerprint [32]byte

// Once makes a write apply at most once. Answer turns the write's result into the bytes that a repeat is to get; it is
// called inside the transaction. Where it returns nil, nothing is kept.
type Once[T any] struct {
	Key         string
	Fingerprint Fingerprint
	At          Millis
	Answer      func(T) []byte
}

// Replay is the error of a write that was applied before: the kept answer.
type Replay struct{ Answer []byte }

func (*Replay) Error() string { return "the request was applied before" }

// Retention of what a database keeps beside its records.
const (
	TaskRetention = Millis(30 * 24 * 3600 * 1000) // wire.md 5.4
	OnceRetention = Millis(48 * 3600 * 1000)      // idempotency keys: a day is promised
)
