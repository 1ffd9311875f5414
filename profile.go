package stele

import "time"

// Bounds of a profile, the same on every store.
const (
	ProfileSeen     = 10_000           // records that are looked at; a table of more is looked at in part
	ProfileParts    = 100              // stretches of a large table, spread over the whole, that they are taken from
	ProfileAge      = 30 * time.Second // how long a profile is remembered at most
	MostFrequent    = 5                // values of a field
	LongestFrequent = 60               // characters of a text among them
)

// A Profile says what a table's fields hold, for whoever is to write SQL over it without having seen it.
type Profile struct {
	Records int // in the table
	Seen    int // records that the figures below were counted over; fewer than Records where the table is large
	Fields  []FieldProfile
}

// A FieldProfile is a field's part of a Profile.
type FieldProfile struct {
	Nulls           int   // of the records seen
	Distinct        int   // different values of the table, as EstimateDistinct makes it of those seen; 0 for none
	Least, Greatest Value // of the whole table where all were seen or the field is unique, else of the records seen; null where there are none
	Frequent        []Frequency
}

// A Frequency is a value that comes more than once, and how often in the records seen. At most MostFrequent are kept, most frequent first,
// and of texts only those up to LongestFrequent characters.
type Frequency struct {
	Value Value
	Count int
}

// EstimateDistinct is how many different values a field has in all records, where of those seen so many have a value, in distinct different
// ones, of which once come once only. It is the estimator of Haas and Stokes that PostgreSQL's ANALYZE takes; exact where all were seen.
func (p *Profile) EstimateDistinct(valued, distinct, once int) int {
	if p.Seen >= p.Records || valued == 0 {
		return distinct
	}
	n, all := float64(valued), float64(valued)*float64(p.Records)/float64(p.Seen)
	estimate := n * float64(distinct) / (n - float64(once) + float64(once)*n/all)
	return max(distinct, int(min(estimate, all)+0.5))
}
