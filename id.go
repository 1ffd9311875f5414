package stele

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// AgentID, TableID and TaskID are 24 lower-case hexadecimal digits (wire.md 4); RecordID is a positive 63-bit
// integer, on the wire a decimal string. They are types of their own so that they cannot be mixed up.
type (
	AgentID  string
	TableID  string
	TaskID   string
	RecordID int64
)

// Millis is a moment: milliseconds since 1970 in UTC.
type Millis int64

// MillisOf cuts t to milliseconds.
func MillisOf(t time.Time) Millis { return Millis(t.UnixMilli()) }

// Time returns the moment in UTC.
func (m Millis) Time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// NewAgentID makes an id: 32 bits of time in seconds, 64 random bits.
func NewAgentID(now time.Time) AgentID { return AgentID(secondsID(now)) }

// NewTableID makes an id whose 64 random bits keep a stranger from guessing it (wire.md 4).
func NewTableID(now time.Time) TableID { return TableID(secondsID(now)) }

// NewTaskID makes an id that ascends by the millisecond, so that tasks are stored in key order.
func NewTaskID(now time.Time) TaskID {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(now.UnixMilli())<<16)
	_, _ = rand.Read(b[6:12]) // crypto/rand.Read never fails: it would crash the program
	return TaskID(hex.EncodeToString(b[:12]))
}

// beyondTaskIDs is greater than every task id.
const beyondTaskIDs = TaskID("g")

// firstTaskID is the least id of a task that was made then or later.
func firstTaskID(then Millis) TaskID {
	return TaskID(fmt.Sprintf("%012x%012x", uint64(max(then, 0))&(1<<48-1), 0))
}

func secondsID(now time.Time) string {
	var b [12]byte
	binary.BigEndian.PutUint32(b[:], uint32(now.Unix()))
	_, _ = rand.Read(b[4:])
	return hex.EncodeToString(b[:])
}

// ParseID reads an id of 24 hexadecimal digits in either letter case.
func ParseID[T AgentID | TableID | TaskID | SavedID](s string) (T, bool) {
	if len(s) != 24 {
		return "", false
	}
	for i := range len(s) {
		if c := s[i] | 0x20; !(s[i] >= '0' && s[i] <= '9' || c >= 'a' && c <= 'f') {
			return "", false
		}
	}
	return T(strings.ToLower(s)), true
}

// recordEpoch is 2020-01-01, the zero of the time in record ids: they have 18 digits until July 2027, then 19 until 2089.
const recordEpoch = 1577836800000

// FirstRecordID is the id of the first record of a table made now; the following records count up from it.
// It is time-ordered between tables and has the 18 digits of the published examples.
func FirstRecordID(now time.Time) RecordID {
	return RecordID(max(0, now.UnixMilli()-recordEpoch)<<22 | 1) // positive also where the clock was never set
}

// String is the id as the wire shows it.
func (id RecordID) String() string { return strconv.FormatInt(int64(id), 10) }

// ParseRecordID reads 1 to 2^63-1 in plain decimal: no sign, no blank, no leading zero.
func ParseRecordID(s string) (RecordID, bool) {
	if s == "" || s[0] < '1' || s[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return RecordID(n), err == nil
}
