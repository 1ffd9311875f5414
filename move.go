package stele

import "context"

// Movable is a store whose installation can be moved to another kind of store: what `stele move` needs beyond Store.
type Movable interface {
	Store
	// Mover opens an agent's database for moving. It costs nothing until it is used.
	Mover(id AgentID) Mover
	// MoveState is the state in which a move has left the store, "" for none: whoever serves it must look.
	MoveState(ctx context.Context) (string, error)
	// SetMoveState notes it, durably. "" ends it.
	SetMoveState(ctx context.Context, state string) error
}

// Mover reads and writes all that an agent's database keeps, as it is kept. It is not for serving: what it writes is
// not checked, and it counts on nobody else writing. Methods that read return less than limit only at the end.
type Mover interface {
	// NextRecordID is the id that the next record of a table gets.
	NextRecordID(ctx context.Context, t *Table) (RecordID, error)
	// RecordsAfter reads records with greater ids, ascending. It may return fewer than limit, but none only at the end:
	// how much text it reads at once is bounded.
	RecordsAfter(ctx context.Context, t *Table, after RecordID, limit int) ([]Record, error)
	// TasksAfter reads tasks with greater ids, ascending; bounded as RecordsAfter is.
	TasksAfter(ctx context.Context, after TaskID, limit int) ([]Task, error)
	// AnswersAfter reads kept answers with greater keys, in ascending order of the keys' bytes; bounded as RecordsAfter is.
	AnswersAfter(ctx context.Context, after string, limit int) ([]KeptAnswer, error)

	// PutTable makes a table, whose records will count from next, as the last in order of creation.
	PutTable(ctx context.Context, t *Table, next RecordID) error
	// PutRecords adds records with their ids and times, ascending and above all that are there.
	PutRecords(ctx context.Context, t *Table, records []Record) error
	PutTasks(ctx context.Context, tasks []Task) error
	PutAnswers(ctx context.Context, answers []KeptAnswer) error
}

// KeptAnswer is what is kept for an idempotency key.
type KeptAnswer struct {
	Key         string
	Fingerprint Fingerprint
	At          Millis
	Answer      []byte
}
