package client

// The types of fields.
const (
	Text     = "TEXT"
	Int      = "INT"   // 64 bits
	Float    = "FLOAT" // a double
	DateTime = "DATETIME"
	Boolean  = "BOOLEAN"
)

// Mode is what becomes of an import's rows where some cannot be added. Without one, a row that is invalid or repeated is left
// out, and any clash with the table keeps all of them out.
type Mode string

// The modes.
const (
	Partial Mode = "partial" // each row is on its own: what cannot be added is left out
	Atomic  Mode = "atomic"  // all or nothing
	Upsert  Mode = "upsert"  // a row whose key is there changes that record
)

// The outcomes of a row, RowResult.Status.
const (
	Created   = "created"
	Updated   = "updated"
	Unchanged = "unchanged" // it says what is there already
	Failed    = "failed"
	Skipped   = "skipped" // nothing is wrong with it, but others kept the batch out
)

// The published codes of refusals, Error.Code (wire.md 3).
const (
	CodeParameter       = 40000 // with status 409: an Idempotency-Key that came with another request
	CodeRateLimited     = 40008
	CodeKeyExpired      = 40107
	CodeOtherAgent      = 40113
	CodeUnauthenticated = 40127
	CodeQuota           = 40353
	CodeNotFound        = 40400
	CodeTableNotFound   = 403106
	CodeTableExists     = 403108
	CodeForbidden       = 403131
	CodeInternal        = 50000 // with status 503: too busy, or the store cannot be reached
)

// Ascending and Descending are orders of a Sort.
const (
	Ascending  = "asc"
	Descending = "desc"
)

// What stands beside a record's fields, in conditions, sorts and tags: its id and its times, in milliseconds since 1970.
const (
	RecordID  = "$id"
	CreatedAt = "$created_at"
	UpdatedAt = "$updated_at"
)
