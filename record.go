package stele

// Record is one record: its values stand in the order of its table's fields.
type Record struct {
	ID      RecordID
	Values  []Value
	Created Millis
	Updated Millis
}

// Row is a record as a request has it, before it is accepted.
type Row struct {
	Cells   []Cell // in the order of the request; of two with one name the last one holds
	Problem string // a reason found while reading that fails the row
	Sent    string // its JSON as received, "" where it was none
}

// Cell is one member of a Row, of a filter or of updated fields.
type Cell struct {
	Name string
	Raw  Raw
}

// Pair is a field, by its place in the table, and a value for it.
type Pair struct {
	Field int
	Value Value
}

// Selector addresses one record at most: by id when ID is not 0, else by pairs that must all be equal,
// with a unique field among them (wire.md 4.2).
type Selector struct {
	ID    RecordID
	Pairs []Pair
}

// RecordQuery asks for one page of records.
type RecordQuery struct {
	Offset    int64
	Limit     int
	Equal     []Pair    // all must hold; a pair without a value asks for records that have none
	Keyword   string    // literal substring of any field's text form, ASCII letter case ignored; "" asks for nothing
	Where     *Where    // nil asks for nothing
	Sort      []SortKey // a whole order (see Table.WholeOrder); nil: ascending id
	After     []Value   // a value for each key of Sort: only records behind that place are meant, and Offset is 0; nil: all
	Fields    []int     // ascending; of other fields no values are answered; nil: all
	Uncounted bool      // Total is not asked for
	Short     bool      // a page ends where PageEnds says so, and has More then: CheckPageText has nothing to refuse in it
}

// Filtered reports whether the query leaves records out, wherever the page is.
func (q *RecordQuery) Filtered() bool { return len(q.Equal) > 0 || q.Keyword != "" || q.Where != nil }

// Plain reports whether all records are asked for in ascending order of id, from an offset on.
func (q *RecordQuery) Plain() bool { return !q.Filtered() && q.Sort == nil }

// RecordPage is the answer: some records, and how many the query leaves in all.
type RecordPage struct {
	Records []Record
	Total   int64 // After leaves it alone; -1: not counted
	More    bool  // whether there are records behind the page; where Sort is nil it may not be known, and false

	// Set by Agent.Records: the fields that are to be answered, nil for all; and where a cursor was asked for, the one behind
	// the page, "" at the end.
	Fields []int
	Next   *string
}

// Page is a part of a list. Limit 0 means all of it.
type Page struct {
	Offset int64
	Limit  int
}
