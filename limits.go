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
	CursorPage     int // records of a page by cursor
	TaskIDs        int // task ids in one question
	RowMembers     int // members of one JSON object that are looked at; no table has as many fields
}

// DefaultLimits returns the published limits.
func DefaultLimits() Limits {
	return Limits{
		ImportRecords: 1000, ImportCSVBytes: 10 << 20, ImportBody: 64 << 20,
		UpdateEntries: 100, UpdateBody: 5 << 20,
		DeleteEntries: 1000, Body: 8 << 20,
		Fields: 200, PageSize: 100, CursorPage: 1000, TaskIDs: 500, RowMembers: 400,
	}
}

// Bounds that are part of the contract's words and never configured (wire.md 4.1, 5.1).
const (
	maxName             = 64
	maxTableDescription = 128
	maxFieldDescription = 128
	LongestUnique       = 256 // code points of a TEXT in a unique field
)

// mostFindings is how many findings or conflicts of one row are told; a task must stay small enough to be kept and read.
const mostFindings = 20

// maxShownValue is how many characters of a value a receipt shows.
const maxShownValue = 256

// maxResultText bounds the reasons in one answer about import tasks, in bytes.
const maxResultText = 32 << 20

// maxPageText bounds the text of one page of records, in bytes: its memory is bounded by nothing else.
const maxPageText = 32 << 20

// CheckPageText refuses a page that grows too large: after so many records, one more would bring it to text bytes. A record
// alone is always answered, so a client gets through with a smaller page_size. A store asks before it keeps a record.
func CheckPageText(records, text int) error {
	if records == 0 || text <= maxPageText {
		return nil
	}
	return Errorf(CodeParameter, "page_size is too large for these records: the first %d and the next one have more than %d bytes of text together; ask for a smaller page_size", records, maxPageText)
}

// maxShortText bounds the text of a page that may be short: nobody waits for a larger one, whose next is at hand.
const maxShortText = 4 << 20

// PageEnds reports whether a page that may be short (RecordQuery.Short) ends behind so many records, since one more would bring it to text
// bytes. A store asks before it keeps a record.
func PageEnds(records, text int) bool { return records > 0 && text > maxShortText }
