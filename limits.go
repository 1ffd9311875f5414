package stele

// Limits are the bounds of requests (wire.md 3 and 5). All are inclusive; a megabyte is 2^20 bytes.
type Limits struct {
	ImportRecords  int // records of one import
	ImportCSVBytes int // size of an import as CSV, wire.md 6
	ImportBody     int // bytes of an import's body, decoded
	UpdateEntries  int
	UpdateBody     int
	DeleteEntries  int
	Body           int // bytes of any other body
	Fields         int // fields of one table
	PageSize       int
	TaskIDs        int // task ids in one question
	RowMembers     int // members of one JSON object that are looked at; no table has as many fields
}

// DefaultLimits returns the published limits.
func DefaultLimits() Limits {
	return Limits{
		ImportRecords: 1000, ImportCSVBytes: 10 << 20, ImportBody: 64 << 20,
		UpdateEntries: 100, UpdateBody: 5 << 20,
		DeleteEntries: 1000, Body: 8 << 20,
		Fields: 200, PageSize: 100, TaskIDs: 500, RowMembers: 400,
	}
}

// Bounds that are part of the contract's words and never configured (wire.md 4.1, 5.1).
const (
	maxName             = 64
	maxTableDescription = 128
	maxFieldDescription = 128
	maxUniqueText       = 256 // code points
)
