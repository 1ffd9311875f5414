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

// RecordQuery asks for one page of records in ascending order of id.
type RecordQuery struct {
	Offset  int64
	Limit   int
	Equal   []Pair // all must hold; a pair without a value asks for records that have none
	Keyword string // literal substring of any field's text form, ASCII letter case ignored; "" asks for nothing
}

// RecordPage is the answer: some records, and how many the query leaves in all.
type RecordPage struct {
	Records []Record
	Total   int64
}

// Page is a part of a list. Limit 0 means all of it.
type Page struct {
	Offset int64
	Limit  int
}
