package stele

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestParseID(t *testing.T) {
	t.Parallel()
	const good = "66f0a1b2c3d4e5f601234567"
	for _, s := range []string{good, strings.ToUpper(good), "66F0a1B2c3D4e5F601234567", strings.Repeat("0", 24), strings.Repeat("f", 24)} {
		if id, ok := ParseID[TableID](s); !ok || id != TableID(strings.ToLower(s)) {
			t.Errorf("ParseID(%q) = %q, %v", s, id, ok)
		}
	}
	if id, ok := ParseID[AgentID](good); !ok || id != good {
		t.Errorf("ParseID of an agent: %q, %v", id, ok)
	}
	if id, ok := ParseID[TaskID](good); !ok || id != good {
		t.Errorf("ParseID of a task: %q, %v", id, ok)
	}
	bad := []string{"", good[:23], good + "0", " " + good[1:], good[1:] + " ", good[:22] + "é", "+" + good[1:]}
	for c := range 256 {
		if !strings.ContainsRune("0123456789abcdefABCDEF", rune(c)) {
			bad = append(bad, good[:11]+string([]byte{byte(c)})+good[12:])
		}
	}
	for _, s := range bad {
		if id, ok := ParseID[TableID](s); ok || id != "" {
			t.Errorf("ParseID(%q) = %q, %v; want a refusal", s, id, ok)
		}
	}
}

// TestNewIDs: ids are well formed, none comes twice, and a table's shows nothing but its second.
func TestNewIDs(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 8, 0, 0, 123e6, time.UTC)
	seen := map[string]bool{}
	for range 2000 {
		agent, table, task := NewAgentID(now), NewTableID(now), NewTaskID(now)
		for _, id := range []string{string(agent), string(table), string(task)} {
			if again, ok := ParseID[TaskID](id); !ok || string(again) != id || seen[id] {
				t.Fatalf("%q is not in its own form or came before", id)
			}
			seen[id] = true
		}
		if second := strconv.FormatInt(now.Unix(), 16); string(table)[:8] != second || string(agent)[:8] != second {
			t.Fatalf("%s and %s do not begin with the second %s", agent, table, second)
		}
	}
	for place := 8; place < 24; place++ { // 64 bits of the id of a table are random: every digit occurs in every place
		digits := map[byte]bool{}
		for range 400 {
			digits[NewTableID(now)[place]] = true
		}
		if len(digits) != 16 {
			t.Errorf("place %d of table ids shows only %d digits", place, len(digits))
		}
	}
}

func TestTaskIDsAscend(t *testing.T) {
	t.Parallel()
	at, last := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), TaskID("")
	for range 500 {
		id := NewTaskID(at)
		if id <= last {
			t.Fatalf("%s follows %s, a millisecond later", id, last)
		}
		at, last = at.Add(time.Millisecond), id
	}
}

func TestMillis(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 9, 0, 0, 123_999_999, time.FixedZone("", 3600))
	m := MillisOf(at)
	if m != 1772352000123 {
		t.Errorf("MillisOf = %d", m)
	}
	if got := m.Time(); got.Location() != time.UTC || !got.Equal(at.Truncate(time.Millisecond)) {
		t.Errorf("Time = %v", got)
	}
}

// TestFirstRecordID: ids are ordered by the time of their table, in the 18 digits of the published examples for now, and
// positive whatever the clock says.
func TestFirstRecordID(t *testing.T) {
	t.Parallel()
	last := RecordID(0)
	for _, at := range []time.Time{
		time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 3, 1, 0, 0, 0, 1e6, time.UTC),
		time.Date(2027, 7, 1, 0, 0, 0, 0, time.UTC),
	} {
		id := FirstRecordID(at)
		if id <= last || len(id.String()) != 18 {
			t.Errorf("FirstRecordID(%v) = %s after %s; want more, of 18 digits", at, id, last)
		}
		if back, ok := ParseRecordID(id.String()); !ok || back != id {
			t.Errorf("%s reads as %d, %v", id, back, ok)
		}
		last = id
	}
	for _, at := range []time.Time{{}, time.Unix(0, 0), time.Date(2019, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(2089, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if id := FirstRecordID(at); id < 1 {
			t.Errorf("FirstRecordID(%v) = %d; want a positive number", at, id)
		}
	}
}

func TestParseRecordID(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]RecordID{
		"1": 1, "9": 9, "10": 10, "541278230707963208": 541278230707963208, "9223372036854775807": math.MaxInt64,
	} {
		if id, ok := ParseRecordID(s); id != want || !ok || id.String() != s {
			t.Errorf("ParseRecordID(%q) = %d, %v", s, id, ok)
		}
	}
	for _, s := range []string{
		"", "0", "-1", "+1", "01", " 1", "1 ", "1.0", "1e3", "0x1", "1_000", "9223372036854775808", "99999999999999999999",
		"abc", "1a", "１", "1\x00", strings.Repeat("9", 10_000),
	} {
		if id, ok := ParseRecordID(s); ok {
			t.Errorf("ParseRecordID(%.30q) = %d; want a refusal", s, id)
		}
	}
}
