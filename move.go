package stele

import "context"

// Movable is a store whose installation can be moved to another kind of store: what `stele move` needs beyond Store.
type Movable interface {
	Store
	// Mover opens an agent's database for moving. It costs nothing until it is used.
	Mover(id AgentID) Mover
	// MoveState is the state in which a move has left the store, "" for none: whoever serves it must look.
	MoveState(ctx context.Context) (string, error)
	// SetMoveState changes the state from was, durably. It fails and changes nothing where the state is another by
	// now: of two moves that begin at once one goes on.
	SetMoveState(ctx context.Context, was, state string) error
}

// Mover reads and writes all that an agent's database keeps, as it is kept. It is not for serving: what it writes is
// not checked, and it counts on nobody else writing. A write is one transaction, durable when the call returns.
//
// Errors are those of Database: CodeUnauthenticated where the agent is gone, CodeTableNotFound where the table is.
type Mover interface {
	// NextRecordID is where the table's next record id is counted from: ids that are taken are passed over.
	NextRecordID(ctx context.Context, t *Table) (RecordID, error)
	// RecordsAfter reads records with greater ids, ascending: limit of them, fewer where PartFull says so, and none only
	// at the end.
	RecordsAfter(ctx context.Context, t *Table, after RecordID, limit int) ([]Record, error)
	// TasksAfter reads tasks with greater ids, ascending; bounded as RecordsAfter is. All ids are greater than "".
	TasksAfter(ctx context.Context, after TaskID, limit int) ([]Task, error)
	// AnswersAfter reads kept answers with greater keys, in ascending order of the keys' bytes; bounded as RecordsAfter is.
	AnswersAfter(ctx context.Context, after string, limit int) ([]KeptAnswer, error)
	// SavedQueriesAfter reads saved queries with greater ids, ascending; bounded as RecordsAfter is.
	SavedQueriesAfter(ctx context.Context, after SavedID, limit int) ([]SavedQuery, error)

	// PutTable makes a table, whose record ids will be counted from next, as the last in order of creation.
	PutTable(ctx context.Context, t *Table, next RecordID) error
	// PutRecords adds records with their ids and times, ascending and above all that are there; where next stands they
	// leave it. It fails and adds none where an id or a unique value is there already.
	PutRecords(ctx context.Context, t *Table, records []Record) error
	PutTasks(ctx context.Context, tasks []Task) error
	PutAnswers(ctx context.Context, answers []KeptAnswer) error
	PutSavedQueries(ctx context.Context, queries []SavedQuery) error
}

// KeptAnswer is what is kept for an idempotency key.
type KeptAnswer struct {
	Key         string
	Fingerprint Fingerprint
	At          Millis
	Answer      []byte
}

// PartText is how many bytes of text fill a part: a few times this is all that a move holds in memory.
const PartText = 4 << 20

// PartFull reports whether a part that a Mover reads is to end. It is asked after something was added, so that no part is
// empty.
func PartFull(text int) bool { return text >= PartText }
